//! One file a topic, and what they share: a sample copied into a project of its own, drafted, started, stopped.

mod calls;
mod compose;
mod guesses;
mod imports;
mod inits;
mod links;
mod misled;

use std::fs;
use std::path::{Path, PathBuf};

use portolan::config::{self, LoadRequest};

use crate::support::{Done, Project, marked_processes, until};

/// A copy of `tests/drafts/NAME`, with the programs that it links to.
pub(crate) fn sample(name: &str) -> Project {
    let project = Project::empty();
    copy(&samples().join(name), project.folder());
    project
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drafts")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(path, copied).unwrap();
        }
    }
}

/// The portolan.toml and what was said beside it, held against its snapshot.
pub(crate) fn hold(name: &str, project: &Project, said: &Done) {
    let text = format!("{}\n---\n{}", project.read("portolan.toml"), said.all());
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(samples().join("snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name.replace('/', "_"), text));
}

/// Brings it up, waits until all is well, looks, and takes it down.
pub(crate) fn starts(project: &Project, look: impl Fn(&Project)) {
    let toml = project.read("portolan.toml");
    let missing =
        ["python3", "node", "npm"].into_iter().find(|program| toml.contains(program) && !on_path(program));
    if let Some(program) = missing {
        eprintln!("SKIPPED: the sample was drafted, but not started: there is no {program}");
        return;
    }
    let up = project.run(&["up", "--detach"]);
    assert_eq!(up.code, 0, "{up:?}\n{}", project.run(&["logs"]).all());
    project.ok(&["wait", "--timeout", "30s"]);
    look(project);
    project.ok(&["down"]);
    // `down` has its answer a moment before the daemon has ended.
    until("nothing lives", || marked_processes(&project.mark()).is_empty().then_some(()));
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Loads what was written, which must raise no problem.
pub(crate) fn loads(project: &Project) -> config::Loaded {
    config::load(&LoadRequest { file: project.path("portolan.toml"), ..LoadRequest::default() })
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}
