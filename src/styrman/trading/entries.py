"""An entry that a person orders: what it comes to, and whether the risk rules let all of it pass. Sends nothing.

A bot that follows targets is given another quantity to hold, and its next cycle brings it there; one that names its own orders
gets one order at market beside them.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Intent
from styrman.domain.records import TargetLatch
from styrman.errors import FieldError, Invalid, VenueNotOpen
from styrman.trading import risk, sizing
from styrman.trading.difference import Difference, proposal
from styrman.trading.requests import market_order

if TYPE_CHECKING:
    from styrman.trading.bot import Bot

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What is to be entered: a quantity in base or a value in quote of one side (buy where none is named), or the position
    that a fraction of the equity pays for. Exactly one of the three.
    """

    instrument: str
    side: Side | None = None
    quantity: Decimal | None = None
    value: Decimal | None = None
    target: float | None = None

    def check(self) -> None:
        """Raise Invalid where it is none, whoever asks for it."""
        sizes = {"quantity": self.quantity, "value": self.value, "target": self.target}
        given = [name for name, size in sizes.items() if size is not None]
        if len(given) != 1:
            raise _invalid("quantity", "give exactly one of quantity, value and target")
        if self.target is None:
            size = sizes[given[0]]
            if not (isinstance(size, Decimal) and size.is_finite() and size > 0):
                raise _invalid(given[0], f"{size} is no amount; give a number above zero")
        elif not -1 <= self.target <= 1:
            raise _invalid("target", f"{self.target} is no fraction of the equity; give one in [-1, 1]")
        elif self.side is not None:
            raise _invalid("side", "a target has its side in its sign; give quantity or value with a side")


def gap(bot: "Bot", entry: Entry) -> Decimal:
    """Return by how much the entry changes the position: base, signed, in whole lots; zero where a target is reached already.

    Invalid where the venue can't take it; VenueNotOpen where there is no price yet.
    """
    entry.check()
    rules, side = bot.rules[entry.instrument], entry.side or Side.BUY
    price = bot.feeds.taking(entry.instrument, side)
    if not price:
        raise VenueNotOpen(f"No price of {entry.instrument} has come yet; ask again in a moment.")
    if entry.target is not None:
        wanted = sizing.quantity_of(entry.target, equity=bot.trader.book.equity(bot.feeds.price), price=price, rules=rules)
        change = rules.round_quantity(wanted - _held(bot, entry.instrument))
    else:
        change = side.sign * rules.round_quantity(entry.quantity if entry.value is None else entry.value / price)  # type: ignore[arg-type] # check() saw to it that one is given
    if change or entry.target is None:
        _check_size(bot, entry, rules, change, price)
    return change


def check(bot: "Bot", instrument: str, change: Decimal, *, in_slices: bool) -> Decimal:
    """Raise OrderDenied where the risk rules would not let all of it pass now; return the change.

    `in_slices`: it is brought there by as many orders as the largest order value allowed makes of it.
    """
    request = market_order(instrument, Side.BUY if change > 0 else Side.SELL, abs(change))
    asked = proposal(bot, request, Difference())
    if in_slices:
        asked = replace(asked, limits=replace(asked.limits, max_order_value=None))
    passed = risk.check(asked)
    if passed < abs(change):
        raise asked.denial("entry", f"no more than {passed} {asked.rules.base} of it may be sent now; ask for that or less")
    return change


def latched(bot: "Bot", instrument: str, change: Decimal) -> TargetLatch | None:
    """Return the latch that brings the position there and keeps it until the strategy's target changes; None where it has no target.

    Invalid where the change is lost in what fees in base may have taken off the position.
    """
    current = bot.trader.memory.latches.get(instrument)
    if current is None or current.target is None:
        return None
    latch = TargetLatch(target=current.target, quantity=_held(bot, instrument) + change, forced=True)
    if not left(bot, instrument, latch):
        raise _invalid("quantity", f"{abs(change)} is too little beside the {_held(bot, instrument)} that the bot holds; give more")
    return latch


def intent(bot: "Bot", instrument: str, change: Decimal) -> Intent:
    """Return the one order at market of an entry beside a strategy's own orders. Nothing is journaled yet."""
    request = market_order(instrument, Side.BUY if change > 0 else Side.SELL, abs(change))
    return bot.desk.prepare(request, bot.order, origin="force")


def left(bot: "Bot", instrument: str, latch: TargetLatch) -> Decimal:
    """Return what is still to trade until a latch is reached, nothing being under way."""
    trader, rules = bot.trader, bot.rules[instrument]
    price = bot.feeds.price(instrument) or _ZERO
    return sizing.delta(latch, position=trader.position(instrument), pending=trader.pending(instrument), rules=rules, price=price)


def _held(bot: "Bot", instrument: str) -> Decimal:
    return bot.trader.position(instrument) + bot.trader.pending(instrument)


def _check_size(bot: "Bot", entry: Entry, rules: InstrumentRules, change: Decimal, price: Decimal) -> None:
    """Raise Invalid where what is asked for is less than the venue takes, or more than can be sold."""
    name = next(name for name in ("quantity", "value", "target") if getattr(entry, name) is not None)
    size, least = abs(change), max(rules.quantity_step, rules.min_quantity)
    if size < least:
        raise _invalid(name, f"it comes to {size} {rules.base}, and {least} is the least that the venue takes")
    if size * price < rules.min_notional:
        raise _invalid(name, f"it is worth {size * price:.8f} {rules.quote}, and {rules.min_notional} is the least that the venue takes")
    held = bot.trader.position(entry.instrument)
    if change < 0 and not rules.shortable and size > held:
        raise _invalid(name, f"{size} {rules.base} can't be sold: the bot holds {held}, and the instrument can't be sold short")


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(f"This can't be entered: {message}.", [FieldError((field,), message)])
