//! Python: which file should bring a module, and which interpreter has it or not.

use std::path::{Path, PathBuf};

use crate::stack::Runs;
use crate::survey::{self, PythonManager, Requirement};

use super::super::case::Case;
use super::super::files;
use super::super::place::line_matching;
use super::Draft;

/// `{module}` was not found: the project's own, or one that a distribution brings.
pub(super) fn module(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let module = draft.value("module")?;
    let top = module.split('.').next().unwrap_or(&module).to_owned();
    if let Some(own) = own_module(case, &top) {
        return own_module_missing(case, draft, &module, &own);
    }
    let directory = &case.spec.directory;
    let distribution = survey::distribution_of(&top);
    let files = survey::requirement_files_of(directory);
    let declared = survey::declared_in(&files);
    let is_it = |requirement: &&Requirement| requirement.name == distribution;
    let shown = |requirement: &Requirement| {
        format!("{}:{} names {distribution}", case.shown(&requirement.file), requirement.line)
    };
    let python = interpreter(case);
    if let Some(own) = declared.requirements.iter().find(is_it) {
        let file = case.shown(&own.file);
        draft.title =
            Some(format!("the Python module {top} is not installed, though {file} names {distribution}"));
        draft.evidence.push(shown(own));
        install(case, draft, &python, &files, &distribution);
        used(case, draft, &python);
        return Some(());
    }
    let all = survey::python_requirements(case.stack.folder());
    let elsewhere = all.iter().find(|other| is_it(other) && !declared.files.contains(&other.file));
    let names: Vec<String> = files.iter().map(|file| case.shown(file)).collect();
    if let Some(file) = target(&files) {
        let listed = names.join(" and ");
        draft.title = Some(format!(
            "the Python module {top} is not installed, and {listed} does not name {distribution}"
        ));
        let pinned = elsewhere.map_or("", |other| other.specifier.as_str());
        draft.remedy = Some(format!("add {distribution}{pinned} to {}, and install it", case.shown(file)));
        draft.action = Some(format!("portolan doctor --fix missing-module {}", shell_words::quote(&top)));
        draft.evidence.push(format!("{listed} does not name {distribution}"));
    } else {
        draft.title = Some(format!("the Python module {top} is not installed"));
        let there = case.shown(directory);
        let there = if there.is_empty() { "the folder" } else { &there };
        draft.evidence.push(format!("no requirements.txt or pyproject.toml is in {there}"));
        install(case, draft, &python, &files, &distribution);
    }
    draft.evidence.extend(elsewhere.map(shown));
    used(case, draft, &python);
    Some(())
}

