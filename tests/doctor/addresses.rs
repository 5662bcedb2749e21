//! Addresses of services that are written out.

use super::project::{NODE, Project};

const STACK: &str = "[services.auth]\ncommand = \"node server.js\"\ndirectory = \"auth\"\nport = \"18081-18090\"\nhealth = \"/health\"\n\n\
                     [services.api]\ncommand = \"python3 main.py\"\ndirectory = \"api\"\nport = \"18000-18010\"\nneeds = [\"auth\"]\n";

fn project(files: &[(&str, &str)]) -> Project {
    let auth = [("portolan.toml", STACK), ("auth/server.js", "// health\n")];
    Project::of(&[&auth, files].concat())
}

const READS: &str = "import os\nu = os.getenv('AUTH_SERVICE_URL', 'http://localhost:18081')\n";

#[test]
fn definitions_that_disagree_are_listed_with_file_and_line() {
    let project = project(&[
        ("api/main.py", READS),
        ("api/.env", "AUTH_SERVICE_URL=http://localhost:18001/v1\n"),
        ("api/.env.example", "AUTH_SERVICE_URL=\n"),
        (
            "docker-compose.yml",
            "services:\n  api:\n    environment:\n      AUTH_SERVICE_URL: http://127.0.0.1:18081\n",
        ),
        (".github/workflows/ci.yml", "env:\n  AUTH_SERVICE_URL: http://localhost:18001\n"),
    ]);
    let found = project.one("definitions-disagree");
    assert!(
        found.is_error() && found.place() == ".github/workflows/ci.yml:2" || found.place() == "api/.env:1",
        "{found:?}"
    );
    for place in ["api/main.py:2", "api/.env:1", "docker-compose.yml:4", ".github/workflows/ci.yml:2"] {
        assert!(found.evidence().contains(place), "{place}: {found:?}");
    }
    assert!(!found.evidence().contains(".env.example"));
    project.fix("definitions-disagree");
    assert_eq!(
        project.read("portolan.toml"),
        format!("{STACK}env = {{ AUTH_SERVICE_URL = \"{{auth.url}}/v1\" }}\n")
    );
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn the_same_address_under_other_names_agrees() {
    let toml = STACK.replace("needs = [\"auth\"]\n", "needs = [\"auth\"]\nenv = { OTHER = \"x\" }\n");
    let project = project(&[
        ("portolan.toml", &toml),
        ("api/main.py", READS),
        ("api/.env", "AUTH_SERVICE_URL=http://127.0.0.1:18081/\n"),
    ]);
    assert!(project.of_rule("definitions-disagree").is_empty());
    // Which does not make it right for a port that may move.
    let found = project.one("hard-wired-address");
    assert!(!found.is_error());
    project.fix("hard-wired-address");
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn an_address_that_leads_nowhere_is_an_error() {
    let project = project(&[
        ("api/main.py", "import os\nu = os.environ['AUTH_SERVICE_URL']\n"),
        (".env", "AUTH_SERVICE_URL=http://localhost:18001\n"),
    ]);
    let found = project.one("stale-address");
    assert!(found.is_error() && found.place() == ".env:1", "{found:?}");
    project.fix("stale-address");
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn an_address_that_no_code_is_seen_to_read_and_that_leads_nowhere_is_a_warning() {
    let project = project(&[
        ("portolan.toml", &STACK.replace("python3 main.py", "./api")),
        ("api/main.py", ""),
        (".env", "AUTH_SERVICE_URL=http://localhost:18001\n"),
    ]);
    let found = project.one("stale-address");
    assert!(!found.is_error() && found.place() == ".env:1", "{found:?}");
    assert!(found.title().contains("leads api to port 18001"), "{found:?}");
    project.fix("stale-address");
    assert!(project.of_rule("stale-address").is_empty(), "{:#?}", project.findings());
    // A right one is read by nobody, and no more.
    project.write("portolan.toml", STACK);
    project.write(".env", "AUTH_SERVICE_URL=http://localhost:18081\n");
    assert!(project.of_rule("stale-address").is_empty(), "{:#?}", project.findings());
    assert!(project.of_rule("hard-wired-address").is_empty(), "{:#?}", project.findings());
}

#[test]
fn an_address_of_a_gateway_is_not_taken_for_one_that_leads_nowhere() {
    let toml = format!(
        "{}\n[services.gateway]\ncommand = \"./gateway\"\nport = \"18500-18510\"\nhealth = \"/health\"\n",
        STACK.replace("python3 main.py", "./api")
    );
    let project = project(&[
        ("portolan.toml", &toml),
        ("api/main.py", ""),
        (".env", "AUTH_PUBLIC_URL=http://localhost:18500/auth\n"),
    ]);
    assert!(project.of_rule("stale-address").is_empty(), "{:#?}", project.findings());
}

#[test]
fn each_service_is_judged_by_what_stands_in_its_own_table() {
    let toml = format!(
        "{STACK}env = {{ AUTH_SERVICE_URL = \"http://localhost:18999\" }}\n\n{NODE}\
         env = {{ AUTH_SERVICE_URL = \"http://localhost:{{env.AUTH_PORT_OUT}}\" }}\n\
         [env.AUTH_PORT_OUT]\ndefault = \"18081\"\n"
    );
    let project = project(&[
        ("portolan.toml", &toml),
        ("api/main.py", "import os\nu = os.environ['AUTH_SERVICE_URL']\n"),
        ("web/server.js", "fetch(process.env.AUTH_SERVICE_URL)\n"),
    ]);
    let found = project.one("stale-address");
    assert!(found.title().starts_with("api looks for auth on port 18999"), "{found:?}");
}

#[test]
fn an_address_in_a_default_of_a_rule_is_judged() {
    let toml = format!("{STACK}\n[env.AUTH_SERVICE_URL]\ndefault = \"http://localhost:18999\"\n");
    let project = project(&[
        ("portolan.toml", &toml),
        ("api/main.py", "import os\nu = os.environ['AUTH_SERVICE_URL']\n"),
    ]);
    let found = project.one("stale-address");
    assert!(found.title().starts_with("api looks for auth on port 18999"), "{found:?}");
}

#[test]
fn what_portolan_gives_is_no_finding_whatever_stands_elsewhere() {
    let toml = format!("{STACK}env = {{ AUTH_SERVICE_URL = \"{{auth.url}}\" }}\n");
    let project = project(&[
        ("portolan.toml", &toml),
        ("api/main.py", READS),
        ("api/.env", "AUTH_SERVICE_URL=http://localhost:18001\n"),
    ]);
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
    // AUTH_URL comes by itself with the need.
    project.write("portolan.toml", STACK);
    project.write("api/.env", "");
    project.write("api/main.py", "import os\nu = os.getenv('AUTH_URL', 'http://localhost:18081')\n");
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}

#[test]
fn a_literal_address_of_another_service_is_found() {
    let toml = format!("{STACK}\n{NODE}");
    let project = project(&[
        ("portolan.toml", &toml),
        (
            "api/main.py",
            "# http://localhost:13000\nORIGINS = [\n    'http://localhost:13000',\n    'http://localhost:9999',\n    'http://localhost:18000',\n]\n",
        ),
        ("web/server.js", "// x\n"),
    ]);
    let found = project.one("hard-wired-address");
    assert!(!found.is_error() && found.place() == "api/main.py:3", "{found:?}");
}

#[test]
fn addresses_of_what_is_no_service_are_left_alone() {
    let project = project(&[
        (
            "api/main.py",
            "import os\nr = os.getenv('REDIS_URL', 'redis://localhost:6379')\nm = os.getenv('MAIL_API', 'http://localhost:8025')\n",
        ),
        (".env", "REDIS_URL=redis://localhost:6380\nMAIL_API=http://localhost:8026\n"),
    ]);
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}
