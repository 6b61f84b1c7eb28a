"""What should rest at the venue to protect a position: a stop, a target, or both. Pure; the sentry brings it about.

Prices come from `protections`; quantities are what of the position no other order of the bot closes already, so that all that
could close it never comes to more than it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Intent, IntentState, OrderRequest, OrderType
from styrman.domain.records import Guard, Holding
from styrman.ports import Capabilities
from styrman.trading.intents import new_client_order_id
from styrman.trading.protections import Barrier, exit_side, levels, stop_barrier
from styrman.trading.trader import LiveOrder, Trader

STEP = Decimal("0.1")  # of a trailing stop's distance: it is moved at the venue once the best price has moved it by this much

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One order that should rest: for which barrier, and at which price."""

    barrier: Barrier
    side: Side
    quantity: Decimal  # base
    price: Decimal  # quote; where a stop triggers, or a target trades

    @property
    def is_stop(self) -> bool:
        """Whether it is a stop order; else it is a limit order, the target."""
        return self.barrier is not Barrier.TAKE_PROFIT

    def request(self, instrument: str, *, reduce_only: bool) -> OrderRequest:
        """Return the request that places it."""
        return OrderRequest(
            client_order_id=new_client_order_id(),
            instrument=instrument,
            side=self.side,
            type=OrderType.STOP if self.is_stop else OrderType.LIMIT,
            quantity=self.quantity,
            price=None if self.is_stop else self.price,
            stop_price=self.price if self.is_stop else None,
            reduce_only=reduce_only,
        )


def legs(  # noqa: PLR0913 - the terms of one rule, keyword-only
    guard: Guard,
    holding: Holding,
    rules: InstrumentRules,
    able: Capabilities,
    *,
    closing: Decimal = _ZERO,
    opposing: Decimal | None = None,
) -> tuple[Leg, ...]:
    """Return what should rest, the stop first; what is left out is watched by the caretaker.

    `closing` is what the bot's other orders close of the position, unsigned; `opposing` the best price at which another bot of the
    account works the other side, with which no target may trade. Where a venue has no order lists, spot coins can be locked but
    once: the stop rests, and the target is watched.
    """
    quantity = rules.round_quantity(max(_ZERO, abs(holding.quantity) - closing))
    prices, barrier = levels(guard, holding), stop_barrier(guard, holding)
    side = exit_side(holding)
    stop = None if barrier is None or not holds_stops(able) else _leg(barrier, prices[barrier], side, quantity, rules)
    target = _leg(Barrier.TAKE_PROFIT, prices.get(Barrier.TAKE_PROFIT), side, quantity, rules)
    if target is not None and (_would_meet(target, opposing) or (stop is not None and not holds_both(able))):
        target = None
    return tuple(leg for leg in (stop, target) if leg is not None)


def _leg(barrier: Barrier, price: Decimal | None, side: Side, quantity: Decimal, rules: InstrumentRules) -> Leg | None:
    """Return a leg, its price rounded towards safety: a stop triggers earlier, a target takes no less. None where the venue takes none."""
    rounded = _ZERO if price is None else rules.round_price(price, side)
    if rounded <= 0 or not quantity or rules.is_dust(quantity, rounded):
        return None
    return Leg(barrier=barrier, side=side, quantity=quantity, price=rounded)


def _would_meet(leg: Leg, opposing: Decimal | None) -> bool:
    return opposing is not None and (leg.price - opposing) * leg.side.sign >= 0


def holds_stops(able: Capabilities) -> bool:
    """Whether a stop rests at the venue."""
    return able.stop_orders and OrderType.STOP in able.order_types


def holds_both(able: Capabilities) -> bool:
    """Whether a stop and a target rest side by side: as one pair, or apart where neither locks nor flips anything."""
    return able.order_lists or reduces_only(able)


def reduces_only(able: Capabilities) -> bool:
    """Whether the venue itself keeps an order from flipping a position."""
    return able.margin and able.reduce_only


def slack(guard: Guard, leg: Leg, rules: InstrumentRules) -> Decimal:
    """Return by how much a resting stop may lag behind the trailing one before it is moved; the watch covers the rest exactly."""
    if guard.trailing is None or not leg.is_stop:
        return _ZERO
    return max(rules.price_tick, STEP * Decimal(str(guard.trailing)) * (guard.best_price or leg.price))


