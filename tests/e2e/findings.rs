//! What was found to be wrong, as it is told: in plain output, in `why`, and by rules of the project's own.

use crate::support::{Project, free_ports, text_of, until};

const RULE: &str = r#"
[[rule]]
id = "ledger-locked"
words = ["ledger is locked"]
match = ['''ledger is locked by (?P<who>\w+)''']
title = "{who} has locked the ledger"
remedy = "ask {who} to unlock it, then start {service} again"
action = "portolan restart {service}"

[[rule.example]]
text = "fatal: ledger is locked by alice"
captures = { who = "alice" }

[[rule.counter]]
text = "the ledger is open"
"#;

const LEDGER: &str = "[services.books]\n\
    command = 'sh -c \"echo fatal: ledger is locked by bob >&2; exit 3\"'\nrestart = 'no'\n";

#[test]
fn a_rule_of_the_project_is_loaded_and_shown_by_up_and_why() {
    let project = Project::new(LEDGER);
    project.write(".portolan/findings/ledger.toml", RULE);
    let up = project.run(&["up", "--plain"]);
    assert_eq!(up.code, 1, "{up:?}");
    assert!(up.err.contains("found: bob has locked the ledger"), "{up:?}");
    assert!(up.err.contains("→ ask bob to unlock it, then start books again"), "{up:?}");
    let why = project.ok(&["why", "books", "--json"]).json();
    let finding = &why["findings"][0];
    assert_eq!(finding["rule"], "ledger-locked", "{why}");
    assert_eq!(finding["title"], "bob has locked the ledger");
    assert_eq!(finding["evidence"][0], "fatal: ledger is locked by bob");
    assert_eq!(finding["action"], "portolan restart books");
    let shown = project.ok(&["why", "books"]).out;
    assert!(
        shown.contains("bob has locked the ledger") && shown.contains("portolan restart books"),
        "{shown}"
    );
}

#[test]
fn a_rule_of_the_project_takes_the_place_of_portolans_own_with_its_name() {
    let project = Project::new("[services.job]\ncommand = 'sh -c \"exit 3\"'\nrestart = 'no'\n");
    project.write(
        ".portolan/findings/own.toml",
        "[[rule]]\nid = 'exit-status'\non = 'exit'\nmatch = ['^exit 3$']\ntitle = 'three means no licence'\n\
         remedy = 'buy one'\n[[rule.example]]\ntext = 'exit 3'\n",
    );
    let up = project.run(&["up", "--plain"]);
    assert!(up.err.contains("found: three means no licence"), "{up:?}");
}

#[test]
fn everything_that_is_wrong_with_rule_files_is_said_at_once_with_its_place() {
    let project = Project::new(LEDGER);
    project.write(
        ".portolan/findings/a.toml",
        "[[rule]]\nid = 'Not Kebab'\nwords = ['x']\nmatch = ['(']\ntitle = '{nobody}'\nremedy = 'r'\naction = 'rm -rf /'\n",
    );
    project.write(
        ".portolan/findings/b.toml",
        "[[rule]]\nid = 'no-example'\nwords = ['abc']\nmatch = ['abc']\ntitle = 't'\nremedy = 'r'\n\n\
         [[rule]]\nid = 'not-found'\nwords = ['abc']\nmatch = ['abc']\ncheck = 'magic'\ntitle = 't'\nremedy = 'r'\n\n\
         [[rule.example]]\ntext = 'xyz'\n",
    );
    project.write(".portolan/findings/c.toml", "[[rule]]\nid = 'unknown-key'\nmatches = 'typo'\n");
    project.write(
        ".portolan/findings/d.toml",
        "[[rule]]\nid = 'misses'\nwords = ['abc']\nmatch = ['abc']\ntitle = 't'\nremedy = 'r'\n\n\
         [[rule.example]]\ntext = 'xyz'\n\n[[rule.counter]]\ntext = 'abc'\n",
    );
    let up = project.run(&["up", "--plain"]);
    assert_eq!(up.code, 2, "{up:?}");
    for (place, words) in [
        ("a.toml:2", "\"Not Kebab\" is no name for a rule"),
        ("a.toml:3", "is in too many lines"),
        ("a.toml:4", "no regular expression"),
        ("a.toml:5", "nothing gives {nobody}"),
        ("a.toml:7", "no command of Portolan's"),
        ("b.toml:2", "`no-example` has no example"),
        ("b.toml:12", "there is no check \"magic\""),
        ("c.toml:3", "matches"),
        ("d.toml:8", "`misses` does not find its own example"),
        ("d.toml:11", "`misses` finds what it is not to find"),
    ] {
        let place = format!(".portolan/findings/{place}");
        let told = up.err.split("\n\n").any(|fault| fault.contains(&place) && fault.contains(words));
        assert!(told, "{place} {words}\n{}", up.err);
    }
    assert!(up.err.contains("= help: "), "{up:?}");
}

#[test]
fn what_failed_at_once_is_told_before_up_returns() {
    let project = Project::new(
        "[services.api]\ncommand = 'sh -c \"echo DATABASE_URL is not set >&2; exit 1\"'\nrestart = 'no'\n",
    );
    for attempt in 0..10 {
        let up = project.run(&["up", "--plain"]);
        assert_eq!(up.code, 1, "{up:?}");
        let found = "found: DATABASE_URL is required and nothing sets it";
        assert!(up.err.contains(found), "attempt {attempt}: {up:?}");
        let why = project.ok(&["why", "api", "--json"]).json();
        assert_eq!(why["findings"][0]["rule"], "variable-unset", "attempt {attempt}: {why}");
    }
}

