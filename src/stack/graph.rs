//! Who needs whom: cycles, closures and the order that follows from them.

use std::collections::{BTreeMap, BTreeSet};

use super::ServiceName;

/// The needs of a stack as a graph. Names that are needed but not part of it are ignored.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    needs: BTreeMap<ServiceName, Vec<ServiceName>>,
}

impl Graph {
    /// A graph of `(service, what it needs)`.
    pub fn new(edges: impl IntoIterator<Item = (ServiceName, Vec<ServiceName>)>) -> Self {
        Self { needs: edges.into_iter().collect() }
    }

    /// One cycle as the path that closes it (`a`, `b`, `a`), if there is one.
    pub fn cycle(&self) -> Option<Vec<ServiceName>> {
        let mut done = BTreeSet::new();
        self.needs.keys().find_map(|start| self.cycle_from(start, &mut done))
    }

    /// Depth first without recursion, so that a long chain cannot exhaust the stack.
    fn cycle_from(&self, start: &ServiceName, done: &mut BTreeSet<ServiceName>) -> Option<Vec<ServiceName>> {
        let mut path: Vec<(&ServiceName, usize)> = vec![(start, 0)];
        while let Some((name, next)) = path.last_mut() {
            let name: &ServiceName = name;
            let Some(need) = self.needs.get(name).and_then(|needs| needs.get(*next)) else {
                done.insert(name.clone());
                path.pop();
                continue;
            };
            *next += 1;
            if let Some(at) = path.iter().position(|(seen, _)| *seen == need) {
                let closing = path[at..].iter().map(|(name, _)| (*name).clone());
                return Some(closing.chain([need.clone()]).collect());
            }
            if !done.contains(need) {
                path.push((need, 0));
            }
        }
        None
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
    fn a_cycle_is_reported_as_the_path_that_closes_it() {
        let found = graph(&[("x", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"])]).cycle();
        assert_eq!(words(found.unwrap()), "a b c a");
        assert_eq!(words(graph(&[("a", &["a"])]).cycle().unwrap()), "a a");
    }

    #[test]
    fn a_diamond_is_no_cycle() {
        assert_eq!(graph(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &[])]).cycle(), None);
    }

    #[test]
    fn closures_go_both_ways() {
        let graph = graph(&[("web", &["api"]), ("api", &["db"]), ("db", &[]), ("job", &["db"])]);
        assert_eq!(words(graph.with_needs([name("web")])), "api db web");
        assert_eq!(words(graph.with_dependents([name("api")])), "api web");
    }
}
