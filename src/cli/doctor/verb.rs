//! The verb itself: look, mend if asked to, look again, say it.

use std::io;
use std::process::ExitCode;

use crate::doctor::Diagnosis;
use crate::stack::{Finding, Severity};

use super::super::args::Global;
use super::super::failure::{FAILED, Failure, WRONG, complain, say, say_json};
use super::args::DoctorArgs;
use super::fixing::fix;
use super::looking::{Seen, look};
use super::show;

/// What `--json` prints.
#[derive(serde::Serialize)]
struct Report<'a> {
    schema: u32,
    findings: Vec<&'a Finding>,
}

/// Runs the verb.
pub(in crate::cli) fn doctor(global: &Global, args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let mut seen = look(global, global.color.on(&io::stderr()))?;
    if let Some(meant) = &args.fix {
        let changed = fix(global, args, meant, &seen)?;
        if !changed {
            complain("there is nothing to mend");
        }
        seen = look(global, global.color.on(&io::stderr()))?;
        // Whoever named what to mend is told of that.
        seen.diagnoses.retain(|one| is_meant(one, meant));
        if !meant.is_empty() && seen.diagnoses.is_empty() && seen.wrong.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if args.json {
        let findings = seen.diagnoses.iter().map(|one| &one.finding).collect();
        say_json(&Report { schema: 1, findings })?;
    } else {
        tell(global, &seen)?;
    }
    Ok(ExitCode::from(code(&seen)))
}

fn tell(global: &Global, seen: &Seen) -> Result<(), Failure> {
    if let Some(wrong) = &seen.wrong {
        complain(&format!("{wrong}\n"));
    }
    // What stands above need not be said twice.
    let is_said = |one: &&Diagnosis| seen.wrong.is_some() && one.finding.rule == "configuration";
    let rest: Vec<Diagnosis> = seen.diagnoses.iter().filter(|one| !is_said(one)).cloned().collect();
    if rest.is_empty() && seen.wrong.is_some() {
        return Ok(());
    }
    say(&show::text(&rest, global.color.on(&io::stdout())))
}

/// Whether `RULE [SUBJECT]` is about it; without words all is meant. Of addresses that disagree one is stale.
pub(super) fn is_meant(one: &Diagnosis, words: &[String]) -> bool {
    let (rule, subject) = (words.first(), words.get(1));
    let of_rule = |rule: &String| {
        one.finding.rule == *rule || (rule == "stale-address" && one.finding.rule == "definitions-disagree")
    };
    rule.is_none_or(of_rule) && subject.is_none_or(|subject| one.subject == *subject)
}

fn code(seen: &Seen) -> u8 {
    let failed = seen.diagnoses.iter().any(|one| one.finding.severity == Severity::Error);
    match (&seen.wrong, failed) {
        (Some(_), _) => WRONG,
        (None, true) => FAILED,
        (None, false) => 0,
    }
}
