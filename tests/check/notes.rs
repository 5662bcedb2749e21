//! examples/notes with one fault at a time: each turns the row red that is about it, and without one all is green.
//!
//! Runs where `scripts/setup-example` has installed what the example needs and PORTOLAN_E2E_NOTES says so.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::notes_example::{self, is_skipped, tell};
use crate::stack_support::{PATIENCE, Workspace, wait_until};
use crate::support::{Checked, ports};

/// One thing that goes wrong.
struct Fault {
    name: &'static str,
    /// The row that has to be red.
    row: &'static str,
    /// What one of its details says.
    says: &'static str,
    inject: fn(&Checkout),
}

const MAIN: &str = "backend/src/main.py";
const SERVER: &str = "auth/server.js";
const TOML: &str = "portolan.toml";
const HEALTH: &str = "backend/src/monitoring.py";
const ENV: &str = ".env";
/// How the backend is started, and what it is asked.
const BACKEND: &str = "command = \".venv/bin/python -m uvicorn src.main:app --host 127.0.0.1 --port {port}\"";
const BACKEND_HEALTH: &str = "health = \"/health\"\nneeds = [\"auth\"]";
const AUTH_HEALTH: &str = "health = \"/health\"\nenv = { FRONTEND_URL";
const HEALTHY: &str = "        return {\"status\": \"ok\", \"service\": \"backend\"}";
const LISTEN: &str = "server.listen(settings.port, HOST";

