//! Command lines of other tools: whether a shell has to read one, and where a port stands in it.

use std::convert::Infallible;
use std::sync::LazyLock;

use regex::Regex;

use crate::env::Template;
use crate::stack::Port;

use super::braces::escaped;
use super::service::{DraftCheck, DraftCommand, DraftService};

/// What only a shell understands. Quotes and backslashes are not among it: `command` is split as a shell splits.
const SHELL_SIGNS: [char; 14] = ['|', '&', ';', '<', '>', '(', ')', '$', '`', '*', '?', '#', '~', '\n'];

/// Words that are the shell's own, at the beginning of a command.
const BUILTINS: [&str; 24] = [
    "cd", "source", ".", ":", "exec", "export", "set", "unset", "eval", "ulimit", "umask", "trap", "if",
    "while", "for", "until", "case", "!", "{", "[", "[[", "alias", "wait", "read",
];

/// `$PORT`, `${PORT}` and `${PORT:-3000}`.
static PORT_VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\{PORT(?::?-(\d{1,5}))?\}|\$PORT\b").expect("a regular expression written here")
});

/// Programs whose `--port` is the port of somebody else.
const CLIENTS: [&str; 9] =
    ["docker", "mongosh", "mongo", "mysql", "mysqladmin", "mariadb", "redis-cli", "psql", "ssh"];

/// Where the command line of a server says where to listen. `-p` alone is a client's, too, so the servers that take it
/// are named.
static LISTENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x) \s --port[=\s](?P<a>\d{4,5})\b
        | \b http\.server \s+ (?P<b>\d{4,5})\b
        | \b runserver \s+ (?:[\w.\[\]:]*:)? (?P<c>\d{4,5})\b
        | \b php \s+ -S \s+ [\w.]*:(?P<d>\d{4,5})\b
        | \b gunicorn \b .* \s (?:-b|--bind)[=\s] [\w.]*:(?P<e>\d{4,5})\b
        | \b (?:rails\s+s(?:erver)? | puma | next\s+(?:dev|start) | flask\b.*\srun | hugo\s+server | serve) \b .* \s -p[=\s]?(?P<f>\d{4,5})\b",
    )
    .expect("a regular expression written here")
});

/// A command that enters a folder of a plain name first.
static ENTERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^cd +(?P<folder>[A-Za-z0-9_.][A-Za-z0-9_./@+-]*) +&& +(?P<rest>\S.*)$")
        .expect("a regular expression written here")
});

/// The port on which the command says to listen.
pub(super) fn named_port(command: &DraftCommand) -> Option<Port> {
    let line = match command {
        DraftCommand::Text(line) => line.clone(),
        DraftCommand::Words(words) => words.join(" "),
    };
    let program = line.split_whitespace().next().and_then(|word| word.rsplit('/').next());
    if program.is_some_and(|program| CLIENTS.contains(&program)) {
        return None;
    }
    LISTENS.captures(&line)?.iter().skip(1).flatten().find_map(|number| number.as_str().parse().ok())
}

/// The command, and whether a shell has to read it.
pub(super) fn from_text(text: &str) -> (DraftCommand, bool) {
    let line = text.trim_end();
    (DraftCommand::Text(escaped(line)), needs_shell(line))
}

/// The command of these words: as one string where that reads the same, else as a list.
pub(super) fn from_words(words: &[String]) -> DraftCommand {
    let line = words.join(" ");
    let plain = !words.iter().any(String::is_empty)
        && !needs_shell(&line)
        && shell_words::split(&line).is_ok_and(|split| split == words);
    if plain {
        DraftCommand::Text(escaped(&line))
    } else {
        DraftCommand::Words(words.iter().map(|word| escaped(word)).collect())
    }
}

/// Whether a shell has to read `line`, because of what stands outside its quotes.
pub(super) fn needs_shell(line: &str) -> bool {
    let bare = outside_quotes(line);
    let first = line.split_whitespace().next().unwrap_or_default();
    let assigns = first.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    let expands = bare.contains('{') && bare.contains(',') || bare.contains('[') && bare.contains(']');
    bare.contains(SHELL_SIGNS)
        || in_double_quotes(line).contains(['$', '`'])
        || assigns
        || expands
        || BUILTINS.contains(&first)
        || shell_words::split(line).is_err()
}

