//! Deno, Ruby, PHP, Spring, .NET, and JavaScript without a package: what starts each, and how it is told its port. Of
//! what is known only by its file it says that nothing was made of it.

use std::sync::LazyLock;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;

use crate::draft::commands;
use crate::draft::service::{DraftCheck, DraftHealth, Said};
use crate::stack::Port;

use super::code::{self, PathInCode, PortInCode};
use super::folder::{Folder, is_below, join, parent};
use super::guess::{Guess, name};

/// A first build takes a while.
const FIRST_BUILD: Duration = Duration::from_secs(600);

/// Files of tools of which nothing is made, and what would start such a project.
const UNKNOWN: [(&str, &str, &str); 6] = [
    ("mix.exs", "Elixir", "mix phx.server"),
    ("build.sbt", "Scala", "sbt run"),
    ("pom.xml", "Java", "./mvnw compile exec:java"),
    ("build.gradle", "Gradle", "./gradlew run"),
    ("build.gradle.kts", "Gradle", "./gradlew run"),
    ("Package.swift", "Swift", "swift run"),
];

/// A port of Spring: the number, or the default of the variable that is read.
static SPRING_PORT: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*[:=]\s*(?:\$\{\w+:)?(\d{4,5})"));
static LAUNCH_URL: LazyLock<Regex> = LazyLock::new(|| regex(r"http://[\w.*+-]+:(\d{4,5})"));
static TARGET: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^(dev|develop|run|start|serve|server|up|watch)(?:\s+[\w-]+)*\s*:(?:[^=]|$)"));

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a regular expression written here")
}

/// The services.
pub(super) fn find(folder: &Folder) -> Vec<Guess> {
    let mut guesses = deno(folder);
    guesses.extend(node_files(folder));
    guesses.extend(ruby(folder));
    guesses.extend(php(folder));
    guesses.extend(spring(folder));
    guesses.extend(dotnet(folder));
    guesses
}

/// What is there and no service was made of; `found` are the services.
pub(super) fn notes(folder: &Folder, found: &[Guess]) -> Vec<String> {
    let mut notes = Vec::new();
    for (file, kind, command) in UNKNOWN {
        let is_known = |at: &str| {
            found.iter().any(|guess| guess.folder() == at || is_below(guess.folder(), at) && !at.is_empty())
        };
        // Those of a phone's app start with it.
        let of_app = |path: &str| path.split('/').any(|part| matches!(part, "android" | "ios"));
        let unknown =
            folder.named(file).into_iter().find(|(path, _)| !is_known(parent(path)) && !of_app(path));
        if let Some((path, text)) = unknown {
            let command = if text.contains("spring-boot") { "./mvnw spring-boot:run" } else { command };
            notes.push(format!(
                "{path} ({kind}): nothing was made of it; where it serves something, write [services.NAME] with \
                 command = \"{command}\" or the like"
            ));
        }
    }
    for (file, tool) in
        [("Makefile", "make"), ("justfile", "just"), ("Justfile", "just"), ("Taskfile.yml", "task")]
    {
        let Some(text) = folder.text(file) else { continue };
        let target = (1..).zip(text.lines()).find_map(|(at, line): (u32, &str)| {
            // Those of a Taskfile stand below a key.
            let line = if tool == "task" { line.trim_start() } else { line };
            Some((at, TARGET.captures(line)?[1].to_owned()))
        });
        if let Some((at, target)) = target {
            notes.push(format!(
                "{file}:{at}: nothing was made of `{target}`; command = \"{tool} {target}\" would call it"
            ));
        }
    }
    notes
}

