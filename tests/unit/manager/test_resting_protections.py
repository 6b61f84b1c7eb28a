"""Stops and targets rest at the venue, follow the position, outlive their bot, and never close more than there is."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from styrman import Plan, Protection, WorkingOrder
from styrman.domain.bots import Observed
from styrman.domain.market import Side
from styrman.domain.orders import OrderType
from styrman.errors import VenueUnavailable
from unit.manager.manager_rig import ManagerRig
from unit.manager.resting_venue import RestingVenue
from unit.trading.lossy_venue import BTC, ETH, Fault

BOTH = Protection(stop=0.1, take_profit=0.2)
STOP = Protection(stop=0.1)
AWAY = VenueUnavailable("the venue is away")


class RestingRig(ManagerRig):
    """A manager on a venue at which orders rest."""

    venue: RestingVenue

    def __init__(self, home: Path) -> None:
        super().__init__(home, make_venue=RestingVenue)

    async def guard(self, protection: Protection, target: float = 0.5) -> Decimal:
        """Have b1 hold a position whose protections rest; return how much it is."""
        await self.run(plan=Plan({BTC: target}, protections={BTC: protection}))
        await self.until(lambda: self.position() != 0 and bool(self.venue.rest()))
        await self.clock.advance(5)
        return self.position()

    @property
    def rested(self) -> dict[str, tuple[Decimal, Decimal]]:
        """The quantity and price of what rests at the venue."""
        return {
            name: (each.quantity - each.filled, each.stop_price or each.price or Decimal(0)) for name, each in self.venue.rest().items()
        }

    async def told(self) -> list[str]:
        """Return the names of what was told of protections."""
        return [event.name for event in await self.events("b1") if event.name.startswith("Protection")]

    async def caretaker(self) -> str | None:
        """Return who guards b1's position, as readers see it."""
        return (await self.manager.get_status("b1")).caretaker


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[RestingRig]:
    async with RestingRig(tmp_path) as rig:
        yield rig
        assert rig.venue.excesses == [], "at no time could all orders together close more than the position"


# ---------------------------------------------------------------- what rests


async def test_a_stop_and_a_target_rest_as_one_pair_once_the_position_is_there(rig: RestingRig) -> None:
    held = await rig.guard(BOTH)

    assert rig.rested == {"stop": (held, Decimal(90)), "target": (held, Decimal(120))}
    assert len(rig.venue.pairs) == 2
    assert await rig.caretaker() == "venue"
    assert await rig.told() == ["ProtectionPlaced"]


async def test_without_order_lists_the_stop_rests_and_the_target_is_watched(rig: RestingRig) -> None:
    rig.venue.can(order_lists=False)
    held = await rig.guard(BOTH)
    resting = rig.rested
    rig.venue.quote(BTC, "120")
    await rig.until(lambda: rig.position() == 0)

    assert resting == {"stop": (held, Decimal(90))}
    assert not rig.venue.working
    assert rig.venue.position(BTC) == 0


async def test_a_short_position_of_a_margin_venue_rests_both_apart_and_rounded_towards_safety(rig: RestingRig) -> None:
    rig.venue.be_a_margin_venue()
    held = await rig.guard(Protection(stop=0.10007, take_profit=0.20003), target=-0.5)

    assert held < 0
    assert rig.rested == {"stop": (-held, Decimal("110.00")), "target": (-held, Decimal("79.99"))}
    assert {order.side for order in rig.venue.working} == {Side.BUY}

    rig.venue.quote(BTC, "110")
    await rig.until(lambda: rig.position() == 0 and not rig.venue.working)

    assert rig.venue.position(BTC) == 0


async def test_where_no_stop_rests_the_caretaker_watches(rig: RestingRig) -> None:
    rig.venue.can(stop_orders=False)
    await rig.run(plan=Plan({BTC: 0.5}, protections={BTC: STOP}))
    await rig.until(lambda: rig.position() > 0)
    await rig.clock.advance(3)

    assert not rig.venue.working
    assert await rig.caretaker() == "watched"

    rig.venue.quote(BTC, "90")
    await rig.until(lambda: rig.position() == 0)


