"""Positions and orders change hands between bots and what is external: once, in one commit, and never more than there is."""

from decimal import Decimal
from typing import Any

import pytest

from styrman import Plan
from styrman.domain.market import Side
from styrman.domain.orders import IntentState, OrderReport, OrderRequest, OrderType, WorkingOrder
from styrman.errors import (
    AccountNotFound,
    BotNotFound,
    IntentNotFound,
    IntentNotOpen,
    Invalid,
    InvalidSpec,
    NotClaimable,
    OrderNotFound,
    StaleGeneration,
    TransferRefused,
    VenueUnavailable,
)
from styrman.ports import OrderFilter, PageRequest
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, ETH, Fault

ONE = Decimal(1)
TENTH = Plan({BTC: 0.1})


async def by_hand(rig: ManagerRig, quantity: str, instrument: str = BTC, price: str | None = None, side: Side = Side.BUY) -> OrderReport:
    """Place an order past styrman, as a person does on the venue's own page."""
    request = OrderRequest(
        client_order_id=f"byhand{len(rig.venue.orders)}",
        instrument=instrument,
        side=side,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        quantity=Decimal(quantity),
        price=None if price is None else Decimal(price),
    )
    now = rig.clock.now()
    return await rig.venue.create_order(request, stamp=now, not_after=now, gate=lambda: None)


async def with_external(rig: ManagerRig, quantity: str = "3") -> None:
    """Let the account hold coins that no bot owns."""
    await by_hand(rig, quantity)
    await rig.manager.accept_drift("sim", reason="bought by hand")


async def account(rig: ManagerRig) -> tuple[Decimal, Decimal]:
    """Return what of BTC the bots' books hold, and what is external."""
    await rig.clock.advance(2)  # a reading is fresh for a second
    (view,) = await rig.manager.accounts()
    return view.books.get("BTC", Decimal(0)), view.external.get("BTC", Decimal(0))


async def cycles(rig: ManagerRig, count: int = 3) -> None:
    before = len(rig.seen["b1"])
    await rig.until(lambda: len(rig.seen["b1"]) >= before + count)


# ---------------------------------------------------------------- positions


async def test_what_is_adopted_is_the_bots_at_its_price_and_nothing_is_traded(rig: ManagerRig) -> None:
    await with_external(rig)
    await rig.create()
    answer = await rig.manager.adopt_position("b1", instrument=BTC, quantity=ONE, price=Decimal(80), reason="mine")
    view = await rig.manager.get_status("b1")

    assert answer.changed
    assert (view.positions[0].quantity, view.positions[0].average_price, view.unrealized_pnl) == (ONE, Decimal(80), Decimal(20))
    assert await account(rig) == (ONE, Decimal(2))
    assert len(rig.venue.orders) == 1
    assert [(event.actor, event.reason) for event in await rig.events("b1") if event.name == "adopt"] == [("local", "mine")]


async def test_a_running_bot_keeps_what_it_adopted_and_what_it_gave_back_stays_away(rig: ManagerRig) -> None:
    await with_external(rig)
    await rig.run(plan=TENTH)
    await rig.until(lambda: rig.position() > 9)
    held = rig.position()
    await rig.manager.adopt_position("b1", instrument=BTC, quantity=Decimal(2), reason="mine")
    await cycles(rig)
    adopted = rig.position()
    await rig.manager.hand_back_position("b1", instrument=BTC, quantity=Decimal(5), reason="yours")
    await cycles(rig)

    assert adopted == held + 2
    assert rig.position() == held - 3
    assert await account(rig) == (held - 3, Decimal(6))
    assert rig.venue.position(BTC) == held + 3


async def test_what_was_adopted_is_not_rebalanced_away(tmp_path: Any) -> None:
    async with ManagerRig(tmp_path, rebalance_threshold=0.01) as rig:
        await with_external(rig, "20")
        await rig.run(plan=TENTH)
        await rig.until(lambda: rig.position() > 9)
        held = rig.position()
        await rig.manager.adopt_position("b1", instrument=BTC, quantity=Decimal(20), reason="mine")
        await cycles(rig)

        assert rig.position() == held + 20


