"""Funding: what a swap pays or costs those who hold it, shared among the books that held it at that moment."""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from styrman.domain.cash import CashFlow, CashFlowKind
from styrman.domain.market import quote_of
from styrman.ports import OrderFilter, PageRequest, Store
from styrman.trading.trader import Trader

_CENT = Decimal("1e-8")  # shares are whole numbers of it, as venues pay
_MOST_NETTED = 100  # times the net position: positions that cancel out further than this can't be told from rounding and timing
_PAGE = 200


def share(amount: Decimal, held: Mapping[str, Decimal], external: Decimal) -> dict[str, Decimal]:
    """Return each holder's part of a funding: what it would have got alone, its position's part of the account's net position.

    Signed: who holds against the others gets what they pay. What rounding leaves goes to what is external, or to the largest
    holder where nothing is: the parts and what is external come to exactly the amount. Nobody, where the positions cancel out.
    """
    net = sum(held.values(), external)
    gross = sum((abs(quantity) for quantity in held.values()), abs(external))
    if gross >= _MOST_NETTED * abs(net):
        return {}
    parts = {holder: (amount * quantity / net).quantize(_CENT, ROUND_DOWN) for holder, quantity in held.items() if quantity}
    if not external and parts:
        largest = max(parts, key=lambda holder: abs(held[holder]))
        parts[largest] += amount - sum(parts.values(), Decimal(0))
    return {holder: part for holder, part in parts.items() if part}


async def holders(flow: CashFlow, traders: Mapping[str, Trader], store: Store) -> dict[str, Decimal]:
    """Return who held the flow's instrument when it was paid, and how much; nobody for what is no funding of a swap."""
    instrument = flow.instrument
    if flow.kind is not CashFlowKind.FUNDING or instrument is None or quote_of(instrument) != flow.currency:
        return {}
    traded = [trader for trader in traders.values() if trader.book.has_traded(instrument)]
    return {trader.bot_id: await _held_then(flow, instrument, trader, store) for trader in traded}


async def _held_then(flow: CashFlow, instrument: str, trader: Trader, store: Store) -> Decimal:
    """Return a bot's position when the funding was paid: the one of now less what it traded since."""
    while True:
        position = trader.position(instrument)
        since = await _traded_since(flow, instrument, trader, store)
        if trader.position(instrument) == position:  # else a fill came in meanwhile, and counts on one side alone
            return position - since


async def _traded_since(flow: CashFlow, instrument: str, trader: Trader, store: Store) -> Decimal:
    traded, cursor = Decimal(0), None
    while True:
        page = await store.fills(PageRequest(limit=_PAGE, cursor=cursor), OrderFilter(bots=[trader.bot_id]))
        later = [row.fill for row in page.items if row.fill.market_time > flow.market_time]
        traded += sum((fill.side.sign * fill.quantity for fill in later if fill.instrument == instrument), Decimal(0))
        cursor = page.next_cursor
        if not later or cursor is None:
            return traded
