//! What a rule is, once it has been read and checked.

use serde::Deserialize;

use crate::stack::Severity;

use super::check::Check;
use super::pattern::Pattern;
use super::template::Template;

/// One rule: what it looks for, when that matters, and what it says.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) on: Source,
    pub(super) when: When,
    pub(super) severity: Severity,
    /// Which of several finds is the cause: the greater.
    pub(super) rank: i32,
    /// One of these is in every line that matters; empty for other sources than the log.
    pub(super) words: Vec<String>,
    /// Its lines hold a usual word of trouble as well, so that nothing more has to be looked for in all output.
    pub(super) hinted: bool,
    pub(super) patterns: Vec<Pattern>,
    pub(super) unless: Vec<Pattern>,
    /// Looked for in the lines around; their captures are added.
    pub(super) near: Vec<Pattern>,
    pub(super) needs_near: bool,
    pub(super) check: Option<Check>,
    pub(super) title: Template,
    pub(super) place: Option<Template>,
    pub(super) remedy: Option<Template>,
    pub(super) action: Option<Template>,
}

/// Where a rule looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Source {
    /// Each line that the service prints, without ANSI.
    #[default]
    Log,
    /// What its probe says is wrong: `GET /health answered 404`, `nobody listens on 8000`.
    Probe,
    /// How its process ended: `exit 1`, `signal 9 (SIGKILL)`.
    Exit,
    /// Why its process could not be started.
    Spawn,
    /// Which rule its environment breaks.
    Environment,
    /// Which one-shot command failed, and how.
    Prepare,
    /// Why it could not have a port.
    Port,
    /// What Portolan sees by itself, in the words of `fact.rs`: `listens on 0.0.0.0`, `restarted 3 times`.
    Fact,
}

/// When a find matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum When {
    /// While the service is not as it should be.
    #[default]
    Trouble,
    /// Also while it is healthy.
    Always,
    /// Once it was given up as unhealthy, or its process ended by itself: not while it may be starting.
    Unhealthy,
    /// Only after its process ended by itself.
    Ended,
}

/// How many lines above and below one a rule may look at.
const NEAR: usize = 12;

impl Rule {
    /// The captures of the first pattern that matches, if no `unless` does; `None` if the text is not one to tell of.
    pub(super) fn captures(&self, text: &[u8]) -> Option<Vec<(String, String)>> {
        let found = self.patterns.iter().find_map(|pattern| pattern.named(text))?;
        (!self.unless.iter().any(|unless| unless.is_match(text))).then_some(found)
    }

    /// Whether the text is one to tell of.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        self.patterns.iter().any(|pattern| pattern.is_match(text))
            && !self.unless.iter().any(|unless| unless.is_match(text))
    }

    /// Adds what the lines around line `at` capture, the nearest first and of two as near the one above; `None` if they
    /// have to say something and do not.
    pub(super) fn near(&self, lines: &[&str], at: usize, captures: &mut Vec<(String, String)>) -> Option<()> {
        let below = |distance: usize| lines.get(at + distance).filter(|_| distance > 0);
        let above = |distance: usize| Some(&lines[at.checked_sub(distance)?]);
        let around = (0..=NEAR).flat_map(|distance| above(distance).into_iter().chain(below(distance)));
        for pattern in &self.near {
            let found = around.clone().find_map(|line| pattern.named(line.as_bytes()));
            match found {
                Some(found) => captures.extend(found),
                None if self.needs_near => return None,
                None => {}
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::{Trust, parse};
    use std::path::Path;

    #[test]
    fn what_is_near_is_taken_from_the_nearest_line_and_rather_from_above() {
        let text = "[[rule]]\nid = 'near'\nwords = ['missing']\nmatch = ['missing$']\nnear = ['^(?P<name>[a-z]+)$']\n\
                    needs_near = true\ntitle = '{name}'\nremedy = 'r'\n[[rule.example]]\ntext = \"a\\n missing\"\n";
        let rules = parse(Path::new("x.toml"), text, Trust::None).unwrap();
        let near = |lines: &[&str], at: usize| {
            let mut captures = Vec::new();
            rules[0].near(lines, at, &mut captures).map(|()| captures[0].1.clone())
        };
        let lines = ["first", " missing", "second", " missing", "third"];
        assert_eq!(near(&lines, 1).as_deref(), Some("first"));
        assert_eq!(near(&lines, 3).as_deref(), Some("second"));
        assert_eq!(near(&[" missing", " x", "below"], 0).as_deref(), Some("below"));
        assert_eq!(near(&[" missing"], 0), None);
        let mut far = vec!["far"];
        far.extend([" x"; 12]);
        far.push(" missing");
        assert_eq!(near(&far, 13), None, "out of sight");
    }
}
