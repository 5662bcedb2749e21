//! The JSON of `check --json`; its keys are a contract.

use serde::Serialize;

use crate::cli::failure::Failure;
use crate::stack::ServiceName;

use super::super::outcome::{Detail, Grade};
use super::super::summary::{Row, Summary};

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    stack: &'a str,
    ok: bool,
    rounds: usize,
    /// Null if all rounds were done.
    interrupted: Option<Interrupted>,
    checks: Vec<Check<'a>>,
}

#[derive(Serialize)]
struct Interrupted {
    after: usize,
    of: u32,
}

#[derive(Serialize)]
struct Check<'a> {
    id: &'static str,
    title: &'static str,
    /// Null if it was not checked.
    ok: Option<bool>,
    /// Rounds in which it passed.
    passed: usize,
    /// Rounds in which it failed.
    failed: usize,
    details: Vec<Told<'a>>,
}

#[derive(Serialize)]
struct Told<'a> {
    round: u32,
    service: Option<&'a str>,
    severity: Grade,
    text: &'a str,
    place: Option<&'a str>,
}

/// Renders it on one line.
pub(in super::super) fn json(summary: &Summary) -> Result<String, Failure> {
    let report = Report {
        schema: 1,
        stack: &summary.stack,
        ok: summary.ok(),
        rounds: summary.rounds.len(),
        interrupted: summary.cut_short_of.map(|of| Interrupted { after: summary.rounds.len(), of }),
        checks: summary.rows.iter().map(check).collect(),
    };
    serde_json::to_string(&report).map_err(Failure::failed)
}

fn check(row: &Row) -> Check<'_> {
    Check {
        id: row.check.as_str(),
        title: row.check.title(),
        ok: row.ok(),
        passed: row.passed,
        failed: row.failed,
        details: row.details.iter().map(|(round, detail)| told(*round, detail)).collect(),
    }
}

fn told(round: u32, detail: &Detail) -> Told<'_> {
    Told {
        round,
        service: detail.service.as_ref().map(ServiceName::as_str),
        severity: detail.grade,
        text: &detail.text,
        place: detail.place.as_deref(),
    }
}
