//! A stack to be checked, and what its check said.

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;

use crate::stack_support::Workspace;

/// 40 characters.
pub(crate) const SECRET: &str = "0123456789abcdefghij0123456789abcdefghij";

/// A workspace with a stack of fixture programs.
pub(crate) struct Stack {
    pub(crate) workspace: Workspace,
}

/// What came of `portolan check`.
pub(crate) struct Checked {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Stack {
    /// In `toml`, `FIXTURE` is the fixture program and `PORTS` a range of ports of this stack's own.
    pub(crate) fn new(toml: &str) -> Self {
        let stack = Self { workspace: Workspace::new() };
        stack.write("portolan.toml", &stack.filled(toml));
        stack
    }

    /// Two services of which one needs the other, with a secret; `changes` are made to the text first.
    pub(crate) fn pair(changes: &[(&str, &str)]) -> Self {
        let mut toml = PAIR.to_owned();
        for (from, to) in changes {
            assert!(toml.contains(from), "{from:?} is not in the stack");
            toml = toml.replace(from, to);
        }
        let stack = Self::new(&toml);
        stack.write(".env", &format!("TOKEN={SECRET}\n"));
        stack
    }

    /// Each range is another one.
    fn filled(&self, text: &str) -> String {
        let mut text = text.replace("FIXTURE", &fixture());
        while text.contains("PORTS") {
            let first = ports(10);
            text = text.replacen("PORTS", &format!("{first}-{}", first + 9), 1);
        }
        text
    }

    /// Puts a whole file in its place: who reads it meanwhile sees the old one or the new one.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.workspace.project().join(path);
        let beside = path.with_extension("beside");
        fs::write(&beside, text).unwrap();
        fs::rename(beside, path).unwrap();
    }

    /// An executable shell script.
    pub(crate) fn script(&self, path: &str, text: &str) {
        self.write(path, &format!("#!/bin/sh\n{}\n", text.replace("FIXTURE", &fixture())));
        let path = self.workspace.project().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// `portolan check --watch 300ms ARGUMENTS`, and nothing is left of it.
    pub(crate) fn check(&self, arguments: &[&str]) -> Checked {
        let checked = self.check_only(arguments);
        let left: Vec<_> = self.workspace.living();
        assert!(left.is_empty(), "{left:?} live\n{checked:?}");
        checked
    }

    /// The same where something is left by purpose.
    pub(crate) fn check_only(&self, arguments: &[&str]) -> Checked {
        let all = [&["check", "--watch", "300ms"], arguments].concat();
        let mut command = self.workspace.portolan(&all);
        for name in ["GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        Checked::of(command.output().unwrap())
    }

    /// The rows of `--json` that are red.
    pub(crate) fn red(&self, arguments: &[&str]) -> Vec<String> {
        self.check(&[&["--json"], arguments].concat()).red()
    }
}

impl Checked {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code().expect("it ended by itself"),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// What `--json` said.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Standard output and standard error.
    pub(crate) fn all(&self) -> String {
        format!("{}{}", self.out, self.err)
    }

    /// The rows that are red; the exit code says the same.
    pub(crate) fn red(&self) -> Vec<String> {
        let report = self.json();
        let rows = report["checks"].as_array().unwrap().iter();
        let red: Vec<String> =
            rows.filter(|row| row["ok"] == false).map(|row| row["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(report["ok"].as_bool(), Some(red.is_empty()), "{self:?}");
        assert_eq!(self.code, i32::from(!red.is_empty()), "{self:?}");
        // What the rules say of a fault that another row has found, too, is the gallery's subject.
        if red.len() > 1 { red.into_iter().filter(|id| id != "findings").collect() } else { red }
    }

    /// The texts of a row's details.
    pub(crate) fn details(&self, id: &str) -> Vec<String> {
        let row = self.row(id);
        let details = row["details"].as_array().unwrap().iter();
        details.map(|detail| detail["text"].as_str().unwrap().to_owned()).collect()
    }

    pub(crate) fn row(&self, id: &str) -> Value {
        let report = self.json();
        let found = report["checks"].as_array().unwrap().iter().find(|row| row["id"] == id).cloned();
        found.unwrap_or_else(|| panic!("no row {id}: {self:?}"))
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {}\nstdout:\n{}\nstderr:\n{}", self.code, self.out, self.err)
    }
}

const PAIR: &str = r#"
[stack]
name = "pair"

[env.TOKEN]
required = true
secret = true
min_length = 32

[services.auth]
command = "FIXTURE http"
port = "PORTS"
health = "/health"

[services.api]
command = "FIXTURE http"
port = "PORTS"
health = "/health"
needs = ["auth"]
env = { AUTH_SERVICE_URL = "{auth.url}" }
"#;

/// The fixture program's path.
fn fixture() -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_portolan"));
    let path = binary.with_file_name("examples").join("fixture");
    assert!(path.exists(), "{} is missing: `cargo build --examples` makes it", path.display());
    path.display().to_string()
}

/// The first of `count` ports that this program has not given out yet; another run of it has others.
pub(crate) fn ports(count: u16) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let spread = u16::try_from(std::process::id() % 50).unwrap() * 200;
    16_000 + (spread + NEXT.fetch_add(count, Ordering::Relaxed)) % 14_000
}
