"""Text that looks like SQL, and other text that is no ordinary one: it comes back as it was sent, or is refused."""

import secrets
from urllib.parse import quote

from .stack import Stack, add, call, expect, holds, listed, problem, same

SQL = (
    "Robert'); DROP TABLE tasks;--",
    "' OR '1'='1",
    "'; UPDATE tasks SET completed = true; --",
    '" UNION SELECT name, password FROM users --',
    "$1 ? :name @p %s \\' \\\\ $$; /* */",
    "1; SELECT pg_sleep(10)--",
)


def sql(stack: Stack):
    user = stack.user

    def comes_back():
        for text in SQL:
            task = add(stack, user, title=text, description=text)
            read = expect(call("GET", f"{stack.tasks}/{task['id']}", bearer=user.bearer), 200).json
            same((read["title"], read["description"]), (text, text), "the text")
            put = call(
                "PUT",
                f"{stack.tasks}/{task['id']}",
                bearer=user.bearer,
                json_body={"title": text[::-1].strip(), "description": text},
            )
            same(expect(put, 200).json["title"], text[::-1].strip(), "the title after PUT")
            patched = call("PATCH", f"{stack.tasks}/{task['id']}", bearer=user.bearer, json_body={"title": text})
            same(expect(patched, 200).json["title"], text, "the title after PATCH")

    yield "SQL as title and description comes back as text", comes_back

    def search():
        for text in SQL:
            found = listed(stack, user, q=text)
            same([task["title"] for task in found], [text], f"what the search for {text!r} finds")
        same(listed(stack, user, q="no such text' OR ''='"), [], "what an injected search finds")

    yield "SQL as a search finds just the text", search

    def wildcards():
        mark = secrets.token_hex(4)
        for title in (f"{mark} 100% sure", f"{mark} under_score", f"{mark} back\\slash", f"{mark} plain"):
            add(stack, user, title=title)
        for character in ("%", "_", "\\"):
            found = [task["title"] for task in listed(stack, user, q=character) if task["title"].startswith(mark)]
            holds(
                found and all(character in title for title in found),
                f"{character!r} is a character, it found {found}",
            )

    yield "the wildcards of LIKE are characters in a search", wildcards

    def other_places():
        for text in SQL:
            quoted = quote(text, safe="")
            problem(call("GET", f"{stack.tasks}/{quoted}", bearer=user.bearer), 404)
            problem(call("DELETE", f"{stack.tasks}/{quoted}", bearer=user.bearer), 404)
            for name in ("sort", "page", "per_page", "completed"):
                problem(call("GET", f"{stack.tasks}?{name}={quoted}", bearer=user.bearer), 400, 422)

    yield "SQL as an id is 404, as sort, page, per_page or completed 400 or 422", other_places

    def as_user():
        for text in SQL:
            token = stack.token({"sub": text, "email": text, "name": text})
            expect(call("GET", stack.tasks, bearer=token), 200)
            same(call("GET", stack.tasks, bearer=token).json, [], "the list of a user with such an id")

    yield "SQL as the user's id reaches nobody's tasks", as_user

    def to_auth():
        for text in SQL:
            for body in (
                {"email": text, "password": text},
                {"email": f"{secrets.token_hex(4)}@example.com", "password": text},
            ):
                answer = call("POST", f"{stack.auth}/api/auth/sign-in/email", json_body=body)
                expect(answer, 400, 401)
        name = SQL[0]
        account = {"email": f"sql-{secrets.token_hex(8)}@example.com", "password": SQL[0], "name": name}
        created = expect(call("POST", f"{stack.auth}/api/auth/sign-up/email", json_body=account), 200)
        same(created.json["user"]["name"], name, "the name")
        expect(
            call(
                "POST",
                f"{stack.auth}/api/auth/sign-in/email",
                json_body={"email": account["email"], "password": SQL[0]},
            ),
            200,
        )
        answer = call("GET", f"{stack.auth}/api/auth/get-session", bearer=SQL[1])
        same(expect(answer, 200).json, None, "the session of such a token")

    yield "SQL in what auth is sent is text as well", to_auth

    def odd_text():
        for text in ("a\u0000b", "a\u001bb", "a\nb"):
            problem(call("POST", stack.tasks, bearer=user.bearer, json_body={"title": text}), 422)
        answer = call("POST", stack.tasks, bearer=user.bearer, json_body={"title": "x", "description": "a\u0000b"})
        expect(answer, 201, 422)
        answer = call(
            "POST",
            stack.tasks,
            bearer=user.bearer,
            headers={"Content-Type": "application/json"},
            body=b'{"title":"\\ud800"}',
        )
        expect(answer, 400, 422)
        answer = call(
            "POST",
            stack.tasks,
            bearer=user.bearer,
            headers={"Content-Type": "application/json"},
            body=b'{"title":"\xff"}',
        )
        expect(answer, 400, 422)
        for text in ("\U0001f4dd caf\u00e9 \u202e", "e\u0301", "\ufeffx", "\u05d0\u05d1"):
            same(add(stack, user, title=text)["title"], text, "the title")

    yield "control characters are refused, all other text is kept", odd_text
