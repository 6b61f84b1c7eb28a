"""An account as its venue tells it, beside what its bots' books hold at the same moment. Judges nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from styrman.domain.market import quote_of
from styrman.manager.sums import Sums, difference, total
from styrman.ports import TellsEntryCosts
from styrman.trading.execution import Desk
from styrman.trading.trader import Trader


@dataclass(frozen=True, slots=True)
class Reading:
    """Balances and books of one moment. By asset; costs in the settlement currency of what was entered."""

    balances: Mapping[str, Decimal] = field(default_factory=dict)
    books: Mapping[str, Decimal] = field(default_factory=dict)  # what the bots changed, as balances count it
    carried: Mapping[str, Decimal] = field(default_factory=dict)  # what the venue's open swaps cost beyond what they cost the bots
    is_still: bool = True  # no book moved while the venue was asked

    @property
    def outside(self) -> Sums:
        """What no book explains, swaps as if they had been paid for."""
        return difference(difference(self.balances, self.books), self.carried)


async def read(desk: Desk) -> Reading:
    """Ask the venue. VenueError.

    Where it does not tell what open swaps cost, they cost what they cost the bots: that holds as long as no two of them, and
    nobody else, trade the same swap of the account, since a venue nets them and realizes their PnL by its own average.
    """
    traders = desk.traders.values()
    before = books_of(traders), _costs(traders)
    balances = await desk.venue.fetch_balances()
    costs = _by_currency(await _costs_told(desk.venue, balances, traders)) if isinstance(desk.venue, TellsEntryCosts) else before[1]
    still = before == (books_of(traders), _costs(traders))
    return Reading(balances, before[0], difference(costs, before[1]), is_still=still)


async def _costs_told(venue: TellsEntryCosts, balances: Mapping[str, Decimal], traders: Iterable[Trader]) -> Sums:
    """Return what open swaps cost by the venue's word; a position whose cost it leaves out costs what it cost the bots."""
    told = await venue.fetch_entry_costs()
    theirs = total(trader.book.costs() for trader in traders)
    return {**{name: cost for name, cost in theirs.items() if balances.get(name)}, **told}


def books_of(traders: Iterable[Trader]) -> Sums:
    """Return what these bots' books hold together, as balances count it."""
    return total(trader.book.deltas() for trader in traders)


def paid(trader: Trader) -> Sums:
    """Return what a bot's book holds, swaps as if they had been paid for."""
    return difference(trader.book.deltas(), _by_currency(trader.book.costs()))


def _costs(traders: Iterable[Trader]) -> Sums:
    return total(_by_currency(trader.book.costs()) for trader in traders)


def _by_currency(costs: Mapping[str, Decimal]) -> Sums:
    return total({quote_of(instrument): cost} for instrument, cost in costs.items())
