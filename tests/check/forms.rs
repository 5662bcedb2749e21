//! What a check is told by: table, JSON, JUnit, annotations; and how often it is done.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{Checked, SECRET, Stack};
use crate::xml::Element;

const TRACEBACK: [(&str, &str); 1] = [(
    "[services.api]\ncommand = \"FIXTURE http\"",
    "[services.api]\ncommand = \"FIXTURE traceback then http\"",
)];

#[test]
fn rounds_begin_from_nothing_and_are_summed_up() {
    let stack = Stack::pair(&[(
        "[services.auth]\ncommand = \"FIXTURE http\"",
        "[services.auth]\ncommand = \"FIXTURE crash-times 1 --counter crashes then http\"\nrestart = { backoff = \"10ms\" }",
    )]);
    let checked = stack.check(&["--json", "--repeat", "3"]);
    assert_eq!(checked.red(), ["SC-001"]);
    let report = checked.json();
    assert_eq!(report["rounds"], 3);
    let started = checked.row("SC-001");
    assert_eq!((started["passed"].as_u64(), started["failed"].as_u64()), (Some(2), Some(1)));
    assert_eq!(started["details"][0]["round"], 1);
    assert_eq!(checked.row("gone")["passed"], 3);

    fs::remove_file(stack.workspace.project().join("crashes")).unwrap();
    let table = stack.check(&["--repeat", "3"]);
    assert_eq!(table.code, 1);
    assert!(table.out.contains("2 of 3") && table.out.contains("3 of 3"), "{table:?}");
    assert!(table.out.contains("(round 1)"), "{table:?}");

    fs::remove_file(stack.workspace.project().join("crashes")).unwrap();
    let fast = stack.check(&["--json", "--repeat", "3", "--fail-fast"]);
    assert_eq!(fast.json()["rounds"], 1, "{fast:?}");
}

#[test]
fn the_table_is_for_eighty_columns_and_coloured_if_that_is_wanted() {
    let stack = Stack::pair(&TRACEBACK);
    let checked = stack.check(&[]);
    assert_eq!(checked.code, 1);
    assert!(checked.out.lines().all(|line| line.chars().count() <= 80), "{checked:?}");
    assert!(!checked.out.contains('\x1b'), "{checked:?}");
    assert!(checked.out.contains("no exception in the logs                 FAILED"), "{checked:?}");
    assert!(checked.out.contains("pair: FAILED"), "{checked:?}");
    assert_eq!(checked.err, "", "no progress where nobody watches");
    let coloured = stack.check(&["--color", "always"]);
    assert!(coloured.out.contains("\x1b[31mFAILED\x1b[0m"), "{coloured:?}");
}

#[test]
fn json_has_the_keys_that_are_promised() {
    let checked = Stack::pair(&TRACEBACK).check(&["--json"]);
    let report = checked.json();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    assert_eq!(report["schema"], 1);
    assert_eq!(report["interrupted"], serde_json::Value::Null);
    assert_eq!(keys(&report), ["checks", "interrupted", "ok", "rounds", "schema", "stack"]);
    let ids: Vec<_> =
        report["checks"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    let all = ["SC-001", "SC-002", "SC-003", "SC-004", "SC-005", "dependencies", "findings", "gone"];
    assert_eq!(ids, all);
    assert_eq!(keys(&report["checks"][0]), ["details", "failed", "id", "ok", "passed", "title"]);
    let details = checked.row("SC-005")["details"].clone();
    assert_eq!(keys(&details[0]), ["place", "round", "service", "severity", "text"]);
}

#[test]
fn junit_is_a_whole_document_with_a_case_for_each_check_and_service() {
    let stack = Stack::pair(&[(
        "[services.api]\ncommand = \"FIXTURE http\"",
        "[services.api]\ncommand = \"FIXTURE stderr 'ValueError: <b>&\\\"]]>' then http\"",
    )]);
    let path = stack.workspace.project().join("report.xml");
    fs::write(&path, "old").unwrap();
    let checked = stack.check(&["--junit", "report.xml", "--repeat", "2"]);
    assert_eq!(checked.code, 1, "{checked:?}");
    let root = Element::parse(&fs::read_to_string(&path).unwrap());
    assert_eq!(root.name, "testsuites");
    let suites: Vec<_> = root.children("testsuite").collect();
    let names: Vec<_> = suites.iter().map(|suite| suite.attribute("name")).collect();
    assert_eq!(names, ["pair round 1", "pair round 2"]);
    let mut names_of_cases = std::collections::HashSet::new();
    for suite in suites {
        let cases: Vec<_> = suite.children("testcase").collect();
        assert_eq!(suite.attribute("tests"), cases.len().to_string());
        assert_eq!(suite.attribute("failures"), "1");
        let failed: Vec<_> = cases.iter().filter(|case| case.children("failure").next().is_some()).collect();
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].attribute("classname"), "pair.api");
        let failure = failed[0].children("failure").next().unwrap();
        assert_eq!(failure.attribute("type"), "SC-005");
        assert!(failure.attribute("message").contains("ValueError: <b>&\"]]>"), "{failure:?}");
        for case in &cases {
            let known = (case.attribute("classname").to_owned(), case.attribute("name").to_owned());
            assert!(names_of_cases.insert(known), "GitLab takes equal names for one case: {case:?}");
        }
        for service in ["auth", "api"] {
            let own = cases.iter().filter(|case| case.attribute("classname") == format!("pair.{service}"));
            assert!(own.count() >= 7, "{service}");
        }
    }
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o400, 0o400);
    let beside = fs::read_dir(stack.workspace.project()).unwrap().flatten();
    let temporary = beside.filter(|entry| entry.file_name().to_string_lossy().starts_with(".portolan-"));
    assert_eq!(temporary.count(), 0);
}

