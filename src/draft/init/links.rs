//! Who needs whom: addresses in environment files and code that name the port of another service.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::draft::addresses::{Reachable, linked, loopbacks};
use crate::draft::braces::escaped;
use crate::draft::service::{DraftEnv, DraftNeed, DraftService, Said};
use crate::env::looks_secret;

use super::code::VARIABLE;
use super::cover::is_compose;
use super::folder::{CODE, Folder, is_below};

/// Variables that tell a service where it is asked from, not whom it asks.
const BACK: [&str; 9] =
    ["CORS", "ORIGIN", "FRONTEND", "CLIENT", "REDIRECT", "CALLBACK", "ALLOWED", "TRUSTED", "SITE_URL"];

static ASSIGNED: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*["']?([^"'#]*)"#));
static QUOTED_ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"["'`]([^"'`\s]*(?:localhost|127\.0\.0\.1|0\.0\.0\.0):\d{2,5}[^"'`\s]*)["'`]"#));

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a regular expression written here")
}

/// An address that somebody wrote down.
struct Mention {
    /// The variable that it is the value of.
    variable: Option<String>,
    value: String,
    /// `file:line`
    place: String,
}

/// Gives the services the needs and variables that their files speak of.
pub(super) fn link(folder: &Folder, services: &mut [DraftService]) {
    let reachable = Reachable::all(services);
    let mut needs: BTreeMap<String, Vec<String>> = services
        .iter()
        .map(|service| {
            (service.name.clone(), service.needs.iter().map(|need| need.value.service.clone()).collect())
        })
        .collect();
    let folders: Vec<String> = services.iter().map(|service| service.directory.clone()).collect();
    // The code of a container is not what lies beside its compose file, and it sees nothing of what is set here.
    for service in services.iter_mut().filter(|service| !is_compose(service)) {
        let others: Vec<Reachable> =
            reachable.iter().filter(|other| other.name != service.name).cloned().collect();
        for mention in mentions(folder, service, &folders) {
            take(service, &mention, &others, &mut needs);
        }
        for (variable, other, place) in named_after(folder, service, &others, &folders) {
            let is_back = is_back(&variable);
            let value = if is_back {
                format!("http://localhost:{{{other}.port}}")
            } else {
                format!("{{{other}.url}}")
            };
            let reason = format!("{place} reads it, and it is called as {other} is");
            service.env.push(DraftEnv { name: variable, value: Said::guessed(value, reason) });
            if !is_back {
                need(service, &other, format!("{place} reads its address"), &mut needs);
            }
        }
    }
}

fn take(
    service: &mut DraftService,
    mention: &Mention,
    others: &[Reachable],
    needs: &mut BTreeMap<String, Vec<String>>,
) {
    let Some((value, named)) = linked(&escaped(&mention.value), others) else { return };
    // A name tells more than a number that others may have guessed, too.
    let called =
        mention.variable.as_ref().and_then(|name| others.iter().find(|other| names(name, &other.name)));
    if called.is_some_and(|other| !named.contains(&other.name)) {
        return;
    }
    let is_back = mention.variable.as_ref().is_some_and(|name| is_back(name));
    // It would stand in a file that is committed.
    let lower = mention.value.to_ascii_lowercase();
    let secret = loopbacks(&mention.value).iter().any(|address| address.has_user)
        || ["token=", "key=", "secret=", "password=", "sig="].iter().any(|word| lower.contains(word))
        || mention.variable.as_ref().is_some_and(|name| looks_secret(name));
    let ports: Vec<String> = others
        .iter()
        .filter(|other| named.contains(&other.name))
        .map(|other| other.port.to_string())
        .collect();
    let place = &mention.place;
    let reason =
        format!("{place} names port {}, which is that of {}", ports.join(" and "), named.join(" and "));
    if let Some(variable) = &mention.variable
        && !secret
        && !service.env.iter().any(|entry| entry.name == *variable)
    {
        // A browser compares origins letter by letter, and `localhost` is not 127.0.0.1 to it.
        let value = if is_back { origins(&mention.value, others) } else { value };
        service.env.push(DraftEnv { name: variable.clone(), value: Said::guessed(value, reason) });
    }
    for other in named {
        if !is_back {
            need(service, &other, format!("{place} has its address"), needs);
        }
    }
}

/// Lets `service` need `other`, unless that is known or would lead back to it.
fn need(service: &mut DraftService, other: &str, reason: String, needs: &mut BTreeMap<String, Vec<String>>) {
    let known = needs.get(&service.name).is_some_and(|own| own.iter().any(|name| name == other));
    if !known && !leads_to(needs, other, &service.name) {
        needs.entry(service.name.clone()).or_default().push(other.to_owned());
        service.needs.push(Said::guessed(DraftNeed::healthy(other), reason));
    }
}

/// Whether the variable tells where one is asked from.
fn is_back(variable: &str) -> bool {
    let name = variable.to_ascii_uppercase();
    BACK.iter().any(|part| name.contains(part))
}