async def test_what_other_orders_close_is_not_protected_twice(rig: RestingRig) -> None:
    entry = WorkingOrder(key="e", instrument=BTC, side=Side.BUY, quantity=Decimal(50), price=Decimal(100))
    sale = WorkingOrder(key="s", instrument=BTC, side=Side.SELL, quantity=Decimal(10), price=Decimal(150))
    await rig.run(plan=Plan(orders=(entry,), protections={BTC: STOP}))
    await rig.until(lambda: bool(rig.venue.working))
    rig.venue.trade(rig.venue.working[0])
    await rig.until(lambda: rig.rested.get("stop") == (Decimal(50), Decimal(90)))
    rig.plans["b1"] = Plan(orders=(entry, sale), protections={BTC: STOP})
    await rig.until(lambda: rig.rested == {"stop": (Decimal(40), Decimal(90)), "target": (Decimal(10), Decimal(150))})
    rig.plans["b1"] = Plan(orders=(entry,), protections={BTC: STOP})
    await rig.until(lambda: rig.rested == {"stop": (Decimal(50), Decimal(90))})


# ---------------------------------------------------------------- following the position


async def test_a_larger_position_at_another_price_is_protected_anew(rig: RestingRig) -> None:
    await rig.guard(BOTH, target=0.2)
    rig.venue.quote(BTC, "110")
    rig.plans["b1"] = Plan({BTC: 0.5}, protections={BTC: BOTH})
    await rig.until(lambda: rig.position() > 25)
    await rig.clock.advance(5)
    holding = rig.trader().book.holding(BTC)
    stop = rig.venue.rest()["stop"]

    assert stop.quantity == holding.quantity
    assert holding.average_price * Decimal("0.9") <= (stop.stop_price or 0) < holding.average_price * Decimal("0.9") + Decimal("0.01")
    assert await rig.told() == ["ProtectionPlaced", "ProtectionMoved"]


async def test_a_target_decrease_makes_room_and_the_rest_is_protected_again(rig: RestingRig) -> None:
    await rig.guard(BOTH)
    rig.plans["b1"] = Plan({BTC: 0.2}, protections={BTC: BOTH})
    await rig.until(lambda: rig.position() < 25)
    await rig.clock.advance(5)
    left = rig.position()

    assert 0 < left == rig.venue.position(BTC)
    assert rig.rested == {"stop": (left, Decimal(90)), "target": (left, Decimal(120))}


async def test_a_target_of_nothing_leaves_nothing_resting(rig: RestingRig) -> None:
    await rig.guard(BOTH)
    rig.plans["b1"] = Plan({BTC: 0.0}, protections={BTC: BOTH})
    await rig.until(lambda: rig.position() == 0)
    await rig.clock.advance(2)

    assert not rig.venue.working


async def test_a_close_waits_for_a_cancel_that_is_not_confirmed_and_protections_go_on(rig: RestingRig) -> None:
    held = await rig.guard(STOP)
    rig.venue.deaf_cancels = 3
    rig.plans["b1"] = Plan({BTC: 0.2}, protections={BTC: STOP})
    await rig.clock.advance(1.5)
    meanwhile, resting = rig.position(), dict(rig.rested)
    await rig.until(lambda: rig.position() < 25)
    await rig.until(lambda: rig.rested.get("stop") == (rig.position(), Decimal(90)))

    assert meanwhile == held
    assert resting == {"stop": (held, Decimal(90))}


async def test_a_close_for_which_no_room_can_be_made_is_not_sent(rig: RestingRig) -> None:
    held = await rig.guard(STOP)
    rig.venue.deaf_cancels = 1000
    rig.plans["b1"] = Plan({BTC: 0.2}, protections={BTC: STOP})
    await rig.clock.advance(15)

    assert rig.position() == held
    assert rig.rested == {"stop": (held, Decimal(90))}
    assert "OrderNotPlaced" in [event.name for event in await rig.events("b1")]


