"""Every command ends in an outcome that its caller can follow: arrived, or why not. It is kept, told on the stream, and survives."""

import asyncio
import re
from pathlib import Path

import orjson
import pytest
from pydantic import JsonValue

from styrman import Plan
from styrman.domain.bots import CommandResult, Observed
from styrman.domain.events import StreamMessage
from styrman.domain.market import Candles, Side
from styrman.domain.orders import WorkingOrder
from styrman.domain.plan import Context
from styrman.domain.records import Operation, OperationState
from styrman.errors import AuthenticationFailed, FieldError, InvalidSpec, StyrmanError, VenueUnavailable
from styrman.manager import operations, progress
from styrman.trading import cancels
from unit.manager.manager_rig import ManagerRig
from unit.manager.test_stop_hung import hung
from unit.trading.lossy_venue import BTC

REST = Plan(orders=(WorkingOrder(key="k", instrument=BTC, side=Side.BUY, quantity="1", price="90"),))  # type: ignore[arg-type] # plain words are taken
SPEC: dict[str, JsonValue] = {"id": "b", "main": "script", "venue": "sim", "instruments": [BTC], "capital": "100", "cycle": {"every_s": 1}}
RUNNING, SUCCEEDED, FAILED = OperationState.RUNNING, OperationState.SUCCEEDED, OperationState.FAILED


def crash(_: Context) -> Plan:
    raise ValueError("no such luck")


async def ended(rig: ManagerRig, told: CommandResult | Operation, *, within_s: float = 60) -> Operation:
    """Let time pass until the operation of a command is finished."""
    operation_id = told.id if isinstance(told, Operation) else told.operation_id
    assert operation_id is not None
    known = rig.manager._engine.operations._operations
    await rig.until(lambda: known[operation_id].state is not RUNNING, within_s=within_s)
    return await rig.manager.get_operation(operation_id)


def told(messages: list[StreamMessage], event: str = "operation") -> list[dict[str, object]]:
    return [orjson.loads(message.body) for message in messages if message.event == event]


# ---------------------------------------------------------------- one bot


@pytest.mark.parametrize("action", ["start", "stop", "restart", "reset", "pause", "resume", "flatten"])
async def test_each_single_command_has_an_operation_that_succeeds(rig: ManagerRig, action: str) -> None:
    if action in ("stop", "restart", "pause", "resume", "flatten"):
        await rig.run("b1")
    else:
        await rig.create()
    if action == "resume":
        await rig.manager.pause_bot("b1")
    if action == "reset":
        rig.plans["b1"] = crash
        await rig.manager.start_bot("b1")
        await rig.until_observed("b1", Observed.FAILED, within_s=600)
    answer = await getattr(rig.manager, f"{action}_bot")("b1", actor="ann", reason="why not")
    operation = await ended(rig, answer)
    await rig.clock.advance(progress.FLUSH_AFTER_S)
    await rig.clock.settle()
    stored = await rig.store.operation(operation.id)

    assert (operation.action, operation.state, operation.total, operation.done, operation.errors) == (action, SUCCEEDED, 1, 1, {})
    assert (operation.actor, operation.reason) == ("ann", "why not")
    assert operation.finished_at is not None
    assert stored == operation


async def test_a_command_with_nothing_to_do_has_none(rig: ManagerRig) -> None:
    await rig.run("b1")
    answers = [await rig.manager.start_bot("b1"), await rig.manager.resume_bot("b1"), await rig.manager.reset_bot("b1")]

    assert [(answer.changed, answer.operation_id) for answer in answers] == [(False, None)] * 3
    assert [run.action for run in await rig.manager.list_operations()] == ["start"]


async def test_the_same_command_again_joins_the_operation_under_way(rig: ManagerRig) -> None:
    await rig.create()
    first = await rig.manager.start_bot("b1")
    again = await rig.manager.start_bot("b1")
    operation = await ended(rig, first)

    assert (again.changed, again.operation_id) == (False, first.operation_id)
    assert operation.state is SUCCEEDED


