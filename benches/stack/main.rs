//! What a stack costs with the real binary: output through `up`, the way to health, idling, and `ps`.
//!
//! `scripts/bench` builds what is needed and runs this; `--quick` takes shorter looks at the idle stack, and words
//! (`output`, `layers`, `idle`, `ps`) choose rows. What is compared is measured in turns within the one run; every
//! figure is a median of at least five. It ends with 1 if a limit was passed. Linux only, since it reads /proc.
#![expect(clippy::disallowed_methods, reason = "a benchmark starts processes and reads the clock")]

mod idle;
mod layers;
mod output;
mod process;
mod project;
mod ps;
mod report;

use std::process::ExitCode;

use report::{Outcome, Report};

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let quick = words.iter().any(|word| word == "--quick");
    let chosen: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--quick").collect();
    let rows: [(&str, Row); 4] = [
        ("output", output::measure),
        ("layers", layers::measure),
        ("ps", ps::measure),
        ("idle", idle::measure),
    ];
    if let Some(word) = chosen.iter().find(|word| rows.iter().all(|(name, _)| name != *word)) {
        eprintln!("no row {word:?}; there are output, layers, ps and idle");
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
