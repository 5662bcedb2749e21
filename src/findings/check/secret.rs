//! Secrets that should be one and are two.

use crate::env::looks_secret;

use super::super::case::Case;
use super::Draft;

/// A token was refused: finds a secret that the service and another one have under one name and with two values.
pub(super) fn difference(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let own = case.env.get(&case.spec.name)?;
    let ruled = |name: &str| case.stack.env_rules.get(name).is_some_and(|rule| rule.secret);
    let secrets = own.iter().filter(|(name, _)| looks_secret(name) || ruled(name));
    let (name, mine, other, theirs) = secrets.into_iter().find_map(|(name, mine)| {
        let others = case.env.iter().filter(|(service, _)| **service != case.spec.name);
        others
            .filter_map(|(service, variables)| Some((service, variables.get(name)?)))
            .find(|(_, theirs)| theirs.digest != mine.digest)
            .map(|(other, theirs)| (name, mine, other, theirs))
    })?;
    let shown = |fact: &super::super::EnvFact| case.origin_of(&fact.source);
    let (here, there) = (shown(mine), shown(theirs));
    draft.evidence.push(format!(
        "{} gets {name} from {here}, {other} from {there}, and the values differ",
        case.spec.name
    ));
    draft.place =
        case.place_of(&mine.source).or_else(|| case.place_of(&theirs.source)).or_else(|| draft.place.clone());
    draft.set("variable", name.clone());
    draft.set("other", other.to_string());
    Some(())
}
