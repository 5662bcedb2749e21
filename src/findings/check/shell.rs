//! Commands that a shell did not find or could not run: where a program of that name lies instead, and what is wrong
//! with a script that is there.

use std::path::{Path, PathBuf};

use super::super::case::Case;
use super::super::files;
use super::super::place;
use super::Draft;
use super::source;
use crate::stack::Exit;

/// Where projects keep programs of their own.
const FOLDERS: [&str; 6] = ["node_modules/.bin", ".venv/bin", "venv/bin", "bin", "scripts", "target/debug"];

/// `{command}` was not found.
pub(super) fn command(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let command = &draft.value("command")?;
    if !was_its_last_word(case, draft) {
        return None;
    }
    place_in_toml(case, draft);
    if command.contains('/') {
        // A file that is there is not what was not found: its interpreter is.
        if file(case, command).is_some() {
            return None;
        }
        draft.title = Some(format!("the file {command} does not exist"));
        draft
            .evidence
            .push(format!("there is no {command} in {}", source::shown_folder(case, &case.spec.directory)));
        draft.remedy = Some("correct its path in the command".to_owned());
        return Some(());
    }
    let bases = [case.spec.directory.as_path(), case.stack.folder()];
    let found =
        bases.iter().flat_map(|base| FOLDERS.iter().map(move |folder| base.join(folder).join(command)));
    match found.into_iter().find(|path| path.is_file()) {
        Some(path) => {
            let shown = path.strip_prefix(&case.spec.directory).unwrap_or(&path).display().to_string();
            draft.title = Some(format!(
                "the command {command} is not on PATH, but in {}",
                source::shown_folder(case, path.parent().unwrap_or(&path))
            ));
            draft.evidence.push(format!("{} exists", case.shown(&path)));
            let npx = shown.starts_with("node_modules/");
            let or = if npx { format!(", or npx {command}") } else { String::new() };
            draft.remedy = Some(format!("write {shown}{or}"));
        }
        None => {
            draft.evidence.push(format!("there is no {command} on PATH"));
            if let Some((manifest, manager)) = super::node::brought_by(case, command) {
                draft.title =
                    Some(format!("the command {command} is missing: its Node package is not installed"));
                draft.evidence.push(format!("{manifest} names {command}"));
                draft.remedy = Some(format!("install what package.json names: {manager} install"));
                draft.action = Some(format!("portolan run --there {} -- {manager} install", case.spec.name));
            }
        }
    }
    Some(())
}

/// `{command}` could not be run although it is there: its first line names an interpreter that is not.
pub(super) fn interpreter(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    if !was_its_last_word(case, draft) {
        return None;
    }
    let script = match draft.value("command") {
        Some(command) => Some(file(case, &command)?),
        None => script_with_carriage_return(case),
    };
    let first = script.as_deref().and_then(files::first_line);
    let said = draft.value("interpreter");
    let interpreter = match (&said, &first) {
        (Some(said), _) => said.clone(),
        (None, Some(first)) => first.strip_prefix("#!")?.trim_start().to_owned(),
        (None, None) => return None,
    };
    let bare = interpreter.trim_end_matches('\r').trim_end_matches("\\r").trim_end_matches("^M");
    let program = bare.split_whitespace().next().unwrap_or(bare).to_owned();
    if let Some(script) = &script {
        draft.place = Some(format!("{}:1", case.shown(script)));
        draft.evidence.push(format!("its first line is {:?}", first.as_deref().unwrap_or_default()));
    }
    let script = script.map_or("a script".to_owned(), |path| case.shown(&path));
    if bare != interpreter {
        draft.title = Some(format!("the first line of {script} ends with a carriage return"));
        draft.remedy = Some("save the script with the line ends of Unix".to_owned());
    } else if said.is_none() && Path::new(&program).exists() {
        return None;
    } else {
        draft.title = Some(format!("{script} asks for the interpreter {program}, which does not exist"));
        draft.remedy = Some(format!("install {program}, or correct the first line of the script"));
    }
    draft.set("interpreter", program);
    Some(())
}

/// A file of the service's command line whose first line has the line end of Windows.
fn script_with_carriage_return(case: &Case<'_>) -> Option<PathBuf> {
    let mut files = case.command_words().filter_map(|word| file(case, word));
    files.find(|path| {
        files::first_line(path).is_some_and(|line| line.starts_with("#!") && line.ends_with('\r'))
    })
}

