//! `portolan why`: one sentence, then what stands behind it.

use serde::Serialize;

use crate::stack::{Explanation, Finding, ServiceName, State};

use super::args::{Global, WhyArgs, name};
use super::failure::{Failure, say, say_json};
use super::ps;

/// What `why --json` prints; the keys are a contract.
#[derive(Serialize)]
struct Why<'a> {
    schema: u32,
    service: &'a ServiceName,
    state: State,
    summary: &'a str,
    findings: &'a [Finding],
}

/// Runs the verb.
pub(super) async fn why(global: &Global, args: &WhyArgs) -> Result<(), Failure> {
    let service = name(&args.service)?;
    let (snapshot, _) = ps::snapshot(global).await?;
    let Some(explanation) = snapshot.explain(&service) else {
        let known: Vec<&str> = snapshot.services.iter().map(|service| service.name.as_str()).collect();
        let text = format!("this stack has no service {:?}; it has {}", args.service, known.join(", "));
        return Err(Failure::wrong(text));
    };
    if args.json {
        let Explanation { service, state, summary, findings } = &explanation;
        return say_json(&Why { schema: 1, service, state: *state, summary, findings });
    }
    say(&text(&explanation))
}

fn text(explanation: &Explanation) -> String {
    let mut text = format!("{}\n", explanation.summary);
    for finding in &explanation.findings {
        text.push_str(&format!("\n{}\n", finding.title));
        for evidence in &finding.evidence {
            text.push_str(&format!("  {evidence}\n"));
        }
        if let Some(place) = &finding.place {
            text.push_str(&format!("  at {place}\n"));
        }
        if let Some(remedy) = &finding.remedy {
            text.push_str(&format!("  → {remedy}\n"));
        }
        if let Some(action) = &finding.action {
            text.push_str(&format!("    {action}\n"));
        }
    }
    text
}
