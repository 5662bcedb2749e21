//! Bad input of every kind: exit code 2, the place and the remedy, no panic, and no secret's text.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Done, Project};

const SECRET: &str = "this-is-the-secret-text";

const RULES: &str = r#"
[env.BETTER_AUTH_SECRET]
required = true
secret = true
min_length = 32
[services.auth]
command = "FIXTURE sleep"
"#;

/// `up`, attached and not, and `env` say what is wrong, and nothing starts.
fn refused(project: &Project, parts: &[&str]) -> Done {
    let detached = project.run(&["up", "--detach"]);
    check(&detached, parts);
    let done = project.run(&["up"]);
    check(&done, parts);
    project.assert_nothing_lives();
    assert!(!project.path(".service_discovery").exists());
    done
}

fn check(done: &Done, parts: &[&str]) {
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.out.is_empty(), "{done:?}");
    for part in parts {
        assert!(done.err.contains(part), "{part:?} is not said: {done:?}");
    }
    assert!(!done.all().contains("panicked"), "{done:?}");
    assert!(!done.all().contains(SECRET), "{done:?}");
    assert!(done.err.contains("help: "), "no remedy: {done:?}");
}

#[test]
fn a_listed_env_file_that_is_missing() {
    let project = Project::new("[stack]\nenv_files = ['secrets.env']\n[services.a]\ncommand = 'true'\n");
    refused(&project, &["secrets.env", "portolan.toml:2"]);
}

#[test]
fn a_required_key_that_is_missing_because_the_default_file_is() {
    let project = Project::new(RULES);
    refused(&project, &["BETTER_AUTH_SECRET", ".env", "portolan.toml:2"]);
}

#[test]
fn a_directory_in_the_place_of_the_file() {
    let project = Project::new(RULES);
    project.write(".env/file", "");
    refused(&project, &[".env", "folder"]);
}

#[test]
fn a_binary_file() {
    let project = Project::new(RULES);
    project.write(".env", [&[0x7f, b'E', b'L', b'F', 0, 0xff, 0xfe, 0x80][..], SECRET.as_bytes()].concat());
    refused(&project, &[".env"]);
}

#[test]
fn a_utf_16_file() {
    let project = Project::new(RULES);
    let text = format!("BETTER_AUTH_SECRET={SECRET}-{SECRET}\n");
    let units = text.encode_utf16().flat_map(u16::to_le_bytes);
    project.write(".env", [0xff, 0xfe].into_iter().chain(units).collect::<Vec<u8>>());
    refused(&project, &[".env", "UTF-16"]);
}

#[test]
fn unterminated_quotes() {
    let project = Project::new(RULES);
    project.write(".env", format!("A=1\nBETTER_AUTH_SECRET=\"{SECRET}-{SECRET}\nB=2\n"));
    refused(&project, &["BETTER_AUTH_SECRET", ".env:2"]);
}

#[test]
fn a_file_of_10_mb() {
    let project = Project::new(RULES);
    project.write(".env", "X=0123456789012345678901234567890123456789\n".repeat(256 * 1024));
    // Whether it is read to its end or refused: the secret is not in it.
    refused(&project, &["env"]);
}

#[test]
fn a_secret_that_is_too_short() {
    let project = Project::new(RULES);
    project.write(".env", format!("\nBETTER_AUTH_SECRET={SECRET}\n"));
    refused(&project, &["BETTER_AUTH_SECRET", "32", ".env:2"]);
}

#[test]
fn an_empty_secret() {
    let project = Project::new(RULES);
    project.write(".env", "BETTER_AUTH_SECRET=\n");
    refused(&project, &["BETTER_AUTH_SECRET", ".env:1"]);
}

#[test]
fn a_value_of_the_wrong_format() {
    let project = Project::new(
        "[env.API_URL]\nformat = 'url'\nsecret = true\n[env.LIMIT]\nformat = 'int'\n[services.a]\ncommand = 'true'\n",
    );
    project.write(".env", format!("API_URL={SECRET}\nLIMIT=many\n"));
    refused(&project, &["API_URL", ".env:1", "LIMIT", ".env:2"]);
}

#[test]
fn a_port_that_is_none() {
    for port in ["0", "70000", "'abc'", "'3010-3000'", "'0-10'", "-1", "'3000-70000'", "1.5"] {
        let project = Project::new(&format!("[services.a]\ncommand = 'true'\nport = {port}\n"));
        refused(&project, &["portolan.toml:3", "port"]);
    }
}

#[test]
fn a_command_that_is_not_there() {
    let project = Project::new("[services.a]\ncommand = 'surely-no-such-program --flag'\n");
    refused(&project, &["surely-no-such-program", "portolan.toml:2", "PATH"]);
    let project = Project::new("[services.a]\ncommand = './no-such-file'\n");
    refused(&project, &["no-such-file", "portolan.toml:2"]);
}

#[test]
fn a_command_that_is_not_executable() {
    let project = Project::new("[services.a]\ncommand = './server'\n");
    project.write("server", "#!/bin/sh\n");
    std::fs::set_permissions(project.path("server"), std::fs::Permissions::from_mode(0o644)).unwrap();
    refused(&project, &["server", "not executable", "portolan.toml:2", "chmod +x"]);
}

