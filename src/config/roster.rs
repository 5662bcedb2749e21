//! Who is who among the services, for the checks that look at more than one.

use std::collections::BTreeMap;

use crate::stack::ServiceName;

use super::build::Selection;
use super::problem::Problem;
use super::read;
use super::service::{self, Source};
use super::source::Span;
use super::suggest::{listed, nearest, quoted};
use super::tree::{Entry, Node, Table};

/// All services of a file, the left-out ones included.
pub(super) struct Roster<'a> {
    members: BTreeMap<ServiceName, Member<'a>>,
}

/// What others may know about a service.
pub(super) struct Member<'a> {
    pub(super) entry: &'a Entry,
    pub(super) table: &'a Table,
    pub(super) source: Source,
    pub(super) disabled: bool,
    /// Whether the selected profiles include it.
    pub(super) chosen: bool,
}

impl<'a> Roster<'a> {
    pub(super) fn new(selection: &Selection<'a>) -> Self {
        let chosen = selection.chosen.iter().map(|service| (service, true));
        let left_out = selection.left_out.iter().map(|service| (service, false));
        let member = |((name, entry), chosen): (&(ServiceName, &'a Entry), bool)| {
            let table = entry.node.table()?;
            let source = service::source(table).unwrap_or(Source::Nothing);
            let disabled = service::is_disabled(table);
            Some((name.clone(), Member { entry, table, source, disabled, chosen }))
        };
        Self { members: chosen.chain(left_out).filter_map(member).collect() }
    }

    pub(super) fn get(&self, name: &ServiceName) -> Option<&Member<'a>> {
        self.members.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&ServiceName, &Member<'a>)> {
        self.members.iter()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(ServiceName::as_str)
    }

    /// Says that there is no service `name`, and which one may be meant.
    pub(super) fn unknown(&self, name: &str, span: &Span) -> Problem {
        let problem = Problem::error(format!("there is no service {}", quoted(name))).at(span);
        match nearest(name, self.names()) {
            Some(near) => problem.remedy(format!("did you mean `{near}`?")),
            None => {
                let known: Vec<&str> = self.names().take(12).collect();
                problem.remedy(format!("the services are {}", listed(&known)))
            }
        }
    }
}

impl Member<'_> {
    /// Whether it may start, so that what it needs and mentions must be there.
    pub(super) fn may_start(&self) -> bool {
        self.chosen && !self.disabled
    }

    /// What it needs: each name as written, its place, and whether there is a fallback.
    pub(super) fn needs(&self) -> Vec<(&str, &Span, bool)> {
        let Some(node) = self.table.get("needs") else { return Vec::new() };
        if self.source == Source::Shared {
            return Vec::new();
        }
        let Some(table) = node.table() else {
            let item = |item| Some((Node::text(item)?, &item.span, false));
            return node.items().iter().filter_map(item).collect();
        };
        let wanted = |entry: &&Entry| !matches!(entry.node.value, super::tree::Value::Bool(false));
        let need = |entry: &'_ Entry| entry.node.table().is_some_and(|need| need.contains("fallback"));
        table
            .in_order()
            .into_iter()
            .filter(wanted)
            .map(|entry| (entry.name.as_str(), &entry.key, need(entry)))
            .collect()
    }

    /// The profiles that would include it, as a message lists them.
    pub(super) fn profiles(&self) -> Vec<&str> {
        read::texts(self.table, "profiles").into_iter().map(|(profile, _)| profile).collect()
    }
}
