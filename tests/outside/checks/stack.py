"""The stack under test: its URLs, its users, requests to it and what an answer must be. Owns no check."""

import base64
import hashlib
import hmac
import json
import secrets
import time
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import jwt

TIMEOUT_SECONDS = 20
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


class Failed(Exception):
    pass


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failed(f"not JSON: {self.text[:200]!r}") from None


class Stack:
    def __init__(self, auth: str, backend: str, frontend: str, secret: str):
        self.auth, self.backend, self.frontend, self.secret = auth, backend, frontend, secret
        self.tasks = f"{backend}/api/tasks"
        self.user, self.stranger = User(auth), User(auth)

    def token(self, claims=None, *, key=None, algorithm="HS256", headers=None, without=()) -> str:
        """A token by PyJWT, valid but for what the caller changes."""
        now = int(time.time())
        payload = {
            "sub": self.user.id,
            "email": self.user.email,
            "name": "Outside",
            "iat": now,
            "exp": now + 900,
            "iss": self.auth,
            "aud": self.auth,
        } | (claims or {})
        for name in without:
            del payload[name]
        return jwt.encode(payload, self.secret if key is None else key, algorithm=algorithm, headers=headers)

    def claims(self) -> dict:
        return part(self.token(), 1)

    def forged(self, header: dict, key: bytes, claims=None, digest=hashlib.sha256) -> str:
        """A token whose parts PyJWT would not put together."""
        text = f"{encoded(header)}.{encoded(self.claims() if claims is None else claims)}"
        return f"{text}.{base64url(hmac.new(key, text.encode(), digest).digest())}"

    def jwks(self) -> list[dict]:
        return expect(call("GET", f"{self.auth}/api/auth/jwks"), 200).json["keys"]


class User:
    def __init__(self, auth: str):
        self.auth = auth
        self.email = f"outside-{secrets.token_hex(8)}@example.com"
        account = {"email": self.email, "password": secrets.token_urlsafe(16), "name": "Outside"}
        created = expect(call("POST", f"{auth}/api/auth/sign-up/email", json_body=account), 200)
        self.id = created.json["user"]["id"]
        self.session = created.headers["set-auth-token"]
        self.bearer = self.issued("hs256-token")

    def issued(self, kind: str) -> str:
        return expect(call("GET", f"{self.auth}/api/auth/{kind}", bearer=self.session), 200).json["token"]


def call(method, url, *, bearer=None, json_body=None, body=None, headers=None, patient=True) -> Answer:
    """One request on a connection of its own. A patient one waits, a few times, if there were too many."""
    sent = dict(headers or {})
    if bearer is not None:
        sent["Authorization"] = f"Bearer {bearer}"
    if json_body is not None:
        sent.setdefault("Content-Type", "application/json")
        body = json.dumps(json_body).encode()
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    for attempts_left in (3, 2, 1, 0):
        connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request(method, target, body=body, headers=sent)
            answer = Answer(connection.getresponse())
        except OSError as error:
            raise Failed(f"{method} {url}: {type(error).__name__}: {error}") from None
        finally:
            connection.close()
        wait = answer.headers["retry-after"] or ""
        if answer.status != 429 or not patient or not attempts_left or not wait.isdigit() or int(wait) > 15:
            return answer
        time.sleep(int(wait))
    raise AssertionError("unreachable")


def expect(answer: Answer, *statuses: int) -> Answer:
    if answer.status not in statuses:
        wanted = " or ".join(map(str, statuses))
        raise Failed(f"expected {wanted}, got {answer.status}: {answer.text[:300]!r}")
    return answer


def same(got, wanted, what: str) -> None:
    if got != wanted:
        raise Failed(f"expected {what} to be {wanted!r}, got {got!r}")


def holds(value, what: str) -> None:
    if not value:
        raise Failed(f"expected that {what}")


def problem(answer: Answer, *statuses: int) -> Answer:
    """The answer is a problem as RFC 9457 has it."""
    expect(answer, *statuses)
    kind = (answer.headers["content-type"] or "").split(";")[0]
    same(kind, "application/problem+json", "the content type")
    found = answer.json
    missing = {"type", "title", "status", "detail", "request_id"} - found.keys()
    holds(not missing, f"the problem has {sorted(missing)}: {answer.text[:300]}")
    same(found["status"], answer.status, "the problem's status")
    holds(answer.headers["x-request-id"], "the answer has an x-request-id")
    return answer


def unauthorized(answer: Answer, *, token_sent=True) -> None:
    problem(answer, 401)
    challenge = answer.headers["www-authenticate"] or ""
    holds(challenge.startswith("Bearer"), f"WWW-Authenticate starts with Bearer, it is {challenge!r}")
    if token_sent:
        holds('error="invalid_token"' in challenge, f"WWW-Authenticate names invalid_token, it is {challenge!r}")


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encoded(value) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def part(token: str, index: int) -> dict:
    text = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def all_healthy(stack: Stack) -> None:
    for url in (stack.auth, stack.backend, stack.frontend):
        expect(call("GET", f"{url}/health"), 200)
    expect(call("GET", stack.tasks, bearer=stack.user.bearer), 200)


def add(stack: Stack, user: User, headers=None, **fields) -> dict:
    return expect(
        call("POST", stack.tasks, bearer=user.bearer, json_body={"title": "a task"} | fields, headers=headers), 201
    ).json


def listed(stack: Stack, user: User, **query) -> list[dict]:
    return expect(call("GET", f"{stack.tasks}?{urlencode({'per_page': 100} | query)}", bearer=user.bearer), 200).json
