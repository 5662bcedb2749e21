//! What the judgement is made from: the stack, what its folders show, and what each service is given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::env::dotenv::EnvFiles;
use crate::env::{EnvInputs, EnvProblem, Shell, Stage, deciding, looks_secret};
use crate::stack::{
    CommandLine, EnvSource, Port, ProbeCheck, RunId, Runs, ServiceName, ServiceSpec, StackSpec,
};
use crate::survey::{
    EnvBinding, EnvFileText, FileFacts, Repository, Survey, Wanted, is_aside, is_placeholder, is_python,
    repository_of, shown,
};

use super::surroundings::Surroundings;

/// What doctor is asked to look at.
#[derive(Debug)]
pub struct Request<'a> {
    /// The folder of portolan.toml, as it really is.
    pub folder: &'a Path,
    /// What portolan.toml says; `None` where it is wrong.
    pub spec: Option<&'a StackSpec>,
    /// What is wrong with the environments of the services.
    pub env_problems: &'a [EnvProblem],
    /// The environment in which Portolan was started.
    pub shell: &'a Shell,
    /// What the user's machine shows besides.
    pub surroundings: &'a Surroundings,
}

/// The facts of one examination.
pub(super) struct Case<'a> {
    pub(super) request: &'a Request<'a>,
    pub(super) survey: &'a Survey,
    pub(super) repository: Option<Repository>,
    pub(super) members: Vec<Member<'a>>,
    /// The secrets that were looked for in all files: the phrase, its file, line and variable.
    pub(super) secrets: Vec<KnownSecret>,
    /// Where the last segments of health paths are among the phrases.
    pub(super) health_phrases: BTreeMap<String, usize>,
}

/// A secret of an environment file; the text of it is a phrase of the survey.
#[derive(Clone, Debug)]
pub(super) struct KnownSecret {
    pub(super) phrase: usize,
    pub(super) name: String,
    pub(super) file: PathBuf,
    pub(super) line: u32,
}

/// A service that is a process or part of Portolan, with the files that are its own.
pub(super) struct Member<'a> {
    pub(super) spec: &'a ServiceSpec,
    /// Its command as one text; `None` for an embedded one.
    pub(super) command: Option<String>,
    /// Code and other files below its folder, without tests and without what is another service's.
    pub(super) files: Vec<&'a FileFacts>,
    /// The variables that it gets, with what decides each.
    pub(super) given: BTreeMap<String, EnvSource>,
    /// The variables in environment files that its own code may read: of its folder and those above.
    pub(super) nearby: BTreeSet<String>,
}

/// What is to be looked for, and what it means.
pub(super) fn wanted(
    request: &Request<'_>,
    files: &[EnvFileText],
    secrets: &mut Vec<KnownSecret>,
    health: &mut BTreeMap<String, usize>,
) -> Wanted {
    let mut phrases: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| !file.is_template) {
        for binding in file.bindings.iter().filter(|binding| is_long_secret(binding)) {
            let phrase = phrases.iter().position(|known| *known == binding.value).unwrap_or_else(|| {
                phrases.push(binding.value.clone());
                phrases.len() - 1
            });
            let (name, file) = (binding.name.clone(), file.path.clone());
            secrets.push(KnownSecret { phrase, name, file, line: binding.line });
        }
    }
    for segment in request.spec.iter().flat_map(|spec| &spec.services).filter_map(last_segment) {
        if !health.contains_key(&segment) {
            health.insert(segment.clone(), phrases.len());
            phrases.push(segment);
        }
    }
    Wanted { phrases }
}

/// Whether a binding holds a secret that stands nowhere else by chance.
fn is_long_secret(binding: &EnvBinding) -> bool {
    let value = &binding.value;
    let mixed = value.bytes().any(|b| b.is_ascii_digit()) && value.bytes().any(|b| b.is_ascii_alphabetic());
    looks_secret(&binding.name)
        && value.len() >= 16
        && mixed
        && !value.contains(['\n', ' '])
        && !is_placeholder(value)
}

/// The last segment of the path that a service's health is asked at.
pub(super) fn last_segment(service: &ServiceSpec) -> Option<String> {
    let path = health_path(service)?;
    let segment = path.split(['?', '#']).next()?.trim_end_matches('/').rsplit('/').next()?.to_owned();
    (!segment.is_empty()).then_some(segment)
}

/// The path that a service's health is asked at, if it is over HTTP.
pub(super) fn health_path(service: &ServiceSpec) -> Option<&str> {
    match &service.health.as_ref()?.check {
        ProbeCheck::Http(check) => Some(check.path.as_str()).filter(|path| path.starts_with('/')),
        ProbeCheck::Listening | ProbeCheck::Tcp | ProbeCheck::Exec(_) | ProbeCheck::Log(_) => None,
    }
}

/// The folder to look at: that of portolan.toml, or the one that holds it and the folders of all services, if that
/// lies in the same repository.
pub(super) fn survey_root(request: &Request<'_>) -> PathBuf {
    let folder = request.folder.to_owned();
    let outside = |directory: &PathBuf| !directory.starts_with(&folder);
    let services = request.spec.iter().flat_map(|spec| &spec.services);
    let elsewhere: Vec<&PathBuf> =
        services.map(|service| &service.directory).filter(|d| outside(d)).collect();
    if elsewhere.is_empty() {
        return folder;
    }
    let common =
        folder.ancestors().find(|above| elsewhere.iter().all(|directory| directory.starts_with(above)));
    match (common, repository_of(&folder)) {
        (Some(common), Some(repository)) if common.starts_with(repository) => common.to_owned(),
        _ => folder,
    }
}

