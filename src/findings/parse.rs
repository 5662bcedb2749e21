//! Reads rule files: TOML into rules, every fault with its file and line, and each rule tried on its own examples.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::stack::Severity;

use super::check::{self, Check};
use super::pattern::Pattern;
use super::rule::{Rule, Source, When};
use super::template::Template;

/// The rank of a rule that states none.
const USUAL_RANK: i32 = 50;

/// One thing that is wrong with a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFault {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Everything that is wrong with the rule files, in their order. Displays each with its place and remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFaults(pub Vec<RuleFault>);

impl fmt::Display for RuleFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            let RuleFault { file, line, message, remedy } = fault;
            let gap = if n == 0 { "" } else { "\n\n" };
            write!(f, "{gap}error: {message}\n  --> {}:{line}\n  = help: {remedy}", file.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for RuleFaults {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
}

/// A rule as it is written. `match` is a list of patterns (the syntax of the crate `regex`), of which one has to match.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: Spanned<String>,
    #[serde(default)]
    on: Source,
    #[serde(default)]
    when: When,
    #[serde(default)]
    severity: Severity,
    rank: Option<i32>,
    #[serde(default)]
    words: Vec<Spanned<String>>,
    #[serde(default)]
    hinted: bool,
    #[serde(rename = "match")]
    patterns: Vec<Spanned<String>>,
    #[serde(default)]
    unless: Vec<Spanned<String>>,
    #[serde(default)]
    near: Vec<Spanned<String>>,
    #[serde(default)]
    needs_near: bool,
    check: Option<Spanned<String>>,
    title: Spanned<String>,
    place: Option<Spanned<String>>,
    remedy: Spanned<String>,
    action: Option<Spanned<String>>,
    #[serde(default)]
    example: Vec<Spanned<RawExample>>,
    #[serde(default)]
    counter: Vec<Spanned<RawExample>>,
}

/// Lines, one of which the rule has to find (or, as a counter, none), and what it captures there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExample {
    text: String,
    #[serde(default)]
    captures: BTreeMap<String, String>,
}

/// Whether rules are known to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// A test has tried them: nothing is compiled before it is needed.
    Tried,
    /// Somebody wrote them: every pattern is compiled, and each rule tried on its examples.
    None,
}

/// Reads the rules of one file. All faults are found, not the first.
pub(super) fn parse(file: &Path, text: &str, trust: Trust) -> Result<Vec<Rule>, Vec<RuleFault>> {
    let mut reader = Reader { file, text, trust, faults: Vec::new() };
    let raw: RuleFile = match toml::from_str(text) {
        Ok(raw) => raw,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().to_owned();
            reader.fault(at, message, "see the rules of Portolan's own in assets/findings for the form");
            return Err(reader.faults);
        }
    };
    let rules: Vec<Rule> = raw.rule.into_iter().filter_map(|rule| reader.rule(rule.into_inner())).collect();
    if reader.faults.is_empty() { Ok(rules) } else { Err(reader.faults) }
}

struct Reader<'t> {
    file: &'t Path,
    text: &'t str,
    trust: Trust,
    faults: Vec<RuleFault>,
}

