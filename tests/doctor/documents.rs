//! The source documents' own case, rebuilt: one module in one of two requirement files, a secret that is none, a port
//! that is taken, and one address in four places. Doctor lists all of it, and mends what is in files.

use std::net::{Ipv4Addr, TcpListener};

use super::project::Project;

const STACK: &str = "# The documents' case.\n[stack]\nname = \"todo\"\n\n[env.BETTER_AUTH_SECRET]\nrequired = true\nsecret = true\n\
                     min_length = 32\n\n[services.auth]\ncommand = \"node server.js\"\ndirectory = \"auth\"\nport = \"AUTH-AUTH_END\"\n\
                     health = \"/health\"\n\n[services.backend]   # FastAPI\ncommand = \"python3 -m uvicorn main:app --port {port}\"\n\
                     directory = \"backend\"\nport = { prefer = BACKEND }\nhealth = \"/health\"\nneeds = [\"auth\"]\n";

const MAIN: &str = "\"\"\"The backend.\"\"\"\n\nimport os\n\nfrom dotenv import load_dotenv\nfrom fastapi import FastAPI\n\nload_dotenv()\n\
                    AUTH_SERVICE_URL = os.getenv(\"AUTH_SERVICE_URL\", \"http://localhost:AUTH\")\n\
                    SECRET = os.environ[\"BETTER_AUTH_SECRET\"]\napp = FastAPI()\n\n\n@app.get(\"/health\")\ndef health():\n    return {}\n";

#[test]
fn all_of_the_documents_faults_are_listed_and_those_in_files_are_mended() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let backend = taken.local_addr().unwrap().port();
    // Neither below the first port of an ordinary user's nor among those that a system gives away.
    let auth = 18081;
    let with_ports = |text: &str| {
        text.replace("AUTH_END", &(auth + 9).to_string())
            .replace("BACKEND", &backend.to_string())
            .replace("localhost:AUTH", &format!("localhost:{auth}"))
            .replace("\"AUTH-", &format!("\"{auth}-"))
    };
    let stale = "AUTH_SERVICE_URL=http://localhost:8001\n";
    let project = Project::of(&[
        ("portolan.toml", &with_ports(STACK)),
        (".env", "# secrets\nBETTER_AUTH_SECRET=short\n"),
        (
            "auth/server.js",
            "require('http').createServer((q, r) => r.end(q.url === '/health' ? 'ok' : '')).listen(process.env.PORT);\n",
        ),
        ("backend/main.py", &with_ports(MAIN)),
        ("backend/requirements.txt", "fastapi==0.115.0\nuvicorn==0.30.0\n"),
        ("backend/.env", stale),
        ("backend/.env.example", stale),
        (
            "docker-compose.yml",
            &format!(
                "services:\n  backend:\n    environment:\n      AUTH_SERVICE_URL: http://localhost:{auth}\n"
            ),
        ),
        ("scripts/requirements.txt", "requests\npython-dotenv==1.0.1\n"),
    ]);

    let module = project.one("missing-module");
    assert_eq!(module.place(), "backend/main.py:5");
    assert!(module.title().contains("backend/requirements.txt"), "{module:?}");
    assert!(module.evidence().contains("scripts/requirements.txt:2"), "{module:?}");

    let secret = project.one("secret-missing");
    assert_eq!(secret.place(), ".env:2");

    let held = project.one("port-held");
    assert!(held.title().contains(&backend.to_string()) && held.place() == "portolan.toml:16", "{held:?}");
    assert!(held.evidence().contains(&std::process::id().to_string()), "{held:?}");

    let url = project.one("definitions-disagree");
    assert!(url.is_error());
    for place in ["backend/.env:1", "backend/.env.example:1", "backend/main.py:9", "docker-compose.yml:4"] {
        assert!(url.evidence().contains(place), "{place}: {url:?}");
    }

    let done = project.run(&["doctor", "--fix", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    let left: Vec<String> = project.findings().iter().map(|one| one.rule().to_owned()).collect();
    assert_eq!(left, ["port-held"]);
    assert_eq!(
        project.read("backend/requirements.txt"),
        "fastapi==0.115.0\nuvicorn==0.30.0\npython-dotenv==1.0.1\n"
    );
    let toml = format!("{}env = {{ AUTH_SERVICE_URL = \"{{auth.url}}\" }}\n", with_ports(STACK));
    assert_eq!(project.read("portolan.toml"), toml);
    assert!(project.read(".env").starts_with("# secrets\nBETTER_AUTH_SECRET="));
    drop(taken);
    assert!(project.findings().is_empty(), "{:#?}", project.findings());
}
