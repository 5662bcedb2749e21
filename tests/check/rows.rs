//! Each row of the table, red for its own reason.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::thread;

use crate::stack_support::{PATIENCE, wait_until};
use crate::support::{Checked, SECRET, Stack, ports};

/// The only red row is `id`, and one of its details says `part`. No secret is told.
#[track_caller]
fn red(stack: &Stack, id: &str, part: &str) -> Checked {
    let checked = stack.check(&["--json"]);
    assert_eq!(checked.red(), [id], "{checked:?}");
    let details = checked.details(id);
    assert!(details.iter().any(|text| text.contains(part)), "{part:?} is not in {details:?}");
    assert!(!checked.out.contains(SECRET) && !checked.err.contains(SECRET), "{checked:?}");
    checked
}

#[test]
fn a_stack_that_works_is_green_in_every_row() {
    let checked = Stack::pair(&[]).check(&["--json"]);
    assert_eq!(checked.red(), [""; 0], "{checked:?}");
    for row in checked.json()["checks"].as_array().unwrap() {
        assert_eq!((row["ok"].as_bool(), row["passed"].as_u64()), (Some(true), Some(1)), "{row}");
        assert_eq!(row["details"].as_array().unwrap().len(), 0, "{row}");
    }
}

#[test]
fn sc_001_is_red_for_a_crash_even_if_it_comes_up_after_all() {
    let stack = Stack::pair(&[(
        "[services.auth]\ncommand = \"FIXTURE http\"",
        "[services.auth]\ncommand = \"FIXTURE crash-times 1 --counter crashes then http\"\nrestart = { backoff = \"10ms\" }",
    )]);
    red(&stack, "SC-001", "was started again once: ended by itself (exit 1)");
}

#[test]
fn sc_001_is_red_for_one_that_is_slower_than_its_limit() {
    let stack = Stack::pair(&[
        (
            "[services.auth]\ncommand = \"FIXTURE http\"",
            "[services.auth]\ncommand = \"FIXTURE sleep --ms 60000\"",
        ),
        ("health = \"/health\"\n\n", "health = { http = \"/health\", start_timeout = \"400ms\" }\n\n"),
    ]);
    let checked = stack.check(&["--json"]);
    assert!(checked.red().contains(&"SC-001".to_owned()), "{checked:?}");
    let details = checked.details("SC-001");
    assert!(details.iter().any(|text| text.contains("was not healthy within 0.4s")), "{details:?}");
    assert!(details.iter().any(|text| text.contains("never started: it waits for auth")), "{details:?}");
}

#[test]
fn sc_001_is_red_for_a_server_that_ends_well_and_green_for_a_job() {
    let ends = "[services.auth]\ncommand = \"FIXTURE print done\"";
    let stack = Stack::pair(&[("[services.auth]\ncommand = \"FIXTURE http\"", ends)]);
    let checked = stack.check(&["--json"]);
    assert!(checked.red().contains(&"SC-001".to_owned()), "{checked:?}");
    assert!(
        checked.details("SC-001")[0].starts_with("ended by itself (exit 0), and should stay"),
        "{checked:?}"
    );
    let job = Stack::new("[services.job]\ncommand = \"FIXTURE print done\"\n");
    assert_eq!(job.red(&[]), [""; 0]);
}

#[test]
fn sc_001_is_red_when_time_is_over() {
    let stack = Stack::pair(&[(
        "[services.auth]\ncommand = \"FIXTURE http\"",
        "[services.auth]\ncommand = \"FIXTURE sleep --ms 60000\"",
    )]);
    let checked = stack.check(&["--json", "--timeout", "600ms"]);
    assert!(checked.red().contains(&"SC-001".to_owned()), "{checked:?}");
    assert!(
        checked.details("SC-001").iter().any(|text| text.contains("is still starting after 0.6s")),
        "{checked:?}"
    );
}

