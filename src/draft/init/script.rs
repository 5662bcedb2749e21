//! A script of package.json: what its line calls, and whether that serves, builds, or starts other scripts.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

/// Tools that start several scripts side by side.
const SIDE_BY_SIDE: [&str; 6] = ["concurrently", "conc", "npm-run-all", "run-p", "run-s", "wireit"];

/// Flags of `concurrently` behind which a value stands.
const VALUED: [&str; 22] = [
    "-n",
    "--names",
    "--name-separator",
    "-c",
    "--prefix-colors",
    "-p",
    "--prefix",
    "-l",
    "--prefix-length",
    "-t",
    "--timestamp-format",
    "-m",
    "--max-processes",
    "-s",
    "--success",
    "--restart-tries",
    "--restart-after",
    "--default-input-target",
    "--hide",
    "--kill-signal",
    "--kill-timeout",
    "--teardown",
];

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

/// What a line starts side by side.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Started {
    /// The scripts of this package.
    pub(super) scripts: Vec<String>,
    /// Commands that are no script of this package, as they stand there.
    pub(super) programs: Vec<String>,
    /// Whether it calls scripts of other packages.
    pub(super) elsewhere: bool,
}

/// What `line` starts side by side; `None` if it does not.
pub(super) fn started(package: &Value, line: &str) -> Option<Started> {
    let first = programs(line).into_iter().next()?;
    let scripts = package["scripts"].as_object()?;
    let words = shell_words::split(line).ok().filter(|_| SIDE_BY_SIDE.contains(&first))?;
    let is_tool = |word: &String| word.rsplit('/').next() == Some(first);
    let at = words.iter().position(is_tool)? + 1;
    // The others are given names, not commands.
    let takes_commands = matches!(first, "concurrently" | "conc");
    let mut started = Started::default();
    let mut rest = words[at..].iter();
    while let Some(word) = rest.next() {
        if word.starts_with('-') {
            if takes_commands && VALUED.contains(&word.as_str()) {
                let _ = rest.next();
            }
            continue;
        }
        if is_elsewhere(word) {
            started.elsewhere = true;
            continue;
        }
        // What stands before the last `&&` is done when that starts.
        let last = word.rsplit("&&").next().unwrap_or(word);
        let called = CALLED.captures_iter(last).filter_map(|call| Some(call.get(1)?.as_str()));
        let named = (!takes_commands).then_some(word.as_str());
        let found: Vec<&String> = called
            .chain(named)
            .flat_map(|name| scripts.keys().filter(move |script| fits(script, name)))
            .collect();
        if found.is_empty() && takes_commands {
            started.programs.push(word.clone());
        }
        for script in found {
            if !started.scripts.contains(script) {
                started.scripts.push(script.clone());
            }
        }
    }
    Some(started)
}

/// Whether a script has this name, or fits the pattern that it is.
fn fits(script: &str, name: &str) -> bool {
    match name.split_once('*') {
        Some((before, _)) => script.starts_with(before) && script.len() > before.len(),
        None => script == name,
    }
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
        for (line, scripts, programs, elsewhere) in [
            (r#"concurrently "npm run server" "npm run client""#, vec!["server", "client"], vec![], false),
            ("concurrently npm:dev:*", vec!["dev:a", "dev:b"], vec![], false),
            ("run-p client server", vec!["client", "server"], vec![], false),
            (r#"npm-run-all --parallel "dev:*""#, vec!["dev:a", "dev:b"], vec![], false),
            (r#"npx concurrently -n a,b "node a.js" "vite""#, vec![], vec!["node a.js", "vite"], false),
            (r#"concurrently -k 'npm run server' 'sh x.sh'"#, vec!["server"], vec!["sh x.sh"], false),
            (r#"concurrently "npm run server" "cd web && npm run dev""#, vec!["server"], vec![], true),
            (
                r#"conc "npm run server && node x" "sleep 1 && npm:client""#,
                vec!["client"],
                vec!["npm run server && node x"],
                false,
            ),
            ("wireit", vec![], vec![], false),
        ] {
            let found = started(&package, line).unwrap();
            assert_eq!(
                (found.scripts, found.elsewhere),
                (scripts.iter().map(ToString::to_string).collect(), elsewhere),
                "{line}"
            );
            assert_eq!(found.programs, programs, "{line}");
        }
        for line in ["npm run client", "vite", "concurrently \"a", "tsc && concurrently \"npm run client\""] {
            assert_eq!(started(&package, line), None, "{line}");
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
