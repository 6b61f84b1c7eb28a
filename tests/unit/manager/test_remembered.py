"""What a bot remembers is in the journal as it stands by now, however its commits overtake each other."""

import asyncio
from dataclasses import replace

import pytest

from styrman import Plan
from styrman.domain.records import BotMemory
from styrman.trading.entries import Entry
from styrman.trading.sizing import latch_flat
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC

HALF = Plan({BTC: 0.5})


async def invested(rig: ManagerRig) -> None:
    await rig.run(plan=HALF)
    await rig.until(lambda: rig.position() > 0)
    await rig.clock.advance(2)


async def _remembered(rig: ManagerRig) -> str:
    """Return what the journal has b1 latched flat in BTC for."""
    latch = (await rig.store.boot()).memories["b1"].latches.get(BTC)
    return "" if latch is None else latch.flat


@pytest.mark.parametrize("what", ["heartbeat", "command"])
async def test_a_latch_that_is_made_while_an_older_memory_is_written_is_durable(
    rig: ManagerRig, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The store writes what is urgent first: an older memory that is not would be written over the newer one."""
    await invested(rig)
    trader, desk, commit, may_commit = rig.trader(), rig.manager._engine.desks["sim"], rig.store.commit, asyncio.Event()
    written: list[str] = []

    async def slow(*rows: object, urgent: bool = False) -> None:
        if not urgent:
            await may_commit.wait()
        await commit(*rows, urgent=urgent)  # type: ignore[arg-type] # what it was called with
        written.extend(row.latches[BTC].flat for row in rows if isinstance(row, BotMemory))

    monkeypatch.setattr(rig.store, "commit", slow)
    if what == "heartbeat":
        trader.memory = replace(trader.memory, state={"n": 1})
        writing: asyncio.Task[object] = asyncio.create_task(rig.manager._engine.heart.flush())
    else:
        writing = asyncio.create_task(rig.manager.enter_bot("b1", Entry(instrument=BTC, target=0.6)))
    await rig.clock.settle()
    trader.latch(BTC, latch_flat(None, "stop"))
    await desk.save(trader)
    may_commit.set()
    await asyncio.wait([writing])

    assert written[0] == ""
    assert written[-1] == "stop"
    assert written == sorted(written)


async def test_a_latch_that_is_made_during_a_heartbeat_is_not_taken_for_written(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    await invested(rig)
    trader, desk, commit, may_commit = rig.trader(), rig.manager._engine.desks["sim"], rig.store.commit, asyncio.Event()

    async def slow(*rows: object, urgent: bool = False) -> None:
        await may_commit.wait()
        await commit(*rows, urgent=urgent)  # type: ignore[arg-type] # what it was called with

    trader.memory = replace(trader.memory, state={"n": 1})
    with monkeypatch.context() as patch:
        patch.setattr(rig.store, "commit", slow)
        beating = asyncio.create_task(rig.manager._engine.heart.flush())
        await rig.clock.settle()
        trader.latch(BTC, latch_flat(None, "stop"))
        may_commit.set()
        await beating
    await desk.save(trader)

    assert await _remembered(rig) == "stop"