#[test]
fn sc_002_is_red_for_a_wrapper_that_loses_a_variable() {
    let wrapped = "[services.api]\ncommand = \"env -u TOKEN FIXTURE http\"";
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", wrapped)]);
    let checked = red(&stack, "SC-002", "TOKEN did not reach");
    assert_eq!(checked.row("SC-002")["details"][0]["place"], ".env:1");
    assert_eq!(checked.row("SC-002")["details"][0]["service"], "api");
}

#[test]
fn sc_002_is_red_for_a_wrapper_that_changes_a_variable() {
    let wrapped = "[services.api]\ncommand = \"env TOKEN=other FIXTURE http\"";
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", wrapped)]);
    red(&stack, "SC-002", "TOKEN is another value in");
}

#[test]
fn sc_002_is_red_for_a_variable_that_is_missing_or_too_short() {
    let stack = Stack::pair(&[]);
    stack.write(".env", "");
    let missing = red(&stack, "SC-002", "TOKEN is required, and nothing sets it");
    assert_eq!(missing.row("SC-001")["ok"], serde_json::Value::Null, "nothing was started");
    stack.write(".env", "TOKEN=short\n");
    let short = red(&stack, "SC-002", "TOKEN has 5 characters, needs 32");
    assert_eq!(short.row("SC-002")["details"][0]["place"], ".env:1");
}

#[test]
fn sc_003_is_red_for_an_answer_that_a_probe_takes_and_that_is_no_yes() {
    let redirects = "[services.auth]\ncommand = \"FIXTURE http --status 302\"";
    let stack = Stack::pair(&[
        ("[services.auth]\ncommand = \"FIXTURE http\"", redirects),
        // Whoever follows an address asks the same.
        ("needs = [\"auth\"]\nenv = { AUTH_SERVICE_URL = \"{auth.url}\" }", ""),
    ]);
    red(&stack, "SC-003", "GET /health answered 302");
}

#[test]
fn sc_004_is_red_for_a_port_that_somebody_else_has() {
    let port = ports(1);
    let _stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let stack = Stack::new(&format!(
        "[services.api]\ncommand = \"FIXTURE http\"\nport = {{ prefer = {port}, conflict = \"fail\" }}\n"
    ));
    let checked = stack.check(&["--json"]);
    assert_eq!(checked.red(), ["SC-001", "SC-004"], "{checked:?}");
    assert!(checked.details("SC-004")[0].contains(&port.to_string()), "{checked:?}");
}

#[test]
fn sc_004_is_red_for_a_port_that_is_ignored() {
    let elsewhere = ports(1);
    let stack = Stack::new(&format!(
        "[services.api]\ncommand = \"FIXTURE print ready then http --port {elsewhere}\"\nport = \"PORTS\"\n\
         health = {{ log = \"ready\", start_timeout = \"1s\" }}\n"
    ));
    let checked = stack.check(&["--json"]);
    assert!(checked.red().contains(&"SC-004".to_owned()), "{checked:?}");
}

#[test]
fn sc_005_is_red_for_a_traceback_and_green_for_a_level() {
    let traceback = "[services.api]\ncommand = \"FIXTURE traceback then http\"";
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", traceback)]);
    let checked = red(&stack, "SC-005", "ValueError");
    assert_eq!(checked.row("SC-005")["details"][0]["service"], "api");
    let error = "[services.api]\ncommand = \"FIXTURE stderr 'ERROR: disk is nearly full' then http\"";
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", error)]);
    let checked = stack.check(&["--json"]);
    assert_eq!(checked.red(), [""; 0]);
    assert_eq!(checked.row("SC-005")["details"][0]["severity"], "warning");
    assert_eq!(stack.red(&["--strict"]), ["SC-005"]);
}

