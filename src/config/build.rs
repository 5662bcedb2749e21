//! The stack as a whole: its name, its environment files and rules, and each service that the profiles select.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::stack::{EnvFileSpec, EnvFormat, EnvRule, ServiceName, StackSpec};

use super::console;
use super::problem::Problem;
use super::read;
use super::service;
use super::tree::{Entry, Table};
use super::values;

/// The environment files of a stack that lists none.
const DEFAULT_ENV_FILES: [&str; 2] = [".env", ".env.local"];

/// The characters of a generated value whose number is not given.
const GENERATED_LENGTH: usize = 32;

/// The services of a file: those that the profiles select and those that they leave out.
pub(super) struct Selection<'a> {
    pub(super) chosen: Vec<(ServiceName, &'a Entry)>,
    pub(super) left_out: Vec<(ServiceName, &'a Entry)>,
}

/// Applies the profiles. Services whose name is no name are left to `shape`, which reported them.
pub(super) fn select<'a>(root: &'a Table, profiles: &[String]) -> Selection<'a> {
    let mut selection = Selection { chosen: Vec::new(), left_out: Vec::new() };
    let Some(services) = read::table(root, "services") else { return selection };
    for entry in services.in_order() {
        let (Ok(name), Some(table)) = (ServiceName::new(&entry.name), entry.node.table()) else { continue };
        let own = read::texts(table, "profiles");
        let chosen = own.is_empty() || own.iter().any(|(own, _)| profiles.iter().any(|wanted| wanted == own));
        let list = if chosen { &mut selection.chosen } else { &mut selection.left_out };
        list.push((name, entry));
    }
    selection
}

/// Builds the specification of the stack whose file is `file`, as far as the tree allows.
pub(super) fn stack(
    root: &Table,
    file: &Path,
    chosen: &[(ServiceName, &Entry)],
    problems: &mut Vec<Problem>,
) -> StackSpec {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let stack = read::table(root, "stack");
    let name = stack.and_then(|stack| read::text(stack, "name"));
    let env_files = match stack {
        Some(stack) if stack.contains("env_files") => listed_env_files(stack, folder),
        _ => DEFAULT_ENV_FILES
            .iter()
            .map(|name| EnvFileSpec { path: join(folder, name), listed: None })
            .collect(),
    };
    let services = chosen
        .iter()
        .filter_map(|(name, entry)| service::build(name, entry, folder, &env_files, problems))
        .collect();
    StackSpec {
        name: name.map_or_else(|| folder_name(folder), str::to_owned),
        file: file.to_owned(),
        env_rules: env_rules(root, problems),
        env_files,
        services,
        console: console::build(root, problems),
    }
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "stack".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The files that `env_files` lists, each with its place.
pub(super) fn listed_env_files(table: &Table, folder: &Path) -> Vec<EnvFileSpec> {
    let file = |(text, node): (&str, &super::tree::Node)| EnvFileSpec {
        path: join(folder, text),
        listed: Some(node.span.origin()),
    };
    read::texts(table, "env_files").into_iter().map(file).collect()
}

/// `folder/relative` without `.` and without `..` where that is safe: `a/../b` means `b` only if `a` is no link,
/// so `..` is taken back only from what `relative` itself named.
pub(super) fn join(folder: &Path, relative: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in Path::new(relative).components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                // The folder is canonical, so its parent is what the system would say, too.
                if path == folder || folder.starts_with(&path) {
                    path.pop();
                } else {
                    path.push("..");
                }
            }
            std::path::Component::Prefix(_)
            | std::path::Component::RootDir
            | std::path::Component::Normal(_) => path.push(part),
        }
    }
    path
}

fn env_rules(root: &Table, problems: &mut Vec<Problem>) -> BTreeMap<String, EnvRule> {
    let Some(rules) = read::table(root, "env") else { return BTreeMap::new() };
    let mut built = BTreeMap::new();
    for entry in rules.in_order() {
        let Some(table) = entry.node.table() else { continue };
        let rule = EnvRule {
            origin: entry.key.origin(),
            required: read::flag(table, "required"),
            secret: read::flag(table, "secret"),
            min_length: read::whole(table, "min_length"),
            format: format(table),
            default: table.get("default").and_then(read::written),
            generate: read::whole(table, "generate")
                .or_else(|| read::flag(table, "generate").then_some(GENERATED_LENGTH)),
        };
        check_rule(entry, table, &rule, problems);
        built.insert(entry.name.clone(), rule);
    }
    built
}

fn format(table: &Table) -> Option<EnvFormat> {
    if let Some(table) = read::table(table, "format") {
        return read::text(table, "regex").map(|regex| EnvFormat::Regex(regex.to_owned()));
    }
    match read::text(table, "format")? {
        "url" => Some(EnvFormat::Url),
        "port" => Some(EnvFormat::Port),
        "int" => Some(EnvFormat::Int),
        "bool" => Some(EnvFormat::Bool),
        _ => None,
    }
}

/// Rules that no value of their own could meet.
fn check_rule(entry: &Entry, table: &Table, rule: &EnvRule, problems: &mut Vec<Problem>) {
    let name = &entry.name;
    let place = |key: &str| table.entry(key).map_or(&entry.key, |entry| &entry.node.span);
    if let (Some(_), Some(_)) = (&rule.default, rule.generate) {
        problems.push(
            Problem::error(format!("{name} has both a default and generate"))
                .at(&table.entry("generate").unwrap_or(entry).key)
                .remedy("keep one of them: a default leaves nothing to generate"),
        );
    }
    if let (Some(least), Some(length)) = (rule.min_length, rule.generate)
        && length < least
    {
        problems.push(
            Problem::error(format!("{name} would be generated with {length} characters, but needs {least}"))
                .at(place("generate"))
                .remedy(format!("write generate = {least}")),
        );
    }
    let Some(default) = &rule.default else { return };
    let length = default.chars().count();
    if let Some(least) = rule.min_length
        && length < least
    {
        problems.push(
            Problem::error(format!(
                "the default of {name} has {length} characters, but min_length is {least}"
            ))
            .at(place("default"))
            .remedy("write a longer default, or leave it out and set required = true"),
        );
    }
    if let Some(wanted) = rule.format.as_ref().and_then(|format| mismatch(format, default)) {
        problems.push(
            Problem::error(format!("the default of {name} is not {wanted}"))
                .at(place("default"))
                .remedy("write a default that fits its format"),
        );
    }
}

/// What `value` would have to be and is not.
fn mismatch(format: &EnvFormat, value: &str) -> Option<&'static str> {
    let (fits, wanted) = match format {
        EnvFormat::Url => (values::url(value).is_ok(), "a URL"),
        EnvFormat::Port => (value.parse::<crate::stack::Port>().is_ok(), "a port"),
        EnvFormat::Int => (value.parse::<i64>().is_ok(), "a whole number"),
        EnvFormat::Bool => {
            let words = ["true", "false", "1", "0", "yes", "no", "on", "off"];
            (words.contains(&value.to_lowercase().as_str()), "a boolean")
        }
        EnvFormat::Regex(regex) => {
            let whole = values::regex(&format!("^(?:{regex})$"));
            (whole.map_or(true, |whole| whole.is_match(value)), "a match of its regular expression")
        }
    };
    (!fits).then_some(wanted)
}
