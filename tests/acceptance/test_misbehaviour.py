"""Strategies that do what no strategy should, each as a bot of its own beside fifty healthy ones: only their own bots suffer."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import JsonValue

from acceptance.service import Bot, Service, idle, spec, until
from styrman import BotManagerAsync, Context, Settings
from styrman.config import SupervisionSettings
from styrman.errors import BotQuarantined

FILES = Path(__file__).with_name("misbehaving.py")
DEADLINE_S = 2.0
CONFIG = f"[compute]\ndeadline_s = {DEADLINE_S}\nworkers = 2\nmemory_mb = 256\n"
OFTEN: dict[str, JsonValue] = {"venue": "sim", "instruments": ["BTC/USDT"], "cycle": {"every_s": 0.05}}
HEALTHY, EVERY_S, WATCH_S = 50, 0.2, 12.0


@dataclass(frozen=True)
class Fate:
    """What becomes of a bot: where it ends, and the error that says why."""

    strategy: str
    observed: frozenset[str]
    error: str | None = None  # its type
    says: str = ""

    @property
    def bot_id(self) -> str:
        return self.strategy.replace("_", "-")

    def has_met(self, bot: Bot) -> bool:
        error = bot["last_error"]
        if self.error is None:
            return error is None and bot["observed"] in self.observed and bot["cycle_count"] > 5 and not bot["working_orders"]
        if error is None or bot["observed"] not in self.observed:
            return False
        return (error["class"], error["type"]) == ("programming", self.error) and self.says in error["message"]


DOWN = frozenset({"BACKOFF", "FAILED", "STARTING", "RUNNING"})  # it is restarted until the policy gives up
FAILED, UP = frozenset({"FAILED"}), frozenset({"RUNNING"})
FATES = (
    Fate("raises", FAILED, "ValueError", "boom"),
    Fate("loops_sync", DOWN, "ComputeTimeout", f"within {DEADLINE_S:g} s"),
    Fate("loops_async", DOWN, "ComputeTimeout", f"within {DEADLINE_S:g} s"),
    Fate("swallows_cancellation", DOWN, "ComputeTimeout", f"within {DEADLINE_S:g} s"),
    Fate("calls_sys_exit", FAILED, "StrategyError", "SystemExit"),
    Fate("returns_the_wrong_length", FAILED, "StrategyError", "one value a candle"),
    Fate("eats_memory", FAILED, "MemoryError"),
    Fate("leaves_at_once", FAILED, "WorkerDied", "exit code 3"),
    Fate("returns_nan", UP),
    Fate("plans_nan", UP),
    Fate("sleeps_sync", UP),
    Fate("sleeps_async", UP),
)


@contextmanager
def calling(service: Service) -> Iterator[list[float]]:
    """Ask the API all the time, as a dashboard would; gives how long each answer took, in seconds."""
    took: list[float] = []
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.02):
            began = time.monotonic()
            service.bot("healthy-07")
            took.append(time.monotonic() - began)

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        try:
            yield took
        finally:
            over.set()
            asking.result()


@pytest.fixture
def misbehaving(make_service: Callable[..., Service]) -> Service:
    service = make_service(CONFIG)
    folder = service.home / "strategies"
    folder.mkdir()
    (folder / "misbehaving.py").write_text(FILES.read_text())
    service.start()
    service.apply([idle(f"healthy-{number:02}", every_s=EVERY_S) for number in range(HEALTHY)])
    service.apply([spec(fate.bot_id, fate.strategy, cycle={"every_s": 0.5}) for fate in FATES])
    return service


def test_only_its_own_bot_suffers(misbehaving: Service) -> None:
    healthy = [f"healthy-{number:02}" for number in range(HEALTHY)]
    misbehaving.operate("start", ids=healthy)
    misbehaving.post("/operations", {"action": "start", "ids": [fate.bot_id for fate in FATES], "reason": "let us see"})
    before, began = misbehaving.bots(), time.monotonic()
    with calling(misbehaving) as took:
        until(lambda: not unmet(misbehaving), within_s=40, every_s=0.25, what=lambda: str(unmet(misbehaving)))
        threading.Event().wait(max(0.0, WATCH_S - (time.monotonic() - began)))
        watched_s, after = time.monotonic() - began, misbehaving.bots()
    cycles = [after[bot_id]["cycle_count"] - before[bot_id]["cycle_count"] for bot_id in healthy]
    took.sort()

    assert min(cycles) >= 0.7 * watched_s / EVERY_S, (min(cycles), watched_s)
    assert {after[bot_id]["restarts"] for bot_id in healthy} == {0}
    assert took[len(took) // 2] < 0.3
    assert took[int(len(took) * 0.95)] < 1.5
    assert misbehaving.get("/system").json()["ready"]


def unmet(service: Service) -> dict[str, str]:
    """Return the bots whose fate has not met them yet, each with what is seen of it instead."""
    bots = {fate: service.bot(fate.bot_id) for fate in FATES}
    return {
        fate.bot_id: f"{bot['observed']} {bot['cycle_count']} {bot['last_error']}" for fate, bot in bots.items() if not fate.has_met(bot)
    }


async def test_a_main_of_ours_that_swallows_cancellation_is_quarantined_and_nothing_runs_beside_it(tmp_path: Path) -> None:
    let_go, entered = asyncio.Event(), 0

    async def swallow(ctx: Context) -> None:
        nonlocal entered
        del ctx
        entered += 1
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    settings = Settings(home=tmp_path, profile="embedded", supervision=SupervisionSettings(cancel_at_s=(0.0, 0.1, 0.2), quarantine_s=0.4))
    async with asyncio.timeout(30), BotManagerAsync(settings) as manager:
        manager.register("swallow", swallow)
        await manager.create_bot(OFTEN | {"id": "stuck", "main": "swallow"})
        await manager.create_bot(OFTEN | {"id": "other", "strategy": "idle"})
        await manager.start_bot("stuck", wait_s=10)
        await manager.start_bot("other", wait_s=10)
        await cycles(manager, "other", 2)
        await manager.stop_bot("stuck", wait_s=10)
        stuck = await manager.get_status("stuck")
        with pytest.raises(BotQuarantined):
            await manager.start_bot("stuck")
        seen = (await manager.get_status("other")).cycle_count
        await cycles(manager, "other", seen + 5)
        let_go.set()
        await manager.reset_bot("stuck", wait_s=10)
        after = await manager.get_status("stuck")

    assert stuck.observed == "QUARANTINED"
    assert entered == 1
    assert after.observed == "STOPPED"


async def cycles(manager: BotManagerAsync, bot_id: str, wanted: int) -> None:
    """Return once a bot has ended so many cycles."""
    while (await manager.get_status(bot_id)).cycle_count < wanted:
        await asyncio.to_thread(threading.Event().wait, 0.02)
