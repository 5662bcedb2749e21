//! Which tool a file is of.

use std::fmt;

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

    /// What the file's contents say, else its name. A `compose.yaml` may be process-compose's.
    pub fn of(file_name: &str, text: &str) -> Option<Self> {
        let by_name = Self::by_name(file_name);
        match by_name {
            Some(Self::Procfile) => by_name,
            Some(Self::ProcessCompose | Self::Compose | Self::Mprocs) | None => {
                Self::by_contents(text).or(by_name)
            }
        }
    }

    fn by_name(file_name: &str) -> Option<Self> {
        let name = file_name.to_ascii_lowercase();
        let is_yaml = name.ends_with(".yaml") || name.ends_with(".yml");
        if name.starts_with("procfile") || name.ends_with(".procfile") {
            Some(Self::Procfile)
        } else if !is_yaml {
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

    fn by_contents(text: &str) -> Option<Self> {
        let top = |key: &str| {
            text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
        };
        if top("processes") {
            Some(Self::ProcessCompose)
        } else if top("procs") {
            Some(Self::Mprocs)
        } else if top("services") {
            Some(Self::Compose)
        } else {
            let mut lines =
                text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            let is_process = |line: &str| super::procfile::process(line).is_some();
            let first = lines.next();
            (first.is_some_and(is_process) && lines.all(is_process)).then_some(Self::Procfile)
        }
    }
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
        let of = |name: &str, text: &str| Format::of(name, text);
        assert_eq!(of("Procfile.dev", ""), Some(Format::Procfile));
        assert_eq!(of("process-compose.override.yml", ""), Some(Format::ProcessCompose));
        assert_eq!(of("docker-compose.dev.yml", ""), Some(Format::Compose));
        assert_eq!(of("compose.yaml", ""), Some(Format::Compose));
        assert_eq!(of("mprocs.yaml", ""), Some(Format::Mprocs));
        assert_eq!(of("x.yaml", "procs:\n  a: {shell: x}\n"), Some(Format::Mprocs));
        assert_eq!(of("x.yaml", "version: '3'\nservices:\n"), Some(Format::Compose));
        assert_eq!(of("compose.yaml", "processes:\n  a: {command: x}\n"), Some(Format::ProcessCompose));
        assert_eq!(of("x", "web: node x\nworker: y\n"), Some(Format::Procfile));
        assert_eq!(of("x.txt", "hello there"), None);
    }
}
