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
