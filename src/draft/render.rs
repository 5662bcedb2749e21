//! A draft as the text of portolan.toml: the order, the comments and the short forms that a person would choose.

use std::fmt::Write as _;

use crate::stack::{RestartPolicy, StopSignal, Until};

use super::service::{
    DraftCheck, DraftCommand, DraftHealth, DraftNeed, DraftPort, DraftRestart, DraftService, DraftStop, Note,
    Said,
};
use super::stack::{Draft, DraftRule};
use super::text;

/// A comment stands beside its value up to here, else above it.
const WIDTH: usize = 100;
/// How many ports beyond the preferred one are named as the range.
const RANGE: u16 = 10;

/// The text of the portolan.toml that `draft` is.
pub fn render(draft: &Draft) -> String {
    let mut page = Page::default();
    for note in &draft.notes {
        page.line(&text::comment(note));
    }
    if let Some(name) = &draft.name {
        page.section("[stack]");
        page.entry("name", &text::string(&name.value), name.note.as_ref());
    }
    for (variable, rule) in &draft.rules {
        page.section(&format!("[env.{}]", text::key(variable)));
        rule_keys(&mut page, rule);
    }
    for service in &draft.services {
        service_keys(&mut page, service);
    }
    page.text
}

fn rule_keys(page: &mut Page, rule: &DraftRule) {
    if rule.required {
        page.entry("required", "true", None);
    }
    if let Some(default) = &rule.default {
        page.entry("default", &text::string(&default.value), default.note.as_ref());
    }
}

fn service_keys(page: &mut Page, service: &DraftService) {
    page.gap();
    for line in &service.about {
        page.line(&text::comment(line));
    }
    let name = text::key(&service.name);
    page.line(&format!("[services.{name}]"));
    if let Some(note) = &service.disabled {
        page.entry("mode", "\"disabled\"", Some(note));
    }
    page.entry("command", &command(&service.command.value), service.command.note.as_ref());
    if service.shell {
        page.entry("shell", "true", None);
    }
    if !service.directory.is_empty() && service.directory != "." {
        page.entry("directory", &text::string_on_one_line(&service.directory), None);
    }
    if !service.prepare.is_empty() {
        let steps = text::list(service.prepare.iter().map(|step| step.value.as_str()));
        page.entry("prepare", &steps, service.prepare.iter().find_map(|step| step.note.as_ref()));
    }
    if let Some(port) = &service.port {
        page.entry("port", &port_value(&port.value), port.note.as_ref());
    }
    if let Some(health) = &service.health {
        page.entry("health", &health_value(&health.value), health.note.as_ref());
    }
    needs(page, &service.needs);
    let (env_table, env_inline) = env(page, service);
    if let Some(inline) = env_inline {
        page.entry("env", &inline, None);
    }
    if !service.env_files.is_empty() {
        page.entry("env_files", &text::list(service.env_files.iter().map(String::as_str)), None);
    }
    if let Some(restart) = &service.restart {
        page.entry("restart", &restart_value(&restart.value), restart.note.as_ref());
    }
    if let Some(stop) = &service.stop {
        page.entry("stop", &stop_value(&stop.value), stop.note.as_ref());
    }
    if service.tty {
        page.entry("tty", "true", None);
    }
    if !service.profiles.is_empty() {
        let names = text::list(service.profiles.iter().map(|profile| profile.value.as_str()));
        page.entry("profiles", &names, service.profiles.iter().find_map(|profile| profile.note.as_ref()));
    }
    if env_table {
        page.section(&format!("[services.{name}.env]"));
        for entry in &service.env {
            page.entry(&text::key(&entry.name), &text::string(&entry.value.value), entry.value.note.as_ref());
        }
    }
}

/// Whether the variables take a table of their own, else the inline table that they fit in.
fn env(page: &Page, service: &DraftService) -> (bool, Option<String>) {
    if service.env.is_empty() {
        return (false, None);
    }
    let entries: Vec<(&str, String)> = service
        .env
        .iter()
        .map(|entry| (entry.name.as_str(), text::string_on_one_line(&entry.value.value)))
        .collect();
    let inline = inline_table(entries.iter().map(|(name, value)| (text::key(name), value.clone())));
    let noted = service.env.iter().any(|entry| entry.value.note.is_some());
    let fits = page.fits(&format!("env = {inline}")) && entries.len() <= 2 && !noted;
    (!fits, fits.then_some(inline))
}

fn needs(page: &mut Page, needs: &[Said<DraftNeed>]) {
    if needs.is_empty() {
        return;
    }
    for need in needs {
        if let Some(note) = &need.note {
            page.line(&text::comment(&format!("{}: {}", need.value.service, note.text())));
        }
    }
    let plain = |need: &DraftNeed| need.until == Until::Healthy && !need.restart;
    if needs.iter().all(|need| plain(&need.value)) {
        let names = text::list(needs.iter().map(|need| need.value.service.as_str()));
        page.entry("needs", &names, None);
        return;
    }
    let condition = |need: &DraftNeed| {
        let mut keys = Vec::new();
        if need.until != Until::Healthy {
            keys.push(("until".to_owned(), text::string(need.until.as_str())));
        }
        if need.restart {
            keys.push(("restart".to_owned(), "true".to_owned()));
        }
        if keys.is_empty() { "true".to_owned() } else { inline_table(keys) }
    };
    let table =
        inline_table(needs.iter().map(|need| (text::key(&need.value.service), condition(&need.value))));
    page.entry("needs", &table, None);
}