#[test]
fn a_directory_that_is_missing() {
    let project = Project::new("[services.a]\ncommand = 'true'\ndirectory = 'bakcend'\n");
    project.write("backend/file", "");
    refused(&project, &["bakcend", "portolan.toml:3", "backend"]);
}

#[test]
fn all_problems_are_said_at_once() {
    let project = Project::new(
        "[services.a]\ncomand = 'true'\nport = 0\n[services.b]\ncommand = 'true'\nneeds = ['aa']\nhealth = { htpp = '/' }\n",
    );
    refused(
        &project,
        &["portolan.toml:2:1", "portolan.toml:3:8", "portolan.toml:6:10", "portolan.toml:7:12"],
    );
}

#[test]
fn problems_of_commands_and_of_the_environment_are_said_together() {
    let project = Project::new(&RULES.replace("FIXTURE sleep", "surely-no-such-program"));
    refused(&project, &["surely-no-such-program", "BETTER_AUTH_SECRET"]);
}

#[test]
fn a_cycle_is_said_as_its_path() {
    let project = Project::new(
        "[services.a]\ncommand = 'true'\nneeds = ['b']\n[services.b]\ncommand = 'true'\nneeds = ['c']\n\
         [services.c]\ncommand = 'true'\nneeds = ['a']\n",
    );
    let done = refused(&project, &["portolan.toml:"]);
    let paths = ["a → b → c → a", "b → c → a → b", "c → a → b → c"];
    assert!(paths.iter().any(|path| done.err.contains(path)), "{done:?}");
}

#[test]
fn an_unknown_placeholder_is_said_with_a_suggestion() {
    let project = Project::new(
        "[services.auth]\ncommand = 'true'\nport = {}\n[services.a]\ncommand = 'true'\nenv = { X = '{auht.url}' }\n",
    );
    refused(&project, &["auht", "auth", "portolan.toml:6"]);
}

#[test]
fn no_portolan_toml() {
    let project = Project::empty();
    for arguments in [&["up"][..], &["ps"], &["down"], &["logs"], &["env", "web"]] {
        let done = project.run(arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
        assert!(done.err.contains("portolan.toml"), "{arguments:?}: {done:?}");
    }
}

#[test]
fn a_portolan_toml_that_is_none() {
    for content in [&b"[services"[..], b"\xff\xfe\x00", b"", b"services = 3", b"[services.a]\ncommand = ''"] {
        let project = Project::empty();
        project.write("portolan.toml", content);
        let done = project.run(&["up"]);
        check(&done, &["portolan.toml"]);
    }
    let project = Project::empty();
    project.write("portolan.toml/file", "");
    let done = project.run(&["up"]);
    assert_eq!(done.code, 2, "{done:?}");
}

#[test]
fn an_unknown_service_is_said_with_a_suggestion() {
    let project = Project::new("[services.backend]\ncommand = 'true'\n");
    refused_call(&project, &["up", "bakcend"], "did you mean backend");
    refused_call(&project, &["bakcend"], "did you mean backend");
    refused_call(&project, &["env", "bakcend"], "bakcend");
    refused_call(&project, &["up", "no name"], "no name");
}

#[test]
fn wrong_calls_end_with_2() {
    let project = Project::new("[services.backend]\ncommand = 'true'\n");
    refused_call(&project, &["up", "--no-such-flag"], "--no-such-flag");
    refused_call(&project, &["ps", "extra"], "extra");
    refused_call(&project, &["up", "--json", "--detach"], "--json");
    refused_call(&project, &["up", "--set", "novalue"], "--set");
    refused_call(&project, &["wait", "--timeout", "soon"], "soon");
    refused_call(&project, &["logs", "--level", "loud"], "--level");
    refused_call(&project, &["logs", "--grep", "/(/"], "regular expression");
    refused_call(&project, &["logs", "--since", "yesterday-ish"], "--since");
    refused_call(&project, &["logs", "--run", "1"], "--run");
    refused_call(&project, &["logs", "--run", "9223372036854775807"], "--run");
    refused_call(&project, &["-C", "no-such-folder", "ps"], "no-such-folder");
    refused_call(&project, &["-f", "no-such-file.toml", "up"], "no-such-file.toml");
    refused_call(&project, &["run", "backend"], "CMD");
    refused_call(&project, &["completions", "tcsh-ish"], "tcsh-ish");
}

fn refused_call(project: &Project, arguments: &[&str], part: &str) {
    let done = project.run(arguments);
    assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
    assert!(done.err.contains(part), "{arguments:?}: {done:?}");
    assert!(!done.err.contains("panicked"), "{done:?}");
}

#[test]
fn the_most_negative_run_is_only_one_that_is_not_kept() {
    let project = Project::new("[services.backend]\ncommand = 'true'\n");
    let done = project.run(&["logs", "--run", "-9223372036854775808"]);
    assert_eq!(done.code, 1, "{done:?}");
    assert!(!done.err.contains("panicked"), "{done:?}");
}
