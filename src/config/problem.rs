//! One thing that is wrong with a configuration: what, where, and what to do about it.
//!
//! Problems carry their own masked excerpt, so they can be shown after the sources are gone and never show a secret.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::source::Span;

/// Whether a stack may start in spite of a [`Problem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The stack cannot start.
    Error,
    /// The stack starts, though probably not as meant.
    Warning,
}

/// One thing that is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether the stack may start in spite of it.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// Where; `None` for what no file says, such as a profile named on the command line.
    pub place: Option<Place>,
    /// What to do about it, in one line.
    pub remedy: Option<String>,
    /// Other places that have to do with it.
    pub notes: Vec<Note>,
}

/// Another place that has to do with a [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What stands there.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// A place in a file of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file.
    #[serde(serialize_with = "lossy_path")]
    pub file: Arc<Path>,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// The bytes of the file that are meant.
    pub span: Range<usize>,
    /// The line as it may be shown; `None` where it would not help.
    #[serde(skip)]
    pub(super) excerpt: Option<Excerpt>,
}

/// One line of a file with its secrets masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The line, without its end.
    pub(super) text: String,
    /// The bytes of `text` to point at.
    pub(super) marked: Range<usize>,
}

fn lossy_path<S: Serializer>(path: &Arc<Path>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

impl Problem {
    pub(super) fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    pub(super) fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    fn new(severity: Severity, message: String) -> Self {
        Self { severity, message, place: None, remedy: None, notes: Vec::new() }
    }

    pub(super) fn at(mut self, span: &Span) -> Self {
        self.place = Some(span.place());
        self
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    pub(super) fn note(mut self, message: impl Into<String>, span: &Span) -> Self {
        self.notes.push(Note { message: message.into(), place: span.place() });
        self
    }
}

/// All that is wrong with a configuration: never empty, errors and warnings in the order of the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        Self(problems)
    }

    /// The problems, in the order of the files.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// All of them as text for a terminal, each with its excerpt, separated by blank lines.
    pub fn render(&self, colour: bool) -> String {
        let texts: Vec<String> = self.iter().map(|problem| problem.render(colour)).collect();
        texts.join("\n\n")
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, " ({remedy})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
