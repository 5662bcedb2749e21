//! Judges addresses of one service that stand written out for another: those that disagree, those that lead nowhere,
//! and those that hold only while nothing moves.

use std::collections::{BTreeMap, BTreeSet};

use url::{Host, Url};

use crate::env::looks_secret;
use crate::stack::{Finding, ProbeCheck, ServiceSpec};
use crate::survey::{Definition, DefinitionKind, EnvRead, Without};

use super::case::{Case, GivenBy, Member, has_port};
use super::diagnosis::Diagnosis;
use super::env_keys::is_of_now;
use super::fix::Fix;

pub(super) fn examine(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    let mut by_variable: BTreeMap<&str, Vec<Named<'_>>> = BTreeMap::new();
    for definition in case.survey.definitions().filter(|d| !d.is_placeholder && is_of_now(d)) {
        if let Some(port) = definition.value.as_deref().and_then(loopback_port) {
            by_variable.entry(&definition.variable).or_default().push(Named { definition, port });
        }
    }
    for (variable, all) in &by_variable {
        judge(case, variable, all, found);
    }
    literals(case, &by_variable.keys().copied().collect(), found);
}

/// A definition that names a port of this machine.
#[derive(Clone, Copy)]
struct Named<'a> {
    definition: &'a Definition,
    port: u16,
}

/// The port of a value that is one loopback URL of the web.
fn loopback_port(value: &str) -> Option<u16> {
    if value.contains([',', ' ', ';']) {
        return None;
    }
    let url = Url::parse(value).ok()?;
    if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") {
        return None;
    }
    let is_loopback = match url.host()? {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(ip) => ip.is_loopback() || ip.is_unspecified(),
        Host::Ipv6(ip) => ip.is_loopback() || ip.is_unspecified(),
    };
    url.port().filter(|_| is_loopback)
}

