//! Variables: where one that is missed is defined instead, and which one holds a value that cannot be used.

use crate::env::looks_secret;

use super::super::case::Case;
use super::Draft;

/// A service misses `{variable}`: says who has it, and where from.
pub(super) fn variable(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let name = draft.value("variable")?;
    if let Some(fact) = case.own_env(&name) {
        // It was given it: what it complains about is something else, unless there is nothing in it.
        if fact.length > 0 {
            return None;
        }
        draft.place = case.place_of(&fact.source).or_else(|| draft.place.clone());
        draft.title = Some(format!("{name} is set but empty"));
        draft.evidence.push(format!("{name} comes from {} without a value", fact.source));
        draft.remedy = Some(format!("give {name} a value there"));
        return Some(());
    }
    let elsewhere = case.env.iter().filter(|(service, _)| **service != case.spec.name);
    let mut holders = elsewhere.filter_map(|(service, variables)| {
        let source = &variables.get(&name)?.source;
        let place = case.place_of(source)?;
        Some((service, place))
    });
    match holders.next() {
        Some((other, place)) => {
            let file = place.rsplit_once(':').map_or(place.as_str(), |(file, _)| file).to_owned();
            draft.title = Some(format!("{name} is defined for {other} and not for {}", case.spec.name));
            draft.evidence.push(format!("{other} gets {name} from {place}"));
            draft.remedy = Some(format!(
                "move {name} to the .env beside portolan.toml, or add \"{file}\" to `env_files` of {}",
                case.spec.name
            ));
        }
        None => draft.evidence.push(format!("nothing sets {name} for {}", case.spec.name)),
    }
    Some(())
}

/// A service cannot use `{value}`: says which variable it comes from. With `{variable}` it is about that one.
pub(super) fn value(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let variables = case.env.get(&case.spec.name)?;
    let (name, fact) = match draft.value("variable") {
        Some(name) => {
            let fact = variables.get(&name)?;
            (name, fact)
        }
        None => {
            let value = unescaped(&draft.value("value")?);
            let holds = |value: &str, held: &str| !value.is_empty() && held == value;
            variables
                .iter()
                .filter(|(_, fact)| case.place_of(&fact.source).is_some())
                .find(|(_, fact)| fact.value.as_deref().is_some_and(|held| holds(&value, held)))
                .map(|(name, fact)| (name.clone(), fact))?
        }
    };
    draft.place = case.place_of(&fact.source).or_else(|| draft.place.clone());
    let shown = match &fact.value {
        Some(value) if !looks_secret(&name) => format!("{name} is {value:?}, from {}", fact.source),
        Some(_) | None => format!("{name} comes from {}", fact.source),
    };
    draft.evidence.push(shown);
    if let Some(oddity) = fact.oddity {
        draft.evidence.push(format!("{name}: {oddity}"));
        draft.remedy = Some(format!("write {name} without them in {}", fact.source));
    }
    draft.set("variable", name);
    Some(())
}

/// A text as languages print it between quotes.
fn unescaped(text: &str) -> String {
    text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")
}
