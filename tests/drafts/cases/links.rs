//! Services that speak of each other: needs and addresses stay with the service that was meant, and what is linked says
//! what it said before.

use crate::support::Project;

use super::guesses::drafts;
use super::loads;

#[test]
fn a_guess_that_is_called_as_a_container_takes_nothing_of_its() {
    drafts(
        &[
            (
                "compose.yaml",
                "services:\n  db: {image: postgres, ports: ['8411:5432']}\n  web: {image: nginx, depends_on: [db]}\n",
            ),
            ("services/db/requirements.txt", "fastapi"),
            ("services/db/main.py", "app = FastAPI()\n"),
        ],
        &["[services.db-2]", "needs = { db = ", "`db` is called `db-2` here"],
        &["db-2 = ", "db in the file it was read from"],
    );
}

#[test]
fn an_address_of_a_process_that_gets_another_name_is_linked() {
    let project = Project::empty();
    for (file, text, expected) in [
        (
            "process-compose.yaml",
            "processes:\n  api server:\n    command: ./api\n    readiness_probe: {http_get: {port: 8123}}\n  \
             web:\n    command: ./web\n    environment: ['API=http://localhost:8123/x']\n    \
             depends_on: {api server: {condition: process_healthy}}\n",
            &["needs = [\"api-server\"]", "API = \"{api-server.url}/x\""][..],
        ),
        (
            "compose.yaml",
            "services:\n  _api: {build: ./api, command: node api.js, ports: ['8124:80']}\n  \
             api: {build: ./api, command: node other.js, ports: ['8125:80']}\n  \
             web: {build: ./web, command: node web.js, environment: {API: 'http://_api:80/x', OTHER: 'http://api:80'}}\n",
            &["API = \"{api.url}/x\"", "OTHER = \"{api-2.url}\""],
        ),
    ] {
        project.write(file, text);
        let done = project.run(&["import", file, "--force"]);
        assert_eq!(done.code, 0, "{done:?}");
        loads(&project);
        let toml = project.read("portolan.toml");
        for part in expected {
            assert!(toml.contains(part), "{part} is missing:\n{toml}");
        }
    }
}

const API: [(&str, &str); 2] = [("api/requirements.txt", "fastapi"), ("api/main.py", "app = FastAPI()\n")];
const WEB: (&str, &str) =
    ("web/package.json", r#"{"scripts": {"dev": "vite"}, "devDependencies": {"vite": "7"}}"#);

#[test]
fn the_value_that_an_environment_file_really_gives_is_left_alone() {
    let real = "API_URL=https://prod.example.com\n";
    let example = "API_URL=http://localhost:8000\n";
    let code = "const api = process.env.API_URL || 'http://localhost:8000'\n";
    for files in [
        &[("web/.env", real), ("web/.env.example", example)][..],
        &[(".env", real), ("web/.env.example", example)],
        &[("web/.env", example), ("web/.env.local", "API_URL=\n")],
        &[("web/.env", real), ("web/src/main.js", code)],
        &[(".env", real), (".env.example", example), ("web/src/main.js", code)],
        &[("web/.env", "API_URL=http://localhost:8000\nAPI_URL=https://prod.example.com\n")],
    ] {
        drafts(&[&API[..], &[WEB], files].concat(), &["[services.web]"], &["API_URL", "needs"]);
    }
    // An example is what counts where nothing else does, and code where the example says nothing.
    let linked = &["API_URL = \"{api.url}\"", "needs = [\"api\"]"];
    drafts(&[&API[..], &[WEB, ("web/.env.example", example)]].concat(), linked, &[]);
    drafts(
        &[&API[..], &[WEB, ("web/.env.example", "API_URL=\n"), ("web/src/main.js", code)]].concat(),
        linked,
        &[],
    );
}

#[test]
fn a_linked_value_says_all_that_it_said_before() {
    let web = "LOGIN_PAGE=http://localhost:8000/#/login # where it is\nQ=\"http://localhost:8000/a b#c\"\n\
               export S='http://localhost:8000'\nFULL=http://localhost:8000/${TAIL}\nSUB=http://x.localhost:8000\n";
    let api = "CORS_ORIGIN=http://localhost:5173,http://localhost:51730,https://x.com:5173\n";
    drafts(
        &[&API[..], &[WEB, ("web/.env", web), ("api/.env", api)]].concat(),
        &[
            "LOGIN_PAGE = \"{api.url}/#/login\"",
            "Q = \"{api.url}/a b#c\"",
            "S = \"{api.url}\"",
            "CORS_ORIGIN = \"http://localhost:{web.port},http://localhost:51730,https://x.com:5173\"",
        ],
        &["FULL", "SUB"],
    );
    // What the file makes of another variable stays the file's, but it needs the service all the same.
    drafts(
        &[&API[..], &[WEB, ("web/.env", "FULL=http://localhost:8000/${TAIL}\n")]].concat(),
        &["needs = [\"api\"]"],
        &["FULL ="],
    );
}

#[test]
fn a_file_that_tells_much_and_cannot_be_read_is_told() {
    let project = Project::empty();
    project.write(WEB.0, WEB.1);
    project.write("compose.yaml", format!("services: {{}}\n{}", "# x\n".repeat(70_000)));
    std::fs::write(project.path("Procfile"), b"web: caf\xe9\n").unwrap();
    let said = project.ok(&["init", "--yes"]).all();
    for part in
        ["compose.yaml is left aside: it is longer than 256 KiB", "Procfile is left aside: it is not UTF-8"]
    {
        assert!(said.contains(part), "{part} is missing:\n{said}");
    }
}

#[test]
fn a_variable_with_the_address_of_what_is_left_aside_is_not_written() {
    let compose = |name: &str| {
        format!(
            "services:\n  {name}: {{build: ./api, command: node x.js, ports: ['8124:80']}}\n  \
             web: {{build: ./web, command: node web.js, environment: {{API: 'http://{name}:80/x'}}}}\n"
        )
    };
    for (procfile, name) in [("back: cd api && node x.js $PORT\n", "api"), ("a-b: node y.js $PORT\n", "a_b")]
    {
        drafts(
            &[("Procfile", procfile), ("compose.yaml", &compose(name)), ("api/x.js", "")],
            &["[services.web]", &format!("note: API of `web` is not there: `{name}` has no address here")],
            &["API = "],
        );
    }
}
