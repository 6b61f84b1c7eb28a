"""What a bot may send: an order is a `Proposal` and goes through `RULES` in their order; each lets it pass, makes it smaller or denies it.

Limits bind what adds exposure: none of them may trap a bot in a position. Pure; sends nothing; `OrderRate` is the one memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from styrman.domain.bots import TradingState
from styrman.domain.market import InstrumentRules, Side
from styrman.domain.spec import Risk
from styrman.errors import OrderDenied
from styrman.trading.exposure import NO_EXPOSURE, Exposure

_ZERO = Decimal(0)
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """An order that a bot is about to send, and all that the rules judge it by."""

    bot_id: str
    side: Side
    quantity: Decimal  # base
    price: Decimal  # quote; its limit or stop price, or where a market order would begin to trade
    reduce_only: bool = False
    rules: InstrumentRules
    trading_state: TradingState = TradingState.ACTIVE
    limits: Risk
    max_open: int
    equity: Decimal  # the bot's, in quote
    exposures: Mapping[str, Exposure] = field(default_factory=dict)  # by instrument; the order itself is not in it
    opposing: Decimal | None = None  # the best price at which another bot of the account works the other side here
    rate_spent: bool = False  # as many orders as allowed were sent within the last minute

    @property
    def here(self) -> Exposure:
        """The bot's exposure in the order's instrument."""
        return self.exposures.get(self.rules.instrument, NO_EXPOSURE)

    @property
    def elsewhere(self) -> Decimal:
        """The value of the bot's exposure in all its other instruments."""
        return sum((each.value for name, each in self.exposures.items() if name != self.rules.instrument), _ZERO)

    @property
    def reducible(self) -> Decimal:
        """How much an order of this side may trade and only reduce: the position on the other side, less what already closes it."""
        return max(_ZERO, -self.side.sign * self.here.position - self.here.pending(self.side))

    @property
    def adds(self) -> bool:
        """Whether it could leave the bot with more exposure than it has."""
        return self.quantity > self.reducible

    def reduced(self, rule: str, why: str) -> Decimal:
        """Return as much of it as only reduces; deny it where that is nothing."""
        if not self.reducible:
            raise self.denial(rule, f"{why}, and there is no position left for it to reduce (it holds {self.here.position})")
        return min(self.quantity, self.reducible)

    def denial(self, rule: str, why: str) -> OrderDenied:
        """Return the error that says which order of which bot was denied, and why."""
        what = f"{self.side} of {self.quantity} {self.rules.instrument} at {self.price}"
        return OrderDenied(rule, f"Bot {self.bot_id!r}: the {what} was denied ({rule}): {why}.")


Rule = Callable[[Proposal], Decimal]  # the quantity that passes, never more than was proposed; OrderDenied


def check(proposal: Proposal) -> Decimal:
    """Return how much of the order may be sent, in whole lots; OrderDenied by the first rule that lets nothing pass."""
    for rule in RULES:
        passed = rule(proposal)
        if passed != proposal.quantity:
            proposal = replace(proposal, quantity=passed)
    return proposal.quantity


def trading_state(order: Proposal) -> Decimal:
    """HALTED: nothing. REDUCING: what reduces the position, and no more than that."""
    if order.trading_state is TradingState.HALTED:
        raise order.denial("trading_state", "trading is HALTED; unhalt it first")
    return order.reduced("trading_state", "trading is REDUCING") if order.trading_state is TradingState.REDUCING else order.quantity


def reduce_only(order: Proposal) -> Decimal:
    """Cut an order that must only reduce down to the position."""
    return order.reduced("reduce_only", "it is reduce-only") if order.reduce_only else order.quantity


def short(order: Proposal) -> Decimal:
    """Sell nothing that this bot does not hold where a position can't be below zero; the account's other coins are not its own."""
    is_spot_sale = order.side is Side.SELL and not order.rules.shortable
    return order.reduced("short", "the instrument can't be sold short") if is_spot_sale else order.quantity


def unresolved(order: Proposal) -> Decimal:
    """Add nothing while the outcome of an order of this bot here is unknown; that order counts as if it had filled."""
    return order.reduced("unresolved", "the outcome of an earlier order here is not known yet") if order.here.unresolved else order.quantity


