//! `portolan why`: one sentence, then what stands behind it, and with `--apply` what does away with it.

use std::io::{self, BufRead, IsTerminal, Write};

use serde::Serialize;

use crate::app::{self, Target};
use crate::handle::HandleError;
use crate::stack::{Explanation, Finding, Mending, ServiceName, ServiceSnapshot, StackSnapshot, State};

use super::args::{Global, JsonArgs, RestartArgs, WhyArgs, name};
use super::explained::explained;
use super::failure::{FAILED, Failure, complain, say, say_json};
use super::told::{Ink, plain};
use super::{control, ps, reload};

/// What `why SERVICE --json` prints; the keys are a contract.
#[derive(Serialize)]
struct Why<'a> {
    schema: u32,
    #[serde(flatten)]
    service: WhyService<'a>,
}

/// What `why --json` prints.
#[derive(Serialize)]
struct WhyAll<'a> {
    schema: u32,
    stack: &'a str,
    services: Vec<WhyService<'a>>,
}

#[derive(Serialize)]
struct WhyService<'a> {
    service: &'a ServiceName,
    state: State,
    summary: &'a str,
    findings: &'a [Finding],
}

/// Runs the verb.
pub(super) async fn why(global: &Global, args: &WhyArgs) -> Result<(), Failure> {
    let (service, rule) = asked(args)?;
    let (snapshot, runs) = known(global, service.as_ref()).await?;
    let ink = Ink::of(global.color, &io::stdout());
    let Some(service) = service else {
        return if args.json { say_all_as_json(&snapshot) } else { say(&all(&snapshot, ink)) };
    };
    let Some(explanation) = snapshot.explain(&service) else {
        let known: Vec<&str> = snapshot.services.iter().map(|service| service.name.as_str()).collect();
        let text = format!("this stack has no service {:?}; it has {}", service.as_str(), known.join(", "));
        return Err(Failure::wrong(text));
    };
    if args.json {
        return say_json(&Why { schema: 1, service: WhyService::of(&explanation) });
    }
    if args.apply.is_none() {
        return say(&text(global, &explanation, ink));
    }
    let finding = chosen(&explanation, rule)?;
    say(&ink.finding(finding, None))?;
    apply(global, args, &snapshot, &service, finding, runs).await
}

/// The stack with all that was found, or as its last run left it; `true` if it runs.
async fn known(global: &Global, service: Option<&ServiceName>) -> Result<(StackSnapshot, bool), Failure> {
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    match explained(&target.handle(), service).await {
        Ok(snapshot) => Ok(((*snapshot).clone(), true)),
        // None runs, or it has come to its end meanwhile.
        Err(HandleError::Gone) => ps::snapshot(global).await,
        Err(error) => Err(error.into()),
    }
}

/// The service and the rule that were named. A rule of no service can only be meant as the service.
fn asked(args: &WhyArgs) -> Result<(Option<ServiceName>, Option<&str>), Failure> {
    let rule = args.apply.as_ref().and_then(|rule| rule.as_deref());
    match (&args.service, rule) {
        (Some(service), rule) => Ok((Some(name(service)?), rule)),
        (None, Some(service)) => Ok((Some(name(service)?), None)),
        (None, None) if args.apply.is_some() => {
            Err(Failure::wrong("which service? `portolan why SERVICE --apply`"))
        }
        (None, None) => Ok((None, None)),
    }
}

/// The finding whose action is to be applied: that of the rule, else the first that has one.
fn chosen<'a>(explanation: &'a Explanation, rule: Option<&str>) -> Result<&'a Finding, Failure> {
    let Explanation { service, findings, .. } = explanation;
    if let Some(rule) = rule {
        let rules: Vec<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        let Some(at) = rules.iter().position(|other| *other == rule) else {
            let known = if rules.is_empty() { "none".to_owned() } else { rules.join(", ") };
            return Err(Failure::failed(format!("{service} has no finding {rule:?}; it has {known}")));
        };
        return match findings[at].mending_action() {
            Some(_) => Ok(&findings[at]),
            None => Err(nothing_to_apply(&findings[at])),
        };
    }
    match (findings.iter().find(|finding| finding.mending_action().is_some()), findings.first()) {
        (Some(finding), _) => Ok(finding),
        (None, Some(first)) => Err(nothing_to_apply(first)),
        (None, None) => {
            Err(Failure::failed(format!("nothing to apply: nothing was found to be wrong with {service}")))
        }
    }
}

fn nothing_to_apply(finding: &Finding) -> Failure {
    let remedy = finding.remedy.as_deref().unwrap_or("read what it says");
    let place = finding.place.as_ref().map(|place| format!("\n  --> {}", plain(place))).unwrap_or_default();
    let title = plain(&finding.title);
    Failure::failed(format!(
        "nothing to apply: no command mends this: {title}{place}\n  = help: {}",
        plain(remedy)
    ))
}

/// Does it once that is agreed to. What was altered is read again, and a service that did not run because of it starts
/// anew.
async fn apply(
    global: &Global,
    args: &WhyArgs,
    snapshot: &StackSnapshot,
    service: &ServiceName,
    finding: &Finding,
    runs: bool,
) -> Result<(), Failure> {
    let Some(action) = finding.mending_action() else { return Err(nothing_to_apply(finding)) };
    if !args.yes && !agrees(global, service, action)? {
        complain("left as it is");
        return Err(Failure::silent(FAILED));
    }
    let code = app::apply_here(action, &snapshot.identity.folder).map_err(Failure::failed)?;
    if code != 0 {
        let text = format!("error: `{action}` ended with {code}");
        return Err(Failure { code: u8::try_from(code).unwrap_or(FAILED), text });
    }
    if Mending::of(action) == Mending::Alters && runs {
        take_effect(global, service).await?;
    }
    Ok(())
}

