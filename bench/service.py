"""The idle service: the memory of `styrman up` without bots and with the three demo bots, beside a bare FastAPI application's."""

import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bench.ground import pss_bytes
from bench.living import Service, until
from bench.row import Row, program

BAR_BYTES = 110e6
BARE = "import fastapi, uvicorn; uvicorn.run(fastapi.FastAPI(), port=0, log_level='warning')"


def bare() -> float:
    """Return the bytes of a FastAPI application that does nothing."""
    with subprocess.Popen([sys.executable, "-c", BARE]) as process:
        try:
            until(lambda: _listens(process.pid))
            time.sleep(0.5)
            return pss_bytes(process.pid)
        finally:
            process.terminate()


def _listens(pid: int) -> bool:
    """Whether the process holds a socket beside those that asyncio makes for itself."""
    sockets = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since it was listed: the process is still importing
            sockets += str(each.readlink()).startswith("socket:")
    return sockets > 2


def ours(rest_s: float, *, demo: bool) -> float:
    """Return the bytes of the service, its worker processes too, once it has run for a while."""
    with tempfile.TemporaryDirectory() as home:
        service = Service(Path(home))
        try:
            service.up("--demo" if demo else "--no-demo")
            if demo:
                until(lambda: service.running() == 3)
            time.sleep(rest_s)
            children = Path(f"/proc/{service.pid}/task/{service.pid}/children").read_text().split()
            return pss_bytes(service.pid) + sum(map(pss_bytes, children))
        finally:
            service.down()


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    rest_s = 1.0 if quick else 5.0
    reference = f"bare FastAPI and uvicorn: {bare() / 1e6:.0f} MB"
    taken = {"service idle, no bots": ours(rest_s, demo=False), "service with the three demo bots": ours(rest_s, demo=True)}
    return [Row(what, reference, f"{bytes_ / 1e6:.0f} MB", "110 MB", bytes_ <= BAR_BYTES) for what, bytes_ in taken.items()]


if __name__ == "__main__":
    program(measure)
