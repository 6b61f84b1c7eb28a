"""A real `styrman up` in a process of its own, on a home folder and a free port, as an operator runs it; asked over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from bench.ground import PATIENCE_S

TOKEN = "bench-" + "0" * 40
PROGRAM = str(Path(sys.executable).parent / "styrman")


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Service:
    """A service that can be killed and run again on the same home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=PATIENCE_S
        )
        self._running: subprocess.Popen[bytes] | None = None

    def up(self, *flags: str) -> float:
        """Run it; return the seconds from the start of the process until it answers that it is ready."""
        began = time.monotonic()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("STYRMAN_")}
        environment = kept | {"STYRMAN_HOME": str(self.home), "STYRMAN_ADMIN_TOKEN": TOKEN, "STYRMAN_LOG__LEVEL": "error"}
        command = [PROGRAM, "up", "--port", str(self.port), *flags]
        self._running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        until(self._is_ready)
        return time.monotonic() - began

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def down(self) -> None:
        """End it as a person would, and close."""
        self._end(signal.SIGTERM)
        self._client.close()

    @property
    def pid(self) -> int:
        """Its process."""
        if self._running is None:
            raise RuntimeError("the service does not run")
        return self._running.pid

    def get(self, path: str) -> dict[str, object]:
        """Return what it answers."""
        return self._answer(self._client.get(path))

    def post(self, path: str, body: object) -> dict[str, object]:
        """Return what it answers to a command."""
        return self._answer(self._client.post(path, json=body))

    def running(self) -> int:
        """Return how many bots are RUNNING."""
        bots = self.get("/api/v1/system")["bots"]
        return int(bots.get("RUNNING", 0)) if isinstance(bots, dict) else 0

    def _is_ready(self) -> bool:
        if self._running is not None and self._running.poll() is not None:
            raise RuntimeError(f"the service ended with {self._running.returncode}")
        try:
            return self._client.get("/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _answer(self, answer: httpx.Response) -> dict[str, object]:
        if answer.is_error:
            raise RuntimeError(f"{answer.request.url}: {answer.text}")
        told: dict[str, object] = answer.json()
        return told

    def _end(self, how: signal.Signals) -> None:
        if self._running is not None:
            self._running.send_signal(how)
            self._running.wait(PATIENCE_S)
            self._running = None


def until(happened: Callable[[], bool], every_s: float = 0.01) -> None:
    """Return once it has happened. TimeoutError."""
    end = time.monotonic() + PATIENCE_S
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("it did not happen in time")
        time.sleep(every_s)
