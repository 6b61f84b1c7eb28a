"""What worker processes promise beyond the other modes: whatever the code does, it hurts its own call alone."""

import asyncio
import os
import select
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from time import monotonic

import pytest
import pytest_asyncio

from contract.compute_guests import Bench, context, formatted, make_home
from styrman.clock import ManualClock
from styrman.compute.dispatch import Dispatcher
from styrman.compute.workers import Workers
from styrman.config import ComputeSettings
from styrman.domain.plan import Plan
from styrman.domain.spec import ComputeMode
from styrman.errors import ComputeTimeout, ErrorClass, StrategyError, WorkerDied
from styrman.log import Line, attach
from styrman.manager.restarts import traceback_hash

HALF = Plan({"BTC/USDT": 0.5})

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STYRMAN_ADMIN_TOKEN", "a" * 32)
        made = Bench(make_home(home), ComputeSettings(deadline_s=2, workers=2, memory_mb=128))
        yield made
        await made.compute.close()


@pytest.mark.parametrize(
    ("name", "says"), [("leaves", "exit code 7"), ("crashes", "killed by SIGSEGV; it said: Fatal Python error"), ("killed", "SIGKILL")]
)
async def test_a_workers_death_hurts_only_the_call_it_held(bench: Bench, name: str, says: str) -> None:
    victim, other = await bench.load(name), await bench.load("half", bot_id="b2")
    calls = [asyncio.create_task(program.decide(context())) for program in (other, victim, other, other)]
    done = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(answer) for answer in done] == [Plan, WorkerDied, Plan, Plan]
    assert says in str(done[1])


async def test_code_that_never_returns_is_killed_at_the_deadline(bench: Bench) -> None:
    spins, other = await bench.load("spins"), await bench.load("half", bot_id="b2")
    await bench.staffed()
    spinning = asyncio.create_task(spins.decide(context()))
    await asyncio.sleep(0)
    waited = [await _seconds(other.decide(context())) for _ in range(20)]

    with pytest.raises(ComputeTimeout, match="'spins' did not return within 2 s"):
        await spinning
    assert max(waited) < 1
    assert await other.decide(context()) == HALF


@pytest.mark.parametrize("name", ["dozes", "sleeps"])
async def test_a_bot_that_sleeps_does_not_delay_another(bench: Bench, name: str) -> None:
    sleepy, other = await bench.load(name), await bench.load("half", bot_id="b2")
    await bench.staffed()
    await asyncio.gather(*(other.decide(context()) for _ in range(4)))  # both workers know the code
    sleeping = asyncio.create_task(sleepy.decide(context()))
    await asyncio.sleep(0)
    waited = await _seconds(other.decide(context()))

    assert not sleeping.done()
    assert waited < 0.45
    assert await sleeping == Plan()


async def test_running_out_of_memory_is_the_bots_own_error(bench: Bench) -> None:
    hungry, other = await bench.load("eats_memory"), await bench.load("half", bot_id="b2")
    with pytest.raises(StrategyError) as caught:
        await hungry.decide(context())

    assert type(caught.value).__name__ == "MemoryError"
    assert not isinstance(caught.value, MemoryError)  # ours would end the process
    assert caught.value.error_class is ErrorClass.PROGRAMMING
    assert [await other.decide(context()) for _ in range(4)] == [HALF] * 4


async def test_code_that_swallows_its_cancel_is_killed(bench: Bench) -> None:
    call = asyncio.create_task((await bench.load("swallows_cancel")).decide(context()))
    await asyncio.sleep(0)
    call.cancel()

    assert await _seconds(asyncio.wait([call])) < 1
    assert call.cancelled()


async def test_a_call_cancelled_while_it_waits_for_a_worker_leaves_the_workers_usable(bench: Bench) -> None:
    program = await bench.load("half")
    calls = [asyncio.create_task(program.decide(context())) for _ in range(20)]
    for _ in range(3):
        await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    done = await asyncio.gather(*calls, return_exceptions=True)

    assert {type(answer) for answer in done[1::2]} == {Plan}
    assert await program.decide(context()) == HALF


async def test_a_task_left_behind_does_not_run_into_the_next_bots_call(bench: Bench) -> None:
    leaving, other = await bench.load("leaves_a_task"), await bench.load("half", bot_id="b2")
    await leaving.decide(context())

    assert [await _seconds(other.decide(context())) < 1 for _ in range(4)]


async def test_an_exceptions_frames_are_the_codes_own_and_the_same_each_time(bench: Bench) -> None:
    program = await bench.load("raises_its_own")
    seen = []
    for _ in range(2):
        with pytest.raises(StrategyError) as caught:
            await program.decide(context())
        seen.append(caught.value)
    with pytest.raises(StrategyError) as other:
        await (await bench.load("raises")).decide(context())
    notes = [error.__notes__ for error in seen]

    assert {type(error).__name__ for error in seen} == {"OwnError"}
    assert notes[0] == notes[1]
    assert traceback_hash(seen[0]) == traceback_hash(seen[1])
    assert traceback_hash(seen[0]) != traceback_hash(other.value)
    assert other.value.traceback_text == other.value.__notes__[0]  # type: ignore[attr-defined] # what was raised elsewhere has it
    assert "1 / 0" in notes[0][0]
    assert "ZeroDivisionError" in notes[0][0]
    assert "styrman/compute" not in notes[0][0]
    assert notes[0][0] in formatted(seen[0])


