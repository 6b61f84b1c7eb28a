"""What is to be flat becomes flat and stays so, whatever the strategy wants meanwhile; only a resume or a new target trades it again."""

import asyncio
from collections.abc import AsyncIterator
from itertools import cycle
from pathlib import Path

import pytest
from pydantic import JsonValue

from styrman import BotManagerAsync, Context, Plan, Settings

SPEC: dict[str, JsonValue] = {"main": "wanted", "venue": "sim", "instruments": ["BTC/USDT"], "capital": "10000", "cycle": {"every_s": 0.05}}
WAIT_S = 5.0


class Wanted:
    """A main whose targets the test sets: the next one each cycle."""

    def __init__(self) -> None:
        self.targets = cycle([0.5])

    async def __call__(self, ctx: Context) -> Plan:
        return Plan(targets=dict.fromkeys(ctx.instruments, next(self.targets)))


@pytest.fixture
def wanted() -> Wanted:
    return Wanted()


@pytest.fixture
async def manager(tmp_path: Path, wanted: Wanted) -> AsyncIterator[BotManagerAsync]:
    made = BotManagerAsync(Settings(home=tmp_path / "home", profile="embedded"))
    made.register("wanted", wanted)
    async with made:
        await made.create_bot({**SPEC, "id": "b1"})
        await made.start_bot("b1", wait_s=WAIT_S)
        await holds(made, position=True)
        yield made


async def holds(manager: BotManagerAsync, *, position: bool) -> None:
    """Return once the bot holds a position, or none and no order on its way."""
    async with asyncio.timeout(WAIT_S):
        while True:
            view = await manager.get_status("b1")
            if bool(view.positions) is position and (position or not view.unresolved_orders):
                return
            await manager.clock.sleep(0.01)


async def cycles(manager: BotManagerAsync, count: int) -> None:
    """Return after so many further cycles of the bot."""
    until = (await manager.get_status("b1")).cycle_count + count
    async with asyncio.timeout(WAIT_S):
        while (await manager.get_status("b1")).cycle_count < until:
            await manager.clock.sleep(0.01)


async def test_a_halt_with_flatten_ends_flat_though_the_target_changes_meanwhile(manager: BotManagerAsync, wanted: Wanted) -> None:
    record, _ = await manager.state.get("b1")
    trader = manager._engine.floor.trader(record)  # its lock puts a cycle right between latch and exit
    async with trader.lock:
        await manager.halt(bot_id="b1", flatten=True)
        wanted.targets = cycle([0.4])
        await manager.clock.sleep(0.2)  # several cycles' time: the next one waits for the lock, behind the halt
    await holds(manager, position=False)
    await cycles(manager, 3)

    assert not (await manager.get_status("b1")).positions


async def test_a_target_that_changed_during_the_exit_trades_again_after_it(manager: BotManagerAsync, wanted: Wanted) -> None:
    await manager.flatten_bot("b1")
    wanted.targets = cycle([0.25])

    async with asyncio.timeout(WAIT_S):
        while await held(manager) not in range(2000, 3000):
            await manager.clock.sleep(0.01)


async def held(manager: BotManagerAsync) -> int:
    """Return what the bot's positions cost, in whole USDT."""
    return int(sum(each.quantity * each.average_price for each in (await manager.get_status("b1")).positions))


async def test_a_resume_lifts_pause_and_flat_latch_together(manager: BotManagerAsync) -> None:
    await manager.flatten_bot("b1")
    await holds(manager, position=False)
    await manager.pause_bot("b1")

    assert (await manager.resume_bot("b1")).trading_state == "ACTIVE"
    await holds(manager, position=True)


async def test_a_resume_of_many_lifts_their_flat_latches_too(manager: BotManagerAsync) -> None:
    await manager.flatten_bot("b1")
    await holds(manager, position=False)

    await manager.operate("resume", everything=True)
    await holds(manager, position=True)


async def test_a_flatten_holds_while_the_target_stays_the_same(manager: BotManagerAsync) -> None:
    await manager.flatten_bot("b1")
    await holds(manager, position=False)
    await cycles(manager, 5)

    assert not (await manager.get_status("b1")).positions
