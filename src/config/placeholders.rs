//! Placeholders in commands, environments and URLs: that each can be filled in once the addresses are known.

use std::ops::Range;

use crate::env::{Placeholder, ServiceField, Template, TemplateFault};
use crate::stack::ServiceName;

use super::problem::Problem;
use super::read;
use super::roster::{Member, Roster};
use super::service::Source;
use super::source::Span;
use super::suggest::{nearest, quoted};
use super::tree::{Node, Table, Value};
use super::values;

const FIELDS: [&str; 3] = ["url", "host", "port"];

/// A text that may hold placeholders.
struct Text<'a> {
    text: &'a str,
    span: &'a Span,
    /// Whether the text may be a secret, so that no message may quote it.
    secret: bool,
}

/// One placeholder or fault, with the bytes of the text where it stands.
type Found = (Range<usize>, Result<Placeholder, TemplateFault>);

/// The services that `service` mentions, in order of appearance, without itself.
pub(super) fn references(name: &ServiceName, service: &Table) -> Vec<ServiceName> {
    let mut mentioned: Vec<ServiceName> = Vec::new();
    for text in texts(service) {
        for (_, found) in scan(text.text) {
            if let Ok(Placeholder::Service(other, _)) = found
                && other != *name
                && !mentioned.contains(&other)
            {
                mentioned.push(other);
            }
        }
    }
    mentioned
}

/// Checks every placeholder of every service, and the URLs that hold them.
pub(super) fn check(roster: &Roster<'_>, problems: &mut Vec<Problem>) {
    for (name, member) in roster.iter() {
        for text in texts(member.table) {
            for (range, found) in scan(text.text) {
                let span = text.span.within(text.text, range);
                problems.extend(match found {
                    Ok(placeholder) => check_placeholder(roster, name, member, &placeholder, &span),
                    Err(fault) => Some(faulty(roster, &fault, &text).at(&span)),
                });
            }
        }
        problems.extend(check_url(member));
    }
}

/// All texts of a service that may hold placeholders.
fn texts(service: &Table) -> Vec<Text<'_>> {
    let mut nodes: Vec<&Node> = Vec::new();
    nodes.extend(service.get("command"));
    nodes.extend(service.get("url"));
    nodes.extend(service.get("prepare"));
    nodes.extend(read::table(service, "health").and_then(|health| health.get("exec")));
    let mut found = Vec::new();
    for node in nodes {
        collect(node, false, &mut found);
    }
    for entry in read::table(service, "env").map(Table::in_order).unwrap_or_default() {
        collect(&entry.node, true, &mut found);
    }
    found
}

fn collect<'a>(node: &'a Node, secret: bool, found: &mut Vec<Text<'a>>) {
    match &node.value {
        Value::Text(text) => found.push(Text { text, span: &node.span, secret }),
        Value::List(items) => items.iter().for_each(|item| collect(item, secret, found)),
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) | Value::Date | Value::Table(_) => {}
    }
}

/// Every placeholder and fault of `text`: the parser stops at the first fault, so it is asked again behind each.
fn scan(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut start = 0;
    loop {
        let rest = &text[start..];
        match Template::parse(rest) {
            Ok(template) => {
                locate(&template, text, start, &mut found);
                return found;
            }
            Err(error) => {
                let at = start + error.offset;
                if let Ok(before) = Template::parse(&text[start..at]) {
                    locate(&before, text, start, &mut found);
                }
                let length = match &error.fault {
                    TemplateFault::Unknown(inside) => inside.len() + 2,
                    TemplateFault::Unopened => 1,
                    TemplateFault::Unclosed => text.len() - at,
                };
                found.push((at..at + length, Err(error.fault)));
                start = at + length;
            }
        }
    }
}

