//! Judges environment files: what stands in them twice, what an editor left in them, what another reader takes
//! differently, and who may read them.

use std::collections::BTreeMap;

use crate::env::looks_secret;
use crate::stack::Finding;
use crate::survey::{EnvFileText, OddityKind, is_placeholder};

use super::case::Case;
use super::diagnosis::Diagnosis;
use super::fix::{Cleaning, Fix, quotable};

pub(super) fn examine(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    let readers = Readers::of(case);
    for file in case.survey.env_files.iter().filter(|file| !file.is_template) {
        duplicates(case, file, found);
        marks(case, file, found);
        oddities(case, file, &readers, found);
        readable(case, file, found);
    }
}

fn duplicates(case: &Case<'_>, file: &EnvFileText, found: &mut Vec<Diagnosis>) {
    let mut lines: BTreeMap<&str, Vec<(u32, &str)>> = BTreeMap::new();
    for binding in &file.bindings {
        lines.entry(&binding.name).or_default().push((binding.line, &binding.value));
    }
    for (name, bound) in lines.into_iter().filter(|(_, bound)| bound.len() > 1) {
        let shown = case.shown(&file.path);
        let same = bound.iter().all(|(_, value)| *value == bound[0].1);
        let (first, last) = (bound[0].0, bound[bound.len() - 1].0);
        let how = if same { "with the same value" } else { "with different values" };
        let mut finding =
            Finding::new("env-duplicate", format!("{shown} sets {name} {} times, {how}", bound.len()))
                .warns()
                .at(case.place(&file.path, first))
                .mended_by(format!("keep line {last}, the one that counts"), None);
        for (line, _) in &bound {
            finding = finding.shown_by(format!("{} sets it", case.place(&file.path, *line)));
        }
        if !same {
            finding = finding.shown_by("the last one counts here, the first one for dotenvy".to_owned());
        }
        let fix = Fix::KeepLast { file: file.path.clone(), name: name.to_owned() };
        found.push(Diagnosis::new(name, finding).fixed_by([fix]));
    }
}

fn marks(case: &Case<'_>, file: &EnvFileText, found: &mut Vec<Diagnosis>) {
    let shown = case.shown(&file.path);
    if file.has_mark {
        let finding = Finding::new("env-bom", format!("{shown} begins with a byte order mark"))
            .warns()
            .shown_by(format!(
                "the first bytes of {shown} are EF BB BF: other readers take them for part of the first name"
            ))
            .at(case.place(&file.path, 1))
            .mended_by("take it out", None);
        let fix = Fix::Clean { file: file.path.clone(), what: Cleaning::Mark };
        found.push(Diagnosis::new(shown.clone(), finding).fixed_by([fix]));
    }
    if let Some(line) = file.carriage_return {
        let finding = Finding::new("env-carriage-return", format!("{shown} has Windows line ends"))
            .warns()
            .shown_by(format!(
                "line {line} ends with a carriage return: a shell and `docker --env-file` take it for part of the value"
            ))
            .at(case.place(&file.path, line))
            .mended_by("end its lines with a line feed alone", None);
        let fix = Fix::Clean { file: file.path.clone(), what: Cleaning::CarriageReturns };
        found.push(Diagnosis::new(shown, finding).fixed_by([fix]));
    }
}

/// Which other readers of environment files the project has.
struct Readers {
    node: bool,
    rust: bool,
}

impl Readers {
    fn of(case: &Case<'_>) -> Self {
        let named = |name: &str| {
            case.survey
                .files
                .iter()
                .filter(|file| file.path.file_name().is_some_and(|own| own == name))
                .collect::<Vec<_>>()
        };
        let rust = named("Cargo.toml")
            .iter()
            .filter_map(|file| crate::survey::text_of(&file.path))
            .any(|text| text.contains("dotenvy") || text.contains("dotenv"));
        Self { node: !named("package.json").is_empty(), rust }
    }
}

