//! Healthy projects of many kinds: nothing is found in any of them.

use std::fs;
use std::path::Path;

use super::project::{NODE, PYTHON, Project};

fn silent(files: &[(&str, &str)]) {
    let project = Project::of(files);
    let found = project.findings();
    assert!(found.is_empty(), "{found:#?}");
    let done = project.run(&["doctor"]);
    assert_eq!((done.code, done.out.as_str()), (0, "nothing is wrong\n"), "{done:?}");
}

#[test]
fn fastapi_with_settings_and_a_database() {
    silent(&[
        (
            "portolan.toml",
            "[services.db]\ncommand = \"sleep 1000\"\nport = 15432\nhealth = { tcp = true }\n\n[services.api]\ncommand = \"python3 -m uvicorn app.main:app --port {port} --reload\"\ndirectory = \"api\"\nport = \"18000-18010\"\nhealth = \"/api/health\"\nneeds = [\"db\"]\nenv = { DATABASE_URL = \"postgresql+asyncpg://app:app@localhost:{db.port}/app\" }\n",
        ),
        (".env", "LOG_LEVEL=debug\nJWT_SECRET=dev-secret-only-for-this-machine\n"),
        (".env.example", "LOG_LEVEL=info\nJWT_SECRET=change-me\n"),
        (
            "api/pyproject.toml",
            "[project]\nname = \"api\"\nrequires-python = \">=3.8\"\ndependencies = [\"fastapi[standard]>=0.110\", \"sqlalchemy[asyncio]\", \"asyncpg\", \"pydantic-settings\", \"PyJWT\", \"passlib[bcrypt]\", \"python-multipart\"]\n[dependency-groups]\ndev = [\"pytest\", \"httpx\"]\n",
        ),
        ("api/app/__init__.py", ""),
        (
            "api/app/config.py",
            "from pydantic_settings import BaseSettings, SettingsConfigDict\n\n\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_file=\".env\", extra=\"ignore\")\n\n    database_url: str\n    jwt_secret: str\n    log_level: str = \"info\"\n    cors_origins: list[str] = []\n\n\nsettings = Settings()\n",
        ),
        (
            "api/app/main.py",
            "import logging\nfrom contextlib import asynccontextmanager\n\nimport jwt\nfrom fastapi import APIRouter, FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\nfrom passlib.context import CryptContext\nfrom pydantic import BaseModel\nfrom sqlalchemy.ext.asyncio import create_async_engine\nfrom starlette.requests import Request\n\nfrom app.config import settings\n\nrouter = APIRouter(prefix=\"/api\")\n\n\n@router.get(\"/health\")\nasync def health():\n    return {}\n\n\napp = FastAPI()\napp.include_router(router)\n\nif __name__ == \"__main__\":\n    import uvicorn\n\n    uvicorn.run(app, host=\"127.0.0.1\", port=18000)\n",
        ),
        ("api/tests/test_main.py", "import pytest\nimport httpx\nfrom app.main import app\n"),
        ("api/alembic/env.py", "from logging.config import fileConfig\nfrom app import config\n"),
    ]);
}

