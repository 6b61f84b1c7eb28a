"""What a bot holds and may come to hold, by instrument: its position and every order that is not final, counted at full size.

Orders that rest to protect a position don't count: they only ever close it, and make room for whatever else does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Intent
from styrman.trading.book import Book, Prices

_ZERO = Decimal(0)
# An order at market whose instrument has no price yet could cost anything: until there is one, nothing else is affordable.
_UNKNOWN_PRICE = Decimal("Infinity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """One instrument of a bot: what it holds, and what it would hold if everything that works on one side filled."""

    position: Decimal = _ZERO  # base, signed
    worth: Decimal = _ZERO  # quote; the position's value now, signed
    buying: Decimal = _ZERO  # base; open buys
    selling: Decimal = _ZERO  # base; open sells
    bought_for: Decimal = _ZERO  # quote; value of the open buys
    sold_for: Decimal = _ZERO  # quote; value of the open sells
    unresolved: bool = False  # the venue may or may not hold one of the orders
    is_dust: bool = False  # the position is too small to be sold, hence does not count as open

    def pending(self, side: Side) -> Decimal:
        """Return the base quantity of the open orders of one side."""
        return self.buying if side is Side.BUY else self.selling

    def reach(self, side: Side) -> Decimal:
        """Return the value of the position if all orders of one side filled, above zero in that side's direction."""
        return self.worth + self.bought_for if side is Side.BUY else self.sold_for - self.worth

    @property
    def value(self) -> Decimal:
        """The most that the position could come to, whichever side fills."""
        return max(self.reach(Side.BUY), self.reach(Side.SELL))

    @property
    def is_open(self) -> bool:
        """Whether there is a position, or an order that could make one."""
        held = _ZERO if self.is_dust else self.position
        return held != 0 or self.buying > max(_ZERO, -held) or self.selling > max(_ZERO, held)


NO_EXPOSURE = Exposure()


def exposures(book: Book, intents: Iterable[Intent], prices: Prices, rules: Mapping[str, InstrumentRules]) -> dict[str, Exposure]:
    """Return the exposure in each instrument where the bot holds something or has an order that is not final.

    A position without a price counts at its cost; `rules` has at least the instruments held.
    """
    orders: dict[str, list[Intent]] = {holding.instrument: [] for holding in book.open_holdings()}
    for intent in intents:
        if intent.remaining:
            orders.setdefault(intent.request.instrument, []).append(intent)
    return {name: _exposure(book, name, pending, prices, rules) for name, pending in orders.items()}


def _exposure(book: Book, instrument: str, intents: Iterable[Intent], prices: Prices, rules: Mapping[str, InstrumentRules]) -> Exposure:
    holding, price = book.holding(instrument), prices(instrument)
    size = dict.fromkeys(Side, _ZERO)
    value = dict.fromkeys(Side, _ZERO)
    unresolved = False
    for intent in intents:
        unresolved = unresolved or intent.state.is_unresolved
        if intent.is_guard:
            continue  # it makes room for whatever else closes the position
        request = intent.request
        size[request.side] += intent.remaining
        value[request.side] += intent.remaining * (request.price or request.stop_price or price or _UNKNOWN_PRICE)
    return Exposure(
        position=holding.quantity,
        worth=holding.cost if price is None else holding.quantity * price,
        buying=size[Side.BUY],
        selling=size[Side.SELL],
        bought_for=value[Side.BUY],
        sold_for=value[Side.SELL],
        unresolved=unresolved,
        is_dust=bool(holding.quantity) and rules[instrument].is_dust(holding.quantity, price or holding.average_price),
    )
