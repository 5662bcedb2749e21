//! Judges variables: read and not set, set and not read, set for another service only, breaking the stack's rules,
//! and secrets that differ between services.

use std::collections::{BTreeMap, BTreeSet};

use crate::env::{EnvProblem, Place, looks_secret};
use crate::stack::{Finding, Runs};
use crate::survey::{Definition, DefinitionKind, EnvRead, FileFacts, Without};

use super::case::{Case, Member};
use super::diagnosis::Diagnosis;
use super::fix::Fix;
use super::keeping;

/// Variables that the system, a shell, a tool or a library reads or sets by itself, by their beginnings.
const FOREIGN: &[&str] = &[
    "ALEMBIC_",
    "ALLOWED_",
    "ANTHROPIC_",
    "APPDATA",
    "ASPNETCORE_",
    "AUTH_SECRET",
    "AUTH_TRUST",
    "AWS_",
    "AZURE_",
    "BETTER_AUTH_",
    "BROWSER",
    "BUN_",
    "CARGO",
    "CELERY_",
    "CI",
    "CLERK_",
    "COLOR",
    "COLUMNS",
    "COMPOSE_",
    "CUDA_",
    "DATADOG_",
    "DD_",
    "DEBUG",
    "DENO_",
    "DJANGO_",
    "DOCKER_",
    "DYNO",
    "EDITOR",
    "EMAIL_",
    "FASTAPI_",
    "FLASK_",
    "FLY_",
    "FORCE_COLOR",
    "GCP_",
    "GH_",
    "GITHUB_",
    "GITLAB_",
    "GO",
    "GOOGLE_",
    "GROQ_",
    "GUNICORN_",
    "HEROKU_",
    "HF_",
    "HOME",
    "HOST",
    "HTTP_",
    "HTTPS_",
    "HYPERCORN_",
    "INIT_CWD",
    "JAVA_",
    "K_",
    "KUBERNETES_",
    "LANG",
    "LC_",
    "LD_",
    "LINES",
    "LOCALAPPDATA",
    "LOGNAME",
    "MAIL",
    "MONGO_",
    "MYSQL_",
    "NETLIFY",
    "NEXTAUTH_",
    "NEXT_RUNTIME",
    "NEXT_TELEMETRY",
    "NEXT_PHASE",
    "NITRO_",
    "NODE_",
    "NO_COLOR",
    "NO_PROXY",
    "NPM_",
    "NUXT_",
    "OPENAI_",
    "OTEL_",
    "PATH",
    "PGDATABASE",
    "PGHOST",
    "PGPASSWORD",
    "PGPORT",
    "PGUSER",
    "PIP_",
    "POETRY_",
    "PORT",
    "PORTOLAN_",
    "POSTGRES_",
    "PRISMA_",
    "PWD",
    "PYTEST_",
    "PYTHON",
    "RABBITMQ_",
    "RAILWAY_",
    "REACT_APP_",
    "REDIS_",
    "RENDER",
    "RUST",
    "SENTRY_",
    "SERVICE_DISCOVERY",
    "SHELL",
    "SHLVL",
    "SSH_",
    "SSL_",
    "STRIPE_",
    "SUPABASE_",
    "SYSTEMD_",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TOKENIZERS_",
    "TRANSFORMERS_",
    "TZ",
    "USER",
    "USERPROFILE",
    "UV_",
    "UVICORN_",
    "VERCEL",
    "VIRTUAL_ENV",
    "VITE_USER",
    "VSCODE",
    "WEB_CONCURRENCY",
    "WERKZEUG_",
    "XDG_",
    "YARN_",
    "http_proxy",
    "https_proxy",
    "npm_",
    "no_proxy",
];

pub(super) fn examine(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    for problem in case.request.env_problems {
        found.push(of_rule(case, problem));
    }
    for member in &case.members {
        unset(case, member, found);
    }
    unused(case, found);
    differing_secrets(case, found);
}

