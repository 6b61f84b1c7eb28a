"""Cash flows: what came to an account or left it without a trade. Each is entered once, however often the venue tells of it.

Funding goes into the books that held the swap, everything else is external. The entry, what it changes in books and account, and
its event are one commit: a crash before it means that the venue tells again, one after it that the entry is known.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from styrman.clock import Clock
from styrman.domain.cash import BotFunding, CashEntry, CashFlow, CashFlowKind
from styrman.domain.events import Event, EventKind
from styrman.domain.market import asset_of
from styrman.domain.records import AccountBook
from styrman.manager import funding
from styrman.manager.sums import total
from styrman.ports import Store, Venue
from styrman.trading.execution import Desk
from styrman.trading.journal import Journal
from styrman.trading.trader import Trader

TOLD_LATE = timedelta(days=1)  # market time; a venue's history may lag behind its balances by as much


class CashFlows:
    """Finds and enters cash flows. Holds no account: it is handed each with its row."""

    def __init__(self, store: Store, journal: Journal, clock: Clock) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock

    async def unknown(self, venue: Venue, since: datetime) -> Sequence[CashFlow]:
        """Return what the venue tells of since a market time and nobody has entered yet, oldest first. VenueError."""
        flows = {flow.id: flow for flow in await venue.fetch_cash_flows(since) if flow.market_time >= since}
        known = await self._store.known_flows(venue.name, list(flows)) if flows else set()
        return sorted((flow for flow in flows.values() if flow.id not in known), key=lambda flow: flow.market_time)

    async def shares(self, flow: CashFlow, desk: Desk, book: AccountBook) -> dict[str, Decimal]:
        """Return the parts of a flow that are the bots', by their ids; the rest is external."""
        held = await funding.holders(flow, desk.traders, self._store)
        asset = asset_of(flow.instrument or "")
        return funding.share(flow.amount, held, book.external.get(asset, Decimal(0)) + book.settled.get(asset, Decimal(0)))

    async def enter(self, desk: Desk, flow: CashFlow, shares: dict[str, Decimal], book: AccountBook) -> AccountBook:
        """Journal a flow in one commit with what it changes, show that, and return the account's new row. StoreFailed: nothing was."""
        theirs = {bot_id: part for bot_id, part in shares.items() if bot_id in desk.traders}  # a bot may be deleted meanwhile
        rest = flow.amount - sum(theirs.values(), Decimal(0))
        now = self._clock.now()
        since = max(book.flows_since or flow.market_time, flow.market_time - TOLD_LATE)
        after = replace(book, external=total([book.external, {flow.currency: rest}]), flows_since=since, at=now)
        funded = [_funded(desk.traders[bot_id], flow, part) for bot_id, part in theirs.items()]
        entry = CashEntry(account=book.account, flow=flow, shares=theirs, at=now)
        await self._journal.write(entry, *funded, after, _event(entry, rest))
        for each in funded:
            desk.traders[each.bot_id].book.fund(each)
        return after


def _funded(trader: Trader, flow: CashFlow, part: Decimal) -> BotFunding:
    instrument = flow.instrument or ""
    return BotFunding(bot_id=trader.bot_id, instrument=instrument, amount=trader.book.funding(instrument) + part)


def _event(entry: CashEntry, rest: Decimal) -> Event:
    flow = entry.flow
    return Event(
        kind=EventKind.SYSTEM,
        name="FundingShared" if flow.kind is CashFlowKind.FUNDING else "TransferSeen",
        at=entry.at,
        fields={
            "account": entry.account,
            "id": flow.id,
            "kind": flow.kind.value,
            "currency": flow.currency,
            "amount": str(flow.amount),
            "instrument": flow.instrument,
            "bots": len(entry.shares),
            "external": str(rest),
            "market_time": flow.market_time.isoformat(),
        },
    )
