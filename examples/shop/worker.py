"""Works off a queue. Now and then an order names an article that cannot be right."""

import itertools
import sys
import time
import traceback

from serving import say, work


def parse_sku(text):
    shelf, _, number = text.partition("-")
    if not number.isdigit():
        raise ValueError(f"bad sku {text!r}")
    return shelf, int(number)


def reserve_stock(order):
    return [parse_sku(sku) for sku in order["articles"]]


def handle(order):
    reserve_stock(order)
    say(f"job {order['id']} done: {len(order['articles'])} articles reserved")


ORDERS = [["A-17"], ["B-4", "C-12"], ["A-1x"], ["D-9"], ["A-17", "B-4", "D-2"]]

say("connected to redis, queues: mail, stock")
for number, articles in enumerate(itertools.cycle(ORDERS)):
    order = {"id": f"{0x9F30 + number:x}", "articles": articles}
    time.sleep(1.3)
    say(f"picked job {order['id']} queue=stock")
    time.sleep(0.3)
    work(0.05 * (number % 5))
    try:
        handle(order)
    except ValueError:
        traceback.print_exc()
        sys.stderr.flush()
        say(f"WARNING retry 2 of 5 in 4s job={order['id']} queue=stock")
