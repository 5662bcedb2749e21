//! A portolan.toml found, read and checked together with everything that it needs before anything starts.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use crate::config::{self, LoadRequest, Loaded, Severity};
use crate::discovery::RecordStore;
use crate::draft::{self, Folder};
use crate::env::{self, Shell};
use crate::findings::{RuleFaults, Rules};
use crate::logs::Query;
use crate::services::{self, Environments};
use crate::stack::{RunId, ServiceName, StackSpec};

use super::from_shell::FromShell;
use super::home::{Home, HomeError, StackHome};
use super::instance::Target;

/// What a first portolan.toml may look like, for somebody who has none.
const FIRST_FILE: &str = r#"  = help: put one beside your code, for example:

[services.api]
command = "uvicorn main:app --port {port}"
directory = "backend"
port = "8000-8010"
health = "/health"

[services.web]
command = "npm run dev -- --port {port}"
directory = "frontend"
port = "3000-3010"
needs = ["api"]
env = { VITE_API_URL = "{api.url}" }"#;

/// How much of what was found is named.
const SHOWN: usize = 4;

/// Which portolan.toml, and how it is to be read.
#[derive(Clone, Debug)]
pub struct ProjectRequest {
    /// The folder from which portolan.toml is looked for, upwards; absolute.
    pub from: PathBuf,
    /// Files merged over it, lowest first.
    pub overlays: Vec<PathBuf>,
    /// Selected profiles.
    pub profiles: Vec<String>,
    /// `--set`, each for one service or for all.
    pub set: Vec<(Option<ServiceName>, String, String)>,
    /// What its services get of the shell's variables.
    pub from_shell: FromShell,
}

/// A project, ready to be started or asked about.
#[derive(Debug)]
pub struct Project {
    /// The user's folders.
    pub home: Home,
    /// The places of this stack.
    pub stack_home: StackHome,
    /// What portolan.toml says.
    pub spec: Arc<StackSpec>,
    /// What is probably not as meant.
    pub warnings: Vec<String>,
    loaded: Loaded,
    request: ProjectRequest,
    /// Once they were read.
    rules: Option<Rules>,
}

/// Why there is no project to work with. Each is the user's to mend: exit code 2.
#[derive(Debug)]
pub enum ProjectError {
    /// No portolan.toml here or above.
    NotFound {
        /// Where the search began.
        from: PathBuf,
        /// What of a stack is there all the same, as `portolan init` would find it.
        found: Vec<String>,
    },
    /// The configuration, its commands or its environment have problems; all of them, rendered.
    Problems(String),
    /// There is no place for Portolan's own files.
    Home(HomeError),
    /// Generated values cannot be kept.
    Generate(env::GenerateError),
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { from, found } => {
                writeln!(f, "error: there is no {} in {} or above", config::FILE_NAME, from.display())?;
                if found.is_empty() {
                    return f.write_str(FIRST_FILE);
                }
                let more = found.len().saturating_sub(SHOWN);
                let more = if more == 0 { String::new() } else { format!(" and {more} more") };
                let found = found.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
                write!(f, "  = note: found {found}{more}\n  = help: `portolan init` writes one for it")
            }
            Self::Problems(text) => f.write_str(text),
            Self::Home(error) => write!(f, "error: failed to {error}"),
            Self::Generate(error) => write!(f, "error: failed to keep generated values: {error}"),
        }
    }
}

impl ProjectError {
    /// There is no portolan.toml in `from` or above; says what `init` would find there.
    pub fn not_found(from: PathBuf) -> Self {
        let survey = draft::survey(&Folder::glance(&from));
        let found = if survey.draft.services.is_empty() { Vec::new() } else { survey.found };
        Self::NotFound { from, found }
    }
}

impl From<HomeError> for ProjectError {
    fn from(error: HomeError) -> Self {
        Self::Home(error)
    }
}

impl Project {
    /// Finds and reads the project. Problems of commands and environment are found by [`check`](Self::check).
    pub fn open(request: ProjectRequest, colour: bool) -> Result<Self, ProjectError> {
        let Some(file) = config::find(&request.from) else {
            return Err(ProjectError::not_found(request.from));
        };
        let home = Home::find()?;
        let loaded =
            load(&file, &request).map_err(|problems| ProjectError::Problems(problems.render(colour)))?;
        let stack_home = home.stack(&loaded.spec.file);
        let warnings = loaded.warnings.iter().map(|warning| warning.render(colour)).collect();
        let spec = Arc::new(loaded.spec.clone());
        Ok(Self { home, stack_home, spec, warnings, loaded, request, rules: None })
    }

    /// Everything that would keep the stack from starting, and the environments to start it with.
    pub fn check(&mut self, run: &RunId, colour: bool) -> Result<Environments, ProjectError> {
        let environments = self.environments(run)?;
        let mut texts = self.check_definition(colour);
        texts.extend(self.check_environments(&environments).iter().map(render_env_problem));
        if texts.is_empty() { Ok(environments) } else { Err(ProjectError::Problems(texts.join("\n\n"))) }
    }

