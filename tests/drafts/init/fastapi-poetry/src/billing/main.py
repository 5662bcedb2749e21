from fastapi import FastAPI

app = FastAPI(title="billing")


@app.get("/healthz")
def healthz():
    return {"ok": True}
