//! Findings as text for people: errors first, one sentence each, then what shows it and what to do.

use crate::doctor::Diagnosis;
use crate::stack::{Finding, Severity};

/// All findings, and how many there are.
pub(super) fn text(diagnoses: &[Diagnosis], colour: bool) -> String {
    let mut text = String::new();
    for diagnosis in diagnoses {
        text.push_str(&finding(&diagnosis.finding, colour));
        text.push('\n');
    }
    text.push_str(&summary(diagnoses));
    text.push('\n');
    text
}

fn finding(finding: &Finding, colour: bool) -> String {
    let paint = |code: &str, text: &str| match colour {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    };
    let severity = finding.severity;
    let code = match severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
    };
    let word = paint(code, severity.as_str());
    let mut text = format!(
        "{word}: {} {}\n",
        paint("1", &plain(&finding.title)),
        paint("2", &format!("[{}]", finding.rule))
    );
    let mut line =
        |mark: &str, said: &str| text.push_str(&format!("  {} {}\n", paint("34", mark), plain(said)));
    if let Some(place) = &finding.place {
        line("-->", place);
    }
    for evidence in finding.evidence.iter().filter(|evidence| Some(*evidence) != finding.place.as_ref()) {
        line("  |", evidence);
    }
    if let Some(remedy) = &finding.remedy {
        line("  =", &format!("help: {remedy}"));
    }
    if let Some(action) = &finding.action {
        line("  =", &format!("run:  {action}"));
    }
    text
}

/// File names are others' texts: what would steer a terminal is replaced.
fn plain(text: &str) -> String {
    text.replace(|c: char| c.is_control(), "\u{fffd}")
}

/// How many findings there are, and what would mend some.
fn summary(diagnoses: &[Diagnosis]) -> String {
    let count = |severity| diagnoses.iter().filter(|one| one.finding.severity == severity).count();
    let of = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        number => format!("{number} {word}s"),
    };
    if diagnoses.is_empty() {
        return "nothing is wrong".to_owned();
    }
    let fixable = diagnoses.iter().filter(|one| one.is_fixable()).count();
    let told =
        format!("{}, {}", of(count(Severity::Error), "error"), of(count(Severity::Warning), "warning"));
    match mended(fixable, diagnoses.len()) {
        Some(mended) => format!("{told}; `portolan doctor --fix` mends {mended}"),
        None => told,
    }
}

/// How many of `all` findings a command mends, in words that follow their number.
fn mended(fixable: usize, all: usize) -> Option<String> {
    match (fixable, all) {
        (0, _) => None,
        (1, 1) => Some("it".to_owned()),
        (1, _) => Some("one of them".to_owned()),
        (number, all) if number == all => Some("all of them".to_owned()),
        (number, _) => Some(format!("{number} of them")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_finding_is_it_and_not_one_of_them() {
        let told = [(0, 3), (1, 1), (1, 3), (2, 3), (3, 3)].map(|(fixable, all)| mended(fixable, all));
        let told: Vec<&str> = told.iter().map(|told| told.as_deref().unwrap_or("")).collect();
        assert_eq!(told, ["", "it", "one of them", "2 of them", "all of them"]);
    }
}
