//! Reads Rust source as far as the structural rules need: tokens without comments and literals, and the paths
//! that a file names.
//!
//! Owns no rule. It is no parser: a path hidden in a macro's arguments or brought in under another name by a
//! re-export is beyond it.

/// An identifier, `::`, or one character of punctuation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// A path as written, with groups of `use` spelled out: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NamedPath {
    pub(crate) segments: Vec<String>,
    /// Where its last segment stands, counted from 1.
    pub(crate) line: usize,
    /// The inline modules (`mod tests { … }`) around it, outermost first.
    inline: Vec<String>,
}

impl NamedPath {
    /// The path from the crate's root, for a file whose module is `module`; `None` for paths into std, into other
    /// crates and to names in scope.
    pub(crate) fn below_crate_root(&self, module: &[String]) -> Option<Vec<String>> {
        if !matches!(self.segments[0].as_str(), "crate" | "portolan" | "self" | "super") {
            return None;
        }
        let mut absolute: Vec<String> = module.iter().chain(&self.inline).cloned().collect();
        for segment in &self.segments {
            match segment.as_str() {
                "crate" | "portolan" => absolute.clear(),
                "self" => {}
                "super" => drop(absolute.pop()),
                name => absolute.push(name.to_owned()),
            }
        }
        Some(absolute)
    }

    /// Whether `part` stands somewhere in this path as whole segments.
    pub(crate) fn contains(&self, part: &str) -> bool {
        let part: Vec<&str> = part.split("::").collect();
        self.segments.windows(part.len()).any(|window| window == part)
    }
}

/// Every path of at least two segments in the code, and every one in a `use`.
pub(crate) fn paths(source: &str) -> Vec<NamedPath> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut depth = 0;
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let text = tokens[at].text.as_str();
        if text == "mod" && is(&tokens, at + 2, "{") {
            depth += 1;
            inline.push((tokens[at + 1].text.clone(), depth));
            at += 3;
        } else if text == "use" || starts_path(&tokens, at) {
            let mut tree = Tree { tokens: &tokens, at: at + usize::from(text == "use"), leaves: Vec::new() };
            tree.read(&mut Vec::new());
            at = tree.at.max(at + 1);
            let around: Vec<String> = inline.iter().map(|(name, _)| name.clone()).collect();
            found.extend(tree.leaves.into_iter().map(|(segments, line)| NamedPath {
                segments,
                line,
                inline: around.clone(),
            }));
        } else {
            match text {
                "{" => depth += 1,
                "}" => {
                    inline.pop_if(|(_, opened_at)| *opened_at == depth);
                    depth = depth.saturating_sub(1);
                }
                _ => {}
            }
            at += 1;
        }
    }
    found
}

/// The modules in files of their own that exist for tests only: `#[cfg(test)] mod NAME;`.
pub(crate) fn test_modules(source: &str) -> Vec<String> {
    let tokens = tokens(source);
    let condition = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut found = Vec::new();
    for at in 0..tokens.len().saturating_sub(condition.len()) {
        let rest = &tokens[at + condition.len()..];
        if tokens[at..].iter().zip(condition).all(|(token, text)| token.text == text)
            && let Some(end) = rest.iter().position(|token| matches!(token.text.as_str(), ";" | "{"))
            && let [.., keyword, name] = &rest[..end]
            && keyword.text == "mod"
            && rest[end].text == ";"
        {
            found.push(name.text.clone());
        }
    }
    found
}

fn is(tokens: &[Token], at: usize, text: &str) -> bool {
    tokens.get(at).is_some_and(|token| token.text == text)
}

fn is_name(tokens: &[Token], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.text.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// A name before `::` that is not itself in the middle of a path.
fn starts_path(tokens: &[Token], at: usize) -> bool {
    let continues =
        at >= 2 && is(tokens, at - 1, "::") && (is_name(tokens, at - 2) || is(tokens, at - 2, ">"));
    is_name(tokens, at) && is(tokens, at + 1, "::") && !continues
}

/// The tree of a `use`, or a plain path, which is a tree with one leaf.
struct Tree<'a> {
    tokens: &'a [Token],
    at: usize,
    leaves: Vec<(Vec<String>, usize)>,
}

