"""Health of the backend itself, and whether it can reach the auth service."""

import time
from http.client import HTTPException
from urllib.request import ProxyHandler, build_opener

from fastapi import APIRouter

from .config.auth_config import AuthConfig

PROBE_TIMEOUT_SECONDS = 2

# A proxy of the developer's shell has no way to a loopback address.
direct = build_opener(ProxyHandler({}))


def monitoring_router(config: AuthConfig) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict:
        return {"status": "ok", "service": "backend"}

    @router.get("/monitoring/health")
    def monitoring_health() -> dict:
        auth = probe_auth(config.auth_service_url)
        return {"status": "ok" if auth["reachable"] else "degraded", "auth": auth}

    return router


def probe_auth(url: str) -> dict:
    started = time.monotonic()
    try:
        with direct.open(f"{url}/health", timeout=PROBE_TIMEOUT_SECONDS):
            pass
    except (OSError, HTTPException) as error:
        return {"url": url, "reachable": False, "error": str(error)}
    return {"url": url, "reachable": True, "latency_ms": round((time.monotonic() - started) * 1000, 1)}