/// A name could not be imported from a module of the project's own: says where that is, and which name it may be.
pub(super) fn name(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let (name, file) = (draft.value("name")?, draft.value("file"));
    let Some(path) = file.map(PathBuf::from).filter(|path| path.starts_with(case.stack.folder())) else {
        return Some(());
    };
    let text = files::text_of(&path).unwrap_or_default();
    if text.trim().is_empty() {
        draft.evidence.push(format!("{} is empty", case.shown(&path)));
        return Some(());
    }
    let close = defined(&text)
        .map(|known| (strsim::jaro_winkler(known, &name), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((_, known)) = close {
        let pattern = regex::Regex::new(&format!(r"^(?:class|def|async def)?\s*{known}\b")).ok()?;
        let line = line_matching(&path, &pattern).map_or_else(String::new, |line| format!(":{line}"));
        draft.evidence.push(format!("{}{line} defines {known}", case.shown(&path)));
        draft.remedy = Some(format!("import {known}, or define {name} in {}", case.shown(&path)));
    } else {
        draft.evidence.push(format!("{} does not define {name}", case.shown(&path)));
    }
    Some(())
}

/// A virtual environment's `{path}` cannot be run: says where it led to.
pub(super) fn environment(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let path = case.spec.directory.join(draft.value("path")?);
    let venv = survey::venv_of(&path)?;
    let folder = case.shown(&venv.folder);
    let lost = venv.lost?;
    draft.set("folder", folder);
    draft.evidence.push(format!("{} leads to {}, which does not exist", case.shown(&path), lost.display()));
    let own = venv.folder.strip_prefix(&case.spec.directory).unwrap_or(&venv.folder);
    let own = own.display().to_string();
    let command = format!("python3 -m venv --clear {}", shell_words::quote(&own));
    draft.remedy = Some(format!("make it anew: {command}, and install the requirements"));
    // It empties the folder: only one of the project's own, and not what a log speaks of.
    if files::is_inside(case.stack.folder(), &venv.folder) && !own.starts_with('-') && !own.is_empty() {
        draft.action = Some(format!("portolan run --there {} -- {command}", case.spec.name));
    }
    Some(())
}

/// A file or folder of the project by the name of a module.
fn own_module(case: &Case<'_>, top: &str) -> Option<PathBuf> {
    let directory = &case.spec.directory;
    let bases = [directory.clone(), directory.join("src"), case.stack.folder().to_owned()];
    let ways = [top.to_owned(), format!("{top}.py")];
    let near = bases.iter().flat_map(|base| ways.iter().map(|way| base.join(way)));
    let is_module = |path: &PathBuf| path.is_file() || holds_python(path);
    near.into_iter().find(is_module)
}

fn holds_python(folder: &Path) -> bool {
    let entries = folder.read_dir().into_iter().flatten().flatten();
    entries.take(1000).any(|entry| entry.path().extension().is_some_and(|ending| ending == "py"))
}

fn own_module_missing(case: &Case<'_>, draft: &mut Draft, module: &str, own: &Path) -> Option<()> {
    let shown = case.shown(own);
    draft.title = Some(format!("the Python module {module} is not where Python looks for it"));
    draft.evidence.push(format!("{shown} exists"));
    let root = own.parent().map_or_else(|| ".".to_owned(), |root| from(&case.spec.directory, root));
    draft.remedy = Some(match module.split_once('.') {
        Some((_, rest)) if own.is_dir() => format!("correct the import: {shown} holds no {rest}"),
        Some(_) | None => {
            let own = &case.spec.name;
            format!("have Python find it: set PYTHONPATH = \"{root}\" under `env` of {own} in portolan.toml")
        }
    });
    draft.action = None;
    Some(())
}

/// The way from one folder to another, above or below it.
fn from(here: &Path, there: &Path) -> String {
    let up = here.ancestors().position(|above| there.starts_with(above)).unwrap_or(0);
    let common = here.ancestors().nth(up).unwrap_or(here);
    let down = there.strip_prefix(common).unwrap_or(there).display().to_string();
    let ups = vec![".."; up].join("/");
    match (ups.is_empty(), down.is_empty()) {
        (true, true) => ".".to_owned(),
        (false, true) => ups,
        (true, false) => down,
        (false, false) => format!("{ups}/{down}"),
    }
}

/// The names that a Python file defines at its top.
fn defined(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = ["class ", "def ", "async def "].iter().find_map(|word| line.strip_prefix(word));
        let rest = rest.or_else(|| line.contains('=').then_some(line))?;
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    })
}

/// The file to which a requirement is best added.
fn target(files: &[PathBuf]) -> Option<&PathBuf> {
    let named = |name: &str| files.iter().find(|file| file.file_name().is_some_and(|own| own == name));
    named("requirements.txt").or_else(|| named("pyproject.toml")).or_else(|| files.first())
}

/// The interpreter of the service's command, and how its command line names it.
struct Interpreter {
    path: Option<PathBuf>,
    word: String,
}