@pytest.mark.parametrize(
    ("error", "observed", "said"),
    [
        (
            VenueUnavailable("away"),
            Observed.BACKOFF,
            r"it is BACKOFF: VenueUnavailable: away; it tries again at ..:..:.. UTC",
        ),
        (AuthenticationFailed("wrong key"), Observed.FAILED, "it is FAILED: AuthenticationFailed: wrong key"),
    ],
)
async def test_a_start_that_does_not_get_through_tells_the_bots_last_error(
    rig: ManagerRig, monkeypatch: pytest.MonkeyPatch, error: StyrmanError, observed: Observed, said: str
) -> None:
    async def refuse(*_: object) -> Candles:
        raise error

    await rig.create()
    monkeypatch.setattr(rig.venue, "fetch_candles", refuse)
    single = await ended(rig, await rig.manager.start_bot("b1"))
    seen = rig.observed()
    bulk = await ended(rig, await rig.manager.operate("restart", ids=["b1"]))

    assert seen is observed
    for operation in (single, bulk):
        assert operation.state is FAILED
        assert re.fullmatch(said, operation.errors["b1"])


async def test_a_restart_that_is_overtaken_by_a_stop_says_by_what(rig: ManagerRig) -> None:
    await rig.run("b1")
    restart = await rig.manager.restart_bot("b1")
    stop = await rig.manager.stop_bot("b1")
    overtaken, arrived = await ended(rig, restart), await ended(rig, stop)

    assert (overtaken.state, overtaken.errors) == (FAILED, {"b1": "Generation 3 of bot 'b1' was overtaken by 4 (STOPPED)."})
    assert arrived.state is SUCCEEDED


async def test_a_stop_that_leaves_an_order_says_which_and_that_its_cancel_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancels, "ANSWER_S", 0.01)
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", REST)
        await rig.until(lambda: bool(rig.venue.working))
        (order,) = rig.trader().live.values()
        with monkeypatch.context() as patch:
            patch.setattr(rig.venue, "cancel_order", hung)
            operation = await ended(rig, await rig.manager.stop_bot("b1", timeout_s=2.0))
        await rig.until(lambda: not rig.trader().live, within_s=120)

        assert operation.state is FAILED
        assert operation.errors == {
            "b1": f"it is STOPPED, but 1 of its orders may still work ({order.intent.intent_id}); their cancels go on"
        }


async def test_a_start_that_is_held_says_so_at_once(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path, safe_mode=True) as rig:
        await rig.create()
        operation = await ended(rig, await rig.manager.start_bot("b1"), within_s=1)
        bulk = await ended(rig, await rig.manager.operate("start", ids=["b1"]), within_s=1)

        for each in (operation, bulk):
            assert (each.state, each.errors["b1"]) == (
                FAILED,
                "it is held (the setting safe_mode holds all bots) and starts once that is lifted",
            )


async def test_an_operation_that_a_crash_cut_off_is_closed_at_the_next_boot(rig: ManagerRig) -> None:
    await rig.create()
    answer = await rig.manager.start_bot("b1")
    await rig.crash()
    operation = await rig.manager.get_operation(answer.operation_id or "")
    await rig.until_observed("b1", Observed.RUNNING)

    assert (operation.state, operation.errors) == (FAILED, {"*": "the process restarted; what was commanded by then holds"})


async def test_ends_are_journaled_before_the_process_closes(rig: ManagerRig) -> None:
    await rig.create()
    answer = await rig.manager.start_bot("b1")
    ended_at = (await ended(rig, answer)).finished_at
    await rig.reboot()
    operation = await rig.manager.get_operation(answer.operation_id or "")

    assert (operation.state, operation.finished_at) == (SUCCEEDED, ended_at)


async def test_a_deleted_bots_operation_ends(rig: ManagerRig) -> None:
    await rig.run("b1")
    stop = await rig.manager.stop_bot("b1", wait_s=None)
    await rig.until_observed("b1", Observed.STOPPED)
    await rig.manager.delete_bot("b1")

    assert (await ended(rig, stop)).state is SUCCEEDED


async def test_finished_operations_are_forgotten_in_memory_and_running_ones_never(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "KEPT", 3)
    await rig.run("b1", REST)
    await rig.until(lambda: bool(rig.venue.working))
    await rig.manager.create_bot({**SPEC, "id": "b2"})
    monkeypatch.setattr(rig.venue, "cancel_order", hung)
    running = await rig.manager.stop_bot("b1", timeout_s=3000)
    for _ in range(5):
        await rig.manager.pause_bot("b2")
        await rig.manager.resume_bot("b2")
    await rig.clock.advance(1)
    known = rig.manager._engine.operations._operations

    assert [known[each].state for each in known] == [RUNNING, SUCCEEDED, SUCCEEDED, SUCCEEDED]
    assert running.operation_id in known
    assert len(await rig.manager.list_operations(100)) == 12
    assert (await rig.manager.list_operations(100))[-1].action == "start"


# ---------------------------------------------------------------- the stream


