//! Annotations for GitHub Actions: workflow commands that mark lines of files.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::failure::{Failure, complain, say};

use super::super::outcome::{Detail, Grade};
use super::super::summary::Summary;

/// Prints annotations.
pub(in super::super) struct Annotations {
    /// The repository's folder, from which files are told.
    workspace: Option<PathBuf>,
    /// From which the places of details are told.
    folder: PathBuf,
}

impl Annotations {
    /// Those of a check in `folder`, if they are asked for or this runs in GitHub Actions.
    pub(in super::super) fn wanted(asked: bool, folder: PathBuf) -> Option<Self> {
        let actions = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let workspace = std::env::var_os("GITHUB_WORKSPACE").map(PathBuf::from);
        let folder =
            crate::config::find(&folder).and_then(|file| Some(file.parent()?.to_owned())).unwrap_or(folder);
        (asked || actions).then_some(Self { workspace, folder })
    }

    /// Prints them; on standard error where standard output is for a program.
    pub(in super::super) fn print(&self, summary: &Summary, aside: bool) -> Result<(), Failure> {
        let text = self.render(summary);
        if text.is_empty() {
            return Ok(());
        }
        if aside {
            complain(&text);
            return Ok(());
        }
        say(&text)
    }

    fn render(&self, summary: &Summary) -> String {
        // Writing to a vector cannot fail, here and below.
        let mut out = Vec::new();
        if let Some(interruption) = summary.interruption() {
            let _ = writeln!(out, "::error title=portolan check::{}", data(&interruption));
        }
        let mut told: Vec<(&str, &Detail)> = Vec::new();
        for row in &summary.rows {
            for (_, detail) in &row.details {
                let known = (row.check.as_str(), detail);
                if told.contains(&known) {
                    continue;
                }
                told.push(known);
                let _ = writeln!(out, "{}", self.command(row.check.as_str(), detail));
            }
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    fn command(&self, check: &str, detail: &Detail) -> String {
        let kind = match detail.grade {
            Grade::Error => "error",
            Grade::Warning => "warning",
        };
        let mut properties = Vec::new();
        if let Some((file, line)) = detail.place.as_deref().map(split) {
            properties.push(format!("file={}", property(&self.in_repository(file))));
            properties.extend(line.map(|line| format!("line={line}")));
        }
        let service = detail.service.as_ref().map(|service| format!(" {service}")).unwrap_or_default();
        properties.push(format!("title={}", property(&format!("portolan check: {check}{service}"))));
        let service = detail.service.as_ref().map(|service| format!("{service}: ")).unwrap_or_default();
        format!("::{kind} {}::{}", properties.join(","), data(&format!("{service}{}", detail.text)))
    }

    /// The path from the repository's folder, where GitHub looks for it.
    fn in_repository(&self, file: &str) -> String {
        let absolute = self.folder.join(file);
        let workspace = self.workspace.as_deref().map(|path| path.canonicalize().unwrap_or(path.to_owned()));
        let below = workspace.as_deref().and_then(|workspace| absolute.strip_prefix(workspace).ok());
        below.unwrap_or(Path::new(file)).display().to_string()
    }
}

/// `main.py:12` into file and line.
fn split(place: &str) -> (&str, Option<u32>) {
    match place.rsplit_once(':').map(|(file, line)| (file, line.parse())) {
        Some((file, Ok(line))) => (file, Some(line)),
        Some((_, Err(_))) | None => (place, None),
    }
}

/// Escapes what stands after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::ServiceName;

    fn annotations(workspace: Option<&str>) -> Annotations {
        Annotations { workspace: workspace.map(PathBuf::from), folder: "/repo/stack".into() }
    }

    fn detail(text: &str, place: Option<&str>) -> Detail {
        Detail::error(&ServiceName::new("api").unwrap(), text).at(place.map(str::to_owned))
    }

    #[test]
    fn a_place_is_told_from_the_repository() {
        let command =
            annotations(Some("/repo")).command("SC-005", &detail("ValueError: bad", Some("api/main.py:12")));
        assert_eq!(
            command,
            "::error file=stack/api/main.py,line=12,title=portolan check%3A SC-005 api::api: ValueError: bad"
        );
        let none = annotations(None).command("gone", &detail("x", Some(".env")));
        assert_eq!(none, "::error file=.env,title=portolan check%3A gone api::api: x");
    }

    #[test]
    fn nothing_in_a_text_makes_another_command() {
        let command = annotations(None).command("SC-005", &detail("50%\r\n::error::x", Some("a,b:c.py:1")));
        assert_eq!(
            command,
            "::error file=a%2Cb%3Ac.py,line=1,title=portolan check%3A SC-005 api::api: 50%25%0D%0A::error::x"
        );
    }
}
