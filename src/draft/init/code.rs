//! What code says of a server in passing: the port that it takes, the path that it answers for its health.

use std::sync::LazyLock;

use regex::Regex;

use crate::stack::Port;

/// A variable for the port, as Node, Python, Rust and Go read one.
static PORT_VARIABLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?:\benv\.|process\.env\[['"]|environ(?:\.get)?\s*[\[(]\s*['"]|getenv\(\s*['"]|env::var(?:_os)?\(\s*"|Getenv\(\s*"|LookupEnv\(\s*")(?P<name>[A-Z][A-Z0-9_]*)\b"#,
    )
});
/// A number that may be a port.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"\b(\d{4,5})\b"));
/// A port that the code takes without asking.
static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?x)
        \.listen\(\s*(?P<a>\d{4,5})
        | \bport\s*[:=]\s*(?P<b>\d{4,5})
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

/// A path in code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathInCode {
    pub(super) path: String,
    /// `file:line`
    pub(super) place: String,
}

/// The port of a server in these files; one that is read from the environment before any other.
pub(super) fn port(files: &[(&str, &str)]) -> Option<PortInCode> {
    let mut literal = None;
    for (path, text) in files {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.len() < 1000 && !is_comment(line))
        {
            let place = format!("{path}:{}", at + 1);
            let variable = PORT_VARIABLE.captures_iter(line).find(|found| is_port_name(&found["name"]));
            if let Some(found) = variable {
                let after = found.get(0).map_or(0, |found| found.end());
                // A default stands behind it, in Rust often some lines below.
                let default = std::iter::once(&line[after..])
                    .chain(
                        lines[at + 1..]
                            .iter()
                            .take(4)
                            .copied()
                            .filter(|_| path.ends_with(".rs") || path.ends_with(".go")),
                    )
                    .find_map(number);
                return Some(PortInCode { port: default, variable: Some(found["name"].to_owned()), place });
            }
            if literal.is_none()
                && let Some(found) = LITERAL.captures(line)
            {
                let port = found.iter().skip(1).flatten().find_map(|number| number.as_str().parse().ok());
                literal = port.map(|port| PortInCode { port: Some(port), variable: None, place });
            }
        }
    }
    literal
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
        assert_eq!(port_of("a.py", "db = int(os.environ['DB_PORT'])"), None);
        assert_eq!(port_of("a.py", "# app.run(port=5000)"), None);
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