#[test]
fn sc_005_is_red_for_an_error_that_node_prints_after_words_though_it_was_caught() {
    let caught = "[services.api]\ncommand = \"./caught\"";
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", caught)]);
    let head = "settings.local.json is ignored, SyntaxError: Unexpected end of JSON input";
    let frame = "    at JSON.parse (<anonymous>)";
    stack.script("caught", &format!("printf '%s\\n' '{head}' '{frame}' >&2\nexec FIXTURE http"));
    red(&stack, "SC-005", head);
}

#[test]
fn sc_005_sees_what_is_printed_after_all_is_up() {
    let late = "[services.api]\ncommand = \"./late\"";
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", late)]);
    stack.script("late", "(sleep 0.2; echo 'PermissionError: [Errno 13] denied: /x') &\nexec FIXTURE http");
    let checked = red(&stack, "SC-005", ": PermissionError: [Errno 13] denied: /x");
    assert!(checked.details("SC-005")[0].starts_with("log line "), "{checked:?}");
}

#[test]
fn dependencies_are_red_for_an_address_where_nobody_listens() {
    let nobody = ports(1);
    let stale = format!("env = {{ AUTH_SERVICE_URL = \"http://127.0.0.1:{nobody}\" }}");
    let stack = Stack::pair(&[("env = { AUTH_SERVICE_URL = \"{auth.url}\" }", &stale)]);
    let checked =
        red(&stack, "dependencies", &format!("127.0.0.1:{nobody}: nobody listens there; auth is at"));
    let place = checked.row("dependencies")["details"][0]["place"].as_str().unwrap().to_owned();
    assert!(place.starts_with("portolan.toml:"), "{place}");
}

#[test]
fn dependencies_are_red_for_an_address_where_somebody_else_listens() {
    let port = ports(1);
    let _stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let stack = Stack::pair(&[("env = { AUTH_SERVICE_URL = \"{auth.url}\" }", "")]);
    stack.write(
        ".env",
        &format!("TOKEN={SECRET}\nAUTH_BASE=127.0.0.1:{port}\nMAIL_URL=smtp://localhost:{port}\n"),
    );
    // What means nobody of this stack may be anybody.
    let checked = red(&stack, "dependencies", "AUTH_BASE leads to");
    assert_eq!(checked.details("dependencies").len(), 1, "{checked:?}");
    assert_eq!(checked.row("dependencies")["details"][0]["place"], ".env:2");
}

#[test]
fn dependencies_are_sought_in_what_the_process_really_has() {
    let nobody = ports(1);
    let wrapped =
        format!("[services.api]\ncommand = \"env AUTH_URL=http://localhost:{nobody} FIXTURE http\"");
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", &wrapped)]);
    red(&stack, "dependencies", &format!("AUTH_URL leads to localhost:{nobody}"));
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "a daemon of somebody else's, which is asked to start something"
)]
fn gone_is_red_for_a_process_that_another_daemon_has_started_for_a_service() {
    let asks = "[services.api]\ncommand = \"./asks\"";
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", asks)]);
    stack.script("asks", "echo $PORTOLAN_RUN_ID > order.new; mv order.new order; exec FIXTURE http");
    let order = stack.workspace.project().join("order");
    let daemon = thread::spawn(move || {
        let run = wait_until(PATIENCE, || std::fs::read_to_string(&order).ok()).expect("an order");
        let mut command = Command::new("sleep");
        command.arg("300").env("PORTOLAN_RUN_ID", run.trim()).env("PORTOLAN_SERVICE", "api");
        command.spawn().unwrap()
    });
    let checked = stack.check_only(&["--json"]);
    let mut child = daemon.join().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(checked.red(), ["gone"], "{checked:?}");
    let details = checked.details("gone");
    assert!(details[0].contains(&format!("pid {} (sleep 300)", child.id())), "{details:?}");
    assert_eq!(checked.row("gone")["details"][0]["service"], "api");
}

