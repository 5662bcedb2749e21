//! Which packages scripts import.

use std::sync::LazyLock;

use regex::Regex;

use crate::survey::code::line_at;
use crate::survey::project::Import;

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is fixed")
}

static FROM: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"(?m)^[ \t]*(import|export)\b([^;'"`=()]*?)\bfrom\s*["']([^"'\n]+)["']"#));
static BARE: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?m)^[ \t]*import\s*["']([^"'\n]+)["']"#));
static CALL: LazyLock<Regex> =
    LazyLock::new(|| regex(r#"\b(require|import)\s*\(\s*["']([^"'\n]+)["']\s*\)"#));

/// What Node brings itself, with or without `node:`.
const BUILTIN: &[&str] = &[
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "constants",
    "crypto",
    "dgram",
    "diagnostics_channel",
    "dns",
    "domain",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "inspector",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "punycode",
    "querystring",
    "readline",
    "repl",
    "stream",
    "string_decoder",
    "sys",
    "test",
    "timers",
    "tls",
    "trace_events",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "wasi",
    "worker_threads",
    "zlib",
    "bun",
];

/// The packages that code imports, each once, where it is first imported. Types only, and what stands in a `try`, do
/// not count.
pub(in crate::survey) fn imports(code: &str) -> Vec<Import> {
    let mut found: Vec<(usize, String, bool)> = Vec::new();
    for captures in FROM.captures_iter(code) {
        let words = captures[2].trim_start();
        let is_type =
            words.starts_with("type ") && !words.starts_with("type from") && !words.starts_with("type ,");
        let at = captures.get(3).map_or(0, |specifier| specifier.start());
        if !is_type {
            found.push((at, captures[3].to_owned(), false));
        }
    }
    for captures in BARE.captures_iter(code) {
        found.push((captures.get(1).map_or(0, |specifier| specifier.start()), captures[1].to_owned(), false));
    }
    for captures in CALL.captures_iter(code) {
        let at = captures.get(0).map_or(0, |call| call.start());
        if !is_tried(&code[..at]) {
            found.push((at, captures[2].to_owned(), &captures[1] == "import"));
        }
    }
    found.sort_by_key(|(at, ..)| *at);
    let mut imports: Vec<Import> = Vec::new();
    for (at, specifier, lazy) in found {
        let Some(module) = package_of(&specifier) else { continue };
        if !imports.iter().any(|known| known.module == module) {
            imports.push(Import { module, line: line_at(code, at), lazy });
        }
    }
    imports
}

/// Whether the innermost open brace before this place is that of a `try`.
fn is_tried(before: &str) -> bool {
    let mut depth = 0;
    for (at, byte) in before.bytes().enumerate().rev().take(2000) {
        match byte {
            b'}' => depth += 1,
            b'{' if depth > 0 => depth -= 1,
            b'{' if before[..at].trim_end().ends_with("try") => return true,
            _ => {}
        }
    }
    false
}

/// The package that a specifier names; `None` for files, aliases and what comes with Node.
fn package_of(specifier: &str) -> Option<String> {
    let specifier = specifier.split(['?', '!']).next().unwrap_or_default();
    let mut parts = specifier.split('/');
    let first = parts.next()?;
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'))
    };
    if let Some(scope) = first.strip_prefix('@') {
        let name = parts.next()?;
        return (is_name(scope) && is_name(name)).then(|| format!("{first}/{name}"));
    }
    (is_name(first) && !BUILTIN.contains(&first)).then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::code::Language;

    fn seen(text: &str) -> Vec<(String, u32)> {
        let all = imports(&Language::Script.code(text));
        all.into_iter().map(|import| (import.module, import.line)).collect()
    }

    #[test]
    fn packages_are_seen_in_every_form() {
        let text = r##"
import express from "express";
import {
  a,
} from '@scope/pkg/sub';
import "dotenv/config";
const x = require("lodash");
const y = await import("chalk");
export * from "zod";
// import no from "no";
import fs from "node:fs"; import path from "path";
import z from "./z"; import a from "@/a"; import b from "~/b"; import c from "#c"; import d from "virtual:d";
import type { T } from "types-only";
"##;
        let expected =
            [("express", 2), ("@scope/pkg", 5), ("dotenv", 6), ("lodash", 7), ("chalk", 8), ("zod", 9)];
        assert_eq!(seen(text), expected.map(|(name, line)| (name.to_owned(), line)));
    }

    #[test]
    fn what_is_tried_does_not_count() {
        assert_eq!(seen("try { f(); x = require('fsevents') } catch {}"), []);
        assert_eq!(seen("try { f() } catch {}\nx = require('a')"), [("a".to_owned(), 2)]);
    }
}