async def test_all_of_a_position_is_handed_back_and_a_crash_changes_nothing(rig: ManagerRig) -> None:
    await rig.run(plan=TENTH)
    await rig.until(lambda: rig.position() > 9)
    held = rig.position()
    await rig.manager.hand_back_position("b1", instrument=BTC, reason="yours")
    await rig.crash()
    await cycles(rig)

    assert rig.position() == 0
    assert await account(rig) == (Decimal(0), held)
    assert rig.venue.position(BTC) == held


async def test_a_transfer_that_a_crash_cut_off_is_done_once(rig: ManagerRig) -> None:
    await with_external(rig)
    await rig.create()
    await rig.manager.adopt_position("b1", instrument=BTC, quantity=ONE, reason="mine", request="r1")
    await rig.crash()
    again = await rig.manager.adopt_position("b1", instrument=BTC, quantity=ONE, reason="mine", request="r1")

    assert not again.changed
    assert await account(rig) == (ONE, Decimal(2))


async def test_no_more_is_adopted_than_is_external_or_than_the_bot_can_pay(rig: ManagerRig) -> None:
    await with_external(rig)
    await rig.create(capital="150")
    with pytest.raises(TransferRefused, match="3"):
        await rig.manager.adopt_position("b1", instrument=BTC, quantity=Decimal(4))
    with pytest.raises(TransferRefused, match="150"):
        await rig.manager.adopt_position("b1", instrument=BTC, quantity=Decimal(2))

    assert await account(rig) == (Decimal(0), Decimal(3))


async def test_nothing_is_handed_back_that_is_not_there_or_that_orders_may_change(rig: ManagerRig) -> None:
    sells = WorkingOrder(key="high", instrument=BTC, side=Side.SELL, quantity=ONE, price=Decimal(120))
    await rig.run(plan=Plan({BTC: 0.1}, orders=(sells,)), instruments=[BTC, ETH])
    await rig.until(lambda: bool(rig.venue.working))
    with pytest.raises(TransferRefused, match="holds no ETH/USDT"):
        await rig.manager.hand_back_position("b1", instrument=ETH)
    with pytest.raises(TransferRefused, match="orders"):
        await rig.manager.hand_back_position("b1", instrument=BTC)


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity"])
async def test_an_amount_that_is_none_is_refused_by_field(rig: ManagerRig, amount: str) -> None:
    await with_external(rig)
    await rig.create()
    for quantity, price, field in ((Decimal(amount), None, "quantity"), (ONE, Decimal(amount), "price")):
        with pytest.raises(Invalid) as refused:
            await rig.manager.adopt_position("b1", instrument=BTC, quantity=quantity, price=price)
        assert refused.value.errors[0].loc == (field,)


async def test_a_transfer_to_nobody_or_of_nothing_known_is_refused(rig: ManagerRig) -> None:
    await rig.create()
    with pytest.raises(BotNotFound):
        await rig.manager.adopt_position("nobody", instrument=BTC, quantity=ONE)
    with pytest.raises(InvalidSpec):
        await rig.manager.adopt_position("b1", instrument="DOGE/USDT", quantity=ONE)
    with pytest.raises(StaleGeneration):
        await rig.manager.adopt_position("b1", instrument=BTC, quantity=ONE, if_match=7)


# ---------------------------------------------------------------- orders


async def test_an_external_order_is_shown_never_touched_and_the_bots_once_claimed(rig: ManagerRig) -> None:
    await rig.run()
    order = await by_hand(rig, "2", price="90")
    (shown,) = await rig.manager.account_orders("sim")
    await rig.manager.stop_bot("b1")
    await rig.manager.start_bot("b1")
    claimed = await rig.manager.claim_order("sim", order.venue_order_id, bot_id="b1", reason="mine")
    rig.venue.trade(rig.venue.working[0])
    await rig.until(lambda: rig.position() != 0)

    assert (shown.venue_order_id, shown.claimable, shown.claimable_by) == (order.venue_order_id, True, ("b1",))
    assert (claimed.state, claimed.origin, claimed.request.quantity) == (IntentState.ACKED, "claim", Decimal(2))
    assert rig.position() == 2
    assert await rig.manager.account_orders("sim") == []


