"""The simulated exchange: plays the market against the working orders, journals what happens, and tells it once it is durable."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import TypeVar

from styrman.domain.orders import OrderRequest, VenueOrderStatus
from styrman.errors import OrderRejected, VenueUnavailable
from styrman.venues.simulation import ledger
from styrman.venues.simulation.account import Account
from styrman.venues.simulation.admission import Rejection, refuse
from styrman.venues.simulation.feed import AccountFeed
from styrman.venues.simulation.frames import bar_start
from styrman.venues.simulation.journal import Job, Journal
from styrman.venues.simulation.ledger import Anchor
from styrman.venues.simulation.market import Market
from styrman.venues.simulation.matching import Engine, Happening
from styrman.venues.simulation.orders import PLAIN, Order, Terms
from styrman.venues.simulation.quotes import Quote
from styrman.venues.simulation.streams import MarketView
from styrman.venues.simulation.timeline import Timeline

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One account on one market. Every call first plays the market to now, so that nobody acts on a market that orders haven't met."""

    market: Market
    engine: Engine
    account: Account
    journal: Journal
    feed: AccountFeed
    timeline: Timeline
    view: MarketView
    anchor_at: Callable[[int], Anchor]  # what to write down where the market stands there now
    played_ms: int  # up to here orders have been matched
    on_durable: Callable[[Sequence[Happening], Account], None] | None = None  # told what happened, and the account as it left it
    has_orders: asyncio.Event = field(default_factory=asyncio.Event)  # set while any order works

    def play(self, until_ms: int | None = None) -> int:
        """Match the working orders through all steps up to now, or to an earlier moment; return it. VenueUnavailable."""
        until_ms = self.timeline.now_ms() if until_ms is None else until_ms
        if bar_start(until_ms, self.market.step_ms) > self.played_ms:  # else prices have not moved since
            for instrument, book in self.engine.books.items():
                cursor = self.played_ms
                while book.orders and cursor < until_ms:
                    cursor = self._play_candle(instrument, cursor, until_ms)
        self.played_ms = max(self.played_ms, until_ms)
        self._record()
        return until_ms

    async def place(self, request: OrderRequest, terms: Terms = PLAIN) -> Order:
        """Place an order; return it, with what it traded at once, when that is durable. OrderRejected, VenueRefused, VenueUnavailable."""
        quote, now_ms = self._meet(request)
        order = self.engine.place(request, quote, now_ms, terms)
        await self._record()
        return order

    async def place_pair(
        self, stop: OrderRequest, target: OrderRequest, terms: tuple[Terms, Terms] = (PLAIN, PLAIN)
    ) -> tuple[Order, Order]:
        """Place a stop and a limit of which each ends the other: both are durable when this returns, or neither is there. As `place`."""
        quote, now_ms = self._meet(stop)
        legs = self.engine.place_pair(stop, target, quote, now_ms, terms)
        await self._record()
        return legs

    def check(self, request: OrderRequest, terms: Terms = PLAIN) -> None:
        """Refuse what `place` would refuse, and place nothing."""
        quote, now_ms = self._meet(request)
        self.engine.check(request, quote, now_ms, terms)

    async def cancel(self, instrument: str, venue_order_id: str) -> Order:
        """Take an order off; one that is final already is returned as it is. OrderRejected where there is none."""
        now_ms = self.play()
        number = int(venue_order_id) if venue_order_id.isdecimal() else 0
        working = self.engine.find(instrument, number)
        if working is not None:
            order = self.engine.cancel(working, now_ms, "canceled on request")
            await self._record()
            return order
        final = await self.journal.submit(partial(ledger.order_by_number, number=number))
        if final is None or final.request.instrument != instrument:
            raise OrderRejected(Rejection.UNKNOWN_ORDER, f"There is no order {venue_order_id!r} on {instrument}.")
        return final

    async def working(self, instrument: str | None) -> Sequence[Order]:
        """Return the working orders, oldest first, as they durably are."""
        self.play()
        books = (book for name, book in self.engine.books.items() if instrument in (None, name))
        orders = sorted((order for book in books for order in book.orders.values()), key=lambda order: order.number)
        await self.settled()
        return orders

    async def read(self, job: Job[T]) -> T:
        """Ask the journal, after all that has happened up to now."""
        self.play()
        return await self.journal.submit(job)

    async def balances(self) -> Mapping[str, Decimal]:
        """Return the account's totals, as they durably are."""
        self.play()
        totals = dict(self.account.totals)
        await self.settled()
        return totals

    async def restore(self, orders: Iterable[Order], *, is_same_market: bool) -> None:
        """Take back what worked when the last process ended; on another market those orders end."""
        for order in orders:
            if is_same_market:
                self.engine.restore(order)
            else:
                ended = replace(order, status=VenueOrderStatus.CANCELED, reason="the market was replaced by another")
                self.engine.happened.append(replace(ended, updated_ms=self.played_ms))
        await self._record()

    def settled(self) -> asyncio.Future[None]:
        """Return what is done once all that has happened so far is durable. VenueUnavailable."""
        return self.journal.submit(partial(ledger.save, happened=(), balances={}, played_ms=self.played_ms))

    async def keep_playing(self) -> None:
        """Match the working orders at each step of the market for ever; sleep where none works. VenueUnavailable ends it."""
        step_ms = self.market.step_ms
        with self.timeline.reading(drives=False) as reader:
            while True:
                await self.has_orders.wait()
                await reader.until(bar_start(self.timeline.now_ms(), step_ms) + step_ms)
                self.play()

    async def close(self) -> None:
        """End the streams; write down where the market stands; close the journal. Orders keep working."""
        self.timeline.close()
        self.feed.close()
        with suppress(VenueUnavailable):  # a journal that can't be written has said so to everyone
            self.play()
            await self.settled()
            await self.journal.submit(partial(ledger.save_anchor, anchor=self.anchor_at(self.timeline.now_ms())))
        await self.journal.close()

    def _meet(self, request: OrderRequest) -> tuple[Quote, int]:
        """Play the market to now; return the prices that a request meets there, and the market time."""
        now_ms = self.play()
        quote = self.market.quote(request.instrument, now_ms)
        if quote is None:
            raise refuse(Rejection.NO_PRICE, request, "it has not begun to trade")
        return quote, now_ms

    def _play_candle(self, instrument: str, cursor: int, until_ms: int) -> int:
        """Play the next candle that matters to the instrument's orders; return how far that got."""
        falls, rises = self.engine.books[instrument].reach()
        cursor = self.market.next_touch(instrument, cursor, until_ms, falls=falls, rises=rises)
        base_ms = self.market.base_ms(instrument)
        end = min(until_ms, bar_start(cursor + 1, base_ms) + base_ms - 1)
        for quote in self.market.steps(instrument, cursor, end):
            self.engine.step(instrument, quote)
        return max(cursor, end)

    def _record(self) -> asyncio.Future[None]:
        """Journal what has happened since the last time; publish it when it is durable."""
        happened = self.engine.take_happened()
        if self.engine.traded():
            self.has_orders.set()
        else:
            self.has_orders.clear()
        balances = self.account.take_changes()
        if not happened and not balances:
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done
        job = partial(ledger.save, happened=happened, balances=balances, played_ms=self.played_ms)
        if self.on_durable is None:
            return self.journal.submit(job, lambda _: self.feed.publish(happened))
        return self.journal.submit(job, partial(self._publish, happened=happened, account=self.account.copy()))

    def _publish(self, _: None, *, happened: Sequence[Happening], account: Account) -> None:
        """Tell everyone what is durable now."""
        self.feed.publish(happened)
        if self.on_durable is not None:
            self.on_durable(happened, account)
