"""Stop, take profit, trailing stop, time limit: when a position's protection is touched. Pure; who exits, and how, is not said here.

Levels are fractions of the average entry price, so they move with it; the trailing stop follows the best price and never loosens.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from styrman.domain.market import Side, Ticker
from styrman.domain.orders import Protection
from styrman.domain.records import Guard, Holding


class Barrier(StrEnum):
    """What a price or the time can touch. Where several are touched at once, the first in this order is named."""

    STOP = "stop"  # the loss that was allowed
    TAKE_PROFIT = "take_profit"  # the gain that was aimed at
    TRAILING = "trailing"  # fell back from the best price since entry
    TIME_LIMIT = "time_limit"  # held long enough


BARRIERS = frozenset(Barrier)


def arm(protection: Protection, holding: Holding, existing: Guard | None = None) -> Guard:
    """Return the guard of a position, keeping what `existing` remembers of it; a flat holding's guard remembers nothing.

    Call it each cycle and after each fill.
    """
    limit = protection.time_limit
    remembered = existing if existing and holding.quantity else None
    guard = Guard(
        stop=protection.stop,
        take_profit=protection.take_profit,
        trailing=protection.trailing,
        time_limit_s=None if limit is None else limit.total_seconds(),
        best_price=remembered.best_price if remembered else None,
        touched=remembered.touched if remembered else "",
    )
    return existing if guard == existing else guard


def watch(guard: Guard, holding: Holding, ticker: Ticker, market_time: datetime) -> Guard:
    """Return the guard after a price: the same object where nothing changed, `touched` set from the first touch until the position is flat.

    The price is the one the exit would get: the bid for a long position, the ask for a short one.
    """
    if not holding.quantity:
        return replace(guard, best_price=None, touched="") if guard.best_price or guard.touched else guard
    if guard.touched:
        return guard
    price = ticker.taking(exit_side(holding))
    # Also right when a fill crosses zero: the best of a long position is no better than the price for the short one, and the reverse.
    better = max if holding.quantity > 0 else min
    best = better(guard.best_price or holding.average_price, price)
    moved = guard if best == guard.best_price else replace(guard, best_price=best)
    touched = _touched(moved, holding, price, market_time)
    return replace(moved, touched=touched.value) if touched else moved


def exit_side(holding: Holding) -> Side:
    """Return the side that closes a position."""
    return Side.SELL if holding.quantity > 0 else Side.BUY


def levels(guard: Guard, holding: Holding) -> dict[Barrier, Decimal]:
    """Return the price of each barrier that has one, not rounded; empty where the holding is flat."""
    if not holding.quantity:
        return {}
    entry = holding.average_price
    parts = (
        (Barrier.STOP, guard.stop, entry, -1),
        (Barrier.TAKE_PROFIT, guard.take_profit, entry, 1),
        (Barrier.TRAILING, guard.trailing, guard.best_price or entry, -1),
    )
    way = -exit_side(holding).sign
    return {barrier: base * (1 + way * gain * Decimal(str(part))) for barrier, part, base, gain in parts if part is not None}


def stop_barrier(guard: Guard, holding: Holding) -> Barrier | None:
    """Return for which barrier a stop order should rest at the venue: the nearer of stop and trailing stop; None where there is neither."""
    prices = levels(guard, holding)
    stops = [barrier for barrier in (Barrier.STOP, Barrier.TRAILING) if barrier in prices]
    nearest = max if holding.quantity > 0 else min
    return nearest(stops, key=prices.__getitem__, default=None)


def _touched(guard: Guard, holding: Holding, price: Decimal, market_time: datetime) -> Barrier | None:
    way = -exit_side(holding).sign
    for barrier, level in levels(guard, holding).items():
        beyond = (price - level) * way  # above zero: better than the level
        if beyond >= 0 if barrier is Barrier.TAKE_PROFIT else beyond <= 0:
            return barrier
    return Barrier.TIME_LIMIT if _is_over(guard, holding, market_time) else None


def _is_over(guard: Guard, holding: Holding, market_time: datetime) -> bool:
    if guard.time_limit_s is None or holding.opened_at is None:
        return False
    return market_time >= holding.opened_at + timedelta(seconds=guard.time_limit_s)