async def test_a_trailing_stop_is_moved_in_steps_and_the_watch_is_exact(rig: RestingRig) -> None:
    held = await rig.guard(Protection(trailing=0.1))
    begun = rig.rested
    rig.venue.quote(BTC, "100.5")
    await rig.clock.advance(5)
    small = rig.rested
    rig.venue.quote(BTC, "120")
    await rig.until(lambda: rig.rested.get("stop") == (held, Decimal(108)))
    rig.venue.quote(BTC, "121")
    await rig.clock.advance(5)
    lagging = rig.rested
    rig.venue.quote(BTC, "108.9")
    await rig.clock.settle()
    await rig.clock.advance(0.5)
    closed_at = rig.venue.fills[-1].price

    assert begun == small == {"stop": (held, Decimal(90))}
    assert lagging == {"stop": (held, Decimal(108))}
    assert (rig.position(), closed_at) == (Decimal(0), Decimal("108.9"))


async def test_a_trailing_stop_of_a_fast_market_is_moved_no_oftener_than_every_few_seconds(rig: RestingRig) -> None:
    await rig.guard(Protection(trailing=0.1))
    before = rig.venue.requests.total()
    for price in range(102, 142, 2):
        rig.venue.quote(BTC, str(price))
        await rig.clock.advance(0.5)
    await rig.clock.advance(4)

    assert 3 <= rig.venue.requests.total() - before <= 5
    assert rig.rested["stop"][1] == Decimal(126)


# ---------------------------------------------------------------- what takes them off, and what does not


async def test_stop_halt_and_a_crash_leave_protections_resting(rig: RestingRig) -> None:
    await rig.guard(BOTH)
    resting = {order.venue_order_id for order in rig.venue.working}
    await rig.manager.halt()
    await rig.clock.advance(3)
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    await rig.crash()
    await rig.clock.advance(5)
    caretaker = await rig.caretaker()
    await rig.reboot()
    await rig.clock.advance(5)

    assert {order.venue_order_id for order in rig.venue.working} == resting
    assert caretaker == await rig.caretaker() == "venue"


async def test_protections_that_somebody_takes_off_are_placed_again_though_the_bot_is_stopped_and_halted(rig: RestingRig) -> None:
    await rig.guard(BOTH)
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    await rig.manager.halt()
    resting = rig.rested
    rig.venue.cancel_all()
    await rig.until(lambda: rig.rested == resting)

    assert await rig.caretaker() == "venue"


async def test_protections_that_were_taken_off_while_we_were_down_are_placed_again(rig: RestingRig) -> None:
    await rig.guard(BOTH)
    resting = rig.rested
    await rig.manager.close()
    rig.venue.cancel_all()
    rig.manager = rig._make()
    await rig.manager.open()
    await rig.until(lambda: rig.rested == resting)


async def test_a_venue_that_takes_everything_off_at_once_is_asked_later_and_later(rig: RestingRig) -> None:
    await rig.guard(STOP)
    before = rig.venue.requests.total()
    for _ in range(240):
        rig.venue.cancel_all()
        await rig.clock.advance(0.25)

    assert 4 <= rig.venue.requests.total() - before <= 12
    assert await rig.caretaker() == "watched"


async def test_a_flatten_takes_protections_off(rig: RestingRig) -> None:
    await rig.guard(BOTH)
    await rig.manager.flatten_bot("b1")
    await rig.until(lambda: rig.position() == 0 and not rig.venue.working)
    await rig.clock.advance(5)

    assert not rig.venue.working
    assert rig.venue.position(BTC) == 0


async def test_a_bot_deleted_with_its_position_left_takes_its_protections_along(rig: RestingRig) -> None:
    await rig.guard(BOTH)
    await rig.manager.stop_bot("b1")
    await rig.until_observed("b1", Observed.STOPPED)
    deleting = asyncio.create_task(rig.manager.delete_bot("b1", exposure="abandon"))
    await rig.until(deleting.done)
    await deleting
    await rig.clock.advance(15)

    assert not rig.venue.working
    assert rig.venue.position(BTC) > 0


# ---------------------------------------------------------------- touches


@pytest.mark.parametrize(("price", "barrier"), [("90", "stop"), ("120", "take_profit")])
async def test_a_leg_that_fills_takes_the_other_off_and_latches_flat(rig: RestingRig, price: str, barrier: str) -> None:
    await rig.guard(BOTH)
    rig.venue.quote(BTC, price)
    await rig.until(lambda: rig.position() == 0)
    requests = rig.venue.requests.total()
    rig.venue.quote(BTC, "100")
    await rig.clock.advance(10)

    assert rig.trader().memory.latches[BTC].flat == barrier
    assert rig.venue.position(BTC) == 0
    assert not rig.venue.working
    assert rig.venue.requests.total() == requests == 2, "the entry and the pair; no order of ours closed it"
    assert await rig.told() == ["ProtectionPlaced", "ProtectionTouched"]