/// What stands outside of quotes.
fn outside_quotes(line: &str) -> String {
    split_by_quotes(line).0
}

fn in_double_quotes(line: &str) -> String {
    split_by_quotes(line).1
}

fn split_by_quotes(line: &str) -> (String, String) {
    let (mut bare, mut doubled) = (String::new(), String::new());
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (None | Some('"'), '\\') => drop(characters.next()),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, c) => bare.push(c),
            (Some('"'), c) => doubled.push(c),
            (Some(_), _) => {}
        }
    }
    (bare, doubled)
}

/// `command` with `{port}` where `$PORT` stood, and the port that it named as the default. `command` is escaped.
pub(super) fn with_port_placeholder(command: &str) -> Option<(String, Option<Port>)> {
    let found = PORT_VARIABLE.captures(command)?;
    let default = found.get(1).and_then(|number| number.as_str().parse().ok());
    Some((PORT_VARIABLE.replace_all(command, "{port}").into_owned(), default))
}

/// A command with its placeholders filled and its braces single, as a shell would see it.
pub(super) fn without_placeholders(command: &str) -> String {
    let filled =
        Template::parse(command).map(|template| template.expand(|_| Ok::<_, Infallible>("1".to_owned())));
    match filled {
        Ok(Ok(text)) => text,
        Err(_) => command.to_owned(),
    }
}

/// Lets the service be told its port wherever its command or a variable has the number; whether one had it.
pub(super) fn tell_port(service: &mut DraftService, port: Port) -> bool {
    let mut told = false;
    match &mut service.command.value {
        DraftCommand::Text(line) => told |= replace_number(line, port),
        DraftCommand::Words(words) => {
            for word in words {
                told |= replace_number(word, port);
            }
        }
    }
    if let Some(health) = &mut service.health
        && let DraftCheck::Exec(command) = &mut health.value.check
    {
        match command {
            DraftCommand::Text(line) => _ = replace_number(line, port),
            DraftCommand::Words(words) => words.iter_mut().for_each(|word| _ = replace_number(word, port)),
        }
    }
    let number = port.to_string();
    for entry in &mut service.env {
        if entry.value.value == number && entry.name != "PORT" {
            entry.value.value = "{port}".to_owned();
            told = true;
        }
    }
    // Portolan sets PORT itself.
    let before = service.env.len();
    service.env.retain(|entry| !(entry.name == "PORT" && entry.value.value == number));
    told | (service.env.len() < before)
}

/// Puts `{port}` where `port` stands as a word of its own, behind a space, `=` or `:`.
fn replace_number(text: &mut String, port: Port) -> bool {
    let number = port.to_string();
    let mut written = String::new();
    let mut rest = text.as_str();
    let mut found = false;
    while let Some(at) = rest.find(&number) {
        let before = rest[..at].chars().next_back().or_else(|| written.chars().next_back());
        let after = rest[at + number.len()..].chars().next();
        let begins = before.is_none_or(|c| c.is_whitespace() || matches!(c, '=' | ':' | '"' | '\''));
        let ends = after.is_none_or(|c| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | ';' | ')' | '&'));
        written.push_str(&rest[..at]);
        written.push_str(if begins && ends { "{port}" } else { &number });
        found |= begins && ends;
        rest = &rest[at + number.len()..];
    }
    written.push_str(rest);
    *text = written;
    found
}

/// The folder that a command enters before all else, and the rest of it, where the rest would do the same if it began
/// there: `cd web && npm start`.
pub(super) fn entered(line: &str) -> Option<(&str, &str)> {
    let found = ENTERS.captures(line)?;
    let (folder, rest) = (found.name("folder")?.as_str(), found.name("rest")?.as_str());
    let moves = rest.split_whitespace().any(|word| matches!(word, "cd" | "pushd" | "popd"));
    (!moves && is_one_chain(rest)).then_some((folder, rest))
}

/// Whether `line` is commands joined by nothing but `&&`, none of them in the background or in brackets.
fn is_one_chain(line: &str) -> bool {
    !outside_quotes(line).replace("&&", "").contains(['&', '|', ';', '<', '>', '(', '`', '#', '\n'])
}

