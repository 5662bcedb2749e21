//! What once misled `init`: names inside other names, settings of something else, several programs in one line.

use super::guesses::{drafts, folder, python};
use super::{loads, starts};

#[test]
fn a_module_whose_name_is_inside_another_name_is_a_server_of_its_own() {
    drafts(
        &[
            ("requirements.txt", "fastapi\nflask"),
            ("auth.py", "from fastapi import FastAPI\napp = FastAPI()\n"),
            ("api.py", "from flask import Flask\napp = Flask(__name__)\n"),
        ],
        &["[services.auth]", "-m uvicorn auth:app", "[services.api]", "-m flask --app api run"],
        &["left aside"],
    );
}

#[test]
fn an_application_that_is_taken_for_a_part_is_told() {
    drafts(
        &[
            ("requirements.txt", "fastapi"),
            ("main.py", "from fastapi import FastAPI\nfrom .parts import part\napp = FastAPI()\n"),
            ("parts.py", "part = FastAPI()\n"),
            ("admin/main.py", "from fastapi import FastAPI\napp = FastAPI()\n"),
        ],
        &[
            "1 service",
            "-m uvicorn main:app",
            "admin/main.py (FastAPI) is left aside as a part of main.py",
            "parts.py (FastAPI) is left aside as a part of main.py",
        ],
        &[],
    );
}