/// What a rule of `[env.NAME]` says.
fn of_rule(case: &Case<'_>, problem: &EnvProblem) -> Diagnosis {
    let services: Vec<&str> = problem.services.iter().map(|name| name.as_str()).collect();
    let subject = problem.variable.clone().unwrap_or_else(|| problem.place.to_string());
    let (reason, rest) = problem.reason.split_once("; ").unwrap_or((problem.reason.as_str(), ""));
    let title = match &problem.variable {
        Some(variable) => format!("{variable} {reason}"),
        None => format!("the environment of {} cannot be made: {reason}", services.join(", ")),
    };
    let place = match &problem.place {
        Place::File { path, line: Some(line) } => Some(case.place(path, *line)),
        Place::File { path, line: None } => Some(case.shown(path)),
        Place::Toml(origin) => Some(case.place(&origin.file, origin.line)),
        Place::Shell | Place::Set | Place::Generated | Place::Automatic => None,
    };
    let fix = secret_fix(case, problem);
    let ignored = fix.as_ref().and_then(|fix| keeping::ignore_new(case, fix.file()));
    let rule = if fix.is_some() { "secret-missing" } else { "env-rule" };
    let mut finding = Finding::new(rule, title).shown_by(format!("needed by {}", services.join(", ")));
    if !rest.is_empty() {
        finding = finding.shown_by(rest);
    }
    if let Some(place) = place {
        finding = finding.shown_by(format!("{place} says so")).at(place);
    }
    for definition in definitions_of(case, &subject).filter(|d| d.kind == DefinitionKind::EnvFile) {
        let empty = if definition.is_placeholder { " to nothing" } else { "" };
        finding =
            finding.shown_by(format!("{} sets it{empty}", case.place(&definition.file, definition.line)));
    }
    let remedy = match &fix {
        Some(Fix::SetSecret { file, name }) => format!("put a random {name} into {}", case.shown(file)),
        Some(_) | None => problem.remedy.clone(),
    };
    Diagnosis::new(subject, finding.mended_by(remedy, None)).fixed_by(ignored.into_iter().chain(fix))
}

/// A secret that is not there, or not one yet, can be made: where it stands already, else in the first file that all
/// services read.
fn secret_fix(case: &Case<'_>, problem: &EnvProblem) -> Option<Fix> {
    let name = problem.variable.as_deref()?;
    let spec = case.request.spec?;
    let rule = spec.env_rules.get(name)?;
    let is_secret = rule.secret || looks_secret(name);
    if !is_secret || rule.format.is_some() || rule.min_length.is_some_and(|least| least > 64) {
        return None;
    }
    let file = match &problem.place {
        // Too short, or empty.
        Place::File { path, line: Some(_) } => path.to_path_buf(),
        Place::Toml(origin) if *origin == rule.origin => spec.env_files.first()?.path.clone(),
        Place::File { .. }
        | Place::Toml(_)
        | Place::Shell
        | Place::Set
        | Place::Generated
        | Place::Automatic => {
            return None;
        }
    };
    // What git tracks goes to everybody with the next commit.
    let is_tracked = case.repository.as_ref().is_some_and(|repository| {
        repository.tracked.contains(&file)
            || file.canonicalize().is_ok_and(|real| repository.tracked.contains(&real))
    });
    (!is_tracked).then(|| Fix::SetSecret { file, name: name.to_owned() })
}

fn definitions_of<'c>(case: &'c Case<'_>, variable: &str) -> impl Iterator<Item = &'c Definition> {
    let variable = variable.to_owned();
    case.survey.definitions().filter(move |definition| definition.variable == variable)
}

fn unset(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let mut seen = BTreeSet::new();
    let texts = inline_texts(member);
    // Which of the files in a folder a service loads is not known where several services share it.
    let shares = case.members.iter().any(|other| {
        other.name() != member.name()
            && other.command.is_some()
            && other.spec.directory == member.spec.directory
    });
    let reads = member.files.iter().flat_map(|file| file.reads.iter().map(move |read| (*file, read)));
    let mut reads: Vec<(&FileFacts, &EnvRead)> = reads.collect();
    // What fails says more than what goes on.
    reads.sort_by_key(|(_, read)| read.without != Without::Fails);
    for (file, read) in reads {
        let name = &read.name;
        let is_set = member.given.contains_key(name)
            || member.nearby.contains(name)
            || member.given.keys().chain(&member.nearby).any(|other| read.has_part(other));
        // A library that may find its key elsewhere is one thing, code that dies without it another.
        let dies = read.without == Without::Fails && read.at_start && looks_secret(name);
        let is_known = is_foreign(name) && !dies && !definitions_elsewhere(case, member, name).any(|_| true);
        let is_ruled =
            case.request.env_problems.iter().any(|problem| problem.variable.as_ref() == Some(name));
        let is_inline = texts.iter().any(|text| text.contains(&format!("{name}=")));
        if is_set || is_known || is_ruled || is_inline || !seen.insert(name.clone()) {
            continue;
        }
        let has_default = reads_of(member, name)
            .any(|read| matches!(&read.without, Without::Default(text) if !text.is_empty()));
        if has_default {
            continue;
        }
        let elsewhere: Vec<&Definition> = definitions_elsewhere(case, member, name).collect();
        let severe = read.without == Without::Fails && read.at_start && !shares;
        let asked = match &read.without {
            Without::Fails | Without::HasNothing => true,
            // An empty secret is none.
            Without::Default(text) => text.is_empty() && looks_secret(name),
            Without::Copes => false,
        };
        if !asked {
            continue;
        }
        if !elsewhere.is_empty() {
            let severe = severe || (looks_secret(name) && !shares);
            found.push(elsewhere_only(case, member, file, read, &elsewhere, severe));
        } else if read.without == Without::Fails || is_expected(case, name) {
            found.push(set_nowhere(case, member, file, read, severe));
        }
    }
}

