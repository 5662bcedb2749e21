"""The edge of the services: pages of other origins, what is too big or too slow, and the frontend's own page."""

import json
import re
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from .stack import LOOPBACK_NAMES, TIMEOUT_SECONDS, Answer, Failed, Stack, call, expect, holds, problem, same

SLOW_SECONDS = 40


def cors_headers(answer: Answer) -> dict:
    return {
        name.lower(): value for name, value in answer.headers.items() if name.lower().startswith("access-control-")
    }


def preflight(url, origin, method="PUT") -> Answer:
    return call(
        "OPTIONS",
        url,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type,if-match,idempotency-key",
        },
    )


def origins(stack: Stack):
    port = urlsplit(stack.frontend).port
    foreign = (
        "http://evil.example",
        "null",
        f"http://127.0.0.1:{port}.evil.example",
        f"http://127.0.0.1.evil.example:{port}",
        f"https://127.0.0.1:{port}",
        f"http://127.0.0.1:{port + 1}",
        f"http://evil.example:{port}",
        "http://127.0.0.1",
        f"http://127.0.0.2:{port}",
        f"http://user@127.0.0.1:{port}",
        f"http://127.0.0.1:{port}/",
        "*",
        "file://",
    )

    def no_permission():
        for origin in foreign:
            for answer in (
                preflight(stack.tasks, origin),
                call("GET", stack.tasks, bearer=stack.user.bearer, headers={"Origin": origin}),
                call("GET", stack.tasks, headers={"Origin": origin}),
                call("GET", f"{stack.backend}/monitoring/health", headers={"Origin": origin}),
                preflight(f"{stack.auth}/api/auth/sign-in/email", origin, "POST"),
            ):
                granted = {
                    name
                    for name in cors_headers(answer)
                    if name
                    in (
                        "access-control-allow-origin",
                        "access-control-allow-credentials",
                        "access-control-allow-methods",
                        "access-control-allow-headers",
                    )
                }
                same(granted, set(), f"what {origin} is granted (status {answer.status})")

    yield "no other origin gets CORS headers", no_permission

    def permission():
        for alias in LOOPBACK_NAMES:
            origin = f"http://{alias}:{port}"
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                asked = preflight(stack.tasks, origin, method)
                expect(asked, 200, 204)
                same(
                    cors_headers(asked).get("access-control-allow-origin"), origin, f"the origin allowed for {method}"
                )
                same(cors_headers(asked).get("access-control-allow-credentials"), "true", "allow-credentials")
                holds(method in cors_headers(asked).get("access-control-allow-methods", ""), f"{method} is allowed")
                allowed = cors_headers(asked).get("access-control-allow-headers", "").lower()
                for name in ("authorization", "content-type", "if-match", "idempotency-key"):
                    holds(name in allowed, f"the header {name} is allowed, allowed are {allowed}")
            answer = call("GET", stack.tasks, bearer=stack.user.bearer, headers={"Origin": origin})
            same(cors_headers(answer).get("access-control-allow-origin"), origin, "the origin allowed to read")
            holds("origin" in (answer.headers["vary"] or "").lower(), "Vary names Origin")
            exposed = cors_headers(answer).get("access-control-expose-headers", "").lower()
            for name in ("etag", "link", "x-total-count", "x-request-id", "retry-after"):
                holds(name in exposed, f"{name} is exposed, exposed are {exposed}")
            refusal = call("GET", stack.tasks, headers={"Origin": origin})
            same(cors_headers(refusal).get("access-control-allow-origin"), origin, "the origin allowed to read a 401")

    yield "the frontend's origin, under each name of loopback, gets them", permission


