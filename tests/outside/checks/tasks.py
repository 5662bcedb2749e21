"""Whose task it is, and that no change of it gets lost or happens twice."""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor

from .stack import Stack, add, call, expect, holds, listed, problem, same
from .text import SQL


def owners(stack: Stack):
    task = add(stack, stack.user, title=f"mine {secrets.token_hex(8)}", description="private")
    url = f"{stack.tasks}/{task['id']}"

    def other(method, body=None, headers=None, target=url):
        return call(method, target, bearer=stack.stranger.bearer, json_body=body, headers=headers)

    def same_as_made_up(method, body=None, headers=None):
        answer = problem(other(method, body, headers), 404)
        last = task["id"][-1]
        made_up = f"{stack.tasks}/{task['id'][:-1]}{'0' if last != '0' else '1'}"
        wanted = problem(other(method, body, headers, made_up), 404)
        for field in ("type", "title", "detail"):
            same(
                answer.json[field].replace(task["id"], "ID"),
                wanted.json[field].replace(made_up.rsplit("/", 1)[1], "ID"),
                field,
            )
        holds(task["title"] not in answer.text, "the answer does not show the task")

    etag = {"If-Match": expect(call("GET", url, bearer=stack.user.bearer), 200).headers["etag"]}
    for method, body in (
        ("GET", None),
        ("PUT", {"title": "stolen"}),
        ("PATCH", {"title": "stolen"}),
        ("DELETE", None),
    ):
        yield (
            f"another user's task: {method} answers 404, as for a made-up id",
            lambda method=method, body=body: same_as_made_up(method, body),
        )
        yield (
            f"another user's task: {method} with a fitting If-Match as well",
            lambda method=method, body=body: same_as_made_up(method, body, etag),
        )
        yield (
            f"another user's task: {method} with a stale If-Match as well",
            lambda method=method, body=body: same_as_made_up(method, body, {"If-Match": '"0"'}),
        )

    def unseen():
        ids = [found["id"] for found in listed(stack, stack.stranger)]
        holds(task["id"] not in ids, "the other user's list does not hold it")
        same(listed(stack, stack.stranger, q=task["title"]), [], "what the other user's search finds")
        answer = call("GET", stack.tasks, bearer=stack.stranger.bearer)
        same(answer.headers["x-total-count"], str(len(answer.json)), "X-Total-Count of the other user")

    yield "another user's task: not in the list, the search or the count", unseen

    def untouched():
        same(expect(call("GET", url, bearer=stack.user.bearer), 200).json, task, "the task")

    yield "another user's task: its owner finds it as it was", untouched

    def own_field():
        for field in ("owner", "owner_id", "user_id", "sub", "id"):
            answer = call(
                "POST", stack.tasks, bearer=stack.stranger.bearer, json_body={"title": "x", field: stack.user.id}
            )
            problem(answer, 422)

    yield "a task cannot be made for somebody else by a field", own_field


