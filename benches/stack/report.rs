//! The table at the end, and the arithmetic of its figures.

use std::process::ExitCode;

/// What may go wrong in a benchmark, told as it is.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How often everything is measured.
pub(crate) const ROUNDS: usize = 7;

/// What was measured, line by line, printed as it comes.
pub(crate) struct Report {
    failed: bool,
}

impl Report {
    pub(crate) fn new() -> Self {
        println!("load {}, {} cores", load(), std::thread::available_parallelism().map_or(1, usize::from));
        println!("{:<52} {:>12} {:>12}", "", "measured", "limit");
        Self { failed: false }
    }

    /// A figure that has a limit.
    pub(crate) fn judge(&mut self, what: &str, measured: f64, limit: f64, unit: &str) {
        let verdict = if measured <= limit { "PASS" } else { "FAIL" };
        self.failed |= measured > limit;
        println!("{what:<52} {:>12} {:>12}  {verdict}", figure(measured, unit), figure(limit, unit));
    }

    /// A figure without a limit, for understanding.
    pub(crate) fn note(&mut self, what: &str, measured: f64, unit: &str) {
        println!("  {what:<50} {:>12}", figure(measured, unit));
    }

    pub(crate) fn fail(&mut self) {
        self.failed = true;
    }

    pub(crate) fn finish(self) -> ExitCode {
        println!("load {}", load());
        if self.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

fn figure(value: f64, unit: &str) -> String {
    let digits = if value.abs() < 10.0 { 2 } else { 1 };
    format!("{value:.digits$} {unit}").trim_end().to_owned()
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

/// The middle one; of an even number, the upper of the two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