#[test]
fn express_and_vite_in_a_workspace() {
    silent(&[
        (
            "portolan.toml",
            "[services.api]\ncommand = \"npm run dev\"\ndirectory = \"apps/api\"\nport = \"14000-14010\"\nhealth = \"/health\"\n\n[services.web]\ncommand = \"npm run dev -- --port {port} --strictPort\"\ndirectory = \"apps/web\"\nport = \"15173-15180\"\nneeds = [\"api\"]\nenv = { VITE_API_URL = \"{api.url}\" }\n",
        ),
        (
            "package.json",
            "{\"private\": true, \"workspaces\": [\"apps/*\", \"packages/*\"], \"devDependencies\": {\"typescript\": \"^5\"}}",
        ),
        ("node_modules/express/package.json", "{\"name\": \"express\"}"),
        ("packages/shared/package.json", "{\"name\": \"@acme/shared\", \"version\": \"1.0.0\"}"),
        ("packages/shared/index.ts", "export const x = 1;\n"),
        (
            "apps/api/package.json",
            "{\"name\": \"api\", \"scripts\": {\"dev\": \"tsx watch src/index.ts\"}, \"dependencies\": {\"express\": \"^5\", \"cors\": \"^2\", \"dotenv\": \"^16\", \"@acme/shared\": \"workspace:*\"}, \"devDependencies\": {\"tsx\": \"^4\", \"@types/express\": \"^5\"}}",
        ),
        ("apps/api/.env", "SESSION_SECRET=only-here\nLOG_LEVEL=debug\n"),
        (
            "apps/api/src/index.ts",
            "import 'dotenv/config';\nimport express, { type Request } from 'express';\nimport cors from 'cors';\nimport { x } from '@acme/shared';\nimport { router } from './router.js';\n\nconst app = express();\nconst port = Number(process.env.PORT ?? 4000);\napp.use(cors());\napp.use('/api', router);\napp.get('/health', (_, res) => res.json({ ok: true, level: process.env.LOG_LEVEL }));\nconsole.log(process.env.SESSION_SECRET);\napp.listen(port);\n",
        ),
        (
            "apps/api/src/router.ts",
            "import { Router } from 'express';\nexport const router = Router();\nrouter.get('/items', (_, r) => r.json([]));\n",
        ),
        (
            "apps/web/package.json",
            "{\"name\": \"web\", \"scripts\": {\"dev\": \"vite\"}, \"dependencies\": {\"react\": \"^19\"}, \"devDependencies\": {\"vite\": \"^7\", \"@vitejs/plugin-react\": \"^5\"}}",
        ),
        (
            "apps/web/vite.config.ts",
            "import { defineConfig } from 'vite';\nimport react from '@vitejs/plugin-react';\nimport path from 'node:path';\n\nexport default defineConfig({ plugins: [react()], server: { port: 15173 }, resolve: { alias: { '@': path.resolve('src'), components: path.resolve('src/components') } } });\n",
        ),
        (
            "apps/web/src/main.tsx",
            "import { useState } from 'react';\nimport { Button } from 'components/button';\nimport { y } from '@/y';\nimport './style.css';\nimport logo from '/logo.svg';\n\nconst api = import.meta.env.VITE_API_URL ?? 'http://localhost:14000';\n",
        ),
    ]);
}

#[test]
fn flask_django_and_workers_share_a_repository() {
    silent(&[
        (
            "portolan.toml",
            "[services.site]\ncommand = \"python3 manage.py runserver {port}\"\ndirectory = \"site\"\nport = \"18100-18110\"\n\n[services.hooks]\ncommand = \"python3 -m flask --app hooks run --port {port}\"\ndirectory = \"hooks\"\nport = \"18200-18210\"\nhealth = \"/healthz\"\nneeds = [\"site\"]\nenv = { SITE_URL = \"http://localhost:{site.port}\" }\n\n[services.worker]\ncommand = \"python3 -m celery -A worker worker\"\ndirectory = \"site\"\nneeds = [\"site\"]\n",
        ),
        (".env", "DJANGO_SETTINGS_MODULE=site.settings\nSECRET_KEY=dev\nSENTRY_DSN=\n"),
        (
            "site/requirements.txt",
            "Django>=5\ndjangorestframework\ncelery[redis]\npsycopg[binary]\ndjango-cors-headers\n",
        ),
        (
            "site/manage.py",
            "import os\nimport sys\n\nfrom django.core.management import execute_from_command_line\n",
        ),
        (
            "site/site/settings.py",
            "import os\nfrom pathlib import Path\nimport corsheaders\nimport rest_framework\n\nSECRET_KEY = os.environ[\"SECRET_KEY\"]\nDEBUG = os.getenv(\"DEBUG\") == \"1\"\nSENTRY = os.environ.get(\"SENTRY_DSN\")\nif not os.getenv(\"MAIL_URL\"):\n    pass\n",
        ),
        ("site/worker.py", "from celery import Celery\nfrom kombu import Queue\nfrom site_lib import x\n"),
        ("site/site_lib.py", "x = 1\n"),
        ("hooks/requirements.txt", "flask\nrequests\n"),
        (
            "hooks/hooks.py",
            "import os\n\nimport requests\nfrom flask import Flask, request\nfrom werkzeug.exceptions import NotFound\n\napp = Flask(__name__)\nSITE = os.environ[\"SITE_URL\"]\n\n\n@app.route(\"/healthz\")\ndef healthz():\n    return \"ok\"\n",
        ),
    ]);
}

