"""The paper exchange: one account on a real market. Journals what happens to it, and tells it once it is durable."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TypeVar

from styrman.domain.market import Candles, InstrumentRules, OrderBook, to_ms
from styrman.domain.orders import Fill, OrderRequest
from styrman.errors import OrderRejected, VenueRefused
from styrman.venues.papertrading import candles, ledger
from styrman.venues.papertrading.account import Changes
from styrman.venues.papertrading.depth import Depth
from styrman.venues.papertrading.engine import Engine
from styrman.venues.papertrading.pit import MINUTE_MS, Pit
from styrman.venues.simulation import ledger as orders_ledger
from styrman.venues.simulation.admission import Rejection
from styrman.venues.simulation.feed import AccountFeed
from styrman.venues.simulation.journal import Job, Journal
from styrman.venues.simulation.orders import Order

T = TypeVar("T")


class PaperExchange:
    """What changes here is journaled before anybody hears of it. `on_working` is told each instrument that has working orders."""

    def __init__(  # noqa: PLR0913 - it is where the parts meet
        self,
        engine: Engine,
        *,
        journal: Journal,
        feed: AccountFeed,
        rules: Mapping[str, InstrumentRules],
        participation: Decimal,
        market_time: Callable[[], datetime],
    ) -> None:
        self.engine, self.rules, self.feed = engine, rules, feed
        self.on_working: Callable[[str], None] = lambda _: None
        self._journal, self._participation, self._market_time = journal, participation, market_time

    def now_ms(self) -> int:
        """Return the market's time."""
        return to_ms(self._market_time())

    def pit(self, instrument: str) -> Pit:
        """Return an instrument's orders and offers. VenueRefused where it is not traded here."""
        if instrument not in self.rules:
            raise VenueRefused(f"{instrument!r} is not traded here; there are {', '.join(list(self.rules)[:40])}.")
        pit = self.engine.pits.get(instrument)
        if pit is None:
            pit = self.engine.pits[instrument] = Pit(rules=self.rules[instrument], played_ms=self._minute_ms())
        return pit

    def working(self) -> list[str]:
        """Return the instruments with working orders."""
        return [name for name, pit in self.engine.pits.items() if pit.orders]

    def works(self, instrument: str) -> bool:
        """Whether any order works there."""
        pit = self.engine.pits.get(instrument)
        return pit is not None and bool(pit.orders)

    async def place(self, request: OrderRequest) -> Order:
        """Place an order on the offers as they are known; return it, with what it traded at once, when that is durable. OrderRejected."""
        self._begin(request.instrument)
        order = self.engine.place(request, self.now_ms())
        await self._record(request.instrument)
        return order

    async def place_pair(self, stop: OrderRequest, target: OrderRequest) -> tuple[Order, Order]:
        """Place a stop and a limit of which each ends the other: both are durable when this returns, or neither is there. As `place`."""
        self._begin(stop.instrument)
        pair = self.engine.place_pair(stop, target, self.now_ms())
        await self._record(stop.instrument)
        return pair

    async def cancel(self, instrument: str, venue_order_id: str) -> Order:
        """Take an order off; one that is final already is returned as it is. OrderRejected where there is none."""
        number = int(venue_order_id) if venue_order_id.isdecimal() else 0
        working = self.pit(instrument).orders.get(number)
        if working is not None:
            order = self.engine.cancel(working, self.now_ms(), "canceled on request")
            await self._record(instrument)
            return order
        final = await self.read(partial(orders_ledger.order_by_number, number=number))
        if final is None or final.request.instrument != instrument:
            raise OrderRejected(Rejection.UNKNOWN_ORDER, f"There is no order {venue_order_id!r} on {instrument}.")
        return final

    async def open_orders(self, instrument: str | None) -> Sequence[Order]:
        """Return the working orders, oldest first, as they durably are."""
        pits = (pit for name, pit in self.engine.pits.items() if instrument in (None, name))
        orders = sorted((order for pit in pits for order in pit.orders.values()), key=lambda order: order.number)
        await self._settled()
        return orders

    async def held(self) -> Mapping[str, Decimal]:
        """Return the account's totals and positions, as they durably are."""
        held = self.engine.account.held()
        await self._settled()
        return held

    async def costs(self) -> Mapping[str, Decimal]:
        """Return what the account's positions cost, as they durably are."""
        costs = self.engine.account.costs()
        await self._settled()
        return costs

    async def read(self, job: Job[T]) -> T:
        """Ask the journal, after all that has happened up to now."""
        return await self._journal.submit(job)

    def show(self, book: OrderBook, seen_s: float) -> None:
        """Let the working orders meet what the market offers now. A book older than the last one tells nothing."""
        pit = self.pit(book.instrument)
        if pit.depth is None:
            pit.depth = Depth(book, pit.rules)
        elif not pit.depth.show(book):
            return
        pit.seen_s = seen_s
        if pit.orders:
            self.engine.meet(book.instrument, self.now_ms())
            self._record(book.instrument)

    def trade_at(self, instrument: str, last: Decimal, at_ms: int) -> bool:
        """Let the stops meet the price of a trade; return whether it touched any: they take what is offered from now on."""
        touched = self.engine.trigger(instrument, last, min(at_ms, self.now_ms()))
        if touched:
            self._record(instrument)
        return touched

    def play(self, closed: Candles) -> None:
        """Let the working orders meet closed candles, each once."""
        pit = self.pit(closed.instrument)
        for bar in candles.bars(closed, pit.rules):
            if bar.start_ms >= pit.played_ms:
                candles.play(self.engine, pit, bar, self._participation)
        self._record(closed.instrument)

    def restore(self, order: Order) -> None:
        """Take back an order that worked when the last process ended; it ends where its instrument is traded no more."""
        if order.request.instrument in self.rules:
            self.engine.restore(order)
        else:
            self.engine.abandon(order, self.now_ms())

    async def close(self) -> None:
        """Write down how far candles were played; close the journal. Orders keep working."""
        self.feed.close()
        played = {name: pit.played_ms for name, pit in self.engine.pits.items() if pit.orders}
        await self._journal.submit(partial(ledger.save, happened=(), changes=Changes(), played=played))
        await self._journal.close()

    def record_all(self) -> asyncio.Future[None]:
        """Journal what opening the account has changed."""
        return self._record(*self.engine.pits)

    def _begin(self, instrument: str) -> None:
        """Let candles from before an instrument's first working order be: they have nothing to meet."""
        pit = self.pit(instrument)
        if not pit.orders:
            pit.played_ms = max(pit.played_ms, self._minute_ms())

    def _minute_ms(self) -> int:
        now_ms = self.now_ms()
        return now_ms - now_ms % MINUTE_MS

    def _settled(self) -> asyncio.Future[None]:
        return self._journal.submit(partial(ledger.save, happened=(), changes=Changes(), played={}))

    def _record(self, *instruments: str) -> asyncio.Future[None]:
        """Journal what has happened since the last time; publish it when it is durable."""
        happened: Iterable[Order | Fill] = self.engine.take_happened()
        changes = self.engine.account.take_changes()
        for instrument in instruments:
            if self.engine.pits[instrument].orders:
                self.on_working(instrument)
        if not (happened or changes.totals or changes.positions):
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done
        played = {name: self.engine.pits[name].played_ms for name in instruments}
        job = partial(ledger.save, happened=happened, changes=changes, played=played)
        return self._journal.submit(job, lambda _: self.feed.publish(happened))
