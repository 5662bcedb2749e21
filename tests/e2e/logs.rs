//! `portolan logs`: every line whole, found again by number, time, text, level and run, while a stack runs and after.

use std::collections::BTreeSet;

use crate::support::{Project, Up, text_of};

/// Runs a stack of one service that does what the script says and ends; the project with its logs.
fn ran(script: &str) -> Project {
    let project = Project::new("[services.web]\ncommand = './script'\nrestart = 'no'\n");
    project.script("script", script);
    let _ = project.up(&[]).ended();
    project
}

/// The service's own lines, without their prefix.
fn lines(project: &Project, arguments: &[&str]) -> Vec<String> {
    let done = project.ok(&[&["logs", "--json"], arguments].concat());
    let objects = done.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    objects.filter(|line| line["stream"] != "notice").map(|line| text_of(&line["text"])).collect()
}

#[test]
fn a_line_of_a_megabyte_stays_whole() {
    let project = ran("FIXTURE lines 1 --bytes 1000000\necho after");
    let lines = lines(&project, &[]);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].len(), 999_999);
    assert_eq!(lines[1], "after");
    let plain = project.ok(&["logs"]).out;
    assert!(plain.lines().any(|line| line.len() == 999_999 + "web | ".len()));
}

#[test]
fn a_last_line_without_its_newline_is_a_line() {
    assert_eq!(lines(&ran("printf 'one\\ntwo'"), &[]), ["one", "two"]);
}

#[test]
fn nul_and_invalid_utf_8_are_kept_apart_from_the_rest_of_the_line() {
    let project = ran("printf 'a\\0b\\n'; printf 'c\\377d\\n'; echo end");
    let lines = lines(&project, &[]);
    assert_eq!(lines, ["a\0b", "c\u{fffd}d", "end"]);
    let plain = project.ok(&["logs"]).out;
    assert!(!plain.contains('\0'), "{plain:?}");
    assert!(plain.contains("web | end\n"));
}

#[test]
fn of_progress_drawn_with_carriage_returns_the_last_state_is_shown() {
    let project = ran("printf '10%%\\r50%%\\r100%%\\n'; echo end");
    let plain = project.ok(&["logs"]).out;
    assert!(plain.contains("web | 100%\n") && !plain.contains("50%"), "{plain:?}");
}

#[test]
fn lines_of_windows_end_without_their_carriage_return() {
    assert!(ran("printf 'dos\\r\\n'").ok(&["logs"]).out.contains("web | dos\n"));
}

#[test]
fn both_streams_are_kept_apart_in_json() {
    let project = ran("echo out; sleep 0.1; echo err >&2");
    let done = project.ok(&["logs", "--json"]);
    let mut seen = BTreeSet::new();
    let mut last = 0;
    for line in done.out.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let keys: Vec<_> = line.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["epoch", "level", "schema", "seq", "service", "stream", "text", "ts"]);
        let seq = line["seq"].as_u64().unwrap();
        assert!(seq > last || last == 0, "in order: {done:?}");
        last = seq;
        seen.insert(format!("{} {}", text_of(&line["stream"]), text_of(&line["text"])));
    }
    assert!(seen.contains("out out") && seen.contains("err err"), "{seen:?}");
}

#[test]
fn the_last_lines_are_counted_after_the_filter() {
    let project = ran("for n in 1 2 3 4 5 6; do echo line $n; echo other; done");
    assert_eq!(lines(&project, &["--grep", "line", "-n", "2"]), ["line 5", "line 6"]);
    assert_eq!(project.ok(&["logs", "-n", "0"]).out, "");
    assert_eq!(project.ok(&["logs", "-n", "3"]).out.lines().count(), 3);
}

#[test]
fn grep_takes_text_in_any_case_and_regular_expressions() {
    let project = ran("echo Timeout; echo timeout; echo 'code 42'; echo 'code x'");
    assert_eq!(lines(&project, &["--grep", "timeout"]), ["Timeout", "timeout"]);
    assert_eq!(lines(&project, &["--grep", "Timeout"]), ["Timeout"]);
    assert_eq!(lines(&project, &["--grep", "/code \\d+/"]), ["code 42"]);
    assert_eq!(lines(&project, &["--grep", "nowhere"]), [""; 0]);
}

#[test]
fn grep_takes_the_whole_grammar() {
    let project = ran(
        "echo 'ERROR: broken pipe'; echo 'INFO: pipe'; echo err >&2; echo 'status=503 path=/'; echo '{\"status\":200}'",
    );
    assert_eq!(lines(&project, &["--grep", "pipe -broken"]), ["INFO: pipe"]);
    assert_eq!(lines(&project, &["--grep", "-(pipe|status) stream:out"]), [""; 0]);
    assert_eq!(lines(&project, &["--grep", "stream:err"]), ["err"]);
    assert_eq!(lines(&project, &["--grep", "status>=500"]), ["status=503 path=/"]);
    assert_eq!(
        lines(&project, &["--grep", "level:error|status=200"]),
        ["ERROR: broken pipe", "{\"status\":200}"]
    );
    assert_eq!(lines(&project, &["--grep", "pipe svc:web since:1h run:last", "-n", "1"]), ["INFO: pipe"]);
    assert_eq!(lines(&project, &["--grep", "pipe", "--level", "warn"]), ["ERROR: broken pipe"]);
    assert_eq!(lines(&project, &["--grep", "svc:other"]), [""; 0]);
}

