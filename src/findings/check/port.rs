//! Ports: who holds one.

use crate::ports;
use crate::stack::{Port, PortHolder};

use super::super::case::Case;
use super::Draft;

/// Somebody holds `{port}`, or the port that the service was given.
pub(super) fn holder(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let said = draft.value("port").and_then(|text| text.parse().ok()).and_then(Port::new);
    let port = said.or_else(|| named_nearby(case, draft)).or(case.service.port)?;
    let holder = ports::holder_of(port).map(|holder| PortHolder::from(&holder));
    // A process of the stack's own on a port that the service was not given: another service of it.
    let own = case
        .snapshot
        .services
        .iter()
        .find(|other| other.name != case.spec.name && (other.port == Some(port) && other.pid.is_some()));
    let shown = match (own, &holder) {
        (Some(other), _) => format!("{} of this stack", other.name),
        (None, Some(holder)) => holder.to_string(),
        (None, None) => "nobody any more".to_owned(),
    };
    draft.evidence.push(format!("{port} is held by {shown}"));
    if case.service.port != Some(port) {
        let name = &case.spec.name;
        let told = match case.service.port {
            Some(told) => {
                format!("have it listen on {told}, which it is told as PORT (`{{port}}` in its command)")
            }
            None => format!("give {name} a `port` in portolan.toml, and have it read PORT"),
        };
        draft.remedy = Some(told);
        draft.action = None;
    }
    draft.set("port", port.to_string());
    draft.set("holder", shown);
    Some(())
}

/// A port that the lines around name, as in `address: '127.0.0.1', port: 8000`.
fn named_nearby(case: &Case<'_>, draft: &Draft) -> Option<Port> {
    static PORT: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        regex::Regex::new(r#"(?:port['"]?: |:|port )(\d{2,5})\b"#).expect("a constant that a test compiles")
    });
    let at = draft.line?;
    let end = (at + 12).min(case.log.len());
    let lines = case.log[at..end].iter();
    let named = lines.filter(|line| line.text.contains("port")).find_map(|line| PORT.captures(&line.text));
    named.and_then(|found| found[1].parse().ok()).and_then(Port::new)
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples;
    use super::*;

    #[test]
    fn a_port_is_read_from_the_lines_around() {
        let scene = samples::Scene::printing(&["Error: listen EADDRINUSE", "  port: 4242"]);
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(0);
        assert_eq!(named_nearby(&case, &draft), Port::new(4242));
    }
}
