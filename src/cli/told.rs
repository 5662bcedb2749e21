//! Findings as text for a terminal, coloured or not. What services printed is in them, so nothing in them gets through
//! that a terminal would act on.

use std::io::IsTerminal;

use crate::logs::strip_into;
use crate::stack::{Finding, ServiceName, Severity};

use super::colour::ColorChoice;

/// How text is coloured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    on: bool,
}

const CYAN: &str = "36";
const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const DIM: &str = "2";

impl Ink {
    /// For text that goes to `stream`.
    pub(super) fn of(color: ColorChoice, stream: &impl IsTerminal) -> Self {
        Self { on: color.on(stream) }
    }

    /// A finding over several lines: its title, what shows it, where it is, what to do.
    pub(super) fn finding(self, finding: &Finding, service: Option<&ServiceName>) -> String {
        let whose = service.map(|service| format!("{service}: ")).unwrap_or_default();
        let mut text = format!("{} {whose}{}\n", self.severity(finding.severity), plain(&finding.title));
        for evidence in &finding.evidence {
            text.push_str(&format!("  {}\n", plain(evidence)));
        }
        if let Some(place) = &finding.place {
            text.push_str(&format!("  at {}\n", self.paint(CYAN, &plain(place))));
        }
        if let Some(remedy) = &finding.remedy {
            text.push_str(&format!("  → {}\n", plain(remedy)));
        }
        if let Some(action) = &finding.action {
            text.push_str(&format!("  {} {}\n", self.paint(DIM, "$"), plain(action)));
        }
        text
    }

    /// The sign and the word for how grave something is.
    pub(super) fn severity(self, severity: Severity) -> String {
        let (sign, colour) = face(severity);
        self.paint(colour, &format!("{sign} {}:", severity.as_str()))
    }

    /// The sign alone.
    pub(super) fn sign(self, severity: Severity) -> String {
        let (sign, colour) = face(severity);
        self.paint(colour, sign)
    }

    fn paint(self, colour: &str, text: &str) -> String {
        if self.on { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

fn face(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("✗", RED),
        Severity::Warning => ("▲", YELLOW),
    }
}

/// One line of text, and nothing that a terminal would act on.
pub(super) fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    strip_into(text.as_bytes(), &mut bytes);
    String::from_utf8_lossy(&bytes).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        Finding::new("module-missing", "the module flask is missing")
            .shown_by_line(7, "No module named \x1b[31mflask\x1b[2J")
            .at("api/main.py:3")
            .mended_by("install it", Some("portolan run api -- pip install flask".to_owned()))
    }

    #[test]
    fn a_finding_is_told_in_lines() {
        let lines = [
            "✗ error: the module flask is missing",
            "  No module named flask",
            "  at api/main.py:3",
            "  → install it",
            "  $ portolan run api -- pip install flask",
            "",
        ];
        assert_eq!(Ink { on: false }.finding(&finding(), None), lines.join("\n"));
    }

    #[test]
    fn colour_is_beside_words_and_only_where_wanted() {
        let service = ServiceName::new("api").unwrap();
        let text = Ink { on: true }.finding(&finding().warns(), Some(&service));
        assert!(text.starts_with("\x1b[1;33m▲ warning:\x1b[0m api: the module"), "{text:?}");
        assert!(!text.contains("\x1b[31m") && !text.contains("\x1b[2J"), "{text:?}");
    }
}
