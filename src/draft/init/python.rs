//! Python: FastAPI and its kin, Flask, Django, and plain servers; run by uv, poetry, pdm, pipenv or a virtual
//! environment.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::draft::commands;
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
static SERVES: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x) serve_forever\( | web\.run_app\( | \.run_forever\( | uvicorn\.run\( | app\.run\( | start_server\( | waitress
        | websockets\.serve\( | add_insecure_port\(
        | \.bind\(\s*\( | (?i:sock\w*|server)\.(?:bind|listen)\( | (?i:\bapp|application)(?:\(.*\))?\.listen\(",
    )
});
/// A port that its command line says.
static FLAG: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"add_argument\([^)\n]*["']--port["'][^)\n]*default\s*=\s*["']?(\d{4,5})"#));

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
    projects.iter().flat_map(|project| project_guesses(folder, project, &projects)).collect()
}

fn is_server(text: &str) -> bool {
    ASGI.is_match(text)
        || FLASK.is_match(text)
        || text.contains("serve_forever(")
        || SERVES.is_match(text) && code::port(&[("", text)]).is_some_and(|found| found.variable.is_some())
}

fn project_guesses(folder: &Folder, project: &str, all: &BTreeSet<String>) -> Vec<Guess> {
    let inner = |path: &str| {
        all.iter().any(|other| other != project && is_below(other, project) && is_below(path, other))
    };
    let files: Vec<(&str, &str)> =
        folder.ending(project, &["py"]).into_iter().filter(|(path, _)| !inner(path)).collect();
    let project = Project { folder, path: project, runner: Runner::of(folder, project), files };
    let manage = join(project.path, "manage.py");
    if folder.text(&manage).is_some() {
        return vec![project.django(&manage)];
    }
    let apps = project.apps();
    if !apps.is_empty() {
        let paths: Vec<&str> = apps.iter().map(|app| app.path).collect();
        return apps.iter().map(|app| project.app(app, Room::of(app.path, &paths))).collect();
    }
    let programs = project.programs();
    let paths: Vec<&str> = programs.iter().map(|(path, _)| *path).collect();
    let guess = |(path, text): &(&str, &str)| project.program(path, text, Room::of(path, &paths));
    programs.iter().map(guess).collect()
}

/// An application object, or the function that makes one, which a server of the framework's is told.
struct App<'f> {
    kind: &'static str,
    path: &'f str,
    text: &'f str,
    /// What stands there: `app = FastAPI(`.
    written: String,
    object: String,
    /// What is said of applications that are taken for parts of it.
    parts: Vec<String>,
}

/// What one of a project's servers has for itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Room {
    Project,
    Folder,
    File,
}

impl Room {
    fn of(path: &str, all: &[&str]) -> Self {
        let beside = all.iter().any(|other| *other != path && parent(other) == parent(path));
        match all.len() {
            1 => Self::Project,
            _ if beside => Self::File,
            _ => Self::Folder,
        }
    }
}

struct Project<'f> {
    folder: &'f Folder,
    path: &'f str,
    runner: Runner,
    files: Vec<(&'f str, &'f str)>,
}

impl<'f> Project<'f> {
    fn guess(&self, short: &str, kind: &'static str, file: &str, command: String, reason: String) -> Guess {
        let reason = match &self.runner.why {
            Some(why) => format!("{reason}; {why}"),
            None => reason,
        };
        Guess::new(self.path, short, kind, file, Said::guessed(command, reason))
    }

    /// What it is called: as its project, or where that has several, as its folder or file.
    fn name<'n>(&'n self, path: &'n str, room: Room) -> &'n str {
        let stem = stem(path);
        match room {
            Room::Project => name(self.path, "app"),
            Room::Folder if parent(path) != self.path => name(parent(path), stem),
            Room::Folder | Room::File => stem,
        }
    }

    /// The health path of one of several in its own files only.
    fn health(&self, path: &str, room: Room) -> Option<code::PathInCode> {
        let near = |file: &str| match room {
            Room::Project => true,
            Room::Folder if parent(path) != self.path => is_below(file, parent(path)),
            Room::Folder | Room::File => file == path,
        };
        let files: Vec<(&str, &str)> = self.files.iter().copied().filter(|(file, _)| near(file)).collect();
        code::health(&files)
    }

    fn django(&self, manage: &str) -> Guess {
        let command = format!("{} manage.py runserver 127.0.0.1:{{port}}", self.runner.python);
        let reason = format!("{manage} is Django's");
        let mut guess = self.guess(name(self.path, "app"), "Django", manage, command, reason);
        guess.sign("manage.py runserver");
        guess.set_told_port(8000, "where Django's server listens by default");
        guess.set_health(code::health(&self.files));
        guess
    }

    /// The applications: the one nearest to the top, and those beside it that it does not import.
    fn apps(&self) -> Vec<App<'f>> {
        let mut apps: Vec<App<'f>> = Vec::new();
        let asgi = self.files.iter().filter_map(|(path, text)| {
            let found = ASGI.captures(text).or_else(|| {
                let made = MADE.captures(text)?;
                (text.contains("FastAPI(") || text.contains("Starlette(")).then_some(made)
            })?;
            let kind = if text.contains("FastAPI(") { "FastAPI" } else { "ASGI" };
            Some(App {
                kind,
                path,
                text,
                written: found[0].to_owned(),
                object: found[1].to_owned(),
                parts: Vec::new(),
            })
        });
        let flask = self.files.iter().filter_map(|(path, text)| {
            let made = || FACTORY.captures(text).filter(|_| text.contains("Flask"));
            let found = FLASK.captures(text).or_else(made)?;
            Some(App {
                kind: "Flask",
                path,
                text,
                written: found[0].to_owned(),
                object: found[1].to_owned(),
                parts: Vec::new(),
            })
        });
        for app in asgi.chain(flask) {
            let is_whole = |known: &App<'_>| {
                let (own, of) = (parent(app.path), parent(known.path));
                own != of && (is_below(own, of) || is_below(of, own))
                    || own == of && imports(known.text, stem(app.path))
            };
            match apps.iter_mut().find(|known| is_whole(known)) {
                Some(whole) => whole.parts.push(format!(
                    "{} ({}) is left aside as a part of {}; where it serves by itself, write [services.NAME] for it",
                    app.path, app.kind, whole.path
                )),
                None => apps.push(app),
            }
        }
        apps
    }

    fn app(&self, app: &App<'_>, room: Room) -> Guess {
        let App { kind, path, text, written, object, parts } = app;
        let python = &self.runner.python;
        let (module, app_dir) = module(self.folder, path, self.path);
        let (command, default, why) = if *kind == "Flask" {
            let told = commands::word(&module);
            let command = format!("{python} -m flask --app {told} run --host 127.0.0.1 --port {{port}}");
            (command, 5000, "where Flask listens by default")
        } else {
            let told = commands::word(&format!("{module}:{object}"));
            let command = format!("{python} -m uvicorn {app_dir}{told} --host 127.0.0.1 --port {{port}}");
            (command, 8000, "where uvicorn listens by default")
        };
        let shown = if *kind == "Flask" {
            written.trim_end_matches('(').to_owned()
        } else {
            format!("{written}…)")
        };
        let reason = format!("{shown} in {path}");
        let mut guess = self.guess(self.name(path, room), kind, path, command, reason);
        let relative = path.strip_prefix(self.path).unwrap_or(path).trim_start_matches('/');
        for sign in [&format!("{module}:{object}"), &module, relative] {
            guess.sign(sign);
        }
        let root = self.folder.path("");
        let root = root.file_name().unwrap_or_default().to_string_lossy();
        let own = code::port(&[(path, text)]).filter(|found| found.is_of(&format!("{root}/{path}")));
        match own.and_then(|found| found.port) {
            Some(port) => guess.set_told_port(port.get(), format!("{path} names it")),
            None => guess.set_told_port(default, why),
        }
        guess.set_health(self.health(path, room));
        guess.hints.extend(parts.iter().cloned());
        guess
    }

    /// Programs that serve without a framework that would be told how.
    fn programs(&self) -> Vec<(&'f str, &'f str)> {
        let serves = |text: &str| SERVES.is_match(text);
        let mut found: Vec<(&str, &str)> =
            self.files.iter().copied().filter(|(_, text)| serves(text)).collect();
        // What only defines a server is another's part.
        let at_once = |line: &str| !line.starts_with([' ', '\t']) && SERVES.is_match(line);
        let runs = |text: &str| text.contains("__main__") || text.lines().any(at_once);
        if found.iter().any(|(_, text)| runs(text)) {
            found.retain(|(_, text)| runs(text));
        }
        let top = found.first().map(|(path, _)| parent(path)).unwrap_or_default();
        let is_part =
            |path: &str| parent(path) != top && (is_below(path, top) || is_below(top, parent(path)));
        found.retain(|(path, _)| !is_part(path));
        found
    }

    fn program(&self, path: &str, text: &str, room: Room) -> Guess {
        let relative = path.strip_prefix(self.path).unwrap_or(path).trim_start_matches('/');
        let flag = FLAG.captures(text).and_then(|found| {
            let line = text[..found.get(1)?.start()].lines().count();
            Some((found[1].parse::<u16>().ok()?, line))
        });
        let told = if flag.is_some() { " --port {port}" } else { "" };
        let command = format!("{} {}{told}", self.runner.python, commands::word(relative));
        let reason = format!("{path} starts a server");
        let mut guess = self.guess(self.name(path, room), "Python", path, command, reason);
        guess.sign(relative);
        match flag {
            Some((port, line)) => {
                guess.set_told_port(port, format!("{path}:{line} takes --port, else {port}"));
            }
            None => {
                let elsewhere = || {
                    code::port(&self.files).filter(|found| found.variable.is_some() && room == Room::Project)
                };
                guess.set_own_port(code::port(&[(path, text)]).or_else(elsewhere), 8000);
            }
        }
        guess.set_health(self.health(path, room));
        guess
    }
}

/// A file's name without its end.
fn stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".py")
}

/// Whether a line of `text` imports the module.
fn imports(text: &str, module: &str) -> bool {
    text.lines().any(|line| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.clone().any(|word| word == "import") && words.any(|word| word == module)
    })
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
