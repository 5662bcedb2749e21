//! Ports: who holds one, and where in the code one is asked for.

use std::sync::LazyLock;

use regex::Regex;

use crate::ports;
use crate::stack::{Port, PortHolder, Runs, ServiceSnapshot, State};

use super::super::case::Case;
use super::super::place;
use super::Draft;

/// So many lines above a refusal are looked through for the code that asked for the port.
const TRACEBACK: usize = 40;

/// Somebody holds `{port}`, or the port that the service was given. Nothing to tell if nobody does any more, or if it
/// was our own reservation, which is let go.
pub(super) fn holder(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let port = meant(case, draft)?;
    let holder = ports::holder_of(port).map(|holder| PortHolder::from(&holder));
    let pid = holder.as_ref().and_then(|holder| holder.pid);
    let holding = pid.and_then(|pid| service_of(case, pid));
    if pid == Some(std::process::id()) || holding.is_some_and(|service| service.name == case.spec.name) {
        return None;
    }
    // A process of the stack's own on a port that the service was not given: another service of it.
    let mut others = case.snapshot.services.iter().filter(|other| other.name != case.spec.name);
    let own = holding.or_else(|| others.find(|other| other.port == Some(port) && other.pid.is_some()));
    let (shown, short) = match (own, &holder) {
        (Some(other), _) => (format!("{} of this stack", other.name), other.name.to_string()),
        (None, Some(holder)) => (holder.to_string(), short(holder)),
        (None, None) => return None,
    };
    draft.evidence.push(format!("{port} is held by {shown}"));
    draft.set("port", port.to_string());
    draft.set("holder", short);
    let name = &case.spec.name;
    match case.service.port {
        Some(told) if told != port => {
            draft.title = Some(format!("{name} asks for port {port}, which is taken, instead of its own"));
            draft.remedy = Some(format!(
                "have it listen on the port that it is told as PORT (`{{port}}` in its command), now {told}"
            ));
        }
        Some(_) => {
            draft.remedy = Some("end that process, or give the service another port".to_owned());
            draft.action = Some(format!("portolan reassign {name}"));
        }
        // It could not have the only port that will do.
        None if case.spec.port.is_some() => {
            draft.place = Some(place::key(case, "port"));
            draft.remedy =
                Some("end that process, or let another port do: `port` in portolan.toml".to_owned());
        }
        None => {
            draft.remedy = Some(format!("give {name} a `port` in portolan.toml, and have it read PORT"));
        }
    }
    Some(())
}

/// The port that the service could not have. One that is healthy has its own: only what the refusal itself names, or
/// the code that asked for it, is another one.
fn meant(case: &Case<'_>, draft: &Draft) -> Option<Port> {
    let said = draft.port();
    let said = said.or_else(|| named_in(&case.log.get(draft.line?)?.text));
    let is_well = case.service.state == State::Healthy;
    let nearby = || if is_well { None } else { named_nearby(case, draft) };
    let own = case.service.port.filter(|_| !is_well);
    said.or_else(nearby).or_else(|| asked_for(case, draft)).or(own)
}

/// The service that the process belongs to: its own, or what it started, as `npm run` and `sh -c` do.
fn service_of<'c>(case: &'c Case<'_>, pid: u32) -> Option<&'c ServiceSnapshot> {
    // What is embedded has our own pid, of which all of them came.
    let of = |top: u32| top != std::process::id() && ports::descends_from(pid, top);
    case.snapshot.services.iter().find(|service| service.pid.is_some_and(of))
}

/// The program's name and its pid.
fn short(holder: &PortHolder) -> String {
    let program = holder.command.as_deref().and_then(|command| command.split_whitespace().next());
    let program = program.and_then(|path| path.rsplit('/').next()).unwrap_or("another process");
    match (&holder.service, &holder.stack, holder.pid) {
        (Some(service), Some(stack), _) => format!("{service} of the stack {stack}"),
        (None, Some(stack), _) => format!("the stack {stack}"),
        (_, None, Some(pid)) => format!("{program}, pid {pid}"),
        (_, None, None) => program.to_owned(),
    }
}

/// The service listens on `{port}` or at `{address}`: finds where that is written.
pub(super) fn listening(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let text = draft.value("port").or_else(|| draft.value("address"))?;
    let in_command = matches!(&case.spec.runs, Runs::Command(command) if command.to_string().contains(&text));
    draft.place_at(if in_command { Some(place::key(case, "command")) } else { place::mention(case, &text) });
    if draft.place.is_none() {
        draft.evidence.push(format!("nothing in its code or command says {text}"));
    }
    Some(())
}

