//! Variables: where one that is missed is defined instead, and which one holds a value that cannot be used.

use std::collections::BTreeMap;

use crate::env::{looks_secret, similar};
use crate::survey::{self, DefinitionKind};

use super::super::case::{Case, EnvFact};
use super::super::files;
use super::super::place;
use super::Draft;

/// A service misses `{variable}`: says who has it, and where from.
pub(super) fn variable(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    // Settings classes name their fields in lower case.
    let name = draft.value("variable")?.to_ascii_uppercase();
    draft.set("variable", name.clone());
    if let Some(fact) = case.own_env(&name) {
        // It was given it: what it complains about is something else, unless there is nothing in it.
        if fact.length > 0 {
            return None;
        }
        say_empty(case, draft, &name, fact);
        return Some(());
    }
    draft.place_at(draft.line.and_then(|at| place::frame_naming(case, at, &name)));
    if draft.place.is_none() {
        draft.place = place::mention(case, &name);
    }
    let defined = of_another_service(case, draft, &name).or_else(|| in_a_file(case, draft, &name));
    if defined.or_else(|| under_another_name(case, draft, &name)).is_none() {
        draft.evidence.push(format!("nothing sets {name} for {}", case.spec.name));
    }
    Some(())
}

fn say_empty(case: &Case<'_>, draft: &mut Draft, name: &str, fact: &EnvFact) {
    draft.place_at(case.place_of(&fact.source));
    draft.title = Some(format!("{name} is set but empty"));
    draft.evidence.push(format!("{name} comes from {} without a value", case.origin_of(&fact.source)));
    draft.remedy = Some(format!("give {name} a value there, or take the line out"));
}

/// Another service of the stack is given it.
fn of_another_service(case: &Case<'_>, draft: &mut Draft, name: &str) -> Option<()> {
    let elsewhere = case.env.iter().filter(|(service, _)| **service != case.spec.name);
    let (other, place) = elsewhere.into_iter().find_map(|(service, variables)| {
        let source = &variables.get(name)?.source;
        Some((service, case.place_of(source)?))
    })?;
    let file = place.rsplit_once(':').map_or(place.as_str(), |(file, _)| file).to_owned();
    let own = &case.spec.name;
    draft.title = Some(format!("{name} is defined for {other} and not for {own}"));
    draft.evidence.push(format!("{other} gets {name} from {place}"));
    draft.remedy = Some(if file.ends_with("portolan.toml") {
        format!("add {name} to `env` of {own} in portolan.toml, too")
    } else {
        let shared = "move it to the .env beside portolan.toml";
        format!("add \"{file}\" to `env_files` of {own} in portolan.toml, or {shared}")
    });
    Some(())
}

/// The service is given a variable whose name is nearly this one, and that its code does not name.
fn under_another_name(case: &Case<'_>, draft: &mut Draft, name: &str) -> Option<()> {
    let given = case.env.get(&case.spec.name)?;
    let written =
        given.iter().filter_map(|(other, fact)| Some((other.as_str(), case.place_of(&fact.source)?)));
    let written: BTreeMap<&str, String> = written.collect();
    let other =
        similar(name, written.keys().copied()).filter(|other| place::mention(case, other).is_none())?;
    let place = written.get(other.as_str())?;
    draft.title = Some(format!("{name} is required, and {place} sets {other}"));
    draft.evidence.push(format!("nothing sets {name}; {place} sets {other}, which the code does not name"));
    draft.remedy = Some(format!("call it {name} in {place}, if that is what is meant"));
    draft.place = Some(place.clone());
    Some(())
}

