//! Judges what code imports against what its project declares: Python modules and Node packages.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::stack::Finding;
use crate::survey::{
    Declared, FileFacts, Import, Language, Package, Provides, Requirement, Survey, aliases_of, declared_in,
    distribution_of, is_provided, is_requirement_file, locked_names, packages_of, python_of,
    requirement_files_of, site_packages, text_of, venv_of,
};

use super::case::{Case, Member};
use super::diagnosis::Diagnosis;
use super::fix::{Fix, is_compiled};

pub(super) fn examine(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    let local = LocalModules::of(case.survey);
    for member in &case.members {
        if member.runs_python() {
            python(case, member, &local, found);
        }
        if member.runs_node() {
            node(case, member, found);
        }
    }
}

/// The modules that the project itself has, with the folders in which they lie.
struct LocalModules<'a>(HashMap<&'a str, BTreeSet<&'a Path>>);

impl<'a> LocalModules<'a> {
    fn of(survey: &'a Survey) -> Self {
        let mut modules: HashMap<&str, BTreeSet<&Path>> = HashMap::new();
        for file in survey.files.iter().filter(|file| file.language == Some(Language::Python)) {
            let folder = file.path.parent().unwrap_or(Path::new(""));
            if let Some(stem) = file.path.file_stem().and_then(|stem| stem.to_str()) {
                modules.entry(stem).or_default().insert(folder);
            }
            for package in folder
                .ancestors()
                .take_while(|above| above.starts_with(&survey.root) && *above != survey.root)
            {
                let (Some(name), Some(above)) =
                    (package.file_name().and_then(|n| n.to_str()), package.parent())
                else {
                    continue;
                };
                modules.entry(name).or_default().insert(above);
            }
        }
        Self(modules)
    }

    /// Whether `file` may mean one of them: one beside it or above it. A name that is no well-known distribution's may
    /// also lie elsewhere, and be reached by whatever sets the path.
    fn has(&self, module: &str, file: &Path) -> bool {
        let Some(folders) = self.0.get(module) else { return false };
        let mut above = file.ancestors().skip(1);
        let near = above.any(|folder| {
            folders.contains(folder)
                || ["src", "lib", "app"].iter().any(|name| folders.contains(folder.join(name).as_path()))
        });
        near || distribution_of(module) == crate::survey::normalised(module)
    }
}

fn python(case: &Case<'_>, member: &Member<'_>, local: &LocalModules<'_>, found: &mut Vec<Diagnosis>) {
    let directory = &member.spec.directory;
    let files = requirement_files_of(directory);
    if files.is_empty() {
        return;
    }
    let mut nearest: HashMap<PathBuf, Vec<PathBuf>> = HashMap::new();
    let mut is_judged = |file: &FileFacts| {
        let folder = file.path.parent().unwrap_or(directory).to_owned();
        file.language == Some(Language::Python)
            && *nearest.entry(folder.clone()).or_insert_with(|| requirement_files_of(&folder)) == files
    };
    let code: Vec<&FileFacts> = member.files.iter().copied().filter(|file| is_judged(file)).collect();
    let imports = first_imports(&code, |import, file| !local.has(&import.module, &file.path));
    if imports.is_empty() {
        return;
    }
    let declared = declared_in(&files);
    let locked = locked_names(&files);
    let all: BTreeSet<String> = imports.iter().map(|(import, _)| import.module.clone()).collect();
    let command = member.command.as_deref().unwrap_or_default();
    let venv = python_of(directory, command).and_then(|python| venv_of(&python));
    let installed = venv.as_ref().map(|venv| site_packages(&venv.folder)).unwrap_or_default();
    for (import, file) in imports {
        let provides = is_provided(&import.module, &declared, &installed, &locked, &all);
        if provides != Provides::Yes {
            found.push(missing_module(case, member, import, file, &files, &declared, provides));
        }
    }
}

/// Each import that is kept, where it is first imported; one that happens at the start rather than a late one.
fn first_imports<'f>(
    code: &[&'f FileFacts],
    keep: impl Fn(&Import, &FileFacts) -> bool,
) -> Vec<(&'f Import, &'f FileFacts)> {
    let mut first: Vec<(&Import, &FileFacts)> = Vec::new();
    for file in code {
        for import in file.imports.iter().filter(|import| keep(import, file)) {
            match first.iter_mut().find(|(known, _)| known.module == import.module) {
                Some(known) if known.0.lazy && !import.lazy => *known = (import, file),
                Some(_) => {}
                None => first.push((import, file)),
            }
        }
    }
    first
}

