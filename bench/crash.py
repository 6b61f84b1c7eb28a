"""Ready again after `kill -9` with 1,000 bots that should run: from the start of the new process, until it is ready and all run."""

import tempfile
import time
from pathlib import Path

from bench.ground import spec
from bench.living import Service, until
from bench.row import Row, program

BAR_S = 5.0


def recoveries(bots: int, repeats: int) -> list[tuple[float, float]]:
    """Return, for each kill, the seconds until the service is ready, and from there until all bots run."""
    with tempfile.TemporaryDirectory() as home:
        service = Service(Path(home))
        try:
            service.up("--no-demo")
            service.post("/api/v1/bots/apply", [spec(number, cycle={"every_s": 1.0}) for number in range(bots)])
            service.post("/api/v1/operations", {"action": "start", "all": True})
            until(lambda: service.running() == bots)
            return [_recovery(service, bots) for _ in range(repeats)]
        finally:
            service.down()


def _recovery(service: Service, bots: int) -> tuple[float, float]:
    service.kill()
    ready_s = service.up("--no-demo")
    began = time.monotonic()
    until(lambda: service.running() == bots)
    return ready_s, time.monotonic() - began


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    bots, repeats = (100, 1) if quick else (1000, 7)
    found = recoveries(bots, repeats)
    ready_s, running_s = (max(times) for times in zip(*found, strict=True))
    worst_s = max(map(sum, found))
    name = f"kill -9 with {bots:,} bots"
    return [
        Row(f"{name}, ready again", f"the worst of {repeats}, from process start", f"{ready_s:.2f} s", "5 s", ready_s <= BAR_S),
        Row(f"{name}, all RUNNING", f"from ready: {running_s:.2f} s more", f"{worst_s:.2f} s", "5 s", worst_s <= BAR_S),
    ]


if __name__ == "__main__":
    program(measure)