    /// What is wrong with commands, filters and the project's own rules, rendered; what is only doubtful becomes a warning.
    pub fn check_definition(&mut self, colour: bool) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for problem in self.found_later() {
            match problem.severity {
                Severity::Error => texts.push(problem.render(colour)),
                Severity::Warning => self.warnings.push(problem.render(colour)),
            }
        }
        match Rules::of_project(self.spec.folder()) {
            Ok(rules) => self.rules = Some(rules),
            Err(faults) => texts.push(faults.to_string()),
        }
        texts
    }

    /// What is wrong with the environment of any service; what is only doubtful becomes a warning.
    pub fn check_environments(&mut self, environments: &Environments) -> Vec<env::EnvProblem> {
        let checked = environments.check();
        self.warnings.extend(checked.warnings.iter().map(|warning| {
            format!(
                "warning: {} of {}: {}\n  --> {}\n  = help: {}",
                warning.variable, warning.service, warning.reason, warning.source, warning.remedy
            )
        }));
        checked.problems
    }

    /// The same problems each by itself, for whoever says more about them than that the stack cannot start.
    pub fn problems(&self, run: &RunId) -> Result<(Vec<config::Problem>, env::Checked), ProjectError> {
        Ok((self.found_later(), self.environments(run)?.check()))
    }

    /// What is wrong with filters, commands and directories: portolan.toml alone does not tell.
    fn found_later(&self) -> Vec<config::Problem> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let now = UNIX_EPOCH + Duration::from_millis(services::now().wall.0);
        let parse = |text: &str| Query::parse(text, now).map(drop).map_err(|fault| (fault.at, fault.message));
        let mut problems = config::check_filters(&self.loaded, parse);
        problems.extend(config::check_commands(&self.loaded, &path));
        problems
    }

    /// What tells why a service is not as it should be.
    ///
    /// # Errors
    /// Everything that is wrong with the project's own rules.
    pub fn rules(&self) -> Result<Rules, RuleFaults> {
        self.rules.clone().map_or_else(|| Rules::of_project(self.spec.folder()), Ok)
    }

    /// The environments of the stack, unchecked.
    pub fn environments(&self, run: &RunId) -> Result<Environments, ProjectError> {
        let generated = self.generated()?;
        let shell = Shell::new(self.request.from_shell.of(std::env::vars_os()));
        let records = RecordStore::beside(self.spec.folder());
        let set = self.request.set.clone();
        Ok(Environments::new(self.spec.clone(), shell, set, records.folder(), run.clone(), generated))
    }

    /// The stack as other verbs find it.
    pub fn target(&self) -> Target {
        Target { home: self.stack_home.clone(), file: self.spec.file.clone() }
    }

    /// Opens the same project again, as it is then.
    pub fn reread_request(&self) -> impl Fn() -> Result<Self, ProjectError> + Send + 'static {
        let request = self.request.clone();
        move || Self::open(request.clone(), false)
    }

    /// The values of `generate`.
    pub fn generated(&self) -> Result<BTreeMap<String, String>, ProjectError> {
        env::generated_values(&self.stack_home.state.join("generated.json"), &self.spec)
            .map_err(ProjectError::Generate)
    }

    /// What to add to the command line for a service that the selected profiles leave out.
    pub fn profiles_of(&self, name: &ServiceName) -> Option<&[String]> {
        self.loaded.left_out.get(name).map(Vec::as_slice)
    }

    /// The files that the configuration and its environments are read from.
    pub fn files(&self) -> Vec<PathBuf> {
        let local = self.spec.file.with_file_name(config::LOCAL_FILE_NAME);
        let own = self.spec.services.iter().flat_map(|service| &service.env_files);
        let env_files = self.spec.env_files.iter().chain(own).map(|file| file.path.clone());
        let mut files = vec![self.spec.file.clone(), local];
        files.extend(self.request.overlays.iter().cloned().chain(env_files));
        files.retain(|file| file.exists());
        files.sort();
        files.dedup();
        files
    }
}

fn load(file: &Path, request: &ProjectRequest) -> Result<Loaded, config::Problems> {
    config::load(&LoadRequest {
        file: file.to_owned(),
        overlays: request.overlays.clone(),
        profiles: request.profiles.clone(),
    })
}

/// In the form of the configuration's problems.
fn render_env_problem(problem: &env::EnvProblem) -> String {
    let services = problem.services.iter().map(ServiceName::as_str).collect::<Vec<_>>().join(", ");
    let subject = match &problem.variable {
        Some(variable) => format!("{variable} {}", problem.reason),
        None => problem.reason.clone(),
    };
    let remedy = &problem.remedy;
    let place = &problem.place;
    format!("error: {subject}\n  --> {place}\n  = note: needed by {services}\n  = help: {remedy}")
}
