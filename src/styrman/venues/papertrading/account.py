"""What a paper account is asked before an order, and told after a trade; and the account of a spot market, where coins change hands.

An account knows no prices and no market: only what there is, and what working orders claim of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Fill, OrderRequest

NOTHING, ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class Position:
    """What is held of a perpetual swap: base, negative when short, and what that cost in quote, negative too."""

    quantity: Decimal = NOTHING
    cost: Decimal = NOTHING


@dataclass(slots=True)
class Changes:
    """What has changed of an account since it was last written down."""

    totals: dict[str, Decimal] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)


class Account(Protocol):
    """Money and what is held. A *claim* is what a working order keeps from being promised twice; its unit is the account's own."""

    def unit_claim(self, request: OrderRequest, rules: InstrumentRules, bound: Decimal) -> Decimal:
        """Return what each unit of an order claims where it trades at `bound` at worst."""
        ...

    def claim(self, rules: InstrumentRules, side: Side, amount: Decimal) -> None:
        """Claim so much more for an order of this side; a negative amount gives back."""
        ...

    def shortfall(self, rules: InstrumentRules, side: Side, claim: Decimal) -> str | None:
        """Return what is lacking for this claim, in words with both figures; None where it is covered."""
        ...

    def affordable(self, rules: InstrumentRules, side: Side, price: Decimal, own_claim: Decimal) -> Decimal | None:
        """Return how much can be paid for at this price by an order that has claimed so much; None: as much as it likes."""
        ...

    def reducible(self, rules: InstrumentRules, side: Side, own_claim: Decimal) -> Decimal:
        """Return how much an order of this side would reduce what is held, given what it has claimed of it itself."""
        ...

    def settle(self, fill: Fill, rules: InstrumentRules) -> None:
        """Take what a trade gives and pay what it costs."""
        ...

    def held(self) -> Mapping[str, Decimal]:
        """Return the totals by currency, and the positions by instrument where there are any."""
        ...

    def costs(self) -> Mapping[str, Decimal]:
        """Return what each position cost, by instrument, in quote, signed."""
        ...

    def take_changes(self) -> Changes:
        """Return what has changed since this was last asked."""
        ...


class SpotAccount:
    """Coins: a working buy claims quote, a working sell claims base, and nothing goes below zero."""

    def __init__(self, totals: Mapping[str, Decimal], *, fee_in_base: bool) -> None:
        self._totals, self._fee_in_base = dict(totals), fee_in_base
        self._claimed: dict[str, Decimal] = {}
        self._changes = Changes()

    def credit(self, currency: str, amount: Decimal) -> None:
        """Add to a total; a negative amount pays."""
        self._totals[currency] = self._changes.totals[currency] = self._totals.get(currency, NOTHING) + amount

    def unit_claim(self, request: OrderRequest, rules: InstrumentRules, bound: Decimal) -> Decimal:
        """Return the price and its fee for a buy, one coin for a sell."""
        return self._unit_cost(rules, bound) if request.side is Side.BUY else ONE

    def claim(self, rules: InstrumentRules, side: Side, amount: Decimal) -> None:
        """Claim so much more of what the side pays with."""
        currency = _paid_with(rules, side)
        self._claimed[currency] = self._claimed.get(currency, NOTHING) + amount

    def shortfall(self, rules: InstrumentRules, side: Side, claim: Decimal) -> str | None:
        """Say what is lacking of what the side pays with."""
        currency = _paid_with(rules, side)
        free = self._free(currency)
        return None if claim <= free else f"needs {claim:f} {currency}; {free:f} is free"

    def affordable(self, rules: InstrumentRules, side: Side, price: Decimal, own_claim: Decimal) -> Decimal | None:
        """Return what the free quote buys: only a buy without a limit can cost more than it has claimed."""
        if side is Side.SELL:
            return None
        return rules.round_quantity(max(NOTHING, self._free(rules.quote) + own_claim) / self._unit_cost(rules, price))

    def reducible(self, rules: InstrumentRules, side: Side, own_claim: Decimal) -> Decimal:
        """Return what is held and free to be sold; there is nothing to buy back."""
        return rules.round_quantity(max(NOTHING, self._free(rules.base) + own_claim)) if side is Side.SELL else NOTHING

    def settle(self, fill: Fill, rules: InstrumentRules) -> None:
        """Exchange base for quote."""
        self.credit(rules.base, fill.side.sign * fill.quantity)
        self.credit(rules.quote, -fill.side.sign * fill.quantity * fill.price)
        self.credit(fill.fee_currency, -fill.fee)

    def held(self) -> Mapping[str, Decimal]:
        """Return the totals by currency."""
        return dict(self._totals)

    def costs(self) -> Mapping[str, Decimal]:
        """Return nothing: coins are no positions."""
        return {}

    def take_changes(self) -> Changes:
        """Return the totals that have changed since this was last asked."""
        changes, self._changes = self._changes, Changes()
        return changes

    def _free(self, currency: str) -> Decimal:
        return self._totals.get(currency, NOTHING) - self._claimed.get(currency, NOTHING)

    def _unit_cost(self, rules: InstrumentRules, price: Decimal) -> Decimal:
        return price if self._fee_in_base else price * (1 + max(rules.maker_fee, rules.taker_fee))


def _paid_with(rules: InstrumentRules, side: Side) -> str:
    return rules.quote if side is Side.BUY else rules.base
