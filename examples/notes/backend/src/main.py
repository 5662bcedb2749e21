"""Composition of the backend: configuration, CORS and the routers."""

from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from .config.auth_config import AuthConfig, validate_startup_configuration
from .monitoring import monitoring_router
from .tasks import tasks_router

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def create_app() -> FastAPI:
    config = validate_startup_configuration()
    app = FastAPI(title="Notes backend")
    app.add_middleware(
        CORSMiddleware,
        allow_origins=frontend_origins(config.frontend_url),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
    )
    app.include_router(monitoring_router(config))
    app.include_router(tasks_router(config))
    app.add_api_route("/api/config", lambda: public_config(config), methods=["GET"])
    return app


def frontend_origins(frontend_url: str) -> list[str]:
    """The frontend's origin, under every name of loopback if it is local: to a browser those differ."""
    url = urlsplit(frontend_url)
    if url.hostname not in ("127.0.0.1", "localhost", "::1"):
        return [f"{url.scheme}://{url.netloc}"]
    port = f":{url.port}" if url.port else ""
    return [f"{url.scheme}://{name}{port}" for name in LOOPBACK_NAMES]


def public_config(config: AuthConfig) -> dict[str, str]:
    return {"auth_service_url": config.auth_service_url, "frontend_url": config.frontend_url}


app = create_app()
