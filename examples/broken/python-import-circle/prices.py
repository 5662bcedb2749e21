from orders import Order


def price():
    return len(Order.__name__)
