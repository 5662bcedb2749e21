//! What a line of a traceback is: a place in the code, the code itself, or words. Pure; knows no ANSI.

use super::page::{FramePlace, Language};

/// A line of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Names a place, and the package if that can be told.
    Frame { place: FramePlace, package: Option<String> },
    /// Belongs to the frame above it: the code, carets, the place of a function.
    Code,
    /// The function of a frame whose place is on the next line.
    Function(String),
    /// Anything else.
    Text,
}

/// Paths, or beginnings of functions, that are not the user's.
const LIBRARIES: [&str; 22] = [
    "site-packages",
    "dist-packages",
    "/lib/python",
    "<frozen",
    "node_modules",
    "node:",
    "internal/",
    "<anonymous>",
    "/rustc/",
    ".cargo/registry",
    ".cargo/git",
    ".rustup/",
    "/library/std/",
    "/go/pkg/mod/",
    "/go/src/",
    "/golang/",
    "\\Lib\\",
    "/.pyenv/",
    "/libexec/src/",
    "/usr/share/go",
    "/node/",
    "[native",
];

/// Packages of Java that come with it or its common frameworks.
const JAVA_LIBRARIES: [&str; 12] = [
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "jakarta.",
    "kotlin.",
    "kotlinx.",
    "scala.",
    "org.springframework.",
    "org.apache.",
    "io.netty.",
];

/// What this line is.
pub(crate) fn role(language: Language, line: &str) -> Role {
    let text = line.trim_start();
    match language {
        Language::Python => python(line),
        Language::Node => text.strip_prefix("at ").map_or(Role::Text, node),
        Language::Rust => rust(line, text),
        Language::Go => go(line, text),
        Language::Java => text.strip_prefix("at ").map_or(Role::Text, java),
    }
}

fn python(line: &str) -> Role {
    let text = line.trim_start_matches([' ', '|', '+']);
    let Some(rest) = text.strip_prefix("File \"") else {
        let inner = line.trim_start_matches(['|', '+', ' ']);
        let indented = line.len() - inner.len() >= 4 && !line.trim_start().starts_with("+-");
        return if indented { Role::Code } else { Role::Text };
    };
    let Some((file, rest)) = rest.split_once('"') else { return Role::Text };
    let line = rest.strip_prefix(", line ").map(digits).and_then(|digits| digits.parse().ok());
    let function = rest.split_once(", in ").map(|(_, function)| function.trim().to_owned());
    frame(file, line, function, !is_library(file))
}

fn node(rest: &str) -> Role {
    let rest = rest.trim_end().trim_end_matches(" {").trim_start_matches("async ");
    let (function, place) = match rest.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
        Some((function, place)) => (Some(function.to_owned()), place),
        None => (None, rest),
    };
    let place = place.trim_start_matches("file://");
    let mut parts = place.rsplitn(3, ':');
    let (last, middle, first) = (parts.next(), parts.next(), parts.next());
    match (first, middle.and_then(|line| line.parse().ok()), last) {
        (Some(file), Some(line), Some(_)) => frame(file, Some(line), function, !is_library(file)),
        (_, _, _) => frame(place, None, function, false),
    }
}

fn rust(line: &str, text: &str) -> Role {
    if let Some((_, place)) = line.split_once("panicked at ") {
        let place = place.trim_end_matches(':');
        // The old way gives the message first.
        let place = place.rsplit_once("', ").map_or(place, |(_, place)| place);
        return at_place(place, None);
    }
    if let Some(place) = text.strip_prefix("at ").filter(|_| line.starts_with("   ")) {
        return at_place(place, None);
    }
    match text.split_once(": ") {
        Some((number, function)) if number.parse::<u32>().is_ok() => {
            Role::Function(function.trim().to_owned())
        }
        Some(_) | None => Role::Text,
    }
}

fn go(line: &str, text: &str) -> Role {
    if line.starts_with('\t') {
        let place = text.split_once(" +0x").map_or(text, |(place, _)| place);
        return match place.rsplit_once(':') {
            Some((_, number)) if number.parse::<u32>().is_ok() => at_place(place, None),
            Some(_) | None => Role::Text,
        };
    }
    let call = line.trim_end();
    if let Some(created) = call.strip_prefix("created by ") {
        let function = created.split_once(" in goroutine").map_or(created, |(function, _)| function);
        return Role::Function(function.to_owned());
    }
    let end = if call.ends_with(')') { call.rfind('(') } else { None };
    match end {
        Some(end) if !call.starts_with("goroutine ") && !call[..end].contains(' ') && end > 0 => {
            Role::Function(call[..end].to_owned())
        }
        Some(_) | None => Role::Text,
    }
}

fn java(rest: &str) -> Role {
    let Some((function, place)) = rest.trim_end().split_once('(') else { return Role::Text };
    let place = place.split(')').next().unwrap_or(place);
    // A module or a class loader may stand before the class: `java.base/java.lang.Thread.run`.
    let class = function.rsplit_once('/').map_or(function, |(_, class)| class);
    let yours = !JAVA_LIBRARIES.iter().any(|library| class.starts_with(library));
    let (file, line) = match place.split_once(':') {
        Some((file, line)) => (file, line.parse().ok()),
        None => (place, None),
    };
    let package = class.split('.').take(2).collect::<Vec<_>>().join(".");
    let place = FramePlace { file: file.to_owned(), line, function: Some(class.to_owned()), yours };
    Role::Frame { place, package: (!yours).then_some(package) }
}

