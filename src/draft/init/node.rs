//! package.json: which script starts it, by which package manager, and what framework that is.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::draft::commands;
use crate::draft::service::{DraftCheck, DraftHealth, Said};
use crate::survey::{PackageManager, shown};

use super::code;
use super::folder::{Folder, is_below, join, parent};
use super::guess::{Guess, name};
use super::script;

/// Scripts that start something, the likeliest first.
const SCRIPTS: [&str; 6] = ["dev", "start:dev", "serve", "develop", "start", "server"];
const CODE: [&str; 6] = ["js", "mjs", "cjs", "ts", "mts", "tsx"];
/// Tools that start the scripts of other packages.
const ORCHESTRATORS: [&str; 5] = ["turbo", "lerna", "nx ", "pnpm -r", "pnpm --filter"];

/// The port that a script names: behind a flag, or as the value that it gives PORT.
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:--port[ =]|(?:^|\s)-p |\b(?P<sets>PORT)=)(?P<port>\d{2,5})\b")
        .expect("a regular expression written here")
});

/// How a framework's development server is told its port.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    ByFlag,
    ByVariable,
}

struct Framework {
    kind: &'static str,
    /// The package, and the words in the script.
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

const FRAMEWORKS: [Framework; 19] = [
    framework("Remix", "@remix-run/dev", "vite:dev", 5173, Told::ByFlag),
    framework("Vinxi", "vinxi", "vinxi", 3000, Told::ByFlag),
    framework("Storybook", "storybook", "storybook", 6006, Told::ByFlag),
    framework("React Router", "@react-router/dev", "react-router", 5173, Told::ByFlag),
    framework("React Email", "react-email", "email", 3000, Told::ByFlag),
    framework("Expo", "expo", "expo", 8081, Told::ByFlag),
    framework("Wrangler", "wrangler", "wrangler", 8787, Told::ByFlag),
    framework("Gatsby", "gatsby", "gatsby", 8000, Told::ByFlag),
    framework("Docusaurus", "@docusaurus/core", "docusaurus", 3000, Told::ByFlag),
    framework("webpack", "webpack-dev-server", "webpack-dev-server", 8080, Told::ByFlag),
    framework("webpack", "webpack-dev-server", "webpack serve", 8080, Told::ByFlag),
    framework("Rsbuild", "@rsbuild/core", "rsbuild", 3000, Told::ByFlag),
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
    let (mut guesses, mut aside) = (Vec::new(), Vec::new());
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
        let member = is_member(folder, below, &packages);
        let calls_others = |line: &str| {
            has_others
                && (package.get("workspaces").is_some() || script::is_elsewhere(line) || orchestrates(line))
        };
        let Started { scripts, is_named, hint } = started(path, &package, (script, line), has_others);
        let mut own: Vec<Guess> = Vec::new();
        for (script, line) in scripts {
            if calls_others(line) {
                notes.push(format!(
                    "{path}: `{script}` starts the packages below it, which are services of their own here"
                ));
            } else if member && script::only_builds(line) || is_library(folder, below, line, member, &package)
            {
                aside.push(format!("`{script}` of {path}"));
            } else {
                let mut guess = guess(folder, path, &package, script, line);
                if is_named {
                    let last = script.rsplit(':').next().unwrap_or(script);
                    guess.service.name = if below.is_empty() {
                        last.to_owned()
                    } else {
                        format!("{}-{last}", guess.service.name)
                    };
                }
                own.push(guess);
            }
        }
        if let Some(first) = own.first_mut().filter(|_| lacks_packages(folder, below, &package)) {
            let manager = manager(folder, below).0;
            first.hints.push(if member {
                format!("the packages are not installed yet; `{manager} install` does that for all of them")
            } else {
                format!("{path}: its packages are not installed yet; `{manager} install` there does that")
            });
        }
        match (hint, own.first_mut()) {
            (Some(hint), Some(first)) => first.hints.push(hint),
            (Some(hint), None) => notes.push(hint),
            (None, _) => {}
        }
        guesses.extend(own);
    }
    if !aside.is_empty() {
        notes.push(format!("left aside, since it builds or watches and serves nothing: {}", some(&aside)));
    }
    guesses
}

fn orchestrates(line: &str) -> bool {
    ORCHESTRATORS.iter().any(|tool| line.contains(tool))
}

