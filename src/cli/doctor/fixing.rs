//! `--fix`: which findings are meant, the diff, the question, and the writing.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::doctor::{Diagnosis, Plan, RULES};

use super::super::args::Global;
use super::super::failure::{Failure, complain, say};
use super::args::DoctorArgs;
use super::looking::Seen;
use super::verb::is_meant;

/// Shows what would be changed and changes it, if it may. `false` where there was nothing to change.
pub(super) fn fix(
    global: &Global,
    args: &DoctorArgs,
    meant: &[String],
    seen: &Seen,
) -> Result<bool, Failure> {
    let chosen = chosen(&seen.diagnoses, meant)?;
    let plan = Plan::of(chosen.iter().map(|one| one.fixes.as_slice()), seen.secret.clone());
    for error in plan.refused() {
        complain(&format!("failed to {error}"));
    }
    if plan.is_empty() {
        return Ok(false);
    }
    say(&plan.diff(&seen.folder, global.color.on(&io::stdout())))?;
    if !args.yes && !is_agreed(&plan)? {
        return Err(Failure::silent(super::super::failure::FAILED));
    }
    plan.apply().map_err(|error| Failure::failed(format!("failed to {error}")))?;
    let names: Vec<String> = plan.files().map(|file| crate::survey::shown(file, &seen.folder)).collect();
    complain(&format!("wrote {}", names.join(", ")));
    Ok(true)
}

/// The findings that are meant and have a fix.
fn chosen<'d>(diagnoses: &'d [Diagnosis], meant: &[String]) -> Result<Vec<&'d Diagnosis>, Failure> {
    let mut words = meant.iter();
    let (rule, subject) = (words.next(), words.next());
    if let Some(rule) = rule
        && !RULES.iter().any(|(known, _)| known == rule)
    {
        let known: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
        return Err(Failure::wrong(format!("there is no rule {rule:?}; the rules are {}", known.join(", "))));
    }
    let of_rule: Vec<&Diagnosis> =
        diagnoses.iter().filter(|one| is_meant(one, &meant[..meant.len().min(1)])).collect();
    let of_subject: Vec<&Diagnosis> = diagnoses.iter().filter(|one| is_meant(one, meant)).collect();
    if let Some(subject) = subject
        && of_subject.is_empty()
        && !of_rule.is_empty()
    {
        let known: Vec<&str> = of_rule.iter().map(|one| one.subject.as_str()).collect();
        return Err(Failure::wrong(format!(
            "no such finding is about {subject:?}; there are {}",
            known.join(", ")
        )));
    }
    Ok(of_subject.into_iter().filter(|one| one.is_fixable()).collect())
}

/// Asks on a terminal; without one, says what to add.
fn is_agreed(plan: &Plan) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        complain("nothing was written: add --yes to write it");
        return Ok(false);
    }
    let files = plan.files().count();
    let what = if files == 1 { "this file".to_owned() } else { format!("these {files} files") };
    loop {
        let mut out = io::stdout().lock();
        write!(out, "write {what}? [y/n] ")?;
        out.flush()?;
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer)? == 0 {
            return Ok(false);
        }
        match answer.trim().to_ascii_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}
