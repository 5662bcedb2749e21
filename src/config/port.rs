//! `port`: the port that a service wants.

use std::path::Path;

use crate::stack::{
    CommandLine, ConflictPolicy, EmbeddedKind, ListenerOwner, Port, PortRange, PortSpec, Reserve, Runs,
};

use super::problem::Problem;
use super::read;
use super::service::Source;
use super::tree::{Node, Table, Value};

/// The variable that tells a service its port.
const DEFAULT_VARIABLE: &str = "PORT";

/// Commands that ask a daemon to listen in their place.
const DAEMON_CLIENTS: [&str; 4] = ["docker", "docker-compose", "podman", "podman-compose"];

/// Reads `port` of `service`. An embedded service always has one; a shared one's stands in its URL.
pub(super) fn build(
    service: &Table,
    source: Source,
    runs: Option<&Runs>,
    problems: &mut Vec<Problem>,
) -> Option<PortSpec> {
    let own = service.get("port").and_then(|node| read_port(node, runs, problems));
    match source {
        Source::Shared => None,
        Source::Command | Source::Nothing => own,
        Source::Embedded => own.or_else(|| embedded_default(runs)),
    }
}

fn read_port(node: &Node, runs: Option<&Runs>, problems: &mut Vec<Problem>) -> Option<PortSpec> {
    let owner = default_owner(runs);
    match &node.value {
        Value::Integer(number) => Some(spec(Some(Port::try_from(*number).ok()?), None, owner)),
        Value::Text(text) => {
            let range: PortRange = text.parse().ok()?;
            // One port alone is a wish, not a range of one: any other may be taken when it is not free.
            let range_of_many = text.contains('-').then_some(range);
            Some(spec(Some(range.first()), range_of_many, owner))
        }
        Value::Table(table) => Some(from_table(table, owner, problems)),
        Value::Float(_) | Value::Bool(_) | Value::Date | Value::List(_) => None,
    }
}

fn spec(prefer: Option<Port>, range: Option<PortRange>, owner: ListenerOwner) -> PortSpec {
    PortSpec {
        prefer,
        range,
        env: DEFAULT_VARIABLE.to_owned(),
        conflict: ConflictPolicy::default(),
        reserve: Reserve::default(),
        owner,
    }
}

fn from_table(table: &Table, owner: ListenerOwner, problems: &mut Vec<Problem>) -> PortSpec {
    let range = read::port_range(table, "range");
    let prefer = read::port(table, "prefer");
    if let (Some(port), Some(range), Some(node)) = (prefer, range, table.get("prefer"))
        && !range.contains(port)
    {
        problems.push(
            Problem::error(format!("the preferred port {port} lies outside the range {range}"))
                .at(&node.span)
                .remedy("prefer a port of the range, or widen the range"),
        );
    }
    let conflict = match read::text(table, "conflict") {
        Some("fail") => ConflictPolicy::Fail,
        Some("kill") => ConflictPolicy::Kill,
        _ => ConflictPolicy::Next,
    };
    let reserve = match read::text(table, "reserve") {
        Some("release") => Reserve::Release,
        _ => Reserve::Hold,
    };
    let owner = match read::text(table, "owner") {
        Some("tree") => ListenerOwner::Tree,
        Some("any") => ListenerOwner::Any,
        _ => owner,
    };
    let env = read::text(table, "env").unwrap_or(DEFAULT_VARIABLE).to_owned();
    PortSpec { prefer: prefer.or(range.map(PortRange::first)), range, env, conflict, reserve, owner }
}

/// The ports that these services are known by; the source documents give the ranges.
fn embedded_default(runs: Option<&Runs>) -> Option<PortSpec> {
    let Some(Runs::Embedded(kind)) = runs else { return None };
    let range = match kind {
        EmbeddedKind::Auth => "8081-8090",
        EmbeddedKind::Backend => "8000-8010",
        EmbeddedKind::Frontend => "3000-3010",
    };
    let range: PortRange = range.parse().expect("the ranges above are ranges");
    Some(spec(Some(range.first()), Some(range), ListenerOwner::Tree))
}

fn default_owner(runs: Option<&Runs>) -> ListenerOwner {
    let Some(Runs::Command(command)) = runs else { return ListenerOwner::Tree };
    if program(command).is_some_and(|program| DAEMON_CLIENTS.contains(&program.as_str())) {
        ListenerOwner::Any
    } else {
        ListenerOwner::Tree
    }
}

/// The base name of the program that a command starts, without `.exe`; of a shell text, its first word.
fn program(command: &CommandLine) -> Option<String> {
    let word = match command {
        CommandLine::Words(words) => words.first()?.as_str(),
        CommandLine::Shell(text) => text.split_whitespace().find(|word| *word != "exec")?,
    };
    let name = Path::new(word).file_name()?.to_string_lossy();
    Some(name.trim_end_matches(".exe").to_owned())
}