fn deno(folder: &Folder) -> Vec<Guess> {
    let mut guesses = Vec::new();
    for (path, text) in ["deno.json", "deno.jsonc"].iter().flat_map(|name| folder.named(name)) {
        let below = parent(path);
        // A comment would make it no JSON, and its tasks are read without.
        let plain: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let tasks = serde_json::from_str::<Value>(&plain).unwrap_or_default();
        let files: Vec<(&str, &str)> = folder.ending(below, &["ts", "js", "tsx", "mts"]);
        let serves = files.iter().find(|(_, text)| text.contains("Deno.serve(") || text.contains(".listen("));
        let task = ["dev", "start", "serve"].into_iter().find(|task| tasks["tasks"].get(task).is_some());
        let (command, reason) = match (task, serves) {
            (Some(task), _) => (format!("deno task {task}"), format!("the task `{task}` of {path}")),
            (None, Some((file, _))) => {
                let relative = file.strip_prefix(below).unwrap_or(file).trim_start_matches('/');
                (
                    format!("deno run --allow-net --allow-env --allow-read {}", commands::word(relative)),
                    format!("{file} serves"),
                )
            }
            (None, None) => continue,
        };
        let mut guess =
            Guess::new(below, name(below, "server"), "Deno", path, Said::guessed(command, reason));
        guess.sign("deno task");
        guess.sign("deno run");
        let usual = serves.map(|(file, text)| {
            let at = text.lines().position(|line| line.contains("Deno.serve(")).unwrap_or_default();
            PortInCode { port: Port::new(8000), variable: None, place: format!("{file}:{}", at + 1) }
        });
        guess.set_own_port(code::port(&files).or(usual), 8000);
        guess.set_health(code::health(&files));
        guesses.push(guess);
    }
    guesses
}

/// Servers in files that no package.json is above.
fn node_files(folder: &Folder) -> Vec<Guess> {
    let packages = folder.named("package.json");
    let mut guesses: Vec<Guess> = Vec::new();
    for (path, text) in folder.ending("", &["js", "mjs", "cjs"]) {
        let below = parent(path);
        let packaged = packages.iter().any(|(package, _)| is_below(path, parent(package)));
        let listens = text.contains(".listen(") && (text.contains("require(") || text.contains("import "));
        let part = guesses.iter().any(|guess| guess.folder() != below && is_below(below, guess.folder()));
        if packaged || !listens || part {
            continue;
        }
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.split('.').next().unwrap_or(file);
        let own = if matches!(stem, "server" | "index" | "main" | "app") { name(below, stem) } else { stem };
        let command = Said::guessed(format!("node {}", commands::word(file)), format!("{path} listens"));
        let mut guess = Guess::new(below, own, "Node", path, command);
        guess.sign(file);
        guess.set_own_port(code::port(&[(path, text)]), 3000);
        guess.set_health(code::health(&[(path, text)]));
        guesses.push(guess);
    }
    guesses
}