fn command(command: &DraftCommand) -> String {
    match command {
        DraftCommand::Text(line) => text::string(line),
        DraftCommand::Words(words) => text::list(words.iter().map(String::as_str)),
    }
}

fn port_value(port: &DraftPort) -> String {
    let prefer = port.prefer.get();
    let last = prefer.saturating_add(RANGE);
    if port.env.is_none() && !port.fixed {
        return if port.range { format!("\"{prefer}-{last}\"") } else { prefer.to_string() };
    }
    let mut keys = vec![("prefer".to_owned(), prefer.to_string())];
    if port.range {
        keys.push(("range".to_owned(), format!("\"{prefer}-{last}\"")));
    }
    if let Some(variable) = &port.env {
        keys.push(("env".to_owned(), text::string(variable)));
    }
    if port.fixed {
        keys.push(("conflict".to_owned(), "\"fail\"".to_owned()));
    }
    inline_table(keys)
}

fn health_value(health: &DraftHealth) -> String {
    let DraftHealth { check, status, headers, timeout, interval, start_interval, start_timeout, failures } =
        health;
    let mut keys: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: String| keys.push((name.to_owned(), value));
    match check {
        DraftCheck::Http(path) => put("http", text::string(path)),
        DraftCheck::Tcp => put("tcp", "true".to_owned()),
        DraftCheck::Exec(DraftCommand::Text(line)) => put("exec", text::string_on_one_line(line)),
        DraftCheck::Exec(DraftCommand::Words(words)) => {
            put("exec", text::list(words.iter().map(String::as_str)));
        }
        DraftCheck::Log(pattern) => put("log", text::string_on_one_line(pattern)),
    }
    if let Some(status) = status {
        put("status", status.to_string());
    }
    if !headers.is_empty() {
        let header = |(name, value): &(String, String)| (text::key(name), text::string_on_one_line(value));
        put("headers", inline_table(headers.iter().map(header)));
    }
    let times = [
        ("interval", interval),
        ("timeout", timeout),
        ("start_interval", start_interval),
        ("start_timeout", start_timeout),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            put(name, text::duration(*time));
        }
    }
    if let Some(failures) = failures {
        put("failures", failures.to_string());
    }
    match (&keys[..], check) {
        ([_], DraftCheck::Http(path)) => text::string(path),
        _ => inline_table(keys),
    }
}

fn restart_value(restart: &DraftRestart) -> String {
    let policy = match restart.policy {
        RestartPolicy::No => "no",
        RestartPolicy::OnFailure => "on-failure",
        RestartPolicy::Always => "always",
    };
    let mut keys = vec![("policy".to_owned(), text::string(policy))];
    match restart.max {
        Some(Some(max)) => keys.push(("max".to_owned(), max.to_string())),
        Some(None) => keys.push(("max".to_owned(), "\"unlimited\"".to_owned())),
        None => {}
    }
    if let Some(backoff) = restart.backoff {
        for name in ["backoff", "backoff_max"] {
            keys.push((name.to_owned(), text::duration(backoff)));
        }
    }
    if keys.len() == 1 { text::string(policy) } else { inline_table(keys) }
}

fn stop_value(stop: &DraftStop) -> String {
    let signal = stop.signal.map(|signal| match signal {
        StopSignal::Term => "TERM",
        StopSignal::Int => "INT",
        StopSignal::Quit => "QUIT",
        StopSignal::Hup => "HUP",
        StopSignal::Usr1 => "USR1",
        StopSignal::Usr2 => "USR2",
        StopSignal::Kill => "KILL",
    });
    match (signal, stop.grace) {
        (Some(signal), None) => text::string(signal),
        (signal, grace) => {
            let signal = signal.map(|signal| ("signal".to_owned(), text::string(signal)));
            inline_table(
                signal.into_iter().chain(grace.map(|grace| ("grace".to_owned(), text::duration(grace)))),
            )
        }
    }
}

fn inline_table(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries.into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", entries.join(", "))
}

/// The text as far as it is written.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{line}");
    }

    /// One empty line, unless there is one or nothing stands above.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn section(&mut self, header: &str) {
        self.gap();
        self.line(header);
    }

    fn fits(&self, line: &str) -> bool {
        line.chars().count() <= WIDTH
    }

    /// A key with its value, and the reason beside it, or above where there is no room.
    fn entry(&mut self, key: &str, value: &str, note: Option<&Note>) {
        let line = format!("{key} = {value}");
        let Some(note) = note else { return self.line(&line) };
        let comment = text::comment(&note.text());
        let beside = format!("{line}  {comment}");
        if self.fits(&beside) && !line.contains('\n') {
            self.line(&beside);
        } else {
            self.line(&comment);
            self.line(&line);
        }
    }
}
