"""Somebody guesses passwords: told nothing of who has an account, not even by the time it takes, and stopped soon."""

import secrets
import time

from .stack import Stack, User, call, expect, holds, same

# Far more than a person with a bad memory needs, far fewer than a list of passwords has.
MOST_GUESSES = 30


def guesses(stack: Stack):
    def guess(email):
        body = {"email": email, "password": secrets.token_urlsafe(16)}
        started = time.monotonic()
        answer = call("POST", f"{stack.auth}/api/auth/sign-in/email", json_body=body, patient=False)
        return answer, time.monotonic() - started

    def nobody():
        return f"nobody-{secrets.token_hex(8)}@example.com"

    def told_nothing():
        known, times = User(stack.auth), {"known": [], "unknown": []}
        guess(nobody())  # whatever is made ready at the first one
        for _ in range(7):
            (wrong, took), (unknown, took_unknown) = guess(known.email), guess(nobody())
            same((unknown.status, unknown.json), (wrong.status, wrong.json), "the answer to an unknown email")
            times["known"].append(took)
            times["unknown"].append(took_unknown)
        # The quickest of each: other work on the machine only ever adds. Without the hash that nobody has, an unknown
        # email takes a fiftieth.
        known_time, unknown_time = min(times["known"]), min(times["unknown"])
        holds(
            1 / 4 < unknown_time / known_time < 4,
            f"it takes as long: {known_time * 1000:.1f} ms if known, {unknown_time * 1000:.1f} ms if not",
        )

    yield "a wrong password and an unknown email are answered alike, in time too", told_nothing

    def until_stopped(email) -> int:
        for number in range(1, MOST_GUESSES + 1):
            answer, _ = guess(email)
            if answer.status == 429:
                wait = answer.headers["retry-after"] or answer.headers["x-retry-after"] or ""
                holds(wait.isdigit() and int(wait) > 0, f"it says for how long, it says {wait!r}")
                holds("message" in answer.json, "it says so in Better Auth's shape")
                return number
            expect(answer, 401)
        raise AssertionError(f"{MOST_GUESSES} wrong passwords were taken")

    def stopped():
        same(
            until_stopped(nobody()),
            until_stopped(User(stack.auth).email),
            "the guess at which an unknown email is stopped",
        )
        User(stack.auth)  # others still come in

    yield "guessing is stopped, at the same guess for an unknown email", stopped
