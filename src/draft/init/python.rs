//! Python: FastAPI and its kin, Flask, Django, and plain servers; run by uv, poetry, pdm, pipenv or a virtual
//! environment.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::draft::service::Said;
use crate::survey::PythonManager;

use super::code;
use super::folder::{Folder, is_below, join, parent};
use super::guess::{Guess, name};

/// Files that make a folder a project.
const MARKERS: [&str; 5] = ["pyproject.toml", "requirements.txt", "Pipfile", "setup.py", "manage.py"];

static ASGI: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^(\w+)\s*(?::[^=\n]+)?=\s*(FastAPI|Starlette|Litestar)\("));
static FLASK: LazyLock<Regex> = LazyLock::new(|| regex(r"(?m)^(\w+)\s*(?::[^=\n]+)?=\s*Flask\("));
/// What a factory of the same file made.
static MADE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?m)^(\w+)\s*(?::[^=\n]+)?=\s*(?:create|make|build|get)_(?:app|application)\("));
static FACTORY: LazyLock<Regex> = LazyLock::new(|| regex(r"(?m)^def (create_app|make_app)\("));
static SERVES: LazyLock<Regex> =
    LazyLock::new(|| regex(r"serve_forever\(|web\.run_app\(|\.run_forever\(|uvicorn\.run\(|app\.run\("));

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a regular expression written here")
}

/// The Python services.
pub(super) fn find(folder: &Folder) -> Vec<Guess> {
    let mut projects: BTreeSet<String> =
        MARKERS.iter().flat_map(|name| folder.named(name)).map(|(path, _)| parent(path).to_owned()).collect();
    // A folder without any of these may still hold a server.
    for (path, text) in folder.ending("", &["py"]) {
        if is_server(text) && !projects.iter().any(|project| is_below(path, project)) {
            projects.insert(parent(path).to_owned());
        }
    }
    projects.iter().filter_map(|project| project_guess(folder, project, &projects)).collect()
}

fn is_server(text: &str) -> bool {
    ASGI.is_match(text) || FLASK.is_match(text) || text.contains("serve_forever(")
}

fn project_guess(folder: &Folder, project: &str, all: &BTreeSet<String>) -> Option<Guess> {
    let inner = |path: &str| {
        all.iter().any(|other| other != project && is_below(other, project) && is_below(path, other))
    };
    let files: Vec<(&str, &str)> =
        folder.ending(project, &["py"]).into_iter().filter(|(path, _)| !inner(path)).collect();
    let runner = Runner::of(folder, project);
    let short = name(project, "app");
    let guess = |kind, file: &str, command: String, reason: String| {
        let reason = match &runner.why {
            Some(why) => format!("{reason}; {why}"),
            None => reason,
        };
        Guess::new(project, short, kind, file, Said::guessed(command, reason))
    };
    let manage = join(project, "manage.py");
    if folder.text(&manage).is_some() {
        let command = format!("{} manage.py runserver 127.0.0.1:{{port}}", runner.python);
        let mut guess = guess("Django", &manage, command, format!("{manage} is Django's"));
        guess.set_told_port(8000, "where Django's server listens by default");
        guess.set_health(code::health(&files));
        return Some(guess);
    }
    let find =
        |pattern: &Regex| files.iter().find_map(|(path, text)| Some((*path, *text, pattern.captures(text)?)));
    let made = || find(&MADE).filter(|(_, text, _)| text.contains("FastAPI(") || text.contains("Starlette("));
    if let Some((path, text, found)) = find(&ASGI).or_else(made) {
        let (module, app_dir) = module(folder, path, project);
        let kind = if text.contains("FastAPI(") { "FastAPI" } else { "ASGI" };
        let command = format!(
            "{} -m uvicorn {app_dir}{module}:{} --host 127.0.0.1 --port {{port}}",
            runner.python, &found[1]
        );
        let mut guess = guess(kind, path, command, format!("{}…) in {path}", &found[0]));
        let own = code::port(&[(path, text)]).and_then(|found| found.port);
        match own {
            Some(port) => guess.set_told_port(port.get(), format!("{path} names it")),
            None => guess.set_told_port(8000, "where uvicorn listens by default"),
        }
        guess.set_health(code::health(&files));
        return Some(guess);
    }
    let flask = find(&FLASK).or_else(|| find(&FACTORY).filter(|(_, text, _)| text.contains("Flask")));
    if let Some((path, text, found)) = flask {
        let (module, _) = module(folder, path, project);
        let command =
            format!("{} -m flask --app {module} run --host 127.0.0.1 --port {{port}}", runner.python);
        let mut guess =
            guess("Flask", path, command, format!("{} in {path}", found[0].trim_end_matches('(')));
        let own = code::port(&[(path, text)]).and_then(|found| found.port);
        match own {
            Some(port) => guess.set_told_port(port.get(), format!("{path} names it")),
            None => guess.set_told_port(5000, "where Flask listens by default"),
        }
        guess.set_health(code::health(&files));
        return Some(guess);
    }
    let (path, text) = *files.iter().find(|(_, text)| SERVES.is_match(text))?;
    let relative = path.strip_prefix(project).unwrap_or(path).trim_start_matches('/');
    let mut guess =
        guess("Python", path, format!("{} {relative}", runner.python), format!("{path} starts a server"));
    guess.set_port(code::port(&[(path, text)]), None);
    guess.set_health(code::health(&files));
    Some(guess)
}

/// The module of a file below its project, and the flag that a `src` folder takes.
fn module(folder: &Folder, path: &str, project: &str) -> (String, &'static str) {
    let relative = path.strip_prefix(project).unwrap_or(path).trim_start_matches('/');
    // With an __init__.py, `src` is a package itself.
    let is_package = folder.has(&join(project, "src/__init__.py"));
    let (relative, flag) = match relative.strip_prefix("src/").filter(|_| !is_package) {
        Some(inside) => (inside, "--app-dir src "),
        None => (relative, ""),
    };
    let module = relative.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
    (module, flag)
}

/// How Python is run in a project.
struct Runner {
    python: String,
    why: Option<String>,
}

impl Runner {
    fn of(folder: &Folder, project: &str) -> Self {
        let path = folder.path(project);
        if let Some(PythonManager { name, .. }) = PythonManager::of(&path, &path) {
            return Self {
                python: format!("{name} run python"),
                why: Some(format!("the project is {name}'s")),
            };
        }
        for (up, at) in [("", project), ("../", parent(project))] {
            if !up.is_empty() && (project.is_empty() || project.contains('/')) {
                continue;
            }
            for name in [".venv", "venv"] {
                if folder.has(&join(at, &format!("{name}/bin/python"))) {
                    let path = format!("{up}{name}/bin/python");
                    return Self {
                        python: path,
                        why: Some(format!("there is a virtual environment {}", join(at, name))),
                    };
                }
            }
        }
        Self { python: "python3".to_owned(), why: None }
    }
}