def raw_exchange(url: str, chunks, seconds: float) -> bytes:
    """Sends chunks as fast as they are taken and returns what came back until the connection ended."""
    parts = urlsplit(url)
    received, waiting, deadline = bytearray(), iter(chunks), time.monotonic() + seconds
    with socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT_SECONDS) as connection:
        connection.setblocking(False)
        pending = memoryview(next(waiting, b""))
        while (left := deadline - time.monotonic()) > 0:
            readable, writable, _ = select.select([connection], [connection] if pending else [], [], left)
            if readable:
                try:
                    data = connection.recv(65536)
                except ConnectionError:
                    break
                if not data:
                    break
                received += data
            if writable:
                try:
                    pending = pending[connection.send(pending) :]
                except ConnectionError:
                    pending = memoryview(b"")  # what was answered before can still be read
                if not pending:
                    pending = memoryview(next(waiting, b""))
        else:
            raise Failed(f"no end after {seconds} s; received so far: {bytes(received[:200])!r}")
    return bytes(received)


def first_status(received: bytes) -> int:
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", received)
    if not found:
        raise Failed(f"no answer, only {received[:200]!r}")
    return int(found[1])


def head(stack: Stack, method: str, path: str, *headers: str, bearer=None) -> bytes:
    host = urlsplit(stack.backend).netloc
    token = bearer or stack.user.bearer
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        "Connection: close",
        *headers,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def sizes(stack: Stack):
    def status_of(*chunks, url=stack.backend):
        return first_status(raw_exchange(url, chunks, TIMEOUT_SECONDS))

    megabyte = b"a" * 1_000_000

    def big_header():
        start = f"GET /api/tasks HTTP/1.1\r\nHost: {urlsplit(stack.backend).netloc}\r\nConnection: close\r\n".encode()
        bearer = f"Authorization: Bearer {stack.user.bearer}\r\n".encode()
        same(status_of(start + b"Authorization: Bearer ", megabyte, b"\r\n\r\n"), 431, "the status")
        same(status_of(start + bearer + b"X-Big: ", megabyte, b"\r\n\r\n"), 431, "the status for another header")
        many = b"".join(b"X-%d: %s\r\n" % (number, b"v" * 1000) for number in range(1000))
        same(status_of(start + bearer, many, b"\r\n"), 431, "the status for a thousand headers")

    yield "a header of 1 MB is 431", big_header

    def big_target():
        answer = status_of(head(stack, "GET", "/api/tasks?q=" + "a" * 1_000_000))
        holds(answer in (414, 431), f"a URL of 1 MB is 414 or 431, it is {answer}")

    yield "a URL of 1 MB is 414 or 431", big_target

    def big_body():
        fits = json.dumps({"title": "x", "description": "d" * 2000}).encode()
        expect(
            call(
                "POST", stack.tasks, bearer=stack.user.bearer, headers={"Content-Type": "application/json"}, body=fits
            ),
            201,
        )
        body = json.dumps({"title": "x", "description": "d" * 70_000}).encode()
        problem(
            call(
                "POST", stack.tasks, bearer=stack.user.bearer, headers={"Content-Type": "application/json"}, body=body
            ),
            413,
        )
        spaces = b'{"title":"x"}' + b" " * 70_000
        for method, path in (("POST", "/api/tasks"), ("PUT", "/api/tasks/1"), ("PATCH", "/api/tasks/1")):
            same(
                status_of(head(stack, method, path, f"Content-Length: {len(spaces)}"), spaces),
                413,
                f"the status of {method}",
            )
        same(
            status_of(head(stack, "POST", "/api/tasks", "Content-Length: 10000000000")),
            413,
            "the status of 10 GB that never come",
        )

    yield "a body of more than 64 KiB is 413, before all of it was sent", big_body

    def big_chunks():
        chunk = b"%x\r\n%s\r\n" % (10_000, b" " * 10_000)
        same(
            status_of(head(stack, "POST", "/api/tasks", "Transfer-Encoding: chunked"), *[chunk] * 20),
            413,
            "the status",
        )

    yield "so is one in chunks that does not say its size", big_chunks

    def auth_too():
        body = json.dumps({"email": "a@example.com", "password": "p" * 70_000}).encode()
        expect(
            call(
                "POST",
                f"{stack.auth}/api/auth/sign-in/email",
                headers={"Content-Type": "application/json"},
                body=body,
            ),
            413,
        )

    yield "auth refuses such a body as well", auth_too

    def smuggled():
        # Two lengths that disagree: an intermediary and the server could see different requests.
        answer = status_of(
            head(stack, "POST", "/api/tasks", "Content-Length: 5", "Content-Length: 50"), b'{"title":"x"}'
        )
        same(answer, 400, "the status of two lengths")

    yield "two lengths that disagree are 400", smuggled