impl Tree<'_> {
    fn read(&mut self, prefix: &mut Vec<String>) {
        let outer = prefix.len();
        let mut line = 0;
        loop {
            if is(self.tokens, self.at, "::") {
                self.at += 1;
            } else if is(self.tokens, self.at, "{") {
                self.read_group(prefix);
                break;
            } else if is_name(self.tokens, self.at) || is(self.tokens, self.at, "*") {
                line = self.tokens[self.at].line;
                prefix.push(self.tokens[self.at].text.clone());
                self.at += 1;
                if !is(self.tokens, self.at, "::") {
                    self.leaves.push((prefix.clone(), line));
                    break;
                }
            } else {
                // The `<` of `path::<T>`: what stands before it is the path.
                if prefix.len() > outer {
                    self.leaves.push((prefix.clone(), line));
                }
                break;
            }
        }
        if is(self.tokens, self.at, "as") {
            self.at += 2;
        }
        prefix.truncate(outer);
    }

    fn read_group(&mut self, prefix: &mut Vec<String>) {
        self.at += 1;
        while self.at < self.tokens.len() && !is(self.tokens, self.at, "}") {
            let before = self.at;
            self.read(prefix);
            if self.at == before || is(self.tokens, self.at, ",") {
                self.at += 1;
            }
        }
        self.at += 1;
    }
}

/// The tokens of Rust source, without comments, literals and lifetimes.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { chars: source.chars().collect(), at: 0, line: 1 };
    let mut tokens = Vec::new();
    while let Some(c) = lexer.peek(0) {
        let line = lexer.line;
        let next = lexer.peek(1);
        let text = match c {
            '/' if next == Some('/') => lexer.skip_while(|c| c != '\n'),
            '/' if next == Some('*') => lexer.skip_block_comment(),
            '"' => lexer.skip_string(),
            '\'' => lexer.skip_char_or_lifetime(),
            ':' if next == Some(':') => lexer.take(2),
            c if c.is_whitespace() => lexer.skip_while(char::is_whitespace),
            c if c.is_alphanumeric() || c == '_' => lexer.word(),
            _ => lexer.take(1),
        };
        if let Some(text) = text {
            tokens.push(Token { text, line });
        }
    }
    tokens
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
}

