//! Procfile: one `name: command` a line, of foreman, overmind, hivemind, honcho and Heroku.

use crate::draft::commands;
use crate::draft::service::{DraftCommand, DraftPort, DraftRestart, DraftService, Note, Said};
use crate::draft::stack::Draft;
use crate::stack::{Port, RestartPolicy};

use super::error::ImportError;
use super::finish;
use super::leftover::Leftovers;

/// What foreman and overmind give the first process, and what they add for each further one.
const FIRST_PORT: u16 = 5000;
const STEP: u16 = 100;

/// Heroku's process that gets the HTTP requests, and so is told where to listen.
const WEB: &str = "web";
/// Why it has a port, where nothing but its name says so.
pub(in crate::draft) const BY_NAME: &str = "`web` is the process that is told where to listen";
/// Heroku's step before each release.
const RELEASE: &str = "release";

/// Name and command of a line, if it is one of a process.
pub(super) fn process(line: &str) -> Option<(&str, &str)> {
    let (name, command) = line.split_once(':')?;
    let is_name =
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let command = command.trim();
    (is_name && !command.is_empty()).then_some((name, command))
}

pub(super) fn read(
    text: &str,
    is_folder: &dyn Fn(&str) -> bool,
    leftovers: &mut Leftovers,
) -> Result<Draft, ImportError> {
    let mut draft = Draft::default();
    let mut about = Vec::new();
    for (line, written) in (1..).zip(text.lines()) {
        let written = written.trim();
        if let Some(comment) = written.strip_prefix('#') {
            about.push(comment.trim().to_owned());
            continue;
        }
        if written.is_empty() {
            about.clear();
            continue;
        }
        let Some((name, command)) = process(written) else {
            leftovers.lost("Procfile", line, "not a line `name: command`; foreman ignores it, too");
            continue;
        };
        if draft.service(name).is_some() {
            leftovers.lost(name, line, "a second process of this name; the first one counts");
            continue;
        }
        let index = u16::try_from(draft.services.len()).unwrap_or(u16::MAX);
        let mut service = service(name, command, index, line, is_folder);
        service.about.append(&mut about);
        draft.services.push(service);
    }
    if draft.services.is_empty() {
        return Err(ImportError::Nothing("no line reads `name: command`".to_owned()));
    }
    finish::ports(&mut draft);
    draft.note("foreman ends everything when one process ends; Portolan restarts one that failed (restart = \"no\": not).");
    Ok(draft)
}

fn service(
    name: &str,
    command: &str,
    index: u16,
    line: u32,
    is_folder: &dyn Fn(&str) -> bool,
) -> DraftService {
    let given = FIRST_PORT.saturating_add(index.saturating_mul(STEP));
    let escaped = match commands::from_text(command) {
        (DraftCommand::Text(text), _) => text,
        (DraftCommand::Words(_), _) => command.to_owned(),
    };
    let told = commands::with_port_placeholder(&escaped);
    let text = told.as_ref().map_or(escaped.as_str(), |(text, _)| text.as_str());
    // `{port}` is no sign for a shell.
    let shell = commands::needs_shell(&commands::without_placeholders(text));
    let mut service = DraftService::new(name, Said::plainly(DraftCommand::Text(text.to_owned())));
    service.line = Some(line);
    service.shell = shell;
    finish::enter(&mut service, is_folder);
    let says = commands::named_port(&service.command.value).is_some()
        || commands::unsaid_port(&service.command.value).is_some();
    let default = told.as_ref().and_then(|(_, default)| *default);
    service.port = match (default, &told) {
        (Some(port), _) => Some(Said::plainly(DraftPort::prefer(port))),
        (None, Some(_)) => {
            port(given).map(|port| Said::remarked(port, "the port that foreman would give it"))
        }
        (None, None) if says => None,
        (None, None) if name == WEB => {
            port(given).map(|port| Said { value: port, note: Some(Note::Guessed(BY_NAME.to_owned())) })
        }
        (None, None) => None,
    };
    if name == RELEASE {
        let once = DraftRestart { policy: RestartPolicy::No, max: None, backoff: None };
        service.restart = Some(Said::guessed(once, "`release` is a step, not a server"));
    }
    service
}

fn port(number: u16) -> Option<DraftPort> {
    Port::new(number).map(DraftPort::prefer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_no_process_are_listed() {
        let mut leftovers = Leftovers::default();
        let text = "# the site\nweb: python3 -m http.server $PORT\n\nnonsense here\nworker: a && b\nweb: x\nrelease: y\n";
        let draft = read(text, &|_| true, &mut leftovers).unwrap();
        let names: Vec<&str> = draft.services.iter().map(|service| service.name.as_str()).collect();
        assert_eq!(names, ["web", "worker", "release"]);
        let web = &draft.services[0];
        assert_eq!(web.command.value, DraftCommand::Text("python3 -m http.server {port}".into()));
        assert_eq!((web.shell, web.preferred_port().unwrap().get()), (false, 5000));
        assert_eq!(web.about, ["the site"]);
        assert!(draft.services[1].shell && draft.services[1].port.is_none());
        let lines: Vec<u32> = leftovers.into_list().iter().map(|leftover| leftover.line).collect();
        assert_eq!(lines, [4, 6]);
    }

    #[test]
    fn a_folder_that_is_entered_is_the_directory() {
        let text = "web: cd web && npm start\napi: cd api && A=1 node x.js $PORT\nsite: cd site && vite\ndocs: cd dist && vite\n";
        let draft = read(text, &|path| path != "dist", &mut Leftovers::default()).unwrap();
        let shown: Vec<(&str, &DraftCommand, bool)> = draft
            .services
            .iter()
            .map(|service| (service.directory.as_str(), &service.command.value, service.shell))
            .collect();
        let text = |line: &str| DraftCommand::Text(line.to_owned());
        assert_eq!(shown[0], ("web", &text("npm start"), false));
        assert_eq!(shown[1], ("api", &text("A=1 node x.js {port}"), true));
        assert_eq!(shown[2], ("site", &text("vite --port {port}"), false));
        assert_eq!(draft.services[2].preferred_port().unwrap().get(), 5173);
        assert_eq!((shown[3].0, shown[3].2), ("", true));
    }

    #[test]
    fn a_default_in_the_command_is_the_port() {
        let draft = read("api: node x.js --port ${PORT:-3000} > log\n", &|_| true, &mut Leftovers::default())
            .unwrap();
        let api = &draft.services[0];
        assert_eq!(api.preferred_port().unwrap().get(), 3000);
        assert_eq!(api.command.value, DraftCommand::Text("node x.js --port {port} > log".into()));
        assert!(api.shell);
    }

    #[test]
    fn a_file_without_processes_is_an_error() {
        assert!(read("# nothing\n", &|_| true, &mut Leftovers::default()).is_err());
    }
}