/// Variables that the code reads and that are called as another service is: `VITE_BACKEND_URL`, `AUTH_SERVICE_URL`.
/// One that an environment file gives some value stays as it is.
fn named_after(
    folder: &Folder,
    service: &DraftService,
    others: &[Reachable],
    folders: &[String],
) -> Vec<(String, String, String)> {
    let own = &service.directory;
    let files = [own.as_str(), ""].into_iter().flat_map(|at| folder.env_files(at));
    let given: Vec<String> = files
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| Some(ASSIGNED.captures(line)?[1].to_owned()))
        .chain(service.env.iter().map(|entry| entry.name.clone()))
        .collect();
    let mut found: Vec<(String, String, String)> = Vec::new();
    for (path, text) in own_code(folder, own, folders) {
        for (at, line) in (1..).zip(text.lines()).filter(|(_, line): &(u32, &str)| line.len() < 1000) {
            for variable in VARIABLE.captures_iter(line).map(|read| read["name"].to_owned()) {
                let other =
                    others.iter().filter(|other| other.has_url).find(|other| names(&variable, &other.name));
                let known = given.contains(&variable) || found.iter().any(|(known, ..)| *known == variable);
                if let Some(other) = other.filter(|_| !known) {
                    found.push((variable, other.name.clone(), format!("{path}:{at}")));
                }
            }
        }
    }
    found
}

/// Whether `variable` is called as the address of `service` would be.
fn names(variable: &str, service: &str) -> bool {
    const BEFORE: [&str; 5] = ["VITE_", "NEXT_PUBLIC_", "REACT_APP_", "NUXT_PUBLIC_", "PUBLIC_"];
    const BEHIND: [&str; 5] = ["_SERVICE_URL", "_API_URL", "_BASE_URL", "_URL", "_ENDPOINT"];
    let bare = BEFORE.iter().find_map(|before| variable.strip_prefix(before)).unwrap_or(variable);
    let service = service.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    BEHIND.iter().any(|behind| bare.strip_suffix(behind) == Some(&service))
}

/// The code of a service, without that of services below it.
fn own_code<'f>(folder: &'f Folder, own: &str, folders: &[String]) -> Vec<(&'f str, &'f str)> {
    let inner = |path: &str| {
        folders.iter().any(|other| other != own && is_below(other, own) && is_below(path, other))
    };
    folder.ending(own, &CODE).into_iter().filter(|(path, _)| !inner(path)).collect()
}

/// The addresses with only their ports as placeholders.
fn origins(value: &str, others: &[Reachable]) -> String {
    others.iter().fold(escaped(value), |text, other| {
        text.replace(&format!(":{}", other.port), &format!(":{{{}.port}}", other.name))
    })
}

/// Whether `from` needs `to`, directly or not.
fn leads_to(needs: &BTreeMap<String, Vec<String>>, from: &str, to: &str) -> bool {
    let (mut open, mut seen) = (vec![from], Vec::new());
    while let Some(at) = open.pop() {
        if at == to {
            return true;
        }
        if !seen.contains(&at) {
            seen.push(at);
            open.extend(needs.get(at).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

/// What the files of a service say; environment files before code, and the ones that count more first.
fn mentions(folder: &Folder, service: &DraftService, folders: &[String]) -> Vec<Mention> {
    let own = &service.directory;
    let code = own_code(folder, own, folders);
    let mut found = Vec::new();
    for (path, text) in folder.env_files(own).into_iter().rev() {
        found.extend(in_env_file(&path, text));
    }
    if !own.is_empty() {
        // A file at the top is for all: what a service's code reads of it is the service's.
        let reads = |name: &str| code.iter().any(|(_, text)| text.contains(name));
        for (path, text) in folder.env_files("").into_iter().rev() {
            let of_all = in_env_file(&path, text).into_iter();
            found.extend(of_all.filter(|mention| mention.variable.as_ref().is_some_and(|name| reads(name))));
        }
    }
    for (path, text) in code {
        for (at, line) in (1..).zip(text.lines()).filter(|(_, line)| line.len() < 1000) {
            let trimmed = line.trim_start();
            if trimmed.starts_with("//") || trimmed.starts_with('#') || trimmed.starts_with('*') {
                continue;
            }
            if let Some(address) = QUOTED_ADDRESS.captures(line) {
                let variable = VARIABLE.captures(line).map(|found| found["name"].to_owned());
                // Where a server is started, the address is its own.
                let own = ["listen", "bind", "Serve", "allow_origins", "origin"]
                    .iter()
                    .any(|word| line.contains(word));
                if !own || variable.is_some() {
                    found.push(Mention {
                        variable,
                        value: address[1].to_owned(),
                        place: format!("{path}:{at}"),
                    });
                }
            }
        }
    }
    found
}

fn in_env_file(path: &str, text: &str) -> Vec<Mention> {
    let lines = (1..).zip(text.lines()).filter(|(_, line): &(u32, &str)| !line.trim_start().starts_with('#'));
    lines
        .filter_map(|(at, line)| {
            let found = ASSIGNED.captures(line)?;
            let value = found[2].trim().to_owned();
            (!loopbacks(&value).is_empty()).then(|| Mention {
                variable: Some(found[1].to_owned()),
                value,
                place: format!("{path}:{at}"),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn variables_are_called_as_services_are() {
        for variable in
            ["BACKEND_URL", "VITE_BACKEND_URL", "BACKEND_SERVICE_URL", "NEXT_PUBLIC_BACKEND_API_URL"]
        {
            assert!(names(variable, "backend"), "{variable}");
        }
        assert!(names("USER_STORE_URL", "user-store"));
        for variable in ["BACKEND_TOKEN", "MY_BACKEND_URL", "URL", "_URL", "BACKEND"] {
            assert!(!names(variable, "backend"), "{variable}");
        }
    }
}
