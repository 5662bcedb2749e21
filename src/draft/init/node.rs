//! package.json: which script starts it, by which package manager, and what framework that is.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::draft::service::{DraftCheck, DraftHealth, Said};
use crate::survey::{PackageManager, shown};

use super::code;
use super::folder::{Folder, is_below, join, parent};
use super::guess::{Guess, name};

/// Scripts that start something, the likeliest first.
const SCRIPTS: [&str; 6] = ["dev", "start:dev", "serve", "develop", "start", "server"];
const CODE: [&str; 6] = ["js", "mjs", "cjs", "ts", "mts", "tsx"];
/// Tools that start the scripts of other packages.
const ORCHESTRATORS: [&str; 8] =
    ["turbo", "lerna", "nx ", "concurrently", "npm-run-all", "run-p", "pnpm -r", "pnpm --filter"];

static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:--port[ =]|-p |PORT=)(\d{2,5})").expect("a regular expression written here")
});

/// How a framework's development server is told its port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    ByFlag,
    ByVariable,
}

struct Framework {
    kind: &'static str,
    /// The package, and the word in the script.
    package: &'static str,
    word: &'static str,
    port: u16,
    told: Told,
}

const fn framework(
    kind: &'static str,
    package: &'static str,
    word: &'static str,
    port: u16,
    told: Told,
) -> Framework {
    Framework { kind, package, word, port, told }
}

const FRAMEWORKS: [Framework; 7] = [
    framework("Next.js", "next", "next", 3000, Told::ByFlag),
    framework("Nuxt", "nuxt", "nuxt", 3000, Told::ByFlag),
    framework("Astro", "astro", "astro", 4321, Told::ByFlag),
    framework("Vite", "vite", "vite", 5173, Told::ByFlag),
    framework("Create React App", "react-scripts", "react-scripts", 3000, Told::ByVariable),
    framework("Angular", "@angular/cli", "ng", 4200, Told::ByFlag),
    framework("Vue CLI", "@vue/cli-service", "vue-cli-service", 8080, Told::ByFlag),
];

const SERVERS: [(&str, &str); 8] = [
    ("@nestjs/core", "NestJS"),
    ("express", "Express"),
    ("fastify", "Fastify"),
    ("koa", "Koa"),
    ("hono", "Hono"),
    ("@hapi/hapi", "hapi"),
    ("polka", "Polka"),
    ("socket.io", "Socket.IO"),
];

/// The packages that start something.
pub(super) fn find(folder: &Folder, notes: &mut Vec<String>) -> Vec<Guess> {
    let packages = folder.named("package.json");
    let mut guesses = Vec::new();
    for (path, text) in &packages {
        let Ok(package) = serde_json::from_str::<Value>(text) else {
            notes.push(format!("{path} is not JSON, so nothing was made of it"));
            continue;
        };
        let below = parent(path);
        let has_others = packages.iter().any(|(other, _)| other != path && is_below(other, below));
        let Some((script, line)) = script(&package) else {
            guesses.extend(without_script(folder, path, &package));
            continue;
        };
        if has_others
            && (package.get("workspaces").is_some() || ORCHESTRATORS.iter().any(|tool| line.contains(tool)))
        {
            notes.push(format!(
                "{path}: `{script}` starts the packages below it, which are services of their own here"
            ));
            continue;
        }
        let Some(mut guess) = guess(folder, path, &package, script, line) else { continue };
        if lacks_packages(folder, below, &package) {
            let manager = manager(folder, below).0;
            guess.hint = Some(format!(
                "{path}: its packages are not installed yet; `{manager} install` there does that"
            ));
        }
        guesses.push(guess);
    }
    guesses
}

fn script(package: &Value) -> Option<(&'static str, &str)> {
    let scripts = package.get("scripts")?;
    SCRIPTS.iter().find_map(|name| Some((*name, scripts.get(name)?.as_str()?)))
}

