//! Which tool a file is of.

use std::fmt;

use super::error::ImportError;
use super::yaml::{self, Node};

/// The formats that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// process-compose.yaml
    ProcessCompose,
    /// Procfile, of foreman, overmind, hivemind, honcho or Heroku.
    Procfile,
    /// compose.yaml, docker-compose.yml
    Compose,
    /// mprocs.yaml
    Mprocs,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ProcessCompose, Self::Procfile, Self::Compose, Self::Mprocs];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::ProcessCompose => "process-compose",
            Self::Procfile => "procfile",
            Self::Compose => "compose",
            Self::Mprocs => "mprocs",
        }
    }

    /// What the file is: a Procfile by its name; else what the keys at its top say, for a `compose.yaml` may be
    /// process-compose's; else its name. Only a file that is not called as YAML is may be a Procfile by its lines: a
    /// YAML file that is broken would often pass for one.
    pub fn of(file_name: &str, text: &str) -> Result<Self, ImportError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let by_name = Self::by_name(file_name);
        if by_name == Some(Self::Procfile) {
            return Ok(Self::Procfile);
        }
        let parsed = yaml::parse(text);
        if let Some(format) = Self::by_keys(&parsed, text).or(by_name) {
            return Ok(format);
        }
        let why = if text.trim().is_empty() {
            "it is empty"
        } else if is_yaml(file_name) {
            parsed?;
            "none of the keys `processes`, `procs` and `services` stands at its top"
        } else if is_procfile(text) {
            return Ok(Self::Procfile);
        } else {
            "its name says nothing, it has none of the keys `processes`, `procs` and `services` at its top, and its \
             lines are not of the form `name: command`"
        };
        Err(ImportError::UnknownFormat(why.to_owned()))
    }

    fn by_name(file_name: &str) -> Option<Self> {
        let name = file_name.to_ascii_lowercase();
        if name.starts_with("procfile") || name.ends_with(".procfile") {
            Some(Self::Procfile)
        } else if !is_yaml(&name) {
            None
        } else if name.contains("process-compose") || name.contains("process_compose") {
            Some(Self::ProcessCompose)
        } else if name.contains("mprocs") {
            Some(Self::Mprocs)
        } else if name.contains("compose") {
            Some(Self::Compose)
        } else {
            None
        }
    }

    /// By the keys at the top; by lines that look like them where the file is broken YAML, so that it is read as what it
    /// was meant to be, and told what is wrong.
    fn by_keys(parsed: &Result<Node, ImportError>, text: &str) -> Option<Self> {
        let top = |key: &str| match parsed {
            Ok(root) => root.get(key).is_some(),
            Err(_) => text
                .lines()
                .any(|line| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))),
        };
        [("processes", Self::ProcessCompose), ("procs", Self::Mprocs), ("services", Self::Compose)]
            .into_iter()
            .find_map(|(key, format)| top(key).then_some(format))
    }
}

/// Whether a file of that name is YAML; JSON is, too.
fn is_yaml(file_name: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end))
}

fn is_procfile(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let is_process = |line: &str| super::procfile::process(line).is_some();
    lines.next().is_some_and(is_process) && lines.all(is_process)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_first_and_then_the_contents() {
        let of = |name: &str, text: &str| Format::of(name, text).ok();
        assert_eq!(of("Procfile.dev", ""), Some(Format::Procfile));
        assert_eq!(of("process-compose.override.yml", ""), Some(Format::ProcessCompose));
        assert_eq!(of("docker-compose.dev.yml", ""), Some(Format::Compose));
        assert_eq!(of("compose.yaml", ""), Some(Format::Compose));
        assert_eq!(of("mprocs.yaml", ""), Some(Format::Mprocs));
        assert_eq!(of("x.yaml", "procs:\n  a: {shell: x}\n"), Some(Format::Mprocs));
        assert_eq!(of("x.yaml", "version: '3'\nservices:\n"), Some(Format::Compose));
        assert_eq!(of("x.json", "\u{feff}{\"services\": {}}"), Some(Format::Compose));
        assert_eq!(of("compose.yaml", "processes:\n  a: {command: x}\n"), Some(Format::ProcessCompose));
        assert_eq!(of("x", "web: node x\nworker: y\n"), Some(Format::Procfile));
        assert_eq!(of("x.txt", "hello there"), None);
    }

    #[test]
    fn a_broken_yaml_file_is_told_its_line_and_taken_for_no_procfile() {
        let of = |text: &str| Format::of("dev.yaml", text).unwrap_err();
        assert_eq!(of("web: node x\nworker: [a\n").line(), Some(3));
        assert!(of("web: node x\n").to_string().contains("`processes`"));
        assert!(of("\n").to_string().contains("empty"));
        // It is known what it was meant to be, so that is how it is read, and fails.
        assert_eq!(Format::of("dev.yaml", "services:\n\tweb: x\n"), Ok(Format::Compose));
    }
}
