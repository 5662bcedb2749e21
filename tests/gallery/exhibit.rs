//! One folder of the gallery: what it expects, and its copy in a place of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::{env, fs};

use regex::Regex;
use serde::Deserialize;

use crate::show::Outcome;
use crate::support::{Project, Stranger, free_ports};

/// What is to be found of a broken stack: its `expect.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// What is broken, in one sentence.
    #[expect(dead_code, reason = "for the reader of the file")]
    pub(crate) about: String,
    /// Whose finding it is.
    #[serde(default)]
    pub(crate) service: String,
    /// The rule that has to find it.
    #[serde(default)]
    pub(crate) rule: String,
    /// A part of the title.
    pub(crate) title: String,
    /// The place, exactly.
    pub(crate) place: Option<String>,
    /// A part of the remedy.
    pub(crate) remedy: Option<String>,
    /// A part of the action.
    pub(crate) action: Option<String>,
    /// Programs without which it cannot be shown.
    #[serde(default)]
    pub(crate) needs: Vec<String>,
    /// `portolan up` refuses it before anything starts.
    #[serde(default)]
    pub(crate) refused: bool,
    /// A shell script to be run in the folder before.
    pub(crate) setup: Option<String>,
    /// "taken": somebody has the service's preferred port.
    pub(crate) port: Option<Taken>,
    /// Other rules that are right to be found beside it.
    #[serde(default)]
    pub(crate) beside: Vec<String>,
    /// Seconds after its start from which on it can be known, where neither a line nor an event shows it.
    pub(crate) after: Option<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Taken {
    Taken,
}

/// A folder of the gallery.
#[derive(Clone, Debug)]
pub(crate) struct Exhibit {
    pub(crate) name: String,
    folder: PathBuf,
}

impl Exhibit {
    /// Those of one room, by name; only those that were asked for.
    pub(crate) fn all_of(room: &str) -> Vec<Self> {
        let wanted = env::var("PORTOLAN_GALLERY").unwrap_or_default();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(room);
        let mut all: Vec<Self> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().join("portolan.toml").is_file())
            .map(|entry| Self { name: entry.file_name().into_string().unwrap(), folder: entry.path() })
            .filter(|exhibit| exhibit.name.contains(&wanted))
            .collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// What it says is to be found.
    pub(crate) fn expect(&self) -> Expect {
        let path = self.folder.join("expect.toml");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Its portolan.toml.
    pub(crate) fn configuration(&self) -> toml::Table {
        toml::from_str(&fs::read_to_string(self.folder.join("portolan.toml")).unwrap()).unwrap()
    }

    /// The names of its services.
    pub(crate) fn services(&self) -> Vec<String> {
        let services = self.configuration().remove("services").unwrap();
        services.as_table().unwrap().keys().cloned().collect()
    }

    /// A copy of it in a folder of its own, with a state of its own. Each of its port ranges becomes one that no other
    /// exhibit has: a moved port would be something to tell of.
    pub(crate) fn copy(&self) -> Project {
        let project = Project::empty();
        copy(&self.folder, project.folder());
        fs::remove_file(project.path("expect.toml")).ok();
        let own = |_: &regex::Captures<'_>| {
            let elsewhere = |first: &u16| first + 9 < *WRITTEN.start() || first > WRITTEN.end();
            let first = std::iter::repeat_with(|| free_ports(10)).find(elsewhere).unwrap();
            format!("{first}-{}", first + 9)
        };
        let text = RANGE.replace_all(&project.read("portolan.toml"), own).into_owned();
        project.write("portolan.toml", text);
        project
    }

    /// A stranger on the port that the service would like best.
    pub(crate) fn take_port(&self, service: &str) -> Stranger {
        let configuration = self.configuration();
        let port = &configuration["services"][service]["port"];
        let port = port.get("prefer").unwrap_or(port);
        let text = port.as_str().map_or_else(|| port.to_string(), str::to_owned);
        Stranger::on(text.split('-').next().unwrap().parse().unwrap())
    }
}

/// The ranges that the exhibits have where any port will do.
static RANGE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b181\d\d-181\d\d\b").unwrap());

/// The ports that the other exhibits have, in which they are written down in several places: nobody else may have one.
const WRITTEN: std::ops::RangeInclusive<u16> = 16_000..=22_999;

/// What a setup script ends with where the exhibit cannot be shown.
const CANNOT: i32 = 77;

/// Runs a setup script in the copy; the reason if the exhibit cannot be shown here.
#[expect(clippy::disallowed_methods, reason = "the test's own preparation")]
pub(crate) fn set_up(project: &Project, script: &str) -> Result<(), Outcome> {
    let mark = project.mark();
    let done = Command::new("sh")
        .args(["-ec", script])
        .current_dir(project.folder())
        .envs([mark.split_once('=').unwrap()])
        .env("PORTOLAN", env!("CARGO_BIN_EXE_portolan"))
        .env("PORTOLAN_STATE_DIR", project.state())
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Outcome::Wrong(error.to_string()))?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    match done.status.code() {
        Some(0) => Ok(()),
        Some(CANNOT) => Err(Outcome::Skipped("its setup says that it cannot be shown here".into())),
        Some(_) | None => Err(Outcome::Wrong(format!("its setup failed: {said}"))),
    }
}

/// The first of the programs that PATH does not have.
pub(crate) fn missing(programs: &[String]) -> Option<String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let is_there = |name: &str| env::split_paths(&path).any(|folder| folder.join(name).is_file());
    programs.iter().find(|name| !is_there(name)).cloned()
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            // The permissions come along.
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