/// The scripts that are services, for one that may start several side by side.
struct Started<'p> {
    scripts: Vec<(&'p str, &'p str)>,
    /// Whether each is called as its script.
    is_named: bool,
    hint: Option<String>,
}

fn started<'p>(path: &str, package: &'p Value, whole: (&'p str, &'p str), has_others: bool) -> Started<'p> {
    let (script, line) = whole;
    let started = script::started(package, line).unwrap_or_default();
    let mut scripts: Vec<(&str, &str)> =
        started.scripts.iter().filter_map(|name| script_of(package, name)).collect();
    let is_named = !scripts.is_empty();
    if started.programs.is_empty() {
        let scripts = if is_named { scripts } else { vec![whole] };
        return Started { scripts, is_named, hint: None };
    }
    let elsewhere = started.elsewhere || started.programs.iter().any(|program| orchestrates(program));
    if !elsewhere || !has_others {
        let hint = format!(
            "{path}: `{script}` starts several programs, which are one service here; with a script for each they \
             would be several"
        );
        return Started { scripts: vec![whole], is_named: false, hint: Some(hint) };
    }
    // Started as a whole it would start the other packages once more.
    let alone = |(name, line): &(&str, &str)| {
        *name != script && !script::is_several(line) && !script::is_elsewhere(line) && !orchestrates(line)
    };
    let other = SCRIPTS.iter().filter_map(|name| script_of(package, name)).find(alone);
    let hint = other.is_none().then(|| {
        format!(
            "{path}: `{script}` starts packages below it, which are services of their own here; what it starts \
             besides is not: {}",
            some(&started.programs)
        )
    });
    scripts.extend(other.filter(|other| !scripts.contains(other)));
    Started { scripts, is_named, hint }
}

/// The name of a script and its line.
fn script_of<'p>(package: &'p Value, name: &str) -> Option<(&'p str, &'p str)> {
    let (name, line) = package.get("scripts")?.as_object()?.get_key_value(name)?;
    Some((name.as_str(), line.as_str()?))
}

/// A list that fits on a line or two.
fn some(list: &[String]) -> String {
    const MOST: usize = 5;
    let shown = list.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match list.len().saturating_sub(MOST) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Whether a package above says that this is one of its own.
fn is_member(folder: &Folder, below: &str, packages: &[(&str, &str)]) -> bool {
    packages.iter().any(|(other, text)| {
        let root = parent(other);
        let says = || {
            let tools = ["pnpm-workspace.yaml", "turbo.json", "nx.json", "lerna.json"];
            tools.iter().any(|file| folder.has(&join(root, file)))
                || serde_json::from_str::<Value>(text).is_ok_and(|root| root.get("workspaces").is_some())
        };
        root != below && is_below(below, root) && says()
    })
}

/// Whether a package of many is there for the others: it lies where libraries lie, and nothing in it serves.
fn is_library(folder: &Folder, below: &str, line: &str, member: bool, package: &Value) -> bool {
    let lies = below.split('/').any(|part| {
        matches!(part, "packages" | "libs" | "lib" | "tooling" | "tools" | "config" | "configs" | "plugins")
    });
    let framework = FRAMEWORKS.iter().any(|framework| runs(line, framework.word));
    member && lies && !framework && !listens(&own_code(folder, below)) && server(package).is_none()
}

fn listens(files: &[(&str, &str)]) -> bool {
    let calls = [".listen(", "createServer(", "Bun.serve(", "Deno.serve("];
    files.iter().any(|(_, text)| calls.iter().any(|call| text.contains(call)))
}

/// The framework of a server among the dependencies.
fn server(package: &Value) -> Option<&'static str> {
    let depends = |name: &str| package["dependencies"].get(name).is_some();
    SERVERS.iter().find(|(package, _)| depends(package)).map(|(_, kind)| *kind)
}

fn script(package: &Value) -> Option<(&str, &str)> {
    SCRIPTS.iter().find_map(|name| script_of(package, name))
}

