//! Go: main packages that serve something.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::draft::commands;
use crate::draft::service::Said;
use crate::stack::Port;

use super::code::{self, PortInCode};
use super::folder::{Folder, is_below, parent};
use super::guess::{Guess, name};

const FRAMEWORKS: [(&str, &str); 6] = [
    ("github.com/gin-gonic/gin", "Gin"),
    ("github.com/labstack/echo", "Echo"),
    ("github.com/gofiber/fiber", "Fiber"),
    ("github.com/go-chi/chi", "chi"),
    ("google.golang.org/grpc", "gRPC"),
    ("net/http", "Go"),
];

/// How a program that uses a framework is seen to serve.
const STARTS: [(&str, &str); 4] = [
    ("github.com/gin-gonic/gin", ".Run("),
    ("github.com/labstack/echo", ".Start("),
    ("github.com/gofiber/fiber", ".Listen("),
    ("", "ListenAndServe"),
];

/// A flag with a port: its name, and the port that counts without it.
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x) \bflag\.(?:
          (?:Int|Uint)(?:Var)?\((?:[^",]*,)?\s*"(?P<name>[\w-]+)",\s*(?P<port>\d{4,5})
        | String(?:Var)?\((?:[^",]*,)?\s*"(?P<text>[\w-]+)",\s*"(?P<host>[\w.]*:)?(?P<at>\d{4,5})"
        )"#,
    )
    .expect("a regular expression written here")
});
/// Flags that say where the program itself listens, the surest first. Others, such as `redis-addr`, are about somebody else.
const OWN_FLAGS: [&str; 11] = [
    "port",
    "http-port",
    "addr",
    "http-addr",
    "listen",
    "listen-addr",
    "bind",
    "bind-addr",
    "address",
    "listen-address",
    "http",
];
/// Gin reads PORT itself where it is told nothing.
const GIN_PORT: u16 = 8080;

/// The Go services.
pub(super) fn find(folder: &Folder) -> Vec<Guess> {
    let modules: Vec<&str> = folder.named("go.mod").iter().map(|(path, _)| parent(path)).collect();
    modules.iter().flat_map(|module| programs(folder, module, &modules)).collect()
}

fn programs(folder: &Folder, module: &str, modules: &[&str]) -> Vec<Guess> {
    let inner = |path: &str| {
        modules.iter().any(|other| *other != module && is_below(other, module) && is_below(path, other))
    };
    let files: Vec<(&str, &str)> =
        folder.ending(module, &["go"]).into_iter().filter(|(path, _)| !inner(path)).collect();
    let is_main = |text: &str| {
        text.lines().any(|line| line.trim_end() == "package main") && text.contains("func main()")
    };
    let mains: BTreeSet<&str> =
        files.iter().filter(|(_, text)| is_main(text)).map(|(path, _)| parent(path)).collect();
    let mut guesses = Vec::new();
    for main in &mains {
        // What stands beside and below the program, and then what the module shares.
        let (mut own, shared): (Vec<_>, Vec<_>) = files
            .iter()
            .copied()
            .filter(|(path, _)| is_below(path, main) || !mains.iter().any(|other| is_below(path, other)))
            .partition(|(path, _)| parent(path) == *main);
        let at = own.iter().find(|(_, text)| is_main(text)).map_or(*main, |(path, _)| path);
        own.extend(shared);
        let serves = |text: &str| {
            text.contains("net.Listen(")
                || STARTS.iter().any(|(import, call)| text.contains(import) && text.contains(call))
        };
        if own.iter().any(|(_, text)| serves(text)) {
            guesses.push(program(module, main, at, &own));
        }
    }
    guesses
}

fn program(module: &str, main: &str, at: &str, own: &[(&str, &str)]) -> Guess {
    let kind = FRAMEWORKS.iter().find(|(import, _)| own.iter().any(|(_, text)| text.contains(import)));
    let relative = main.strip_prefix(module).unwrap_or(main).trim_start_matches('/');
    let mut call = match relative {
        "" => "go run .".to_owned(),
        _ => format!("go run {}", commands::word(&format!("./{relative}"))),
    };
    let in_code = code::port(own);
    // A program that reads PORT needs no word for it.
    let reads_port = in_code.as_ref().is_some_and(|found| found.variable.as_deref() == Some("PORT"));
    let flag = if reads_port { None } else { flag(own) };
    if let Some((words, ..)) = &flag {
        call = format!("{call} {words}");
    }
    let shown = if main.is_empty() { "this folder" } else { main };
    let own_name = if relative.is_empty() { name(module, "server") } else { name(relative, "server") };
    let reason = format!("package main in {shown}");
    let mut guess =
        Guess::new(module, own_name, kind.map_or("Go", |(_, kind)| kind), at, Said::guessed(call, reason));
    guess.sign("go run");
    guess.sign("air");
    match flag {
        Some((_, port, reason)) => guess.set_told_port(port, reason),
        None => guess.set_own_port(in_code.or_else(|| of_gin(own)), GIN_PORT),
    }
    guess.set_health(code::health(own));
    guess
}

/// The words that tell it its port on the command line, the port that it takes without, and where that is seen.
fn flag(own: &[(&str, &str)]) -> Option<(String, u16, String)> {
    let rank = |found: &Captures<'_>| {
        let name = found.name("name").or(found.name("text"))?.as_str();
        OWN_FLAGS.iter().position(|own| *own == name)
    };
    let flags =
        own.iter().flat_map(|(path, text)| FLAG.captures_iter(text).map(move |found| (path, text, found)));
    let (_, (path, text, found)) =
        flags.filter_map(|flag| Some((rank(&flag.2)?, flag))).min_by_key(|(rank, _)| *rank)?;
    let line = text[..found.get(0)?.start()].lines().count().max(1);
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    let (name, port) = (part("name").or(part("text"))?, part("port").or(part("at"))?);
    // `:8080` is an address, `8080` is not.
    let value = if part("host").is_some() { "127.0.0.1:{port}" } else { "{port}" };
    Some((
        format!("-{name} {value}"),
        port.parse().ok()?,
        format!("{path}:{line} takes -{name}, else {port}"),
    ))
}

/// `router.Run()` takes PORT, else 8080.
fn of_gin(own: &[(&str, &str)]) -> Option<PortInCode> {
    let gin = own.iter().filter(|(_, text)| text.contains(STARTS[0].0));
    let (path, at) = gin.clone().find_map(|(path, text)| {
        let at = text.lines().position(|line| line.contains(".Run()") && !line.contains("cmd."))?;
        Some((path, at + 1))
    })?;
    Some(PortInCode {
        port: Port::new(GIN_PORT),
        variable: Some("PORT".to_owned()),
        place: format!("{path}:{at}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_on_the_command_line_is_a_number_or_an_address() {
        let of = |text: &str| flag(&[("main.go", text)]).map(|(words, port, _)| (words, port));
        assert_eq!(of("p := flag.Int(\"port\", 8081, \"\")"), Some(("-port {port}".into(), 8081)));
        assert_eq!(
            of("\n\tflag.StringVar(&addr, \"addr\", \":8081\", \"\")"),
            Some(("-addr 127.0.0.1:{port}".into(), 8081))
        );
        assert_eq!(of("flag.String(\"port\", \"8081\", \"\")"), Some(("-port {port}".into(), 8081)));
        assert_eq!(of("flag.String(\"db-addr\", \":5432\", \"\")"), None);
        assert_eq!(of("flag.Int(\"grpc-port\", 9000, \"\")"), None);
        assert_eq!(
            of("flag.String(\"listen\", \":8082\", \"\")\nflag.Int(\"port\", 8083, \"\")"),
            Some(("-port {port}".into(), 8083))
        );
    }

    #[test]
    fn gin_reads_port_where_it_is_told_nothing() {
        let text = "import \"github.com/gin-gonic/gin\"\n\tr.Run()\n";
        assert_eq!(of_gin(&[("main.go", text)]).unwrap().place, "main.go:2");
        assert_eq!(of_gin(&[("main.go", &text.replace("Run()", "Run(addr)"))]), None);
    }
}
