//! `ports`: which port of the container is published where.

use crate::draft::import::keys::Entry;
use crate::draft::import::yaml::Node;
use crate::stack::Port;

/// One published port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) container: Port,
    /// Where it is published; `None` for any free port.
    pub(super) host: Option<Port>,
    /// The variable that moves it, `${WEB_PORT:-8080}`.
    pub(super) variable: Option<String>,
    pub(super) line: u32,
}

/// Below, a port takes rights that Portolan does not ask for, so it is left to docker.
const UNPRIVILEGED: u16 = 1024;

impl Published {
    /// Where Portolan can watch it on this machine.
    pub(super) fn watched(&self) -> Option<Port> {
        self.host.filter(|port| port.get() >= UNPRIVILEGED)
    }
}

/// The published ports, and the lines of those that are none that Portolan could watch.
pub(super) fn read(entry: &Entry<'_>) -> (Vec<Published>, Vec<u32>) {
    let (mut published, mut other) = (Vec::new(), Vec::new());
    for item in entry.node.items() {
        match one(item) {
            Some(port) => published.push(port),
            None => other.push(item.line),
        }
    }
    (published, other)
}

fn one(item: &Node) -> Option<Published> {
    if item.map().is_some() {
        let text = |name: &str| item.get(name).and_then(Node::text);
        if text("protocol").is_some_and(|protocol| protocol != "tcp") {
            return None;
        }
        let (host, variable) = text("published").map(host).unwrap_or_default();
        return Some(Published { container: text("target")?.parse().ok()?, host, variable, line: item.line });
    }
    let text = item.text()?;
    let text = match text.rsplit_once('/') {
        Some((ports, "tcp")) => ports,
        Some((_, "udp" | "sctp")) => return None,
        _ => text,
    };
    let parts = split(text);
    let container = host(parts.last()?).0?;
    let (host, variable) = match parts.len() {
        1 => (None, None),
        count => host(parts[count - 2]),
    };
    Some(Published { container, host, variable, line: item.line })
}

/// Splits at colons, but not at those inside `${…}` and `[…]`.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_u32);
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A port as it is written, with the variable that it comes from; the first of a range.
fn host(text: &str) -> (Option<Port>, Option<String>) {
    if let Some(inside) = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        let (name, default) =
            inside.split_once(":-").or_else(|| inside.split_once('-')).unwrap_or((inside, ""));
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        return (default.parse().ok(), is_name.then(|| name.to_owned()));
    }
    let first = text.split('-').next().unwrap_or(text);
    (first.parse().ok(), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draft::import::yaml::parse;

    fn of(yaml: &str) -> Vec<(u16, Option<u16>, Option<String>)> {
        let root = parse(yaml).unwrap();
        let entry = Entry { key: "ports".into(), line: 1, node: root.get("ports").unwrap() };
        let plain = |port: Published| (port.container.get(), port.host.map(Port::get), port.variable);
        read(&entry).0.into_iter().map(plain).collect()
    }

    #[test]
    fn all_short_and_long_forms_are_read() {
        assert_eq!(of("ports: ['8080:80']"), [(80, Some(8080), None)]);
        assert_eq!(of("ports: [3000]"), [(3000, None, None)]);
        assert_eq!(of("ports: ['127.0.0.1:5433:5432/tcp']"), [(5432, Some(5433), None)]);
        assert_eq!(of("ports: ['[::1]:1:2']"), [(2, Some(1), None)]);
        assert_eq!(of("ports: ['${P:-80}:81']"), [(81, Some(80), Some("P".into()))]);
        assert_eq!(of("ports: [{target: 80, published: '8080'}]"), [(80, Some(8080), None)]);
        assert_eq!(of("ports: ['53:53/udp', x]"), []);
    }
}
