//! Services inside Portolan, as the outside sees them: refused, logged, moved and ended like any other.

use crate::support::{Project, get, until};

/// Auth alone, with this in its environment.
fn auth_with(env: &str) -> Project {
    Project::new(&format!(
        "[stack]\nenv_files = []\n[services.auth]\nembedded = \"auth\"\nenv = {{ {env} }}\n"
    ))
}

const SECRET: &str = r#"BETTER_AUTH_SECRET = "0123456789abcdef0123456789abcdef", DATABASE_URL = """#;

#[test]
fn one_that_will_not_start_is_told_of_once_and_not_tried_again() {
    let project = auth_with(r#"BETTER_AUTH_SECRET = "much-too-short", DATABASE_URL = """#);
    let done = project.run(&["up"]);
    assert_eq!(done.code, 1, "{done:?}");
    let told = done.all().matches("BETTER_AUTH_SECRET has 14 characters, needs 32").count();
    assert_eq!(told, 1, "{done:?}");
    assert!(!done.all().contains("much-too-short"), "{done:?}");
    let why = project.run(&["why", "auth"]);
    assert!(why.out.contains("needs 32"), "{why:?}");
    project.assert_nothing_lives();
}

#[test]
fn what_it_says_can_be_filtered_by_level_and_field() {
    let project = auth_with(SECRET);
    let mut up = project.up_healthy(&[]);
    let port = project.port("auth");
    get(port, "/api/auth/token");
    get(port, "/api/auth/ok");
    for filter in [["--grep", "status>=400"], ["--level", "warn"]] {
        let lines = until("the line", || {
            let logs = project.run(&["logs", filter[0], filter[1]]).out;
            (!logs.is_empty()).then_some(logs)
        });
        assert_eq!(lines.lines().count(), 1, "{lines}");
        assert!(lines.contains("WARN request method=GET path=/api/auth/token status=401"), "{lines}");
    }
    assert_eq!(up.interrupt(), 130);
    project.assert_nothing_lives();
}