/// A package that no script starts, but that has a server where one usually lies.
fn without_script(folder: &Folder, path: &str, package: &Value) -> Option<Guess> {
    let below = parent(path);
    let main = package["main"].as_str().map(|main| main.trim_start_matches("./").to_owned());
    let usual =
        ["server.js", "index.js", "app.js", "main.js", "src/server.js", "src/index.js"].map(str::to_owned);
    let listens =
        |file: &String| folder.text(&join(below, file)).is_some_and(|text| text.contains(".listen("));
    let file = main.into_iter().chain(usual).find(listens)?;
    let own = package["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or("web");
    let reason = format!("{} listens, and {path} has no script that starts it", join(below, &file));
    let mut guess =
        Guess::new(below, name(below, own), "Node", path, Said::guessed(format!("node {file}"), reason));
    let files = own_code(folder, below);
    guess.set_port(code::port(&files), Some((3000, "the usual port of such a server")));
    guess.set_health(code::health(&files));
    Some(guess)
}

fn guess(folder: &Folder, path: &str, package: &Value, script: &'static str, line: &str) -> Option<Guess> {
    let below = parent(path);
    let depends = |name: &str| {
        ["dependencies", "devDependencies"].iter().any(|list| package[*list].get(name).is_some())
    };
    let framework = FRAMEWORKS
        .iter()
        .find(|framework| depends(framework.package) && runs(line, framework.word))
        .or_else(|| FRAMEWORKS.iter().find(|framework| runs(line, framework.word)))
        .or_else(|| FRAMEWORKS.iter().find(|framework| depends(framework.package)));
    let (manager, why) = manager(folder, below);
    let call = format!("{manager} run {script}");
    let mut reason = format!("the script `{script}` of {path}, {why}");
    let files = own_code(folder, below);
    let own_name = package["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or("web");
    let short = name(below, own_name);
    let flag = FLAG.captures(line).and_then(|found| found[1].parse::<u16>().ok());
    if let Some(framework) = framework {
        let command = match framework.told {
            // npm hands on what stands behind `--`; the others take it as it is.
            Told::ByFlag if manager == "npm" => format!("{call} -- --port {{port}}"),
            Told::ByFlag => format!("{call} --port {{port}}"),
            Told::ByVariable => call,
        };
        let mut guess = Guess::new(below, short, framework.kind, path, Said::guessed(command, reason));
        let (port, why) = configured_port(folder, below, flag, path)
            .unwrap_or_else(|| (framework.port, format!("where {} listens by default", framework.kind)));
        guess.set_told_port(port, why);
        let page = DraftHealth::new(DraftCheck::Http("/".to_owned()));
        guess.service.health = Some(Said::guessed(page, "its development server answers there"));
        return Some(guess);
    }
    let server = SERVERS.iter().find(|(package, _)| depends(package)).map(|(_, kind)| *kind);
    let listens = files.iter().any(|(_, text)| text.contains(".listen(") || text.contains("createServer("));
    if server.is_none() && !listens {
        // It may build or watch something; that it serves nothing is no reason to leave it out.
        reason = format!("{reason}; nothing in it seems to listen");
        return Some(Guess::new(below, short, "Node", path, Said::guessed(call, reason)));
    }
    let mut guess = Guess::new(below, short, server.unwrap_or("Node"), path, Said::guessed(call, reason));
    match flag {
        Some(port) => guess.set_port(None, Some((port, "the script names it"))),
        None => guess.set_port(code::port(&files), Some((3000, "the usual port of such a server"))),
    }
    guess.set_health(code::health(&files));
    Some(guess)
}

/// The package's own code, without that of packages below it.
fn own_code<'f>(folder: &'f Folder, below: &str) -> Vec<(&'f str, &'f str)> {
    let others: Vec<&str> = folder.named("package.json").iter().map(|(path, _)| parent(path)).collect();
    let inside = |path: &str| {
        others.iter().any(|other| *other != below && is_below(other, below) && is_below(path, other))
    };
    folder.ending(below, &CODE).into_iter().filter(|(path, _)| !inside(path)).collect()
}

fn lacks_packages(folder: &Folder, below: &str, package: &Value) -> bool {
    let has = |list: &str| package[list].as_object().is_some_and(|list| !list.is_empty());
    let installed = folder.has(&join(below, "node_modules")) || folder.has("node_modules");
    (has("dependencies") || has("devDependencies")) && !installed
}

fn runs(line: &str, word: &str) -> bool {
    line.split_whitespace().any(|part| part == word || part.ends_with(&format!("/{word}")))
}

/// The port that the script or the framework's configuration names.
fn configured_port(folder: &Folder, below: &str, flag: Option<u16>, path: &str) -> Option<(u16, String)> {
    if let Some(port) = flag {
        return Some((port, format!("the script of {path} names it")));
    }
    let configured = [
        "vite.config.ts",
        "vite.config.js",
        "vite.config.mts",
        "vite.config.mjs",
        "astro.config.mjs",
        "nuxt.config.ts",
    ];
    for name in configured {
        let file = join(below, name);
        if let Some(text) = folder.text(&file)
            && let Some(found) = code::port(&[(&file, text)])
            && let Some(port) = found.port
        {
            return Some((port.get(), format!("{} says so", found.place)));
        }
    }
    None
}

/// The package manager, and how that is known.
fn manager(folder: &Folder, below: &str) -> (&'static str, String) {
    let root = folder.path("");
    let manager = PackageManager::of(&folder.path(below), &root);
    let name = manager.name;
    let why = match manager.sign.map(|sign| shown(&sign, &root)) {
        None => "and no lock file says another package manager".to_owned(),
        Some(sign) if sign == join(below, "package.json") => format!("and its packageManager is {name}"),
        Some(sign) if sign.ends_with("package.json") => format!("and the packageManager of {sign} is {name}"),
        Some(sign) => format!("and there is {sign}"),
    };
    (name, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_manager_of_a_workspace_is_told_with_who_says_so() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("web")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(root.path().join(name), text).unwrap();
        let said = || manager(&Folder::look(root.path()), "web");
        assert_eq!(said().0, "npm");
        write("pnpm-workspace.yaml", "packages: [web]\n");
        assert_eq!(said(), ("pnpm", "and there is pnpm-workspace.yaml".to_owned()));
        write("package.json", "{\"packageManager\": \"yarn@4.0.0\"}");
        assert_eq!(said(), ("yarn", "and the packageManager of package.json is yarn".to_owned()));
        write("web/package.json", "{\"packageManager\": \"bun@1.1.0\"}");
        assert_eq!(said(), ("bun", "and its packageManager is bun".to_owned()));
    }
}