/// The port of the code that was refused one: the number in the traceback's own lines.
pub(super) fn privileged(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let said = draft.port();
    let port =
        said.or_else(|| asked_for(case, draft)).or(case.service.port).filter(|port| port.get() < 1024)?;
    draft.set("port", port.to_string());
    Some(())
}

/// The port of an address that the line itself names, as in `127.0.0.1:9229`.
fn named_in(line: &str) -> Option<Port> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?:\d+\.\d+\.\d+\.\d+|\blocalhost|\[[\da-fA-F:.]*\]|(?:^|\s)(?:::|::1|\*)):(\d{2,5})\b")
            .expect("a constant that a test compiles")
    });
    ADDRESS.captures(line)?[1].parse().ok().and_then(Port::new)
}

/// A port that the lines around name, as in `address: '127.0.0.1', port: 8000`.
fn named_nearby(case: &Case<'_>, draft: &Draft) -> Option<Port> {
    static PORT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?:port['"]?: |:|port )(\d{2,5})\b"#).expect("a constant that a test compiles")
    });
    let at = draft.line?;
    let end = (at + 12).min(case.log.len());
    let lines = case.log[at..end].iter();
    let named = lines.filter(|line| line.text.contains("port")).find_map(|line| PORT.captures(&line.text));
    named.and_then(|found| found[1].parse().ok()).and_then(Port::new)
}

/// A number in the code that the traceback above shows, in a call that takes an address.
fn asked_for(case: &Case<'_>, draft: &Draft) -> Option<Port> {
    static NUMBER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?:[,(=:] ?)(\d{2,5})\b").expect("a constant that a test compiles"));
    let at = draft.line?;
    let lines = &case.log[at.saturating_sub(TRACEBACK)..at];
    let code = lines.windows(2).rev().filter(|pair| place::frame(case, &pair[0].text).is_some());
    let mut found = code.filter_map(|pair| NUMBER.captures(&pair[1].text)?[1].parse().ok());
    found.find_map(Port::new)
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

    #[test]
    fn a_port_is_read_from_the_code_that_a_traceback_shows() {
        let scene = samples::Scene::printing(&[
            "  File \"/sample/main.py\", line 12, in <module>",
            "    HTTPServer((\"127.0.0.1\", 8000), Api).serve_forever()",
            "  File \"/usr/lib/python3.11/socketserver.py\", line 456, in __init__",
            "    self.server_bind()",
            "OSError: [Errno 98] Address already in use",
        ]);
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.line = Some(4);
        assert_eq!(asked_for(&case, &draft), Port::new(8000));
    }

    #[test]
    fn a_healthy_service_is_refused_only_what_the_line_itself_names() {
        let mut scene = samples::Scene::printing(&[
            "Starting inspector on 127.0.0.1:9229 failed: address already in use",
            "metrics: address already in use",
            "listening on port 18000",
        ]);
        scene.snapshot.services[0].port = Port::new(18000);
        let meant = |scene: &samples::Scene, line: usize| {
            let case = scene.case();
            let mut draft = Draft::new(&case, Vec::new());
            draft.line = Some(line);
            meant(&case, &draft)
        };
        assert_eq!(meant(&scene, 0), Port::new(9229));
        assert_eq!(meant(&scene, 1), Port::new(18000), "it failed, and speaks of that");
        scene.snapshot.services[0].state = State::Healthy;
        assert_eq!(meant(&scene, 0), Port::new(9229));
        assert_eq!(meant(&scene, 1), None);
    }

    #[test]
    fn an_address_is_told_from_a_time() {
        for (line, port) in [
            ("bind [::]:8080: Address already in use", Some(8080)),
            ("listen EADDRINUSE :::3000", Some(3000)),
            ("localhost:8000: address already in use", Some(8000)),
            ("10:48:12 address already in use", None),
            ("main.rs:48 address already in use", None),
        ] {
            assert_eq!(named_in(line), port.and_then(Port::new), "{line}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_a_service_started_is_the_services() {
        let mut scene = samples::Scene::printing(&[]);
        assert!(service_of(&scene.case(), std::process::id()).is_none());
        scene.snapshot.services[0].pid = Some(std::os::unix::process::parent_id());
        assert!(service_of(&scene.case(), std::process::id()).is_some());
    }

    #[test]
    fn a_port_of_our_own_or_of_nobody_is_nothing_to_tell_of() {
        let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = held.local_addr().unwrap().port();
        let scene = samples::Scene::printing(&["bind: address already in use"]);
        let case = scene.case();
        let mut draft = Draft::new(&case, vec![("port".to_owned(), port.to_string())]);
        assert_eq!(holder(&case, &mut draft), None, "this very process holds it, as it does a reservation");
        drop(held);
        assert_eq!(holder(&case, &mut draft), None, "nobody holds it");
    }
}
