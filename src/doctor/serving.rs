//! Judges how services serve: ports written by hand where Portolan would give one, and health paths that no route of
//! the code answers.

use std::sync::LazyLock;

use regex::Regex;

use crate::stack::{Finding, Runs, ServiceSpec};
use crate::survey::{FileFacts, Package, PackageManager, text_of};

use super::case::{Case, Member, health_path, last_segment};
use super::diagnosis::Diagnosis;

pub(super) fn examine(case: &Case<'_>, found: &mut Vec<Diagnosis>) {
    for member in &case.members {
        if member.spec.port.is_some() {
            in_command(case, member, found);
            in_script(case, member, found);
            in_code(case, member, found);
        }
        health(case, member, found);
    }
}

static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:--port|--listen|--bind|--http|-p|-l|-b)(?:[= ]|\s)\s*(?:[\w.\[\]]*:)?(\d{2,5})\b|\b(?:PORT)=(\d{2,5})\b")
        .expect("the pattern is fixed")
});

/// The port that a command line names.
fn port_in(command: &str) -> Option<(u16, String)> {
    let found = FLAG.captures(command)?;
    let port = found.get(1).or_else(|| found.get(2))?.as_str().parse().ok()?;
    Some((port, found[0].trim().to_owned()))
}

fn in_command(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let Runs::Command(command) = &member.spec.runs else { return };
    let text = command.to_string();
    if text.contains("{port}") || is_given_port(member) {
        return;
    }
    let Some((port, words)) = port_in(&text).filter(|(port, _)| member.has_port(*port)) else { return };
    let line = line_of(&member.spec.origin.file, member.spec, &words);
    let place = case.place(&member.spec.origin.file, line);
    let title = format!("the command of {} names port {port} by hand", member.name());
    let finding = Finding::new("hard-wired-port", title)
        .warns()
        .shown_by(format!("{place}: {words}"))
        .shown_by(
            "if that port is taken, Portolan gives another one, which the command then ignores".to_owned(),
        )
        .at(place)
        .mended_by(format!("write {{port}} instead of {port}"), None);
    found.push(Diagnosis::new(member.name().to_string(), finding));
}

/// Whether the environment in portolan.toml hands the port on under another name.
fn is_given_port(member: &Member<'_>) -> bool {
    member.spec.env.iter().any(|entry| entry.value.contains("{port}"))
}

/// The line below a service's table on which those words stand; that of the table if they are split.
fn line_of(file: &std::path::Path, spec: &ServiceSpec, words: &str) -> u32 {
    let text = text_of(file).unwrap_or_default();
    let begin = usize::try_from(spec.origin.line).unwrap_or(1).saturating_sub(1);
    let lines = text.lines().enumerate().skip(begin);
    let mut own = lines.take_while(|(at, line)| *at == begin || !line.starts_with('['));
    let at = own.find(|(_, line)| line.contains(words)).map_or(begin, |(at, _)| at);
    u32::try_from(at).unwrap_or(0) + 1
}

/// The script of a package.json that a command runs.
fn script_of(member: &Member<'_>) -> Option<(Package, String)> {
    let words = member.words();
    let manager = words.first()?.rsplit('/').next()?;
    if !PackageManager::is_one(manager) {
        return None;
    }
    let mut rest = words.iter().skip(1).filter(|word| !word.starts_with('-'));
    let first = rest.next()?;
    let script = match first.as_str() {
        "run" | "run-script" => rest.next()?.clone(),
        _ => first.clone(),
    };
    Some((Package::in_folder(&member.spec.directory)?, script))
}

fn in_script(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let Some((package, script)) = script_of(member) else { return };
    let by_hand = package.scripts.get(&script).and_then(|text| port_in(text));
    let Some((port, words)) = by_hand.filter(|(port, _)| member.has_port(*port)) else { return };
    // A later flag wins.
    if member.command.as_deref().is_some_and(|command| command.contains("{port}")) {
        return;
    }
    let place = case.place(&package.file, package.line_of(&script));
    let finding = Finding::new(
        "hard-wired-port",
        format!("the script {script} of {} names port {port} by hand", member.name()),
    )
    .warns()
    .shown_by(format!("{place}: {words}"))
    .at(place)
    .mended_by(format!("add `-- --port {{port}}` to the command of {}", member.name()), None);
    found.push(Diagnosis::new(member.name().to_string(), finding));
}

