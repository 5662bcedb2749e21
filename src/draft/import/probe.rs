//! Probes of process-compose: what is asked, of which port, how often.

use crate::draft::commands;
use crate::draft::service::{DraftCheck, DraftCommand, DraftHealth, DraftPort, DraftService, Said};
use crate::draft::stack::Draft;
use crate::stack::Port;

use super::error::ImportError;
use super::keys::{Entry, Keys, reason, seconds};
use super::leftover::{Fate, Leftovers};

const NO_EQUIVALENT: &[(&str, &str)] =
    &[("initial_delay_seconds", "Portolan asks from the first moment on; failures at the start do no harm")];

/// Reads one probe into the service, with the port that it asks. `fill` replaces templates in its command.
pub(super) fn read(
    entry: &Entry<'_>,
    service: &mut DraftService,
    draft: &mut Draft,
    leftovers: &mut Leftovers,
    fill: impl Fn(&str) -> String,
) -> Result<(), ImportError> {
    let mut keys = Keys::of(entry.node, &entry.key)?;
    let (http, exec) = (keys.take("http_get"), keys.take("exec"));
    let check = match (http, exec) {
        (Some(http), exec) => {
            if let Some(exec) = exec {
                leftovers.lost(exec.key, exec.line, "a probe asks one question, and http_get is one");
            }
            self::http(&http, service, draft, leftovers)?
        }
        (None, Some(exec)) => self::exec(&exec, service, leftovers, fill)?.map(DraftHealth::new),
        (None, None) => {
            leftovers.lost(&*entry.key, entry.line, "it does not say what to ask");
            None
        }
    };
    let Some(mut health) = check else {
        keys.rest(leftovers, |_| (Fate::Lost, "the probe that it belongs to is not there".to_owned()));
        return Ok(());
    };
    let mut time = |name: &str, leftovers: &mut Leftovers| {
        keys.number(name, leftovers).and_then(|(number, _)| seconds(number.max(1)))
    };
    health.interval = time("period_seconds", leftovers);
    health.timeout = time("timeout_seconds", leftovers);
    health.failures =
        keys.number("failure_threshold", leftovers).map(|(number, _)| number.clamp(1, 1_000_000));
    if let Some((_, at)) = keys.number("success_threshold", leftovers).filter(|(number, _)| *number != 1) {
        leftovers.lost(at.key, at.line, "one success is enough for Portolan");
    }
    keys.rest(leftovers, |name| reason(NO_EQUIVALENT, name));
    service.health = Some(Said::plainly(health));
    Ok(())
}

fn http(
    entry: &Entry<'_>,
    service: &mut DraftService,
    draft: &mut Draft,
    leftovers: &mut Leftovers,
) -> Result<Option<DraftHealth>, ImportError> {
    let mut keys = Keys::of(entry.node, &entry.key)?;
    let (host, scheme) = (keys.text("host", leftovers), keys.text("scheme", leftovers));
    let path = keys.text("path", leftovers).map_or("/", |(path, _)| path);
    let port = keys.text("port", leftovers);
    let status = keys.number("status_code", leftovers).and_then(|(code, _)| u16::try_from(code).ok());
    let headers = keys.take("headers");
    keys.rest(leftovers, |name| reason(&[], name));
    let local = ["localhost", "127.0.0.1", "0.0.0.0", "::1", "[::1]"];
    if let Some((_, at)) = host.filter(|(host, _)| !local.contains(host)) {
        leftovers.lost(
            at.key,
            at.line,
            "Portolan asks the service's own port on this machine, so there is no probe",
        );
        return Ok(None);
    }
    if let Some((_, at)) = scheme.filter(|(scheme, _)| !scheme.eq_ignore_ascii_case("http")) {
        leftovers.lost(at.key, at.line, "Portolan probes over plain http, so there is no probe");
        return Ok(None);
    }
    let Some((text, at)) = port else {
        leftovers.lost(&*entry.key, entry.line, "it does not say which port to ask");
        return Ok(None);
    };
    let default = text.rsplit_once(":-").map_or(text, |(_, default)| default.trim_end_matches('}'));
    let named = text.strip_prefix('$').and_then(|name| {
        let name = name.trim_start_matches('{').trim_end_matches('}').split(':').next()?;
        draft.rules.get(name).and_then(|rule| rule.default.as_ref()?.value.parse().ok())
    });
    let Some(port) = default.parse::<Port>().ok().or(named) else {
        leftovers.lost(at.key, at.line, "this port is known only when it runs, so there is no probe");
        return Ok(None);
    };
    let valid = path.starts_with('/') && !path.contains(|c: char| c.is_whitespace() || c.is_control());
    let path = if valid {
        path.to_owned()
    } else {
        format!(
            "/{}",
            path.trim_start_matches('/').replace(|c: char| c.is_whitespace() || c.is_control(), "%20")
        )
    };
    if service.port.is_none() {
        service.port = Some(Said::plainly(DraftPort::prefer(port)));
        commands::tell_port(service, port);
    }
    let mut health = DraftHealth::new(DraftCheck::Http(path));
    health.status = status.filter(|code| (100..600).contains(code));
    for (key, value) in headers.iter().filter_map(|headers| headers.node.map()).flatten() {
        if let Some(value) = value.text().filter(|value| !value.contains(char::is_control)) {
            health.headers.push((key.name.clone(), value.to_owned()));
        }
    }
    Ok(Some(health))
}

fn exec(
    entry: &Entry<'_>,
    service: &DraftService,
    leftovers: &mut Leftovers,
    fill: impl Fn(&str) -> String,
) -> Result<Option<DraftCheck>, ImportError> {
    let mut keys = Keys::of(entry.node, &entry.key)?;
    let command = keys.text("command", leftovers);
    let folder = keys.text("working_dir", leftovers);
    keys.rest(leftovers, |name| reason(&[], name));
    let Some((command, _)) = command.filter(|(command, _)| !command.trim().is_empty()) else {
        return Ok(None);
    };
    let plain = |folder: &str| folder.strip_prefix("./").unwrap_or(folder).trim_end_matches('/').to_owned();
    let folder = folder.map(|(folder, _)| plain(folder)).filter(|folder| service.directory != *folder);
    let line = fill(command.trim()).replace("$$", "$");
    let line = match folder {
        // The probe runs in the service's directory, the other one is meant from the file's.
        Some(folder) if service.directory.is_empty() => format!("cd {} && {line}", commands::quoted(&folder)),
        Some(folder) => {
            let up =
                "../".repeat(service.directory.split('/').filter(|part| !matches!(*part, "" | ".")).count());
            format!("cd {} && {line}", commands::quoted(&format!("{up}{folder}")))
        }
        None => line,
    };
    Ok(Some(DraftCheck::Exec(shell_or_words(&line, service.shell))))
}

/// A command for a probe of a service whose own command goes through a shell, or not.
pub(super) fn shell_or_words(line: &str, shell: bool) -> DraftCommand {
    match commands::from_text(line) {
        (command, needs) if needs == shell || !needs && shell => command,
        (_, _) => commands::from_words(&["sh".to_owned(), "-c".to_owned(), line.to_owned()]),
    }
}
