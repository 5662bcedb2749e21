"""What schemathesis cannot know of the services. It changes cases that are meant to be valid, and only where a value
is good once, or only together with another; invalid ones are sent as they were generated. Bodies about which JSON Schema
and Better Auth must disagree are left out. What is checked stands in the .toml files beside it.
"""

import itertools
import time

import schemathesis

# The length of a password: Better Auth counts UTF-16 units, of which an emoji has two; JSON Schema counts characters.
LENGTHS = range(8, 129)

_number = itertools.count()
_run = f"{time.time_ns():x}"
_accounts = []


def fresh() -> str:
    return f"{_run}-{next(_number)}"


@schemathesis.hook
def filter_body(context, body):
    password = body.get("password") if isinstance(body, dict) else None
    if not isinstance(password, str):
        return True
    units = len(password.encode("utf-16-le", "surrogatepass")) // 2
    return (units in LENGTHS) == (len(password) in LENGTHS)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # A key that was used with another body is refused, and shrinking always arrives at the key "0".
    for name in list(case.headers or {}):
        if name.lower() == "idempotency-key":
            case.headers[name] = fresh()
    body, path = case.body, case.operation.path
    if not isinstance(body, dict) or not {"email", "password"} <= body.keys():
        return
    if path.endswith("/sign-up/email"):
        # An account exists once for each address.
        body["email"] = f"case-{fresh()}@example.com"
        _accounts.append((body["email"], body["password"]))
    elif path.endswith("/sign-in/email") and _accounts and next(_number) % 2:
        # The other half is people that nobody knows.
        body["email"], body["password"] = _accounts[-1]