fn in_code(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let command = member.command.as_deref().unwrap_or_default();
    let passes_port = command.contains("{port}");
    for file in &member.files {
        for literal in file.ports.iter().filter(|literal| member.has_port(literal.port)) {
            // A port on the command line beats that of a configuration file.
            let is_config =
                file.path.file_name().is_some_and(|name| name.to_string_lossy().contains(".config."));
            if (literal.only_as_main && !starts(command, file)) || (is_config && passes_port) {
                continue;
            }
            let place = case.place(&file.path, literal.line);
            let port = literal.port;
            let variable = member.spec.port.as_ref().map_or("PORT", |spec| spec.env.as_str());
            let finding = Finding::new(
                "hard-wired-port",
                format!("the code of {} listens on {port}, whatever it is given", member.name()),
            )
            .warns()
            .shown_by(format!("{place}: {}", literal.text))
            .shown_by(format!("if {port} is taken, Portolan gives another one in {variable}"))
            .at(place)
            .mended_by(format!("listen on {variable}, or hand {{port}} on in its command"), None);
            found.push(Diagnosis::new(member.name().to_string(), finding));
        }
    }
}

/// Whether the command starts that very file.
fn starts(command: &str, file: &FileFacts) -> bool {
    let stem = file.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let words = shell_words::split(command).unwrap_or_default();
    words.windows(2).any(|pair| {
        let as_file = pair[1].ends_with(&format!("{stem}.py"));
        let as_module = pair[0] == "-m" && pair[1].rsplit('.').next() == Some(stem);
        as_file || as_module
    })
}

/// Frameworks that make routes of file names, or serve files: their routes are not in the code.
const BY_FILES: &[&str] = &[
    "vite",
    "next",
    "nuxt",
    "astro",
    "@sveltejs/kit",
    "@remix-run/node",
    "react-scripts",
    "gatsby",
    "nitropack",
    "@nestjs/core",
    "parcel",
    "webpack-dev-server",
    "serve",
    "http-server",
];

fn health(case: &Case<'_>, member: &Member<'_>, found: &mut Vec<Diagnosis>) {
    let (Some(path), Some(segment)) = (health_path(member.spec), last_segment(member.spec)) else { return };
    let Some(phrase) = case.health_phrases.get(&segment) else { return };
    let routes: Vec<(&FileFacts, &String)> =
        member.files.iter().flat_map(|file| file.routes.iter().map(move |route| (*file, route))).collect();
    let by_files = Package::in_folder(&member.spec.directory)
        .is_some_and(|package| BY_FILES.iter().any(|name| package.dependencies.contains_key(*name)));
    let own = ["/docs", "/openapi.json", "/redoc", "/metrics"].contains(&path);
    let is_mentioned = member
        .files
        .iter()
        .any(|file| file.language.is_some() && file.phrases.iter().any(|(found, _)| found == phrase));
    // A file of that name may be what is served.
    let is_file =
        member.files.iter().any(|file| file.path.file_stem().is_some_and(|stem| stem == segment.as_str()));
    let shares_folder =
        case.members.iter().filter(|other| other.spec.directory == member.spec.directory).count() > 1;
    if routes.is_empty() || by_files || own || is_mentioned || is_file || shares_folder {
        return;
    }
    let place = case.origin(member.spec);
    let mut finding = Finding::new(
        "health-without-route",
        format!("no route in the code of {} answers {path}", member.name()),
    )
    .warns()
    .shown_by(format!("{place} asks for {path}"))
    .at(place);
    let alike = |route: &str| {
        ["health", "ready", "live", "status", "ping", "up"].iter().any(|word| route.contains(word))
    };
    let mut shown: Vec<&(&FileFacts, &String)> = routes.iter().filter(|(_, route)| alike(route)).collect();
    let remedy = match shown.first() {
        Some((_, route)) => format!("ask for {route}, or add a route for {path}"),
        None => format!("add a route for {path}, or correct `health`"),
    };
    if shown.is_empty() {
        shown = routes.iter().collect();
    }
    for (file, route) in shown.into_iter().take(4) {
        finding = finding.shown_by(format!("{} serves {route}", case.shown(&file.path)));
    }
    found.push(Diagnosis::new(member.name().to_string(), finding.mended_by(remedy, None)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_in_commands_are_found_in_their_usual_forms() {
        for command in
            ["uvicorn x --port 8000", "x --port=8000", "gunicorn -b 0.0.0.0:8000 x", "sh -c 'PORT=8000 x'"]
        {
            assert_eq!(port_in(command).map(|(port, _)| port), Some(8000), "{command}");
        }
        for command in ["uvicorn x --port {port}", "x --workers 8000", "x -e 12"] {
            assert_eq!(port_in(command), None, "{command}");
        }
    }
}
