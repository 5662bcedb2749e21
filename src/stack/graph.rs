//! Who needs whom: cycles, closures and the order that follows from them.

use std::collections::{BTreeMap, BTreeSet};

use super::ServiceName;

/// The needs of a stack as a graph. Names that are needed but not part of it are ignored.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    needs: BTreeMap<ServiceName, Vec<ServiceName>>,
}

/// Services that need each other in a circle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// The way around, beginning and ending with the service whose name comes first: the same however it was met.
    pub path: Vec<ServiceName>,
    /// The need that closed it: who needs whom.
    pub closed_by: (ServiceName, ServiceName),
}

impl Cycle {
    fn closed(path: &[(&ServiceName, usize)], back_to: &ServiceName) -> Self {
        let start = path.iter().position(|(name, _)| *name == back_to).unwrap_or(0);
        let mut around: Vec<ServiceName> = path[start..].iter().map(|(name, _)| (*name).clone()).collect();
        let last = around.last().unwrap_or(back_to).clone();
        let first = (0..around.len()).min_by_key(|at| &around[*at]).unwrap_or(0);
        around.rotate_left(first);
        around.extend(around.first().cloned());
        Self { path: around, closed_by: (last, back_to.clone()) }
    }
}

impl Graph {
    /// A graph of `(service, what it needs)`.
    pub fn new(edges: impl IntoIterator<Item = (ServiceName, Vec<ServiceName>)>) -> Self {
        Self { needs: edges.into_iter().collect() }
    }

    /// Every need that closes a cycle, in the order in which they are met from the first name on.
    ///
    /// Without recursion: the length of a chain is the configuration's to choose.
    pub fn cycles(&self) -> Vec<Cycle> {
        let mut found = Vec::new();
        let mut done = BTreeSet::new();
        for start in self.needs.keys() {
            if !done.contains(start) {
                self.cycles_from(start, &mut done, &mut found);
            }
        }
        found
    }

    fn cycles_from<'a>(
        &'a self,
        start: &'a ServiceName,
        done: &mut BTreeSet<&'a ServiceName>,
        found: &mut Vec<Cycle>,
    ) {
        let mut path: Vec<(&ServiceName, usize)> = vec![(start, 0)];
        let mut on_path = BTreeSet::from([start]);
        while let Some((name, next)) = path.last_mut() {
            let name: &ServiceName = name;
            let need = self.needs.get(name).and_then(|needs| needs.get(*next));
            *next += 1;
            let Some((need, _)) = need.and_then(|need| self.needs.get_key_value(need)) else {
                if need.is_none() {
                    on_path.remove(name);
                    done.insert(name);
                    path.pop();
                }
                continue;
            };
            if on_path.contains(need) {
                found.push(Cycle::closed(&path, need));
            } else if !done.contains(need) {
                on_path.insert(need);
                path.push((need, 0));
            }
        }
    }

    /// `names` and everything that they need, directly or not.
    pub fn with_needs(&self, names: impl IntoIterator<Item = ServiceName>) -> BTreeSet<ServiceName> {
        closure(names, |name| self.needs.get(name).cloned().unwrap_or_default())
    }

    /// `names` and everything that needs them, directly or not.
    pub fn with_dependents(&self, names: impl IntoIterator<Item = ServiceName>) -> BTreeSet<ServiceName> {
        closure(names, |name| {
            let dependents = self.needs.iter().filter(|(_, needs)| needs.contains(name));
            dependents.map(|(dependent, _)| dependent.clone()).collect()
        })
    }
}

fn closure(
    names: impl IntoIterator<Item = ServiceName>,
    next: impl Fn(&ServiceName) -> Vec<ServiceName>,
) -> BTreeSet<ServiceName> {
    let mut open: Vec<ServiceName> = names.into_iter().collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        if found.insert(name.clone()) {
            open.extend(next(&name));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ServiceName {
        ServiceName::new(text).unwrap()
    }

    fn graph(edges: &[(&str, &[&str])]) -> Graph {
        Graph::new(edges.iter().map(|(of, needs)| (name(of), needs.iter().map(|n| name(n)).collect())))
    }

    fn words(names: impl IntoIterator<Item = ServiceName>) -> String {
        names.into_iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_cycle_is_reported_as_the_way_around() {
        let found = graph(&[("x", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"])]).cycles();
        assert_eq!(found.len(), 1);
        assert_eq!(words(found[0].path.clone()), "a b c a");
        assert_eq!(found[0].closed_by, (name("c"), name("a")));
        assert_eq!(words(graph(&[("a", &["a"])]).cycles()[0].path.clone()), "a a");
    }

    #[test]
    fn every_need_that_closes_a_cycle_is_found() {
        let found = graph(&[("a", &["b", "c"]), ("b", &["a"]), ("c", &["a"])]).cycles();
        let paths: Vec<String> = found.into_iter().map(|cycle| words(cycle.path)).collect();
        assert_eq!(paths, ["a b a", "a c a"]);
    }

    #[test]
    fn a_diamond_is_no_cycle() {
        assert_eq!(graph(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])]).cycles(), []);
    }

    #[test]
    fn closures_go_both_ways() {
        let graph = graph(&[("web", &["api"]), ("api", &["db"]), ("db", &[]), ("job", &["db"])]);
        assert_eq!(words(graph.with_needs([name("web")])), "api db web");
        assert_eq!(words(graph.with_dependents([name("api")])), "api web");
    }
}