#[test]
fn a_report_that_has_no_place_is_refused_before_anything_starts() {
    let stack = Stack::pair(&[]);
    // Nobody, not even the administrator, makes a file in /proc.
    for place in ["nowhere/report.xml", ".", "/proc/report.xml"] {
        let checked = stack.check(&["--junit", place]);
        assert_eq!(checked.code, 2, "{checked:?}");
        assert!(checked.err.starts_with("error: --junit: "), "{checked:?}");
        assert_eq!(checked.out, "");
    }
}

#[test]
fn a_report_goes_through_a_link_and_into_what_is_no_file() {
    let stack = Stack::pair(&[]);
    let file = |name: &str| stack.workspace.project().join(name);
    symlink("real.xml", file("link.xml")).unwrap();
    fs::write(file("real.xml"), "old").unwrap();
    symlink("/dev/null", file("null.xml")).unwrap();
    for name in ["link.xml", "null.xml"] {
        let checked = stack.check(&["--junit", name]);
        assert_eq!(checked.code, 0, "{checked:?}");
        assert!(file(name).is_symlink(), "{name}");
    }
    Element::parse(&fs::read_to_string(file("real.xml")).unwrap());
    let checked = stack.check(&["--junit", "/dev/stdout"]);
    assert!(checked.out.starts_with("<?xml") && checked.out.contains("</testsuites>\n"), "{checked:?}");
}

#[test]
fn github_annotations_mark_the_line() {
    let stack = Stack::pair(&[]);
    stack.write(".env", "TOKEN=short\n");
    let expected =
        "::error file=.env,line=1,title=portolan check%3A SC-002 auth::auth: TOKEN has 5 characters";
    let asked = stack.check(&["--github"]);
    assert!(asked.out.lines().any(|line| line.starts_with(expected)), "{asked:?}");
    // In its Actions they come by themselves, and files are told from the repository's folder.
    let mut command = stack.workspace.portolan(&["check", "--json"]);
    command
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", stack.workspace.project().parent().unwrap());
    let actions = Checked::of(command.output().unwrap());
    assert!(actions.err.contains("::error file=project/.env,line=1,title="), "{actions:?}");
    assert_eq!(actions.red(), ["SC-002"], "standard output is JSON alone");
    let without = stack.check(&[]);
    assert!(!without.all().contains("::error"), "{without:?}");
}

#[test]
fn what_the_services_say_is_printed_only_if_it_is_asked_for() {
    let stack = Stack::pair(&[(
        "[services.api]\ncommand = \"FIXTURE http\"",
        "[services.api]\ncommand = \"FIXTURE print hello-there then http\"",
    )]);
    assert!(!stack.check(&[]).all().contains("hello-there"));
    let verbose = stack.check(&["-v"]);
    assert!(verbose.out.contains("hello-there"), "{verbose:?}");
    assert!(verbose.out.contains("pair: ok"), "{verbose:?}");
}

#[test]
fn only_what_is_named_is_checked_with_what_it_needs() {
    let stack = Stack::pair(&[(
        "env = { AUTH_SERVICE_URL = \"{auth.url}\" }",
        "env = { AUTH_SERVICE_URL = \"{auth.url}\" }\n\n[services.broken]\ncommand = \"FIXTURE exit 3\"",
    )]);
    assert_eq!(stack.red(&["api"]), [""; 0]);
    assert_eq!(stack.red(&[]), ["SC-001"]);
}

#[test]
fn a_wrong_call_and_a_wrong_configuration_are_2() {
    let stack = Stack::pair(&[]);
    for arguments in [&["nobody"][..], &["--repeat", "0"], &["--running", "--repeat", "2"], &["--set", "x"]] {
        let checked = stack.check(arguments);
        assert_eq!((checked.code, checked.out.as_str()), (2, ""), "{arguments:?}: {checked:?}");
    }
    stack.write("portolan.toml", "[services.api]\ncommand = \"no-such-program\"\n");
    let missing = stack.check(&[]);
    assert_eq!(missing.code, 2, "{missing:?}");
    assert!(missing.err.contains("no-such-program"), "{missing:?}");
    stack.write("portolan.toml", "[services.api]\nport = 1\ncolour = 2\n");
    assert_eq!(stack.check(&[]).code, 2);
}

#[test]
fn a_value_may_be_set_for_the_check() {
    let stack = Stack::pair(&[]);
    stack.write(".env", "");
    assert_eq!(stack.red(&["--set", &format!("TOKEN={SECRET}")]), [""; 0]);
}

#[test]
fn help_has_examples() {
    let checked = Stack::pair(&[]).check(&["--help"]);
    assert_eq!(checked.code, 0);
    assert!(checked.out.contains("portolan check --repeat 20"), "{checked:?}");
}