fn interpreter(case: &Case<'_>) -> Interpreter {
    let directory = &case.spec.directory;
    let command = match &case.spec.runs {
        Runs::Command(command) => command.to_string(),
        Runs::Shared { .. } | Runs::Embedded(_) => String::new(),
    };
    let path = survey::python_of(directory, &command);
    let in_venv = path.as_deref().filter(|path| survey::venv_of(path).is_some());
    let word = in_venv.map_or_else(
        || "python3".to_owned(),
        |path| path.strip_prefix(directory).unwrap_or(path).display().to_string(),
    );
    Interpreter { path, word }
}

/// Says how to install what is missing.
fn install(case: &Case<'_>, draft: &mut Draft, python: &Interpreter, files: &[PathBuf], distribution: &str) {
    let directory = &case.spec.directory;
    let manager = PythonManager::of(directory, case.stack.folder());
    let python = shell_words::quote(&python.word);
    let command = match (manager, target(files)) {
        (Some(manager), _) => manager.install.to_owned(),
        (None, Some(file)) if file.extension().is_some_and(|ending| ending == "txt") => {
            let file = file.strip_prefix(directory).unwrap_or(file).display().to_string();
            format!("{python} -m pip install -r {}", shell_words::quote(&file))
        }
        (None, _) => format!("{python} -m pip install {}", shell_words::quote(distribution)),
    };
    draft.remedy = Some(format!("install {distribution}: {command}"));
    draft.action = Some(format!("portolan run --there {} -- {command}", case.spec.name));
}

/// Says which interpreter was used.
fn used(case: &Case<'_>, draft: &mut Draft, python: &Interpreter) {
    let Some(path) = &python.path else { return };
    let version = survey::version_of(path).map_or_else(String::new, |version| format!(" (Python {version})"));
    let of = survey::venv_of(path).map_or_else(String::new, |venv| {
        format!(", of the virtual environment {}", case.shown(&venv.folder))
    });
    draft.evidence.push(format!("{} runs {}{version}{of}", case.spec.name, case.shown(path)));
}

#[cfg(all(test, unix))]
mod tests {
    use super::super::super::case::samples::Scene;
    use super::*;

    #[test]
    #[cfg(unix)]
    fn only_an_environment_of_the_projects_own_is_offered_to_be_made_anew() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("stack");
        for venv in ["stack/.venv", "stack/my venv", "foreign"] {
            let bin = outer.path().join(venv).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            std::fs::write(outer.path().join(venv).join("pyvenv.cfg"), "home = /nowhere\n").unwrap();
            std::os::unix::fs::symlink("/nowhere/python3", bin.join("python")).unwrap();
        }
        let scene = Scene::printing(&["not found"]).in_folder(&folder);
        let action = |path: &str| {
            let case = scene.case();
            let mut draft = Draft::new(&case, vec![("path".into(), path.into())]);
            environment(&case, &mut draft).unwrap();
            draft.action
        };
        let offered =
            |venv: &str| Some(format!("portolan run --there api -- python3 -m venv --clear {venv}"));
        assert_eq!(action(".venv/bin/python"), offered(".venv"));
        assert_eq!(action("my venv/bin/python"), offered("'my venv'"));
        assert_eq!(action("../foreign/bin/python"), None);
        assert_eq!(action(&outer.path().join("foreign/bin/python").display().to_string()), None);
    }

    #[test]
    fn the_way_between_folders_is_told_as_one_would_type_it() {
        let way = |here: &str, there: &str| from(Path::new(here), Path::new(there));
        assert_eq!(way("/a/api", "/a/api"), ".");
        assert_eq!(way("/a/api", "/a"), "..");
        assert_eq!(way("/a", "/a/src"), "src");
        assert_eq!(way("/a/api", "/a/lib/x"), "../lib/x");
    }

    #[test]
    fn the_names_at_the_top_of_a_file_are_known() {
        let text = "import os\nclass NotesStore:\n    def add(self): ...\nLIMIT = 3\nasync def main(): ...\n";
        assert_eq!(defined(text).collect::<Vec<_>>(), ["NotesStore", "LIMIT", "main"]);
    }
}