async def test_what_code_prints_goes_to_its_bots_log(bench: Bench) -> None:
    lines: list[Line] = []
    detach = attach(lines.append)
    await (await bench.load("prints", bot_id="talker")).decide(context())
    await (await bench.load("prints_a_lot", bot_id="chatter")).decide(context())
    detach()
    told = [(line.get("bot_id"), line["event"]) for line in lines]

    assert told[:3] == [("talker", "to out"), ("talker", "to err"), ("talker", "no end")]
    assert len(told) == 103
    assert told[-1] == ("chatter", "What it prints further is left out.")


@pytest.mark.parametrize("name", ["plans_what_nobody_knows", "keeps_what_is_not_json"])
async def test_what_is_no_plain_value_does_not_come_back(bench: Bench, name: str) -> None:
    program = await bench.load(name)

    with pytest.raises(StrategyError, match="Foreign"):
        await program.decide(context())
    assert await (await bench.load("half")).decide(context()) == HALF


async def test_code_sees_what_the_cycle_sees_and_no_credential(bench: Bench) -> None:
    program, ctx = await bench.load("looks"), context(closes=(1.0, 2.0, float("inf")))
    await program.decide(ctx)

    assert ctx.state["closes"][:2] == [1.0, 2.0]  # type: ignore[index] # it is a list
    assert ctx.state["filled"] == [False, True, False]
    assert ctx.state["times"] == [0, 60_000, 120_000]
    assert ctx.state["params"] == {"size": 0.5}
    assert ctx.state["lot"] == "0.001"
    assert ctx.state["environment"] == []
    assert ctx.state["pid"] != os.getpid()


async def test_new_candles_of_the_same_length_are_seen(bench: Bench) -> None:
    program, seen = await bench.load("looks"), []
    for closes in ((1.0, 2.0), (1.0, 2.0), (2.0, 3.0)):
        ctx = context(closes=closes)
        await program.decide(ctx)
        seen.append(ctx.state["closes"])

    assert seen == [[1.0, 2.0], [1.0, 2.0], [2.0, 3.0]]


async def test_the_frames_of_old_code_are_shown_as_it_was(bench: Bench) -> None:
    path = bench.folder / "faulty.py"
    text = "from styrman import Strategy\n\nclass Faulty(Strategy):\n    async def decide(self, ctx):\n        {}\n"
    path.write_text(text.format("return 1 / 0"))
    program = await bench.load("faulty")
    path.write_text(text.format("return mended()"))
    with pytest.raises(StrategyError) as caught:
        await program.decide(context())
    path.unlink()

    assert "return 1 / 0" in caught.value.__notes__[0]


async def test_a_worker_given_to_one_who_is_just_cancelled_is_not_lost() -> None:
    pool = Workers(ComputeSettings(workers=1), ManualClock())
    worker = await pool._borrow()
    waiting = asyncio.create_task(pool._borrow())
    await asyncio.sleep(0)
    pool._return(worker)
    waiting.cancel()
    await asyncio.wait([waiting])

    assert waiting.cancelled()
    assert list(pool._free) == [worker]
    await pool.close()


async def test_workers_are_added_while_calls_hold_all_and_go_when_they_idle(bench: Bench, tmp_path: Path) -> None:
    clock, gate = ManualClock(), tmp_path / "gate"
    compute = Dispatcher(ComputeSettings(deadline_s=30, workers=1), bench.catalogue, clock)
    waits = await compute.load("b1", bench.catalogue.find("waits"), {"path": str(gate)}, ComputeMode.PROCESS)
    half = await compute.load("b2", bench.catalogue.find("half"), {}, ComputeMode.PROCESS)
    waiting = asyncio.create_task(waits.decide(context()))
    other = asyncio.create_task(half.decide(context()))
    await clock.settle()
    assert compute.workers == 1
    await clock.advance(0.2)

    assert compute.workers == 2
    async with asyncio.timeout(20):
        assert await other == HALF
    gate.touch()
    assert await waiting == Plan()
    await clock.advance(61)
    assert compute.workers == 1
    await compute.close()


async def test_close_ends_calls_and_processes(bench: Bench) -> None:
    compute = Dispatcher(ComputeSettings(workers=1), bench.catalogue, ManualClock())
    program = await compute.load("b1", bench.catalogue.find("spins"), {}, ComputeMode.PROCESS)
    calls = [asyncio.create_task(program.decide(context())) for _ in range(2)]
    await asyncio.sleep(0)
    await compute.close()
    done = await asyncio.gather(*calls, return_exceptions=True)

    assert [type(answer) for answer in done] == [WorkerDied, WorkerDied]
    assert compute.workers == 0
    with pytest.raises(WorkerDied, match="closed"):
        await program.decide(context())


_PARENT = """
import asyncio, sys
from pathlib import Path
from contract.compute_guests import Bench, context
from styrman.config import ComputeSettings
from styrman.log import attach

async def main():
    bench = Bench(Path(sys.argv[1]), ComputeSettings(workers=1))
    attach(lambda line: print(line["event"].rpartition(" ")[2], flush=True))
    await (await bench.load("spins")).decide(context())

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waiting for a process that is not our child needs Linux")
async def test_a_worker_dies_with_its_parent_though_it_spins(tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(__file__).parent.parent), *sys.path])
    with subprocess.Popen(  # noqa: ASYNC220 - nothing else runs here
        [sys.executable, "-c", _PARENT, make_home(tmp_path)], stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path}
    ) as parent:
        assert parent.stdout is not None
        worker = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    gone, _, _ = select.select([worker], [], [], 5)
    os.close(worker)

    assert gone


async def _seconds(work: Awaitable[object]) -> float:
    began = monotonic()
    await work
    return monotonic() - began
