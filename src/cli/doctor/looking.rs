//! Puts together what the examination needs: the project as far as it can be read, and the machine around it.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use crate::app::{FromShell, Home, Project, ProjectError, ProjectRequest, StackHome};
use crate::config::{self, LoadRequest};
use crate::discovery::RecordStore;
use crate::doctor::{Diagnosis, Request, Surroundings, Terminal, examine};
use crate::env::{EnvProblem, Shell};
use crate::findings::RuleFault;
use crate::stack::{Finding, RunId};
use crate::survey::shown;

use super::super::args::Global;
use super::super::failure::Failure;

/// What was seen.
pub(super) struct Seen {
    /// The folder of portolan.toml.
    pub(super) folder: PathBuf,
    /// Errors first.
    pub(super) diagnoses: Vec<Diagnosis>,
    /// The variables that portolan.toml calls secret.
    pub(super) secret: BTreeSet<String>,
    /// What is wrong with portolan.toml, as `up` says it; nothing may start then.
    pub(super) wrong: Option<String>,
}

/// Looks at the project of the folder in which the verb works.
pub(super) fn look(global: &Global, colour: bool) -> Result<Seen, Failure> {
    let from = global.folder()?;
    let Some(file) = config::find(&from) else { return Err(ProjectError::not_found(from).into()) };
    let file = config::real_path(&file).unwrap_or(file);
    let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
    let overlays = global.files.clone();
    let loaded =
        config::load(&LoadRequest { file: file.clone(), overlays, profiles: global.profiles.clone() });
    let (mut own, mut wrong, mut env_problems, mut spec) = (Vec::new(), None, Vec::new(), None);
    match loaded {
        Err(problems) => {
            own.extend(problems.iter().map(|problem| of_problem(problem, &folder)));
            wrong = Some(problems.render(colour));
        }
        Ok(loaded) => {
            own.extend(loaded.warnings.iter().map(|problem| of_problem(problem, &folder)));
            match checked(global, from) {
                Ok((problems, environment, rules)) => {
                    own.extend(rules.into_iter().map(|fault| of_rule_fault(&fault, &folder)));
                    own.extend(problems.iter().map(|problem| of_problem(problem, &folder)));
                    env_problems = environment;
                }
                // Why there is no place for Portolan's files is found below.
                Err(ProjectError::Home(_) | ProjectError::Generate(_)) => {}
                Err(error @ (ProjectError::NotFound { .. } | ProjectError::Problems(_))) => {
                    return Err(error.into());
                }
            }
            spec = Some(loaded.spec);
        }
    }
    let home = Home::find().ok();
    let surroundings = surroundings(home.as_ref(), home.as_ref().map(|home| home.stack(&file)), &folder);
    let shell = Shell::new(std::env::vars_os());
    let request = Request {
        folder: &folder,
        spec: spec.as_ref(),
        env_problems: &env_problems,
        shell: &shell,
        surroundings: &surroundings,
    };
    let mut diagnoses = examine(&request);
    // A virtual environment that leads nowhere has no program either: the first says why.
    let broken = diagnoses.iter().any(|one| one.finding.rule == "venv-broken");
    own.retain(|one| !(broken && one.finding.title.contains("command of")));
    diagnoses.splice(0..0, own);
    diagnoses.sort_by_key(|one| std::cmp::Reverse(one.finding.severity));
    let rules = spec.iter().flat_map(|spec| &spec.env_rules);
    let secret = rules
        .filter(|(_, rule)| rule.secret || rule.generate.is_some())
        .map(|(name, _)| name.clone())
        .collect();
    Ok(Seen { folder, diagnoses, secret, wrong })
}

type Problems = (Vec<config::Problem>, Vec<EnvProblem>, Vec<RuleFault>);

/// What would keep the stack from starting.
fn checked(global: &Global, from: PathBuf) -> Result<Problems, ProjectError> {
    let request = ProjectRequest {
        from,
        overlays: global.files.clone(),
        profiles: global.profiles.clone(),
        set: Vec::new(),
        from_shell: FromShell::All,
    };
    let project = Project::open(request, false)?;
    let (commands, environment) = project.problems(&RunId::from_bits(0))?;
    let rules = project.rules().err().map_or_else(Vec::new, |faults| faults.0);
    Ok((commands, environment.problems, rules))
}

/// A fault of the project's own rules as a finding.
fn of_rule_fault(fault: &RuleFault, folder: &Path) -> Diagnosis {
    let place = format!("{}:{}", shown(&fault.file, folder), fault.line);
    let title = fault.message.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
    let finding = Finding::new("rule-file", title).shown_by(place.clone()).at(place);
    Diagnosis::of(finding.mended_by(fault.remedy.clone(), None))
}

/// A problem of the configuration as a finding.
fn of_problem(problem: &config::Problem, folder: &Path) -> Diagnosis {
    let place = problem.place.as_ref().map(|place| format!("{}:{}", shown(&place.file, folder), place.line));
    let title = problem.message.trim_end_matches('.').replace('\n', " ");
    let mut finding = Finding::new("configuration", title);
    if problem.severity == config::Severity::Warning {
        finding = finding.warns();
    }
    finding = finding.shown_by(place.clone().unwrap_or_else(|| "the command line".to_owned()));
    for note in &problem.notes {
        finding = finding.shown_by(format!(
            "{}:{}: {}",
            shown(&note.place.file, folder),
            note.place.line,
            note.message
        ));
    }
    finding.place = place;
    finding.remedy = problem.remedy.clone();
    Diagnosis::of(finding)
}

fn surroundings(home: Option<&Home>, stack: Option<StackHome>, folder: &Path) -> Surroundings {
    Surroundings {
        runs: stack.is_some_and(|stack| stack.is_running()),
        records: RecordStore::beside(folder).folder().to_owned(),
        state: home.and_then(unwritable),
        terminal: std::io::stdout().is_terminal().then(terminal),
    }
}

/// The nearest folder of the state that is there, if nothing can be written in it.
fn unwritable(home: &Home) -> Option<(PathBuf, String)> {
    let nearest = home.state().ancestors().find(|folder| folder.exists())?;
    if !nearest.is_dir() {
        return Some((nearest.to_owned(), "it is no folder".to_owned()));
    }
    let error = tempfile::tempfile_in(nearest).err()?;
    Some((nearest.to_owned(), error.kind().to_string()))
}

fn terminal() -> Terminal {
    let value = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    Terminal {
        term: value("TERM").unwrap_or_default(),
        locale: value("LC_ALL").or_else(|| value("LC_CTYPE")).or_else(|| value("LANG")).unwrap_or_default(),
        size: crossterm::terminal::size().ok(),
        in_tmux: value("TMUX").is_some(),
    }
}