def strays(resting: Sequence[LiveOrder], wanted: Sequence[Leg], lags: Sequence[Decimal], *, apart: bool) -> tuple[LiveOrder, ...]:
    """Return the orders that are to come off: those that fit no leg, and all where a leg is missing that can't be placed beside them.

    `lags`: by how much each leg's order may be looser in price than the leg.
    """
    pairs = list(zip(wanted, lags, strict=True))
    unfit = tuple(order for order in resting if not any(_fits(order, leg, lag) for leg, lag in pairs))
    misses = any(not any(_fits(order, leg, lag) for order in resting) for leg, lag in pairs)
    return unfit if apart or not misses else tuple(resting)


def excess(resting: Iterable[LiveOrder], wanted: Sequence[Leg]) -> tuple[LiveOrder, ...]:
    """Return the orders that could close more than what is wanted of their kind, whatever their price."""
    most = {leg.is_stop: leg.quantity for leg in wanted}
    return tuple(order for order in resting if order.intent.remaining > most.get(is_stop(order), _ZERO))


def missing(resting: Iterable[LiveOrder], wanted: Iterable[Leg]) -> tuple[Leg, ...]:
    """Return the legs of which there is no order of their kind."""
    kinds = {is_stop(order) for order in resting}
    return tuple(leg for leg in wanted if leg.is_stop not in kinds)


def _fits(order: LiveOrder, leg: Leg, lag: Decimal) -> bool:
    request = order.intent.request
    price = request.stop_price if leg.is_stop else request.price
    if price is None or request.side is not leg.side or order.intent.remaining != leg.quantity:
        return False
    return 0 <= (price - leg.price) * leg.side.sign <= lag


# ---------------------------------------------------------------- orders that rest


def is_stop(order: LiveOrder) -> bool:
    """Whether a resting protection is its stop."""
    return order.intent.request.type is OrderType.STOP


def works(order: LiveOrder) -> bool:
    """Whether the venue confirmed the order, and neither its end nor a cancel of ours."""
    return order.intent.state in (IntentState.ACKED, IntentState.PARTIALLY_FILLED) and not order.has_ended


def is_triggered(order: LiveOrder) -> bool:
    """Whether it is a stop that has begun to trade."""
    return is_stop(order) and bool(order.intent.filled)


def is_touched(order: LiveOrder, price: Decimal) -> bool:
    """Whether a price at which the position could be closed is one at which the venue fills this order."""
    request = order.intent.request
    level = request.stop_price if is_stop(order) else request.price
    beyond = _ZERO if level is None else (price - level) * request.side.sign
    return level is not None and (beyond >= 0 if is_stop(order) else beyond <= 0)


def is_guarded_there(trader: Trader, instrument: str) -> bool:
    """Whether what would close a position rests at the venue, confirmed: its stop, or its target where it has no stop."""
    guard = trader.memory.guards[instrument]
    wants_stop = guard.stop is not None or guard.trailing is not None
    return any(order.is_guard and works(order) and is_stop(order) is wants_stop for order in trader.orders(instrument))


def run_id(leg: Leg, request: OrderRequest) -> str:
    """Return the run that a leg's intent names: no run of the bot's, hence beyond revoking; and it says the barrier, durably."""
    return f"{leg.barrier}-{request.client_order_id[-8:]}"


def barrier_of(intent: Intent) -> Barrier:
    """Return which barrier a resting protection stands for."""
    return Barrier(intent.run_id.rpartition("-")[0])


def in_the_way(orders: Iterable[LiveOrder]) -> Decimal:
    """Return how much of a position resting protections could close between them: a stop and a target close it once."""
    return max((order.intent.remaining for order in orders), default=_ZERO)


def closing(trader: Trader, instrument: str) -> Decimal:
    """Return what a bot's own orders, protections aside, may still close of its position, unsigned."""
    position = trader.position(instrument)
    exposures = (order.exposure for order in trader.orders(instrument) if not order.is_guard)
    return sum((abs(exposure) for exposure in exposures if exposure * position < 0), _ZERO)


def fault(request: OrderRequest, rules: InstrumentRules) -> str:
    """Return what of a request breaks the venue's own rules, hence is our fault; "" where nothing does."""
    price = request.stop_price or request.price or _ZERO
    if price % rules.price_tick:
        return f"its price {price} is off the tick {rules.price_tick}"
    if request.quantity % rules.quantity_step:
        return f"its quantity {request.quantity} is off the lot {rules.quantity_step}"
    return f"{request.quantity} at {price} is less than the venue takes" if rules.is_dust(request.quantity, price) else ""