async def test_the_stream_tells_an_operations_begin_and_end(rig: ManagerRig) -> None:
    await rig.create()
    reader = rig.manager.bus.subscribe()
    answer = await rig.manager.start_bot("b1")
    await ended(rig, answer)
    begin, end = told(reader.ready())

    assert begin == {
        "id": answer.operation_id,
        "action": "start",
        "state": "running",
        "total": 1,
        "done": 0,
        "failed": 0,
        "finished_at": None,
        "errors": {},
    }
    assert (end["id"], end["state"], end["done"]) == (answer.operation_id, "succeeded", 1)
    assert end["finished_at"] is not None


async def test_the_stream_tells_a_bulk_operation_five_times_a_second_at_most_and_with_ten_errors(rig: ManagerRig) -> None:
    ids = [f"b{number}" for number in range(40)]
    await rig.manager.apply_bots([{**SPEC, "id": bot_id} for bot_id in ids])
    reader = rig.manager.bus.subscribe()
    operation = await rig.manager.operate("start", ids=[*ids, *(f"ghost{number}" for number in range(15))])
    began = rig.clock.monotonic()
    finished = await ended(rig, operation)
    took = rig.clock.monotonic() - began
    messages = told(reader.ready())

    assert (finished.done, finished.failed, len(finished.errors)) == (40, 15, 15)
    assert len(messages) <= 2 + took / progress.TELL_EVERY_S
    assert (messages[0]["state"], messages[-1]["state"], messages[-1]["failed"]) == ("running", "failed", 15)
    assert isinstance(messages[-1]["errors"], dict)
    assert len(messages[-1]["errors"]) == 10