def lost_updates(stack: Stack):
    user = stack.user

    def read(url):
        answer = expect(call("GET", url, bearer=user.bearer), 200)
        holds(re.fullmatch(r'"[^"]+"', answer.headers["etag"] or ""), "a task has a strong ETag")
        return answer

    def stale():
        url = f"{stack.tasks}/{add(stack, user)['id']}"
        old = read(url).headers["etag"]
        changed = call("PUT", url, bearer=user.bearer, json_body={"title": "first"}, headers={"If-Match": old})
        new = expect(changed, 200).headers["etag"]
        holds(new and new != old, "an update changes the ETag")
        same(read(url).headers["etag"], new, "the ETag read after that")
        for method, body in (("PUT", {"title": "second"}), ("PATCH", {"title": "second"}), ("DELETE", None)):
            for tag in (old, '"no such version"', f"W/{new}"):
                problem(call(method, url, bearer=user.bearer, json_body=body, headers={"If-Match": tag}), 412)
        same(read(url).json["title"], "first", "the title")
        expect(
            call(
                "PATCH", url, bearer=user.bearer, json_body={"completed": True}, headers={"If-Match": f'"x", {new}'}
            ),
            200,
        )
        expect(call("PATCH", url, bearer=user.bearer, json_body={"title": "any"}, headers={"If-Match": "*"}), 200)
        expect(call("DELETE", url, bearer=user.bearer, headers={"If-Match": read(url).headers["etag"]}), 204)
        expect(call("GET", url, bearer=user.bearer), 404)

    yield "a stale If-Match is 412 for PUT, PATCH and DELETE, and changes nothing", stale

    def race():
        url = f"{stack.tasks}/{add(stack, user)['id']}"
        tag = read(url).headers["etag"]

        def write(number):
            return call(
                "PATCH", url, bearer=user.bearer, json_body={"title": f"writer {number}"}, headers={"If-Match": tag}
            )

        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(write, range(24)))
        won = [answer for answer in answers if answer.status == 200]
        same(sorted(answer.status for answer in answers), [200] + [412] * 23, "the answers to 24 writers at once")
        same(read(url).json["title"], won[0].json["title"], "the title")

    yield "of 24 writers at once with the same If-Match one wins", race

    def unconditional():
        url = f"{stack.tasks}/{add(stack, user)['id']}"
        with ThreadPoolExecutor(12) as pool:
            answers = list(
                pool.map(
                    lambda n: call("PATCH", url, bearer=user.bearer, json_body={"title": f"writer {n}"}), range(24)
                )
            )
        same({answer.status for answer in answers}, {200}, "the answers")
        same(len({answer.headers["etag"] for answer in answers}), 24, "the number of versions")

    yield "24 writers without If-Match make 24 versions", unconditional

    def unchanged():
        url = f"{stack.tasks}/{add(stack, user)['id']}"
        tag = read(url).headers["etag"]
        answer = expect(call("GET", url, bearer=user.bearer, headers={"If-None-Match": tag}), 304)
        same(answer.body, b"", "the body of a 304")
        same(answer.headers["etag"], tag, "the ETag of a 304")
        expect(call("GET", url, bearer=user.bearer, headers={"If-None-Match": '"other"'}), 200)

    yield "If-None-Match: 304 without a body", unchanged


def idempotency(stack: Stack):
    user = stack.user

    def create(key, title="once", who=user):
        return call(
            "POST", stack.tasks, bearer=who.bearer, json_body={"title": title}, headers={"Idempotency-Key": key}
        )

    def replayed():
        key = secrets.token_urlsafe(16)
        first, again = expect(create(key), 201), expect(create(key), 201)
        same(again.json, first.json, "the second answer")
        same(again.headers["location"], first.headers["location"], "its Location")
        same(again.headers["idempotency-replayed"], "true", "Idempotency-Replayed")
        same(first.headers["idempotency-replayed"], None, "Idempotency-Replayed of the first answer")
        problem(create(key, "something else"), 422)
        same(len([task for task in listed(stack, user) if task["id"] == first.json["id"]]), 1, "the number of tasks")

    yield "the same Idempotency-Key gives the same answer, with another body 422", replayed

    def owned():
        key = secrets.token_urlsafe(16)
        first, other = expect(create(key), 201), expect(create(key, who=stack.stranger), 201)
        holds(first.json["id"] != other.json["id"], "another user's key is another key")
        same(other.headers["idempotency-replayed"], None, "Idempotency-Replayed for the other user")

    yield "an Idempotency-Key belongs to its user", owned

    def at_once():
        key, title = secrets.token_urlsafe(16), f"at once {secrets.token_hex(4)}"
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda _: create(key, title), range(12)))
        holds(
            {answer.status for answer in answers} <= {201, 409},
            f"each is 201 (or 409 while another runs): {[a.status for a in answers]}",
        )
        same(len({answer.json["id"] for answer in answers if answer.status == 201}), 1, "the number of ids")
        same(len(listed(stack, user, q=title)), 1, "the number of tasks")

    yield "twelve creations at once with one key make one task", at_once

    def bad_keys():
        for key in ("k" * 256, "two words", "", "caf\u00e9"):
            answer = create(key.encode("utf-8").decode("latin-1"))
            expect(answer, 400, 422)
        expect(create("k" * 200 + secrets.token_hex(27) + "!"), 201)
        expect(create(SQL[1].replace(" ", "-") + secrets.token_hex(8)), 201)

    yield "an Idempotency-Key has 1 to 255 visible characters", bad_keys
