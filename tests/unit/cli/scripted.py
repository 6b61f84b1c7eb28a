"""A real HTTP server on loopback that answers the command line by a script."""

import json
import threading
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer.main import get_command

from styrman.cli.main import app


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: object


@dataclass(frozen=True)
class Said:
    """An answer of the script."""

    body: object = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


Script = Said | Callable[[Asked], Said]


class ScriptedService:
    """Answers each (method, path under /api/v1) by its script, in turn where there are several; the last one stays."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._scripts: dict[tuple[str, str], list[Script]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="scripted-service")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def on(self, method: str, path: str, *scripts: Script) -> None:
        self._scripts[method, f"/api/v1{path}" if path != "/livez" else path] = list(scripts)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        scripts = self._scripts.get((asked.method, asked.path))
        if not scripts:
            return problem(404, f"No script for {asked.method} {asked.path}")
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        return script if isinstance(script, Said) else script(asked)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def serve(self) -> None:
                target = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(
                    self.command, target.path, dict(parse_qsl(target.query)), dict(self.headers), json.loads(body) if body else None
                )
                said = service.answer(asked)
                payload = said.raw if said.raw is not None else json.dumps(said.body).encode()
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                if said.status != 204:
                    self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload if said.status != 204 else b"")

            do_GET = do_POST = do_PUT = do_DELETE = serve  # noqa: N815 - the library's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
                pass

        return Handler


def problem(status: int, detail: str, **more: object) -> Said:
    """Return an RFC 9457 answer."""
    return Said({"type": "about:blank", "title": "Error", "status": status, "detail": detail, **more}, status)


@dataclass(frozen=True)
class Ended:
    """How a command line ended, and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str


class Cli:
    """Runs a command line in this process, without a terminal. The tree of commands is built once: that takes 20 ms."""

    _TREE = get_command(app)

    def __call__(self, *args: str, stdin: str = "") -> Ended:
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err), patch("sys.stdin", StringIO(stdin)), pytest.raises(SystemExit) as ended:
            self._TREE.main(args, prog_name="styrman")
        return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())
