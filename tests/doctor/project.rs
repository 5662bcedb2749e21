//! A project to be looked at: files in a folder of its own, and what doctor says of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct Project {
    top: TempDir,
    folder: PathBuf,
}

/// What a run of the binary left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// One finding, as `--json` has it.
#[derive(Clone, Debug)]
pub(crate) struct Seen(pub(crate) Value);

impl Project {
    /// A project of these files.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let top = tempfile::Builder::new().prefix("portolan-doctor-").tempdir().unwrap();
        fs::set_permissions(top.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let folder = top.path().canonicalize().unwrap().join("stack");
        fs::create_dir(&folder).unwrap();
        let project = Self { top, folder };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn mode(&self, name: &str) -> u32 {
        self.path(name).metadata().unwrap().permissions().mode() & 0o777
    }

    /// Lets everybody come as far as the project's files.
    pub(crate) fn open_to_all(&self) {
        fs::set_permissions(self.top.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[expect(clippy::disallowed_methods, reason = "a test makes a repository")]
    pub(crate) fn git(&self, arguments: &[&str]) {
        let done = Command::new("git")
            .arg("-C")
            .arg(&self.folder)
            .args(["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(done.success(), "git {arguments:?}");
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, &[])
    }

    #[expect(clippy::disallowed_methods, reason = "the tests start the binary")]
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
        let kept = ["PATH", "HOME", "TMPDIR", "XDG_RUNTIME_DIR"];
        let output = Command::new(env!("CARGO_BIN_EXE_portolan"))
            .args(arguments)
            .current_dir(&self.folder)
            .env_clear()
            .envs(kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
            .env("PORTOLAN_STATE_DIR", self.top.path().join("state"))
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Done { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// All findings.
    pub(crate) fn findings(&self) -> Vec<Seen> {
        let done = self.run(&["doctor", "--json"]);
        let report: Value =
            serde_json::from_str(&done.out).unwrap_or_else(|error| panic!("{error}: {done:?}"));
        assert_eq!(report["schema"], 1);
        report["findings"].as_array().unwrap().iter().cloned().map(Seen).collect()
    }

    /// The findings of one rule.
    pub(crate) fn of_rule(&self, rule: &str) -> Vec<Seen> {
        self.findings().into_iter().filter(|seen| seen.rule() == rule).collect()
    }

    /// The only finding of a rule.
    #[track_caller]
    pub(crate) fn one(&self, rule: &str) -> Seen {
        let all = self.findings();
        let mut own = all.iter().filter(|seen| seen.rule() == rule);
        let first = own.next().cloned().unwrap_or_else(|| panic!("no {rule} in {all:#?}"));
        assert!(own.next().is_none(), "more than one {rule} in {all:#?}");
        first
    }

    /// `--fix --yes`, for one rule.
    #[track_caller]
    pub(crate) fn fix(&self, rule: &str) -> Done {
        let before = self.of_rule(rule);
        assert!(!before.is_empty(), "no {rule}");
        let done = self.run(&["doctor", "--fix", rule, "--yes"]);
        let after = self.of_rule(rule);
        assert!(after.is_empty(), "{after:#?}\n{done:?}");
        done
    }
}

impl Seen {
    fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    pub(crate) fn rule(&self) -> &str {
        self.text("rule")
    }

    pub(crate) fn title(&self) -> &str {
        self.text("title")
    }

    pub(crate) fn place(&self) -> &str {
        self.text("place")
    }

    pub(crate) fn action(&self) -> &str {
        self.text("action")
    }

    pub(crate) fn is_error(&self) -> bool {
        self.text("severity") == "error"
    }

    pub(crate) fn evidence(&self) -> String {
        let lines: Vec<&str> =
            self.0["evidence"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        lines.join("\n")
    }
}

/// A service of each kind, with a command that is there on every machine.
pub(crate) const PYTHON: &str =
    "[services.api]\ncommand = \"python3 main.py\"\ndirectory = \"api\"\nport = \"18000-18010\"\n";
pub(crate) const NODE: &str =
    "[services.web]\ncommand = \"node server.js\"\ndirectory = \"web\"\nport = \"13000-13010\"\n";

/// A program in the PATH of the tests.
pub(crate) fn is_here(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder: PathBuf| Path::new(&folder).join(program).exists())
}
