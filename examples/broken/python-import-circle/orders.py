from prices import price


class Order:
    total = price()
