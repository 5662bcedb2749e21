from flask import Flask

app = Flask(__name__)
RATES = {"EUR": 1.0}


@app.get("/health")
def health():
    return "ok"


@app.get("/<currency>")
def price(currency):
    return str(RATES[currency.upper()])
