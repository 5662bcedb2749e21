//! Secrets that should be one and are two.

use super::super::case::{Case, EnvFact};
use super::Draft;
use crate::env::looks_secret;
use crate::stack::{ServiceName, ServiceSpec};

/// By what names secrets go with which tokens are signed, the likeliest first.
const SIGNING: [&str; 5] = ["JWT", "TOKEN", "AUTH", "SIGN", "SECRET"];

/// What frameworks sign their own cookies with: each service may well have one of its own.
const PER_SERVICE: [&str; 4] = ["SECRET_KEY", "SESSION", "COOKIE", "CSRF"];

/// A token was refused: finds a secret that the service and another one have under one name and with two values. It
/// must be one that they share: they speak with each other, or portolan.toml says that all of them have it.
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
        let shared = ruled(name) && !PER_SERVICE.iter().any(|part| name.contains(part));
        let others = case.env.iter().filter(|(service, _)| **service != case.spec.name);
        let others = others.filter(|(service, _)| shared || are_linked(case, service));
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
    draft.place_at(case.place_of(&mine.source).or_else(|| case.place_of(&theirs.source)));
    draft.set("variable", name.clone());
    draft.set("other", other.to_string());
    Some(())
}

/// Whether the service and another one know of each other.
fn are_linked(case: &Case<'_>, other: &ServiceName) -> bool {
    let links = |from: &ServiceSpec, to: &ServiceName| from.links().any(|link| link == to);
    let back = || case.stack.service(other).is_some_and(|other| links(other, &case.spec.name));
    links(case.spec, other) || back()
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;
    use crate::stack::{EnvRule, samples};

    /// `api`, which mentions `auth`.
    fn linked() -> Scene {
        let mut scene = Scene::printing(&["invalid signature"]);
        let auth = ServiceSpec { name: samples::name("auth"), ..scene.stack.services[0].clone() };
        scene.stack.services.push(auth);
        scene.stack.services[0].references = vec![samples::name("auth")];
        scene
    }

    fn look(scene: &Scene) -> Option<Draft> {
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        difference(&case, &mut draft)?;
        Some(draft)
    }

    #[test]
    fn the_secret_that_tokens_are_signed_with_is_compared_and_never_shown() {
        let scene = linked()
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
        let scene = linked()
            .giving("api", "JWT_SECRET", "one", 1)
            .giving("auth", "JWT_SECRET", "one", 1)
            .giving("api", "DB_PASSWORD", "one-of-api", 1)
            .giving("auth", "DB_PASSWORD", "one-of-auth", 2);
        assert!(look(&scene).is_none());
    }

    #[test]
    fn services_that_do_not_know_of_each_other_may_have_secrets_of_their_own() {
        let with = |mut scene: Scene, name: &str, is_linked: bool, is_ruled: bool| {
            if !is_linked {
                scene.stack.services[0].references.clear();
            }
            if is_ruled {
                let origin = scene.stack.services[0].origin.clone();
                let rule = EnvRule {
                    origin,
                    required: true,
                    secret: true,
                    min_length: None,
                    format: None,
                    default: None,
                    generate: None,
                };
                scene.stack.env_rules.insert(name.to_owned(), rule);
            }
            look(&scene.giving("api", name, "one", 1).giving("auth", name, "two", 2)).is_some()
        };
        assert!(!with(linked(), "JWT_SECRET", false, false));
        assert!(with(linked(), "JWT_SECRET", false, true), "portolan.toml says that it is one");
        assert!(!with(linked(), "SECRET_KEY", false, true));
        assert!(with(linked(), "SECRET_KEY", true, false));
        let mut back = linked();
        back.stack.services[0].references.clear();
        back.stack.services[1].references = vec![samples::name("api")];
        assert!(with(back, "JWT_SECRET", true, false), "the other one knows of it");
    }
}
