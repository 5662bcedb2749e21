//! What code imports and its project does not declare.

use super::project::{NODE, PYTHON, Project};

#[test]
fn a_python_module_that_only_another_file_names_is_found_with_both_places() {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        ("api/main.py", "import os\n\nimport fastapi\nfrom dotenv import load_dotenv\n"),
        ("api/requirements.txt", "fastapi==0.115\n"),
        ("scripts/requirements.txt", "# x\n\npython-dotenv==1.0.1\n"),
    ]);
    let found = project.one("missing-module");
    assert!(found.is_error());
    assert_eq!(found.place(), "api/main.py:4");
    assert!(found.evidence().contains("scripts/requirements.txt:3"), "{found:?}");
    assert_eq!(found.action(), "portolan doctor --fix missing-module");
    project.fix("missing-module");
    assert_eq!(project.read("api/requirements.txt"), "fastapi==0.115\npython-dotenv==1.0.1\n");
}

#[test]
fn what_a_python_project_may_import_is_no_finding() {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        (
            "api/main.py",
            "import json, sys\nimport models.user\nfrom helpers import x\nimport starlette, pydantic\nimport jwt\n\
             try:\n    import orjson\nexcept ImportError:\n    orjson = None\n\
             from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import boto3\n\
             DOC = \"\"\"\nimport redis\n\"\"\"\n# import celery\nimport google.cloud.storage\n",
        ),
        ("api/models/user.py", "from .base import B\n"),
        ("api/helpers.py", "x = 1\n"),
        ("api/tests/test_main.py", "import pytest, httpx\n"),
        ("api/requirements.txt", "-r requirements/base.txt\n"),
        ("api/requirements/base.txt", "fastapi\nPyJWT[crypto]>=2 # tokens\n"),
    ]);
    assert!(project.of_rule("missing-module").is_empty(), "{:#?}", project.findings());
}

#[test]
fn without_requirement_files_nothing_is_known() {
    let project = Project::of(&[("portolan.toml", PYTHON), ("api/main.py", "import flask\n")]);
    assert!(project.of_rule("missing-module").is_empty());
}

#[test]
fn a_pyproject_gets_the_requirement_in_its_form() {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        ("api/main.py", "import yaml\n"),
        ("api/pyproject.toml", "[project]\nname = \"api\"\ndependencies = [\n  \"flask\",\n]\n"),
    ]);
    project.fix("missing-module");
    let expected = "[project]\nname = \"api\"\ndependencies = [\n  \"flask\",\n  \"pyyaml\",\n]\n";
    assert_eq!(project.read("api/pyproject.toml"), expected);
}

#[test]
fn of_several_findings_one_is_fixed_by_its_subject() {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        ("api/main.py", "import yaml\nimport jwt\n"),
        ("api/requirements.txt", "flask\n"),
    ]);
    let actions: Vec<String> =
        project.of_rule("missing-module").iter().map(|found| found.action().to_owned()).collect();
    assert_eq!(
        actions,
        ["portolan doctor --fix missing-module yaml", "portolan doctor --fix missing-module jwt"]
    );
    project.run(&["doctor", "--fix", "missing-module", "jwt", "--yes"]);
    assert_eq!(project.read("api/requirements.txt"), "flask\npyjwt\n");
}

#[test]
fn a_node_package_that_nothing_names_is_found_and_added() {
    let package = "{\n  \"name\": \"web\",\n  \"dependencies\": {\n    \"express\": \"^4\"\n  }\n}\n";
    let project = Project::of(&[
        ("portolan.toml", NODE),
        ("web/package.json", package),
        ("web/node_modules/express/package.json", "{}"),
        (
            "web/server.js",
            "import express from \"express\";\nimport fs from \"fs\";\nimport cors from \"cors\";\nimport x from \"./x.js\";\n",
        ),
        ("other/package.json", "{\n \"dependencies\": {\n  \"cors\": \"^2.8.5\"\n }\n}\n"),
    ]);
    let found = project.one("missing-package");
    assert_eq!(found.place(), "web/server.js:3");
    assert!(found.evidence().contains("other/package.json:3 names it: ^2.8.5"), "{found:?}");
    project.fix("missing-package");
    assert!(
        project.read("web/package.json").contains("    \"cors\": \"^2.8.5\",\n    \"express\": \"^4\"\n")
    );
}

#[test]
fn what_a_node_project_may_import_is_no_finding() {
    let project = Project::of(&[
        ("portolan.toml", NODE),
        ("package.json", "{\"workspaces\": [\"web\", \"shared\"], \"devDependencies\": {\"zod\": \"3\"}}"),
        ("shared/package.json", "{\"name\": \"@me/shared\"}"),
        (
            "web/package.json",
            "{\"dependencies\": {\"express\": \"4\"}, \"peerDependencies\": {\"react\": \"18\"}}",
        ),
        ("web/node_modules/x/package.json", "{}"),
        ("web/tsconfig.json", "{\"compilerOptions\": {\"paths\": {\"lib/*\": [\"./src/lib/*\"]}}}"),
        (
            "web/server.ts",
            "import express from 'express';\nimport React from 'react';\nimport { z } from 'zod';\nimport s from '@me/shared';\n\
             import a from '@/a';\nimport l from 'lib/l';\nimport type { T } from 'only-types';\nimport { readFile } from 'node:fs';\n\
             let f; try { f = require('fsevents') } catch {}\n",
        ),
    ]);
    assert!(project.of_rule("missing-package").is_empty(), "{:#?}", project.findings());
}

#[test]
fn a_requirements_file_that_a_tool_writes_is_not_edited() {
    let text = "# This file is autogenerated by pip-compile\nflask==3 \\\n    --hash=sha256:aa\n";
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        ("api/main.py", "import yaml\n"),
        ("api/requirements.txt", text),
    ]);
    let found = project.one("missing-module");
    assert!(found.action().is_empty(), "{found:?}");
    assert!(found.0["remedy"].as_str().unwrap().contains("api/requirements.in"), "{found:?}");
    project.run(&["doctor", "--fix", "--yes"]);
    assert_eq!(project.read("api/requirements.txt"), text);
}

#[test]
fn requirements_in_two_bytes_a_character_are_read_and_others_are_mended() {
    let project = Project::of(&[
        ("portolan.toml", PYTHON),
        ("api/main.py", "import flask\nimport yaml\nimport os\nos.getenv('A')\n"),
        (".env", "A=1\nA=2\n"),
    ]);
    let wide: Vec<u8> = "\u{feff}flask==3\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(project.path("api/requirements.txt"), wide).unwrap();
    let found = project.one("missing-module");
    assert!(found.title().contains("yaml") && found.action().is_empty(), "{found:?}");
    project.run(&["doctor", "--fix", "--yes"]);
    assert_eq!(project.read(".env"), "A=2\n");
    std::fs::write(project.path("api/requirements.txt"), b"flask\0\xff").unwrap();
    assert!(project.of_rule("missing-module").is_empty());
}

#[test]
fn markers_of_next_are_part_of_it() {
    let package = |dependencies: &str| format!("{{\"dependencies\": {{{dependencies}}}}}");
    let project = Project::of(&[
        ("portolan.toml", NODE),
        ("web/package.json", &package("\"next\": \"15\"")),
        ("web/server.js", "import 'server-only';\n"),
        ("web/node_modules/next/package.json", "{}"),
    ]);
    assert!(project.of_rule("missing-package").is_empty());
    project.write("web/package.json", &package("\"react\": \"19\""));
    assert!(project.one("missing-package").title().contains("server-only"));
}