/// `{command}` is there and must not be run.
pub(super) fn permission(case: &Case<'_>, draft: &mut Draft) -> Option<()> {
    let command = draft.value("command")?;
    if !was_its_last_word(case, draft) {
        return None;
    }
    place_in_toml(case, draft);
    let path = file(case, &command);
    if path.is_none() && case.spec.directory.join(&command).is_dir() {
        draft.title = Some(format!("{command} is a folder and no program"));
        draft.remedy = Some("correct its path in the command".to_owned());
        return Some(());
    }
    let Some(path) = path else { return Some(()) };
    let shown = path.strip_prefix(&case.spec.directory).unwrap_or(&path).display().to_string();
    let word = shell_words::quote(&shown);
    draft.remedy = Some(format!("make it executable: chmod +x {word}"));
    // A script of the project's own, and not one of the system's that a log names.
    if files::is_inside(case.stack.folder(), &path) && !shown.starts_with('-') {
        draft.action = Some(format!("portolan run --there {} -- chmod +x {word}", case.spec.name));
    }
    Some(())
}

/// Whether it ended with what a shell complained of: scripts go on after a command that they can do without.
fn was_its_last_word(case: &Case<'_>, draft: &Draft) -> bool {
    let by_the_shell = matches!(case.service.exit, Some(Exit::Code(126 | 127))) && case.has_ended();
    let after = draft.line.map_or(0, |at| case.log.len().saturating_sub(at + 1));
    by_the_shell || after <= A_FEW
}

/// So many lines may follow a last word: the shell's own, and npm's.
const A_FEW: usize = 4;

/// A shell that names no script speaks of the service's own command line.
fn place_in_toml(case: &Case<'_>, draft: &mut Draft) {
    if draft.place.is_none() {
        draft.place = Some(place::key(case, "command"));
    }
}

fn file(case: &Case<'_>, command: &str) -> Option<PathBuf> {
    let bare = command.strip_prefix("./").unwrap_or(command);
    let path = case.spec.directory.join(bare);
    path.is_file().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::super::super::case::samples::Scene;
    use std::fs;

    use super::*;

    fn scene(folder: &Path) -> Scene {
        Scene::printing(&["sh: 1: ./run.sh: not found"]).in_folder(folder)
    }

    fn look(scene: &Scene, check: fn(&Case<'_>, &mut Draft) -> Option<()>, command: &str) -> Option<Draft> {
        let case = scene.case();
        let mut draft = Draft::new(&case, Vec::new());
        draft.set("command", command);
        check(&case, &mut draft)?;
        Some(draft)
    }

    #[test]
    fn a_script_that_is_there_and_not_found_has_a_wrong_first_line() {
        let folder = tempfile::tempdir().unwrap();
        let scene = scene(folder.path());
        fs::write(folder.path().join("run.sh"), "#!/nowhere/python9 -u\necho\n").unwrap();
        assert!(look(&scene, command, "./run.sh").is_none(), "the file is there");
        let draft = look(&scene, interpreter, "./run.sh").unwrap();
        assert!(
            draft.title.unwrap().ends_with("asks for the interpreter /nowhere/python9, which does not exist")
        );
        fs::write(folder.path().join("run.sh"), "#!/bin/sh\r\necho\r\n").unwrap();
        assert!(look(&scene, interpreter, "./run.sh").unwrap().title.unwrap().contains("carriage return"));
        fs::write(folder.path().join("run.sh"), "#!/bin/sh\necho\n").unwrap();
        assert!(look(&scene, interpreter, "./run.sh").is_none(), "nothing is wrong with it");
        assert!(
            look(&scene, command, "./gone.sh").unwrap().title.unwrap().contains("./gone.sh does not exist")
        );
    }

    #[test]
    #[cfg(unix)]
    fn only_a_file_of_the_projects_own_is_offered_to_be_made_executable() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("stack");
        fs::create_dir(&folder).unwrap();
        for file in ["stack/a script", "stack/run.sh", "foreign.sh"] {
            fs::write(outer.path().join(file), "").unwrap();
        }
        let scene = scene(&folder);
        let action = |command: &str| look(&scene, permission, command).unwrap().action;
        assert_eq!(action("./run.sh").as_deref(), Some("portolan run --there api -- chmod +x run.sh"));
        assert_eq!(action("a script").as_deref(), Some("portolan run --there api -- chmod +x 'a script'"));
        assert_eq!(action("../foreign.sh"), None);
        assert_eq!(action("../stack/run.sh"), None);
    }

    #[test]
    fn a_program_of_a_package_is_found_beside_it_or_asks_to_be_installed() {
        let folder = tempfile::tempdir().unwrap();
        let scene = scene(folder.path());
        assert_eq!(look(&scene, command, "vite").unwrap().title, None);
        fs::write(folder.path().join("package.json"), r#"{"devDependencies":{"vite":"^5"}}"#).unwrap();
        let draft = look(&scene, command, "vite").unwrap();
        assert_eq!(draft.action.unwrap(), "portolan run --there api -- npm install");
        fs::create_dir_all(folder.path().join("node_modules/.bin")).unwrap();
        fs::write(folder.path().join("node_modules/.bin/vite"), "").unwrap();
        let draft = look(&scene, command, "vite").unwrap();
        assert_eq!(draft.remedy.unwrap(), "write node_modules/.bin/vite, or npx vite");
    }
}
