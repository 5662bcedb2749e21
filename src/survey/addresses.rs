//! Ports, loopback addresses and routes that are written out in code.

use std::sync::LazyLock;

use regex::Regex;

use super::code::{Language, line_at};

/// A port that code listens on, written as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortLiteral {
    /// The port.
    pub port: u16,
    /// The line, from 1.
    pub line: u32,
    /// The code that says so, short.
    pub text: String,
    /// Whether it counts only where this very file is started.
    pub only_as_main: bool,
}

/// A loopback URL with a port that stands in code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlLiteral {
    /// The URL up to its port.
    pub url: String,
    /// Its port.
    pub port: u16,
    /// The line, from 1.
    pub line: u32,
    /// The names in capitals around it: the variable whose default it may be.
    pub near: Vec<String>,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed")
}

static URL: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b(?:https?|wss?)://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d{2,5})\b")
});
static CAPITALS: LazyLock<Regex> = LazyLock::new(|| regex(r"\b[A-Za-z_]*[A-Z][A-Z0-9_]+\b"));
static PYTHON_PORT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"\b(?:uvicorn\.run|\w+\.run|run_simple|run_app|serve)\s*\([^()]*\bport\s*=\s*(\d{2,5})\b")
});
static LISTEN: LazyLock<Regex> = LazyLock::new(|| regex(r"\.listen\s*\(\s*(?:\{\s*port\s*:\s*)?(\d{2,5})\b"));
static LISTEN_NAME: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\.listen\s*\(\s*(?:\{\s*port\s*(?::\s*|,|\}))?([A-Za-z_]\w*)?"));
static CONSTANT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?m)^\s*(?:export\s+)?(?:const|let|var)\s+(?i:(port))\s*(?::\s*number\s*)?=\s*(\d{2,5})\s*;?\s*$")
});
static SERVER_PORT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\bserver\s*:\s*\{[^{}]*?\bport\s*:\s*(\d{2,5})\b"));
static BIND: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"\b(?:bind|ListenAndServe|Listen)\s*\(\s*(?:"tcp",\s*)?"[^":]*:(\d{2,5})""#));
static DECORATED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"@\w+(?:\.\w+)*\.(?:get|post|put|patch|delete|head|route|api_route|websocket)\(\s*["']([^"'\n]*)["']"#,
    )
});
static ADDED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"\.(?:add_api_route|add_url_rule|add_route|add_get|get|all|use|route|nest|head|HandleFunc|Handle|GET)\(\s*["'`](/[^"'`\n]*)["'`]\s*,"#,
    )
});
static COMPARED: LazyLock<Regex> = LazyLock::new(|| {
    regex(r#"(?:pathname|path|url|req\.url|request\.url|self\.path)\s*={2,3}\s*["'`](/[^"'`\n]*)["'`]"#)
});

/// The loopback URLs in code.
pub(super) fn urls(code: &str) -> Vec<UrlLiteral> {
    if !code.contains("://") {
        return Vec::new();
    }
    let found = URL.captures_iter(code).filter_map(|found| {
        let all = found.get(0)?;
        let start = line_start(code, line_start(code, all.start()).saturating_sub(1));
        let end = code[all.end()..].find('\n').map_or(code.len(), |end| all.end() + end);
        let near = CAPITALS.find_iter(&code[start..end]).map(|name| name.as_str().to_owned()).collect();
        let port = found[1].parse().ok()?;
        Some(UrlLiteral { url: all.as_str().to_owned(), port, line: line_at(code, all.start()), near })
    });
    found.collect()
}

fn line_start(code: &str, at: usize) -> usize {
    code[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// The ports that code listens on as written.
pub(super) fn ports(code: &str, language: Language) -> Vec<PortLiteral> {
    let patterns: &[&Regex] = match language {
        Language::Python => &[&PYTHON_PORT],
        Language::Script => &[&LISTEN, &SERVER_PORT],
        Language::Rust | Language::Go => &[&BIND],
    };
    let mut found = Vec::new();
    for captures in patterns.iter().flat_map(|pattern| pattern.captures_iter(code)) {
        let (Some(all), Some(number)) = (captures.get(0), captures.get(1)) else { continue };
        // A number behind a name is what the variable is when it is not set.
        if all.as_str().contains("env") {
            continue;
        }
        let Ok(port) = number.as_str().parse() else { continue };
        let only_as_main = language == Language::Python && code[..all.start()].contains("__name__");
        found.push(PortLiteral {
            port,
            line: line_at(code, number.start()),
            text: short(all.as_str()),
            only_as_main,
        });
    }
    if language == Language::Script
        && let Some(constant) = CONSTANT.captures(code)
        && LISTEN_NAME.captures_iter(code).any(|call| match call.get(1) {
            Some(name) => constant[1] == *name.as_str(),
            None => &constant[1] == "port",
        })
        && let Ok(port) = constant[2].parse()
    {
        let at = constant.get(2).map_or(0, |number| number.start());
        let text = constant[0].trim().trim_end_matches(';').to_owned();
        found.push(PortLiteral { port, line: line_at(code, at), text, only_as_main: false });
    }
    found
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= 60 {
        return line;
    }
    let end: String = line.chars().skip(line.chars().count() - 40).collect();
    format!("…{end}")
}

/// The paths that code serves, as far as they are written in one of the usual ways.
pub(super) fn routes(code: &str, language: Language) -> Vec<String> {
    let patterns: &[&Regex] = match language {
        Language::Python => &[&DECORATED, &ADDED, &COMPARED],
        Language::Script | Language::Rust | Language::Go => &[&ADDED, &COMPARED],
    };
    let mut found: Vec<String> = patterns
        .iter()
        .flat_map(|pattern| pattern.captures_iter(code).map(|captures| captures[1].to_owned()))
        .collect();
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(language: Language, text: &str) -> Vec<(u16, u32, bool)> {
        let all = ports(text, language);
        all.into_iter().map(|found| (found.port, found.line, found.only_as_main)).collect()
    }

    #[test]
    fn ports_that_are_numbers_are_seen_and_defaults_are_not() {
        assert_eq!(
            seen(Language::Python, "x\nuvicorn.run(app,\n  host='x', port=8000)\n"),
            [(8000, 3, false)]
        );
        assert_eq!(
            seen(Language::Python, "if __name__ == '__main__':\n  app.run(port=5000)\n"),
            [(5000, 2, true)]
        );
        assert_eq!(seen(Language::Python, "app.run(port=int(os.environ.get('PORT', 5000)))"), []);
        assert_eq!(seen(Language::Script, "app.listen(3000, f)"), [(3000, 1, false)]);
        assert_eq!(seen(Language::Script, "app.listen(process.env.PORT || 3000)"), []);
        assert_eq!(seen(Language::Script, "const port = 3000;\napp.listen(port)"), [(3000, 1, false)]);
        assert_eq!(seen(Language::Script, "const port = process.env.PORT ?? 3000;\napp.listen(port)"), []);
        assert_eq!(
            seen(Language::Script, "defineConfig({ server: { host: true, port: 3000 } })"),
            [(3000, 1, false)]
        );
        assert_eq!(seen(Language::Rust, "TcpListener::bind(\"127.0.0.1:8080\")"), [(8080, 1, false)]);
        assert_eq!(seen(Language::Go, "http.ListenAndServe(\":8080\", nil)"), [(8080, 1, false)]);
    }

    #[test]
    fn urls_come_with_the_names_around_them() {
        let text = "a\nurl = os.environ.get(\n  \"AUTH_URL\", \"http://localhost:8081/x\")\n";
        let expected = UrlLiteral {
            url: "http://localhost:8081".to_owned(),
            port: 8081,
            line: 3,
            near: vec!["AUTH_URL".to_owned()],
        };
        assert_eq!(urls(text), [expected]);
        assert_eq!(urls("http://example.com:80 http://localhost"), []);
    }

    #[test]
    fn routes_of_the_usual_frameworks_are_seen() {
        let python =
            "@app.get(\"/a\")\n@router.route('/b')\napp.add_api_route(\"/c\", f)\nif self.path == '/d':\n";
        assert_eq!(routes(python, Language::Python), ["/a", "/b", "/c", "/d"]);
        let script = "app.get('/a', f); app.use(\"/b\", r)\nif (pathname === \"/c\") {}\nmap.get('x')";
        assert_eq!(routes(script, Language::Script), ["/a", "/b", "/c"]);
        assert_eq!(routes(".route(\"/health\", get(h))", Language::Rust), ["/health"]);
    }
}