def start_slow_requests(stack: Stack):
    """Starts them at once, so that waiting for them costs no time of its own; returns the checks that wait."""

    def drip(url, opening, body, every=2.0):
        parts = urlsplit(url)
        received, started = bytearray(), time.monotonic()
        with socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT_SECONDS) as connection:
            connection.sendall(opening)
            for byte in body:
                readable, _, _ = select.select([connection], [], [], every)
                if readable:
                    try:
                        while data := connection.recv(65536):
                            received += data
                    except ConnectionError:
                        pass
                    break
                if time.monotonic() - started > SLOW_SECONDS:
                    raise Failed(f"no end after {SLOW_SECONDS} s")
                try:
                    connection.sendall(bytes([byte]))
                except ConnectionError:
                    continue
        return bytes(received), time.monotonic() - started

    body = b'{"title":"' + b"x" * 200 + b'"}'
    auth_head = (
        f"POST /api/auth/sign-in/email HTTP/1.1\r\nHost: {urlsplit(stack.auth).netloc}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    cases = {
        "a body that drips to the backend": (
            stack.backend,
            head(stack, "POST", "/api/tasks", f"Content-Length: {len(body)}"),
            body,
        ),
        "a body that stops coming": (
            stack.backend,
            head(stack, "PUT", "/api/tasks/1", "Content-Length: 20") + b'{"ti',
            b"",
        ),
        "a body that drips to auth": (stack.auth, auth_head, body),
    }
    pool = ThreadPoolExecutor(len(cases) + 1)
    running = {name: pool.submit(drip if rest[2] else stopped, *rest) for name, rest in cases.items()}
    headers = f"GET /health HTTP/1.1\r\nHost: {urlsplit(stack.backend).netloc}\r\nX-Slow: ".encode()
    slow_head = pool.submit(drip, stack.backend, headers, b"y" * 200)

    def timed_out(future):
        received, seconds = future.result()
        same(first_status(received), 408, "the status")
        holds(seconds <= 35, f"it ends within 35 s, it took {seconds:.0f} s")

    def ended(future):
        received, _ = future.result()
        if received:
            same(first_status(received), 408, "the status")

    checks = [
        (f"{name} is 408 within 35 s", lambda future=future: timed_out(future)) for name, future in running.items()
    ]
    checks.append((f"headers that drip are ended within {SLOW_SECONDS} s", lambda: ended(slow_head)))
    return checks


def stopped(url, opening, _body):
    started = time.monotonic()
    return raw_exchange(url, [opening], SLOW_SECONDS), time.monotonic() - started


def page(stack: Stack):
    def told():
        answer = expect(call("GET", f"{stack.frontend}/config.json"), 200)
        same(answer.headers["cache-control"], "no-store", "Cache-Control")
        urls = {service["name"]: service["url"] for service in answer.json["services"]}
        same((urls.get("auth"), urls.get("backend")), (stack.auth, stack.backend), "the URLs of auth and backend")

    yield "the frontend's config.json has the real URLs", told

    def policy():
        answer = expect(call("GET", f"{stack.frontend}/"), 200)
        csp = answer.headers["content-security-policy"] or ""
        holds("default-src 'self'" in csp, "the page has a Content-Security-Policy")
        holds("unsafe-inline" not in csp and "unsafe-eval" not in csp, f"it allows nothing inline: {csp}")
        holds(stack.secret not in answer.text, "the page does not hold the secret")

    yield "the page has a strict Content-Security-Policy", policy

    def no_files():
        for path in (
            "/assets/../../etc/passwd",
            "/assets/..%2f..%2fetc%2fpasswd",
            "/assets/%2e%2e/%2e%2e/etc/passwd",
            "/.env",
            "/assets/",
            "/assets/no-such.js",
        ):
            answer = call("GET", f"{stack.frontend}{path}")
            expect(answer, 400, 404)

    yield "the frontend serves nothing but its assets", no_files