const FAULTS: [Fault; 24] = [
    Fault {
        name: "the health path is one that no route serves",
        row: "SC-003",
        says: "GET /healthz answered 404",
        inject: |it| {
            it.hurry();
            it.change(
                TOML,
                "http = \"/health\", start_timeout = \"6s\" }\nneeds",
                "http = \"/healthz\", start_timeout = \"6s\" }\nneeds",
            );
        },
    },
    Fault {
        name: "a ValueError as it starts",
        row: "SC-005",
        says: "ValueError: AUTH_SERVICE_URL must start with",
        inject: |it| {
            it.change(TOML, "AUTH_SERVICE_URL = \"{auth.url}\"", "AUTH_SERVICE_URL = \"ftp://elsewhere\"");
        },
    },
    Fault {
        name: "a ValueError in the log later",
        row: "SC-005",
        says: "ValueError: bad sku",
        inject: |it| it.later("raise ValueError('bad sku')"),
    },
    Fault {
        name: "a PermissionError that is caught and logged",
        row: "SC-005",
        says: "PermissionError: [Errno 13]",
        inject: |it| {
            let refused = "raise PermissionError(13, 'Permission denied', '/var/lib/notes')";
            it.later(&format!(
                "import logging\n    try:\n        {refused}\n    except OSError:\n        logging.exception('cannot save')"
            ));
        },
    },
    Fault {
        name: "an error with a stack in the log of a Node service",
        row: "SC-005",
        says: "TypeError: no such user",
        inject: |it| {
            it.append(SERVER, "setTimeout(() => console.error(new TypeError(\"no such user\")), 300);");
        },
    },
    Fault {
        name: "the port is written into the command",
        row: "SC-004",
        says: "it ignores the port that it is told",
        inject: |it| {
            it.hurry();
            it.change(
                TOML,
                "--host 127.0.0.1 --port {port}\"\ndirectory = \"backend\"",
                &format!("--host 127.0.0.1 --port {}\"\ndirectory = \"backend\"", ports(1)),
            );
        },
    },
    Fault {
        name: "the code binds another port than it is told",
        row: "SC-004",
        says: "it ignores the port that it is told",
        inject: |it| {
            it.hurry();
            it.change(SERVER, LISTEN, &format!("server.listen({}, HOST", ports(1)));
        },
    },
    Fault {
        name: "the port is a stranger's, and only that one will do",
        row: "SC-004",
        says: "held by pid",
        inject: |it| {
            let port = ports(1);
            it.strangers.lock().unwrap().push(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
            it.change(
                TOML,
                "port = \"8081-8090\"",
                &format!("port = {{ prefer = {port}, conflict = \"fail\" }}"),
            );
        },
    },
    Fault {
        name: "the secret is not in .env",
        row: "SC-002",
        says: "BETTER_AUTH_SECRET is required, and nothing sets it",
        inject: |it| it.write(ENV, "LOG_LEVEL=info\n"),
    },
    Fault {
        name: "the secret is too short",
        row: "SC-002",
        says: "BETTER_AUTH_SECRET has 9 characters, needs 32",
        inject: |it| it.write(ENV, "BETTER_AUTH_SECRET=too-short\n"),
    },
    Fault {
        name: "a wrapper loses the secret, and the service finds another by itself",
        row: "SC-002",
        says: "BETTER_AUTH_SECRET did not reach",
        inject: |it| it.change(TOML, "\".venv/bin/python", "\"env -u BETTER_AUTH_SECRET .venv/bin/python"),
    },
    Fault {
        name: "a wrapper gives another secret than the others have",
        row: "SC-002",
        says: "BETTER_AUTH_SECRET is another value in",
        inject: |it| {
            let other = format!("\"env BETTER_AUTH_SECRET={} .venv/bin/python", "x".repeat(40));
            it.change(TOML, "\".venv/bin/python", &other);
        },
    },
    Fault {
        name: "a module is missing",
        row: "SC-001",
        says: "ended by itself",
        inject: |it| {
            it.change(
                MAIN,
                "from fastapi import FastAPI",
                "import notes_telemetry\nfrom fastapi import FastAPI",
            );
        },
    },
    Fault {
        name: "the address of auth is written by hand, and wrong",
        row: "dependencies",
        says: "AUTH_SERVICE_URL leads to 127.0.0.1:",
        inject: |it| {
            let url = format!("AUTH_SERVICE_URL = \"http://127.0.0.1:{}\"", ports(1));
            it.change(TOML, "AUTH_SERVICE_URL = \"{auth.url}\"", &url);
        },
    },
    Fault {
        name: "the address of auth is written by hand, and somebody else's",
        row: "dependencies",
        says: "listens; auth is at http",
        inject: |it| {
            let port = ports(1);
            it.strangers.lock().unwrap().push(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
            let url = format!("AUTH_SERVICE_URL = \"http://127.0.0.1:{port}\"");
            it.change(TOML, "AUTH_SERVICE_URL = \"{auth.url}\"", &url);
        },
    },
    Fault {
        name: "auth is never healthy",
        row: "SC-001",
        says: "was not healthy within 6s",
        inject: |it| {
            it.hurry();
            it.change(
                SERVER,
                "sendJson(response, 200, { status: \"ok\"",
                "sendJson(response, 503, { status: \"no\"",
            );
        },
    },
    Fault {
        name: "auth ends at once, and well",
        row: "SC-001",
        says: "ended by itself (exit 0), and should stay",
        inject: |it| it.change(SERVER, "function main() {", "function main() {\n  process.exit(0);"),
    },
    Fault {
        name: "the backend crashes again and again",
        row: "SC-001",
        says: "was started again",
        inject: |it| it.later("import os; os._exit(3)"),
    },
    Fault {
        name: "the backend is killed",
        row: "SC-001",
        says: "signal 9",
        inject: |it| it.later("import os; os.kill(os.getpid(), 9)"),
    },
    Fault {
        name: "the health turns to 503 after the start",
        row: "SC-003",
        says: "GET /health answered 503",
        inject: |it| {
            it.change(
                HEALTH,
                "    @router.get(\"/health\")",
                "    asked = []\n\n    @router.get(\"/health\")",
            );
            let turns = "        from fastapi import Response\n        asked.append(1)\n        if len(asked) > 1:\n            return Response(status_code=503)\n";
            it.change(HEALTH, HEALTHY, &format!("{turns}{HEALTHY}"));
            it.change(HEALTH, "async def health() -> dict:", "async def health():");
        },
    },
    Fault {
        name: "the health redirects",
        row: "SC-003",
        says: "GET /health answered 307",
        inject: |it| {
            let redirects = "        from fastapi.responses import RedirectResponse\n        return RedirectResponse('/login')";
            it.change(HEALTH, HEALTHY, redirects);
            it.change(HEALTH, "async def health() -> dict:", "async def health():");
        },
    },
    Fault {
        name: "the backend is slower than its limit",
        row: "SC-001",
        says: "was not healthy within 6s",
        inject: |it| {
            it.hurry();
            it.change(
                MAIN,
                "from urllib.parse import urlsplit",
                "import time; time.sleep(20)\nfrom urllib.parse import urlsplit",
            );
        },
    },
    Fault {
        name: "what comes before the start fails",
        row: "SC-001",
        says: "failed: ",
        inject: |it| it.change(TOML, BACKEND, &format!("{BACKEND}\nprepare = [\"false\"]")),
    },
    Fault {
        name: "a process that another daemon has started outlives the stop",
        row: "gone",
        says: "(sleep 300)",
        inject: |it| {
            it.change(MAIN, "app = create_app()", "app = create_app()\nimport os; open('order.new', 'w').write(os.environ['PORTOLAN_RUN_ID']); os.rename('order.new', 'order')");
            it.run_a_daemon(it.path("backend/order"));
        },
    },
];

#[test]
#[expect(clippy::disallowed_methods, reason = "the time that the faults take is told")]
fn each_fault_in_the_example_turns_its_row_red() {
    if is_skipped("faults in examples/notes") {
        return;
    }
    let begin = Instant::now();
    let (next, missed, red) = (AtomicUsize::new(0), Mutex::new(Vec::new()), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(fault) = FAULTS.get(next.fetch_add(1, Ordering::Relaxed)) {
                    match fault.is_told() {
                        Ok(rows) => {
                            red.fetch_add(1, Ordering::Relaxed);
                            tell(&format!("{:<13} {} ({rows})", fault.row, fault.name));
                        }
                        Err(said) => missed.lock().unwrap().push(said),
                    }
                }
            });
        }
    });
    let red = red.into_inner();
    tell(&format!("faults: {}, red: {red}, in {:.0}s", FAULTS.len(), begin.elapsed().as_secs_f64()));
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_example_is_green_without_a_fault() {
    if is_skipped("faults in examples/notes") {
        return;
    }
    let checkout = Checkout::new();
    let checked = checkout.check(&["--repeat", "3"]);
    assert_eq!(checked.red(), [""; 0], "{checked:?}");
    assert_eq!(checked.row("gone")["passed"], 3);
    checkout.workspace.await_nothing_left(PATIENCE);
}