#[test]
fn a_filter_that_cannot_be_read_has_a_caret_under_its_fault() {
    let project = Project::new("[services.web]\ncommand = 'true'\n");
    let done = project.run(&["logs", "--grep", "é level:loud"]);
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("\n  é level:loud\n          ^\n"), "{done:?}");
}

#[test]
fn follow_shows_only_what_the_filter_takes() {
    let project = Project::new("[services.web]\ncommand = './script'\n");
    project.script(
        "script",
        "echo first; echo other\nwhile [ ! -e go ]; do sleep 0.02; done\necho other; echo second\nexec sleep 1000",
    );
    let mut up = project.up(&[]);
    up.until_out("other");
    let mut follower = Up::start(&project, project.folder(), &["logs", "-f", "--grep", "first|second"]);
    follower.until_out("web | first\n");
    project.write("go", "");
    follower.until_out("web | second\n");
    assert!(!follower.out().contains("other"), "{follower:?}");
    assert_eq!(up.interrupt(), 130);
    assert_eq!(follower.ended(), 0, "{follower:?}");
}

#[test]
fn level_keeps_that_level_and_those_above() {
    let project = ran("echo 'INFO: fine'; echo 'WARNING: hm'; echo 'ERROR: broken'; echo nothing");
    assert_eq!(lines(&project, &["--level", "error"]), ["ERROR: broken"]);
    assert_eq!(lines(&project, &["--level", "warn"]), ["WARNING: hm", "ERROR: broken"]);
}

#[test]
fn since_takes_a_duration_and_a_time() {
    let project = ran("echo now");
    assert_eq!(lines(&project, &["--since", "10m"]), ["now"]);
    assert_eq!(lines(&project, &["--since", "2020-01-01T00:00:00Z"]), ["now"]);
    assert_eq!(lines(&project, &["--since", "2999-01-01T00:00:00Z"]), [""; 0]);
}

#[test]
fn earlier_runs_are_kept_up_to_five() {
    let project = Project::new("[services.web]\ncommand = './script'\n");
    for run in 1..=6 {
        project.script("script", &format!("echo run {run}"));
        assert_eq!(project.up(&[]).ended(), 0);
    }
    assert_eq!(lines(&project, &[]), ["run 6"]);
    assert_eq!(lines(&project, &["--run", "-1"]), ["run 5"]);
    assert_eq!(lines(&project, &["--run", "-4"]), ["run 2"]);
    let gone = project.run(&["logs", "--run", "-5"]);
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.err.contains("5 runs"), "{gone:?}");
}

#[test]
fn only_the_services_that_are_named_are_shown() {
    let project = Project::new(
        "[services.a]\ncommand = 'FIXTURE print from-a'\n[services.b]\ncommand = 'FIXTURE print from-b'\n",
    );
    assert_eq!(project.up(&[]).ended(), 0);
    assert_eq!(lines(&project, &["b"]), ["from-b"]);
    let both: BTreeSet<_> = lines(&project, &["b", "a"]).into_iter().collect();
    assert_eq!(both, BTreeSet::from(["from-a".to_owned(), "from-b".to_owned()]));
}

#[test]
fn follow_goes_on_while_the_stack_runs_and_ends_with_it() {
    let project = Project::new("[services.web]\ncommand = './script'\n");
    project
        .script("script", "echo first\nwhile [ ! -e go ]; do sleep 0.02; done\necho second\nexec sleep 1000");
    let mut up = project.up(&[]);
    up.until_out("first");
    let mut follower = Up::start(&project, project.folder(), &["logs", "-f"]);
    follower.until_out("web | first\n");
    assert!(!follower.out().contains("second"));
    project.write("go", "");
    follower.until_out("web | second\n");
    assert_eq!(up.interrupt(), 130);
    assert_eq!(follower.ended(), 0, "{follower:?}");
}

#[test]
fn a_burst_at_the_end_is_there_whole() {
    let project = ran("FIXTURE lines 50000");
    let lines = lines(&project, &[]);
    assert_eq!(lines.len(), 50_000);
    assert!(lines[49_999].starts_with("0000049999 "));
}

#[test]
fn up_prints_every_line_of_a_burst() {
    let project = Project::new("[services.web]\ncommand = 'FIXTURE lines 50000'\n");
    let mut up = project.up(&[]);
    assert_eq!(up.ended(), 0);
    let out = up.out();
    assert_eq!(out.lines().count(), 50_000);
    for (index, line) in out.lines().enumerate() {
        assert!(line.starts_with(&format!("web | {index:010} ")), "{line}");
    }
}

#[test]
fn output_of_other_processes_of_the_tree_is_the_service_s() {
    let project = ran("(echo from a child) & wait; sh -c 'echo from a shell'");
    assert_eq!(lines(&project, &[]), ["from a child", "from a shell"]);
}