fn agrees(global: &Global, service: &ServiceName, action: &str) -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        let call = global.call();
        return Err(Failure::wrong(format!(
            "nobody can be asked here\n  = help: `{call} why {service} --apply --yes` does not ask"
        )));
    }
    let _ = write!(io::stderr().lock(), "Apply: {}?  y/n ", plain(action));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Has the stack read everything again, and the service start anew if it is not up: what is up and is given something
/// else now starts again by the reload.
async fn take_effect(global: &Global, service: &ServiceName) -> Result<(), Failure> {
    let target = Target::find(&global.folder()?, global.stack.as_deref())?;
    let snapshot = target.remote().snapshot().await?;
    let anew = snapshot.service(service).is_some_and(|service| service.has_to_start_anew());
    let then = if anew { format!(" and starts {service} anew") } else { String::new() };
    complain(&format!("reads everything again{then}"));
    reload::reload(global, JsonArgs { json: false }).await?;
    if !anew {
        return Ok(());
    }
    let services = vec![service.to_string()];
    control::restart(global, RestartArgs { services, with_dependents: false, no_wait: false }).await
}

fn text(global: &Global, explanation: &Explanation, ink: Ink) -> String {
    let Explanation { service, summary, findings, .. } = explanation;
    let mut text = format!("{summary}\n");
    for finding in findings {
        text.push('\n');
        text.push_str(&ink.finding(finding, None));
    }
    if findings.iter().any(|finding| finding.mending_action().is_some()) {
        text.push_str(&format!("\n`{} why {service} --apply` does that.\n", global.call()));
    }
    text
}

/// Everything that is wrong with the stack, and of services that are not well for no reason found so far what is known.
fn all(snapshot: &StackSnapshot, ink: Ink) -> String {
    let findings = snapshot.all_findings();
    let is_told = |service: &&ServiceSnapshot| findings.iter().any(|found| found.service == service.name);
    let open = snapshot.services.iter().filter(|service| !service.is_well() && !is_told(service));
    let open = open.filter_map(|service| Some(snapshot.explain(&service.name)?.summary + "\n"));
    let open: String = open.collect();
    let told = findings.iter().map(|found| ink.finding(&found.finding, Some(&found.service)));
    let told = told.collect::<Vec<_>>().join("\n");
    let stack = &snapshot.identity.stack;
    match (told.is_empty(), open.is_empty()) {
        (true, true) => format!("nothing is wrong with {stack}\n"),
        (true, false) => format!("nothing was found to be wrong with {stack} so far:\n{open}"),
        (false, true) => told,
        (false, false) => format!("{told}\n{open}"),
    }
}

fn say_all_as_json(snapshot: &StackSnapshot) -> Result<(), Failure> {
    let explained: Vec<Explanation> = snapshot
        .services
        .iter()
        .filter_map(|service| snapshot.explain(&service.name))
        .map(|explanation| Explanation {
            findings: snapshot.findings_of(&explanation.service),
            ..explanation
        })
        .collect();
    let services = explained.iter().map(WhyService::of).collect();
    say_json(&WhyAll { schema: 1, stack: &snapshot.identity.stack, services })
}

impl<'a> WhyService<'a> {
    fn of(explanation: &'a Explanation) -> Self {
        let Explanation { service, state, summary, findings } = explanation;
        Self { service, state: *state, summary, findings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &str, action: Option<&str>) -> Finding {
        let remedy = format!("mend {rule}");
        Finding::new(rule, format!("{rule} is wrong"))
            .shown_by("a look")
            .mended_by(remedy, action.map(str::to_owned))
    }

    fn explanation(findings: Vec<Finding>) -> Explanation {
        let service = ServiceName::new("api").unwrap();
        Explanation { service, state: State::Failed, summary: "api failed.".to_owned(), findings }
    }

    #[test]
    fn the_first_finding_that_a_command_mends_is_applied_unless_a_rule_is_named() {
        let findings = vec![
            finding("shown", Some("portolan logs api")),
            finding("first", Some("portolan restart api")),
            finding("second", Some("portolan reload")),
        ];
        let explanation = explanation(findings);
        let rule = |rule| chosen(&explanation, rule).map(|finding| finding.rule.as_str());
        assert_eq!(rule(None).unwrap(), "first");
        assert_eq!(rule(Some("second")).unwrap(), "second");
        for (rule, said) in
            [("shown", "nothing to apply"), ("third", "no finding \"third\"; it has shown, first, second")]
        {
            let failure = chosen(&explanation, Some(rule)).unwrap_err();
            assert!(failure.code == FAILED && failure.text.contains(said), "{failure:?}");
        }
    }

    #[test]
    fn nothing_to_apply_is_a_failure_that_says_what_to_do() {
        let failure = chosen(&explanation(vec![finding("x", None).at("main.py:3")]), None).unwrap_err();
        let said =
            "error: nothing to apply: no command mends this: x is wrong\n  --> main.py:3\n  = help: mend x";
        assert_eq!((failure.code, failure.text.as_str()), (FAILED, said));
        let failure = chosen(&explanation(Vec::new()), None).unwrap_err();
        assert!(failure.code == FAILED && failure.text.contains("nothing was found"), "{failure:?}");
    }
}