impl<'a> Case<'a> {
    pub(super) fn new(
        request: &'a Request<'a>,
        survey: &'a Survey,
        secrets: Vec<KnownSecret>,
        health_phrases: BTreeMap<String, usize>,
    ) -> Self {
        let repository = Repository::around(&survey.root);
        let members = request.spec.map(|spec| members(request, spec, survey)).unwrap_or_default();
        Self { request, survey, repository, members, secrets, health_phrases }
    }

    /// A path as it is shown.
    pub(super) fn shown(&self, path: &Path) -> String {
        let text = shown(path, self.request.folder);
        if text.is_empty() { ".".to_owned() } else { text }
    }

    /// A line of a file as it is shown.
    pub(super) fn place(&self, path: &Path, line: u32) -> String {
        format!("{}:{line}", self.shown(path))
    }

    /// portolan.toml.
    pub(super) fn stack_file(&self) -> PathBuf {
        self.request.folder.join("portolan.toml")
    }

    /// Where a service is defined.
    pub(super) fn origin(&self, service: &ServiceSpec) -> String {
        self.place(&service.origin.file, service.origin.line)
    }
}

impl Member<'_> {
    pub(super) fn name(&self) -> &ServiceName {
        &self.spec.name
    }

    /// The words of its command.
    pub(super) fn words(&self) -> Vec<String> {
        self.command.as_deref().and_then(|text| shell_words::split(text).ok()).unwrap_or_default()
    }

    /// Whether its command runs Python.
    pub(super) fn runs_python(&self) -> bool {
        const TOOLS: &[&str] = &[
            "uvicorn",
            "gunicorn",
            "hypercorn",
            "daphne",
            "flask",
            "fastapi",
            "celery",
            "django-admin",
            "poetry",
            "uv",
            "pdm",
            "hatch",
            "pipenv",
            "rq",
            "dramatiq",
            "streamlit",
            "litestar",
            "pipx",
            "arq",
            "granian",
        ];
        self.runs(|name| is_python(name) || TOOLS.contains(&name) || name.ends_with(".py"))
    }

    /// Whether its command runs Node or a tool of its world.
    pub(super) fn runs_node(&self) -> bool {
        const TOOLS: &[&str] = &[
            "node", "npm", "npx", "pnpm", "yarn", "bun", "bunx", "vite", "next", "nuxt", "tsx", "ts-node",
            "nodemon", "astro", "remix", "deno",
        ];
        self.runs(|name| TOOLS.contains(&name))
    }

    fn runs(&self, is_it: impl Fn(&str) -> bool) -> bool {
        let words = self.words();
        words
            .iter()
            .any(|word| Path::new(word).file_name().and_then(|name| name.to_str()).is_some_and(&is_it))
    }

    /// Whether the port is one that the service may be on.
    pub(super) fn has_port(&self, port: u16) -> bool {
        has_port(self.spec, port)
    }
}

/// Whether the port is one that the service prefers or may take.
pub(super) fn has_port(service: &ServiceSpec, port: u16) -> bool {
    let (Some(port), Some(spec)) = (Port::new(port), &service.port) else { return false };
    spec.prefer == Some(port) || spec.range.is_some_and(|range| range.contains(port))
}

fn members<'a>(request: &Request<'_>, spec: &'a StackSpec, survey: &'a Survey) -> Vec<Member<'a>> {
    let services = spec.services.iter().filter(|service| !service.disabled);
    let all = services.filter_map(|service| {
        let command = match &service.runs {
            Runs::Command(CommandLine::Words(words)) => Some(shell_words::join(words)),
            Runs::Command(CommandLine::Shell(text)) => Some(text.clone()),
            Runs::Embedded(_) => None,
            Runs::Shared { .. } => return None,
        };
        let others: Vec<&Path> = spec
            .services
            .iter()
            .map(|other| other.directory.as_path())
            .filter(|other| *other != service.directory && other.starts_with(&service.directory))
            .collect();
        let own = |file: &&FileFacts| {
            file.path.starts_with(&service.directory)
                && !others.iter().any(|other| file.path.starts_with(other))
                && !is_aside(&shown(&file.path, &service.directory))
        };
        let files = match &service.runs {
            Runs::Embedded(_) => Vec::new(),
            Runs::Command(_) | Runs::Shared { .. } => survey.files.iter().filter(own).collect(),
        };
        let given = given(request, spec, service);
        let nearby = survey
            .env_files
            .iter()
            .filter(|file| !file.is_template)
            .filter(|file| file.path.parent().is_some_and(|folder| service.directory.starts_with(folder)))
            .flat_map(|file| file.bindings.iter().map(|binding| binding.name.clone()))
            .collect();
        Some(Member { spec: service, command, files, given, nearby })
    });
    all.collect()
}

/// What decides each variable of a service, with no service running.
fn given(request: &Request<'_>, spec: &StackSpec, service: &ServiceSpec) -> BTreeMap<String, EnvSource> {
    let files = spec.env_files.iter().chain(&service.env_files);
    let generated = spec.env_rules.iter().filter(|(_, rule)| rule.generate.is_some());
    deciding(&EnvInputs {
        stack: spec,
        service,
        files: &EnvFiles::load(files.map(|file| file.path.as_path())),
        shell: request.shell,
        set: &[],
        // What they are makes no difference to what decides.
        generated: &generated.map(|(name, _)| (name.clone(), String::new())).collect(),
        port: None,
        addresses: &|_| None,
        records: &request.surroundings.records,
        run: &RunId::from_bits(0),
        stage: Stage::BeforeStart,
    })
}
