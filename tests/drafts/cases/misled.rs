//! What once misled `init`: names inside other names, settings of something else, several programs in one line.

use super::guesses::drafts;

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