/// A server that listens on a port of its own, unless it is told another.
struct Server {
    /// The words that start it, one of each list.
    call: &'static [&'static [&'static str]],
    port: u16,
    /// The words that tell it another; none for one that reads PORT.
    told: &'static str,
}

const fn server(call: &'static [&'static [&'static str]], port: u16, told: &'static str) -> Server {
    Server { call, port, told }
}

const SERVERS: [Server; 17] = [
    server(&[&["uvicorn"]], 8000, "--port {port}"),
    server(&[&["fastapi"], &["dev", "run"]], 8000, "--port {port}"),
    server(&[&["manage.py"], &["runserver"]], 8000, "127.0.0.1:{port}"),
    server(&[&["vite"]], 5173, "--port {port}"),
    server(&[&["react-router"], &["dev"]], 5173, "--port {port}"),
    server(&[&["next"], &["dev", "start"]], 3000, "--port {port}"),
    server(&[&["nuxt", "nuxi"], &["dev"]], 3000, "--port {port}"),
    server(&[&["astro"], &["dev"]], 4321, "--port {port}"),
    server(&[&["ng"], &["serve"]], 4200, "--port {port}"),
    server(&[&["flask"], &["run"]], 5000, "--port {port}"),
    server(&[&["webpack"], &["serve"]], 8080, "--port {port}"),
    server(&[&["artisan"], &["serve"]], 8000, "--port={port}"),
    server(&[&["hugo"], &["server", "serve"]], 1313, "--port {port}"),
    server(&[&["gunicorn"]], 8000, ""),
    server(&[&["rails"], &["server", "s"]], 3000, ""),
    server(&[&["react-scripts"], &["start"]], 3000, ""),
    server(&[&["http-server"]], 8080, ""),
];

/// Words before the program itself.
const WRAPPERS: [&str; 17] = [
    "env", "run", "exec", "poetry", "uv", "pipenv", "npx", "bunx", "pnpm", "yarn", "bundle", "python",
    "python3", "-m", "php", "ruby", "dotenv",
];

/// The port on which a server listens because its command says no other, and the words to add that would.
pub(super) fn unsaid_port(command: &DraftCommand) -> Option<(Port, &'static str)> {
    let line = match command {
        DraftCommand::Text(line) => line.clone(),
        DraftCommand::Words(words) => words.join(" "),
    };
    let says = ["port", "PORT", " -p", " -b", "--bind", "--uds", "--fd", " -c ", "--config"];
    if !is_one_chain(&line) || says.iter().any(|word| line.contains(word)) {
        return None;
    }
    let last = line.rsplit("&&").next()?;
    let mut words = last.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let mut words: Vec<&str> =
        words.by_ref().skip_while(|word| WRAPPERS.contains(word) || word.contains('=')).collect();
    // `flask --app site run`
    if words.first() == Some(&"flask")
        && let Some(run) = words.iter().position(|word| *word == "run")
    {
        words.drain(1..run);
    }
    let starts = |server: &&Server| {
        server.call.iter().enumerate().all(|(at, any)| words.get(at).is_some_and(|word| any.contains(word)))
    };
    let found = SERVERS.iter().find(starts)?;
    // Vite serves by itself, and builds when it is told so.
    if words.iter().any(|word| matches!(*word, "build" | "optimize")) {
        return None;
    }
    Some((Port::new(found.port)?, found.told))
}

/// Adds words to a command.
pub(super) fn add_words(command: &mut DraftCommand, words: &str) {
    match command {
        DraftCommand::Text(line) if !words.is_empty() => {
            line.push(' ');
            line.push_str(words);
        }
        DraftCommand::Text(_) => {}
        DraftCommand::Words(list) => list.extend(words.split_whitespace().map(str::to_owned)),
    }
}

/// A name as one word of a command that no shell reads, none of its braces a placeholder.
pub(super) fn word(name: &str) -> String {
    escaped(&quoted(name))
}

/// A text as one word of a shell's command line.
pub(super) fn quoted(word: &str) -> String {
    shell_words::quote(word).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_is_asked_for_only_where_one_is_needed() {
        for line in ["node server.js", "echo 'a | b'", "python -m http.server 8000", r"a\ b c", "x --y=z"] {
            assert!(!needs_shell(line), "{line}");
        }
        for line in [
            "a && b",
            "A=1 b",
            "cd x",
            "echo $HOME",
            "echo \"$HOME\"",
            "ls *.py",
            "a > b",
            "echo 'x",
            "ls {a,b}",
            "~/bin/x",
        ] {
            assert!(needs_shell(line), "{line}");
        }
    }

    #[test]
    fn words_stay_words() {
        let words =
            |words: &[&str]| from_words(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(words(&["node", "x.js"]), DraftCommand::Text("node x.js".into()));
        let odd = ["sh", "-c", "a; b"];
        assert_eq!(words(&odd), DraftCommand::Words(odd.map(str::to_owned).to_vec()));
    }

    #[test]
    fn servers_say_where_they_listen_and_clients_do_not() {
        let of = |line: &str| named_port(&DraftCommand::Text(line.to_owned())).map(Port::get);
        assert_eq!(of("uvicorn main:app --reload --port 8000"), Some(8000));
        assert_eq!(of("python3 -m http.server 8001 --bind 127.0.0.1"), Some(8001));
        assert_eq!(of("python manage.py runserver 0.0.0.0:8002"), Some(8002));
        assert_eq!(of("bundle exec rails server -p 3001"), Some(3001));
        assert_eq!(of("gunicorn app:app --bind=0.0.0.0:8003"), Some(8003));
        for line in [
            "psql -p 5432",
            "mongosh --port 27017",
            "curl http://localhost:8000",
            "docker run -p 8080:80 x --port 9000",
            "ssh -p 2222 x",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }

    #[test]
    fn a_folder_is_entered_only_where_the_rest_may_begin_there() {
        assert_eq!(entered("cd web && npm start"), Some(("web", "npm start")));
        assert_eq!(entered("cd ../a/b.c && A=1 x && y"), Some(("../a/b.c", "A=1 x && y")));
        for line in [
            "cd web; npm start",
            "cd web && npm i & cd api && y",
            "cd web && cd x && y",
            "cd $A && x",
            "cd ~/x && y",
            "cd - && y",
            "cd 'a b' && x",
            "cd web && a || b",
            "cd web",
        ] {
            assert_eq!(entered(line), None, "{line}");
        }
    }

    #[test]
    fn a_server_that_is_told_no_port_is_known() {
        let of = |line: &str| {
            unsaid_port(&DraftCommand::Text(line.to_owned())).map(|(port, words)| (port.get(), words))
        };
        assert_eq!(of("poetry run uvicorn app:app --reload"), Some((8000, "--port {port}")));
        assert_eq!(
            of("python3 manage.py migrate && python3 manage.py runserver"),
            Some((8000, "127.0.0.1:{port}"))
        );
        assert_eq!(of("./node_modules/.bin/vite"), Some((5173, "--port {port}")));
        assert_eq!(of("bundle exec rails s"), Some((3000, "")));
        assert_eq!(of("python -m flask --app site --debug run"), Some((5000, "--port {port}")));
        assert_eq!(of("npx webpack serve --mode development"), Some((8080, "--port {port}")));
        for line in [
            "uvicorn app:app --port 9000",
            "vite build --watch",
            "uvicorn app:app | tee log",
            "gunicorn -b unix:x app",
            "echo uvicorn",
            "next build",
            "flask db upgrade",
            "webpack --watch",
            "uvicorn a:b & vite",
        ] {
            assert_eq!(of(line), None, "{line}");
        }
    }

    #[test]
    fn ports_become_placeholders() {
        let port = |number| Port::new(number).unwrap();
        assert_eq!(with_port_placeholder("x -p $PORT"), Some(("x -p {port}".into(), None)));
        assert_eq!(with_port_placeholder("x ${PORT:-3000}"), Some(("x {port}".into(), Some(port(3000)))));
        assert_eq!(with_port_placeholder("x $PORTAL"), None);
        let mut line = "serve 8080 -b 0.0.0.0:8080 --x=8080 18080 8080x /8080".to_owned();
        assert!(replace_number(&mut line, port(8080)));
        assert_eq!(line, "serve {port} -b 0.0.0.0:{port} --x={port} 18080 8080x /8080");
    }
}
