//! Secrets that should be one and are two.

use super::super::case::{Case, EnvFact};
use super::Draft;
use crate::env::looks_secret;

/// By what names secrets go with which tokens are signed, the likeliest first.
const SIGNING: [&str; 5] = ["JWT", "TOKEN", "AUTH", "SIGN", "SECRET"];

/// A token was refused: finds a secret that the service and another one have under one name and with two values.
pub(super) fn difference(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let own = case.env.get(&case.spec.name)?;
    let ruled = |name: &str| case.stack.env_rules.get(name).is_some_and(|rule| rule.secret);
    let likely = |name: &str| SIGNING.iter().position(|part| name.contains(part));
    // A password of a database or a key of another vendor's signs no token.
    let mut secrets: Vec<_> = own
        .iter()
        .filter(|(name, _)| looks_secret(name) || ruled(name))
        .filter_map(|(name, mine)| Some((likely(name)?, name, mine)))
        .collect();
    secrets.sort_by_key(|(likely, name, _)| (*likely, *name));
    let (name, mine, other, theirs) = secrets.into_iter().find_map(|(_, name, mine)| {
        let others = case.env.iter().filter(|(service, _)| **service != case.spec.name);
        others
            .filter_map(|(service, variables)| Some((service, variables.get(name)?)))
            .find(|(_, theirs)| theirs.digest != mine.digest)
            .map(|(other, theirs)| (name, mine, other, theirs))
    })?;
    let shown = |fact: &EnvFact| case.origin_of(&fact.source);
    let (here, there) = (shown(mine), shown(theirs));
    draft.evidence.push(format!(
        "{} gets {name} from {here}, {other} from {there}, and the values differ",
        case.spec.name
    ));
    for (service, fact) in [(&case.spec.name, mine), (other, theirs)] {
        if let Some(oddity) = fact.oddity {
            draft.evidence.push(format!("{name} of {service}: {oddity}"));
        }
    }
    draft.place =
        case.place_of(&mine.source).or_else(|| case.place_of(&theirs.source)).or_else(|| draft.place.clone());
    draft.set("variable", name.clone());
    draft.set("other", other.to_string());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;

    fn look(scene: &Scene) -> Option<Draft> {
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        difference(&case, &mut draft)?;
        Some(draft)
    }

    #[test]
    fn the_secret_that_tokens_are_signed_with_is_compared_and_never_shown() {
        let scene = Scene::printing(&["signature verification failed"])
            .giving("api", "DB_PASSWORD", "one-of-api", 1)
            .giving("auth", "DB_PASSWORD", "one-of-auth", 2)
            .giving("api", "JWT_SECRET", "first-value", 3)
            .giving("auth", "JWT_SECRET", "second-value", 4);
        let draft = look(&scene).unwrap();
        assert_eq!(draft.value("variable").as_deref(), Some("JWT_SECRET"));
        assert_eq!(draft.value("other").as_deref(), Some("auth"));
        let said = draft.evidence.join("\n");
        assert!(said.contains(".env:3") && said.contains(".env:4"), "{said}");
        assert!(!said.contains("value-") && !said.contains("first-value"), "{said}");
    }

    #[test]
    fn one_secret_of_both_is_no_reason() {
        let scene = Scene::printing(&["invalid signature"])
            .giving("api", "JWT_SECRET", "one", 1)
            .giving("auth", "JWT_SECRET", "one", 1)
            .giving("api", "DB_PASSWORD", "one-of-api", 1)
            .giving("auth", "DB_PASSWORD", "one-of-auth", 2);
        assert!(look(&scene).is_none());
    }
}