#[test]
fn a_program_beside_scripts_stays_with_them() {
    let server = "require('http').createServer(f).listen(process.env.PORT || 8342)";
    for (line, other) in [
        (r#"concurrently \"npm start\" \"vite\""#, r#""start": "node server.js""#),
        (r#"concurrently -n a,b 'nodemon server.js' 'npm run css'"#, r#""css": "tailwindcss -w""#),
        (r#"concurrently 'npm run css && node server.js'"#, r#""css": "tailwindcss""#),
    ] {
        let package = format!(r#"{{"scripts": {{"dev": "{line}", {other}}}}}"#);
        drafts(
            &[("package.json", &package), ("server.js", server), ("docs/package.json", "{}")],
            &[
                "1 service",
                "command = \"npm run dev\"",
                "port = \"8342-8352\"",
                "package.json: `dev` starts several programs, which are one service here",
            ],
            &["npm run start", "npm run css"],
        );
    }
}

#[test]
fn a_program_beside_another_package_is_started_by_another_script_or_told() {
    let package = |more: &str| {
        format!(
            r#"{{"scripts": {{"dev": "concurrently \"nodemon server.js\" \"npm start --prefix client\""{more}}}}}"#
        )
    };
    let server = "require('http').createServer(f).listen(process.env.PORT || 8343)";
    let client = r#"{"scripts": {"start": "react-scripts start"}}"#;
    for (more, expected) in [
        (
            r#", "start": "node server.js""#,
            &["2 services", "command = \"npm run start\"", "port = \"8343-8353\"", "[services.client]"][..],
        ),
        ("", &["1 service", "[services.client]", "what it starts besides is not: nodemon server.js"]),
    ] {
        drafts(
            &[("package.json", &package(more)), ("server.js", server), ("client/package.json", client)],
            expected,
            &["npm run dev"],
        );
    }
}

#[test]
fn a_container_is_built_from_the_folder_of_its_dockerfile() {
    let compose = |dockerfile: &str| {
        format!(
            "services:\n  api:\n    build: {{context: ., dockerfile: {dockerfile}}}\n    ports: ['8352:80']\n"
        )
    };
    let package = r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "1"}}"#;
    drafts(
        &[
            ("compose.yaml", &compose("api/Dockerfile")),
            ("package.json", package),
            ("api/main.py", "app = FastAPI()\n"),
        ],
        &["2 services", "npm run dev -- --port {port}", "api/main.py (FastAPI): `api` of compose.yaml"],
        &["package.json (Next.js): `api`"],
    );
    // A folder that has nothing but the Dockerfile is not what is built.
    drafts(
        &[("compose.yaml", &compose("docker/Dockerfile")), ("package.json", package)],
        &["1 service", "package.json (Next.js): `api` of compose.yaml says how it is started"],
        &["npm run dev"],
    );
}

#[test]
fn a_go_program_is_told_its_own_port() {
    let go = |body: &str| {
        format!(
            "package main\nimport \"net/http\"\nfunc main() {{\n{body}\n\thttp.ListenAndServe(a, nil)\n}}\n"
        )
    };
    for (body, expected, absent) in [
        (
            "\tr := flag.String(\"redis-addr\", \"localhost:6379\", \"\")\n\ta := \":\" + os.Getenv(\"PORT\")",
            &["command = \"go run .\"", "reads PORT"][..],
            &["redis-addr"][..],
        ),
        (
            "\tm := flag.String(\"metrics-addr\", \":9090\", \"\")\n\ta := *flag.String(\"addr\", \":8362\", \"\")",
            &["command = \"go run . -addr 127.0.0.1:{port}\"", "port = \"8362-8372\""],
            &["metrics"],
        ),
    ] {
        drafts(&[("go.mod", "module x\n"), ("main.go", &go(body))], expected, absent);
    }
}

#[test]
fn a_port_that_the_script_sets_is_fixed() {
    let server = "require('http').createServer(f).listen(process.env.PORT)";
    for (script, expected) in [
        ("PORT=3001 react-scripts start", "port = { prefer = 3001, conflict = \"fail\" }"),
        ("cross-env PORT=24000 node s.js", "port = { prefer = 24000, conflict = \"fail\" }"),
        ("node s.js --port 24001", "port = { prefer = 24001, conflict = \"fail\" }"),
        ("PORT=3002 next dev", "port = \"3002-3012\""),
        ("DB_PORT=5432 next dev", "port = \"3000-3010\""),
    ] {
        let package = format!(r#"{{"scripts": {{"dev": "{script}"}}}}"#);
        drafts(&[("package.json", &package), ("s.js", server)], &[expected], &[]);
    }
}

#[test]
fn names_of_files_stay_one_word() {
    let node = "require('node:http').createServer((q, s) => s.end('node')).listen(process.env.PORT)\n";
    let project = folder(&[
        ("one/server copy.js", node),
        ("two/bob's {x}.js", node),
        ("three/my server.py", &python("os.environ[\"PORT\"]")),
    ]);
    project.ok(&["init", "--yes"]);
    loads(&project);
    starts(&project, |project| {
        for service in ["server-copy", "bob-s--x", "three"] {
            assert!(project.is(service, "healthy"), "{service}");
        }
    });
    for (files, expected) in [
        (
            &[("requirements.txt", "fastapi"), ("my app.py", "app = FastAPI()\n")][..],
            "-m uvicorn 'my app:app' --host",
        ),
        (&[("requirements.txt", "flask"), ("my app.py", "app = Flask(__name__)\n")], "--app 'my app' run"),
        (&[("a b.rb", "require 'sinatra'\n")], "ruby 'a b.rb'"),
        (&[("deno.json", "{}"), ("a b.ts", "Deno.serve(f)\n")], "--allow-read 'a b.ts'"),
        (&[("package.json", r#"{"main": "a b.js"}"#), ("a b.js", node)], "node 'a b.js'"),
        (
            &[
                ("go.mod", "module x"),
                (
                    "cmd/a b/main.go",
                    "package main\nimport \"net/http\"\nfunc main() { http.ListenAndServe(x, nil) }",
                ),
            ],
            "go run './cmd/a b'",
        ),
        (
            &[("package.json", r#"{"scripts": {"dev": "run-p 'a*'", "a b": "node x", "a {c}": "node y"}}"#)],
            "npm run 'a {{c}}'",
        ),
    ] {
        drafts(files, &[expected], &[]);
    }
}

#[test]
fn the_port_of_spring_is_the_one_of_its_server() {
    for (file, text) in [
        (
            "application.yml",
            "spring:\n  data:\n    redis:\n      port: 6379\nserver:\n  # here\n  port: 9000\n",
        ),
        ("application.yml", "spring.data.redis.port: 6379\nserver.port: ${PORT:9000}\n"),
        ("application.yaml", "server:\n  ssl:\n    port: 1234\n  port: 9000\nmail:\n  port: 2525\n"),
        ("application.properties", "spring.data.redis.port=6379\nserver.port = 9000\n"),
    ] {
        drafts(
            &[
                ("pom.xml", "<artifactId>spring-boot-maven-plugin</artifactId>"),
                (&format!("src/main/resources/{file}"), text),
            ],
            &["prefer = 9000"],
            &[],
        );
    }
}

#[test]
fn the_port_of_another_service_is_not_its_own() {
    drafts(
        &[
            ("requirements.txt", "fastapi"),
            ("main.py", "app = FastAPI()\nauth = int(os.environ.get('AUTH_SERVICE_PORT', 8081))\n"),
        ],
        &["port = \"8000-8010\""],
        &["8081"],
    );
    drafts(
        &[
            ("auth/requirements.txt", "fastapi"),
            ("auth/main.py", "app = FastAPI()\nport = int(os.environ.get('AUTH_SERVICE_PORT', 8081))\n"),
        ],
        &["port = \"8081-8091\""],
        &[],
    );
}

#[test]
fn servers_of_flask_and_webpack_are_told_their_ports() {
    drafts(
        &[("Procfile", "job: sh job.sh\nweb: flask run\nsite: python3 -m flask --app site run\n")],
        &["command = \"flask run --port {port}\"", "--app site run --port {port}\"", "port = 5000"],
        &["5100"],
    );
    drafts(
        &[("package.json", r#"{"scripts": {"dev": "webpack serve --port 9005"}}"#)],
        &["package.json (webpack)", "npm run dev -- --port {port}", "port = \"9005-9015\""],
        &[],
    );
}

#[test]
fn a_logger_that_is_bound_is_no_server() {
    drafts(
        &[
            ("requirements.txt", "structlog"),
            ("backfill.py", "log = structlog.get_logger().bind(job='x')\nlog.bind(a=1)\n"),
            ("serve.py", "s = socket.socket()\ns.bind((\"127.0.0.1\", 8382))\ns.listen()\n"),
            ("web.py", "tornado.web.Application().listen(8383)\n"),
        ],
        &["2 services", "python3 serve.py", "python3 web.py"],
        &["backfill"],
    );
}
