//! Judges addresses of one service that stand written out for another: those that disagree, those that lead nowhere,
//! and those that hold only while nothing moves.

use std::collections::{BTreeMap, BTreeSet};

use url::{Host, Url};

use crate::env::looks_secret;
use crate::stack::{EnvSource, Finding, ProbeCheck, ServiceSpec};
use crate::survey::{Definition, DefinitionKind, EnvRead, Without};

use super::case::{Case, Member, has_port};
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
    let is_ruled =
        case.request.spec.is_some_and(|spec| spec.env_rules.get(variable).is_some_and(|rule| rule.secret));
    if looks_secret(variable) || is_ruled {
        return;
    }
    let target = target(case, variable, all);
    let mut readers: Vec<(&Member<'_>, Effective<'_>)> = case
        .members
        .iter()
        // Its own address is nobody's dependency.
        .filter(|member| target.is_none_or(|target| target.name != member.spec.name))
        .filter(|member| member.files.iter().any(|file| file.reads.iter().any(|read| read.name == variable)))
        .map(|member| (member, effective(member, variable, all)))
        .collect();
    let is_read = !readers.is_empty();
    if let Some(target) = target.filter(|_| !is_read) {
        readers = misled(case, variable, all, target);
    }
    let open: Vec<&(&Member<'_>, Effective<'_>)> =
        readers.iter().filter(|(_, effective)| !matches!(effective, Effective::Right)).collect();
    // Whoever reads it is told by Portolan: what stands elsewhere does not count.
    if !readers.is_empty() && open.is_empty() {
        return;
    }
    let ports: BTreeSet<u16> = all.iter().map(|named| named.port).collect();
    let wrong: Vec<&&(&Member<'_>, Effective<'_>)> = open
        .iter()
        .filter(|(_, effective)| target.is_some_and(|target| is_wrong(effective, target)))
        .collect();
    let settled = all.iter().filter(|named| named.definition.kind != DefinitionKind::CodeDefault);
    let settled: BTreeSet<u16> = settled.map(|named| named.port).collect();
    let disagree = if target.is_some() { ports.len() > 1 } else { settled.len() > 1 && !scopes_differ(all) };
    let (rule, title) = match (disagree, wrong.first(), target) {
        (true, ..) => {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            (
                "definitions-disagree",
                format!("{variable} has the port {} depending on where one looks", ports.join(" or ")),
            )
        }
        (false, Some((member, Effective::Written(Named { port, .. }))), Some(target)) => {
            let (member, target) = (member.name(), &target.name);
            let title = if is_read {
                format!("{member} looks for {target} on port {port}, which is none of its ports")
            } else {
                format!("{variable} leads {member} to port {port}, which is none of {target}'s ports")
            };
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
    if wrong.is_empty() || !is_read {
        finding = finding.warns();
    }
    let first =
        all.iter().find(|named| target.is_some_and(|target| !has_port(target, named.port))).or(all.first());
    if let Some(named) = first {
        finding = finding.at(case.place(&named.definition.file, named.definition.line));
    }
    let fixes = target.map(|target| fixes(case, variable, &open, target)).unwrap_or_default();
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

/// Who needs the target and is given a port by the variable that is none of the target's. For a variable that no code is seen to read:
/// it may be read by a program without source, or by nobody. The port of another service may be meant: a gateway's, say.
fn misled<'c>(
    case: &'c Case<'_>,
    variable: &str,
    all: &[Named<'c>],
    target: &ServiceSpec,
) -> Vec<(&'c Member<'c>, Effective<'c>)> {
    let needing =
        case.members.iter().filter(|member| member.spec.needs.iter().any(|n| n.service == target.name));
    let given = needing.map(|member| (member, effective(member, variable, all)));
    let is_thirds = |member: &Member<'_>, port| {
        let thirds = case.members.iter().filter(|third| third.name() != member.name());
        thirds.filter(|third| third.name() != &target.name).any(|third| third.has_port(port))
    };
    let is_misled = |(member, effective): &(&Member<'_>, Effective<'_>)| match effective {
        Effective::Written(named) => is_wrong(effective, target) && !is_thirds(member, named.port),
        Effective::Right | Effective::Unknown => false,
    };
    given.filter(is_misled).collect()
}

fn is_wrong(effective: &Effective<'_>, target: &ServiceSpec) -> bool {
    match effective {
        Effective::Written(named) => !has_port(target, named.port),
        Effective::Right | Effective::Unknown => false,
    }
}

/// The service that a variable is about: the one whose name it carries, else the one on whose port all agree.
fn target<'c>(case: &Case<'c>, variable: &str, all: &[Named<'_>]) -> Option<&'c ServiceSpec> {
    let services: Vec<&ServiceSpec> = case
        .members
        .iter()
        .map(|member| member.spec)
        .filter(|spec| spec.port.is_some() && speaks_http(spec))
        .collect();
    let mut named: Vec<&ServiceSpec> =
        services.iter().copied().filter(|spec| names(variable, &spec.name.env_prefix())).collect();
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

/// Whether a variable is called after a service: `AUTH_SERVICE_URL` and `VITE_AUTH_URL` after `auth`, `MAIL_AUTH_URL` and
/// `AUTH_PROVIDER_URL` after something else.
fn names(variable: &str, prefix: &str) -> bool {
    const BEFORE: &[&str] =
        &["VITE_", "NEXT_PUBLIC_", "NUXT_PUBLIC_", "REACT_APP_", "PUBLIC_", "EXPO_PUBLIC_", "APP_"];
    const AFTER: &[&str] = &[
        "URL", "URI", "HOST", "BASE", "API", "SERVICE", "SERVER", "ENDPOINT", "ADDRESS", "ADDR", "ORIGIN",
        "INTERNAL", "PUBLIC", "WS", "HTTP",
    ];
    let upper = variable.to_ascii_uppercase();
    let bare = BEFORE.iter().find_map(|before| upper.strip_prefix(before)).unwrap_or(&upper);
    let rest =
        [upper.as_str(), bare].into_iter().find_map(|name| name.strip_prefix(prefix)?.strip_prefix('_'));
    rest.is_some_and(|rest| rest.split('_').all(|word| AFTER.contains(&word)))
}

fn speaks_http(spec: &ServiceSpec) -> bool {
    !matches!(spec.health.as_ref().map(|health| &health.check), Some(ProbeCheck::Tcp))
}

/// What a service gets for a variable.
#[derive(Clone, Copy)]
enum Effective<'a> {
    /// An address that Portolan makes.
    Right,
    /// What is written in one place.
    Written(Named<'a>),
    /// Something that is not looked into: the shell's, or no loopback address.
    Unknown,
}

fn effective<'a>(member: &Member<'_>, variable: &str, all: &[Named<'a>]) -> Effective<'a> {
    let at = |file: &std::path::Path, line: u32| {
        all.iter().find(|named| named.definition.file == file && named.definition.line == line)
    };
    let port =
        |named: Option<&Named<'a>>| named.map_or(Effective::Unknown, |named| Effective::Written(*named));
    match member.given.get(variable) {
        Some(EnvSource::Automatic { .. } | EnvSource::Record(_)) => Effective::Right,
        Some(EnvSource::Toml { from, .. }) if !from.is_empty() => Effective::Right,
        Some(EnvSource::File { path, line }) => port(at(path, *line)),
        Some(EnvSource::Toml { origin, .. }) => port(at(&origin.file, origin.line)),
        // The rule begins where its name is, and its default stands below.
        Some(EnvSource::Default { origin }) => {
            let here = all.iter().filter(|named| *named.definition.file == *origin.file);
            port(here.filter(|named| named.definition.line >= origin.line).min_by_key(|n| n.definition.line))
        }
        Some(EnvSource::Shell | EnvSource::Set | EnvSource::Generated) => Effective::Unknown,
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

fn is_hard_wired(member: &Member<'_>, effective: &Effective<'_>, target: &ServiceSpec) -> bool {
    matches!(effective, Effective::Written(_)) && member.spec.name != target.name
}

/// Whether no two definitions are for the same code: each service may have its own meaning of a common name.
fn scopes_differ(all: &[Named<'_>]) -> bool {
    let folder =
        |named: &Named<'_>| named.definition.file.parent().map(std::path::Path::to_owned).unwrap_or_default();
    let meet =
        |a: &Named<'_>, b: &Named<'_>| folder(a).starts_with(folder(b)) || folder(b).starts_with(folder(a));
    !all.iter().enumerate().any(|(n, a)| all[n + 1..].iter().any(|b| a.port != b.port && meet(a, b)))
}

fn fixes(
    case: &Case<'_>,
    variable: &str,
    open: &[&(&Member<'_>, Effective<'_>)],
    target: &ServiceSpec,
) -> Vec<Fix> {
    let path = |named: &Named<'_>| {
        let rest = named.definition.value.as_deref()?.split_once("://")?.1;
        Some(rest.find('/').map_or("", |at| &rest[at..]).trim_end_matches('/').to_owned())
    };
    let known = open.iter().filter_map(|(member, effective)| match effective {
        Effective::Written(named) => Some((member, path(named).unwrap_or_default())),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_called_after_services_in_the_usual_ways_only() {
        for variable in
            ["AUTH_URL", "AUTH_SERVICE_URL", "VITE_AUTH_URL", "NEXT_PUBLIC_AUTH_BASE_URL", "AUTH_API"]
        {
            assert!(names(variable, "AUTH"), "{variable}");
        }
        for variable in ["MAIL_AUTH_URL", "AUTH_PROVIDER_URL", "OAUTH_URL", "AUTH", "AUTHOR_URL"] {
            assert!(!names(variable, "AUTH"), "{variable}");
        }
    }

    #[test]
    fn only_single_loopback_urls_of_the_web_have_a_port_to_compare() {
        assert_eq!(loopback_port("http://localhost:8081/x"), Some(8081));
        assert_eq!(loopback_port("ws://[::1]:8081"), Some(8081));
        for value in [
            "http://example.com:80",
            "http://localhost",
            "redis://localhost:1",
            "http://localhost:1,http://localhost:2",
        ] {
            assert_eq!(loopback_port(value), None, "{value}");
        }
    }
}
