"""What event streams cost the server: a thousand bots that run a cycle each second, heard by one client and by twenty.

A real service; the clients, in a process of their own, read and throw away. Rounds of one and of twenty alternate, and what the
bots themselves cost is measured with nobody listening. Also how long the fleet's snapshot takes.
"""

import asyncio
import contextlib
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import fmean

from bench.ground import spec
from bench.living import TOKEN, Service, until
from bench.row import Row, program

CLIENTS = 20
BAR = 1.5
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_REQUEST = f"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {TOKEN}\r\nAccept: text/event-stream\r\n\r\n"


def listen(port: int, count: int, ready: Event) -> None:
    """Keep `count` streams open until the process is ended; `ready` is set once each has heard of a bot."""
    asyncio.run(_listen(port, count, ready))


async def _listen(port: int, count: int, ready: Event) -> None:
    async def one(heard: asyncio.Event) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_REQUEST.encode())
        await reader.readuntil(b"event: bots.delta")
        heard.set()
        while await reader.read(1 << 20):
            pass
        raise ConnectionError("the server closed a stream")

    all_heard = [asyncio.Event() for _ in range(count)]
    reading = [asyncio.ensure_future(one(heard)) for heard in all_heard]
    await asyncio.gather(*(heard.wait() for heard in all_heard))
    ready.set()
    await asyncio.gather(*reading)


@contextmanager
def listeners(port: int, count: int) -> Iterator[None]:
    """Have `count` clients listen meanwhile."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    clients = context.Process(target=listen, args=(port, count, ready), daemon=True)
    clients.start()
    try:
        if not ready.wait(30):
            raise TimeoutError("the clients heard nothing")
        yield
    finally:
        clients.terminate()
        clients.join()


def cpu_s(pid: int) -> float:
    """Return the seconds of processor that a process has taken."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) * _TICK_S


def share(service: Service, seconds: float) -> float:
    """Return the share of a core that the service takes for a while."""
    cpu, began = cpu_s(service.pid), time.monotonic()
    time.sleep(seconds)
    return (cpu_s(service.pid) - cpu) / (time.monotonic() - began)


def shares(service: Service, rounds: int, seconds: float) -> dict[int, float]:
    """Return what nobody, one client and twenty clients cost, on average over the rounds."""
    taken: dict[int, list[float]] = {0: [], 1: [], CLIENTS: []}
    for _ in range(rounds):
        for count, samples in taken.items():
            with listeners(service.port, count) if count else contextlib.nullcontext():
                time.sleep(1)
                samples.append(share(service, seconds))
    return {count: fmean(samples) for count, samples in taken.items()}


def snapshot_ms(service: Service, repeats: int) -> float:
    """Return the least time in which the whole fleet was read."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        service.get("/api/v1/fleet")
        taken.append(time.perf_counter() - began)
    return min(taken) * 1000


def measure(quick: bool) -> list[Row]:  # noqa: FBT001 - see row.program
    bots, rounds, seconds = (200, 1, 1.0) if quick else (1000, 3, 6.0)
    with tempfile.TemporaryDirectory() as home:
        service = Service(Path(home))
        try:
            service.up("--no-demo")
            service.post("/api/v1/bots/apply", [spec(number, cycle={"every_s": 1.0}, capital="1") for number in range(bots)])
            service.post("/api/v1/operations", {"action": "start", "all": True})
            until(lambda: service.running() == bots, every_s=0.2)
            time.sleep(2)
            taken, read_ms = shares(service, rounds, seconds), snapshot_ms(service, 10)
        finally:
            service.down()
    ratio = taken[CLIENTS] / taken[1]
    one = f"one: {taken[1]:.1%} of a core (nobody: {taken[0]:.1%})"
    return [
        Row(f"{CLIENTS} streams of {bots:,} bots at 1 Hz", one, f"{taken[CLIENTS]:.1%} ({ratio:.2f} x)", f"{BAR} x", ratio <= BAR),
        Row(f"GET /fleet, {bots:,} bots", "", f"{read_ms:.0f} ms", "", met=True),
    ]


if __name__ == "__main__":
    program(measure)
