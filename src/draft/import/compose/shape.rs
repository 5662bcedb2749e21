//! What is to be known of each service before it is decided whether its command can run here.

use crate::draft::commands;
use crate::draft::import::keys::Entry;
use crate::draft::import::yaml::Node;
use crate::draft::service::DraftCommand;
use crate::stack::ServiceName;

use super::ports::{self, Published};

/// Programs that run the code of a folder; anything else may be there in the image alone.
const RUNNERS: [&str; 24] = [
    "node", "npm", "npx", "yarn", "pnpm", "bun", "deno", "python", "python3", "uvicorn", "gunicorn", "flask",
    "fastapi", "poetry", "uv", "celery", "go", "cargo", "ruby", "bundle", "rails", "php", "sh", "bash",
];

/// Keys that do not keep the command from running here.
const HARMLESS: [&str; 26] = [
    "build",
    "image",
    "command",
    "container_name",
    "hostname",
    "ports",
    "expose",
    "environment",
    "env_file",
    "depends_on",
    "restart",
    "working_dir",
    "volumes",
    "healthcheck",
    "profiles",
    "stop_signal",
    "stop_grace_period",
    "labels",
    "networks",
    "tty",
    "stdin_open",
    "init",
    "develop",
    "platform",
    "pull_policy",
    "logging",
];

/// One service as far as the decision needs it.
pub(super) struct Shape<'n> {
    pub(super) name: &'n str,
    /// What it is called in the draft in the end.
    pub(super) called: ServiceName,
    pub(super) entry: Entry<'n>,
    pub(super) published: Vec<Published>,
    /// Names of services that it depends on.
    pub(super) needs: Vec<&'n str>,
    /// The folder and the command, if both are said and nothing speaks against running it here.
    pub(super) here: Option<(String, DraftCommand)>,
    /// All texts of its environment and command, to look for the names of others.
    texts: Vec<&'n str>,
}

impl<'n> Shape<'n> {
    pub(super) fn of(name: &'n str, called: ServiceName, entry: Entry<'n>) -> Self {
        let node = entry.node;
        let ports = node.get("ports").map(|node| Entry { key: String::new(), line: 0, node });
        let published = ports.map(|entry| ports::read(&entry).0).unwrap_or_default();
        let needs = node.get("depends_on").map(names).unwrap_or_default();
        let mut texts = Vec::new();
        for key in ["environment", "command", "entrypoint", "links"] {
            if let Some(node) = node.get(key) {
                collect(node, &mut texts);
            }
        }
        Self { name, called, published, needs, here: here(node), texts, entry }
    }

    /// Whether it mentions a host of that name.
    pub(super) fn mentions(&self, host: &str) -> bool {
        self.texts.iter().any(|text| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'))
                .any(|word| word == host)
        })
    }

    /// Whether everything that it says of `other`'s address is published by it, so that it can be reached from here.
    pub(super) fn reaches(&self, other: &Self) -> bool {
        if !self.mentions(other.name) {
            return true;
        }
        let Some(port) = other.port() else { return false };
        let address = format!("{}:{}", other.name, port.container);
        self.texts.iter().filter(|text| text.contains(other.name)).all(|text| text.contains(&address))
    }

    /// The published port that the service has in portolan.toml: the first, for what follows is often a debugger's.
    pub(super) fn port(&self) -> Option<&Published> {
        self.published.iter().find(|port| port.host.is_some()).filter(|port| port.watched().is_some())
    }
}

fn names(node: &Node) -> Vec<&str> {
    match node.map() {
        Some(entries) => entries.iter().map(|(key, _)| key.name.as_str()).collect(),
        None => node.items().iter().filter_map(Node::text).collect(),
    }
}

fn collect<'n>(node: &'n Node, texts: &mut Vec<&'n str>) {
    texts.extend(node.text());
    if node.is_list() {
        node.items().iter().for_each(|item| collect(item, texts));
    }
    for (_, node) in node.map().unwrap_or_default() {
        collect(node, texts);
    }
}

/// The folder and the command that could run here.
fn here(service: &Node) -> Option<(String, DraftCommand)> {
    let keys = service.map()?;
    let harmless = |name: &str| HARMLESS.contains(&name) || name.starts_with("x-");
    if !keys.iter().all(|(key, node)| harmless(&key.name) || node.is_null()) {
        return None;
    }
    let build = service.get("build")?;
    let context = build.text().or_else(|| build.get("context").and_then(Node::text))?;
    let remote = context.contains("://") || context.starts_with('/') || context.contains(['$', '~', '@']);
    let mounts = service.get("volumes").map(Node::items).unwrap_or_default();
    if remote || !mounts.iter().all(mounts_code) {
        return None;
    }
    let words = words(service.get("command")?)?;
    let program = words.first()?;
    let elsewhere = |word: &String| {
        word.split(char::is_whitespace).any(|part| part.starts_with('/')) || word.contains('$')
    };
    if !RUNNERS.contains(&program.as_str()) || words.iter().any(elsewhere) {
        return None;
    }
    let folder = context.strip_prefix("./").unwrap_or(context).trim_end_matches('/');
    Some((if folder == "." { String::new() } else { folder.to_owned() }, commands::from_words(&words)))
}

/// A folder of the code, or room for what is built; not data that the service keeps.
fn mounts_code(volume: &Node) -> bool {
    let source = match volume.text() {
        Some(text) => text.split_once(':').map_or("", |(source, _)| source),
        None => volume.get("source").and_then(Node::text).unwrap_or_default(),
    };
    let target = volume.text().unwrap_or_default();
    source.starts_with('.')
        || source.is_empty()
        || target.contains("node_modules")
        || target.contains(".venv")
}

/// The words of a command, which compose splits as a shell would and gives to none.
pub(super) fn words(command: &Node) -> Option<Vec<String>> {
    if command.is_list() {
        return Some(command.items().iter().filter_map(Node::text).map(str::to_owned).collect());
    }
    shell_words::split(command.text()?).ok()
}