/// What is skipped is `None`, what is kept is its text.
impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn take(&mut self, count: usize) -> Option<String> {
        let end = (self.at + count).min(self.chars.len());
        let text: String = self.chars[self.at..end].iter().collect();
        self.line += text.matches('\n').count();
        self.at = end;
        Some(text)
    }

    fn skip(&mut self, count: usize) -> Option<String> {
        self.take(count);
        None
    }

    fn skip_while(&mut self, keep: impl Fn(char) -> bool) -> Option<String> {
        while self.peek(0).is_some_and(&keep) {
            self.take(1);
        }
        None
    }

    fn skip_block_comment(&mut self) -> Option<String> {
        let mut open = 0;
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('*')) => open += 1,
                ('*', Some('/')) => open -= 1,
                _ => {
                    self.take(1);
                    continue;
                }
            }
            self.take(2);
            if open == 0 {
                break;
            }
        }
        None
    }

    fn skip_string(&mut self) -> Option<String> {
        self.take(1);
        while let Some(c) = self.peek(0) {
            self.take(if c == '\\' { 2 } else { 1 });
            if c == '"' {
                break;
            }
        }
        None
    }

    fn skip_raw_string(&mut self, hashes: usize) -> Option<String> {
        self.take(hashes + 1);
        let closing: String = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        while self.at < self.chars.len() {
            if self.chars[self.at..].iter().copied().take(closing.len()).eq(closing.chars()) {
                return self.skip(closing.len());
            }
            self.take(1);
        }
        None
    }

    /// `'a'` and `'\n'` are characters; the `'a` of `&'a str` is not closed.
    fn skip_char_or_lifetime(&mut self) -> Option<String> {
        if self.peek(1) == Some('\\') {
            self.take(3);
            self.skip_while(|c| c != '\'');
            self.skip(1)
        } else if self.peek(2) == Some('\'') {
            self.skip(3)
        } else {
            self.take(1);
            self.skip_while(|c| c.is_alphanumeric() || c == '_')
        }
    }

    /// An identifier or a number; or the literal whose prefix it is (`r"…"`, `b'x'`), which is skipped.
    fn word(&mut self) -> Option<String> {
        let length = self.chars[self.at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
        let word = self.take(length)?;
        let hashes = self.chars[self.at..].iter().take_while(|c| **c == '#').count();
        let opens_string = self.peek(hashes) == Some('"');
        match word.as_str() {
            "r" | "br" | "cr" if opens_string => self.skip_raw_string(hashes),
            "b" | "c" if hashes == 0 && opens_string => self.skip_string(),
            "b" if self.peek(0) == Some('\'') => self.skip_char_or_lifetime(),
            "r" if hashes == 1 => {
                self.take(1);
                self.word()
            }
            _ => Some(word),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        tokens(source).into_iter().map(|token| token.text).collect()
    }

    fn joined(source: &str) -> Vec<String> {
        paths(source).into_iter().map(|path| path.segments.join("::")).collect()
    }

    fn absolute(source: &str, module: &[&str]) -> Vec<String> {
        let module: Vec<String> = module.iter().map(|name| (*name).to_owned()).collect();
        paths(source)
            .iter()
            .filter_map(|path| path.below_crate_root(&module))
            .map(|path| path.join("::"))
            .collect()
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let source = r##"
            // crate::ui
            /* crate::ui /* nested */ crate::ui */
            let a = ("crate::ui \" crate::ui", r#"crate::ui " crate::ui"#, b"crate::ui", '"', b'"', '\'', '\u{1F}');
            fn f<'a>(x: &'a str) {}
        "##;
        assert_eq!(joined(source), Vec::<String>::new());
        assert!(words(source).ends_with(&["str", ")", "{", "}"].map(String::from)), "the end was swallowed");
    }

    #[test]
    fn lines_are_counted_through_strings_and_comments() {
        let found = paths("/*\n\n*/ let a = \"\n\n\";\nuse crate::{\n    stack,\n    ui::{view, model},\n};");
        let lines: Vec<_> = found.iter().map(|path| (path.segments.join("::"), path.line)).collect();
        let expected = [("crate::stack", 7), ("crate::ui::view", 8), ("crate::ui::model", 8)];
        assert_eq!(lines, expected.map(|(path, line)| (path.to_owned(), line)));
    }

    #[test]
    fn groups_are_spelled_out() {
        let source = "pub use crate::{a, b::{self, c as d, e::*}, super::f};";
        assert_eq!(
            joined(source),
            ["crate::a", "crate::b::self", "crate::b::c", "crate::b::e::*", "crate::super::f"]
        );
    }

    #[test]
    fn paths_outside_of_use_are_found() {
        let source =
            "fn f(x: &crate::ui::Model) -> Vec<u8> { crate::api::g::<T>(x); a.b::<crate::env::C>() }";
        assert_eq!(joined(source), ["crate::ui::Model", "crate::api::g", "b", "crate::env::C"]);
    }

    #[test]
    fn modules_for_tests_are_told_from_others() {
        let source = "#[cfg(test)] pub(crate) mod samples; mod a; #[cfg(test)] mod inline { mod b; }
            #[cfg(test)] #[path = \"x.rs\"] mod tests; #[cfg(unix)] mod unix; #[cfg(test)] use c;";
        assert_eq!(test_modules(source), ["samples", "tests"]);
    }

    #[test]
    fn super_is_followed_out_of_files_and_inline_modules() {
        let module = ["services", "process", "unix"];
        assert_eq!(absolute("use super::super::super::ui;", &module), ["ui"]);
        assert_eq!(absolute("use super::super::probe;", &module), ["services::probe"]);
        assert_eq!(
            absolute("mod tests { use super::spawn; } use super::x;", &module),
            ["services::process::unix::spawn", "services::process::x"]
        );
        assert_eq!(
            absolute("use {super::{super::probe}, portolan::ui};", &module),
            ["services::probe", "ui"]
        );
        assert_eq!(absolute("use std::fmt; use serde::Serialize; Foo::new()", &module), Vec::<String>::new());
    }
}
