//! Judges the tools that the commands of services need: virtual environments that lead nowhere, scripts and packages
//! that are not there, and versions that a project does not take.

use std::path::{Path, PathBuf};

use crate::stack::Finding;
use crate::survey::{
    Package, PackageManager, declared_in, in_path, not_installed as missing_of, packages_of, parse_version,
    python_of, required_python, requirement_files_of, satisfies, shebang, site_packages, text_of, venv_of,
    version_of,
};

use super::case::{Case, Member};
use super::diagnosis::Diagnosis;

pub(super) fn examine(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    for member in &case.members {
        let before = found.len();
        venv(case, member, found);
        if found.len() == before {
            script_interpreter(case, member, found);
            python_version(case, member, found);
            requirements(case, member, found);
        }
        if member.runs_node() {
            node(case, member, found);
        }
    }
}

fn interpreter(member: &Member<'_>) -> Option<PathBuf> {
    python_of(&member.spec.directory, member.command.as_deref()?)
}

/// A virtual environment whose Python was moved or upgraded away.
fn venv(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let Some(venv) = interpreter(member).and_then(|python| venv_of(&python)) else { return };
    let Some(lost) = &venv.lost else { return };
    let shown = case.shown(&venv.folder);
    let title = format!("the virtual environment {shown} of {} has lost its Python", member.name());
    let finding = Finding::new("venv-broken", title)
        .shown_by(format!("it leads to {}, which is not there", lost.display()))
        .at(shown.clone())
        .mended_by(
            format!("make it anew: python3 -m venv --clear {shown}, then install what it needs"),
            None,
        );
    found.push(Diagnosis::new(shown, finding));
}

/// A script of a virtual environment that names another place than it lies in now.
fn script_interpreter(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let words = member.words();
    let Some(program) = words.first().filter(|word| word.contains('/') && !word.contains('{')) else {
        return;
    };
    let script = member.spec.directory.join(program);
    let Some(named) = shebang(&script).filter(|named| named.is_absolute() && !named.exists()) else { return };
    let shown = case.shown(&script);
    let finding =
        Finding::new("wrong-interpreter", format!("{shown} names an interpreter that is not there"))
            .shown_by(format!("its first line names {}", named.display()))
            .shown_by(format!("the command of {} starts it", member.name()))
            .at(format!("{shown}:1"))
            .mended_by("install it anew, or start it through its interpreter: python -m …", None);
    found.push(Diagnosis::new(member.name().to_string(), finding));
}

fn python_version(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let Some(python) = interpreter(member) else { return };
    let files = requirement_files_of(&member.spec.directory);
    let Some(file) = files.iter().find(|file| file.ends_with("pyproject.toml")) else { return };
    let Some((asked, line)) = required_python(file) else { return };
    let Some(version) = version_of(&python) else { return };
    let Some(numbers) = parse_version(&version) else { return };
    if satisfies(&numbers, &asked) != Some(false) {
        return;
    }
    let place = case.place(file, line);
    let title = format!("{} runs on Python {version}, and asks for {asked}", member.name());
    let finding = Finding::new("python-version", title)
        .shown_by(format!("{place} asks for {asked}"))
        .shown_by(format!("{} is {version}", case.shown(&python)))
        .at(place)
        .mended_by("make its virtual environment with a Python that it takes", None);
    found.push(Diagnosis::new(member.name().to_string(), finding));
}

/// Requirements that the virtual environment of a service does not have. What is for development only, or for some
/// systems only, need not be there.
fn requirements(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let Some((python, venv)) =
        interpreter(member).and_then(|python| Some((python.clone(), venv_of(&python)?)))
    else {
        return;
    };
    let files = requirement_files_of(&member.spec.directory);
    let Some(file) = files.iter().find(|file| file.ends_with("requirements.txt")) else { return };
    let folders = site_packages(&venv.folder);
    let declared = declared_in(std::slice::from_ref(file));
    let asked = declared.requirements.iter().filter(|requirement| !requirement.conditional);
    let missing = missing_of(asked, &folders);
    // Without a folder of modules it cannot be looked into.
    let (Some(first), false, true) = (missing.first(), folders.is_empty(), member.spec.prepare.is_empty())
    else {
        return;
    };
    let shown = case.shown(&venv.folder);
    let title = match missing.len() {
        1 => format!("{} is declared for {}, and not installed in {shown}", first.name, member.name()),
        more => format!(
            "{} and {} more are declared for {}, and not installed in {shown}",
            first.name,
            more - 1,
            member.name()
        ),
    };
    let mut finding = Finding::new("not-installed", title).at(case.place(&first.file, first.line));
    for requirement in missing.iter().take(5) {
        let place = case.place(&requirement.file, requirement.line);
        finding =
            finding.shown_by(format!("{place} names {}, of which {shown} has nothing", requirement.name));
    }
    let there = |path: &Path| path.strip_prefix(&member.spec.directory).unwrap_or(path).display().to_string();
    let (python, listed) = (there(&python), there(file));
    let file = case.shown(file);
    let action = format!(
        "portolan run --there {} -- {} -m pip install -r {}",
        member.name(),
        shell_words::quote(&python),
        shell_words::quote(&listed)
    );
    let finding = finding.mended_by(format!("install {file} into {shown}"), Some(action));
    found.push(Diagnosis::new(member.name().to_string(), finding));
}