fn oddities(case: &Case<'_>, file: &EnvFileText, readers: &Readers, found: &mut Vec<Diagnosis>) {
    for oddity in &file.oddities {
        let (name, place) = (&oddity.name, case.place(&file.path, oddity.line));
        let odd = |rule: &str, title: String, evidence: &str, remedy: &str| {
            Finding::new(rule, title)
                .shown_by(format!("{place}: {evidence}"))
                .at(place.clone())
                .mended_by(remedy, None)
        };
        let finding = match oddity.kind {
            OddityKind::SmartQuotes => {
                let title = format!("{name} has typographic quotes around its value");
                let finding = odd(
                    "env-smart-quotes",
                    title,
                    "they are part of the value",
                    "write plain quotes, or none",
                );
                let own = file.bindings.iter().find(|binding| binding.line == oddity.line);
                let fix = own
                    .and_then(|binding| quotable(&binding.value))
                    .map(|_| Fix::Clean { file: file.path.clone(), what: Cleaning::SmartQuotes });
                found.push(Diagnosis::new(name.clone(), finding).fixed_by(fix));
                continue;
            }
            OddityKind::BareHash => odd(
                "env-unquoted",
                format!("{name} has a # in a value without quotes"),
                "Node's dotenv takes what follows it for a comment",
                "put the value in quotes",
            ),
            OddityKind::BareSpace => odd(
                "env-unquoted",
                format!("{name} has a space in a value without quotes"),
                "dotenvy refuses the line, and a shell takes the second word for a command",
                "put the value in quotes",
            ),
            OddityKind::NodeDiffers if readers.node => odd(
                "env-dialect",
                format!("Node's dotenv reads another value of {name} than python-dotenv"),
                "quotes, escapes or what follows them mean something else there",
                "write the value so that every reader agrees: plain, or in single quotes",
            ),
            OddityKind::RustDiffers if readers.rust => odd(
                "env-dialect",
                format!("dotenvy reads another value of {name} than python-dotenv, or refuses the line"),
                "quotes, escapes or what follows them mean something else there",
                "write the value so that every reader agrees: plain, or in single quotes",
            ),
            OddityKind::NodeDiffers | OddityKind::RustDiffers => continue,
        };
        found.push(Diagnosis::new(name.clone(), finding.warns()));
    }
}

#[cfg(unix)]
fn readable(case: &Case<'_>, file: &EnvFileText, found: &mut Vec<Diagnosis>) {
    use std::os::unix::fs::PermissionsExt;
    let secrets: Vec<&str> = secrets_of(file);
    let Ok(metadata) = file.path.metadata() else { return };
    let mode = metadata.permissions().mode() & 0o777;
    // Whoever cannot enter a folder above it cannot read it either.
    let is_reachable = file
        .path
        .ancestors()
        .skip(1)
        .all(|folder| folder.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0));
    if secrets.is_empty() || mode & 0o004 == 0 || !is_reachable {
        return;
    }
    let shown = case.shown(&file.path);
    let finding =
        Finding::new("env-readable", format!("every user of this machine can read the secrets in {shown}"))
            .warns()
            .shown_by(format!("its permissions are {mode:o}, and it holds {}", secrets.join(", ")))
            .at(shown.clone())
            .mended_by("let only its owner read it", None);
    found.push(Diagnosis::new(shown, finding).fixed_by([Fix::Private { file: file.path.clone() }]));
}

#[cfg(not(unix))]
fn readable(_: &Case<'_>, _: &EnvFileText, _: &mut Vec<Diagnosis>) {}

/// The variables of a file that hold secrets.
pub(super) fn secrets_of(file: &EnvFileText) -> Vec<&str> {
    let secret = file.bindings.iter().filter(|b| looks_secret(&b.name) && !is_placeholder(&b.value));
    let mut names: Vec<&str> = secret.map(|binding| binding.name.as_str()).collect();
    names.dedup();
    names
}
