"""The manager's commands, as a caller sees them: answers, waits, conflicts, callers who leave, boots that fail."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue

from styrman import Plan
from styrman.config import SupervisionSettings
from styrman.domain.bots import Desired, Observed
from styrman.errors import (
    AccountNotFound,
    AuthenticationFailed,
    BotExists,
    BotHasExposure,
    BotNotFound,
    BotQuarantined,
    CapitalOverbooked,
    Invalid,
    InvalidSpec,
    OperationNotFound,
    ShuttingDown,
    StaleGeneration,
    StoreFailed,
    Superseded,
    VenueUnavailable,
    WaitTimedOut,
)
from styrman.manager.views import BotFilter
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, ETH


def raising(error: BaseException) -> object:
    def plan(_: object) -> Plan:
        raise type(error)(*error.args)

    return plan


# ---------------------------------------------------------------- answers


async def test_a_command_answers_with_the_row_of_its_own_commit(rig: ManagerRig) -> None:
    await rig.create()
    first = await rig.manager.start_bot("b1", actor="anna", reason="go")
    again = await rig.manager.start_bot("b1")
    stopped = await rig.manager.stop_bot("b1")

    assert (first.generation, first.desired, first.changed) == (2, Desired.RUNNING, True)
    assert (again.generation, again.changed) == (2, False)
    assert (stopped.generation, stopped.desired) == (3, Desired.STOPPED)
    assert [(event.name, event.actor, event.reason) for event in await rig.events("b1") if event.name == "start"] == [
        ("start", "anna", "go")
    ]


async def test_waiting_answers_once_the_bot_is_there(rig: ManagerRig) -> None:
    await rig.create()
    started = await rig.manager.start_bot("b1", wait_s=5)
    stopped = await rig.manager.stop_bot("b1", wait_s=5)

    assert (started.observed, started.observed_generation) == (Observed.RUNNING, 2)
    assert (stopped.observed, stopped.observed_generation) == (Observed.STOPPED, 3)


async def test_a_waiter_that_was_overtaken_is_told_so(rig: ManagerRig) -> None:
    await rig.create()
    rig.manager._engine.reconciler.freeze()
    waiting = asyncio.create_task(rig.manager.start_bot("b1", wait_s=5))
    await rig.clock.settle()
    await rig.manager.stop_bot("b1")

    with pytest.raises(Superseded):
        await waiting


async def test_a_wait_that_runs_out_leaves_the_command_in_force(rig: ManagerRig) -> None:
    await rig.create()
    rig.manager._engine.reconciler.freeze()
    with pytest.raises(WaitTimedOut):
        await rig.manager.start_bot("b1", wait_s=0.01)

    assert (await rig.manager.get_status("b1")).desired is Desired.RUNNING


async def test_a_stale_generation_changes_nothing(rig: ManagerRig) -> None:
    await rig.create()
    with pytest.raises(StaleGeneration):
        await rig.manager.start_bot("b1", if_match=7)
    await rig.manager.start_bot("b1", if_match=1)

    assert (await rig.manager.get_status("b1")).generation == 2


async def test_stops_at_the_same_time_share_one_completion(rig: ManagerRig) -> None:
    await rig.run()
    answers = await asyncio.gather(*(rig.manager.stop_bot("b1", wait_s=5) for _ in range(5)))

    assert {answer.generation for answer in answers} == {3}
    assert [event.name for event in await rig.events("b1")].count("BotStopped") == 1


async def test_whoever_is_unknown_is_not_found(rig: ManagerRig) -> None:
    with pytest.raises(BotNotFound):
        await rig.manager.start_bot("nobody")
    with pytest.raises(OperationNotFound):
        await rig.manager.get_operation("nothing")
    with pytest.raises(AccountNotFound):
        await rig.manager.halt(account="nowhere")
    with pytest.raises(Invalid):
        await rig.manager.halt(account="sim", bot_id=(await rig.create()).id)


async def test_a_caller_who_leaves_does_not_undo_the_commit(rig: ManagerRig) -> None:
    await rig.create()
    starting = asyncio.create_task(rig.manager.start_bot("b1"))
    await asyncio.sleep(0)
    starting.cancel()
    await asyncio.wait([starting])
    await rig.until_observed("b1", Observed.RUNNING)

    assert (await rig.store.boot()).bots[0][0].desired is Desired.RUNNING


async def test_a_command_that_cannot_be_journaled_changes_nothing(rig: ManagerRig) -> None:
    await rig.create()
    rig.store.failing = "the disk is full"
    with pytest.raises(StoreFailed):
        await rig.manager.start_bot("b1")
    rig.store.failing = ""

    assert (await rig.manager.get_status("b1")).generation == 1


async def test_a_move_that_cannot_be_journaled_is_not_made_until_it_can(rig: ManagerRig) -> None:
    await rig.create()
    rig.manager._engine.reconciler.freeze()
    await rig.manager.start_bot("b1")
    rig.store.failing = "the disk is full"
    rig.manager._engine.reconciler._frozen = False
    rig.manager._engine.reconciler.poke(["b1"])
    await rig.clock.settle()
    meanwhile = rig.observed()
    rig.store.failing = ""
    await rig.until_observed("b1", Observed.RUNNING)

    assert meanwhile is Observed.STOPPED


async def test_a_closed_manager_takes_no_more_changes(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run()
        await rig.manager.close()
        with pytest.raises(ShuttingDown):
            await rig.manager.stop_bot("b1")

        assert (await rig.store.boot()).bots[0][0].desired is Desired.RUNNING


# ---------------------------------------------------------------- which bots there are


async def test_an_apply_is_all_or_nothing(rig: ManagerRig) -> None:
    await rig.create("b1")
    good: dict[str, JsonValue] = {"id": "b2", "main": "script", "venue": "sim", "instruments": [BTC]}
    with pytest.raises(InvalidSpec) as refused:
        await rig.manager.apply_bots([good, good | {"id": "b3", "instruments": ["NO/SUCH"]}])
    nothing = [record.id for record, _ in rig.manager.state]
    applied = await rig.manager.apply_bots([good, {**(await rig.manager.get_status("b1")).spec, "labels": {"team": "a"}}])
    unchanged = await rig.manager.apply_bots([good])

    assert refused.value.errors[0].loc[:2] == (1, "instruments")
    assert nothing == ["b1"]
    assert (applied.created, applied.updated) == (("b2",), ("b1",))
    assert unchanged.unchanged == ("b2",)


async def test_an_id_is_taken_once(rig: ManagerRig) -> None:
    await rig.create()
    with pytest.raises(BotExists):
        await rig.create()


async def test_capital_is_reserved_and_never_overbooked(rig: ManagerRig) -> None:
    await rig.create("b1", capital="600000")
    with pytest.raises(CapitalOverbooked):
        await rig.create("b2", capital="500000")
    await rig.create("b2", capital="400000")
    with pytest.raises(CapitalOverbooked):
        await rig.manager.update_bot("b1", {"capital": "700000"})
    lower = await rig.manager.update_bot("b1", {"capital": "500000"})

    assert lower.capital == 500_000


async def test_an_overbooked_account_does_not_keep_bots_from_another(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path, venues=("sim", "other")) as rig:
        await rig.create("b1", capital="900000")
        lost = rig.manager._engine.accounts._accounts["sim"].book
        assert lost is not None
        lost.external["USDT"] = Decimal(100)
        other = await rig.create("b2", venue="other")

        assert other.venue == "other"


async def test_an_edit_restarts_a_running_bot_but_labels_do_not(rig: ManagerRig) -> None:
    await rig.run()
    first = (await rig.manager.get_status("b1")).run_id
    await rig.manager.update_bot("b1", {"labels": {"team": "a"}}, wait_s=5)
    labelled = (await rig.manager.get_status("b1")).run_id
    await rig.manager.update_bot("b1", {"timeframe": "5m"}, wait_s=5)
    edited = await rig.manager.get_status("b1")

    assert labelled == first
    assert edited.run_id != first
    assert edited.timeframe == "5m"


async def test_a_running_bot_is_not_deleted(rig: ManagerRig) -> None:
    await rig.run()
    with pytest.raises(BotHasExposure):
        await rig.manager.delete_bot("b1")


async def test_lists_are_filtered_and_paged_by_id(rig: ManagerRig) -> None:
    for bot_id, team in (("a1", "x"), ("b1", "x"), ("c1", "y")):
        await rig.create(bot_id, labels={"team": team})
    page = await rig.manager.list_bots(BotFilter(label="team=x"), limit=1)
    rest = await rig.manager.list_bots(BotFilter(label="team=x"), limit=5, cursor=page.next_cursor)

    assert [bot.id for bot in page.items] == ["a1"]
    assert [bot.id for bot in rest.items] == ["b1"]
    assert rest.next_cursor is None


# ---------------------------------------------------------------- many at once


async def test_an_operation_counts_bots_as_they_arrive(rig: ManagerRig) -> None:
    for bot_id in ("a1", "a2", "b1"):
        await rig.create(bot_id, labels={"team": bot_id[0]})
    operation = await rig.manager.operate("start", selector="team=a", reason="shift")
    await rig.until(lambda: rig.observed("a2") is Observed.RUNNING)
    await rig.clock.settle()
    done = await rig.manager.get_operation(operation.id)

    assert (done.state, done.total, done.done, done.failed) == ("succeeded", 2, 2, 0)
    assert rig.observed("b1") is Observed.STOPPED


async def test_an_operation_tells_which_bot_refused_and_why(rig: ManagerRig) -> None:
    await rig.create()
    operation = await rig.manager.operate("start", ids=["b1", "nobody"])
    await rig.until_observed("b1", Observed.RUNNING)
    await rig.clock.settle()
    done = await rig.manager.get_operation(operation.id)

    assert (done.state, done.done, done.failed) == ("failed", 1, 1)
    assert "nobody" in done.errors["nobody"]


async def test_an_operation_that_a_crash_cut_off_is_closed(rig: ManagerRig) -> None:
    await rig.create()
    rig.manager._engine.reconciler.freeze()
    operation = await rig.manager.operate("start", everything=True)
    await rig.clock.settle()
    await rig.crash()
    await rig.until_observed("b1", Observed.RUNNING)

    assert (await rig.manager.get_operation(operation.id)).state == "failed"


@pytest.mark.parametrize("named", [{}, {"ids": ["b1"], "everything": True}])
async def test_an_operation_names_its_bots_in_exactly_one_way(rig: ManagerRig, named: dict[str, object]) -> None:
    with pytest.raises(InvalidSpec):
        await rig.manager.operate("start", **named)  # type: ignore[arg-type] # what a caller may send


@pytest.mark.parametrize(("action", "options"), [("dance", {}), ("stop", {"orders": "eat"})])
async def test_an_operation_that_does_not_exist_is_refused(rig: ManagerRig, action: str, options: dict[str, str]) -> None:
    with pytest.raises(InvalidSpec):
        await rig.manager.operate(action, everything=True, options=options)


async def test_bots_deleted_in_bulk_are_gone(rig: ManagerRig) -> None:
    for bot_id in ("a1", "a2"):
        await rig.create(bot_id)
    await rig.manager.operate("delete", everything=True)
    await rig.until(lambda: not len(rig.manager.state))


# ---------------------------------------------------------------- crashes of bots


async def test_a_bot_that_raises_is_restarted_and_the_third_time_fails(rig: ManagerRig) -> None:
    await rig.run(plan=raising(ValueError("bug")))  # type: ignore[arg-type] # it never returns
    await rig.until_observed("b1", Observed.FAILED)
    failed = await rig.manager.get_status("b1")
    rig.plans["b1"] = Plan()
    await rig.manager.start_bot("b1")
    await rig.until_observed("b1", Observed.RUNNING)

    assert failed.restarts == 2
    assert failed.last_error is not None
    assert failed.last_error.message == "bug"


async def test_reset_clears_failed_without_starting(rig: ManagerRig) -> None:
    await rig.run(plan=raising(ValueError("bug")))  # type: ignore[arg-type] # it never returns
    await rig.until_observed("b1", Observed.FAILED)
    await rig.manager.reset_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    again = await rig.manager.reset_bot("b1")

    assert not again.changed


async def test_a_bot_that_exits_hurts_no_other(rig: ManagerRig) -> None:
    await rig.run("b2")
    await rig.run("b1", raising(SystemExit(3)))  # type: ignore[arg-type] # it never returns
    await rig.until_observed("b1", Observed.FAILED)

    assert rig.observed("b2") is Observed.RUNNING


async def test_a_refused_credential_holds_the_account_until_one_gets_through(rig: ManagerRig) -> None:
    await rig.run("b3")
    await rig.run("b1", raising(AuthenticationFailed("wrong key")))  # type: ignore[arg-type] # it never returns
    await rig.until_observed("b1", Observed.FAILED)
    await rig.manager.pause_bot("b3")
    await rig.clock.advance(1)
    await rig.create("b2")
    await rig.manager.start_bot("b2")
    await rig.clock.advance(35)
    held = rig.observed("b2")
    rig.plans["b1"] = Plan()
    await rig.manager.start_bot("b1")
    await rig.until_observed("b2", Observed.RUNNING)

    assert held is Observed.STOPPED, "a bot that ran all along proves nothing"


async def test_a_deleted_bot_holds_no_account(rig: ManagerRig) -> None:
    await rig.run("b1", raising(AuthenticationFailed("wrong key")))  # type: ignore[arg-type] # it never returns
    await rig.until_observed("b1", Observed.FAILED)
    await rig.manager.delete_bot("b1")
    await rig.create("b2")
    await rig.manager.start_bot("b2")
    await rig.until_observed("b2", Observed.RUNNING)


async def test_a_cycle_that_ignores_its_cancellation_quarantines_the_bot(tmp_path: Path) -> None:
    release = asyncio.Event()

    async def stubborn(_: object) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    async with ManagerRig(tmp_path) as rig:
        rig.manager.register("stubborn", stubborn)
        await rig.create(main="stubborn")
        await rig.manager.start_bot("b1")
        await rig.until(lambda: rig.manager._engine.supervisor.runs()[0].bot.cycle_started_at is not None)
        await rig.manager.stop_bot("b1")
        await rig.until_observed("b1", Observed.QUARANTINED)
        with pytest.raises(BotQuarantined):
            await rig.manager.start_bot("b1")
        await rig.manager.reset_bot("b1")
        await rig.clock.advance(1)
        early = rig.observed()
        release.set()
        await rig.until_observed("b1", Observed.STOPPED)

        assert early is Observed.QUARANTINED


async def test_a_cycle_beyond_its_deadline_is_cancelled_as_a_crash(rig: ManagerRig) -> None:
    async def hang(_: object) -> None:
        await asyncio.Event().wait()

    rig.manager.register("hang", hang)
    await rig.create(main="hang")
    await rig.manager.start_bot("b1")
    await rig.until(lambda: rig.observed() in (Observed.BACKOFF, Observed.FAILED), within_s=90)
    status = await rig.manager.get_status("b1")

    assert status.last_error is not None
    assert status.last_error.type == "ComputeTimeout"


# ---------------------------------------------------------------- boots


async def test_what_was_desired_runs_again_after_a_crash_with_a_new_run(rig: ManagerRig) -> None:
    await rig.run("b1")
    await rig.create("b2")
    before = await rig.manager.get_status("b1")
    await rig.crash()
    await rig.until_observed("b1", Observed.RUNNING)
    after = await rig.manager.get_status("b1")

    assert after.run_id != before.run_id
    assert after.epoch == before.epoch + 1
    assert after.cycle_count >= before.cycle_count - 2
    assert rig.observed("b2") is Observed.STOPPED


async def test_an_orderly_shutdown_changes_nothing_that_is_desired(rig: ManagerRig) -> None:
    await rig.run()
    await rig.reboot()
    await rig.until_observed("b1", Observed.RUNNING)


async def test_three_boots_that_died_hold_the_bots(tmp_path: Path) -> None:
    rig = ManagerRig(tmp_path)
    async with rig:
        await rig.run()
        await rig.manager.close()
        for _ in range(3):
            rig.manager._engine.boots.begin("died", rig.clock.now())
        rig.manager = rig._make()
        await rig.manager.open()
        await rig.clock.advance(40)

        assert rig.observed() is Observed.STOPPED
        assert (await rig.manager.system()).safe_mode is not None


async def test_events_are_read_from_where_the_reader_was(rig: ManagerRig) -> None:
    await rig.create()
    first = await rig.events()
    await rig.manager.start_bot("b1", wait_s=5)
    rest = await rig.manager.events(first[-1].seq)

    assert [event.name for event in rest] == ["start", "BotStarting", "BotStarted"]


async def test_a_storm_of_crashes_is_probed_by_one(tmp_path: Path) -> None:
    figures = SupervisionSettings(max_restarts=100)
    async with ManagerRig(tmp_path, supervision=figures) as rig:
        names = [f"b{number}" for number in range(6)]
        for name in names:
            rig.plans[name] = raising(VenueUnavailable("down"))  # type: ignore[assignment] # it never returns
            await rig.create(name)
        await rig.manager.operate("start", everything=True)
        await rig.until(lambda: rig.manager._engine.reconciler._pace.is_storm("sim"))
        for name in names:
            rig.plans[name] = Plan()
        await rig.until(lambda: all(rig.observed(name) is Observed.RUNNING for name in names), within_s=120)


async def test_instruments_of_two_quotes_are_not_one_bots(rig: ManagerRig) -> None:
    with pytest.raises(InvalidSpec):
        await rig.create(instruments=[BTC, "ETH/BTC"])
    with pytest.raises(InvalidSpec):
        await rig.create(venue="nowhere")
    assert (await rig.create(instruments=[BTC, ETH])).instruments == (BTC, ETH)


async def test_a_selector_whose_term_lacks_its_key_selects_nobody(rig: ManagerRig) -> None:
    """`!=prod` for `env!=prod`: were it taken to hold for all, a slip of the hand would flatten everybody."""
    await rig.create(labels={"env": "test"})
    totals = [(await rig.manager.operate("flatten", selector=term)).total for term in ("!=prod", " != prod", "env!=prod,!=x", "env!=prod")]

    assert totals == [0, 0, 0, 1]


@pytest.mark.parametrize("timeout_s", ["inf", "nan", 0, -1, 1e9])
async def test_a_stop_that_would_wait_for_ever_or_not_at_all_is_refused(rig: ManagerRig, timeout_s: JsonValue) -> None:
    """Endless is null in the store, and a bot whose row says so is not to be read after the next boot."""
    await rig.run()
    with pytest.raises(InvalidSpec) as bulk:
        await rig.manager.operate("stop", ids=["b1"], options={"timeout_s": timeout_s})
    with pytest.raises(InvalidSpec):
        await rig.manager.stop_bot("b1", timeout_s=float(str(timeout_s)))

    assert bulk.value.errors[0].loc == ("options", "timeout_s")
    assert rig.observed() is Observed.RUNNING
