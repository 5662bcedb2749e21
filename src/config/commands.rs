//! Whether the programs and directories of a stack exist, asked before anything starts.
//!
//! Starts nothing. Services with `prepare` are left out: their preparation may bring both about.

#[cfg(unix)]
#[path = "commands/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "commands/windows.rs"]
mod platform;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::stack::{CommandLine, Runs, ServiceSpec};

use super::load::{Loaded, ServicePlaces};
use super::problem::{Place, Problem};
use super::suggest::{nearest, quoted};

/// What stands at the place of a program.
enum Candidate {
    Runs,
    NotExecutable,
    Directory,
    Missing,
}

/// Checks that the directory and the program of every service without `prepare` exist; `path` is the `PATH` in
/// which programs are looked up.
pub fn check_commands(loaded: &Loaded, path: &OsStr) -> Vec<Problem> {
    let mut problems = Vec::new();
    for service in &loaded.spec.services {
        let (Runs::Command(command), Some(places)) = (&service.runs, loaded.places.get(&service.name)) else {
            continue;
        };
        if service.disabled || !service.prepare.is_empty() {
            continue;
        }
        if let Some(problem) = check_directory(service, places) {
            problems.push(problem);
            continue;
        }
        match command {
            CommandLine::Shell(_) => {}
            CommandLine::Words(words) => {
                let program = words.first().map(String::as_str).unwrap_or_default();
                problems.extend(check_program(service, program, path, &places.command));
            }
        }
    }
    problems
}

fn at(mut problem: Problem, place: &Place) -> Problem {
    problem.place = Some(place.clone());
    problem
}

fn check_directory(service: &ServiceSpec, places: &ServicePlaces) -> Option<Problem> {
    let directory = &service.directory;
    let shown = directory.display();
    let name = &service.name;
    let problem = match directory.metadata() {
        Ok(metadata) if metadata.is_dir() => return None,
        Ok(_) => Problem::error(format!("the directory of `{name}` is a file: {shown}"))
            .remedy("name the folder that holds it"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let problem = Problem::error(format!("the directory of `{name}` does not exist: {shown}"));
            match neighbour(directory) {
                Some(near) => problem.remedy(format!("did you mean `{near}`?")),
                None => {
                    problem.remedy("create it, or correct `directory`, which is relative to portolan.toml")
                }
            }
        }
        Err(error) => {
            Problem::error(format!("the directory of `{name}` cannot be entered: {shown}: {error}"))
                .remedy("give your user the right to enter it")
        }
    };
    Some(at(problem, &places.directory))
}

/// The entry beside `missing` whose name is nearest.
fn neighbour(missing: &Path) -> Option<String> {
    let wanted = missing.file_name()?.to_str()?;
    let entries = missing.parent()?.read_dir().ok()?;
    let names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).take(1000).collect();
    nearest(wanted, names.iter().map(String::as_str)).map(str::to_owned)
}

fn check_program(service: &ServiceSpec, program: &str, path: &OsStr, place: &Place) -> Option<Problem> {
    // Where it stands is known only when the placeholder is filled in.
    if program.contains('{') {
        return None;
    }
    let is_path = program.contains('/') || (cfg!(windows) && program.contains('\\'));
    let problem = if is_path {
        at_path(service, program)?
    } else {
        // The service looks in a PATH of its own.
        if service.env.iter().any(|entry| entry.name == "PATH") {
            return None;
        }
        in_path(service, program, path)?
    };
    Some(at(problem, place))
}

fn at_path(service: &ServiceSpec, program: &str) -> Option<Problem> {
    let file = service.directory.join(program);
    let shown = file.display();
    match candidate(&file) {
        Candidate::Runs => None,
        Candidate::NotExecutable => Some(
            Problem::error(format!("the command of `{}` is not executable: {shown}", service.name))
                .remedy(format!("run `chmod +x {shown}`, or put its interpreter first")),
        ),
        Candidate::Directory => Some(
            Problem::error(format!("the command of `{}` is a directory: {shown}", service.name))
                .remedy("name the program inside it"),
        ),
        Candidate::Missing if file.is_symlink() => {
            let target = file.read_link().unwrap_or_default();
            let problem = format!(
                "the command of `{}` leads nowhere: {shown} is a link to {}, which does not exist",
                service.name,
                target.display()
            );
            let venv = file.parent().and_then(|folder| folder.parent()).filter(|_| is_python(&file));
            Some(Problem::error(problem).remedy(match venv {
                Some(venv) => format!(
                    "make the virtual environment anew, and install the requirements: python3 -m venv --clear {}",
                    venv.display()
                ),
                None => "correct the link, or name the program that it was for".to_owned(),
            }))
        }
        Candidate::Missing => {
            let problem = Problem::error(format!("the command of `{}` was not found: {shown}", service.name));
            Some(match neighbour(&file) {
                Some(near) => problem.remedy(format!("did you mean `{near}`?")),
                None => problem.remedy("a command that contains `/` is relative to the service's directory"),
            })
        }
    }
}

fn is_python(file: &Path) -> bool {
    file.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("python"))
}

fn in_path(service: &ServiceSpec, program: &str, path: &OsStr) -> Option<Problem> {
    let mut not_executable = None;
    for folder in std::env::split_paths(path) {
        let file = service.directory.join(folder).join(program);
        match candidate(&file) {
            Candidate::Runs => return None,
            Candidate::NotExecutable => not_executable = not_executable.or(Some(file)),
            Candidate::Directory | Candidate::Missing => {}
        }
    }
    let name = &service.name;
    let problem =
        Problem::error(format!("the command of `{name}` was not found: {} is not on PATH", quoted(program)));
    if let Some(file) = not_executable {
        let message = format!("the command of `{name}` is not executable: {}", file.display());
        return Some(Problem::error(message).remedy(format!("run `chmod +x {}`", file.display())));
    }
    Some(problem.remedy(hint(&service.directory, program)))
}

/// Where the program may be instead.
fn hint(directory: &Path, program: &str) -> String {
    let local: [PathBuf; 4] = ["", "node_modules/.bin", ".venv/bin", "venv/bin"].map(PathBuf::from);
    for folder in local {
        let relative = folder.join(program);
        match candidate(&directory.join(&relative)) {
            Candidate::Runs => return format!("write `./{}`, which exists", relative.display()),
            Candidate::NotExecutable => {
                return format!(
                    "`./{0}` exists but is not executable: run `chmod +x {0}`",
                    relative.display()
                );
            }
            Candidate::Directory | Candidate::Missing => {}
        }
    }
    "install it, correct its name, or write its path".to_owned()
}

fn candidate(file: &Path) -> Candidate {
    platform::spellings(file)
        .into_iter()
        .find_map(|file| match file.metadata() {
            Ok(metadata) if metadata.is_dir() => Some(Candidate::Directory),
            Ok(_) if platform::is_executable(&file) => Some(Candidate::Runs),
            Ok(_) => Some(Candidate::NotExecutable),
            Err(_) => None,
        })
        .unwrap_or(Candidate::Missing)
}