/// A file of the project defines it that Portolan does not read for the service.
fn in_a_file(case: &Case<'_>, draft: &mut Draft, name: &str) -> Option<()> {
    let own = &case.spec.name;
    let mut defined = survey::env_definitions(case.stack.folder(), name);
    let order = |kind: DefinitionKind| match kind {
        DefinitionKind::EnvFile => Some(0),
        DefinitionKind::Template => Some(1),
        DefinitionKind::Compose => Some(2),
        DefinitionKind::Dockerfile
        | DefinitionKind::Stack
        | DefinitionKind::CodeDefault
        | DefinitionKind::Ci => None,
    };
    defined.sort_by_key(|definition| order(definition.kind));
    let found = defined.iter().find(|definition| order(definition.kind).is_some())?;
    let file = case.shown(&found.file);
    let place = format!("{file}:{}", found.line);
    draft.evidence.push(format!("{place} defines {name}"));
    let begins_odd = files::start_of(&found.file, 3).is_some_and(|bytes| bytes.starts_with(b"\xef\xbb\xbf"));
    if begins_odd && found.line == 1 {
        draft.title =
            Some(format!("{file} begins with a byte order mark, which becomes part of {name}'s name"));
        draft.evidence.push(format!("{file} begins with the bytes EF BB BF"));
        draft.remedy = Some(format!("save {file} as UTF-8 without a byte order mark"));
        draft.place = Some(place);
    } else if found.kind == DefinitionKind::Template {
        draft.remedy = Some(format!("copy {name} from {file} to .env, with a value of your own"));
    } else {
        draft.title = Some(format!("{name} is defined in {file}, which {own} is not given"));
        draft.remedy = Some(match found.kind {
            DefinitionKind::EnvFile => format!("add \"{file}\" to `env_files` of {own} in portolan.toml"),
            DefinitionKind::Template
            | DefinitionKind::Compose
            | DefinitionKind::Dockerfile
            | DefinitionKind::Stack
            | DefinitionKind::CodeDefault
            | DefinitionKind::Ci => format!("add {name} to `env` of {own} in portolan.toml"),
        });
    }
    Some(())
}

/// A service cannot use `{value}`: says which variable it comes from. With `{variable}` it may be about that one.
pub(super) fn value(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let variables = case.env.get(&case.spec.name)?;
    // A text that holds one kind of quotes is printed in the other.
    let said = draft.value("value").or_else(|| draft.value("other")).unwrap_or_default();
    let value = unescaped(&said);
    draft.set("value", said);
    let holding = variables
        .iter()
        .filter(|(_, fact)| case.place_of(&fact.source).is_some())
        .find(|(_, fact)| !value.is_empty() && fact.value.as_deref() == Some(value.as_str()));
    // Secrets are known by name only.
    let named = || {
        let (name, fact) = variables.get_key_value(&draft.value("variable")?)?;
        (value.is_empty() || fact.value.is_none()).then_some((name, fact))
    };
    let (name, fact) = holding.or_else(named)?;
    let name = name.clone();
    if fact.length == 0 {
        say_empty(case, draft, &name, fact);
        draft.set("variable", name);
        return Some(());
    }
    draft.place_at(case.place_of(&fact.source));
    let shown = match &fact.value {
        Some(value) if !looks_secret(&name) => {
            format!("{name} is {value:?}, from {}", case.origin_of(&fact.source))
        }
        Some(_) | None => format!("{name} comes from {}", case.origin_of(&fact.source)),
    };
    draft.evidence.push(shown);
    if let Some(oddity) = fact.oddity {
        let what = oddity.strip_prefix("it ").unwrap_or(oddity);
        draft.title = Some(format!("{name} {what}"));
        let without = ["quotes", "carriage return", "whitespace"];
        let without = without.into_iter().find(|word| oddity.contains(word)).unwrap_or("that");
        draft.remedy = Some(format!("write {name} without {without} in {}", case.origin_of(&fact.source)));
    }
    draft.set("variable", name);
    Some(())
}

/// `{variable}` is too short: says where it comes from and how long it is.
pub(super) fn length(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let name = match draft.value("variable") {
        Some(name) => name.to_ascii_uppercase(),
        None => {
            let least: usize = draft.value("length")?.parse().ok()?;
            let short = case.env.get(&case.spec.name)?.iter();
            let short = short.filter(|(name, _)| looks_secret(name)).find(|(_, fact)| fact.length < least);
            short?.0.clone()
        }
    };
    draft.set("variable", name.clone());
    if let Some(fact) = case.own_env(&name) {
        draft.place_at(case.place_of(&fact.source));
        draft.evidence.push(format!(
            "{name} has {} characters, from {}",
            fact.length,
            case.origin_of(&fact.source)
        ));
    }
    Some(())
}