#[test]
fn rust_go_and_shell() {
    silent(&[
        (
            "portolan.toml",
            "[services.rust]\ncommand = \"sh run.sh\"\ndirectory = \"rust\"\nport = \"18300-18310\"\nhealth = \"/health\"\n\n[services.go]\ncommand = [\"sh\", \"-c\", \"go run .\"]\ndirectory = \"go\"\nport = \"18400-18410\"\nneeds = [\"rust\"]\n",
        ),
        (".env", "RUST_LOG=debug\nGREETING='hello world'\n"),
        ("rust/run.sh", "exec cargo run\n"),
        ("rust/Cargo.toml", "[package]\nname = \"x\"\n"),
        (
            "rust/src/main.rs",
            "fn main() {\n    let port = std::env::var(\"PORT\").unwrap_or_else(|_| \"18300\".into());\n    let _ = std::env::var(\"GREETING\").expect(\"a greeting\");\n    let app = Router::new().route(\"/health\", get(health));\n}\n",
        ),
        (
            "go/main.go",
            "package main\n\nfunc main() {\n\tport := os.Getenv(\"PORT\")\n\tif port == \"\" {\n\t\tport = \"18400\"\n\t}\n\thttp.HandleFunc(\"/\", handle)\n\thttp.ListenAndServe(\":\"+port, nil)\n\t_ = os.Getenv(\"RUST_URL\")\n}\n",
        ),
    ]);
}

#[test]
fn services_that_bring_no_code() {
    silent(&[
        (
            "portolan.toml",
            "[services.cache]\ncommand = \"sleep 1000\"\nport = 16379\nhealth = { tcp = true }\nenv = { CACHE_SIZE = \"10\" }\n\n[services.mail]\nmode = \"shared\"\nurl = \"https://mail.example.com\"\n",
        ),
        (".env", "ANYTHING=goes\n"),
        ("docs/notes.md", "http://localhost:16379 and port 8000\n"),
    ]);
}

/// The examples of this repository, as a newcomer gets them: what is not installed and not set is said, and no more.
#[test]
fn the_examples_are_healthy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, expected) in [
        ("assets/demo", vec![]),
        ("examples/shop", vec![]),
        ("examples/notes", vec!["configuration", "not-installed", "secret-missing"]),
    ] {
        let project = Project::of(&[]);
        copy(&root.join(folder), &project.path(""));
        let mut rules: Vec<String> = project.findings().iter().map(|found| found.rule().to_owned()).collect();
        // Others of this machine may have the ports that these prefer.
        rules.retain(|rule| rule != "port-held");
        rules.sort();
        rules.dedup();
        assert_eq!(rules, expected, "{folder}: {:#?}", project.findings());
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        if ["node_modules", ".venv", ".env", ".service_discovery"].iter().any(|skipped| name == *skipped) {
            continue;
        }
        if path.is_dir() {
            fs::create_dir(to.join(&name)).unwrap();
            copy(&path, &to.join(&name));
        } else {
            fs::copy(&path, to.join(&name)).unwrap();
        }
    }
}

#[test]
fn named_pipes_in_the_place_of_files_are_not_waited_for() {
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    for name in [".gitignore", "web/.gitignore", "web/package.json", "api/uv.lock"] {
        let project = Project::of(&[
            ("portolan.toml", &format!("{PYTHON}{NODE}")),
            ("api/main.py", "import yaml\n"),
            ("api/requirements.txt", "flask\n"),
            ("web/server.js", ""),
        ]);
        project.git(&["init", "-q"]);
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, project.path(name), kind, mode, 0).unwrap();
        assert!(!project.of_rule("missing-module").is_empty(), "{name}");
    }
}
