"""From a target to a quantity, once, and from there to what is still to trade. Pure; rounds towards safety; sends nothing."""

from decimal import Decimal

from styrman.domain.market import InstrumentRules
from styrman.domain.records import Holding, TargetLatch
from styrman.errors import StrategyError

_ZERO = Decimal(0)


def latch(  # noqa: PLR0913 - the terms of one formula, keyword-only
    target: float,
    *,
    equity: Decimal,
    price: Decimal,
    rules: InstrumentRules,
    current: TargetLatch | None = None,
    threshold: float | None = None,
) -> TargetLatch:
    """Return the latch for a target: `current` itself unless the target differs from the one it was made from.

    With a `threshold`, a latch is made anew too once its quantity is off the target by more than that fraction of the equity;
    one that is latched flat, or forced by a person, is not. StrategyError where the target is no number in [-1, 1].
    """
    if not -1 <= target <= 1:
        raise StrategyError(
            f"The strategy's target for {rules.instrument} is {target}; return a fraction of equity in [-1, 1], or None for no opinion"
        )
    quantity = quantity_of(target, equity=equity, price=price, rules=rules)
    if current is None or current.target != target:
        return TargetLatch(target=target, quantity=quantity)
    if current.flat or current.forced or threshold is None or abs(quantity - current.quantity) * price <= Decimal(str(threshold)) * equity:
        return current
    return TargetLatch(target=target, quantity=quantity)


def latch_flat(current: TargetLatch | None, reason: str) -> TargetLatch:
    """Return the latch that keeps an instrument flat until the target differs from the one that was held."""
    return TargetLatch(target=current.target if current else None, quantity=_ZERO, flat=reason)


def quantity_of(target: float, *, equity: Decimal, price: Decimal, rules: InstrumentRules) -> Decimal:
    """Return the position that a fraction of the equity pays for, fee included; none below zero where the instrument can't be shorted."""
    fraction = Decimal(str(target)) if rules.shortable else max(_ZERO, Decimal(str(target)))
    return rules.round_quantity(fraction * max(_ZERO, equity) / (price * (1 + rules.taker_fee)))


def delta(latched: TargetLatch, *, position: Decimal, pending: Decimal, rules: InstrumentRules, price: Decimal) -> Decimal:
    """Return the signed quantity still to trade, in whole lots; zero where it is dust or no more than what fees in base took off.

    `pending` is what works already or may, signed, at full size: it takes from what is to be traded and never adds to it. Nothing is
    sold against a buy that rests (a claimed one, say) or that nobody knows of: it may never fill. What is left of a position below
    the venue's minimum stays.
    """
    held, lacking = position + pending, latched.quantity - position
    gap = min(max(latched.quantity - held, min(_ZERO, lacking)), max(_ZERO, lacking))
    # Bought once already, and short of it by no more than what rounding left and the venue kept.
    is_bought = gap * latched.quantity > 0 and held * latched.quantity > 0
    if is_bought and abs(gap) < abs(latched.quantity) * rules.taker_fee + rules.quantity_step:
        return _ZERO
    lots = rules.round_quantity(gap)
    return _ZERO if rules.is_dust(lots, price) else lots


def closable(holding: Holding, rules: InstrumentRules, *, closing: Decimal = _ZERO) -> Decimal:
    """Return how much of a position, beside what is being closed, the venue would take an order for, unsigned; less is as good as flat."""
    quantity = rules.round_quantity(max(_ZERO, abs(holding.quantity) - closing))
    return _ZERO if rules.is_dust(quantity, holding.average_price) else quantity
