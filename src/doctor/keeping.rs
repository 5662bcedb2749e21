//! Judges what git keeps: environment files that it tracks or would add, and secrets that stand in files it tracks.

use std::path::Path;

use crate::stack::Finding;
use crate::survey::{FileFacts, Repository};

use super::case::Case;
use super::diagnosis::Diagnosis;
use super::env_files::secrets_of;
use super::fix::Fix;

/// How the names begin that tools build into what a browser loads.
const PUBLIC: &[&str] = &["NEXT_PUBLIC_", "VITE_", "PUBLIC_", "REACT_APP_"];

pub(super) fn examine(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    let Some(repository) = &case.repository else { return };
    for file in case.survey.env_files.iter().filter(|file| !file.is_template) {
        let (shown, secrets) = (case.shown(&file.path), secrets_of(file));
        if repository.tracked.contains(&file.path) {
            let mut finding = Finding::new("env-tracked", format!("git tracks {shown}"))
                .shown_by(format!("git ls-files names {shown}"))
                .at(shown.clone())
                .mended_by(format!("git rm --cached {shown}, and change what was secret in it"), None);
            let is_public = |name: &str| PUBLIC.iter().any(|start| name.starts_with(start));
            // What ends up in every browser may as well stand in the repository.
            if secrets.is_empty()
                && !file.bindings.is_empty()
                && file.bindings.iter().all(|binding| is_public(&binding.name))
            {
                continue;
            }
            match secrets.is_empty() {
                true => finding = finding.warns(),
                false => finding = finding.shown_by(format!("it holds {}", secrets.join(", "))),
            }
            found.push(Diagnosis::new(shown, finding));
        } else if !repository.ignores(&file.path, false) {
            let name =
                file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let finding = Finding::new("env-not-ignored", format!("git would add {shown}"))
                .warns()
                .shown_by(format!("no .gitignore has a rule for {shown}"))
                .at(shown.clone())
                .mended_by(format!("add {name} to .gitignore"), None);
            let fix = Fix::Ignore { file: ignore_file(case, repository), pattern: name };
            found.push(Diagnosis::new(shown, finding).fixed_by([fix]));
        }
    }
    records(case, repository, found);
    secrets(case, repository, found);
}

/// The rule that keeps a file which is not there yet out of git, if none does.
pub(super) fn ignore_new(case: &Case<'_>, file: &Path) -> Option<Fix> {
    let repository = case.repository.as_ref()?;
    if file.exists() || !file.starts_with(&repository.root) || repository.ignores(file, false) {
        return None;
    }
    let pattern = file.file_name()?.to_string_lossy().into_owned();
    Some(Fix::Ignore { file: ignore_file(case, repository), pattern })
}

/// Where rules for the whole stack belong: its own .gitignore, else the repository's, else one of its own.
fn ignore_file(case: &Case<'_>, repository: &Repository) -> std::path::PathBuf {
    let own = case.request.folder.join(".gitignore");
    let of_all = repository.root.join(".gitignore");
    if !own.exists() && of_all.exists() { of_all } else { own }
}

fn records(case: &Case<'_>, repository: &Repository, found: &mut Vec<Diagnosis>) {
    let folder = case.request.folder.join(".service_discovery");
    let has_ports = case.members.iter().any(|member| member.spec.port.is_some());
    if !has_ports || repository.ignores(&folder, true) {
        return;
    }
    let finding = Finding::new("records-not-ignored", "git would add the discovery records")
        .warns()
        .shown_by("no .gitignore has a rule for .service_discovery, where Portolan writes them".to_owned())
        .at(".gitignore")
        .mended_by("add .service_discovery/ to .gitignore", None);
    let fix = Fix::Ignore { file: ignore_file(case, repository), pattern: ".service_discovery/".to_owned() };
    found.push(Diagnosis::new(".service_discovery", finding).fixed_by([fix]));
}

/// The values of secrets, found elsewhere.
fn secrets(case: &Case<'_>, repository: &Repository, found: &mut Vec<Diagnosis>) {
    let is_env =
        |path: &Path| case.survey.env_files.iter().any(|file| file.path == path && !file.is_template);
    let tracked: Vec<&FileFacts> = case
        .survey
        .files
        .iter()
        .filter(|file| {
            !file.phrases.is_empty() && repository.tracked.contains(&file.path) && !is_env(&file.path)
        })
        .collect();
    for secret in &case.secrets {
        for file in &tracked {
            let Some((_, line)) = file.phrases.iter().find(|(phrase, _)| *phrase == secret.phrase) else {
                continue;
            };
            let place = case.place(&file.path, *line);
            let finding = Finding::new(
                "secret-in-git",
                format!("the value of {} stands in a file that git tracks", secret.name),
            )
            .shown_by(format!("{place} holds the value that {} gives", case.place(&secret.file, secret.line)))
            .at(place)
            .mended_by("take it out there, and use another value: the old one stays in the history", None);
            found.push(Diagnosis::new(secret.name.clone(), finding));
        }
    }
}
