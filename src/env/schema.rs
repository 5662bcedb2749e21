//! The rules of `[env.NAME]`, checked against the layers of one service before it starts.
//!
//! A message says lengths, places and kinds, never what a value is: a value that fails its rule may be a secret.

use std::collections::BTreeMap;

use regex::Regex;
use url::Url;

use crate::stack::{EnvFormat, EnvRule, EnvSource, EnvWarning, Port};

use super::layers::{Layer, Layers, similar};
use super::problem::Place;

/// Adds a problem for every rule that the layers break.
pub(crate) fn check(layers: &mut Layers<'_>) {
    let rules = &layers.inputs.stack.env_rules;
    for (name, rule) in rules {
        match layers.top(name) {
            None => missing(layers, name, rule),
            // An address that is not known yet: it will be something.
            Some(Layer { value: None, .. }) => {}
            Some(Layer { value: Some(value), source }) => {
                let (place, value) = (Place::from(source), value.clone());
                if value.is_empty() {
                    empty(layers, name, rule, place);
                } else if let Some((reason, remedy)) = broken(&value, rule) {
                    let reason = match oddity(&value) {
                        Some(oddity) => format!("{reason}; {oddity}"),
                        None => reason,
                    };
                    layers.problem(Some(name), place, reason, remedy);
                }
            }
        }
    }
}

/// What is odd about the secrets of the layers without breaking a rule.
pub(crate) fn warnings(layers: &Layers<'_>) -> Vec<EnvWarning> {
    let secrets = layers.inputs.stack.env_rules.iter().filter(|(_, rule)| rule.secret);
    secrets
        .filter_map(|(name, _)| {
            let Layer { source, value: Some(value) } = layers.top(name)? else { return None };
            Some(EnvWarning {
                variable: name.clone(),
                service: layers.inputs.service.name.clone(),
                source: source.clone(),
                reason: oddity(value)?.to_owned(),
                remedy: "check that this belongs to the secret".to_owned(),
            })
        })
        .collect()
}

fn missing(layers: &mut Layers<'_>, name: &str, rule: &EnvRule) {
    // What a file that could not be read would have said is not known: that is the problem to solve first.
    if !rule.required || layers.file_lost || layers.unread.contains(name) {
        return;
    }
    let mut reason = "is required, and nothing sets it".to_owned();
    if let Some(place) = layers.unset.get(name) {
        reason.push_str(&format!("; {place} names it without `=`, which sets nothing"));
    }
    for path in &layers.absent {
        reason.push_str(&format!("; {} does not exist", path.display()));
    }
    let near_miss = near_miss(layers, name);
    if let Some((place, other)) = &near_miss {
        reason.push_str(&format!("; {place} sets {other}"));
    }
    let file = layers.absent.first().or(layers.read.first());
    let what = match (rule.min_length, rule.secret) {
        (Some(length), true) => format!("{name}=… with at least {length} random characters"),
        (Some(length), false) => format!("{name}=… with at least {length} characters"),
        (None, _) => format!("{name}=…"),
    };
    let remedy = match file {
        Some(path) => format!("write {what} to {}", path.display()),
        None => format!("write {what} to an environment file, and list it under `env_files`"),
    };
    let remedy = match near_miss {
        Some((place, _)) => format!("call it {name} in {place}, if that is what is meant, or {remedy}"),
        None => remedy,
    };
    layers.problem(Some(name), Place::Toml(rule.origin.clone()), reason, remedy);
}

/// A variable of an environment file whose name is nearly this one, and that no rule knows.
fn near_miss(layers: &Layers<'_>, name: &str) -> Option<(Place, String)> {
    let rules = &layers.inputs.stack.env_rules;
    let written = layers.stacks.iter().filter(|(other, _)| !rules.contains_key(*other));
    let written: BTreeMap<&str, &EnvSource> = written
        .filter_map(|(other, stack)| Some((other.as_str(), &stack.last()?.source)))
        .filter(|(_, source)| matches!(source, EnvSource::File { .. }))
        .collect();
    let other = similar(name, written.keys().copied())?;
    Some((Place::from(*written.get(other.as_str())?), other))
}

fn empty(layers: &mut Layers<'_>, name: &str, rule: &EnvRule, place: Place) {
    // An empty value of what need not be there says "none", whatever a value would have to look like.
    if !rule.required {
        return;
    }
    let hidden = layers.stacks.get(name).and_then(|stack| {
        let below = stack.iter().rev().skip(1);
        below
            .filter(|layer| layer.value.as_ref().is_none_or(|value| !value.is_empty()))
            .map(|l| &l.source)
            .next()
    });
    let (reason, remedy) = match hidden {
        Some(source) => {
            let by = if place == Place::Shell { "unset it there" } else { "take the empty one out" };
            (format!("is set but empty, which hides the value from {source}"), by.to_owned())
        }
        None => ("is required, and is set but empty".to_owned(), "give it a value".to_owned()),
    };
    layers.problem(Some(name), place, reason, remedy);
}

