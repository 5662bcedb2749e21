//! What services really get, and that no secret shows anywhere.

use crate::support::{Project, env_of, finish, portolan_command, text_of};

const SECRET: &str = "correct-horse-battery-staple-0123456789";

/// A stack with a secret from `.env`, which a service prints.
const STACK: &str = r#"
[env.BETTER_AUTH_SECRET]
required = true
secret = true
min_length = 32

[services.auth]
command = "sh -c 'echo the secret is $BETTER_AUTH_SECRET; echo $BETTER_AUTH_SECRET >&2; exec FIXTURE http'"
port = {}
health = "/health"

[services.back-end]
command = "FIXTURE http --port {port}"
port = { env = "BACK_PORT" }
health = "/health"
needs = ["auth"]
env = { AUTH_SERVICE_URL = "{auth.url}/api", OWN = "{back-end.port}", LAYER = "toml" }
"#;

fn project() -> Project {
    let project = Project::new(STACK);
    project.write(".env", format!("# secrets\nBETTER_AUTH_SECRET={SECRET}\nLAYER=file\nPLAIN=plain\n"));
    project
}

#[test]
fn a_service_gets_its_port_the_files_and_where_its_needs_are() {
    let project = project();
    let mut up = project.up_healthy(&[]);
    let (auth, back) = (project.port("auth"), project.port("back-end"));
    let got = |name: &str| env_of(back, name);
    assert_eq!(env_of(auth, "PORT").unwrap(), auth.to_string());
    assert_eq!(env_of(auth, "BETTER_AUTH_SECRET").unwrap(), SECRET);
    assert_eq!(got("BACK_PORT").unwrap(), back.to_string());
    assert_eq!(got("OWN").unwrap(), back.to_string());
    assert_eq!(got("AUTH_URL").unwrap(), format!("http://127.0.0.1:{auth}"));
    assert_eq!(got("AUTH_HOST").unwrap(), "127.0.0.1");
    assert_eq!(got("AUTH_PORT").unwrap(), auth.to_string());
    assert_eq!(got("AUTH_MODE").unwrap(), "local");
    assert_eq!(got("services__auth__http__0").unwrap(), format!("http://127.0.0.1:{auth}"));
    assert_eq!(got("AUTH_SERVICE_URL").unwrap(), format!("http://127.0.0.1:{auth}/api"));
    assert_eq!(got("LAYER").unwrap(), "toml");
    assert_eq!(got("PLAIN").unwrap(), "plain");
    assert_eq!(got("PYTHONUNBUFFERED").unwrap(), "1");
    assert_eq!(got("FORCE_COLOR").unwrap(), "1");
    assert!(got("PORTOLAN_RUN_ID").is_some());
    let records = project.path(".service_discovery").display().to_string();
    assert_eq!(got("SERVICE_DISCOVERY_PATH").unwrap(), records);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn no_color_is_not_answered_with_force_color() {
    let project = project();
    let mut command = portolan_command(&project, project.folder(), &["up"]);
    command.env("NO_COLOR", "1");
    let mut up = crate::support::Up::spawn(command);
    project.wait_well(&up);
    assert_eq!(env_of(project.port("auth"), "FORCE_COLOR"), None);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn the_shell_wins_over_files_and_set_over_everything() {
    let project = project();
    let mut command = portolan_command(
        &project,
        project.folder(),
        &["up", "--set", "back-end:LAYER=set", "--set", "ALL=1"],
    );
    command.env("PLAIN", "shell");
    let mut up = crate::support::Up::spawn(command);
    project.wait_well(&up);
    let (auth, back) = (project.port("auth"), project.port("back-end"));
    assert_eq!(env_of(back, "PLAIN").unwrap(), "shell");
    assert_eq!(env_of(back, "LAYER").unwrap(), "set");
    assert_eq!(env_of(auth, "LAYER").unwrap(), "file");
    assert_eq!(env_of(auth, "ALL").unwrap(), "1");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_secret_shows_nowhere() {
    let project = project();
    let mut up = project.up_healthy(&[]);
    up.until_out("the secret is ********");
    let shown = [
        project.ok(&["env", "auth"]),
        project.ok(&["env", "auth", "--explain"]),
        project.ok(&["env", "auth", "--json"]),
        project.ok(&["logs"]),
        project.ok(&["logs", "--json"]),
        project.ok(&["why", "auth", "--json"]),
        project.ok(&["ps", "--json"]),
    ];
    for done in shown {
        assert!(!done.all().contains(SECRET), "{done:?}");
    }
    assert!(project.ok(&["logs", "auth"]).out.contains("the secret is ********"));
    assert_eq!(up.interrupt(), 130);
    assert!(!up.out().contains(SECRET) && !up.err().contains(SECRET), "{up:?}");
    assert!(!project.read("portolan.toml").contains(SECRET));
    assert_no_file_has_the_secret(&project.state());
}

fn assert_no_file_has_the_secret(folder: &std::path::Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_no_file_has_the_secret(&path);
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
            assert!(!found, "{} holds the secret", path.display());
        }
    }
}

#[test]
fn env_masks_unless_told_to_reveal() {
    let project = project();
    let mut up = project.up_healthy(&[]);
    assert!(project.ok(&["env", "auth"]).out.contains("BETTER_AUTH_SECRET=********\n"));
    let revealed = project.ok(&["env", "auth", "--reveal"]);
    assert!(revealed.out.contains(&format!("BETTER_AUTH_SECRET={SECRET}\n")), "{revealed:?}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn env_answers_for_a_stack_that_does_not_run() {
    let project = project();
    let done = project.ok(&["env", "back-end"]);
    assert!(done.out.contains("PLAIN=plain\n"), "{done:?}");
    assert!(done.out.contains("AUTH_URL=(known once"), "{done:?}");
    assert_eq!(project.run(&["env", "nobody"]).code, 2);
}

#[test]
fn explain_names_the_source_and_what_it_hid() {
    let project = project();
    let mut up = project.up_healthy(&[]);
    let done = project.ok(&["env", "back-end", "--explain"]);
    let file = project.path(".env").display().to_string();
    let after = |name: &str| {
        let rest = done.out.split(&format!("{name}=")).nth(1).unwrap_or_else(|| panic!("{name}: {done:?}"));
        rest.lines().skip(1).take_while(|line| line.starts_with(' ')).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(after("\nPLAIN"), format!("    from {file}:4"));
    assert!(after("\nLAYER").contains("portolan.toml:17"), "{}", after("\nLAYER"));
    assert!(after("\nLAYER").contains(&format!("hides file from {file}:3")), "{}", after("\nLAYER"));
    assert!(after("\nAUTH_SERVICE_URL").contains("record: url of auth"), "{done:?}");
    assert!(after("\nBACK_PORT").contains("own port"), "{done:?}");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn run_gives_a_command_the_live_environment_and_returns_its_code() {
    let project = project();
    let mut up = project.up_healthy(&[]);
    let done =
        project.run(&["run", "back-end", "--", "sh", "-c", "echo $AUTH_URL $BETTER_AUTH_SECRET; exit 7"]);
    assert_eq!(done.code, 7, "{done:?}");
    assert_eq!(done.out, format!("http://127.0.0.1:{} {SECRET}\n", project.port("auth")));
    assert_eq!(project.run(&["run", "back-end", "--", "surely-no-such-program"]).code, 127);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_generated_secret_stays_the_same_and_is_masked() {
    let project = Project::new(
        "[env.TOKEN]\ngenerate = true\nsecret = true\n[services.web]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n",
    );
    let mut up = project.up_healthy(&[]);
    let token = env_of(project.port("web"), "TOKEN").unwrap();
    assert!(token.len() >= 32, "{token}");
    assert!(!project.ok(&["env", "web"]).all().contains(&token));
    assert_eq!(up.interrupt(), 130);
    let mut up = project.up_healthy(&[]);
    assert_eq!(env_of(project.port("web"), "TOKEN").unwrap(), token);
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_folder_that_reads_its_own_env_files_is_not_injected_with_them() {
    let project = Project::new(
        "[services.web]\ncommand = 'FIXTURE http'\ndirectory = 'web'\nport = {}\nhealth = '/health'\n\
         [services.api]\ncommand = 'FIXTURE http'\ndirectory = 'api'\nport = {}\nhealth = '/health'\n",
    );
    project.write("web/package.json", r#"{"devDependencies": {"vite": "^7.0.0"}}"#);
    project.write("web/.env", "FROM_OWN=web\n");
    project.write("api/.env", "FROM_OWN=api\n");
    let mut up = project.up_healthy(&[]);
    assert_eq!(env_of(project.port("web"), "FROM_OWN"), None);
    assert_eq!(env_of(project.port("api"), "FROM_OWN").unwrap(), "api");
    assert_eq!(up.interrupt(), 130);
}

#[test]
fn a_loopback_url_with_another_port_is_warned_about() {
    let project = Project::new(
        "[services.auth]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\n\
         [services.back]\ncommand = 'FIXTURE http'\nport = {}\nhealth = '/health'\nneeds = ['auth']\n",
    );
    project.write(".env", "AUTH_SERVICE_URL=http://localhost:8001\n");
    let mut up = project.up_healthy(&[]);
    let done = finish(portolan_command(&project, project.folder(), &["env", "back", "--json"]));
    let warnings = text_of(&done.json()["warnings"]);
    assert!(warnings.contains("AUTH_SERVICE_URL"), "{warnings}");
    assert_eq!(up.interrupt(), 130);
}