#[test]
fn a_server_that_ends_well_at_once_is_told_of_before_up_returns() {
    let project = Project::new("[services.web]\ncommand = 'sh -c \"echo ready\"'\nport = {}\n");
    let up = project.run(&["up", "--plain"]);
    assert!(up.err.contains("found: web is a server and ended without an error"), "{up:?}");
}

#[test]
fn a_crash_loop_is_told_of_once() {
    let project = Project::new(
        "[services.api]\ncommand = 'sh -c \"echo DATABASE_URL is not set >&2; exit 1\"'\n\
         restart = { policy = 'on-failure', backoff = '20ms', max = 4 }\n",
    );
    let up = project.run(&["up", "--plain"]);
    assert_eq!(up.code, 1, "{up:?}");
    assert_eq!(up.err.matches("ended by itself").count(), 5, "{up:?}");
    assert_eq!(up.err.matches("found: ").count(), 1, "{up:?}");
}

#[test]
fn a_crash_loop_without_a_word_is_told_of_as_an_end_and_as_a_loop() {
    let project = Project::new(
        "[services.api]\ncommand = 'sh -c \"exit 3\"'\n\
         restart = { policy = 'on-failure', backoff = '20ms', max = 5 }\n",
    );
    let up = project.run(&["up", "--plain"]);
    assert_eq!(up.err.matches("found: api ends again and again").count(), 1, "{up:?}");
    assert!(up.err.matches("found: ").count() <= 2, "{up:?}");
}

#[test]
fn a_secret_in_what_a_program_prints_is_in_no_finding() {
    let project = Project::new(
        "[services.api]\ncommand = 'sh -c \"echo ValueError: JWT_SECRET must be at least 32 characters, not $JWT_SECRET >&2; exit 1\"'\n\
         restart = 'no'\nenv = { JWT_SECRET = 'hunter2hunter2' }\n",
    );
    let up = project.run(&["up", "--plain"]);
    let why = project.ok(&["why", "api", "--json"]).json();
    assert_eq!(why["findings"][0]["rule"], "secret-too-short", "{why}");
    assert!(!text_of(&why).contains("hunter2"), "{why}");
    assert!(!up.err.contains("hunter2"), "{up:?}");
}

/// `api` is told where `auth` is not.
const REFUSED: &str = "[services.auth]\ncommand = 'FIXTURE http'\nport = OTHER\nhealth = '/health'\n\
    [services.api]\ncommand = \"./api\"\nport = {}\n\
    health = '/health'\nenv = { AUTH_URL = 'http://127.0.0.1:STALE' }\n";

const REFUSED_LATE: &str = "(until [ -e go ]; do sleep 0.05; done; echo Error: connect ECONNREFUSED 127.0.0.1:STALE) &\nexec FIXTURE http";

#[test]
fn what_was_found_of_an_address_falls_when_its_service_moves_there() {
    let (stale, other) = (free_ports(1), free_ports(1));
    let toml = REFUSED.replace("STALE", &stale.to_string());
    let project = Project::new(&toml.replace("OTHER", &other.to_string()));
    // It is told of when auth has long been up.
    project.script("api", &REFUSED_LATE.replace("STALE", &stale.to_string()));
    let mut up = project.up_healthy(&[]);
    project.write("go", "");
    let rules = || -> Vec<String> {
        let why = project.ok(&["why", "api", "--json"]).json();
        why["findings"].as_array().unwrap().iter().map(|finding| text_of(&finding["rule"])).collect()
    };
    until("it is told", || (rules() == ["dependency-elsewhere"]).then_some(()));
    // So long after a line it is looked into once more in any case.
    std::thread::sleep(std::time::Duration::from_millis(1300));
    let text = project.read("portolan.toml");
    project.write("portolan.toml", text.replace(&format!("port = {other}"), &format!("port = {stale}")));
    project.ok(&["reload"]);
    until("auth moves", || (project.is("auth", "healthy") && project.port("auth") == stale).then_some(()));
    until("it falls", || rules().is_empty().then_some(()));
    assert_eq!(project.epoch("api"), 1);
    assert_eq!(up.interrupt(), 130);
}

/// A server one of whose requests raises until its code is written anew.
const SHOP: &str = "import os, sys, threading, urllib.request\n\
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer\n\
class Api(BaseHTTPRequestHandler):\n\
\x20   def do_GET(self):\n\
\x20       if self.path != '/health': {}['usd']\n\
\x20       self.send_response(200)\n\
\x20       self.end_headers()\n\
server = ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Api)\n\
def visit():\n\
\x20   try: urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/usd')\n\
\x20   except OSError: pass\n\
threading.Thread(target=visit, daemon=True).start()\n\
server.serve_forever()\n";

#[test]
fn what_a_request_raised_falls_when_its_code_is_written_anew() {
    let project =
        Project::new("[services.api]\ncommand = 'python3 shop.py'\nport = {}\nhealth = '/health'\n");
    project.write("shop.py", SHOP);
    let mut up = project.up_healthy(&[]);
    let found = || {
        let why = project.ok(&["why", "api", "--json"]).json();
        why["findings"].as_array().is_some_and(|all| all.iter().any(|one| one["rule"] == "request-raised"))
    };
    until("it is told", || found().then_some(()));
    project.write("shop.py", SHOP.replace("{}['usd']", "pass"));
    until("it falls", || (!found()).then_some(()));
    assert_eq!(up.interrupt(), 130);
}
