//! Who needs whom: addresses in environment files and code that name the port of another service.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::draft::addresses::{Reachable, linked, linked_ports, loopbacks};
use crate::draft::braces::escaped;
use crate::draft::names::is_variable;
use crate::draft::service::{DraftEnv, DraftNeed, DraftService, Said};
use crate::env::dotenv::{StatementKind, parse, references};
use crate::env::looks_secret;
use crate::survey::is_template_name;

use super::code::VARIABLE;
use super::cover::is_compose;
use super::folder::{CODE, Folder, is_below};

/// Variables that tell a service where it is asked from, not whom it asks.
const BACK: [&str; 9] =
    ["CORS", "ORIGIN", "FRONTEND", "CLIENT", "REDIRECT", "CALLBACK", "ALLOWED", "TRUSTED", "SITE_URL"];

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
        let given = given(folder, &service.directory);
        for mention in mentions(folder, service, &folders, &given) {
            take(service, &mention, &others, &mut needs);
        }
        for (variable, other, place) in named_after(folder, service, &others, &folders, &given) {
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
    let text = escaped(&mention.value);
    let Some((value, named)) = linked(&text, others) else { return };
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
    // What `${NAME}` in it becomes is known to its own reader alone.
    let refers = references(&mention.value).next().is_some();
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
        && !refers
        && !service.env.iter().any(|entry| entry.name == *variable)
    {
        // A browser compares origins letter by letter, and `localhost` is not 127.0.0.1 to it.
        let value = linked_ports(&text, others).filter(|_| is_back).map_or(value, |(value, _)| value);
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
    given: &BTreeMap<String, Given>,
) -> Vec<(String, String, String)> {
    let is_given = |variable: &str| {
        given.contains_key(variable) || service.env.iter().any(|entry| entry.name == variable)
    };
    let mut found: Vec<(String, String, String)> = Vec::new();
    for (path, text) in own_code(folder, &service.directory, folders) {
        for (at, line) in (1..).zip(text.lines()).filter(|(_, line): &(u32, &str)| line.len() < 1000) {
            for variable in VARIABLE.captures_iter(line).map(|read| read["name"].to_owned()) {
                let other =
                    others.iter().filter(|other| other.has_url).find(|other| names(&variable, &other.name));
                let known = is_given(&variable) || found.iter().any(|(known, ..)| *known == variable);
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

/// A variable of an environment file.
struct Given {
    value: String,
    path: String,
    line: u32,
    /// Whether nobody reads the file: it is there to be copied.
    is_example: bool,
    /// Whether it is of the top's folder, and so for all.
    is_shared: bool,
    /// How much its file counts among the others; 0 counts most.
    rank: usize,
}

/// What environment files give a service in `own`, each variable as the file that counts most has it. Examples count
/// least, and otherwise the service's own folder more than the top.
fn given(folder: &Folder, own: &str) -> BTreeMap<String, Given> {
    let is_example = |path: &str| path.rsplit('/').next().is_some_and(is_template_name);
    let at_top = folder.env_files("").into_iter().map(|(path, text)| (path, text, !own.is_empty()));
    let mut files: Vec<(String, &str, bool)> = at_top.collect();
    if !own.is_empty() {
        files.extend(folder.env_files(own).into_iter().map(|(path, text)| (path, text, false)));
    }
    files.sort_by_key(|(path, ..)| !is_example(path));
    let mut given = BTreeMap::new();
    for (rank, (path, text, is_shared)) in (0..files.len()).rev().zip(files) {
        let is_example = is_example(&path);
        for statement in parse(text) {
            let StatementKind::Binding { name, value: Some(value) } = statement.kind else { continue };
            if is_variable(&name) {
                let (path, line) = (path.clone(), statement.line);
                given.insert(name, Given { value, path, line, is_example, is_shared, rank });
            }
        }
    }
    given
}

/// What the files of a service say; environment files before code, and the ones that count more first.
fn mentions(
    folder: &Folder,
    service: &DraftService,
    folders: &[String],
    given: &BTreeMap<String, Given>,
) -> Vec<Mention> {
    let code = own_code(folder, &service.directory, folders);
    // A file at the top is for all: what a service's code reads of it is the service's.
    let reads = |name: &str| code.iter().any(|(_, text)| text.contains(name));
    let mut counting: Vec<(&String, &Given)> = given
        .iter()
        .filter(|(_, given)| !loopbacks(&given.value).is_empty())
        .filter(|(name, given)| !given.is_shared || reads(name))
        .collect();
    counting.sort_by_key(|(_, given)| (given.rank, given.line));
    let mention = |(name, given): (&String, &Given)| Mention {
        variable: Some(name.clone()),
        value: given.value.clone(),
        place: format!("{}:{}", given.path, given.line),
    };
    let mut found: Vec<Mention> = counting.into_iter().map(mention).collect();
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
                // What a file really sets counts, whatever the code would take without it.
                let is_set =
                    variable.as_ref().and_then(|name| given.get(name)).is_some_and(|given| !given.is_example);
                if !is_set && (!own || variable.is_some()) {
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
