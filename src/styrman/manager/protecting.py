"""What guards a bot's positions at this moment: each barrier of each position, where it lies, and who sees to it. Reads alone."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.records import Guard, Holding
from styrman.manager.views import ProtectionView
from styrman.trading.execution import Desk
from styrman.trading.protections import Barrier, exit_side, levels
from styrman.trading.resting import barrier_of, works
from styrman.trading.trader import LiveOrder, Trader

_KINDS: dict[Barrier, Literal["stop_loss", "take_profit", "trailing", "time_limit"]] = {
    Barrier.STOP: "stop_loss",
    Barrier.TAKE_PROFIT: "take_profit",
    Barrier.TRAILING: "trailing",
    Barrier.TIME_LIMIT: "time_limit",
}


def protections(trader: Trader, desk: Desk) -> tuple[ProtectionView, ...]:
    """Return what guards a bot's open positions, in the order of the barriers; nothing where nothing is held."""
    return tuple(view for holding in trader.book.open_holdings() for view in _of(trader, desk, holding))


def _of(trader: Trader, desk: Desk, holding: Holding) -> Iterator[ProtectionView]:
    guard, rules = trader.memory.guards.get(holding.instrument), desk.venue.instruments().get(holding.instrument)
    if guard is None:
        return
    watched: Literal["watched"] | None = "watched" if desk.recovered.is_set() else None
    resting = {barrier_of(order.intent): order for order in trader.orders(holding.instrument) if order.is_guard and works(order)}
    for barrier, level in levels(guard, holding).items():
        order = resting.get(barrier)
        yield ProtectionView(
            instrument=holding.instrument,
            kind=_KINDS[barrier],
            price=_rounded(level, exit_side(holding), rules) if order is None else _price(order),
            quantity=abs(holding.quantity) if order is None else order.intent.remaining,
            at=None,
            guard=watched if order is None else "venue",
        )
    yield from _time_limit(guard, holding, watched)


def _time_limit(guard: Guard, holding: Holding, watched: Literal["watched"] | None) -> Iterator[ProtectionView]:
    if guard.time_limit_s is not None and holding.opened_at is not None:
        at = holding.opened_at + timedelta(seconds=guard.time_limit_s)
        yield ProtectionView(
            instrument=holding.instrument, kind="time_limit", price=None, quantity=abs(holding.quantity), at=at, guard=watched
        )


def _price(order: LiveOrder) -> Decimal | None:
    request = order.intent.request
    return request.stop_price if request.stop_price is not None else request.price


def _rounded(level: Decimal, side: Side, rules: InstrumentRules | None) -> Decimal:
    """Return a level to the tick, towards safety, as an order would have it."""
    return level if rules is None else rules.round_price(level, side)
