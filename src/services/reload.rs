//! Reading the configuration again: the seam to the room that can, and what changes for whom.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::handle::{ReloadChange, ReloadReport};
use crate::stack::{ServiceName, Stack, StackSpec};

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

/// The report of a reload of `old`, after which `stack` goes on; `definitions` are the services of which more changed
/// than their environment, `variables` the changed ones by service.
pub(super) fn report(
    old: &StackSpec,
    new: &StackSpec,
    stack: &Stack,
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
        let changed = variables.get(name).map(Vec::as_slice).unwrap_or_default();
        what.extend(changed.iter().cloned());
        let restarts = stack.is_restarting(name) || (!changed.is_empty() && stack.is_live(name));
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
