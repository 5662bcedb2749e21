//! What every importer does in the end: folders, ports that variables name, and addresses that were numbers.

use crate::draft::addresses::{Reachable, linked};
use crate::draft::braces::escaped;
use crate::draft::commands;
use crate::draft::service::{DraftCommand, DraftPort, DraftService, Said};
use crate::draft::stack::Draft;
use crate::stack::Port;

use super::read::joined;

/// Lets the service run in `folder`. One that only a shell can find is entered by the command itself.
pub(super) fn directory(service: &mut DraftService, folder: &str) {
    let folder = folder.trim();
    if folder.contains(['$', '~', '\n']) {
        let line = match &service.command.value {
            DraftCommand::Text(line) => line.clone(),
            DraftCommand::Words(words) => {
                words.iter().map(|word| commands::quoted(word)).collect::<Vec<_>>().join(" ")
            }
        };
        // In double quotes the shell fills in variables, but no tilde.
        let shown = folder.replacen('~', "$HOME", usize::from(folder.starts_with('~')));
        let entered = shown.replace('\n', " ").replace(['"', '`', '\\'], "");
        service.command.value = DraftCommand::Text(format!("cd \"{}\" && {line}", escaped(&entered)));
        service.shell = true;
        return;
    }
    let folder = folder.strip_prefix("./").unwrap_or(folder).trim_end_matches('/');
    service.directory = if folder == "." { String::new() } else { folder.to_owned() };
}

/// Lets a service whose command enters a folder first run there: `cd web && npm start`. A folder that is not there, as
/// one that is built first, stays with the command: without its directory no stack would start.
pub(super) fn enter(service: &mut DraftService, is_folder: &dyn Fn(&str) -> bool) {
    let DraftCommand::Text(line) = &service.command.value else { return };
    let Some((folder, rest)) = commands::entered(line) else { return };
    let folder = joined(&service.directory, folder);
    if !is_folder(&folder) {
        return;
    }
    service.directory = folder;
    service.shell = commands::needs_shell(&commands::without_placeholders(rest));
    service.command.value = DraftCommand::Text(rest.to_owned());
}

/// A service that is given PORT as a number, or whose command says where to listen, gets that port from Portolan instead;
/// so does a server that listens on a port of its own because its command says none.
pub(super) fn ports(draft: &mut Draft) {
    for service in draft.services.iter_mut().filter(|service| service.port.is_none()) {
        let variable =
            service.env.iter().find(|entry| entry.name == "PORT").map(|entry| entry.value.value.clone());
        if let Some(port) = variable.and_then(|value| value.parse::<Port>().ok()) {
            service.port =
                Some(Said::guessed(DraftPort::prefer(port), "its environment had PORT with this number"));
            commands::tell_port(service, port);
        } else if let Some(port) = commands::named_port(&service.command.value) {
            service.port = Some(Said::guessed(DraftPort::prefer(port), "its command said to listen there"));
            commands::tell_port(service, port);
        } else if let Some((port, words)) = commands::unsaid_port(&service.command.value) {
            let reason = "where its program listens unless it is told another";
            service.port = Some(Said::guessed(DraftPort::prefer(port), reason));
            commands::add_words(&mut service.command.value, words);
        }
    }
}

/// Makes addresses of this machine, where a service of the draft listens, placeholders in the variables of the others.
pub(super) fn link(draft: &mut Draft) {
    let reachable = Reachable::all(&draft.services);
    for service in &mut draft.services {
        let others: Vec<Reachable> =
            reachable.iter().filter(|other| other.name != service.name).cloned().collect();
        for entry in &mut service.env {
            if let Some((value, _)) = linked(&entry.value.value, &others) {
                entry.value = Said::remarked(value, "was written as an address with a fixed port");
            }
        }
    }
}
