//! Reading the configuration again: the seam to the room that can, and what changes for whom.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use crate::handle::{ReloadChange, ReloadReport};
use crate::stack::{ServiceName, StackSpec};

/// Reads portolan.toml and everything beside it again. The error is every problem, rendered.
pub type Reloader = Box<dyn FnMut() -> Result<Reloaded, String> + Send>;

/// A configuration read again, and checked.
#[derive(Clone, Debug)]
pub struct Reloaded {
    /// The new specification.
    pub spec: Arc<StackSpec>,
    /// The values that its rules generate.
    pub generated: BTreeMap<String, String>,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

/// Digests of the values that a service was given, by variable.
pub(super) type Given = BTreeMap<String, u64>;

/// The digests of `values`.
pub(super) fn digests(values: &BTreeMap<String, String>) -> Given {
    let digest = |value: &String| {
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        hasher.finish()
    };
    values.iter().map(|(name, value)| (name.clone(), digest(value))).collect()
}

/// What changes for one service between the values that it was given and those that it would get.
pub(super) fn changed_variables(given: &Given, would_get: &Given) -> Vec<String> {
    let mut names: Vec<String> = would_get
        .iter()
        .filter(|(name, value)| given.get(*name) != Some(value))
        .map(|(name, _)| name.clone())
        .chain(given.keys().filter(|name| !would_get.contains_key(*name)).cloned())
        .collect();
    names.sort();
    names
}

/// The report of a reload from `old` to `new`; `definitions` are the services that the heart restarts for more than
/// their environment, `variables` the changed ones by service.
pub(super) fn report(
    old: &StackSpec,
    new: &StackSpec,
    definitions: &[ServiceName],
    variables: &BTreeMap<ServiceName, Vec<String>>,
    files: Vec<PathBuf>,
) -> ReloadReport {
    let removed = old.services.iter().filter(|service| new.service(&service.name).is_none());
    let gone = removed.map(|service| ReloadChange {
        service: service.name.clone(),
        what: vec!["removed".into()],
        restarts: false,
    });
    let stay = new.services.iter().filter_map(|service| {
        let name = &service.name;
        let mut what = Vec::new();
        if old.service(name).is_none() {
            what.push("added".to_owned());
        } else if definitions.contains(name) {
            what.push("definition".to_owned());
        }
        what.extend(variables.get(name).into_iter().flatten().cloned());
        let restarts = old.service(name).is_some() && !what.is_empty();
        (!what.is_empty()).then(|| ReloadChange { service: name.clone(), what, restarts })
    });
    ReloadReport { changes: stay.chain(gone).collect(), files }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_added_and_removed_variables_are_named() {
        let given = Given::from([("A".into(), 1), ("B".into(), 1), ("C".into(), 1)]);
        let would_get = Given::from([("A".into(), 1), ("B".into(), 2), ("D".into(), 1)]);
        assert_eq!(changed_variables(&given, &would_get), ["B", "C", "D"]);
    }
}
