"""What the backend must know about authentication, read once and checked before anything is served."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import load_dotenv

MIN_SECRET_LENGTH = 32
STACK_ENV_FILE = Path(__file__).resolve().parents[3] / ".env"


@dataclass(frozen=True)
class AuthConfig:
    secret: str = field(repr=False)
    auth_service_url: str
    frontend_url: str


def validate_startup_configuration() -> AuthConfig:
    """Returns the configuration; raises ValueError that names every problem, never the secret's text."""
    # Values of the real environment win over the file's, so that a launcher has the last word.
    load_dotenv(STACK_ENV_FILE)

    problems = []
    secret = os.environ.get("BETTER_AUTH_SECRET", "")
    if not secret:
        problems.append(f"BETTER_AUTH_SECRET is not set (looked in the environment and {STACK_ENV_FILE})")
    elif len(secret) < MIN_SECRET_LENGTH:
        problems.append(
            f"BETTER_AUTH_SECRET must have at least {MIN_SECRET_LENGTH} characters, it has {len(secret)}"
        )

    urls = {
        "AUTH_SERVICE_URL": os.environ.get("AUTH_SERVICE_URL", "http://127.0.0.1:8081"),
        "FRONTEND_URL": os.environ.get("FRONTEND_URL", "http://127.0.0.1:3000"),
    }
    for name, url in urls.items():
        if not url.startswith(("http://", "https://")):
            problems.append(f"{name} must start with http:// or https://")

    if problems:
        raise ValueError("; ".join(problems))
    return AuthConfig(
        secret=secret,
        auth_service_url=urls["AUTH_SERVICE_URL"].rstrip("/"),
        frontend_url=urls["FRONTEND_URL"].rstrip("/"),
    )