/// The texts in which a variable may be set on the spot.
fn inline_texts(member: &Member<'_>) -> Vec<String> {
    let package = member.spec.directory.join("package.json");
    let prepare = member.spec.prepare.iter().map(|command| command.to_string());
    member.command.iter().cloned().chain(prepare).chain(crate::survey::text_of(&package)).collect()
}

fn reads_of<'m>(member: &'m Member<'_>, name: &str) -> impl Iterator<Item = &'m EnvRead> {
    let name = name.to_owned();
    member.files.iter().flat_map(|file| &file.reads).filter(move |read| read.name == name)
}

fn is_foreign(name: &str) -> bool {
    FOREIGN.iter().any(|start| match start.ends_with('_') {
        true => name.starts_with(start),
        false => name == *start || (name.starts_with(start) && name[start.len()..].starts_with('_')),
    })
}

/// Definitions in environment files that this service does not read.
fn definitions_elsewhere<'c>(
    case: &'c Case<'_>,
    member: &'c Member<'_>,
    name: &str,
) -> impl Iterator<Item = &'c Definition> {
    definitions_of(case, name).filter(|definition| {
        let folder = definition.file.parent();
        definition.kind == DefinitionKind::EnvFile
            && !definition.is_placeholder
            && is_of_now(definition)
            && folder.is_some_and(|folder| !member.spec.directory.starts_with(folder))
    })
}

/// Whether a file is for the developer's own machine, and not for tests or a server.
pub(super) fn is_of_now(definition: &Definition) -> bool {
    // A workflow is called what it likes.
    if definition.kind == DefinitionKind::Ci {
        return true;
    }
    let name = definition.file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let others = ["test", "testing", "production", "prod", "staging", "ci", "local", "preview", "docker"];
    !name.split('.').any(|part| others.contains(&part))
}

/// Whether the project itself shows that somebody has to set it: a template names it, or it is an address or a secret.
fn is_expected(case: &Case<'_>, name: &str) -> bool {
    let in_template =
        definitions_of(case, name).any(|definition| definition.kind == DefinitionKind::Template);
    let address = ["_URL", "_URI", "_DSN"].iter().any(|end| name.ends_with(end));
    in_template || address || looks_secret(name)
}

fn reading(case: &Case<'_>, file: &FileFacts, read: &EnvRead) -> (String, String) {
    let place = case.place(&file.path, read.line);
    let what = match read.without {
        Without::Fails => "reads it and fails without it",
        Without::HasNothing | Without::Copes | Without::Default(_) => "reads it and has nothing without it",
    };
    (format!("{place} {what}"), place)
}

fn elsewhere_only(
    case: &Case<'_>,
    member: &Member<'_>,
    file: &FileFacts,
    read: &EnvRead,
    elsewhere: &[&Definition],
    severe: bool,
) -> Diagnosis {
    let (name, service) = (&read.name, member.name());
    let (evidence, place) = reading(case, file, read);
    let places: Vec<String> = elsewhere.iter().map(|d| case.place(&d.file, d.line)).collect();
    let mut finding = Finding::new(
        "env-elsewhere",
        format!("{service} reads {name}, which is set for another service only"),
    )
    .shown_by(evidence)
    .at(place);
    for place in &places {
        finding = finding.shown_by(format!("{place} sets it, a file that {service} does not get"));
    }
    let shown = elsewhere.first().map_or_else(String::new, |definition| case.shown(&definition.file));
    let remedy =
        format!("move it to the .env beside portolan.toml, or list {shown} under `env_files` of {service}");
    if !severe {
        finding = finding.warns();
    }
    Diagnosis::new(name.clone(), finding.mended_by(remedy, None))
}

