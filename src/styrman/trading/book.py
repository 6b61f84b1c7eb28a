"""A bot's own book: what its fills made of its capital. Knows no venue and keeps no history; fills are deduplicated before they come here.

Everything follows from the sums that a holding keeps. Spot: cash is capital + realized PnL - cost. A swap costs nothing to hold:
its cash is capital + realized PnL, which is also the money that the account's wallet has for it.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from styrman.domain.cash import BotFunding
from styrman.domain.market import InstrumentRules, quote_of, settled_in
from styrman.domain.orders import Fill
from styrman.domain.plan import BookView, Position
from styrman.domain.records import Holding
from styrman.trading import holdings
from styrman.trading.holdings import Prices

__all__ = ["Book", "Prices"]

_ZERO = Decimal(0)


class Book:
    """One bot's capital and holdings, by average cost. Not safe to share between threads."""

    __slots__ = ("_funding", "_holdings", "bot_id", "capital")

    def __init__(self, bot_id: str, capital: Decimal, holdings: Iterable[Holding] = ()) -> None:
        self.bot_id = bot_id
        self.capital = capital
        self._holdings = {holding.instrument: holding for holding in holdings}
        self._funding: dict[str, Decimal] | None = None  # by instrument; most bots never get any

    def apply(self, fill: Fill, rules: InstrumentRules) -> Holding:
        """Enter a fill, once, and return the instrument's new holding."""
        return self.put(holdings.after_fill(self.holding(fill.instrument), fill, rules))

    def move(self, instrument: str, quantity: Decimal, price: Decimal, at: datetime) -> Holding:
        """Enter a position, signed, that changed hands at a price without a trade, and return the new holding."""
        return self.put(holdings.after_trade(self.holding(instrument), quantity, price, at))

    def put(self, holding: Holding) -> Holding:
        """Have this holding in its instrument, whatever was there, and return it."""
        self._holdings[holding.instrument] = holding
        return holding

    def fund(self, funding: BotFunding) -> None:
        """Take in what the bot got, all told, for holding an instrument."""
        self._funding = {**(self._funding or {}), funding.instrument: funding.amount}

    def holding(self, instrument: str) -> Holding:
        """Return what the book holds of an instrument; an empty holding where it never traded it."""
        return self._holdings.get(instrument) or Holding(bot_id=self.bot_id, instrument=instrument)

    def funding(self, instrument: str) -> Decimal:
        """Return what the bot got, all told, for holding an instrument; below zero: what it paid."""
        return _ZERO if self._funding is None else self._funding.get(instrument, _ZERO)

    def has_traded(self, instrument: str) -> bool:
        """Whether the bot ever held the instrument."""
        return instrument in self._holdings

    def open_holdings(self) -> tuple[Holding, ...]:
        """Return what is not flat, in the order in which it was first traded."""
        return tuple(holding for holding in self._holdings.values() if holding.quantity)

    @property
    def is_untouched(self) -> bool:
        """Whether the bot never traded."""
        return not self._holdings

    @property
    def cash(self) -> Decimal:
        """Capital + what sales brought - what purchases and fees cost; below zero only where a price ran away from its order."""
        return self.capital + sum((self._flow(holding) for holding in self._holdings.values()), _ZERO)

    @property
    def realized_pnl(self) -> Decimal:
        """PnL of all closed parts and of funding, fees in base and quote taken off; `realized` takes all fees off."""
        return sum((self._realized(holding) for holding in self._holdings.values()), _ZERO)

    @property
    def other_fees(self) -> dict[str, Decimal]:
        """All fees ever paid in neither base nor quote, by currency."""
        paid: dict[str, Decimal] = {}
        for holding in self._holdings.values():
            for currency, fee in holding.other_fees.items():
                paid[currency] = paid.get(currency, _ZERO) + fee
        return paid

    def unvalued_fees(self, prices: Prices) -> dict[str, Decimal]:
        """Return the fees, by currency, that no PnL here counts: nobody knows what their currency is worth in quote."""
        unvalued: dict[str, Decimal] = {}
        for holding in self._holdings.values():
            for currency, fee in holding.other_fees.items():
                if holdings.rate(currency, quote_of(holding.instrument), prices) is None:
                    unvalued[currency] = unvalued.get(currency, _ZERO) + fee
        return unvalued

    def realized(self, prices: Prices) -> Decimal:
        """Return the realized PnL with all fees taken off, those in other currencies at what they are worth now."""
        return self.realized_pnl - sum((holdings.other_fees(holding, prices) for holding in self._holdings.values()), _ZERO)

    def unrealized(self, prices: Prices) -> Decimal:
        """Return the PnL of what is open. A holding without a price counts at its cost."""
        return sum((holdings.unrealized(holding, prices) for holding in self._holdings.values()), _ZERO)

    def equity(self, prices: Prices) -> Decimal:
        """Return capital + realized + unrealized PnL."""
        return self.capital + self.realized(prices) + self.unrealized(prices)

    def positions(self, prices: Prices) -> tuple[Position, ...]:
        """Return what is open, valued."""
        return tuple(
            Position(
                instrument=holding.instrument,
                quantity=holding.quantity,
                average_price=holding.average_price,
                realized_pnl=self._realized(holding) - holdings.other_fees(holding, prices),
                unrealized_pnl=holdings.unrealized(holding, prices),
                opened_at=holding.opened_at,
            )
            for holding in self.open_holdings()
        )

    def view(self, prices: Prices, fills: tuple[Fill, ...] = ()) -> BookView:
        """Return the book as the strategy sees it; `fills` are those since the last cycle."""
        positions = {position.instrument: position for position in self.positions(prices)}
        return BookView(equity=self.equity(prices), cash=self.cash, positions=positions, fills=fills)

    def deltas(self) -> dict[str, Decimal]:
        """Return by how much the bot changed each asset of its account, as the venue's balances count them.

        Spot: base held, quote earned or spent. Swaps: the position under the instrument's name, and in the settlement currency
        what was realized, fees and funding included; what a position cost is not paid. Any: fees in other currencies.
        """
        held: dict[str, Decimal] = {}
        for asset, amount in self._deltas():
            held[asset] = held.get(asset, _ZERO) + amount
        return held

    def costs(self) -> dict[str, Decimal]:
        """Return what the open swaps cost, by instrument, signed as they are."""
        return {holding.instrument: holding.cost for holding in self._holdings.values() if holding.cost and settled_in(holding.instrument)}

    def _deltas(self) -> Iterator[tuple[str, Decimal]]:
        for holding in self._holdings.values():
            yield from holdings.deltas(holding)
        for instrument, amount in (self._funding or {}).items():
            yield quote_of(instrument), amount

    def _realized(self, holding: Holding) -> Decimal:
        return holding.realized_pnl + self.funding(holding.instrument)

    def _flow(self, holding: Holding) -> Decimal:
        """Return the quote that an instrument brought in, fees taken off."""
        return self._realized(holding) - (_ZERO if settled_in(holding.instrument) else holding.cost)