async def test_a_leg_that_filled_while_we_were_down_is_a_touch_all_the_same(rig: RestingRig) -> None:
    await rig.guard(STOP)
    await rig.manager.close()
    rig.venue.quote(BTC, "89")
    rig.venue.quote(BTC, "100")
    rig.manager = rig._make()
    await rig.manager.open()
    await rig.until_observed("b1", Observed.RUNNING)
    await rig.clock.advance(10)

    assert rig.position() == rig.venue.position(BTC) == 0
    assert rig.trader().memory.latches[BTC].flat == "stop"


async def test_the_latch_is_durable_with_the_fill_that_makes_it(rig: RestingRig) -> None:
    await rig.guard(STOP)
    rig.venue.quote(BTC, "90")
    await rig.until(lambda: rig.position() == 0)
    boot = await rig.store.boot()

    assert boot.memories["b1"].latches[BTC].flat == "stop"

    await rig.crash()
    rig.venue.quote(BTC, "100")
    await rig.clock.advance(10)

    assert rig.position() == 0


async def test_a_touched_stop_that_the_venue_does_not_fill_is_closed_by_us_after_its_grace(rig: RestingRig) -> None:
    held = await rig.guard(STOP)
    rig.venue.acts = False
    rig.venue.quote(BTC, "90")
    await rig.clock.advance(1.5)
    within = rig.position()
    rig.venue.quote(BTC, "95")
    await rig.until(lambda: rig.position() == 0, within_s=5)

    assert within == held
    assert not rig.venue.working


async def test_a_touched_target_that_the_price_has_left_goes_on_resting(rig: RestingRig) -> None:
    held = await rig.guard(BOTH)
    rig.venue.acts = False
    rig.venue.quote(BTC, "120")
    await rig.clock.advance(1)
    rig.venue.quote(BTC, "110")
    await rig.clock.advance(5)
    resting = rig.rested
    rig.venue.quote(BTC, "120")
    await rig.until(lambda: rig.position() == 0, within_s=5)

    assert resting == {"stop": (held, Decimal(90)), "target": (held, Decimal(120))}


async def test_the_rest_of_a_target_that_filled_in_part_is_protected_again(rig: RestingRig) -> None:
    held = await rig.guard(BOTH)
    rig.venue.trade(rig.venue.rest()["target"], "10")
    await rig.until(lambda: rig.rested == {"stop": (held - 10, Decimal(90)), "target": (held - 10, Decimal(120))})
    await rig.clock.advance(5)

    assert not rig.trader().is_flat(BTC)
    assert rig.position() == held - 10, "what the target sold is not bought back"


async def test_the_rest_of_a_stop_that_filled_in_part_is_closed(rig: RestingRig) -> None:
    await rig.guard(STOP)
    rig.venue.trade(rig.venue.rest()["stop"], "10")
    await rig.until(lambda: rig.position() == 0, within_s=6)

    assert rig.trader().memory.latches[BTC].flat == "stop"
    assert rig.venue.position(BTC) == 0


async def test_a_crash_amid_a_stop_that_filled_in_part_closes_the_rest(rig: RestingRig) -> None:
    await rig.guard(STOP)
    rig.venue.trade(rig.venue.rest()["stop"], "10")
    await rig.clock.settle()
    await rig.crash()
    await rig.until(lambda: rig.position() == 0, within_s=10)

    assert rig.venue.position(BTC) == 0


async def test_the_gap_between_cancel_and_placement_is_watched_and_survives_a_crash(rig: RestingRig) -> None:
    await rig.guard(STOP)
    rig.venue.may_arrive.clear()
    rig.plans["b1"] = Plan({BTC: 0.5}, protections={BTC: Protection(stop=0.05)})
    await rig.until(lambda: not rig.venue.working)
    gap = await rig.caretaker()
    await rig.crash()
    rig.venue.may_arrive.set()
    await rig.until(lambda: rig.rested.get("stop") == (rig.position(), Decimal(95)))

    assert gap == "watched"


