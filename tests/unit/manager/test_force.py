"""A person's exits and entries: durable before they are answered, done once, through the risk rules, and held until the target changes."""

from decimal import Decimal
from typing import Any

import pytest

from styrman import Plan
from styrman.domain.bots import CommandResult
from styrman.domain.market import Side
from styrman.domain.orders import IntentState, OrderType, WorkingOrder
from styrman.domain.records import Operation, OperationState
from styrman.errors import BotNotTrading, Invalid, InvalidSpec, OrderDenied, StoreFailed, VenueUnavailable
from styrman.ports import OrderFilter, PageRequest
from styrman.trading.entries import Entry
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, ETH, Fault

TENTH = Plan({BTC: 0.1})  # of 10,000 at 100: nearly ten
ONE = Entry(instrument=BTC, quantity=Decimal(1))
GRID = Plan(orders=(WorkingOrder(key="low", instrument=BTC, side=Side.BUY, quantity=Decimal(5), price=Decimal(90)),))


async def entered(rig: ManagerRig, entry: Entry = ONE, **ask: Any) -> Operation:
    """Enter, let time pass until the operation has ended, and return it."""
    return await ended(rig, await rig.manager.enter_bot("b1", entry, reason="I want it", **ask))


async def ended(rig: ManagerRig, answer: CommandResult) -> Operation:
    assert answer.operation_id is not None
    operations = rig.manager._engine.operations._operations
    await rig.until(lambda: operations[answer.operation_id or ""].state is not OperationState.RUNNING, within_s=90)
    return await rig.manager.get_operation(answer.operation_id)


async def cycles(rig: ManagerRig, count: int = 3) -> None:
    """Let a bot cycle so many times more."""
    before = len(rig.seen["b1"])
    await rig.until(lambda: len(rig.seen["b1"]) >= before + count)


async def bought(rig: ManagerRig, plan: Plan = TENTH) -> Decimal:
    """Run a bot until it holds what it wants; return that."""
    await rig.run(plan=plan, instruments=[BTC, ETH])
    await rig.until(lambda: rig.position() != 0)
    return rig.position()


async def test_an_entry_adds_to_the_target_and_holds_until_the_target_changes(rig: ManagerRig) -> None:
    held = await bought(rig)
    operation = await entered(rig)
    await cycles(rig)

    assert operation.state is OperationState.SUCCEEDED
    assert rig.position() == held + 1
    rig.plans["b1"] = Plan({BTC: 0.2})
    await rig.until(lambda: rig.position() > held * Decimal("1.9"))


async def test_an_entry_is_not_undone_by_the_rebalance_threshold(tmp_path: Any) -> None:
    async with ManagerRig(tmp_path, rebalance_threshold=0.01) as rig:
        held = await bought(rig)
        await entered(rig, Entry(instrument=BTC, quantity=Decimal(20)))
        await cycles(rig)

        assert rig.position() == held + 20


async def test_an_entry_survives_a_crash_before_its_cycle(rig: ManagerRig) -> None:
    held = await bought(rig)
    rig.venue.may_arrive.clear()  # what the cycle sends now does not get there before the crash
    await rig.manager.enter_bot("b1", ONE, reason="I want it")
    rig.venue.may_arrive.set()
    await rig.crash()
    await rig.until(lambda: rig.position() == held + 1)
    await cycles(rig)

    assert rig.venue.position(BTC) == rig.position() == held + 1


async def test_a_request_that_a_crash_cut_off_is_performed_once(rig: ManagerRig) -> None:
    held = await bought(rig)
    await entered(rig, request="r1")
    await rig.crash()
    await cycles(rig)
    again = await rig.manager.enter_bot("b1", ONE, request="r1")
    await cycles(rig)

    assert not again.changed
    assert rig.venue.position(BTC) == held + 1


async def test_the_one_order_of_a_request_that_a_crash_cut_off_is_placed_once(rig: ManagerRig) -> None:
    await rig.run(plan=GRID)
    await entered(rig, request="r1")
    await rig.crash()
    again = await rig.manager.enter_bot("b1", ONE, request="r1")
    await cycles(rig)

    assert not again.changed
    assert rig.venue.position(BTC) == 1


