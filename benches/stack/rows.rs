//! Which rows are measured, and in which order.

use std::process::ExitCode;

use super::report::{Outcome, Report};
use super::{console_flood, console_idle, console_keys, idle, layers, output, ps};

/// Measures the rows that the arguments name, or all.
pub(crate) fn run() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let quick = words.iter().any(|word| word == "--quick");
    let chosen: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--quick").collect();
    let rows: [(&str, Row); 7] = [
        ("output", output::measure),
        ("layers", layers::measure),
        ("ps", ps::measure),
        ("idle", idle::measure),
        ("console-flood", console_flood::measure),
        ("console-keys", console_keys::measure),
        ("console-idle", console_idle::measure),
    ];
    if let Some(word) = chosen.iter().find(|word| rows.iter().all(|(name, _)| name != *word)) {
        let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
        eprintln!("no row {word:?}; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let mut report = Report::new();
    for (name, measure) in rows {
        if !chosen.is_empty() && !chosen.contains(&name) {
            continue;
        }
        if let Err(error) = measure(&mut report, quick) {
            eprintln!("{name}: {error}");
            report.fail();
        }
    }
    report.finish()
}

/// Measures one group of rows into the report; `true` asks for a short form.
type Row = fn(&mut Report, bool) -> Outcome<()>;
