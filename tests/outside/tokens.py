"""Tokens, owners and limits of the embedded backend, seen from outside:

    tokens.py AUTH_URL BACKEND_URL FRONTEND_URL [GROUP...]

It owns what must be refused: every kind of forged token, another user's task, a lost update, a page of another
origin, bodies that are too big or too slow. Tokens are made and verified with PyJWT, independently of the services.
AUTH_URL may also be a real Better Auth server (better-auth/server.mjs) that the backend was told about.

BETTER_AUTH_SECRET must hold the secret that auth and backend share; it is never printed.
Prints a line for each check and goes on after a failure; exits 0 if all hold, 1 if any does not, 2 if called wrongly.
"""

import os
import sys
from http.client import HTTPException

# PyJWKClient asks through urllib, and a proxy of the developer's shell has no way to a loopback address.
os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1,localhost,::1"

import jwt

from checks.edges import origins, page, sizes, start_slow_requests
from checks.guesses import guesses
from checks.stack import Failed, Stack, all_healthy
from checks.tasks import idempotency, lost_updates, owners
from checks.text import sql
from checks.tokens import accepted, foreign_keys, presented, refused

GROUPS = (
    accepted,
    refused,
    presented,
    foreign_keys,
    owners,
    sql,
    lost_updates,
    idempotency,
    origins,
    sizes,
    page,
    guesses,
)
NAMES = [group.__name__ for group in GROUPS] + ["slow"]

counts = {"ok": 0, "FAIL": 0}


def main() -> int:
    urls, wanted = [url.rstrip("/") for url in sys.argv[1:4]], sys.argv[4:] or NAMES
    secret = os.environ.get("BETTER_AUTH_SECRET", "")
    if (
        len(urls) != 3
        or not all(url.startswith("http://") for url in urls)
        or len(secret) < 32
        or not {*wanted} <= {*NAMES}
    ):
        print("usage: BETTER_AUTH_SECRET=… tokens.py AUTH_URL BACKEND_URL FRONTEND_URL [GROUP…]", file=sys.stderr)
        print(f"groups: {' '.join(NAMES)}", file=sys.stderr)
        return 2
    stack = Stack(*urls, secret)
    slow = start_slow_requests(stack) if "slow" in wanted else []
    for group in GROUPS:
        if group.__name__ in wanted:
            for name, check in group(stack):
                attempt(name, check)
    for name, check in slow:
        attempt(name, check)
    attempt("after all that the services are healthy", lambda: all_healthy(stack))
    print(f"{counts['ok']} ok, {counts['FAIL']} failed")
    return 1 if counts["FAIL"] else 0


def attempt(name: str, check) -> None:
    try:
        check()
    except (
        Failed,
        jwt.PyJWTError,
        OSError,
        HTTPException,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:
        counts["FAIL"] += 1
        print(f"FAIL  {name}\n      {type(error).__name__}: {error}", flush=True)
    else:
        counts["ok"] += 1
        print(f"ok    {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
