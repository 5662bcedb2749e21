//! `health`: how to tell that a service is healthy.

use crate::stack::{HttpCheck, ProbeCheck, ProbeSpec, StatusRange};

use super::problem::Problem;
use super::read;
use super::service::{Source, command_line};
use super::tree::{Entry, Node, Table, Value};
use super::values;

/// The status codes that count as healthy when none are given.
const DEFAULT_STATUS: StatusRange = StatusRange { first: 200, last: 399 };

/// Where an embedded service answers when nothing else is written.
const EMBEDDED_PATH: &str = "/health";

/// What the keys of one kind of check go with.
const HTTP_ONLY: [&str; 3] = ["status", "headers", "body"];

/// Reads `health` of `service`, if it has one. An embedded service always does.
pub(super) fn build(service: &Table, source: Source, problems: &mut Vec<Problem>) -> Option<ProbeSpec> {
    let Some(entry) = service.entry("health") else { return by_default(source) };
    if let Some(target) = entry.node.text() {
        check_target(target, &entry.node, service, source, problems);
        return Some(ProbeSpec::new(ProbeCheck::Http(http_check(target, None))));
    }
    let table = entry.node.table()?;
    let check = check(entry, table, service, source, problems)?;
    let defaults = ProbeSpec::new(check);
    Some(ProbeSpec {
        timeout: read::time(table, "timeout", defaults.timeout),
        interval: read::time(table, "interval", defaults.interval),
        start_interval: read::time(table, "start_interval", defaults.start_interval),
        unhealthy_interval: read::time(table, "unhealthy_interval", defaults.unhealthy_interval),
        start_timeout: read::time(table, "start_timeout", defaults.start_timeout),
        failures: read::whole(table, "failures").unwrap_or(defaults.failures),
        check: defaults.check,
    })
}

/// The probe of a service that says nothing of its health.
fn by_default(source: Source) -> Option<ProbeSpec> {
    match source {
        Source::Embedded => Some(ProbeSpec::new(ProbeCheck::Http(http_check(EMBEDDED_PATH, None)))),
        Source::Command | Source::Shared | Source::Nothing => None,
    }
}

/// The one key of `http`, `tcp`, `exec` and `log` that is given.
fn kind<'a>(entry: &Entry, table: &'a Table, problems: &mut Vec<Problem>) -> Option<&'a Entry> {
    let given: Vec<&Entry> =
        ["http", "tcp", "exec", "log"].iter().filter_map(|key| table.entry(key)).collect();
    match given[..] {
        [one] => Some(one),
        [] => {
            let problem = Problem::error("this health check does not say what to check").at(&entry.key);
            problems
                .push(problem.remedy("add one of http = \"/health\", tcp = true, exec = \"…\", log = \"…\""));
            None
        }
        [first, second, ..] => {
            let both = format!("`{}` and `{}`", first.name, second.name);
            let problem =
                Problem::error(format!("a health check has one of http, tcp, exec and log, not {both}"));
            problems.push(problem.at(&second.key).remedy("keep one of them"));
            None
        }
    }
}

fn check(
    entry: &Entry,
    table: &Table,
    service: &Table,
    source: Source,
    problems: &mut Vec<Problem>,
) -> Option<ProbeCheck> {
    let one = kind(entry, table, problems)?;
    if one.name != "http" {
        for stray in HTTP_ONLY.iter().filter_map(|key| table.entry(key)) {
            let problem = Problem::error(format!(
                "`{}` belongs to an http check, but this one is `{}`",
                stray.name, one.name
            ));
            problems.push(problem.at(&stray.key).remedy("remove it, or check over http"));
        }
    }
    match one.name.as_str() {
        "http" => {
            let target = one.node.text()?;
            check_target(target, &one.node, service, source, problems);
            Some(ProbeCheck::Http(http_check(target, Some(table))))
        }
        "tcp" => {
            if !read::flag(table, "tcp") {
                let problem = Problem::error("`tcp = false` checks nothing").at(&one.node.span);
                problems.push(problem.remedy("write tcp = true, or remove the health check"));
            }
            needs_port("a tcp check", &one.node, service, source, problems);
            Some(ProbeCheck::Tcp)
        }
        "exec" => {
            refuse_if_shared(
                "a shared service runs elsewhere, where no command can be run",
                one,
                source,
                problems,
            );
            command_line(&one.node, read::flag(service, "shell"), problems).map(ProbeCheck::Exec)
        }
        _ => {
            refuse_if_shared("a shared service has no output to look into", one, source, problems);
            one.node.text().map(|regex| ProbeCheck::Log(regex.to_owned()))
        }
    }
}

/// What takes a process of ours cannot pass for a service that has none.
fn refuse_if_shared(reason: &str, check: &Entry, source: Source, problems: &mut Vec<Problem>) {
    if source == Source::Shared {
        problems.push(Problem::error(reason).at(&check.key).remedy("check it over http or tcp"));
    }
}

/// An HTTP probe of a service of this stack asks its own port, so that no other process answers for it.
fn check_target(target: &str, node: &Node, service: &Table, source: Source, problems: &mut Vec<Problem>) {
    if target.starts_with('/') {
        needs_port("an http check", node, service, source, problems);
        return;
    }
    let Ok(url) = url::Url::parse(target) else { return };
    if source != Source::Shared {
        problems.push(
            Problem::error("only a shared service is probed at a whole URL; this one has a port of its own")
                .at(&node.span)
                .remedy(format!("write the path alone: \"{}\"", &url[url::Position::BeforePath..])),
        );
    }
}

fn needs_port(check: &str, node: &Node, service: &Table, source: Source, problems: &mut Vec<Problem>) {
    if source == Source::Command && !service.contains("port") {
        problems.push(
            Problem::error(format!("{check} needs a port, and this service has none"))
                .at(&node.span)
                .remedy("add port = 8000, or check with log = \"…\" or exec = \"…\""),
        );
    }
}

fn http_check(target: &str, table: Option<&Table>) -> HttpCheck {
    let status = table.and_then(|table| table.get("status")).map(status).filter(|ranges| !ranges.is_empty());
    let headers = table.and_then(|table| read::table(table, "headers"));
    HttpCheck {
        path: target.to_owned(),
        status: status.unwrap_or_else(|| vec![DEFAULT_STATUS]),
        headers: headers
            .map(Table::in_order)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|entry| Some((entry.name.clone(), read::written(&entry.node)?)))
            .collect(),
        body: table.and_then(|table| read::text(table, "body")).map(str::to_owned),
    }
}

fn status(node: &Node) -> Vec<StatusRange> {
    node.items()
        .iter()
        .filter_map(|item| match &item.value {
            Value::Integer(code) => {
                u16::try_from(*code).ok().map(|code| StatusRange { first: code, last: code })
            }
            Value::Text(text) => values::status_range(text).ok(),
            Value::Float(_) | Value::Bool(_) | Value::Date | Value::List(_) | Value::Table(_) => None,
        })
        .collect()
}
