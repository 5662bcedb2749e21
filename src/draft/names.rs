//! Names of services out of whatever others call theirs.

use std::collections::BTreeSet;

use crate::stack::ServiceName;

/// The longest name that portolan.toml takes.
const LONGEST: usize = 63;

/// `text` as a service's name, with a number where `is_taken` says that another has it.
fn fitting(text: &str, is_taken: impl Fn(&ServiceName) -> bool) -> ServiceName {
    let plain: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' })
        .collect();
    let plain = plain.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    // `env` is what {env.NAME} means.
    let base = match plain {
        "" => "service",
        "env" => "env-service",
        plain => plain,
    };
    (1_u32..)
        .map(|number| match number {
            1 => base.chars().take(LONGEST).collect(),
            _ => format!("{}-{number}", base.chars().take(LONGEST - 11).collect::<String>()),
        })
        .filter_map(|name| ServiceName::new(&name).ok())
        .find(|name| !is_taken(name))
        .expect("one of four billion names is free")
}

/// Each text as a service's name, in their order; of two that come out alike the later one has a number.
pub(super) fn fitting_each<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<ServiceName> {
    let mut taken = BTreeSet::new();
    let names = texts.into_iter().map(|text| {
        let name = fitting(text, |name| taken.contains(&name.env_prefix()));
        taken.insert(name.env_prefix());
        name
    });
    names.collect()
}

/// Whether the environment can have a variable of that name, and portolan.toml takes it.
pub(super) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.chars().all(|c| c != '=' && c != '{' && c != '}' && !c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_becomes_a_name_that_nobody_has() {
        let free = |text: &str| fitting(text, |_| false).as_str().to_owned();
        assert_eq!(free("web"), "web");
        assert_eq!(free("@scope/web app"), "scope-web-app");
        assert_eq!(free("_"), "service");
        assert_eq!(free("env"), "env-service");
        assert_eq!(free(&"x".repeat(200)).len(), LONGEST);
        assert_eq!(fitting("web", |name| name.as_str() == "web").as_str(), "web-2");
    }
}