# ---------------------------------------------------------------- refusals and lost answers


async def test_a_stop_that_the_venue_rejects_turns_into_an_exit(rig: RestingRig) -> None:
    rig.venue.faults.extend([Fault.NONE, Fault.REJECTED])
    await rig.run(plan=Plan({BTC: 0.5}, protections={BTC: STOP}))
    await rig.until(lambda: len(rig.venue.fills) == 2)
    await rig.clock.advance(10)

    assert rig.position() == rig.venue.position(BTC) == 0
    assert rig.trader().memory.latches[BTC].flat == "stop"
    assert (await rig.told())[:2] == ["ProtectionRefused", "ProtectionTouched"]


async def test_a_rejected_target_is_watched(rig: RestingRig) -> None:
    rig.venue.faults.extend([Fault.NONE, Fault.REJECTED])
    await rig.run(plan=Plan({BTC: 0.5}, protections={BTC: Protection(take_profit=0.2)}))
    await rig.until(lambda: rig.position() > 0)
    await rig.clock.settle()
    early = await rig.caretaker()
    await rig.until(lambda: "target" in rig.venue.rest())

    assert early == "watched"
    assert await rig.told() == ["ProtectionRefused", "ProtectionPlaced"]


async def test_a_venue_that_voids_every_placement_is_asked_later_and_later(rig: RestingRig) -> None:
    await rig.run(plan=Plan({BTC: 0.5}))
    await rig.until(lambda: rig.position() > 0)
    before = rig.venue.requests.total()
    rig.venue.faults.extend([Fault.SKEWED] * 100)
    rig.plans["b1"] = Plan({BTC: 0.5}, protections={BTC: STOP})
    await rig.clock.advance(60)

    assert 4 <= rig.venue.requests.total() - before <= 8
    assert rig.position() > 0


async def test_a_placement_whose_answer_is_lost_counts_as_resting_once_it_is_found(rig: RestingRig) -> None:
    rig.venue.faults.extend([Fault.NONE, Fault.ANSWER_LOST])
    held = await rig.guard(STOP)

    assert rig.rested == {"stop": (held, Decimal(90))}
    assert await rig.caretaker() == "venue"
    assert rig.venue.requests.total() == 2


async def test_a_touch_while_a_placement_is_unknown_never_sells_twice(rig: RestingRig) -> None:
    rig.venue.faults.extend([Fault.NONE, Fault.REQUEST_LOST])
    await rig.run(plan=Plan({BTC: 0.5}, protections={BTC: STOP}))
    await rig.until(lambda: rig.trader().unresolved() == 1)
    caretaker = await rig.caretaker()
    rig.venue.quote(BTC, "90")
    await rig.until(lambda: rig.position() == 0)
    await rig.clock.advance(20)

    assert caretaker == "watched"
    assert rig.venue.position(BTC) == 0
    assert rig.venue.requests.total() == 3


async def test_a_venue_that_is_away_leaves_the_watch_and_gets_the_protection_when_it_is_back(rig: RestingRig) -> None:
    held = await rig.guard(STOP)
    rig.venue.away = AWAY
    rig.plans["b1"] = Plan({BTC: 0.5}, protections={BTC: Protection(stop=0.05)})
    await rig.clock.advance(10)
    away = rig.rested
    rig.venue.away = None
    await rig.until(lambda: rig.rested == {"stop": (held, Decimal(95))})

    assert away == {"stop": (held, Decimal(90))}


async def test_two_instruments_are_protected_each_on_its_own(rig: RestingRig) -> None:
    await rig.run(plan=Plan({BTC: 0.3, ETH: 0.3}, protections={BTC: STOP, ETH: BOTH}), instruments=[BTC, ETH], max_open=2)
    await rig.until(lambda: "stop" in rig.venue.rest(BTC) and "target" in rig.venue.rest(ETH))
    rig.venue.quote(BTC, "90")
    await rig.until(lambda: rig.position() == 0)
    await rig.clock.advance(5)

    assert rig.position(instrument=ETH) > 0
    assert {order.type for order in rig.venue.working} == {OrderType.STOP, OrderType.LIMIT}