impl Reader<'_> {
    fn fault(&mut self, at: usize, message: impl Into<String>, remedy: impl Into<String>) {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let line = 1 + memchr::memchr_iter(b'\n', before).count() as u32;
        let (file, message, remedy) = (self.file.to_owned(), message.into(), remedy.into());
        self.faults.push(RuleFault { file, line, message, remedy });
    }

    fn rule(&mut self, raw: RawRule) -> Option<Rule> {
        let faults = self.faults.len();
        let id = raw.id.get_ref().clone();
        let start = raw.id.span().start;
        if !is_kebab(&id) {
            self.fault(
                start,
                format!("{id:?} is no name for a rule"),
                "use small letters, digits and hyphens",
            );
        }
        if raw.patterns.is_empty() {
            self.fault(start, format!("`{id}` matches nothing"), "give `match` at least one pattern");
        }
        if raw.on == Source::Log && raw.words.is_empty() {
            let remedy =
                "add `words`: texts of which every line that it matches holds one, as they are printed";
            self.fault(start, format!("`{id}` has no words to look for"), remedy);
        }
        for word in raw.words.iter().filter(|word| word.get_ref().len() < 3) {
            let message = format!("the word {:?} of `{id}` is in too many lines", word.get_ref());
            self.fault(word.span().start, message, "use a word of at least three letters");
        }
        let (patterns, unless, near) =
            (self.patterns(&raw.patterns), self.patterns(&raw.unless), self.patterns(&raw.near));
        let check = raw.check.as_ref().and_then(|name| self.check(name));
        let title = self.template(&raw.title);
        let place = raw.place.as_ref().and_then(|text| self.template(text));
        let remedy = self.template(&raw.remedy);
        let action = raw.action.as_ref().and_then(|text| self.template(text));
        if let Some(action) = raw.action.as_ref().filter(|text| !text.get_ref().starts_with("portolan ")) {
            let remedy = "begin it with `portolan `; `portolan run {service} -- …` runs any command";
            self.fault(
                action.span().start,
                format!("the action of `{id}` is no command of Portolan's"),
                remedy,
            );
        }
        let rule = Rule {
            on: raw.on,
            when: raw.when,
            severity: raw.severity,
            rank: raw.rank.unwrap_or(USUAL_RANK),
            words: raw.words.into_iter().map(Spanned::into_inner).collect(),
            hinted: raw.hinted,
            patterns,
            unless,
            near,
            needs_near: raw.needs_near,
            check,
            title: title?,
            place,
            remedy,
            action,
            id,
        };
        if self.trust == Trust::Tried {
            return (self.faults.len() == faults).then_some(rule);
        }
        self.names(&rule, &raw.title);
        if self.faults.len() == faults {
            self.examples(&rule, start, &raw.example, &raw.counter);
        }
        (self.faults.len() == faults).then_some(rule)
    }

    fn patterns(&mut self, raw: &[Spanned<String>]) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for pattern in raw {
            let tried = match self.trust {
                Trust::Tried => Ok(Pattern::new(pattern.get_ref())),
                Trust::None => Pattern::checked(pattern.get_ref()),
            };
            match tried {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => {
                    let text = error.to_string();
                    let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                    let message = format!("this pattern is no regular expression: {reason}");
                    self.fault(pattern.span().start, message, "see docs.rs/regex for the syntax");
                }
            }
        }
        patterns
    }

    fn template(&mut self, raw: &Spanned<String>) -> Option<Template> {
        match Template::parse(raw.get_ref()) {
            Ok(template) => Some(template),
            Err(error) => {
                self.fault(raw.span().start, error.to_string(), "close it");
                None
            }
        }
    }

    fn check(&mut self, name: &Spanned<String>) -> Option<Check> {
        let found = Check::named(name.get_ref());
        if found.is_none() {
            let known = check::NAMES.map(|(name, _)| name).join(", ");
            let message = format!("there is no check {:?}", name.get_ref());
            self.fault(name.span().start, message, format!("use one of {known}"));
        }
        found
    }

    /// The title has to be told in any case, so what it names must be there in any case.
    fn names(&mut self, rule: &Rule, title: &Spanned<String>) {
        let captured = |name: &str| rule.patterns.iter().chain(&rule.near).any(|pattern| pattern.gives(name));
        let given = |name: &str| rule.check.is_some_and(|check| check.gives().contains(&name));
        let unknown = rule
            .title
            .names()
            .find(|name| !(captured(name) || given(name) || check::ALWAYS_GIVEN.contains(name)));
        if let Some(name) = unknown {
            let message = format!("nothing gives {{{name}}} in the title of `{}`", rule.id);
            let remedy = format!("capture it with `(?P<{name}>…)` in a pattern");
            self.fault(title.span().start, message, remedy);
        }
    }

    fn examples(
        &mut self,
        rule: &Rule,
        start: usize,
        examples: &[Spanned<RawExample>],
        counters: &[Spanned<RawExample>],
    ) {
        if examples.is_empty() {
            let remedy = "add a [[rule.example]] with the `text` as it is printed";
            self.fault(start, format!("`{}` has no example", rule.id), remedy);
        }
        for example in examples {
            let at = example.span().start;
            let example = example.get_ref();
            match find(rule, &example.text) {
                None => {
                    let message = format!("`{}` does not find its own example", rule.id);
                    let remedy = match rule.on {
                        Source::Log => {
                            "make a pattern match one of its lines, and let the line hold one of `words`"
                        }
                        _ => "make a pattern match it",
                    };
                    self.fault(at, message, remedy);
                }
                Some(found) => {
                    let wrong = example.captures.iter().find(|(name, value)| {
                        !found.iter().any(|(known, text)| known == *name && text == *value)
                    });
                    if let Some((name, value)) = wrong {
                        let got =
                            found.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str());
                        let got = got.unwrap_or("nothing");
                        let message =
                            format!("`{}` captures {got:?} as {name} of its example, not {value:?}", rule.id);
                        self.fault(at, message, "correct the pattern or the example");
                    }
                }
            }
        }
        for counter in counters {
            if find(rule, &counter.get_ref().text).is_some() {
                let message = format!("`{}` finds what it is not to find", rule.id);
                self.fault(counter.span().start, message, "make the patterns narrower, or add to `unless`");
            }
        }
    }
}

/// What the rule captures in the text of an example, as it would in a log.
fn find(rule: &Rule, text: &str) -> Option<Vec<(String, String)>> {
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().enumerate().find_map(|(at, line)| {
        let hinted = rule.on != Source::Log || rule.words.iter().any(|word| line.contains(word.as_str()));
        let mut captures = rule.captures(line.as_bytes()).filter(|_| hinted)?;
        rule.near(&lines, at, &mut captures)?;
        Some(captures)
    })
}

fn is_kebab(id: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    id.split('-').all(word)
}
