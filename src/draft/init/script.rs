//! A script of package.json: what its line calls, and whether that serves, builds, or starts other scripts.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// Tools that start several scripts side by side.
const SIDE_BY_SIDE: [&str; 6] = ["concurrently", "conc", "npm-run-all", "run-p", "run-s", "wireit"];

/// Programs that turn files into other files, and serve nothing.
const BUILDERS: [&str; 22] = [
    "tsc",
    "tsup",
    "tsdown",
    "rollup",
    "unbuild",
    "esbuild",
    "babel",
    "swc",
    "sass",
    "tailwindcss",
    "postcss",
    "prisma",
    "graphql-codegen",
    "eslint",
    "jest",
    "vitest",
    "bunchee",
    "microbundle",
    "tsc-watch",
    "ncc",
    "rimraf",
    "drizzle-kit",
];

/// A call of another script: `npm run api`, `npm:api`, `yarn dev:*`, or a bare name behind run-p.
static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:\b(?:npm|pnpm|yarn|bun)(?: run(?:-script)?)?[ :]|\bnode --run )([A-Za-z][\w:.*-]*)"#)
        .expect("a regular expression written here")
});

/// What stands for another package's folder or name in a call.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|\s|['\x22])(?:cd \S+ &&|--prefix[ =]|--cwd[ =]|-C |-w |--workspaces?\b|--filter\b|workspaces? |-r )")
        .expect("a regular expression written here")
});

/// The scripts that `line` starts side by side, as far as this package has them; none if it starts no others.
pub(super) fn started(package: &Value, line: &str) -> Vec<String> {
    let first = programs(line).into_iter().next();
    if !first.is_some_and(|program| SIDE_BY_SIDE.contains(&program)) {
        return Vec::new();
    }
    let Some(scripts) = package["scripts"].as_object() else { return Vec::new() };
    let bare = line.split_whitespace().skip(1).filter(|word| !word.starts_with('-'));
    let called =
        CALLED.captures_iter(line).map(|call| call.get(1).map_or("", |name| name.as_str())).chain(bare);
    let mut names: Vec<String> = Vec::new();
    for name in called.map(|name| name.trim_matches(['"', '\''])) {
        let fits = |script: &&String| match name.split_once('*') {
            Some((before, _)) => script.starts_with(before) && script.len() > before.len(),
            None => script.as_str() == name,
        };
        for script in scripts.keys().filter(fits) {
            if !names.contains(script) {
                names.push(script.clone());
            }
        }
    }
    names
}

/// Whether `line` starts something side by side, so that no word can be added for one of it.
pub(super) fn is_several(line: &str) -> bool {
    programs(line).iter().any(|program| SIDE_BY_SIDE.contains(program))
        || line.replace("&&", "").contains('&')
}

/// Whether `line` calls a script of another package.
pub(super) fn is_elsewhere(line: &str) -> bool {
    ELSEWHERE.is_match(line)
}

/// Whether `line` calls something that may itself call a framework: a script of one's own, another script.
pub(super) fn is_indirect(line: &str) -> bool {
    const CALLERS: [&str; 10] = ["node", "sh", "bash", "npm", "pnpm", "yarn", "bun", "tsx", "craco", "make"];
    programs(line).iter().all(|program| CALLERS.contains(program) || program.ends_with(".sh"))
}

/// Whether all that `line` calls builds, checks or watches.
pub(super) fn only_builds(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let programs = programs(line);
    let builds = words
        .windows(2)
        .any(|pair| matches!(pair, ["vite" | "next" | "astro" | "nuxt" | "rsbuild" | "bun", "build"]));
    // What it built may be started when it is done: `tsup --onSuccess "node dist"`.
    !programs.is_empty()
        && !line.to_ascii_lowercase().replace('-', "").contains("onsuccess")
        && programs.iter().all(|program| {
            BUILDERS.contains(program)
                || builds && matches!(*program, "vite" | "next" | "astro" | "nuxt" | "rsbuild" | "bun")
        })
}

/// The program of each command of a line, without what only calls it.
fn programs(line: &str) -> Vec<&str> {
    const WRAPPERS: [&str; 9] =
        ["npx", "bunx", "pnpm", "exec", "cross-env", "dotenv", "--", "with-env", "dotenvx"];
    let commands = line.split("&&").flat_map(|part| part.split([';', '|', '&']));
    commands
        .filter_map(|command| {
            let mut words = command.split_whitespace();
            let skipped =
                |word: &&str| WRAPPERS.contains(word) || word.contains('=') || word.starts_with('-');
            words.find(|word| !skipped(word)).map(|word| word.rsplit('/').next().unwrap_or(word))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_that_are_started_side_by_side_are_found() {
        let package: Value = serde_json::from_str(
            r#"{"scripts": {"client": "x", "server": "y", "dev": "z", "dev:a": "a", "dev:b": "b"}}"#,
        )
        .unwrap();
        for (line, names) in [
            (r#"concurrently "npm run server" "npm run client""#, vec!["server", "client"]),
            ("concurrently npm:dev:*", vec!["dev:a", "dev:b"]),
            ("run-p client server", vec!["client", "server"]),
            (r#"npm-run-all --parallel "dev:*""#, vec!["dev:a", "dev:b"]),
            (r#"concurrently -n a,b "node a.js" "vite""#, vec![]),
            ("npm run client", vec![]),
            ("vite", vec![]),
        ] {
            assert_eq!(started(&package, line), names, "{line}");
        }
    }

    #[test]
    fn what_only_builds_is_no_server() {
        for line in ["tsc -w", "tsup src --watch", "vite build --watch", "pnpm exec tsc", "A=1 rollup -c -w"]
        {
            assert!(only_builds(line), "{line}");
        }
        for line in [
            "vite",
            "tsc && node dist",
            "next dev",
            "node build.js",
            "nodemon -x tsc",
            "tsup --onSuccess 'node x'",
            "",
        ] {
            assert!(!only_builds(line), "{line}");
        }
    }

    #[test]
    fn another_tool_is_not_taken_for_a_framework() {
        assert!(is_indirect("node scripts/dev.js") && is_indirect("./dev.sh"));
        assert!(!is_indirect("convex dev") && !is_indirect("node x && gulp"));
    }

    #[test]
    fn calls_of_other_packages_are_known() {
        for line in
            ["cd client && npm start", "npm start --prefix client", "yarn workspace web dev", "pnpm -r dev"]
        {
            assert!(is_elsewhere(line), "{line}");
        }
        for line in ["vite --port 3000", "node server.js -webroot x"] {
            assert!(!is_elsewhere(line), "{line}");
        }
    }
}