#[test]
fn a_daemon_that_only_left_its_session_is_ended_and_so_is_no_fault() {
    let leaves = "[services.api]\ncommand = \"FIXTURE setsid-grandchild --clean-env then http\"";
    let stack = Stack::pair(&[("[services.api]\ncommand = \"FIXTURE http\"", leaves)]);
    assert_eq!(stack.red(&[]), [""; 0]);
}

#[test]
fn services_that_portolan_serves_itself_are_proved_by_what_they_were_given() {
    let stack = Stack::new(
        "[env.BETTER_AUTH_SECRET]\nsecret = true\ngenerate = 48\n\n[services.auth]\nembedded = \"auth\"\nport = \"PORTS\"\n\n\
         [services.backend]\nembedded = \"backend\"\nport = \"PORTS\"\nneeds = [\"auth\"]\n",
    );
    let checked = stack.check(&["--json"]);
    assert_eq!(checked.red(), [""; 0], "{checked:?}");
    for row in ["SC-002", "SC-004", "dependencies"] {
        assert_eq!(checked.row(row)["passed"], 1, "{row}: {checked:?}");
    }
}

#[test]
fn a_daemon_that_listens_for_a_service_by_agreement_is_that_service() {
    let stack = Stack::pair(&[
        (
            "[services.auth]\ncommand = \"FIXTURE http\"\nport = \"PORTS\"\nhealth = \"/health\"",
            "[services.auth]\ncommand = \"./asks\"\nport = { range = \"PORTS\", owner = \"any\" }\nhealth = { tcp = true }",
        ),
        ("AUTH_SERVICE_URL = \"{auth.url}\"", "AUTH_ADDRESS = \"{auth.host}:{auth.port}\""),
    ]);
    stack.script("asks", "echo $PORT > order.new; mv order.new order; exec FIXTURE sleep");
    let order = stack.workspace.project().join("order");
    let daemon = thread::spawn(move || {
        let port = wait_until(PATIENCE, || std::fs::read_to_string(&order).ok()).expect("an order");
        TcpListener::bind((Ipv4Addr::LOCALHOST, port.trim().parse().unwrap())).unwrap()
    });
    let checked = stack.check(&["--json"]);
    drop(daemon.join().unwrap());
    assert_eq!(checked.red(), [""; 0], "{checked:?}");
    assert_eq!(checked.row("dependencies")["passed"], 1, "{checked:?}");
}

#[test]
fn an_address_outside_of_the_stack_is_a_warning_if_nobody_listens() {
    let (collector, nobody) = (ports(1), ports(1));
    let env = format!(
        "env = {{ OTEL_EXPORTER_OTLP_ENDPOINT = \"http://127.0.0.1:{collector}\", STATSD_URL = \"udp://127.0.0.1:{nobody}\", "
    );
    let stack = Stack::pair(&[("env = { ", &env)]);
    let checked = stack.check(&["--json"]);
    assert_eq!(checked.red(), [""; 0], "{checked:?}");
    let details = checked.row("dependencies")["details"].clone();
    assert_eq!(details.as_array().unwrap().len(), 1, "{details}");
    assert_eq!(details[0]["severity"], "warning");
    assert!(
        details[0]["text"].as_str().unwrap().starts_with("OTEL_EXPORTER_OTLP_ENDPOINT leads to"),
        "{details}"
    );
    assert_eq!(stack.red(&["--strict"]), ["dependencies"]);
}

#[test]
fn a_check_of_nothing_is_wrong() {
    let toml = "[services.one]\ncommand = \"FIXTURE sleep\"\nprofiles = [\"ci\"]\n\n\
                [services.two]\ncommand = \"FIXTURE sleep\"\nmode = \"disabled\"\n";
    let stack = Stack::new(toml);
    let checked = stack.check(&[]);
    assert_eq!((checked.code, checked.out.as_str()), (2, ""), "{checked:?}");
    assert!(
        checked.err.contains("no service is selected") && checked.err.contains("--profile"),
        "{checked:?}"
    );
    assert_eq!(stack.red(&["--profile", "ci"]), [""; 0]);
}
