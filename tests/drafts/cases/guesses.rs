//! Small folders of many kinds, written here: what `init` makes of each, and that what can run starts.

use std::fs;

use crate::support::{Project, get};

use super::{loads, sample, starts};

/// A server of three lines; `{port}` is how it comes by its port.
fn python(port: &str) -> String {
    format!(
        "import os\nfrom http.server import HTTPServer, SimpleHTTPRequestHandler\n\
         HTTPServer((\"127.0.0.1\", int({port})), SimpleHTTPRequestHandler).serve_forever()\n"
    )
}

fn folder(files: &[(&str, &str)]) -> Project {
    let project = Project::empty();
    for (path, text) in files {
        project.write(path, text);
    }
    project
}

/// Drafts a folder, whose file has to load, and looks for each of `expected` in it or in what was said.
pub(super) fn drafts(files: &[(&str, &str)], expected: &[&str], absent: &[&str]) {
    let project = folder(files);
    let said = project.ok(&["init", "--yes"]);
    loads(&project);
    let text = format!("{}\n{}", project.read("portolan.toml"), said.all());
    for part in expected {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
    for part in absent {
        assert!(!text.contains(part), "{part} is there:\n{text}");
    }
}

#[test]
fn programs_that_read_port_are_given_one() {
    let node = "require('node:http').createServer((q, s) => s.end('node')).listen(process.env.PORT)\n";
    let project = folder(&[
        ("bare/serve.py", &python("os.environ[\"PORT\"]")),
        ("both/orders.py", &python("os.getenv('PORT', '8301')")),
        ("both/users.py", &python("os.getenv('PORT', '8302')")),
        ("page/server.js", node),
    ]);
    project.ok(&["init", "--yes"]);
    let toml = project.read("portolan.toml");
    for part in [
        "bare/serve.py:3 reads PORT; no other port is named there",
        "port = \"8301-8311\"",
        "both/users.py:3 reads PORT, else takes 8302",
        "command = \"node server.js\"",
    ] {
        assert!(toml.contains(part), "{part} is missing:\n{toml}");
    }
    starts(&project, |project| {
        for service in ["bare", "orders", "users", "page"] {
            assert!(project.is(service, "healthy"), "{service}");
        }
        assert_eq!(get(project.port("page"), "/"), "node");
    });
}

#[test]
fn whom_code_asks_is_seen_in_every_language() {
    let api = python("os.environ.get(\"PORT\", \"8401\")");
    for (file, text) in [
        (
            "web/app.py",
            "import os\nfrom flask import Flask\napp = Flask('web')\nu = os.environ['API_URL']\napp.run(port=8402)\n",
        ),
        ("web/server.js", "const u = process.env['API_URL']; require('http').createServer().listen(8402)\n"),
        ("web/app.rb", "require 'sinatra'\nset :port, 8402\nu = ENV.fetch('API_URL')\n"),
    ] {
        drafts(
            &[("api/main.py", &api), (file, text)],
            &[&format!("API_URL = \"{{api.url}}\"  # guessed: {file}:")],
            &[],
        );
    }
}

#[test]
fn a_procfile_is_told_the_ports_of_the_code() {
    let project = sample("init/vite");
    fs::create_dir(project.path("web")).unwrap();
    for file in ["package.json", "vite.js", "vite.config.js"] {
        fs::rename(project.path(file), project.path("web").join(file)).unwrap();
    }
    project.write("web/.env", "VITE_API_URL=http://localhost:8311\n");
    project.write("api.py", python("os.environ.get('PORT', 8311)"));
    project.write("Procfile", "web: cd web && npm run dev\nback: python3 api.py\n");
    project.ok(&["init", "--yes"]);
    let toml = project.read("portolan.toml");
    for part in [
        "command = \"npm run dev -- --port {port}\"\ndirectory = \"web\"",
        "port = \"4100-4110\"  # guessed: web/vite.config.js:2 says so",
        "port = \"8311-8321\"  # guessed: api.py:3 reads PORT, else takes 8311",
        "needs = [\"back\"]",
    ] {
        assert!(toml.contains(part), "{part} is missing:\n{toml}");
    }
    assert!(!toml.contains("shell = true"), "{toml}");
    starts(&project, |project| {
        let page = format!("<p>http://127.0.0.1:{}</p>", project.port("back"));
        assert_eq!(get(project.port("web"), "/"), page);
    });
}

#[test]
fn a_procfile_keeps_what_it_says_itself() {
    drafts(
        &[
            ("Procfile", "css: npx tailwindcss -w\nweb: npm start\napi: uvicorn main:app --reload\n"),
            ("package.json", r#"{"scripts": {"start": "node server.js"}}"#),
            ("server.js", "http.createServer(f).listen(process.env.PORT || 8321)"),
            ("requirements.txt", "fastapi"),
            ("main.py", "app = FastAPI()\n\n@app.get('/healthz')\n"),
        ],
        &[
            "[services.css]\ncommand = \"npx tailwindcss -w\"\n\n",
            "command = \"npm start\"\nport = \"8321-8331\"",
            "command = \"uvicorn main:app --reload --port {port}\"",
            "health = \"/healthz\"",
            "package.json (Node): `web` of Procfile",
            "main.py (FastAPI): `api` of Procfile",
        ],
        &["api-2", "5000"],
    );
}

#[test]
fn of_a_workspace_the_apps_are_services_and_the_libraries_are_not() {
    drafts(
        &[
            ("package.json", r#"{"scripts": {"dev": "turbo dev"}, "workspaces": ["apps/*", "packages/*"]}"#),
            ("turbo.json", "{}"),
            ("apps/web/package.json", r#"{"scripts": {"dev": "next dev"}, "dependencies": {"next": "1"}}"#),
            (
                "apps/api/package.json",
                r#"{"scripts": {"dev": "tsup --watch --onSuccess 'node dist'"}, "dependencies": {"express": "5"}}"#,
            ),
            ("apps/api/src/index.ts", "app.listen(process.env.PORT || 8331)"),
            (
                "packages/ui/package.json",
                r#"{"scripts": {"dev": "vite build --watch"}, "devDependencies": {"vite": "7"}}"#,
            ),
            ("packages/db/package.json", r#"{"scripts": {"dev": "sh watch.sh"}}"#),
        ],
        &[
            "[services.web]",
            "[services.api]",
            "port = \"8331-8341\"",
            "serves nothing: `dev` of packages/db/package.json, `dev` of packages/ui/package.json",
            "2 services",
        ],
        &[],
    );
}

#[test]
fn scripts_that_are_started_side_by_side_are_services() {
    drafts(
        &[
            (
                "package.json",
                r#"{"scripts": {
                "dev": "concurrently \"npm run server\" \"npm run client\"",
                "server": "nodemon server.js",
                "client": "npm start --prefix client"
                }, "dependencies": {"express": "5"}}"#,
            ),
            ("server.js", "app.listen(process.env.PORT || 8341)"),
            ("client/package.json", r#"{"scripts": {"start": "react-scripts start"}}"#),
        ],
        &[
            "[services.server]\n",
            "npm run server",
            "[services.client]\n",
            "port = \"8341-8351\"",
            "2 services",
        ],
        &["concurrently"],
    );
}

#[test]
fn several_applications_of_one_python_project() {
    drafts(
        &[
            ("requirements.txt", "fastapi\nflask"),
            ("orders/main.py", "from parts import part\napp = FastAPI()\n\n@app.get('/health')\n"),
            ("orders/parts.py", "part = FastAPI()\n"),
            ("users/main.py", "app = Flask(__name__)\n"),
            ("users/admin.py", "app = Flask(__name__)\n"),
        ],
        &[
            "-m uvicorn orders.main:app",
            "-m flask --app users.main run",
            "[services.orders]",
            "[services.main]",
            "[services.admin]",
        ],
        &["parts:part", "orders-2"],
    );
}

#[test]
fn containers_that_are_built_by_a_dockerfile_below() {
    drafts(
        &[
            (
                "compose.yaml",
                "services:\n  back:\n    build: {context: ., dockerfile: api/Dockerfile}\n    ports: ['8351:80']\n",
            ),
            ("compose.override.yaml", "services: {back: {tty: true}}\n"),
            ("api/requirements.txt", ""),
            ("api/main.py", "app = FastAPI()\nsite = 'http://localhost:5173'\n"),
            (
                "web/package.json",
                r#"{"scripts": {"dev": "remix vite:dev"}, "devDependencies": {"vite": "7"}}"#,
            ),
        ],
        &[
            "api/main.py (FastAPI): `back` of compose.yaml",
            "2 services: ",
            "compose.override.yaml: ",
            "web/package.json (Remix)",
            "port = \"5173-5183\"",
        ],
        &["uvicorn", "needs = "],
    );
}

#[test]
fn what_a_procfile_starts_is_not_started_in_a_container_too() {
    drafts(
        &[
            ("Procfile.dev", "web: bin/rails server\n"),
            ("Gemfile", "gem 'rails'\n"),
            (
                "compose.yaml",
                "services:\n  app: {build: ., depends_on: [db]}\n  db: {image: postgres, ports: ['8371:5432']}\n",
            ),
        ],
        &["2 services", "[services.web]", "[services.db]", "compose.yaml: left aside", "reads it for db."],
        &["[services.app]"],
    );
}

#[test]
fn stacks_of_other_languages() {
    for (files, expected) in [
        (
            &[
                ("go.mod", "module x\n"),
                (
                    "main.go",
                    "package main\nimport \"github.com/gin-gonic/gin\"\nfunc main() {\n\tr.Run()\n}\n",
                ),
            ][..],
            &["command = \"go run .\"", "main.go:4 reads PORT, else takes 8080"][..],
        ),
        (
            &[
                ("go.mod", "module x\n"),
                (
                    "cmd/api/main.go",
                    "package main\nimport \"net/http\"\nvar a = flag.String(\"addr\", \":8361\", \"\")\nfunc main() { http.ListenAndServe(*a, nil) }\n",
                ),
                ("cmd/tool/main.go", "package main\nfunc main() { exec.Command(\"x\").Run() }\n"),
            ],
            &[
                "command = \"go run ./cmd/api -addr 127.0.0.1:{port}\"",
                "port = \"8361-8371\"",
                "1 service: api",
            ],
        ),
        (
            &[
                ("Gemfile", "gem \"rails\", \"~> 8.0\"\n"),
                ("bin/rails", ""),
                ("config/routes.rb", "get \"up\" => \"rails/health#show\"\n"),
            ],
            &["command = \"bin/rails server\"", "port = \"3000-3010\"", "health = \"/up\""],
        ),
        (
            &[("deno.json", r#"{"tasks": {"dev": "deno run -A main.ts"}}"#), ("main.ts", "Deno.serve(f)\n")],
            &["command = \"deno task dev\"", "main.ts:1 takes 8000 and reads no variable for it"],
        ),
        (
            &[
                ("package.json", r#"{"module": "index.ts"}"#),
                ("bun.lock", ""),
                ("index.ts", "Bun.serve({ port: Bun.env.PORT ?? 8381, fetch })\n"),
            ],
            &["command = \"bun index.ts\"", "port = \"8381-8391\""],
        ),
        (
            &[("artisan", ""), ("public/index.php", ""), ("bootstrap/app.php", "    health: '/up',\n")],
            &["php artisan serve --host=127.0.0.1 --port={port}", "health = \"/up\"", "1 service"],
        ),
        (
            &[
                ("mvnw", ""),
                ("api/pom.xml", "<artifactId>spring-boot-maven-plugin</artifactId>"),
                ("api/src/main/resources/application.yml", "server:\n  port: ${PORT:8391}\n"),
            ],
            &["command = \"../mvnw spring-boot:run\"", "prefer = 8391", "env = \"SERVER_PORT\""],
        ),
        (
            &[
                ("Shop.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\">"),
                ("Properties/launchSettings.json", "\"applicationUrl\": \"http://localhost:5123\""),
                ("Program.cs", "app.MapHealthChecks(\"/healthz\");\n"),
            ],
            &["dotnet run -- --urls http://127.0.0.1:{port}", "5123-5133", "/healthz"],
        ),
    ] {
        drafts(files, expected, &[]);
    }
}

#[test]
fn what_is_only_seen_is_told() {
    let project =
        folder(&[("mix.exs", "defmodule X"), ("Makefile", "build:\n\tx\ndev: build\n\tmix phx.server\n")]);
    let done = project.run(&["init", "--yes"]);
    assert_eq!(done.code, 1, "{done:?}");
    for part in ["mix.exs (Elixir)", "mix phx.server", "Makefile:3", "make dev"] {
        assert!(done.err.contains(part), "{part}: {done:?}");
    }
}
