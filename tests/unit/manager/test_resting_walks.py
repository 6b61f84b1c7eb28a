"""Whatever happens in whichever order, all orders that could close a position never come to more than it, and in the end it is guarded."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from styrman import Plan, Protection
from styrman.errors import VenueUnavailable
from unit.manager.manager_rig import ManagerRig
from unit.manager.resting_venue import RestingVenue
from unit.trading.lossy_venue import BTC, Fault

PROTECTIONS = [
    Protection(stop=0.1),
    Protection(stop=0.05, take_profit=0.1),
    Protection(trailing=0.08, take_profit=0.2),
    Protection(stop=0.15, trailing=0.1),
    Protection(take_profit=0.1),
]
FAULTS = [Fault.ANSWER_LOST, Fault.REQUEST_LOST, Fault.SKEWED, Fault.DIES]
STEPS = 60
AWAY = VenueUnavailable("the venue is away")


class Walk:
    """One random life of a guarded bot."""

    def __init__(self, rig: ManagerRig, venue: RestingVenue, seed: int) -> None:
        self.rig, self.venue = rig, venue
        self.dice = random.Random(seed)  # noqa: S311 - repeatable by its seed, and secret from nobody
        self.price = 100.0
        self.plan()

    async def step(self) -> None:
        """Let one thing happen, and some time pass."""
        things: list[Callable[[], None]] = [self.move] * 4 + [
            self.plan,
            self.plan,
            self.fault,
            self.deafen,
            self.take_off,
            self.fill_a_part,
            self.leave,
        ]
        self.dice.choice(things)()
        if self.dice.random() < 0.08:
            await self.rig.crash()
        await self.rig.clock.advance(self.dice.choice([0.0, 0.25, 1.0, 3.0]))

    def plan(self) -> None:
        """Change the target and what protects it."""
        short = -0.5 if self.venue.capabilities.margin else 0.0
        target = self.dice.choice([0.0, 0.2, 0.3, 0.5, 0.8, short])
        self.rig.plans["b1"] = Plan({BTC: target}, protections={BTC: self.dice.choice(PROTECTIONS)})

    def move(self) -> None:
        self.price *= self.dice.uniform(0.95, 1.05)
        self.venue.acts = self.dice.random() < 0.8
        self.venue.quote(BTC, f"{self.price:.2f}")

    def fault(self) -> None:
        self.venue.faults.append(self.dice.choice(FAULTS))

    def deafen(self) -> None:
        self.venue.deaf_cancels = self.dice.choice([0, 1, 3])

    def take_off(self) -> None:
        self.venue.cancel_all()

    def fill_a_part(self) -> None:
        rest = list(self.venue.rest().values())
        if rest:
            order = self.dice.choice(rest)
            part = (order.quantity - order.filled) / 2
            self.venue.trade(order, str(self.venue.rules[BTC].round_quantity(part)))

    def leave(self) -> None:
        self.venue.away = None if self.venue.away else AWAY

    async def calm_down(self) -> None:
        """Let everything be answered, and the market stand still."""
        self.venue.away, self.venue.deaf_cancels, self.venue.acts = None, 0, True
        self.venue.faults.clear()
        self.venue.quote(BTC, f"{self.price:.2f}")
        await self.rig.clock.advance(150)


@pytest.mark.parametrize("kind", ["lists", "plain", "margin"])
@pytest.mark.parametrize("seed", range(8))
async def test_no_walk_closes_more_than_is_held_or_leaves_it_unguarded(tmp_path: Path, seed: int, kind: str) -> None:
    async with ManagerRig(tmp_path, make_venue=RestingVenue) as rig:
        venue = rig.venue
        assert isinstance(venue, RestingVenue)
        venue.can(order_lists=kind == "lists")
        if kind == "margin":
            venue.be_a_margin_venue()
        walk = Walk(rig, venue, seed)
        await rig.run()
        for _ in range(STEPS):
            await walk.step()
        await walk.calm_down()
        held, rules = rig.position(), venue.rules[BTC]

        assert venue.excesses == []
        assert held == venue.position(BTC)
        assert max(venue.requests.values()) == 1
        if rules.is_dust(held, venue.prices[BTC]):
            assert not venue.working
        else:
            assert not rig.trader().is_flat(BTC)
            assert {order.quantity - order.filled for order in venue.rest().values()} == {abs(held)}