fn missing_module(
    case: &Case<'_>,
    member: &Member<'_>,
    import: &Import,
    file: &FileFacts,
    files: &[PathBuf],
    declared: &Declared,
    provides: Provides,
) -> Diagnosis {
    let (module, name) = (&import.module, member.name());
    let distribution = distribution_of(module);
    let place = case.place(&file.path, import.line);
    let listed: Vec<String> = files.iter().map(|file| case.shown(file)).collect();
    let listed = listed.join(" and ");
    let mut finding =
        Finding::new("missing-module", format!("{name} imports {module}, which {listed} does not name"))
            .shown_by(format!("{place} imports {module}, of the distribution {distribution}"))
            .at(place);
    let elsewhere: Vec<Requirement> = declared_elsewhere(case.survey, &distribution, declared);
    for other in &elsewhere {
        let place = case.place(&other.file, other.line);
        finding = finding.shown_by(format!("{place} names it: {}{}", other.name, other.specifier));
    }
    if provides == Provides::OnlyInstalled {
        finding = finding.shown_by("it is installed here, which a fresh set-up would not do");
    }
    if provides == Provides::OnlyInstalled || import.lazy {
        finding = finding.warns();
    }
    let pinned = elsewhere
        .iter()
        .map(|other| other.specifier.as_str())
        .find(|text| text.starts_with(['=', '<', '>', '~', '!']));
    let requirement = format!("{distribution}{}", pinned.unwrap_or_default());
    let target = target_of(files);
    let place = target.map_or(listed, |file| case.shown(file));
    let compiled = target.filter(|file| text_of(file).is_some_and(|text| is_compiled(&text)));
    let remedy = match compiled {
        Some(file) => {
            let source = case.shown(&file.with_extension("in"));
            format!("add {requirement} to what {place} is made from, {source}, make it anew, and install it")
        }
        None => format!("add {requirement} to {place}, and install it"),
    };
    let finding = finding.mended_by(remedy, None);
    let fix = target
        .filter(|_| compiled.is_none())
        .map(|file| Fix::AddRequirement { file: file.clone(), requirement });
    Diagnosis::new(module.clone(), finding).fixed_by(fix)
}

/// The file to which a requirement is added: requirements.txt, else pyproject.toml.
fn target_of(files: &[PathBuf]) -> Option<&PathBuf> {
    let named = |name: &str| files.iter().find(|file| file.file_name().is_some_and(|own| own == name));
    let main = || {
        files
            .iter()
            .find(|file| file.ends_with("requirements/base.txt") || file.ends_with("requirements/main.txt"))
    };
    named("requirements.txt").or_else(|| named("pyproject.toml")).or_else(main)
}

fn declared_elsewhere(survey: &Survey, distribution: &str, own: &Declared) -> Vec<Requirement> {
    let files: Vec<PathBuf> = survey
        .files
        .iter()
        .map(|file| &file.path)
        .filter(|path| is_requirement_file(path) && !own.files.contains(*path))
        .cloned()
        .collect();
    declared_in(&files).requirements.into_iter().filter(|other| other.name == distribution).collect()
}

fn node(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let directory = &member.spec.directory;
    let packages = packages_of(directory);
    let Some(own) = packages.first() else { return };
    if own.mentions("\"imports\"") && own.mentions("\"#") && packages.is_empty() {
        return;
    }
    let aliases = aliases_of(directory);
    let workspace: BTreeSet<String> = case
        .survey
        .files
        .iter()
        .filter(|file| file.path.file_name().is_some_and(|name| name == "package.json"))
        .filter_map(|file| Package::in_folder(file.path.parent()?)?.name)
        .collect();
    let is_declared = |module: &str| {
        packages.iter().any(|package| {
            package.dependencies.contains_key(module)
                // The types of a package are as good: what is imported may be types only.
                || package.dependencies.contains_key(&format!("@types/{}", module.trim_start_matches('@').replace('/', "__")))
        })
    };
    let nearest_is_own = |file: &FileFacts| {
        let folder = file.path.parent().unwrap_or(directory);
        let nearest = folder.ancestors().find(|folder| folder.join("package.json").exists());
        nearest == own.file.parent()
    };
    let code: Vec<&FileFacts> = member
        .files
        .iter()
        .copied()
        .filter(|file| file.language == Some(Language::Script) && nearest_is_own(file))
        .collect();
    let is_alias = |module: &str| {
        let first = module.split('/').next().unwrap_or(module);
        aliases.contains(module)
            || aliases.contains(first)
            || directory.join(first).is_dir()
            || directory.join("src").join(first).exists()
    };
    let imports = first_imports(&code, |import, _| {
        let is_marker =
            matches!(import.module.as_str(), "server-only" | "client-only") && is_declared("next");
        !is_marker
            && !is_declared(&import.module)
            && !workspace.contains(&import.module)
            && !is_alias(&import.module)
    });
    for (import, file) in imports {
        let module = &import.module;
        let installed = directory.ancestors().any(|folder| folder.join("node_modules").join(module).is_dir());
        let place = case.place(&file.path, import.line);
        let listed = case.shown(&own.file);
        let mut finding = Finding::new(
            "missing-package",
            format!("{} imports {module}, which {listed} does not name", member.name()),
        )
        .shown_by(format!("{place} imports {module}"))
        .at(place);
        let elsewhere = case
            .survey
            .files
            .iter()
            .filter(|file| file.path.file_name().is_some_and(|name| name == "package.json"));
        let mut version = None;
        for other in elsewhere.filter_map(|file| Package::in_folder(file.path.parent()?)) {
            if let Some(asked) = other.dependencies.get(module) {
                let place = case.place(&other.file, other.line_of(module));
                finding = finding.shown_by(format!("{place} names it: {asked}"));
                version = version.or(Some(asked.clone()).filter(|asked| !asked.starts_with("workspace:")));
            }
        }
        if installed {
            finding = finding.shown_by("it is installed here, which a fresh set-up would not do");
        }
        if installed || import.lazy {
            finding = finding.warns();
        }
        let version = version.unwrap_or_else(|| "*".to_owned());
        let finding = finding.mended_by(format!("add {module} to {listed}, and install it"), None);
        let fix = Fix::AddPackage { file: own.file.clone(), name: module.clone(), version };
        found.push(Diagnosis::new(module.clone(), finding).fixed_by([fix]));
    }
}