/// `src/main.rs:4:5` or `/shop/main.go:8`.
fn at_place(place: &str, function: Option<String>) -> Role {
    let mut parts = place.trim().rsplitn(3, ':');
    let numbers = [parts.next(), parts.next()].map(|part| part.and_then(|part| part.parse::<u32>().ok()));
    let (file, line) = match (numbers, parts.next()) {
        ([Some(_), Some(line)], Some(file)) => (file, Some(line)),
        ([Some(line), None], _) => {
            (place.trim().rsplit_once(':').map_or(place, |(file, _)| file), Some(line))
        }
        (_, _) => (place, None),
    };
    frame(file, line, function, !is_library(file))
}

fn frame(file: &str, line: Option<u32>, function: Option<String>, yours: bool) -> Role {
    let package = if yours { None } else { package_of(file) };
    Role::Frame { place: FramePlace { file: file.to_owned(), line, function, yours }, package }
}

fn is_library(file: &str) -> bool {
    LIBRARIES.iter().any(|library| file.contains(library))
}

/// The package whose file this is, where the path says so.
fn package_of(file: &str) -> Option<String> {
    let after = |mark: &str| file.rsplit_once(mark).map(|(_, rest)| rest);
    if let Some(rest) = after("site-packages/").or_else(|| after("dist-packages/")) {
        return first_part(rest).map(|name| name.trim_end_matches(".py").to_owned());
    }
    if let Some(rest) = after("node_modules/") {
        let scope = rest.starts_with('@').then(|| rest.splitn(3, '/').take(2).collect::<Vec<_>>().join("/"));
        return scope.or_else(|| first_part(rest).map(str::to_owned));
    }
    if let Some(rest) = after(".cargo/registry/src/") {
        let name = rest.split('/').nth(1)?;
        return Some(name.rsplit_once('-').map_or(name, |(name, _)| name).to_owned());
    }
    if let Some(rest) = after("/go/pkg/mod/") {
        return rest.split_once('@').map(|(name, _)| name.to_owned());
    }
    None
}

fn first_part(path: &str) -> Option<&str> {
    path.split(['/', '\\']).next().filter(|part| !part.is_empty())
}

fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file, the line, the function, whether it is the user's, and the package.
    fn read(language: Language, line: &str) -> String {
        match role(language, line) {
            Role::Frame { place: FramePlace { file, line, function, yours }, package } => format!(
                "{file} {} {} {} {}",
                line.unwrap_or(0),
                function.as_deref().unwrap_or("-"),
                if yours { "yours" } else { "theirs" },
                package.as_deref().unwrap_or("-")
            ),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn frames_of_each_language_are_read() {
        let table = [
            (
                Language::Python,
                "  File \"/app/tasks.py\", line 88, in reserve",
                "/app/tasks.py 88 reserve yours -",
            ),
            (
                Language::Python,
                "  File \"/app/.venv/lib/python3.12/site-packages/celery/app.py\", line 4, in f",
                "/app/.venv/lib/python3.12/site-packages/celery/app.py 4 f theirs celery",
            ),
            (Language::Python, "  |   File \"x.py\", line 3, in <module>", "x.py 3 <module> yours -"),
            (Language::Python, "    raise ValueError(1)", "Code"),
            (Language::Python, "ValueError: 1", "Text"),
            (
                Language::Node,
                "    at Object.<anonymous> (/app/server.js:12:8) {",
                "/app/server.js 12 Object.<anonymous> yours -",
            ),
            (Language::Node, "    at async file:///app/b.mjs:3:4", "/app/b.mjs 3 - yours -"),
            (Language::Node, "    at listen (node:net:1965:12)", "node:net 1965 listen theirs -"),
            (
                Language::Node,
                "    at f (/app/node_modules/@nest/core/x.js:1:2)",
                "/app/node_modules/@nest/core/x.js 1 f theirs @nest/core",
            ),
            (Language::Node, "    at f (C:\\app\\a.js:1:2)", "C:\\app\\a.js 1 f yours -"),
            (Language::Rust, "thread 'main' panicked at src/main.rs:4:5:", "src/main.rs 4 - yours -"),
            (
                Language::Rust,
                "             at /rustc/59/library/core/src/panicking.rs:72:14",
                "/rustc/59/library/core/src/panicking.rs 72 - theirs -",
            ),
            (
                Language::Rust,
                "             at /home/me/.cargo/registry/src/index.crates.io-1/tokio-util-1.40.0/src/x.rs:7:1",
                "/home/me/.cargo/registry/src/index.crates.io-1/tokio-util-1.40.0/src/x.rs 7 - theirs tokio-util",
            ),
            (Language::Rust, "   2: shop::api::take", "Function(\"shop::api::take\")"),
            (Language::Go, "\t/home/me/shop/main.go:8 +0x25", "/home/me/shop/main.go 8 - yours -"),
            (
                Language::Go,
                "\t/usr/lib/go/src/net/http/server.go:1868 +0xb9",
                "/usr/lib/go/src/net/http/server.go 1868 - theirs -",
            ),
            (Language::Go, "main.(*Shop).take(0xc000012345, 0x5)", "Function(\"main.(*Shop).take\")"),
            (
                Language::Java,
                "\tat com.shop.Stock.take(Stock.java:41)",
                "Stock.java 41 com.shop.Stock.take yours -",
            ),
            (
                Language::Java,
                "\tat java.base/java.lang.Thread.run(Thread.java:1583)",
                "Thread.java 1583 java.lang.Thread.run theirs java.lang",
            ),
        ];
        for (language, line, expected) in table {
            assert_eq!(read(language, line), expected, "{line}");
        }
    }
}