fn judge(case: &Case<'_>, variable: &str, all: &[Named<'_>], found: &mut Vec<Diagnosis>) {
    if looks_secret(variable) {
        return;
    }
    let target = target(case, variable, all);
    let readers: Vec<(&Member<'_>, Effective)> = case
        .members
        .iter()
        .filter(|member| member.files.iter().any(|file| file.reads.iter().any(|read| read.name == variable)))
        .map(|member| (member, effective(case, member, variable, all)))
        .collect();
    let open: Vec<&(&Member<'_>, Effective)> =
        readers.iter().filter(|(_, effective)| *effective != Effective::Right).collect();
    // Whoever reads it is told by Portolan: what stands elsewhere does not count.
    if !readers.is_empty() && open.is_empty() {
        return;
    }
    let ports: BTreeSet<u16> = all.iter().map(|named| named.port).collect();
    let wrong: Vec<&&(&Member<'_>, Effective)> = open
        .iter()
        .filter(|(_, effective)| match (effective, target) {
            (Effective::Port(port), Some(target)) => !has_port(target, *port),
            (Effective::Port(_), None) | (Effective::Right | Effective::Unknown, _) => false,
        })
        .collect();
    let settled = all.iter().filter(|named| named.definition.kind != DefinitionKind::CodeDefault);
    let settled: BTreeSet<u16> = settled.map(|named| named.port).collect();
    let disagree =
        if target.is_some() { ports.len() > 1 } else { settled.len() > 1 && !scopes_differ(case, all) };
    let (rule, title) = match (disagree, wrong.first(), target) {
        (true, ..) => {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            (
                "definitions-disagree",
                format!("{variable} has the port {} depending on where one looks", ports.join(" or ")),
            )
        }
        (false, Some((member, Effective::Port(port))), Some(target)) => {
            let title = format!(
                "{} looks for {} on port {port}, which is none of its ports",
                member.name(),
                target.name
            );
            ("stale-address", title)
        }
        (false, None, Some(target)) if open.iter().any(|(member, e)| is_hard_wired(member, e, target)) => {
            ("hard-wired-address", format!("{variable} names the port of {} by hand", target.name))
        }
        (false, ..) => return,
    };
    let mut finding = Finding::new(rule, title);
    for named in all {
        let place = case.place(&named.definition.file, named.definition.line);
        let value = named.definition.value.as_deref().unwrap_or_default();
        finding = finding.shown_by(format!("{place} ({}): {value}", named.definition.kind.as_str()));
    }
    if let Some(spec) = target.and_then(|target| Some((target, target.port.as_ref()?))) {
        let (target, port) = spec;
        let range = port.range.map(|range| format!(", else one of {range}")).unwrap_or_default();
        let prefers = port.prefer.map_or_else(|| "any free port".to_owned(), |port| port.to_string());
        finding = finding.shown_by(format!("{} is on {prefers}{range}", target.name));
    }
    if wrong.is_empty() {
        finding = finding.warns();
    }
    let first =
        all.iter().find(|named| target.is_some_and(|target| !has_port(target, named.port))).or(all.first());
    if let Some(named) = first {
        finding = finding.at(case.place(&named.definition.file, named.definition.line));
    }
    let fixes = target.map(|target| fixes(case, variable, all, &open, target)).unwrap_or_default();
    let finding = match (target, open.is_empty()) {
        (Some(target), false) => {
            let names: Vec<&str> = open.iter().map(|(member, _)| member.name().as_str()).collect();
            let what = format!("{variable} = \"{{{}.url}}\"", target.name);
            let who = names.join(" and ");
            finding.mended_by(
                format!(
                    "set {what} under `env` of {who} in portolan.toml, which overrides the other definitions"
                ),
                None,
            )
        }
        (_, _) => finding.mended_by("write the same address everywhere", None),
    };
    found.push(Diagnosis::new(variable, finding).fixed_by(fixes));
}

/// The service that a variable is about: the one whose name it carries, else the one on whose port all agree.
fn target<'c>(case: &Case<'c>, variable: &str, all: &[Named<'_>]) -> Option<&'c ServiceSpec> {
    let services: Vec<&ServiceSpec> = case
        .members
        .iter()
        .map(|member| member.spec)
        .filter(|spec| spec.port.is_some() && speaks_http(spec))
        .collect();
    let padded = format!("_{}_", variable.to_ascii_uppercase());
    let mut named: Vec<&ServiceSpec> = services
        .iter()
        .copied()
        .filter(|spec| padded.contains(&format!("_{}_", spec.name.env_prefix())))
        .collect();
    match named.len() {
        1 => named.pop(),
        0 => {
            let mut holders =
                services.into_iter().filter(|spec| all.iter().all(|named| has_port(spec, named.port)));
            let only = holders.next()?;
            holders.next().is_none().then_some(only)
        }
        _ => None,
    }
}

fn speaks_http(spec: &ServiceSpec) -> bool {
    !matches!(spec.health.as_ref().map(|health| &health.check), Some(ProbeCheck::Tcp))
}

/// What a service gets for a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effective {
    /// An address that Portolan makes.
    Right,
    /// A written address with this port.
    Port(u16),
    /// Something that is not looked into: the shell's, or no loopback address.
    Unknown,
}

fn effective(case: &Case<'_>, member: &Member<'_>, variable: &str, all: &[Named<'_>]) -> Effective {
    let at = |file: &std::path::Path, line: u32| {
        all.iter().find(|named| named.definition.file == file && named.definition.line == line)
    };
    let port =
        |named: Option<&Named<'_>>| named.map_or(Effective::Unknown, |named| Effective::Port(named.port));
    match member.given.get(variable) {
        Some(GivenBy::Automatic | GivenBy::Stack { templated: true }) => Effective::Right,
        Some(GivenBy::File(file, line)) => port(at(file, *line)),
        Some(GivenBy::Stack { templated: false } | GivenBy::Rule) => {
            let in_stack = all.iter().find(|named| named.definition.kind == DefinitionKind::Stack);
            let _ = case;
            port(in_stack)
        }
        Some(GivenBy::Shell) => Effective::Unknown,
        None => {
            let own = member.files.iter().flat_map(|file| file.reads.iter().map(move |read| (file, read)));
            let mut own = own.filter(|(_, read)| read.name == variable && has_default(read));
            port(own.find_map(|(file, read)| at(&file.path, read.line)))
        }
    }
}

fn has_default(read: &EnvRead) -> bool {
    matches!(read.without, Without::Default(_))
}

fn is_hard_wired(member: &Member<'_>, effective: &Effective, target: &ServiceSpec) -> bool {
    matches!(effective, Effective::Port(_)) && member.spec.name != target.name
}

/// Whether no two definitions are for the same code: each service may have its own meaning of a common name.
fn scopes_differ(case: &Case<'_>, all: &[Named<'_>]) -> bool {
    let folder =
        |named: &Named<'_>| named.definition.file.parent().map(std::path::Path::to_owned).unwrap_or_default();
    let meet =
        |a: &Named<'_>, b: &Named<'_>| folder(a).starts_with(folder(b)) || folder(b).starts_with(folder(a));
    let _ = case;
    !all.iter().enumerate().any(|(n, a)| all[n + 1..].iter().any(|b| a.port != b.port && meet(a, b)))
}

fn fixes(
    case: &Case<'_>,
    variable: &str,
    all: &[Named<'_>],
    open: &[&(&Member<'_>, Effective)],
    target: &ServiceSpec,
) -> Vec<Fix> {
    let path = |port: u16| {
        let value = all.iter().find(|named| named.port == port)?.definition.value.as_deref()?;
        let rest = value.split_once("://")?.1;
        Some(rest.find('/').map_or("", |at| &rest[at..]).trim_end_matches('/').to_owned())
    };
    let known = open.iter().filter_map(|(member, effective)| match effective {
        Effective::Port(port) => Some((member, path(*port).unwrap_or_default())),
        Effective::Right | Effective::Unknown => None,
    });
    let fixes = known.map(|(member, path)| Fix::PointAt {
        file: case.stack_file(),
        service: member.name().to_string(),
        variable: variable.to_owned(),
        value: format!("{{{}.url}}{path}", target.name),
    });
    fixes.collect()
}

/// Loopback URLs in code that no variable decides.
fn literals(case: &Case<'_>, judged: &BTreeSet<&str>, found: &mut Vec<Diagnosis>) {
    for member in &case.members {
        for file in &member.files {
            for literal in &file.urls {
                let decides =
                    |name: &String| member.given.contains_key(name) || judged.contains(name.as_str());
                if literal.near.iter().any(decides) || file.reads.iter().any(|read| read.line == literal.line)
                {
                    continue;
                }
                let mut others = case.members.iter().filter(|other| {
                    other.spec.name != member.spec.name
                        && other.spec.directory != member.spec.directory
                        && other.has_port(literal.port)
                });
                let Some(other) = others.next().filter(|_| !member.has_port(literal.port)) else { continue };
                let place = case.place(&file.path, literal.line);
                let finding = Finding::new(
                    "hard-wired-address",
                    format!("the code of {} names the port of {} by hand", member.name(), other.name()),
                )
                .warns()
                .shown_by(format!("{place}: {}", literal.url))
                .at(place)
                .mended_by(
                    format!(
                        "read it from a variable that is set to \"{{{}.url}}\" under `env` of {}",
                        other.name(),
                        member.name()
                    ),
                    None,
                );
                found.push(Diagnosis::new(literal.url.clone(), finding));
            }
        }
    }
}
