//! What code says of a server in passing: the port that it takes, the path that it answers for its health.

use std::sync::LazyLock;

use regex::Regex;

use crate::stack::Port;

/// A variable, as Node, Python, Rust, Go, Ruby and PHP read one, and functions of one's own, whose names mostly have `env`
/// in them.
pub(super) static VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?x)
        (?: \benv\.
          | \benv\[\s*['"] | \bENV\[\s*['"] | \$_(?:ENV|SERVER)\[\s*['"]
          | (?i:env)\w*(?:\.get|\.fetch|::var|::var_os)?\s*[\[(]\s*['"]
          | environ(?:\.get)?\s*[\[(]\s*['"]
          | \benv(?:config)?:"
        )(?P<name>[A-Z][A-Z0-9_]*)\b"#,
    )
});
/// `const { PORT = 3000 } = process.env`
static TAKEN_APART: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\{[^{}]*\b(?P<name>PORT)\b(?P<default>[^{}]*)\}\s*=\s*(?:process|Bun)\.env\b"));
/// A default that has a name.
static NAMED_DEFAULT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^['\x22]?\s*[\])]?\s*(?:,|\|\||\?\?|\bor\b)\s*(?:str\(|int\()?\s*(?P<name>[A-Za-z_]\w*)")
});
/// A number that a name stands for.
static CONSTANT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(?P<name>[A-Za-z_]\w*)\s*(?::\s*\w+\s*)?:?=\s*['\x22]?(?P<port>\d{4,5})\b"));
/// A number that may be a port.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(\d{4,5})\b"));
/// Ports of databases and queues, which a program rather asks than takes.
const OF_STORES: [u16; 9] = [1433, 3306, 5432, 5672, 6379, 9092, 9200, 11211, 27017];
/// A port that the code takes without asking.
static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?x)
        \.listen\(\s*(?P<a>\d{4,5})
        | \bport\s*(?::\s*\w+\s*)?[:=]\s*(?P<b>\d{4,5})
        | \bPORT\s*=\s*(?P<c>\d{4,5})
        | ["'](?:127\.0\.0\.1|0\.0\.0\.0|localhost|\[::1?\])?:(?P<d>\d{4,5})["']
        | (?:Server|bind|TCPServer)\s*\(\s*\(?\s*["'][^"']*["']\s*,\s*(?P<e>\d{4,5})
        | \[\s*(?:127,\s*0,\s*0,\s*1|0,\s*0,\s*0,\s*0)\s*\]\s*,\s*(?P<f>\d{4,5})
    "#,
    )
});
static HEALTH: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"["'`](?P<path>/?(?:api/|v1/|api/v1/)?_?(?:healthz|healthcheck|health-check|health|livez|readyz|ping)/?)["'`]"#,
    )
});
/// The order in which health paths are believed.
const BEST: [&str; 7] = ["healthz", "health", "healthcheck", "health-check", "readyz", "livez", "ping"];

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a regular expression written here")
}

/// The port that code takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PortInCode {
    pub(super) port: Option<Port>,
    /// The variable that it reads.
    pub(super) variable: Option<String>,
    /// `file:line`
    pub(super) place: String,
}

impl PortInCode {
    /// Whether it is the port of a program that lies at `path`, and not of one that this program asks: no variable, PORT,
    /// or one whose name says no other program's, such as `API_PORT`, and `AUTH_PORT` in auth/main.py.
    pub(super) fn is_of(&self, path: &str) -> bool {
        const ANYONES: [&str; 12] = [
            "APP", "API", "SERVER", "SERVICE", "HTTP", "WEB", "BACKEND", "LISTEN", "DEV", "UVICORN",
            "FASTAPI", "FLASK",
        ];
        let path = path.to_ascii_uppercase();
        let of_path: Vec<&str> = path.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let name = self.variable.as_deref().unwrap_or("PORT").trim_end_matches("PORT");
        let says = |part: &&str| !part.is_empty() && !ANYONES.contains(part);
        let mut parts = name.split('_').filter(says).peekable();
        parts.peek().is_none() || parts.any(|part| of_path.contains(&part))
    }
}

/// A path in code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathInCode {
    pub(super) path: String,
    /// `file:line`
    pub(super) place: String,
}

/// The port of a server in these files; one that is read from PORT before one of another variable, and that before one
/// that stands in the code.
pub(super) fn port(files: &[(&str, &str)]) -> Option<PortInCode> {
    let (mut other, mut literal) = (None, None);
    for (path, text) in files {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.len() < 1000 && !is_comment(line))
        {
            let place = format!("{path}:{}", at + 1);
            let found = VARIABLE
                .captures_iter(line)
                .chain(TAKEN_APART.captures_iter(line))
                .find(|found| is_port_name(&found["name"]));
            if let Some(found) = found {
                let after = found.name("name").map_or("", |name| &line[name.end()..]);
                let port = default(after, &lines[at + 1..], path, text);
                let found = PortInCode { port, variable: Some(found["name"].to_owned()), place };
                if found.variable.as_deref() == Some("PORT") {
                    return Some(found);
                }
                other = other.or(Some(found));
            } else if literal.is_none()
                && let Some(found) = LITERAL.captures(line)
            {
                let port = found.iter().skip(1).flatten().find_map(|number| number.as_str().parse().ok());
                let port = port.filter(|port: &Port| !OF_STORES.contains(&port.get()));
                literal = port.map(|port| PortInCode { port: Some(port), variable: None, place });
            }
        }
    }
    other.or(literal)
}

/// The port that counts without the variable: it stands behind it, under a name, or some lines below.
fn default(after: &str, below: &[&str], path: &str, text: &str) -> Option<Port> {
    let named = || {
        let name = NAMED_DEFAULT.captures(after)?;
        let of = |line: &str| {
            let constant = CONSTANT.captures_iter(line).find(|found| found["name"] == name["name"])?;
            constant["port"].parse().ok()
        };
        text.lines().find_map(of)
    };
    // `port := listenPort` may stand above the line that asks for the variable.
    let constant = || {
        let of_port = |found: &regex::Captures<'_>| found["name"].to_ascii_lowercase().contains("port");
        let of = |line: &str| CONSTANT.captures_iter(line).find(of_port)?["port"].parse().ok();
        text.lines().filter(|line| !is_comment(line)).find_map(of)
    };
    let anywhere = path.ends_with(".rs") || path.ends_with(".go");
    let about_it = |line: &&&str| anywhere || line.to_ascii_lowercase().contains("port");
    number(after)
        .or_else(named)
        .or_else(|| below.iter().take(4).filter(about_it).find_map(|line| number(line)))
        .or_else(constant)
}

fn number(text: &str) -> Option<Port> {
    NUMBER.captures(text)?[1].parse().ok()
}

/// `PORT`, `API_PORT`, but not the port of something else, such as `DB_PORT` or `REDIS_PORT`.
fn is_port_name(name: &str) -> bool {
    const OF_OTHERS: [&str; 11] =
        ["DB", "DATABASE", "REDIS", "POSTGRES", "PG", "MYSQL", "MONGO", "SMTP", "MAIL", "RABBITMQ", "KAFKA"];
    (name == "PORT" || name.ends_with("_PORT")) && !name.split('_').any(|part| OF_OTHERS.contains(&part))
}

/// The path that answers for the server's health.
pub(super) fn health(files: &[(&str, &str)]) -> Option<PathInCode> {
    let mut found = Vec::new();
    for (file, text) in files {
        for (at, line) in (1..).zip(text.lines()).filter(|(_, line)| line.len() < 1000) {
            let asks = ["fetch(", "axios", "requests.", "httpx.", "http.Get(", "urlopen"];
            if is_comment(line) || asks.iter().any(|word| line.contains(word)) {
                continue;
            }
            if let Some(path) = HEALTH.captures(line).map(|found| found["path"].to_owned()) {
                // Django's routes have no slash at the front.
                let is_route = path.starts_with('/') || line.contains("path(");
                let path = format!("/{}", path.trim_start_matches('/'));
                if is_route {
                    found.push(PathInCode { path, place: format!("{file}:{at}") });
                }
            }
        }
    }
    let rank = |found: &PathInCode| {
        let last = found
            .path
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .trim_start_matches('_')
            .to_owned();
        BEST.iter().position(|best| *best == last)
    };
    found.into_iter().min_by_key(rank)
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "#", "*", "/*", "\"\"\""].iter().any(|sign| line.starts_with(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port_of(file: &str, text: &str) -> Option<(Option<u16>, Option<String>)> {
        port(&[(file, text)]).map(|found| (found.port.map(Port::get), found.variable))
    }

    #[test]
    fn ports_are_found_in_four_languages() {
        let env = |port: u16, name: &str| Some((Some(port), Some(name.to_owned())));
        assert_eq!(port_of("a.js", "app.listen(process.env.PORT || 3000)"), env(3000, "PORT"));
        assert_eq!(
            port_of("a.ts", "const p = parseInt(process.env.API_PORT ?? '4000', 10)"),
            env(4000, "API_PORT")
        );
        assert_eq!(port_of("a.py", "port = int(os.environ.get('PORT', 8000))"), env(8000, "PORT"));
        assert_eq!(port_of("a.py", "port = int(os.getenv(\"PORT\", \"8000\"))"), env(8000, "PORT"));
        let rust = "let port = std::env::var(\"PORT\")\n    .ok()\n    .unwrap_or(8081);";
        assert_eq!(port_of("a.rs", rust), env(8081, "PORT"));
        assert_eq!(
            port_of("a.go", "port := os.Getenv(\"PORT\")\nif port == \"\" {\n  port = \"8082\"\n}"),
            env(8082, "PORT")
        );
        assert_eq!(port_of("a.go", "http.ListenAndServe(\":8080\", nil)"), Some((Some(8080), None)));
        assert_eq!(port_of("a.js", "app.listen(3000, () => {})"), Some((Some(3000), None)));
        assert_eq!(port_of("a.rs", "SocketAddr::from(([127, 0, 0, 1], 3030))"), Some((Some(3030), None)));
        for (file, text) in [
            ("a.rb", "set :port, ENV.fetch('PORT', 4567)"),
            ("a.rb", "port = ENV[\"PORT\"] || 4567"),
            ("a.ts", "Deno.serve({ port: Number(Deno.env.get('PORT') ?? 4567) }, f)"),
            ("a.js", "const { PORT = 4567, HOST } = process.env"),
            ("a.js", "const fallback = 4567;\nserve(process.env.PORT || fallback)"),
            ("a.py", "DEFAULT: int = 4567\nrun(os.getenv('PORT', DEFAULT))"),
            ("a.py", "port = os.environ.get('PORT')\nif port is None:\n    port = 4567"),
            ("a.go", "port := getEnvOr(\"PORT\", \"4567\")"),
            ("a.go", "Port int `env:\"PORT\" envDefault:\"4567\"`"),
            ("a.go", "const srvPort = \"4567\"\nport := srvPort\nif os.Getenv(\"PORT\") != \"\" {\n}\n"),
            ("a.php", "$port = $_ENV['PORT'] ?? 4567;"),
            ("a.py", "auth = os.environ['AUTH_PORT']\nown = int(os.environ.get('PORT', 4567))"),
        ] {
            assert_eq!(port_of(file, text), env(4567, "PORT"), "{text}");
        }
        assert_eq!(
            port_of("a.py", "port = int(os.environ['PORT'])\ntimeout = 3000"),
            Some((None, Some("PORT".to_owned())))
        );
        assert_eq!(port_of("a.py", "db = int(os.environ['DB_PORT'])"), None);
        assert_eq!(port_of("a.js", "redis.createClient({ host, port: 6379 })"), None);
        assert_eq!(port_of("a.py", "# app.run(port=5000)"), None);
    }

    #[test]
    fn a_port_is_another_program_s_where_its_variable_says_so() {
        let is_of = |name: &str, path: &str| {
            PortInCode { port: None, variable: Some(name.to_owned()), place: String::new() }.is_of(path)
        };
        for (name, path) in [
            ("PORT", "a.py"),
            ("API_PORT", "a.py"),
            ("AUTH_PORT", "services/auth/main.py"),
            ("AUTH_SERVICE_PORT", "auth-service/main.py"),
        ] {
            assert!(is_of(name, path), "{name} {path}");
        }
        for (name, path) in [("AUTH_SERVICE_PORT", "user-service/main.py"), ("AUTH_PORT", "author/main.py")] {
            assert!(!is_of(name, path), "{name} {path}");
        }
    }

    #[test]
    fn health_paths_are_routes_and_not_requests() {
        let of = |text: &str| health(&[("a.py", text)]).map(|found| found.path);
        assert_eq!(of("@app.get(\"/ping\")\n@app.get('/healthz')"), Some("/healthz".into()));
        assert_eq!(of("path(\"health/\", view)"), Some("/health/".into()));
        assert_eq!(of("requests.get('/health')"), None);
        assert_eq!(of("x = \"health\""), None);
    }
}