fn ruby(folder: &Folder) -> Vec<Guess> {
    let mut guesses: Vec<Guess> = Vec::new();
    let gem = |text: &str, name: &str| {
        text.lines().any(|line| {
            let line = line.trim_start();
            line.starts_with("gem ")
                && (line.contains(&format!("\"{name}\"")) || line.contains(&format!("'{name}'")))
        })
    };
    for (path, text) in folder.named("Gemfile") {
        let below = parent(path);
        if !gem(text, "rails") {
            continue;
        }
        let bin = folder.has(&join(below, "bin/rails"));
        let call = if bin { "bin/rails server" } else { "bundle exec rails server" };
        let command = Said::guessed(call.to_owned(), format!("{path} has rails"));
        let mut guess = Guess::new(below, name(below, "web"), "Rails", path, command);
        ["rails server", "rails s", "bin/rails server", "bin/rails s", "puma"]
            .iter()
            .for_each(|sign| guess.sign(sign));
        guess.set_port(None, Some((3000, "where Rails listens unless PORT says another")));
        let routes = join(below, "config/routes.rb");
        let up = folder.text(&routes).and_then(|text| {
            let at = text.lines().position(|line| line.contains("rails/health#show") && !is_comment(line))?;
            Some(PathInCode { path: "/up".to_owned(), place: format!("{routes}:{}", at + 1) })
        });
        guess.set_health(up);
        guesses.push(guess);
    }
    for (path, _) in folder.named("config.ru") {
        let below = parent(path);
        if guesses.iter().any(|guess| guess.folder() == below) {
            continue;
        }
        let bundle = if folder.has(&join(below, "Gemfile")) { "bundle exec " } else { "" };
        let call = format!("{bundle}rackup --host 127.0.0.1 --port {{port}}");
        let mut guess = Guess::new(
            below,
            name(below, "web"),
            "Rack",
            path,
            Said::guessed(call, format!("there is {path}")),
        );
        guess.sign("rackup");
        guess.set_told_port(9292, "where rackup listens by default");
        guess.set_health(code::health(&folder.ending(below, &["rb"])));
        guesses.push(guess);
    }
    let serves = |text: &str| {
        let sinatra =
            text.lines().any(|line| matches!(line.trim(), "require 'sinatra'" | "require \"sinatra\""));
        (sinatra, sinatra || text.contains("TCPServer.new") || text.contains("HTTPServer.new"))
    };
    for (path, text) in folder.ending("", &["rb"]) {
        let below = parent(path);
        let (sinatra, serves) = serves(text);
        let part = guesses.iter().any(|guess| guess.folder() == below || is_below(below, guess.folder()));
        if !serves || part {
            continue;
        }
        let file = path.rsplit('/').next().unwrap_or(path);
        let bundle = if folder.has(&join(below, "Gemfile")) { "bundle exec " } else { "" };
        let kind = if sinatra { "Sinatra" } else { "Ruby" };
        let command =
            Said::guessed(format!("{bundle}ruby {}", commands::word(file)), format!("{path} serves"));
        let mut guess = Guess::new(below, name(below, "app"), kind, path, command);
        guess.sign(file);
        match code::port(&[(path, text)]) {
            None if sinatra => {
                guess.set_port(None, Some((4567, "where Sinatra listens unless PORT says another")));
            }
            found => guess.set_own_port(found, 4567),
        }
        guess.set_health(code::health(&[(path, text)]));
        guesses.push(guess);
    }
    guesses
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

fn php(folder: &Folder) -> Vec<Guess> {
    let mut guesses = Vec::new();
    for (path, _) in folder.named("artisan") {
        let below = parent(path);
        let command = Said::guessed(
            "php artisan serve --host=127.0.0.1 --port={port}".to_owned(),
            format!("{path} is Laravel's"),
        );
        let mut guess = Guess::new(below, name(below, "web"), "Laravel", path, command);
        guess.sign("artisan serve");
        guess.set_told_port(8000, "where Laravel's server listens by default");
        let app = join(below, "bootstrap/app.php");
        let up = folder.text(&app).and_then(|text| {
            let at = text.lines().position(|line| line.trim_start().starts_with("health: '/up'"))?;
            Some(PathInCode { path: "/up".to_owned(), place: format!("{app}:{}", at + 1) })
        });
        guess.set_health(up);
        guesses.push(guess);
    }
    for (path, _) in folder.named("index.php") {
        let served = parent(path);
        let (below, root) = match served.rsplit_once('/') {
            Some((below, "public")) => (below, " -t public"),
            None if served == "public" => ("", " -t public"),
            _ => (served, ""),
        };
        // Elsewhere an index.php is mostly there so that nobody lists the folder.
        let is_project = !root.is_empty() || below.is_empty() || folder.has(&join(below, "composer.json"));
        let part = |guess: &Guess| guess.folder() == below || is_below(below, guess.folder());
        if !is_project || guesses.iter().any(part) {
            continue;
        }
        let command = Said::guessed(format!("php -S 127.0.0.1:{{port}}{root}"), format!("there is {path}"));
        let mut guess = Guess::new(below, name(below, "web"), "PHP", path, command);
        guess.sign("php -S");
        guess.set_told_port(8000, "the usual port of such a server");
        guesses.push(guess);
    }
    guesses
}

fn spring(folder: &Folder) -> Vec<Guess> {
    let mut guesses = Vec::new();
    let files = ["pom.xml", "build.gradle", "build.gradle.kts"];
    for (path, text) in files.iter().flat_map(|file| folder.named(file)) {
        let below = parent(path);
        let maven = path.ends_with("pom.xml");
        let plugin = if maven { "spring-boot-maven-plugin" } else { "org.springframework.boot" };
        let parent_only = text.contains("<packaging>pom</packaging>") || text.contains("apply false");
        if !text.contains(plugin) || parent_only {
            continue;
        }
        let (wrapper, tool, goal) =
            if maven { ("mvnw", "mvn", "spring-boot:run") } else { ("gradlew", "gradle", "bootRun") };
        let command = format!("{} {goal}", wrapped(folder, below, wrapper).unwrap_or(tool.to_owned()));
        let mut guess = Guess::new(
            below,
            name(below, "app"),
            "Spring Boot",
            path,
            Said::guessed(command, format!("{path} has Spring Boot")),
        );
        guess.sign(goal);
        let said =
            ["application.properties", "application.yml", "application.yaml"].iter().find_map(|file| {
                let file = join(below, &format!("src/main/resources/{file}"));
                let port = spring_port(folder.text(&file)?)?;
                Some((port, format!("{file} says so")))
            });
        let (port, why) = said.unwrap_or((8080, "where Spring Boot listens by default".to_owned()));
        guess.set_told_port(port, why);
        if let Some(port) = &mut guess.service.port {
            port.value.env = Some("SERVER_PORT".to_owned());
        }
        let (check, why) = if text.contains("spring-boot-starter-actuator") {
            (DraftCheck::Http("/actuator/health".to_owned()), format!("{path} has its actuator"))
        } else {
            (DraftCheck::Tcp, "no route is known to be for that".to_owned())
        };
        let health = DraftHealth { start_timeout: Some(FIRST_BUILD), ..DraftHealth::new(check) };
        guess.service.health = Some(Said::guessed(health, why));
        guesses.push(guess);
    }
    guesses
}

/// What stands at `server.port`, written so or as `port` right below `server`.
fn spring_port(text: &str) -> Option<u16> {
    // How deep the keys below `server` stand, once the first of them was seen.
    let mut below_server: Option<Option<usize>> = None;
    for line in text.lines() {
        let key = line.trim_start();
        if key.is_empty() || is_comment(key) {
            continue;
        }
        let depth = line.len() - key.len();
        if depth == 0 {
            below_server = key.starts_with("server:").then_some(None);
        }
        let value = if depth == 0 {
            key.strip_prefix("server.port")
        } else {
            below_server.as_mut().and_then(|first| {
                (*first.get_or_insert(depth) == depth).then(|| key.strip_prefix("port")).flatten()
            })
        };
        if let Some(found) = value.and_then(|value| SPRING_PORT.captures(value)) {
            return found[1].parse().ok();
        }
    }
    None
}

/// How the wrapper of a build tool is called from `below`: it lies there or in a folder above.
fn wrapped(folder: &Folder, below: &str, wrapper: &str) -> Option<String> {
    let (mut at, mut up) = (below, String::from("./"));
    loop {
        if folder.has(&join(at, wrapper)) {
            return Some(format!("{up}{wrapper}"));
        }
        if at.is_empty() {
            return None;
        }
        at = parent(at);
        up = if up == "./" { "../".to_owned() } else { format!("{up}../") };
    }
}

fn dotnet(folder: &Folder) -> Vec<Guess> {
    let mut guesses = Vec::new();
    for (path, text) in folder.ending("", &["csproj", "fsproj"]) {
        let below = parent(path);
        if !text.contains("Microsoft.NET.Sdk.Web") {
            continue;
        }
        let file = path.rsplit('/').next().unwrap_or(path);
        let own = file.rsplit_once('.').map_or(file, |(own, _)| own);
        let command = Said::guessed(
            "dotnet run -- --urls http://127.0.0.1:{port}".to_owned(),
            format!("{path} is a web project"),
        );
        let mut guess = Guess::new(below, name(below, own), "ASP.NET", path, command);
        guess.sign("dotnet run");
        guess.sign("dotnet watch");
        let launch = join(below, "Properties/launchSettings.json");
        let said = folder.text(&launch).and_then(|text| {
            Some((LAUNCH_URL.captures(text)?[1].parse::<u16>().ok()?, format!("{launch} says so")))
        });
        let (port, why) = said.unwrap_or((5000, "where ASP.NET listens by default".to_owned()));
        guess.set_told_port(port, why);
        guess.set_health(code::health(&folder.ending(below, &["cs"])));
        let health = guess.service.health.get_or_insert_with(|| {
            Said::guessed(DraftHealth::new(DraftCheck::Tcp), "no route in its code seems to be for that")
        });
        health.value.start_timeout = Some(FIRST_BUILD);
        guesses.push(guess);
    }
    guesses
}