/// A text as languages print it between quotes.
fn unescaped(text: &str) -> String {
    text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::super::super::{Rules, diagnose};
    use super::*;
    use crate::stack::{EnvSource, Finding, ServiceName};

    fn fact(value: &str, line: u32, secret: bool) -> EnvFact {
        EnvFact {
            value: (!secret).then(|| value.to_owned()),
            digest: 0,
            length: value.chars().count(),
            oddity: crate::env::oddity(value),
            source: EnvSource::File { path: std::path::Path::new("/sample/.env").into(), line },
        }
    }

    fn found(lines: &[&str], service: &str, variables: &[(&str, &str)]) -> Vec<Finding> {
        let mut scene = Scene::printing(lines);
        let facts = variables
            .iter()
            .zip(1..)
            .map(|((name, value), line)| ((*name).to_owned(), fact(value, line, looks_secret(name))));
        let service: ServiceName = service.parse().unwrap();
        scene.env.insert(service, facts.collect::<BTreeMap<_, _>>());
        let case = scene.case();
        let mut found = diagnose(&Rules::own().unwrap(), &case);
        // That it ended is a fact of every one of these.
        found.retain(|finding| finding.rule != "exit-status");
        found
    }

    const MISSED: [&str; 3] = [
        "Traceback (most recent call last):",
        "    x = os.environ[\"JWT_ISSUER\"]",
        "KeyError: 'JWT_ISSUER'",
    ];

    #[test]
    fn a_variable_that_another_service_has_is_told_of_with_its_place() {
        let found = found(&MISSED, "auth", &[("JWT_ISSUER", "notes")]);
        assert_eq!(found[0].title, "JWT_ISSUER is defined for auth and not for api");
        assert!(found[0].evidence.contains(&"auth gets JWT_ISSUER from .env:1".to_owned()), "{found:?}");
    }

    #[test]
    fn a_variable_that_the_service_has_is_not_missing() {
        assert_eq!(found(&["Error: JWT_ISSUER is not set"], "api", &[("JWT_ISSUER", "notes")]), []);
    }

    #[test]
    fn a_variable_that_is_there_under_nearly_its_name_is_told_of() {
        for said in ["Error: JWT_ISSUER is not set", "run.sh: line 3: JWT_ISSUER: unbound variable"] {
            let found = found(&[said], "api", &[("A", "1"), ("JWT_ISUSER", "notes")]);
            assert_eq!(found[0].title, "JWT_ISSUER is required, and .env:2 sets JWT_ISUSER");
            assert_eq!(found[0].place.as_deref(), Some(".env:2"));
        }
        let other = found(&["Error: JWT_ISSUER is not set"], "api", &[("JWT_AUDIENCE", "notes")]);
        assert_eq!(other[0].title, "JWT_ISSUER is required and nothing sets it");
    }

    #[test]
    fn a_variable_without_a_value_is_told_of_where_it_is_set() {
        let found = found(&["Error: JWT_ISSUER is not set"], "api", &[("A", "1"), ("JWT_ISSUER", "")]);
        assert_eq!(found[0].title, "JWT_ISSUER is set but empty");
        assert_eq!(found[0].place.as_deref(), Some(".env:2"));
    }

    #[test]
    fn the_variable_that_holds_a_value_is_found_by_the_value() {
        let lines = ["ValueError: invalid literal for int() with base 10: '“4”'"];
        let found = found(&lines, "api", &[("NAME", "x"), ("WORKERS", "“4”")]);
        assert!(found[0].title.starts_with("WORKERS has typographic quotes"), "{found:?}");
        assert_eq!(found[0].remedy.as_deref(), Some("write WORKERS without quotes in .env:2"));
    }

    #[test]
    fn a_value_that_nobody_set_is_the_programs_own_affair() {
        let lines = ["ValueError: invalid literal for int() with base 10: 'many'"];
        assert_eq!(found(&lines, "api", &[("WORKERS", "4")]), []);
    }

    #[test]
    fn of_a_secret_that_is_too_short_the_length_is_told_and_not_the_value() {
        let lines = ["ValueError: JWT_SECRET must be at least 32 characters long"];
        let found = found(&lines, "api", &[("JWT_SECRET", "hunter2")]);
        assert_eq!(found[0].place.as_deref(), Some(".env:1"));
        assert!(
            found[0].evidence.contains(&"JWT_SECRET has 7 characters, from .env:1".to_owned()),
            "{found:?}"
        );
        assert!(!format!("{found:?}").contains("hunter2"));
    }
}