async def test_an_announced_order_that_was_never_journaled_is_placed_by_the_repetition(
    rig: ManagerRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.run(plan=GRID)
    await rig.until(lambda: len(rig.venue.working) == 1)
    await cycles(rig)
    with monkeypatch.context() as patched:
        patched.setattr(type(rig.manager), "_place_entry", lambda *_: rig.clock.sleep(1000))
        await rig.manager.enter_bot("b1", ONE, request="r1")
        await rig.crash()
    await cycles(rig)
    operation = await entered(rig, request="r1")

    assert operation.state is OperationState.SUCCEEDED
    assert rig.venue.position(BTC) == 1


async def test_an_entry_beside_a_bots_own_orders_is_one_order_and_leaves_them_alone(rig: ManagerRig) -> None:
    await rig.run(plan=GRID)
    await rig.until(lambda: len(rig.venue.working) == 1)
    operation = await entered(rig)
    await cycles(rig)
    intents = (await rig.store.intents(PageRequest(), OrderFilter(bots=["b1"]))).items

    assert operation.state is OperationState.SUCCEEDED
    assert [(each.origin, each.state, each.request.type) for each in intents] == [
        ("force", IntentState.FILLED, OrderType.MARKET),
        ("plan", IntentState.ACKED, OrderType.LIMIT),
    ]
    rig.venue.trade(rig.venue.working[0])
    await cycles(rig)
    assert rig.position() == 6


@pytest.mark.parametrize(
    ("entry", "held"),
    [
        (Entry(instrument=BTC, value=Decimal(150)), Decimal("11.49")),
        (Entry(instrument=BTC, side=Side.SELL, quantity=Decimal("1.0009")), Decimal("8.99")),
        (Entry(instrument=BTC, target=0.2), Decimal("19.98")),
        (Entry(instrument=BTC, target=0.0), Decimal(0)),
    ],
)
async def test_an_entry_is_a_quantity_a_value_or_a_fraction_of_the_equity(rig: ManagerRig, entry: Entry, held: Decimal) -> None:
    await bought(rig)  # 9.99
    await entered(rig, entry)

    assert rig.position().quantize(Decimal("0.01")) == held.quantize(Decimal("0.01"))


async def test_an_entry_that_is_there_already_changes_nothing(rig: ManagerRig) -> None:
    await bought(rig)
    await entered(rig, Entry(instrument=BTC, target=0.0))
    answer = await rig.manager.enter_bot("b1", Entry(instrument=BTC, target=0.0))

    assert not answer.changed
    assert answer.operation_id is None


async def test_an_entry_larger_than_one_order_may_be_is_sliced(rig: ManagerRig) -> None:
    await rig.run(plan=TENTH, risk={"max_order_value": "500"})
    await rig.until(lambda: rig.position() > 9)
    operation = await entered(rig, Entry(instrument=BTC, quantity=Decimal(12)))

    assert operation.state is OperationState.SUCCEEDED
    assert rig.position() > 21


async def test_an_entry_reenters_what_was_exited(rig: ManagerRig) -> None:
    await bought(rig)
    await ended(rig, await rig.manager.exit_bot("b1", instrument=BTC, reason="out"))
    await entered(rig)
    await cycles(rig)

    assert rig.position() == 1


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (Entry(instrument=BTC), "quantity"),
        (Entry(instrument=BTC, quantity=Decimal(1), value=Decimal(1)), "quantity"),
        (Entry(instrument=BTC, quantity=Decimal(-1)), "quantity"),
        (Entry(instrument=BTC, quantity=Decimal("NaN")), "quantity"),
        (Entry(instrument=BTC, value=Decimal("Infinity")), "value"),
        (Entry(instrument=BTC, target=1.5), "target"),
        (Entry(instrument=BTC, target=float("nan")), "target"),
        (Entry(instrument=BTC, target=0.5, side=Side.BUY), "side"),
        (Entry(instrument=BTC, quantity=Decimal("0.0001")), "quantity"),  # less than a lot
        (Entry(instrument=BTC, value=Decimal(4)), "value"),  # below the minimum notional
        (Entry(instrument=BTC, quantity=Decimal("1e30")), "quantity"),
        (Entry(instrument=BTC, side=Side.SELL, quantity=Decimal(20)), "quantity"),  # more than is held
        (Entry(instrument="DOGE/USDT", quantity=Decimal(1)), "instrument"),
    ],
)
async def test_a_size_that_is_none_is_refused_by_field_and_nothing_is_latched(rig: ManagerRig, entry: Entry, field: str) -> None:
    await bought(rig)
    before = rig.trader().memory
    with pytest.raises((Invalid, OrderDenied)) as refused:
        await rig.manager.enter_bot("b1", entry)

    if isinstance(refused.value, Invalid):
        assert refused.value.errors[0].loc == (field,)
    assert rig.trader().memory == before


async def test_a_change_that_is_lost_in_the_fees_is_refused(rig: ManagerRig) -> None:
    await bought(rig)
    await entered(rig, Entry(instrument=BTC, target=0.9))
    with pytest.raises(Invalid, match="too little beside"):
        await rig.manager.enter_bot("b1", Entry(instrument=BTC, quantity=Decimal("0.06")))


async def test_what_the_risk_rules_refuse_is_told_at_once_with_both_numbers(rig: ManagerRig) -> None:
    held = await bought(rig)
    with pytest.raises(OrderDenied, match=r"no more than 8\d\.\d+ BTC"):
        await rig.manager.enter_bot("b1", Entry(instrument=BTC, quantity=Decimal(200)))
    await cycles(rig)

    assert rig.position() == held