/// A package that no script starts, but that has a server where one usually lies.
fn without_script(folder: &Folder, path: &str, package: &Value) -> Option<Guess> {
    let below = parent(path);
    let main = package["main"].as_str().map(|main| main.trim_start_matches("./").to_owned());
    let module = package["module"].as_str().map(|module| module.trim_start_matches("./").to_owned());
    let usual =
        ["server.js", "index.js", "app.js", "main.js", "src/server.js", "src/index.js"].map(str::to_owned);
    let bun = manager(folder, below).0 == "bun";
    // Bun alone runs these as they are.
    let typed = ["index.ts", "server.ts", "src/index.ts", "src/server.ts"].map(str::to_owned);
    let typed = module.into_iter().chain(typed).filter(|_| bun);
    let listens = |file: &String| {
        let path = join(below, file);
        folder.text(&path).is_some_and(|text| listens(&[(&path, text)]))
    };
    let file = main.into_iter().chain(typed).chain(usual).find(listens)?;
    let program = if bun { "bun" } else { "node" };
    let own = package["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or("web");
    let reason = format!("{} listens, and {path} has no script that starts it", join(below, &file));
    let command = format!("{program} {}", commands::word(&file));
    let mut guess = Guess::new(below, name(below, own), "Node", path, Said::guessed(command, reason));
    guess.sign(&file);
    let files = own_code(folder, below);
    guess.set_port(code::port(&files), Some((3000, "the usual port of such a server")));
    guess.set_health(code::health(&files));
    Some(guess)
}

fn guess(folder: &Folder, path: &str, package: &Value, script: &str, line: &str) -> Guess {
    let mut guess = guess_of(folder, path, package, script, line);
    guess.sign(&format!("run {script}"));
    for manager in ["npm", "pnpm", "yarn", "bun"] {
        guess.sign(&format!("{manager} {script}"));
    }
    guess.sign(line);
    guess
}

fn guess_of(folder: &Folder, path: &str, package: &Value, script: &str, line: &str) -> Guess {
    let below = parent(path);
    let depends = |name: &str| {
        ["dependencies", "devDependencies"].iter().any(|list| package[*list].get(name).is_some())
    };
    let framework = FRAMEWORKS
        .iter()
        .find(|framework| depends(framework.package) && runs(line, framework.word))
        .or_else(|| FRAMEWORKS.iter().find(|framework| runs(line, framework.word)))
        .or_else(|| {
            FRAMEWORKS
                .iter()
                .find(|framework| depends(framework.package) && server(package).is_none())
                .filter(|_| script::is_indirect(line))
        })
        // What starts several hands no port on to one of them.
        .filter(|_| !script::is_several(line) && !script::only_builds(line));
    let (manager, why) = manager(folder, below);
    let call = format!("{manager} run {}", commands::word(script));
    let mut reason = format!("the script `{script}` of {path}, {why}");
    let files = own_code(folder, below);
    let own_name = package["name"].as_str().and_then(|name| name.rsplit('/').next()).unwrap_or("web");
    let short = name(below, own_name);
    let named = FLAG.captures(line);
    let flag = named.as_ref().and_then(|found| found["port"].parse::<u16>().ok());
    let sets = named.is_some_and(|found| found.name("sets").is_some());
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
        match framework.told {
            // What the script gives PORT counts for more than what Portolan gives it.
            Told::ByVariable if sets => guess.set_fixed_port(port, why),
            _ => guess.set_told_port(port, why),
        }
        // Expo's and Wrangler's may answer nothing there.
        if !matches!(framework.kind, "Expo" | "Wrangler") {
            let page = DraftHealth::new(DraftCheck::Http("/".to_owned()));
            guess.service.health = Some(Said::guessed(page, "its development server answers there"));
        }
        return guess;
    }
    let server = server(package);
    if server.is_none() && !listens(&files) || script::only_builds(line) {
        // It may build or watch something; that it serves nothing is no reason to leave it out.
        reason = format!("{reason}; nothing in it seems to listen");
        return Guess::new(below, short, "Node", path, Said::guessed(call, reason));
    }
    let mut guess = Guess::new(below, short, server.unwrap_or("Node"), path, Said::guessed(call, reason));
    match flag {
        Some(port) => guess.set_fixed_port(port, format!("the script of {path} names it")),
        None => guess.set_port(code::port(&files), Some((3000, "the usual port of such a server"))),
    }
    guess.set_health(code::health(&files));
    guess
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

/// Whether these words stand in `line`, the first perhaps with a path before it.
fn runs(line: &str, words: &str) -> bool {
    let parts: Vec<&str> = line.split_whitespace().collect();
    let words: Vec<&str> = words.split(' ').collect();
    parts.windows(words.len()).any(|parts| {
        let same = |(part, word): (&&str, &&str)| part == word || part.ends_with(&format!("/{word}"));
        parts.iter().zip(&words).all(same)
    })
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
