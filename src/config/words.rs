//! Commands without a shell that look as if they were written for one.

use std::path::Path;

use crate::stack::{CommandLine, StackSpec};

use super::problem::Problem;
use super::roster::Roster;
use super::source::Span;
use super::suggest::quoted;
use super::tree::{Node, Table, Value};
use super::{read, service};

const SHELLS: [&str; 9] = ["sh", "bash", "zsh", "dash", "ksh", "fish", "cmd", "powershell", "pwsh"];

const OPERATORS: [&str; 8] = ["&&", "||", "|", ">", ">>", "<", "2>&1", "&"];

/// Warns of variables and operators that no shell will see.
pub(super) fn check(roster: &Roster<'_>, spec: &StackSpec, problems: &mut Vec<Problem>) {
    for service in &spec.services {
        let Some(member) = roster.get(&service.name) else { continue };
        if read::flag(member.table, "shell") {
            problems.extend(shell_with_list(member.table));
            continue;
        }
        for node in commands(member.table) {
            let words = service::command_line(node, false, &mut Vec::new());
            if let Some(CommandLine::Words(words)) = words {
                problems.extend(check_words(&words, node));
            }
        }
    }
}

/// The commands of a service, each as one node.
fn commands(table: &Table) -> Vec<&Node> {
    let mut nodes: Vec<&Node> = table.get("command").into_iter().collect();
    nodes.extend(table.get("prepare").map(Node::items).unwrap_or_default());
    nodes.extend(read::table(table, "health").and_then(|health| health.get("exec")));
    nodes
}

fn shell_with_list(table: &Table) -> Option<Problem> {
    let node = table.get("command")?;
    matches!(node.value, Value::List(_)).then(|| {
        Problem::error("shell = true needs the command as one string; a list goes to no shell")
            .at(&node.span)
            .remedy("write the command as a string, or remove shell = true")
    })
}

fn check_words(words: &[String], node: &Node) -> Vec<Problem> {
    let mut problems = Vec::new();
    for word in words {
        let name = Path::new(word).file_name().map(|name| name.to_string_lossy().into_owned());
        // What follows is a script, and the variables are that shell's to expand.
        if name.is_some_and(|name| SHELLS.contains(&name.trim_end_matches(".exe"))) {
            break;
        }
        if let Some(variable) = variable(word) {
            let remedy = if variable == "PORT" {
                "write {port}, or set shell = true".to_owned()
            } else {
                format!("write {{env.{variable}}}, or set shell = true")
            };
            let message = format!("{} is not expanded without a shell", quoted(&format!("${variable}")));
            problems.push(Problem::warning(message).at(&place(node, &format!("${variable}"))).remedy(remedy));
        }
        // In quotes, or in a list, an operator is meant as it stands.
        let bare = format!(" {word}");
        if OPERATORS.contains(&word.as_str()) && node.text().is_some_and(|text| text.contains(&bare)) {
            let message = format!("{} is passed to the program as it stands", quoted(word));
            let problem = Problem::warning(message).at(&place(node, &bare));
            problems.push(problem.remedy("set shell = true, or split the command into prepare and command"));
        }
    }
    problems
}

/// The name in the first `$NAME` or `${NAME}` of `word`.
fn variable(word: &str) -> Option<&str> {
    let rest = word.split('$').skip(1).find_map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_').then_some(rest)
    })?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    Some(&rest[..end])
}

/// Where `part` stands in a command.
fn place(node: &Node, part: &str) -> Span {
    let leading = part.len() - part.trim_start().len();
    node.items()
        .iter()
        .find_map(|item| {
            let text = item.text()?;
            let at = text.find(part)?;
            Some(item.span.within(text, at + leading..at + part.len()))
        })
        .unwrap_or_else(|| node.span.clone())
}
