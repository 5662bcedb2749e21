"""Which tokens open the backend, and which do not."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .stack import LOOPBACK_NAMES, TIMEOUT_SECONDS, Stack, base64url, call, encoded, expect, holds, same, unauthorized
from .text import SQL


def accepted(stack: Stack):
    def by_key_pair():
        token = stack.user.issued("token")
        keys = jwt.PyJWKClient(f"{stack.auth}/api/auth/jwks", timeout=TIMEOUT_SECONDS)
        algorithm = jwt.get_unverified_header(token)["alg"]
        holds(algorithm in ("EdDSA", "ES256", "RS256"), f"{algorithm} is a public-key algorithm")
        claims = jwt.decode(
            token,
            keys.get_signing_key_from_jwt(token).key,
            algorithms=[algorithm],
            issuer=stack.auth,
            audience=stack.auth,
            options={"require": ["sub", "email", "name", "iat", "exp", "iss", "aud"]},
        )
        same(claims["sub"], stack.user.id, "sub")
        same(claims["email"], stack.user.email, "email")
        same(claims["exp"] - claims["iat"], 900, "the lifetime in seconds")
        expect(call("GET", stack.tasks, bearer=token), 200)

    def by_secret():
        claims = jwt.decode(
            stack.user.bearer,
            stack.secret,
            algorithms=["HS256"],
            issuer=stack.auth,
            audience=stack.auth,
            options={"require": ["sub", "email", "name", "iat", "exp", "iss", "aud"]},
        )
        same(claims["sub"], stack.user.id, "sub")
        same(claims["email"], stack.user.email, "email")
        same(claims["exp"] - claims["iat"], 900, "the lifetime in seconds")
        expect(call("GET", stack.tasks, bearer=stack.user.bearer), 200)

    yield "auth's public-key token: PyJWT verifies it through jwks, the backend accepts it", by_key_pair
    yield "auth's HS256 token: PyJWT verifies it with the secret, the backend accepts it", by_secret

    def both_are_one_user():
        title = f"two tokens, one user {secrets.token_hex(4)}"
        created = expect(call("POST", stack.tasks, bearer=stack.user.bearer, json_body={"title": title}), 201).json
        read = call("GET", f"{stack.tasks}/{created['id']}", bearer=stack.user.issued("token"))
        same(expect(read, 200).json["title"], title, "the title read with the other token")
        expect(call("DELETE", f"{stack.tasks}/{created['id']}", bearer=stack.token()), 204)

    yield "both of them and PyJWT's stand for the same user", both_are_one_user

    def jwks_is_public():
        for key in stack.jwks():
            holds(not {"d", "p", "q", "k"} & key.keys(), "jwks holds no private part")
            holds({"kid", "kty", "alg"} <= key.keys(), "each key has kid, kty and alg")

    yield "jwks holds public keys only", jwks_is_public

    port = urlsplit(stack.auth).port
    for name, token in {
        "plain": stack.token(),
        "without typ": stack.token(headers={"typ": None}),
        "with claims that nobody asked for": stack.token({"roles": ["x"], "nested": {"a": [1, None]}}),
        "aud is a list that holds auth's URL": stack.token({"aud": ["http://elsewhere.example", stack.auth]}),
        "nbf in the past": stack.token({"nbf": int(time.time()) - 60}),
        **{
            f"iss and aud under {alias}": stack.token(
                {"iss": f"http://{alias}:{port}", "aud": f"http://{alias}:{port}"}
            )
            for alias in LOOPBACK_NAMES
        },
    }.items():
        yield (
            f"accepted: HS256 by PyJWT, {name}",
            lambda token=token: expect(call("GET", stack.tasks, bearer=token), 200),
        )

    yield (
        "accepted: the scheme in lower case",
        lambda: expect(call("GET", stack.tasks, headers={"Authorization": f"bearer {stack.token()}"}), 200),
    )


def refused(stack: Stack):
    now = int(time.time())
    secret = stack.secret.encode()
    good = stack.token()
    head, body, signature = good.split(".")
    port = urlsplit(stack.auth).port
    public = stack.jwks()[0]
    kid = public["kid"]
    public_key = jwt.PyJWK(public).key
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    raw = base64.urlsafe_b64decode((public.get("x") or public["n"]) + "==")
    published = {
        "PEM": pem,
        "PEM without its last newline": pem.rstrip(),
        "DER": der,
        "raw bytes": raw,
        "base64url": (public.get("x") or public["n"]).encode(),
        "JWK": json.dumps(public, separators=(",", ":")).encode(),
    }

    tokens = {
        "expired": stack.token({"exp": now - 300, "iat": now - 1200}),
        "expired long ago": stack.token({"exp": 1, "iat": 0}),
        "not yet valid (nbf)": stack.token({"nbf": now + 600}),
        "issued in the future (iat)": stack.token({"iat": now + 600, "exp": now + 1500}),
        "no exp": stack.token(without=["exp"]),
        "exp is a string": stack.forged(
            {"alg": "HS256", "typ": "JWT"}, secret, stack.claims() | {"exp": str(now + 900)}
        ),
        "exp is null": stack.forged({"alg": "HS256", "typ": "JWT"}, secret, stack.claims() | {"exp": None}),
        "another audience": stack.token({"aud": "http://127.0.0.1:1"}),
        "audiences without ours": stack.token({"aud": ["http://127.0.0.1:1", "x"]}),
        "audience as a prefix": stack.token({"aud": f"{stack.auth}0"}),
        "no audience": stack.token(without=["aud"]),
        "another issuer": stack.token({"iss": "http://evil.example"}),
        "issuer on another port": stack.token({"iss": f"http://127.0.0.1:{port - 1}"}),
        "issuer with https": stack.token({"iss": stack.auth.replace("http:", "https:")}),
        "no issuer": stack.token(without=["iss"]),
        "another secret": stack.token(key="another secret that is long enough"),
        "the secret with a newline": stack.token(key=stack.secret + "\n"),
        "no sub": stack.token(without=["sub"]),
        "empty sub": stack.token({"sub": ""}),
        "sub is a number": stack.forged({"alg": "HS256", "typ": "JWT"}, secret, stack.claims() | {"sub": 7}),
        "sub is null": stack.forged({"alg": "HS256", "typ": "JWT"}, secret, stack.claims() | {"sub": None}),
        "HS384 with the secret": stack.forged({"alg": "HS384", "typ": "JWT"}, secret, digest=hashlib.sha384),
        "HS512 with the secret": stack.forged({"alg": "HS512", "typ": "JWT"}, secret, digest=hashlib.sha512),
        "HS256 claimed, signed as HS512": stack.forged({"alg": "HS256", "typ": "JWT"}, secret, digest=hashlib.sha512),
        "no alg": stack.forged({"typ": "JWT"}, secret),
        "alg is a list": stack.forged({"alg": ["HS256"], "typ": "JWT"}, secret),
        "alg in lower case": stack.forged({"alg": "hs256", "typ": "JWT"}, secret),
        "crit with something unknown": stack.forged(
            {"alg": "HS256", "crit": ["http://x/y"], "http://x/y": True}, secret
        ),
        f"{public['alg']} claimed, signed with the secret": stack.forged({"alg": public["alg"], "kid": kid}, secret),
        "claims are a list": stack.forged({"alg": "HS256", "typ": "JWT"}, secret, []),
        "claims are a string": stack.forged({"alg": "HS256", "typ": "JWT"}, secret, "admin"),
        "another sub, signature kept": f"{head}.{encoded(stack.claims() | {'sub': stack.stranger.id})}.{signature}",
        "signature changed": f"{head}.{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        "signature missing": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "four parts": f"{good}.x",
        "a dot": ".",
        "two dots": "..",
        "garbage": "garbage",
        "garbage in three parts": "YQ.Yg.Yw",
        "a session's token instead of a JWT": stack.user.session,
        **{
            f"alg {name!r}": f"{encoded({'alg': name, 'typ': 'JWT'})}.{body}."
            for name in ("none", "None", "NONE", "nOnE", "")
        },
        "alg 'none' with a signature": stack.forged({"alg": "none"}, secret),
        **{
            f"HS256 signed with the public key ({form})": stack.forged({"alg": "HS256", "typ": "JWT"}, key)
            for form, key in published.items()
        },
        **{
            f"the same, with its kid ({form})": stack.forged({"alg": "HS256", "kid": kid}, key)
            for form, key in published.items()
        },
    }
    for name, token in tokens.items():
        yield f"refused: {name}", lambda token=token: unauthorized(call("GET", stack.tasks, bearer=token))

    # A valid token is no key to another's writes when the rest is forged, so the other methods are asked as well.
    def every_method():
        bad = tokens["another secret"]
        for method, url, body in (
            ("POST", stack.tasks, {"title": "x"}),
            ("GET", f"{stack.tasks}/1", None),
            ("PUT", f"{stack.tasks}/1", {"title": "x"}),
            ("PATCH", f"{stack.tasks}/1", {"title": "x"}),
            ("DELETE", f"{stack.tasks}/1", None),
        ):
            unauthorized(call(method, url, bearer=bad, json_body=body))

    yield "refused: a forged token by every method", every_method


def presented(stack: Stack):
    """A good token in the wrong place."""
    token = stack.token()
    yield "refused: no token", lambda: unauthorized(call("GET", stack.tasks), token_sent=False)
    for name in ("token", "access_token", "authorization", "jwt"):
        yield (
            f"refused: the token in the query as {name}",
            lambda name=name: unauthorized(
                call("GET", f"{stack.tasks}?{urlencode({name: token})}"), token_sent=False
            ),
        )
    for name, headers in {
        "in a cookie": {"Cookie": f"better-auth.session_token={token}; token={token}"},
        "as Basic": {"Authorization": "Basic " + base64.b64encode(token.encode()).decode()},
        "as bytes that are no ASCII": {"Authorization": f"Bearer {token}\u00e9"},
        "without a scheme": {"Authorization": token},
        "in X-Authorization": {"X-Authorization": f"Bearer {token}"},
        "an empty bearer": {"Authorization": "Bearer "},
        "only the scheme": {"Authorization": "Bearer"},
    }.items():
        yield (
            f"refused: the token {name}",
            lambda headers=headers: unauthorized(call("GET", stack.tasks, headers=headers), token_sent=False),
        )

    def says_nothing():
        marker = secrets.token_hex(24)
        answer = call("GET", stack.tasks, bearer=stack.token({"sub": marker}, key=marker * 2))
        unauthorized(answer)
        told = answer.text + str(answer.headers)
        holds(
            marker not in told and stack.secret not in told, "the answer repeats nothing of the token or the secret"
        )

    yield "a refusal repeats nothing of the token", says_nothing


def foreign_keys(stack: Stack):
    """Tokens that bring their own key, or say where one can be fetched. Nothing may be asked of the attacker."""
    attacker = Attacker()
    ed, p256, p2048 = (
        ed25519.Ed25519PrivateKey.generate(),
        ec.generate_private_key(ec.SECP256R1()),
        rsa.generate_private_key(65537, 2048),
    )
    for key in (ed, p256, p2048):
        attacker.publish(key.public_key())
    kid = stack.jwks()[0]["kid"]
    own = attacker.keys[0]
    tokens = {
        "EdDSA of an unknown key, no kid": stack.token(key=ed, algorithm="EdDSA"),
        "EdDSA of an unknown key, auth's kid": stack.token(key=ed, algorithm="EdDSA", headers={"kid": kid}),
        "EdDSA of an unknown key, unknown kid": stack.token(key=ed, algorithm="EdDSA", headers={"kid": own["kid"]}),
        "kid is a path": stack.token(key=ed, algorithm="EdDSA", headers={"kid": "../../../../dev/null"}),
        "kid is SQL": stack.token(key=ed, algorithm="EdDSA", headers={"kid": SQL[0]}),
        "kid is 10 kB": stack.token(key=ed, algorithm="EdDSA", headers={"kid": "k" * 10_000}),
        "kid is a number": unsigned_kid(stack, ed, 7),
        "ES256 of an unknown key": stack.token(key=p256, algorithm="ES256", headers={"kid": kid}),
        "RS256 of an unknown key": stack.token(key=p2048, algorithm="RS256", headers={"kid": kid}),
        "PS256 of an unknown key": stack.token(key=p2048, algorithm="PS256", headers={"kid": kid}),
        "jwk in the header": stack.token(key=ed, algorithm="EdDSA", headers={"jwk": own}),
        "jwk in the header, auth's kid": stack.token(key=ed, algorithm="EdDSA", headers={"jwk": own, "kid": kid}),
        "jku of the attacker": stack.token(
            key=ed, algorithm="EdDSA", headers={"jku": attacker.url, "kid": own["kid"]}
        ),
        "x5u of the attacker": stack.token(
            key=ed, algorithm="EdDSA", headers={"x5u": attacker.url, "kid": own["kid"]}
        ),
        "issuer is the attacker": stack.token(
            {"iss": attacker.origin, "aud": attacker.origin}, key=ed, algorithm="EdDSA", headers={"kid": own["kid"]}
        ),
    }
    for name, token in tokens.items():
        yield f"refused: {name}", lambda token=token: unauthorized(call("GET", stack.tasks, bearer=token))

    def unknown_kids():
        for _ in range(30):
            token = stack.token(key=ed, algorithm="EdDSA", headers={"kid": secrets.token_hex(8)})
            unauthorized(call("GET", stack.tasks, bearer=token))
        expect(call("GET", stack.tasks, bearer=stack.user.issued("token")), 200)

    yield "after 30 unknown kids auth's own token is still accepted", unknown_kids

    def never_asked():
        attacker.close()
        same(attacker.requests, [], "the requests that reached the attacker")

    yield "the attacker's server was never asked for a key", never_asked


def unsigned_kid(stack: Stack, key, kid) -> str:
    """PyJWT refuses to make a kid that is no string."""
    text = f"{encoded({'alg': 'EdDSA', 'kid': kid})}.{encoded(stack.claims())}"
    return f"{text}.{base64url(key.sign(text.encode()))}"


class Attacker:
    def __init__(self):
        self.requests, self.keys = [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                body = json.dumps({"keys": outer.keys}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.origin}/api/auth/jwks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, key) -> None:
        algorithm = {
            "Ed25519PublicKey": "OKPAlgorithm",
            "EllipticCurvePublicKey": "ECAlgorithm",
            "RSAPublicKey": "RSAAlgorithm",
        }
        kind = next(
            name
            for name in algorithm
            if isinstance(
                key,
                {
                    "Ed25519PublicKey": ed25519.Ed25519PublicKey,
                    "EllipticCurvePublicKey": ec.EllipticCurvePublicKey,
                    "RSAPublicKey": rsa.RSAPublicKey,
                }[name],
            )
        )
        jwk = json.loads(getattr(jwt.algorithms, algorithm[kind]).to_jwk(key))
        self.keys.append(jwk | {"kid": secrets.token_hex(16)})

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
