//! What was found to be wrong: the one form in which every part of Portolan says so.

use serde::{Deserialize, Serialize};

/// One thing that is wrong, with what shows it and what to do about it. No text in it holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule that found it, in kebab case.
    pub rule: String,
    /// How grave it is.
    #[serde(default)]
    pub severity: Severity,
    /// What is wrong, in one sentence, without a full stop.
    pub title: String,
    /// What shows it; a finding without evidence is not shown.
    pub evidence: Vec<String>,
    /// The sequence numbers of the log lines among the evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u64>,
    /// The file and line that it is about, `backend/main.py:12`; relative to the folder of portolan.toml where it lies
    /// in it.
    pub place: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// A command that does it; begins with `portolan`.
    pub action: Option<String>,
}

/// How grave a finding is. The graver is the greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Works now, and will not always or not everywhere.
    Warning,
    /// Keeps something from working.
    #[default]
    Error,
}

impl Severity {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Finding {
    /// An error that `rule` found, without evidence yet.
    pub fn new(rule: &str, title: impl Into<String>) -> Self {
        Self {
            rule: rule.to_owned(),
            severity: Severity::Error,
            title: title.into(),
            evidence: Vec::new(),
            lines: Vec::new(),
            place: None,
            remedy: None,
            action: None,
        }
    }

    /// The same as a warning.
    #[must_use]
    pub fn warns(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Adds what shows it.
    #[must_use]
    pub fn shown_by(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// Adds a line of the log that shows it.
    #[must_use]
    pub fn shown_by_line(mut self, seq: u64, text: impl Into<String>) -> Self {
        self.evidence.push(text.into());
        self.lines.push(seq);
        self
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Adds what to do, and the command that does it.
    #[must_use]
    pub fn mended_by(mut self, remedy: impl Into<String>, action: Option<String>) -> Self {
        self.remedy = Some(remedy.into());
        self.action = action;
        self
    }
}