fn locate(template: &Template, text: &str, mut from: usize, found: &mut Vec<Found>) {
    for placeholder in template.placeholders() {
        let shown = placeholder.to_string();
        if let Some(at) = text[from..].find(&shown) {
            let range = from + at..from + at + shown.len();
            from = range.end;
            found.push((range, Ok(placeholder.clone())));
        }
    }
}

fn faulty(roster: &Roster<'_>, fault: &TemplateFault, text: &Text<'_>) -> Problem {
    let literal = "write `{{` and `}}` for braces that stand for themselves";
    match fault {
        TemplateFault::Unclosed => {
            Problem::error("`{` without `}`").remedy(format!("close the placeholder, or {literal}"))
        }
        TemplateFault::Unopened => {
            Problem::error("`}` without `{`").remedy(format!("open the placeholder, or {literal}"))
        }
        TemplateFault::Unknown(inside) => match meant(roster, inside) {
            Some(meant) => Problem::error(format!("unknown placeholder {}", quoted(&format!("{{{inside}}}"))))
                .remedy(format!("did you mean `{{{meant}}}`?")),
            // Braces in a secret are no placeholder, and what stands between them is not to be shown.
            None if text.secret => Problem::error("this value holds an unknown placeholder").remedy(literal),
            None => Problem::error(format!("unknown placeholder {}", quoted(&format!("{{{inside}}}"))))
                .remedy(format!("use {{port}}, {{SERVICE.url}}, {{SERVICE.host}}, {{SERVICE.port}} or {{env.NAME}}; {literal}")),
        },
    }
}

/// The placeholder that an unknown one was probably meant to be, without braces.
fn meant(roster: &Roster<'_>, inside: &str) -> Option<String> {
    let inside = inside.trim().trim_start_matches('$');
    if let Some(variable) = inside.strip_prefix("ENV.").or_else(|| inside.strip_prefix("env:")) {
        return Some(format!("env.{variable}"));
    }
    if let Some((name, field)) = inside.rsplit_once('.') {
        let name = nearest(name, roster.names())?;
        let field = nearest(field, FIELDS).unwrap_or("url");
        return Some(format!("{name}.{field}"));
    }
    if let Some(name) = roster.names().find(|name| *name == inside) {
        return Some(format!("{name}.url"));
    }
    nearest(inside, ["port"]).map(str::to_owned)
}

fn check_placeholder(
    roster: &Roster<'_>,
    name: &ServiceName,
    member: &Member<'_>,
    placeholder: &Placeholder,
    span: &Span,
) -> Option<Problem> {
    match placeholder {
        Placeholder::OwnPort => (!has_own_port(member)).then(|| {
            Problem::error(format!("`{{port}}`, but the service `{name}` has no port"))
                .at(span)
                .remedy("add port = \"8000-8010\" to it")
        }),
        Placeholder::Env(_) => None,
        Placeholder::Service(other, field) => {
            let Some(target) = roster.get(other) else {
                return Some(unknown_service(roster, other, *field, span));
            };
            if member.may_start() { check_reference(name, member, other, target, *field, span) } else { None }
        }
    }
}

fn unknown_service(roster: &Roster<'_>, other: &ServiceName, field: ServiceField, span: &Span) -> Problem {
    let problem = roster.unknown(other.as_str(), span);
    match nearest(other.as_str(), roster.names()) {
        Some(near) => problem.remedy(format!("did you mean `{{{near}.{}}}`?", word(field))),
        None => problem,
    }
}

fn word(field: ServiceField) -> &'static str {
    match field {
        ServiceField::Url => "url",
        ServiceField::Host => "host",
        ServiceField::Port => "port",
    }
}