async def test_progress_that_stands_still_is_told_too(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last bot takes long: what the stream told last is how far the operation is."""
    await rig.run("b1", REST)
    await rig.manager.apply_bots([{**SPEC, "id": "b2"}])
    await rig.until(lambda: bool(rig.venue.working))
    monkeypatch.setattr(rig.venue, "cancel_order", hung)
    reader = rig.manager.bus.subscribe()
    await rig.manager.operate("stop", ids=["b1", "b2"], options={"timeout_s": 50})
    await rig.clock.settle()
    await rig.clock.advance(progress.TELL_EVERY_S + 0.1)
    await rig.clock.settle()

    assert (told(reader.ready())[-1]["state"], told(reader.ready())) == ("running", [])


# ---------------------------------------------------------------- halts


async def test_a_bulk_halt_closes_every_gate_before_it_is_answered_and_is_done_once_orders_are_off(rig: ManagerRig) -> None:
    for bot_id in ("b1", "b2"):
        await rig.run(bot_id, REST, capital="1000")
    await rig.until(lambda: len(rig.venue.working) == 2)
    operation = await rig.manager.operate("halt", ids=["b1", "b2", "ghost"], actor="ann", reason="smoke")
    closed = [halt.scope for halt in (await rig.manager.system()).halts]
    finished = await ended(rig, operation)

    assert closed == ["bot:b1", "bot:b2"]
    assert (finished.done, list(finished.errors)) == (2, ["ghost"])
    assert not rig.venue.working
    assert (await rig.manager.get_status("b1")).halted_by == ("bot:b1",)

    lifted = await ended(rig, await rig.manager.operate("unhalt", ids=["b1", "b2"]))

    assert (lifted.state, lifted.done) == (SUCCEEDED, 2)
    assert (await rig.manager.system()).halts == ()


async def test_a_bulk_halt_that_flattens_closes_positions(rig: ManagerRig) -> None:
    await rig.run("b1", Plan(targets={BTC: 0.5}))
    await rig.until(lambda: rig.position() > 0)
    await rig.manager.operate("halt", ids=["b1"], options={"flatten": True})
    await rig.until(lambda: rig.position() == 0)

    assert (await rig.manager.get_status("b1")).halted_by == ("bot:b1",)


async def test_halts_are_told_with_all_that_are_in_force(rig: ManagerRig) -> None:
    await rig.create()
    reader = rig.manager.bus.subscribe()
    await rig.manager.halt(actor="ann", reason="smoke")
    await rig.manager.halt(reason="again")
    await rig.clock.advance(1)
    await rig.manager.halt(bot_id="b1", reason="odd")
    await rig.clock.advance(1)
    await rig.manager.unhalt()
    await rig.clock.settle()
    messages = told(reader.ready(), "system")
    view = await rig.manager.system()

    assert [(each["halted"], each["safe_mode"]) for each in messages] == [(True, None), (True, None), (False, None)]
    assert [[halt["scope"] for halt in each["halts"]] for each in messages] == [["system"], ["system", "bot:b1"], ["bot:b1"]]  # type: ignore[attr-defined] # a list
    assert [(halt.scope, halt.reason, halt.actor) for halt in view.halts] == [("bot:b1", "odd", "local")]


async def test_many_halts_at_a_stroke_are_told_together(rig: ManagerRig) -> None:
    ids = [f"b{number}" for number in range(60)]
    await rig.manager.apply_bots([{**SPEC, "id": bot_id} for bot_id in ids])
    reader = rig.manager.bus.subscribe()
    await ended(rig, await rig.manager.operate("halt", ids=ids))
    await rig.clock.advance(1)
    halted = told(reader.ready(), "system")
    await ended(rig, await rig.manager.operate("unhalt", ids=ids))
    await rig.clock.advance(1)
    lifted = told(reader.ready(), "system")

    assert [len(each["halts"]) for each in halted] == [60]  # type: ignore[arg-type] # a list
    assert len(lifted) <= 3
    assert lifted[-1]["halts"] == []


@pytest.mark.parametrize(
    ("action", "options", "fault"),
    [
        ("start", {"orders": "keep"}, FieldError(("options", "orders"), "unknown option", ())),
        ("stop", {"order": "keep"}, FieldError(("options", "order"), "unknown option", ("orders", "positions", "timeout_s"))),
        ("halt", {"flatten": "yes"}, FieldError(("options", "flatten"), "write true or false")),
        ("halt", {"flat": True}, FieldError(("options", "flat"), "unknown option", ("flatten",))),
    ],
)
async def test_an_option_that_is_not_understood_is_refused(
    rig: ManagerRig, action: str, options: dict[str, JsonValue], fault: FieldError
) -> None:
    await rig.create()
    with pytest.raises(InvalidSpec) as refused:
        await rig.manager.operate(action, everything=True, options=options)

    assert refused.value.errors == (fault,)
    assert (await rig.manager.system()).halts == ()
    assert await rig.manager.list_operations() == []


async def test_a_bulk_halt_that_is_lifted_before_it_was_journaled_does_not_come_back_with_a_boot(rig: ManagerRig) -> None:
    await rig.create()
    halting = await rig.manager.operate("halt", ids=["b1"])
    await rig.manager.unhalt(bot_id="b1")
    finished = await ended(rig, halting)
    lifted = (await rig.manager.system()).halts
    await rig.crash()

    assert lifted == (await rig.manager.system()).halts == ()
    assert finished.errors == {"b1": "The halt of bot:b1 was lifted before it was journaled; it holds no more."}


async def test_a_halt_right_after_an_unhalt_holds_now_and_after_a_boot(rig: ManagerRig) -> None:
    await rig.create()
    await rig.manager.halt(bot_id="b1")
    lifting = asyncio.ensure_future(rig.manager.unhalt(bot_id="b1"))
    await asyncio.sleep(0)
    await rig.manager.halt(bot_id="b1")
    await lifting
    closed = [halt.scope for halt in (await rig.manager.system()).halts]
    await rig.crash()

    assert closed == [halt.scope for halt in (await rig.manager.system()).halts] == ["bot:b1"]


async def test_an_operation_that_gave_up_on_a_bot_counts_it_no_second_time(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "ARRIVAL_TIMEOUT_S", 0)
    released, fetch = asyncio.Event(), rig.venue.fetch_candles

    async def slow(instrument: str, timeframe: str, limit: int) -> Candles:
        await released.wait()
        return await fetch(instrument, timeframe, limit)

    await rig.create()
    monkeypatch.setattr(rig.venue, "fetch_candles", slow)
    finished = await ended(rig, await rig.manager.operate("start", ids=["b1"]))
    released.set()
    await rig.until_observed("b1", Observed.RUNNING)

    assert (finished.done, finished.failed) == (0, 1)
    assert await rig.manager.get_operation(finished.id) == await rig.store.operation(finished.id) == finished


async def test_a_bulk_halt_that_is_lifted_with_orders_left_says_so(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise VenueUnavailable("away")

    await rig.run("b1", REST)
    await rig.until(lambda: bool(rig.venue.working))
    monkeypatch.setattr(rig.venue, "cancel_order", away)
    halting = await rig.manager.operate("halt", ids=["b1"])
    await rig.until(lambda: any(order.is_being_cancelled for order in rig.trader().orders()))
    await rig.manager.unhalt(bot_id="b1")
    finished = await ended(rig, halting, within_s=120)

    assert finished.errors == {"b1": "The halt of bot:b1 was lifted before all of its orders were off."}