def self_trade(order: Proposal) -> Decimal:
    """Deny the later of two orders by which bots of one account would trade with each other."""
    if order.opposing is not None and (order.price - order.opposing) * order.side.sign >= 0:
        where = order.opposing if order.opposing and order.opposing.is_finite() else "market"
        raise order.denial("self_trade", f"another bot of the account works the other side at {where}")
    return order.quantity


def max_orders_per_minute(order: Proposal) -> Decimal:
    """Add nothing while the bot has spent its orders of the last minute."""
    if order.adds and order.rate_spent:
        limit = order.limits.max_orders_per_minute
        raise order.denial("max_orders_per_minute", f"{limit} orders were sent within the last minute, and {limit} is the limit")
    return order.quantity


def max_open(order: Proposal) -> Decimal:
    """Enter no instrument beyond the number that may be held or being entered at once."""
    others = sum(1 for name, each in order.exposures.items() if each.is_open and name != order.rules.instrument)
    if order.adds and not order.here.is_open and others >= order.max_open:
        raise order.denial("max_open", f"{others} other instruments are held or being entered, and {order.max_open} is the limit")
    return order.quantity


def capital(order: Proposal) -> Decimal:
    """Let a bot's exposure, this order and its fee come to no more than its equity: cut the order to what is left of that."""
    if not order.adds:
        return order.quantity
    room = order.equity - order.elsewhere - order.here.reach(order.side)
    affordable = min(order.quantity, room / (order.price * (1 + order.rules.taker_fee)))
    if affordable <= order.reducible:
        return order.reduced("capital", f"{room:.8f} of its equity of {order.equity:.8f} {order.rules.quote} is free")
    return affordable


def max_order_value(order: Proposal) -> Decimal:
    """Deny an order that adds and is worth more than the bot's limit."""
    limit, value = order.limits.max_order_value, order.quantity * order.price
    if order.adds and limit is not None and value > limit:
        raise order.denial("max_order_value", f"it is worth {value:.8f} {order.rules.quote}, and {limit} is the limit")
    return order.quantity


def max_position_value(order: Proposal) -> Decimal:
    """Deny an order with which, all that works on its side filled, the position would be worth more than the bot's limit."""
    limit, value = order.limits.max_position_value, order.here.reach(order.side) + order.quantity * order.price
    if order.adds and limit is not None and value > limit:
        raise order.denial("max_position_value", f"the position could come to {value:.8f} {order.rules.quote}, and {limit} is the limit")
    return order.quantity


def lot(order: Proposal) -> Decimal:
    """Round down to the venue's lot; deny what is less than the venue takes."""
    quantity, least = order.rules.round_quantity(order.quantity), max(order.rules.quantity_step, order.rules.min_quantity)
    if quantity < least:
        raise order.denial("lot", f"{quantity} {order.rules.base} is what may be sent, and {least} is the least that the venue takes")
    return quantity


def min_notional(order: Proposal) -> Decimal:
    """Deny what is worth less than the venue takes; what is left of a position below that stays."""
    value, least = order.quantity * order.price, order.rules.min_notional
    if value < least:
        raise order.denial("min_notional", f"it is worth {value:.8f} {order.rules.quote}, and {least} is the least that the venue takes")
    return order.quantity


RULES: tuple[Rule, ...] = (
    # What the order may do at all; then the limits, judged on what is left of it; then what the venue takes.
    *(trading_state, reduce_only, short, unresolved, self_trade),
    *(max_orders_per_minute, max_open, capital, max_order_value, max_position_value),
    *(lot, min_notional),
)


class OrderRate:
    """When the last orders of a bot were sent: a ring of as many times as a minute allows, empty until the first."""

    __slots__ = ("_limit", "_oldest", "_sent_at")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sent_at: list[float] = []
        self._oldest = 0

    def is_spent(self, now_s: float) -> bool:
        """Whether as many orders as allowed were sent within the last minute of monotonic time."""
        return len(self._sent_at) == self._limit and now_s - self._sent_at[self._oldest] < _MINUTE_S

    def count(self, now_s: float) -> None:
        """Count an order that is being sent; one that reduces counts too, even where the minute is spent."""
        if len(self._sent_at) < self._limit:
            self._sent_at.append(now_s)
            return
        self._sent_at[self._oldest] = now_s
        self._oldest = (self._oldest + 1) % self._limit