async def test_an_entry_over_the_largest_order_of_a_bot_without_targets_is_denied(rig: ManagerRig) -> None:
    await rig.run(plan=GRID, risk={"max_order_value": "500"})
    with pytest.raises(OrderDenied, match="max_order_value"):
        await rig.manager.enter_bot("b1", Entry(instrument=BTC, quantity=Decimal(6)))


async def test_what_the_venue_refuses_fails_the_operation_with_its_words(rig: ManagerRig) -> None:
    await rig.run(plan=GRID)
    await rig.until(lambda: len(rig.venue.working) == 1)
    rig.venue.faults.append(Fault.REJECTED)
    operation = await entered(rig)

    assert operation.state is OperationState.FAILED
    assert "REJECTED" in operation.errors["b1"]


async def test_a_target_that_the_venue_refuses_fails_the_operation(rig: ManagerRig) -> None:
    await bought(rig)
    rig.venue.faults.append(Fault.REJECTED)
    operation = await entered(rig)

    assert operation.state is OperationState.FAILED
    assert "REJECTED" in operation.errors["b1"]


async def test_an_entry_whose_answer_is_lost_buys_once(rig: ManagerRig) -> None:
    await rig.run(plan=GRID)
    await rig.until(lambda: len(rig.venue.working) == 1)
    rig.venue.faults.append(Fault.ANSWER_LOST)
    operation = await entered(rig)

    assert operation.state is OperationState.SUCCEEDED
    assert rig.venue.position(BTC) == rig.position() == 1


async def test_only_a_running_and_active_bot_enters_and_the_refusal_says_what_to_do(rig: ManagerRig) -> None:
    await rig.create(instruments=[BTC, ETH])
    with pytest.raises(BotNotTrading, match="start it"):
        await rig.manager.enter_bot("b1", ONE)
    await rig.manager.start_bot("b1")
    await rig.until(lambda: bool(rig.seen.get("b1")))
    await rig.manager.pause_bot("b1")
    with pytest.raises(BotNotTrading, match="resume it"):
        await rig.manager.enter_bot("b1", ONE)
    await rig.manager.resume_bot("b1")
    await rig.manager.halt(bot_id="b1")
    with pytest.raises(BotNotTrading, match="unhalt"):
        await rig.manager.enter_bot("b1", ONE)
    await rig.manager.unhalt(bot_id="b1")

    assert (await entered(rig)).state is OperationState.SUCCEEDED


async def test_a_halt_between_the_command_and_its_order_sends_nothing(rig: ManagerRig) -> None:
    await rig.run(plan=GRID)
    await rig.until(lambda: len(rig.venue.working) == 1)
    async with rig.trader().lock:
        entering = rig.manager._engine.tasks.start(rig.manager.enter_bot("b1", ONE), name="command:enter")
        await rig.clock.settle()
        await rig.manager.halt(bot_id="b1")
    with pytest.raises(BotNotTrading):
        await entering

    assert rig.venue.position(BTC) == 0


async def test_a_latch_that_could_not_be_journaled_is_not_kept(rig: ManagerRig, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await bought(rig)
    with monkeypatch.context() as patched:
        patched.setattr(rig.manager.state, "change", _failing)
        with pytest.raises(StoreFailed):
            await rig.manager.enter_bot("b1", ONE)
    await cycles(rig)

    assert rig.position() == held


async def _failing(*_: object) -> None:
    raise StoreFailed("disk full")


# ---------------------------------------------------------------- exits


async def test_an_exit_of_one_instrument_leaves_the_others_and_stays_flat(rig: ManagerRig) -> None:
    await bought(rig, Plan({BTC: 0.1, ETH: 0.1}))
    await rig.until(lambda: rig.position(instrument=ETH) != 0)
    operation = await ended(rig, await rig.manager.exit_bot("b1", instrument=BTC, reason="I don't like it"))
    await cycles(rig)

    assert operation.state is OperationState.SUCCEEDED
    assert rig.position() == 0
    assert rig.position(instrument=ETH) > 0
    assert [(event.name, event.reason, event.fields["instrument"]) for event in await rig.events("b1") if event.name == "exit"] == [
        ("exit", "I don't like it", BTC)
    ]


async def test_an_exit_is_durable_once_it_is_answered(rig: ManagerRig) -> None:
    await bought(rig)
    rig.venue.away = VenueUnavailable("away")
    await rig.manager.exit_bot("b1", reason="out")
    rig.venue.away = None
    await rig.crash()
    await rig.until(lambda: rig.position() == 0)
    await cycles(rig)

    assert rig.position() == rig.venue.position(BTC) == 0


async def test_an_exit_of_an_instrument_that_is_not_the_bots_names_those_that_are(rig: ManagerRig) -> None:
    await bought(rig)
    with pytest.raises(InvalidSpec) as refused:
        await rig.manager.exit_bot("b1", instrument="DOGE/USDT")

    assert refused.value.errors[0].allowed == (BTC, ETH)
