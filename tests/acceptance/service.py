"""The real program on a home of its own: started, killed, started again, asked over HTTP. It knows nothing of what is tested."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict

import httpx
import psutil  # type: ignore[import-untyped] # it has no stubs

PROGRAM = Path(sys.executable).with_name("styrman")
TOKEN = "a-token-for-acceptance-tests-of-32-characters-and-more"
BELOW_EPHEMERAL = range(20_000, 32_000)  # ports that no outgoing connection takes while the service is down
START_S = 30.0  # a busy machine may take a while to import; the tests of promptness measure by themselves


class Bot(TypedDict):
    """A bot, as the API shows it: what the tests look at."""

    id: str
    desired: str
    observed: str
    generation: int
    observed_generation: int
    run_id: str | None
    cycle_count: int
    restarts: int
    last_error: Mapping[str, str] | None
    positions: Sequence[Mapping[str, str]]
    working_orders: Sequence[Mapping[str, str]]
    unresolved_orders: int


class NotInTime(AssertionError):
    """What was waited for did not come; the message says how things stood."""


def until(holds: Callable[[], bool], *, within_s: float, what: Callable[[], str], every_s: float = 0.02) -> float:
    """Return how long it took until something holds, in another process, whose events we can't await; NotInTime after `within_s`."""
    began, pause = time.monotonic(), threading.Event()
    while not holds():
        if time.monotonic() - began > within_s:
            raise NotInTime(f"not within {within_s:g} s: {what()}")
        pause.wait(every_s)
    return time.monotonic() - began


def free_port() -> int:
    """Return a loopback port that nobody listens on, and that stays free while a killed service comes back."""
    while True:
        with socket.socket() as probe:
            port = random.choice(BELOW_EPHEMERAL)  # noqa: S311 - any will do
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment without a setting of its own, with these changes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STYRMAN_", "COV_"))}
    return kept | {"NO_COLOR": "1"} | changes


class Service:
    """One home folder and the process that runs on it, if any. Leaving the context kills the process."""

    def __init__(self, home: Path, *, config: str = "", env: Mapping[str, str] | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        (home / "config.toml").write_text(config)
        self.home, self.port = home, free_port()
        self.log = home.with_suffix(".log")
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
        self._env = environment(STYRMAN_ADMIN_TOKEN=TOKEN, STYRMAN_LOG__FORMAT="json", **(env or {}))
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process is not None:
            self.kill()
        self.http.close()

    # ------------------------------------------------------------ the process

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        with self.log.open("ab") as log:
            command = [str(PROGRAM), "up", "--home", str(self.home), "--port", str(self.port), "--no-demo"]
            self.process = subprocess.Popen(command, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self) -> Self:
        """Start the process; return when it is ready."""
        self.spawn()
        until(self.is_ready, within_s=START_S, what=lambda: f"ready; the log ends: {self.last_words()}")
        return self

    def kill(self) -> float:
        """End the process with SIGKILL; return the monotonic time at which it was certainly dead."""
        self._running.kill()
        self._running.wait(10)
        self.process = None
        return time.monotonic()

    def stop(self, *, within_s: float = 25.0) -> int:
        """End the process with SIGTERM; return its exit code."""
        self._running.send_signal(signal.SIGTERM)
        code = self._running.wait(within_s)
        self.process = None
        return code

    def is_ready(self) -> bool:
        """Whether /readyz says so; AssertionError where the process has ended instead."""
        assert self._running.poll() is None, f"the service ended with {self._running.returncode}: {self.last_words()}"
        try:
            return self.http.get("/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def last_words(self) -> str:
        """Return the end of what the process wrote."""
        return self.log.read_text(errors="replace")[-1500:] if self.log.exists() else "nothing"

    @property
    def figures(self) -> psutil.Process:
        """The process, for its memory, handles and threads."""
        return psutil.Process(self._running.pid)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process is not None, "the service is not running"
        return self.process

    # ------------------------------------------------------------ the API

    def get(self, path: str, **params: str | int | Sequence[str]) -> httpx.Response:
        """Return the answer to a GET below /api/v1, which must be 200."""
        answer = self.http.get(f"/api/v1{path}", params=params)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer

    def post(self, path: str, body: object = None) -> httpx.Response:
        """Return the answer to a POST below /api/v1, which must be a success."""
        answer = self.http.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer

    def bots(self, *observed: str) -> dict[str, Bot]:
        """Return the bots in these states, else all, by id: up to a thousand."""
        listed: list[Bot] = self.get("/bots", limit=1000, state=observed).json()["items"]
        return {bot["id"]: bot for bot in listed}

    def bot(self, bot_id: str) -> Bot:
        """Return one bot."""
        seen: Bot = self.get(f"/bots/{bot_id}").json()
        return seen

    def apply(self, specs: Sequence[Mapping[str, object]]) -> None:
        """Create bots."""
        self.post("/bots/apply", list(specs))

    def operate(self, action: str, *, within_s: float = 60.0, **which: object) -> None:
        """Command many bots (all of them unless told otherwise); return when all have arrived."""
        operation = self.post("/operations", {"action": action, "reason": "test", **(which or {"all": True})}).json()
        path = f"/operations/{operation['id']}"
        until(lambda: bool(self.get(path).json()["finished_at"]), within_s=within_s, what=lambda: self.get(path).text)
        assert self.get(path).json()["failed"] == 0


def spec(bot_id: str, strategy: str, **more: object) -> dict[str, object]:
    """Return a spec on the built-in venue."""
    return {"id": bot_id, "strategy": strategy, "venue": "sim", "instruments": ["BTC/USDT"], **more}


def idle(bot_id: str, *, every_s: float = 1.0, **more: object) -> dict[str, object]:
    """Return the spec of a bot that does nothing, this often."""
    return spec(bot_id, "idle", cycle={"every_s": every_s}, **more)
