"""The account of a market of perpetual swaps: one net position an instrument, long or short, on margin in the quote currency.

Funding is not charged, and nothing is liquidated: an account that has lost more than it had goes below zero, and takes no new exposure.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Fill, OrderRequest
from styrman.venues.papertrading.account import NOTHING, Changes, Position

_CENT = Decimal("0.00000001")


class MarginAccount:
    """Claims are values in quote. An instrument needs margin for the larger of its two sides, were all that works there to trade.

    What is not realised counts for nothing, whether won or lost.
    """

    def __init__(self, totals: Mapping[str, Decimal], positions: Mapping[str, Position], *, leverage: Decimal) -> None:
        self._totals, self._leverage = dict(totals), leverage
        self._positions = {name: position for name, position in positions.items() if position.quantity}
        self._claimed: dict[tuple[str, Side], Decimal] = {}
        self._rules: dict[str, InstrumentRules] = {}  # of the instruments that anything is claimed or held in
        self._changes = Changes()

    def credit(self, currency: str, amount: Decimal) -> None:
        """Add to a total; a negative amount pays."""
        self._totals[currency] = self._changes.totals[currency] = self._totals.get(currency, NOTHING) + amount

    def know(self, rules: Mapping[str, InstrumentRules]) -> None:
        """Learn which currency the positions taken back from the journal are margined in."""
        self._rules |= {name: rules[name] for name in self._positions if name in rules}

    def unit_claim(self, request: OrderRequest, rules: InstrumentRules, bound: Decimal) -> Decimal:
        """Return the price and its fee's margin's worth; an order that can only reduce claims nothing."""
        return NOTHING if request.reduce_only else self._unit_cost(rules, bound) * self._leverage

    def claim(self, rules: InstrumentRules, side: Side, amount: Decimal) -> None:
        """Claim so much more for this side of the instrument."""
        self._rules[rules.instrument] = rules
        key = rules.instrument, side
        self._claimed[key] = self._claimed.get(key, NOTHING) + amount

    def shortfall(self, rules: InstrumentRules, side: Side, claim: Decimal) -> str | None:
        """Say what margin is lacking."""
        needed = self._margin(rules.instrument, {side: claim}) - self._margin(rules.instrument, {})
        free = self._free(rules.quote)
        return None if needed <= max(free, NOTHING) else f"needs {needed:f} {rules.quote} of margin; {free:f} is free"

    def affordable(self, rules: InstrumentRules, side: Side, price: Decimal, own_claim: Decimal) -> Decimal | None:
        """Return what the position lets be closed, and what the free margin lets be opened beyond."""
        closes = self.reducible(rules, side, NOTHING)
        without = self._margin(rules.instrument, {side: -own_claim})
        free = self._free(rules.quote) + self._margin(rules.instrument, {}) - without
        return closes + rules.round_quantity(max(NOTHING, free) / self._unit_cost(rules, price))

    def reducible(self, rules: InstrumentRules, side: Side, own_claim: Decimal) -> Decimal:
        """Return the size of the position on the other side."""
        del own_claim
        return max(NOTHING, -side.sign * self._position(rules.instrument).quantity)

    def settle(self, fill: Fill, rules: InstrumentRules) -> None:
        """Close what stands on the other side at its cost, open the rest, and pay the fee."""
        self._rules[rules.instrument] = rules
        before, sign = self._position(rules.instrument), fill.side.sign
        closes = min(fill.quantity, self.reducible(rules, fill.side, NOTHING))
        released = _part(before.cost, closes, abs(before.quantity))
        opens = fill.quantity - closes
        after = Position(before.quantity + sign * fill.quantity, before.cost - released + sign * opens * fill.price)
        self._positions[rules.instrument] = self._changes.positions[rules.instrument] = after
        self.credit(rules.quote, -sign * closes * fill.price - released - fill.fee)

    def held(self) -> Mapping[str, Decimal]:
        """Return the money by currency, and the positions by instrument."""
        positions = {name: position.quantity for name, position in self._positions.items() if position.quantity}
        return self._totals | positions

    def costs(self) -> Mapping[str, Decimal]:
        """Return what each position cost, in quote, signed."""
        return {name: position.cost for name, position in self._positions.items() if position.quantity}

    def take_changes(self) -> Changes:
        """Return what has changed since this was last asked."""
        changes, self._changes = self._changes, Changes()
        return changes

    def _position(self, instrument: str) -> Position:
        return self._positions.get(instrument, Position())

    def _free(self, currency: str) -> Decimal:
        instruments = (name for name, rules in self._rules.items() if rules.quote == currency)
        return self._totals.get(currency, NOTHING) - sum((self._margin(name, {}) for name in instruments), NOTHING)

    def _margin(self, instrument: str, more: Mapping[Side, Decimal]) -> Decimal:
        """Return the margin that an instrument needs, were so much more claimed there."""
        cost = self._position(instrument).cost
        sides = (side.sign * cost + self._claimed.get((instrument, side), NOTHING) + more.get(side, NOTHING) for side in Side)
        return max(NOTHING, *sides) / self._leverage

    def _unit_cost(self, rules: InstrumentRules, price: Decimal) -> Decimal:
        """Return what opening a unit takes from the free margin."""
        return price / self._leverage + price * max(rules.maker_fee, rules.taker_fee)


def _part(cost: Decimal, closes: Decimal, held: Decimal) -> Decimal:
    """Return the cost of the part that is closed: all of it, to the last digit, where all is."""
    if not closes or closes == held:
        return cost if closes else NOTHING
    return (cost * closes / held).quantize(_CENT, ROUND_HALF_EVEN)
