"""
A checkout in small: the commands and processes that the launcher starts, with nothing behind them.

The launcher is what is tested; gunicorn, uvicorn, Celery and both servers are real.
"""

from pathlib import Path

_MANAGE = """
import os, pathlib, sys, time

command, var = sys.argv[1], pathlib.Path("var")
with (var / "commands").open("a") as file:
    file.write(command + "\\n")
if command in ("relay", "push"):
    while True:
        time.sleep(0.1)
if command == "load_demo":
    (var / "demo.json").write_text("{}")
if command == "migrate":
    import psycopg
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS django_migrations (id int)")
if command == "collectstatic":
    (var / "static" / "shop").mkdir(parents=True, exist_ok=True)
    (var / "static" / "shop" / "main.js").write_text("collected")
if command == "walkthrough":
    import walkthrough
if (var / f"fail-{command}").exists():
    sys.exit(f"{command} broke")
"""
_OMNI = """
import os
from celery import Celery

app = Celery("omni", broker=os.environ["REDIS_URL"], fixups=[])
celery_app = app
"""
_WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]
"""
_ASGI = """
async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
"""
_SANDBOX = """
import http.server, os

class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(os.environ["SANDBOX_PORT"])), Page).serve_forever(poll_interval=0.05)
"""

_FILES = {
    "manage.py": _MANAGE,
    "walkthrough.py": "print('walked')\n",
    "omni/__init__.py": _OMNI,
    "omni/wsgi.py": _WSGI,
    "omni/asgi.py": _ASGI,
    "sandbox/__init__.py": "",
    "sandbox/__main__.py": _SANDBOX,
    "requirements/base.txt": "",
}


def make(root: Path, **files: str) -> Path:
    """Write the checkout; `files` replace modules at its top (`walkthrough="..."`)."""
    for name, text in (_FILES | {f"{name}.py": text for name, text in files.items()}).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