/// What rule a value that is not empty breaks, and what to do.
fn broken(value: &str, rule: &EnvRule) -> Option<(String, String)> {
    let length = value.chars().count();
    if let Some(least) = rule.min_length
        && length < least
    {
        let characters = if length == 1 { "character" } else { "characters" };
        let remedy = if rule.secret {
            format!(
                "use a random value of at least {least} characters, such as `openssl rand -hex {}` prints",
                least.div_ceil(2)
            )
        } else {
            "use a longer value".to_owned()
        };
        return Some((format!("has {length} {characters}, needs {least}"), remedy));
    }
    let (reason, remedy) = mismatch(value, rule.format.as_ref()?)?;
    Some((reason.to_owned(), remedy))
}

fn mismatch(value: &str, format: &EnvFormat) -> Option<(&'static str, String)> {
    match format {
        EnvFormat::Url => match Url::parse(value) {
            Ok(_) if value.contains("://") => None,
            Ok(_) | Err(_) => Some(("is not an absolute URL", "write it as scheme://host".to_owned())),
        },
        EnvFormat::Port => value
            .parse::<Port>()
            .is_err()
            .then(|| ("is not a port", "use a number from 1 to 65535".to_owned())),
        EnvFormat::Int => {
            let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
            let is_int = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            (!is_int).then(|| ("is not a whole number", "use digits only".to_owned()))
        }
        EnvFormat::Bool => {
            let known = ["true", "false", "1", "0", "yes", "no", "on", "off"];
            let is_bool = known.iter().any(|word| word.eq_ignore_ascii_case(value));
            (!is_bool).then(|| ("is neither true nor false", format!("use one of {}", known.join(", "))))
        }
        EnvFormat::Regex(pattern) => match Regex::new(&format!(r"\A(?:{pattern})\z")) {
            Ok(regex) if regex.is_match(value) => None,
            Ok(_) => Some(("does not match its format", format!("make the whole value match {pattern}"))),
            Err(_) => Some(("has a `format` that is no regular expression", format!("correct {pattern}"))),
        },
    }
}

/// Quotes that no reader of environment files takes for quotes.
pub const TYPOGRAPHIC_QUOTES: &[char] = &['“', '”', '„', '«', '»', '‘', '’'];

/// What looks as if it came along with a value by mistake, as a sentence without the value.
pub fn oddity(value: &str) -> Option<&'static str> {
    let (first, last) = (value.chars().next()?, value.chars().next_back()?);
    if value.contains('\r') {
        Some("it holds a carriage return, as from a file with Windows line ends")
    } else if TYPOGRAPHIC_QUOTES.contains(&first) || TYPOGRAPHIC_QUOTES.contains(&last) {
        Some("it has typographic quotes around it, which are part of the value")
    } else if value.len() > 1 && first == last && matches!(first, '"' | '\'' | '`') {
        Some("it has quotes around it, which are part of the value")
    } else if first.is_whitespace() || last.is_whitespace() {
        Some("it begins or ends with whitespace, which is part of the value")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_accept_what_they_name_and_nothing_else() {
        let ok = |format: &EnvFormat, value: &str| mismatch(value, format).is_none();
        for (format, good, bad) in [
            (
                EnvFormat::Url,
                vec!["http://x", "postgresql+asyncpg://u@h/d", "sqlite:///x.db"],
                vec!["localhost:80", "x"],
            ),
            (EnvFormat::Port, vec!["1", "65535"], vec!["0", "65536", "-1", "8 0", "abc"]),
            (EnvFormat::Int, vec!["0", "-12", "+3", "99999999999999999999"], vec!["", "-", "1.5", "1_000"]),
            (EnvFormat::Bool, vec!["TRUE", "no", "0"], vec!["2", "y", "truee"]),
            (EnvFormat::Regex("a|b".into()), vec!["a", "b"], vec!["ab", "xa", "b\n"]),
        ] {
            for value in good {
                assert!(ok(&format, value), "{format:?} {value}");
            }
            for value in bad {
                assert!(!ok(&format, value), "{format:?} {value}");
            }
        }
        assert!(!ok(&EnvFormat::Regex("(".into()), "x"));
    }

    #[test]
    fn what_came_along_by_mistake_is_named() {
        for (value, word) in [
            ("\"x\"", "quotes"),
            ("“x”", "typographic"),
            ("x\r", "carriage"),
            (" x", "whitespace"),
            ("x\u{a0}", "whitespace"),
        ] {
            assert!(oddity(value).unwrap().contains(word), "{value:?}");
        }
        assert_eq!(oddity("it's"), None);
        assert_eq!(oddity("'"), None);
    }
}