async def test_a_claim_again_is_the_same_and_by_another_is_refused(rig: ManagerRig) -> None:
    await rig.create("b1")
    await rig.create("b2")
    await rig.create("b3", instruments=[ETH])
    order = await by_hand(rig, "2", price="90")
    with pytest.raises(NotClaimable, match="does not trade"):
        await rig.manager.claim_order("sim", order.venue_order_id, bot_id="b3")
    first = await rig.manager.claim_order("sim", order.venue_order_id, bot_id="b1")
    again = await rig.manager.claim_order("sim", order.venue_order_id, bot_id="b1")

    assert again.intent_id == first.intent_id
    with pytest.raises(NotClaimable, match="'b1'"):
        await rig.manager.claim_order("sim", order.venue_order_id, bot_id="b2")


async def test_a_claim_of_what_is_not_there_is_not_found(rig: ManagerRig) -> None:
    await rig.create()
    with pytest.raises(OrderNotFound):
        await rig.manager.claim_order("sim", "v99", bot_id="b1")
    with pytest.raises(AccountNotFound):
        await rig.manager.claim_order("moon", "v1", bot_id="b1")
    with pytest.raises(AccountNotFound):
        await rig.manager.account_orders("moon")


# ---------------------------------------------------------------- decisions


async def unknown(rig: ManagerRig) -> str:
    """Run a bot into an order of which nobody knows what became, its venue being away; return the intent's id."""
    await rig.run()
    rig.venue.faults.append(Fault.ANSWER_LOST)
    rig.venue.away, rig.venue.is_mute = VenueUnavailable("away"), True
    rig.plans["b1"] = Plan(orders=(WorkingOrder(key="low", instrument=BTC, side=Side.BUY, quantity=ONE, price=Decimal(90)),))
    await rig.until(lambda: rig.trader().unresolved() == 1 and not next(iter(rig.trader().live.values())).intent.state.is_final)
    await rig.until(lambda: next(iter(rig.trader().live.values())).intent.state is IntentState.UNKNOWN)
    rig.plans["b1"] = Plan()
    return next(iter(rig.trader().live.values())).intent.intent_id


async def test_a_person_closes_an_order_that_nobody_can_find(rig: ManagerRig) -> None:
    intent_id = await unknown(rig)
    decided = await rig.manager.decide_intent("b1", intent_id, outcome="not_placed", reason="I looked", actor="ann")

    assert decided.state is IntentState.MANUAL
    assert all(word in decided.history[-1].reason for word in ("not_placed", "I looked", "ann"))
    assert rig.trader().unresolved() == 0
    assert [(event.actor, event.fields["intent_id"]) for event in await rig.events("b1") if event.name == "decide"] == [("ann", intent_id)]
    with pytest.raises(IntentNotOpen, match="MANUAL"):
        await rig.manager.decide_intent("b1", intent_id)


async def test_a_decision_on_what_is_known_or_nobodys_is_refused(rig: ManagerRig) -> None:
    await rig.run(plan=TENTH)
    await rig.until(lambda: rig.position() != 0)
    (intent,) = (await rig.store.intents(PageRequest(), OrderFilter(bots=["b1"]))).items
    await rig.create("b2")
    with pytest.raises(IntentNotOpen, match="FILLED"):
        await rig.manager.decide_intent("b1", intent.intent_id)
    for bot_id, intent_id in (("b1", "nothing"), ("b2", intent.intent_id)):
        with pytest.raises(IntentNotFound):
            await rig.manager.decide_intent(bot_id, intent_id)


# ---------------------------------------------------------------- stops


async def test_a_stopped_bot_shows_what_could_not_be_cancelled_until_it_is(rig: ManagerRig) -> None:
    low = WorkingOrder(key="low", instrument=BTC, side=Side.BUY, quantity=ONE, price=Decimal(90))
    await rig.run(plan=Plan(orders=(low,)))
    await rig.until(lambda: len(rig.venue.working) == 1)
    (live,) = rig.trader().live.values()
    running = await rig.manager.get_status("b1")
    rig.venue.away = VenueUnavailable("away")
    await rig.manager.stop_bot("b1", timeout_s=1)
    await rig.clock.advance(1)
    stopping = await rig.manager.get_status("b1")
    rig.venue.away = None
    await rig.until(lambda: not rig.venue.working)
    await rig.until(lambda: not rig.trader().live)

    assert running.uncancelled_orders == ()
    assert stopping.uncancelled_orders == (live.intent.intent_id,)
    assert (await rig.manager.get_status("b1")).uncancelled_orders == ()
