"""What every place that runs users' code must do: inline, in a thread, in a worker process."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from contract.compute_guests import ZOO, Bench, context, formatted, make_home
from styrman.clock import SystemClock
from styrman.compute.dispatch import Dispatcher
from styrman.config import ComputeSettings
from styrman.domain.plan import EMPTY_PLAN, Context, Plan
from styrman.domain.spec import ComputeMode
from styrman.errors import ComputeTimeout, ErrorClass, InvalidSpec, StrategyBroken, StrategyError, WorkerDied
from styrman.ports import Work

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = pytest.mark.parametrize("mode", [ComputeMode.INLINE, ComputeMode.THREAD, ComputeMode.PROCESS])
APART = pytest.mark.parametrize("mode", [ComputeMode.THREAD, ComputeMode.PROCESS])


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bench]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(home))
        patch.setenv("STYRMAN_ADMIN_TOKEN", "a" * 32)
        made = Bench(make_home(home), ComputeSettings(deadline_s=20, workers=1, memory_mb=128))
        yield made
        await made.compute.close()


@ALL
async def test_decide_returns_the_plan(bench: Bench, mode: ComputeMode) -> None:
    program = await bench.load("half", mode, size=0.75)

    assert (await program.decide(context())).targets == {"BTC/USDT": 0.75}


@ALL
async def test_warmup_follows_the_parameters(bench: Bench, mode: ComputeMode) -> None:
    assert (await bench.load("warm", mode, slow=7)).warmup == 21


@ALL
async def test_state_survives_from_call_to_call(bench: Bench, mode: ComputeMode) -> None:
    program, ctx = await bench.load("counts", mode), context(state={"count": 41})
    await program.decide(ctx)
    plan = await program.decide(ctx)

    assert ctx.state == {"count": 43}
    assert type(plan.targets["BTC/USDT"]) is float


@ALL
@pytest.mark.parametrize("name", ["not_a_number", "plans_not_a_number"])
async def test_nan_is_no_opinion(bench: Bench, mode: ComputeMode, name: str) -> None:
    assert (await (await bench.load(name, mode)).decide(context())).targets == {"BTC/USDT": None}


@ALL
@pytest.mark.parametrize(
    ("name", "says"), [("too_short", r"shape \(3,\) for 3000"), ("too_much", r"\[-1, 1\]"), ("no_plan", "returned dict; return a Plan")]
)
async def test_a_wrong_answer_says_what_is_wrong(bench: Bench, mode: ComputeMode, name: str, says: str) -> None:
    program = await bench.load(name, mode)

    with pytest.raises(StrategyError, match=says):
        await program.decide(context(closes=(1.0,) * 3000))


@ALL
async def test_an_exception_keeps_its_name_message_and_place(bench: Bench, mode: ComputeMode) -> None:
    program = await bench.load("raises", mode)
    with pytest.raises((LookupError, StrategyError)) as caught:
        await program.decide(context())
    line = 1 + ZOO.splitlines().index('        raise LookupError("no such luck")')

    assert type(caught.value).__name__ == "LookupError"
    assert "no such luck" in str(caught.value)
    assert f'zoo.py", line {line}, in decide' in formatted(caught.value)


@APART
async def test_a_call_that_raises_leaves_the_state_alone(bench: Bench, mode: ComputeMode) -> None:
    program, ctx = await bench.load("raises", mode), context(state={"kept": 1})
    with pytest.raises((LookupError, StrategyError)):
        await program.decide(ctx)

    assert ctx.state == {"kept": 1}


@ALL
@pytest.mark.parametrize("name", ["exits", "interrupts"])
async def test_ending_the_process_is_only_an_error(bench: Bench, mode: ComputeMode, name: str) -> None:
    program = await bench.load(name, mode)

    with pytest.raises(StrategyError, match=r"SystemExit|KeyboardInterrupt"):
        await program.decide(context())
    assert (await (await bench.load("half", mode)).decide(context())).targets


@ALL
async def test_a_wrong_parameter_is_named_with_the_names_there_are(bench: Bench, mode: ComputeMode) -> None:
    with pytest.raises(InvalidSpec) as caught:
        await bench.load("half", mode, siz=1)
    fault = caught.value.errors[0]

    assert fault.loc == ("params", "siz")
    assert fault.allowed[0] == "size"
    assert set(fault.allowed) > {"stop_loss", "trailing_stop"}


@ALL
async def test_a_file_that_fails_at_import_is_broken_at_its_line(bench: Bench, mode: ComputeMode) -> None:
    path = bench.folder / f"fails_{mode}.py"
    path.write_text("from styrman import Strategy\n\nclass Fails(Strategy):\n    limit: int = int('x')\n")
    work = Work(kind="strategy", name="fails", module=f"styrman_home.fails_{mode}", qualname="Fails", path=str(path), file_hash="0")

    with pytest.raises(StrategyBroken, match=rf"fails_{mode}\.py:4: ValueError: invalid literal"):
        await bench.compute.load("b1", work, {}, mode)
    path.unlink()


@ALL
async def test_a_syntax_error_is_broken_at_its_line(bench: Bench, mode: ComputeMode) -> None:
    path = bench.folder / f"broken_{mode}.py"
    path.write_text("\n\n\ndef oops(:\n")
    work = Work(kind="strategy", name="broken", module="broken", qualname="Broken", path=str(path), file_hash="0")

    with pytest.raises(StrategyBroken, match=rf"broken_{mode}\.py:4: invalid syntax") as caught:
        await bench.compute.load("b1", work, {}, mode)
    path.unlink()
    assert caught.value.error_class is ErrorClass.PERMANENT


@ALL
@pytest.mark.parametrize(("qualname", "says"), [("Missing", "has no Missing"), ("Foreign", "is not a Strategy")])
async def test_a_file_without_the_strategy_says_so(bench: Bench, mode: ComputeMode, qualname: str, says: str) -> None:
    work = Work(kind="strategy", name="x", module="x", qualname=qualname, path=str(bench.folder / "zoo.py"), file_hash="0")

    with pytest.raises(StrategyBroken, match=says):
        await bench.compute.load("b1", work, {}, mode)


@ALL
async def test_a_changed_file_is_taken_at_the_next_load_and_not_before(bench: Bench, mode: ComputeMode) -> None:
    text = (
        "import numpy as np\nfrom styrman import Strategy\nclass Edited{}(Strategy):\n def target(self, c):\n  return np.full(len(c), {})\n"
    )
    path = bench.folder / f"edited_{mode}.py"
    path.write_text(text.format(mode.title(), 0.1))
    old = await bench.load(f"edited_{mode}", mode)
    path.write_text(text.format(mode.title(), -0.25))
    new = await bench.load(f"edited_{mode}", mode, bot_id="b2")
    if mode is ComputeMode.PROCESS:  # a new worker runs the old text too
        with pytest.raises(WorkerDied):
            await (await bench.load("leaves", bot_id="b3")).decide(context())
    await old.decide(context())
    path.unlink()

    assert (await old.decide(context())).targets == {"BTC/USDT": 0.1}
    assert (await new.decide(context())).targets == {"BTC/USDT": -0.25}
    assert old.file_hash != new.file_hash


@ALL
async def test_a_main_of_a_package_runs(bench: Bench, mode: ComputeMode) -> None:
    ctx = context()
    plan = await (await bench.load_main("installed_mains:main", mode)).decide(ctx)

    assert plan.targets == {"BTC/USDT": 1.0}
    assert ctx.state == {"ran": True}
    assert await (await bench.load_main("installed_mains:silent", mode)).decide(ctx) == EMPTY_PLAN


@ALL
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("installed_mains:missing", "has no missing"),
        ("installed_mains:number", "is not a function"),
        ("no_such_package:main", "No module named"),
    ],
)
async def test_a_main_that_is_not_there_says_so(bench: Bench, mode: ComputeMode, name: str, says: str) -> None:
    with pytest.raises(StrategyBroken, match=says):
        await bench.load_main(name, mode)


@ALL
async def test_a_registered_main_runs_in_this_process_whatever_the_mode(bench: Bench, mode: ComputeMode) -> None:
    seen: list[int] = []

    async def main(ctx: Context) -> None:
        seen.append(len(ctx.instruments))

    bench.catalogue.register("mine", main)
    plan = await (await bench.load_main("mine", mode)).decide(context())

    assert (seen, plan) == ([1], EMPTY_PLAN)


@pytest.mark.parametrize("name", ["idle", "ema_cross"])
async def test_what_we_ship_is_checked_without_a_worker(bench: Bench, name: str) -> None:
    work = bench.catalogue.find(name)

    assert work.shipped
    assert await bench.compute.check(work, {}) >= 1
    assert (await bench.compute.inspect(work)).parameters["properties"]


async def test_a_users_file_is_inspected_and_checked_elsewhere(bench: Bench) -> None:
    description = await bench.compute.inspect(bench.catalogue.find("half"))

    assert description.summary == "Holds half."
    assert dict(description.parameters)["title"] == "Half"
    assert await bench.compute.check(bench.catalogue.find("warm"), {"slow": 5}) == 15
    with pytest.raises(InvalidSpec):
        await bench.compute.check(bench.catalogue.find("warm"), {"slow": "x"})


async def test_code_that_waits_inline_is_cancelled_at_the_deadline(bench: Bench) -> None:
    compute = Dispatcher(ComputeSettings(deadline_s=0.05), bench.catalogue, SystemClock())
    program = await compute.load("b1", bench.catalogue.find("waits_for_ever"), {}, ComputeMode.INLINE)

    with pytest.raises(ComputeTimeout):
        await program.decide(context())


@pytest.mark.parametrize("mode", list(ComputeMode))
async def test_a_cancel_reaches_code_that_waits(bench: Bench, mode: ComputeMode) -> None:
    program = await bench.load("waits_for_ever", mode)
    call = asyncio.create_task(program.decide(context()))
    await asyncio.sleep(0)
    call.cancel()

    async with asyncio.timeout(5):
        with pytest.raises(asyncio.CancelledError):
            await call


async def test_a_thread_given_up_is_not_run_beside_itself(bench: Bench, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    compute = Dispatcher(ComputeSettings(deadline_s=0.05), bench.catalogue, SystemClock())
    program = await compute.load("gated", bench.catalogue.find("waits"), {"path": str(gate)}, ComputeMode.THREAD)
    with pytest.raises(ComputeTimeout, match="runs on"):
        await program.decide(context())
    with pytest.raises(ComputeTimeout, match="still runs its last decision"):
        await program.decide(context())
    assert compute.lost_threads == 1
    gate.touch()
    for thread in threading.enumerate():
        if thread.name == "compute:gated":
            await asyncio.to_thread(thread.join, 5)

    assert compute.lost_threads == 0
    assert await program.decide(context()) == Plan()