impl Fault {
    /// The red rows, if the one that has to be is among them and says what it should.
    fn is_told(&self) -> Result<String, String> {
        let checkout = Checkout::new();
        (self.inject)(&checkout);
        let checked = checkout.check(&["backend", "--watch", "700ms"]);
        let red = checked.red();
        checkout.end_daemons();
        let told = || checked.details(self.row).iter().any(|text| text.contains(self.says));
        if red.iter().any(|row| row == self.row) && told() {
            return Ok(red.join(", "));
        }
        Err(format!("{}: {} is not red for {:?}: {checked:?}", self.name, self.row, self.says))
    }
}

/// A copy of the example, whose packages are those of the original.
struct Checkout {
    workspace: Workspace,
    strangers: Mutex<Vec<TcpListener>>,
    daemons: Mutex<Vec<thread::JoinHandle<()>>>,
}

impl Checkout {
    fn new() -> Self {
        let workspace = Workspace::new();
        notes_example::copy_to(workspace.project());
        Self { workspace, strangers: Mutex::default(), daemons: Mutex::default() }
    }

    fn check(&self, arguments: &[&str]) -> Checked {
        let mut command = self.workspace.portolan(&[&["check", "--json"], arguments].concat());
        command.env_remove("BETTER_AUTH_SECRET").env_remove("GITHUB_ACTIONS");
        Checked::of(command.output().unwrap())
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.workspace.project().join(relative)
    }

    fn write(&self, relative: &str, text: &str) {
        fs::write(self.path(relative), text).unwrap();
    }

    /// Fails if the example has changed so that the fault can no longer be put in.
    fn change(&self, relative: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(relative)).unwrap();
        assert!(text.contains(from), "{from:?} is not in {relative}");
        self.write(relative, &text.replacen(from, to, 1));
    }

    fn append(&self, relative: &str, line: &str) {
        let text = fs::read_to_string(self.path(relative)).unwrap();
        self.write(relative, &format!("{text}\n{line}\n"));
    }

    /// Start limits of six seconds, for who never comes up: on a busy machine the others take two.
    fn hurry(&self) {
        let limited = "health = { http = \"/health\", start_timeout = \"6s\" }";
        self.change(TOML, AUTH_HEALTH, &AUTH_HEALTH.replace("health = \"/health\"", limited));
        self.change(TOML, BACKEND_HEALTH, &BACKEND_HEALTH.replace("health = \"/health\"", limited));
    }

    /// Has the backend do this a moment after its start.
    fn later(&self, statement: &str) {
        self.append(
            MAIN,
            &format!(
                "def fault():\n    {statement}\n\nimport threading\nthreading.Timer(0.4, fault).start()"
            ),
        );
    }

    /// Somebody else, who starts a process in the name of whatever run is written to `order`.
    #[expect(clippy::disallowed_methods, reason = "a daemon that is not of the stack")]
    fn run_a_daemon(&self, order: PathBuf) {
        self.daemons.lock().unwrap().push(thread::spawn(move || {
            let run = wait_until(PATIENCE, || fs::read_to_string(&order).ok()).expect("an order");
            let mut command = Command::new("sleep");
            let mut child = command.arg("300").env("PORTOLAN_RUN_ID", run.trim()).spawn().unwrap();
            wait_until(PATIENCE, || order.with_file_name("end").exists().then_some(()));
            child.kill().unwrap();
            child.wait().unwrap();
        }));
    }

    fn end_daemons(&self) {
        self.write("backend/end", "");
        for daemon in self.daemons.lock().unwrap().drain(..) {
            daemon.join().unwrap();
        }
    }
}