fn node(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let directory = &member.spec.directory;
    let Some(package) = Package::in_folder(directory) else { return };
    missing_script(case, member, &package, found);
    not_installed(case, member, &package, found);
    for (tool, asked) in &package.engines {
        let Some((version, source)) = tool_version(tool) else { continue };
        let Some(numbers) = parse_version(&version) else { continue };
        if satisfies(&numbers, asked) == Some(false) {
            let place = case.place(&package.file, package.line_of("engines"));
            let finding = Finding::new(
                "tool-version",
                format!("{} asks for {tool} {asked}, and {version} is here", member.name()),
            )
            // npm warns; whether it works is another matter.
            .warns()
            .shown_by(format!("{place} asks for {tool} {asked}"))
            .shown_by(format!("{} says {version}", source.display()))
            .at(place)
            .mended_by(format!("install a {tool} that it takes"), None);
            found.push(Diagnosis::new(tool.clone(), finding));
        }
    }
}

fn missing_script(case: &Case<'_>, member: &Member<'_>, package: &Package, found: &mut Vec<Diagnosis>) {
    let words = member.words();
    let [manager, run, script, ..] = words.as_slice() else { return };
    // npm alone knows for certain that `run NAME` is a script and nothing else.
    if !PackageManager::is_one(manager)
        || run != "run"
        || script.starts_with('-')
        || script.contains('{')
        || package.scripts.contains_key(script)
    {
        return;
    }
    if manager == "bun" && member.spec.directory.join(script).exists() {
        return;
    }
    let place = case.place(&package.file, package.line_of("scripts"));
    let known: Vec<&str> = package.scripts.keys().map(String::as_str).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let finding = Finding::new(
        "missing-script",
        format!("{} runs the script {script}, which is not there", member.name()),
    )
    .shown_by(format!("{} has these: {known}", case.shown(&package.file)))
    .at(place)
    .mended_by("name one of them in its command, or add it", None);
    found.push(Diagnosis::new(script.clone(), finding));
}

/// Packages that were never installed: nothing of them is there.
fn not_installed(case: &Case<'_>, member: &Member<'_>, package: &Package, found: &mut Vec<Diagnosis>) {
    let directory = &member.spec.directory;
    let is_there = directory.ancestors().any(|folder| folder.join("node_modules").is_dir())
        || packages_of(directory).iter().any(|package| {
            package
                .file
                .parent()
                .is_some_and(|folder| folder.join(".pnp.cjs").exists() || folder.join("deno.json").exists())
        });
    let first = member.words().first().cloned().unwrap_or_default();
    let needs_them = !package.dependencies.is_empty() && !matches!(first.as_str(), "deno" | "npx" | "bunx");
    if is_there || !needs_them || !member.spec.prepare.is_empty() {
        return;
    }
    let manager = PackageManager::of(directory, case.request.folder).name;
    let shown = case.shown(directory);
    let finding =
        Finding::new("not-installed", format!("the packages of {} are not installed", member.name()))
            .shown_by(format!("{} names {}", case.shown(&package.file), counted(package.dependencies.len())))
            .shown_by(format!("there is no node_modules in {shown} or above"))
            .at(case.shown(&package.file))
            .mended_by(
                format!("run `{manager} install` in {shown}"),
                Some(format!("portolan run --there {} -- {manager} install", member.name())),
            );
    found.push(Diagnosis::new(member.name().to_string(), finding));
}

fn counted(packages: usize) -> String {
    if packages == 1 { "one package".to_owned() } else { format!("{packages} packages") }
}

/// The version of a tool in the PATH, as its own files say it, and which.
fn tool_version(tool: &str) -> Option<(String, PathBuf)> {
    let real = in_path(tool)?.canonicalize().ok()?;
    match tool {
        "node" => {
            let header = real.parent()?.parent()?.join("include/node/node_version.h");
            let text = text_of(&header)?;
            let number = |name: &str| {
                let line = text
                    .lines()
                    .find_map(|line| line.strip_prefix(&format!("#define NODE_{name}_VERSION ")))?;
                line.trim().parse::<u64>().ok()
            };
            let version = format!("{}.{}.{}", number("MAJOR")?, number("MINOR")?, number("PATCH")?);
            Some((version, header))
        }
        "npm" | "pnpm" | "yarn" => {
            let file = real
                .ancestors()
                .skip(1)
                .take(4)
                .map(|folder| folder.join("package.json"))
                .find(|file| is_of(file, tool))?;
            let text = text_of(&file)?;
            let value: serde_json::Value = serde_json::from_str(&text).ok()?;
            Some((value.get("version")?.as_str()?.to_owned(), file))
        }
        _ => None,
    }
}

fn is_of(file: &Path, tool: &str) -> bool {
    text_of(file).and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok()).is_some_and(
        |value| value.get("name").and_then(|name| name.as_str()).is_some_and(|name| name == tool),
    )
}