fn set_nowhere(
    case: &Case<'_>,
    member: &Member<'_>,
    file: &FileFacts,
    read: &EnvRead,
    severe: bool,
) -> Diagnosis {
    let (name, service) = (&read.name, member.name());
    let (evidence, place) = reading(case, file, read);
    let mut finding = Finding::new("env-unset", format!("{service} reads {name}, which nothing sets"))
        .shown_by(evidence)
        .at(place);
    for template in
        definitions_of(case, name).filter(|definition| definition.kind == DefinitionKind::Template)
    {
        finding =
            finding.shown_by(format!("{} says that it is needed", case.place(&template.file, template.line)));
    }
    let file = member.spec.env_files.last().map(|file| &file.path);
    let file = file.or(case.request.spec.and_then(|spec| spec.env_files.first()).map(|file| &file.path));
    let target = file.map_or_else(|| "an environment file".to_owned(), |file| case.shown(file));
    if !severe {
        finding = finding.warns();
    }
    Diagnosis::new(name.clone(), finding.mended_by(format!("set {name} in {target}"), None))
}

fn unused(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    let reads_any = case.survey.files.iter().any(|file| file.reads_any && !file.aside);
    let is_opaque = |member: &Member<'_>| {
        matches!(member.spec.runs, Runs::Embedded(_))
            || !member.files.iter().any(|file| file.language.is_some())
    };
    // What a program reads that cannot be looked into is not known.
    if reads_any || case.members.is_empty() || case.members.iter().any(is_opaque) {
        return;
    }
    for file in case.survey.env_files.iter().filter(|file| !file.is_template) {
        for binding in &file.bindings {
            let name = &binding.name;
            if case.survey.mentioned.contains(&name.to_ascii_uppercase())
                || is_foreign(name)
                || is_part_of_field(case, name)
            {
                continue;
            }
            let place = case.place(&file.path, binding.line);
            let others = name.to_ascii_uppercase();
            let referred = file.bindings.iter().any(|other| {
                other.value.contains(&format!("${{{others}")) || other.value.contains(&format!("${others}"))
            });
            if referred {
                continue;
            }
            let finding = Finding::new("env-unused", format!("nothing reads {name}"))
                .warns()
                .shown_by(format!("{place} sets it, and no code or configuration mentions it"))
                .at(place)
                .mended_by("take it out, or correct its name", None);
            found.push(Diagnosis::new(name.clone(), finding));
        }
    }
}

/// Whether a settings class with a prefix reads it.
fn is_part_of_field(case: &Case<'_>, name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    case.survey
        .files
        .iter()
        .flat_map(|file| &file.reads)
        .any(|read| read.name.to_ascii_uppercase() == upper || read.has_part(name))
}

/// One secret with two values: a token that one service signs, the other refuses.
fn differing_secrets(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    let mut by_name: BTreeMap<&str, Vec<&Definition>> = BTreeMap::new();
    let shared = |name: &str| {
        looks_secret(name)
            && ["SECRET", "JWT", "SIGNING"].iter().any(|word| name.to_ascii_uppercase().contains(word))
    };
    let definitions = case.survey.definitions().filter(|definition| {
        definition.kind == DefinitionKind::EnvFile
            && !definition.is_placeholder
            && is_of_now(definition)
            && shared(&definition.variable)
    });
    for definition in definitions {
        by_name.entry(&definition.variable).or_default().push(definition);
    }
    for (name, mut all) in by_name {
        // Within one file the last one counts.
        all.reverse();
        let mut files = BTreeSet::new();
        all.retain(|definition| files.insert(&definition.file));
        all.reverse();
        let readers = case.members.iter().filter(|member| reads_of(member, name).next().is_some()).count();
        if all.iter().all(|definition| definition.digest == all[0].digest) || readers < 2 {
            continue;
        }
        let places: Vec<String> = all.iter().map(|d| case.place(&d.file, d.line)).collect();
        let mut finding =
            Finding::new("secrets-differ", format!("{name} has different values for different services"))
                .warns()
                .at(places[0].clone());
        for place in &places {
            finding = finding.shown_by(format!("{place} sets it"));
        }
        let finding = finding.mended_by(format!("set {name} once, in the .env beside portolan.toml"), None);
        found.push(Diagnosis::new(name, finding));
    }
}