fn check_reference(
    name: &ServiceName,
    member: &Member<'_>,
    other: &ServiceName,
    target: &Member<'_>,
    field: ServiceField,
    span: &Span,
) -> Option<Problem> {
    let has_fallback =
        member.needs().iter().any(|(needed, _, has_fallback)| *needed == other.as_str() && *has_fallback);
    if !target.chosen || target.disabled {
        return (!has_fallback).then(|| unreachable_target(name, other, target, span));
    }
    let shown = format!("`{{{other}.{}}}`", word(field));
    let defined = |problem: Problem| problem.note(format!("`{other}` is defined here"), &target.entry.key);
    if target.source == Source::Shared {
        let portless = field == ServiceField::Port && names_no_port(target);
        return portless.then(|| {
            let message = format!("{shown}, but the URL of the shared service `{other}` names no port");
            defined(Problem::error(message).at(span))
                .remedy("write the port into its url, or use its url here")
        });
    }
    if !has_own_port(target) {
        let pattern = field == ServiceField::Url && target.table.contains("url");
        return (!pattern).then(|| {
            let message = format!("{shown}, but the service `{other}` has no port");
            defined(Problem::error(message).at(span)).remedy(format!("add port = \"8000-8010\" to `{other}`"))
        });
    }
    if field == ServiceField::Url && speaks_no_http(target) {
        let message = format!("{shown}, but `{other}` is not probed over HTTP and has no url pattern");
        return Some(defined(Problem::error(message).at(span)).remedy(format!(
            "add a pattern to `{other}`, such as url = \"postgres://localhost:{{port}}/app\""
        )));
    }
    None
}

fn unreachable_target(name: &ServiceName, other: &ServiceName, target: &Member<'_>, span: &Span) -> Problem {
    let (why, remedy) = if target.chosen {
        ("is disabled".to_owned(), "enable it".to_owned())
    } else {
        let profiles = target.profiles();
        let first = profiles.first().copied().unwrap_or("NAME");
        (format!("belongs to the profile `{}`", profiles.join("` or `")), format!("add --profile {first}"))
    };
    Problem::error(format!("`{name}` mentions `{other}`, which {why}"))
        .at(span)
        .note(format!("`{other}` is defined here"), &target.entry.key)
        .remedy(format!(
            "{remedy}, or give `{name}` an address with needs = {{ {other} = {{ fallback = \"http://…\" }} }}"
        ))
}

fn has_own_port(member: &Member<'_>) -> bool {
    match member.source {
        Source::Embedded => true,
        Source::Shared => false,
        Source::Command | Source::Nothing => member.table.contains("port"),
    }
}

/// Whether the service tells, by a tcp probe and no `url`, that http:// would be wrong.
fn speaks_no_http(member: &Member<'_>) -> bool {
    let probes_tcp = read::table(member.table, "health").is_some_and(|health| read::flag(health, "tcp"));
    member.source == Source::Command && probes_tcp && !member.table.contains("url")
}

/// Whether a shared service's URL names no port; false where placeholders may bring one.
fn names_no_port(member: &Member<'_>) -> bool {
    let Some(text) = read::text(member.table, "url") else { return false };
    if !scan(text).is_empty() {
        return false;
    }
    // A parsed URL forgets a port that its scheme implies, so the text is asked.
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    port.is_none_or(|port| port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Checks that `url` is one once its placeholders are filled in.
fn check_url(member: &Member<'_>) -> Option<Problem> {
    let node = member.table.get("url")?;
    let text = node.text()?;
    let template = Template::parse(text).ok()?;
    let whole_unknown = template.placeholders().any(|placeholder| {
        matches!(placeholder, Placeholder::Env(_) | Placeholder::Service(_, ServiceField::Url))
    });
    if whole_unknown {
        return None;
    }
    let filled = template.expand(|placeholder| {
        Ok::<_, std::convert::Infallible>(match placeholder {
            Placeholder::Service(_, ServiceField::Host) => "localhost".to_owned(),
            Placeholder::OwnPort | Placeholder::Service(..) | Placeholder::Env(_) => "1".to_owned(),
        })
    });
    let Ok(filled) = filled;
    let fault = values::url(&filled).err()?;
    Some(fault.problem().at(&node.span))
}
