"""The exchange behind the testnet: the simulated one on a market that opens now, its records, and both its clocks."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path

import structlog

from styrman.clock import Clock
from styrman.domain.orders import OrderRequest, VenueOrderStatus
from styrman.errors import VenueUnavailable
from styrman.testnet import state, transfers
from styrman.testnet.calendar import Calendar
from styrman.testnet.options import TestnetOptions
from styrman.testnet.records import Records
from styrman.testnet.refusals import CANCEL_REJECTED, NEW_ORDER_REJECTED, Refusal, unknown_order
from styrman.testnet.source import ChosenSource, HeldMarket, HeldSource
from styrman.testnet.transfers import Transfer
from styrman.venues.simulation import ledger
from styrman.venues.simulation.account import Account
from styrman.venues.simulation.exchange import Exchange
from styrman.venues.simulation.journal import Journal
from styrman.venues.simulation.matching import Happening
from styrman.venues.simulation.opening import ACCOUNT_FILE, open_exchange
from styrman.venues.simulation.options import SimulationOptions
from styrman.venues.simulation.orders import Order, Terms
from styrman.venues.simulation.recorded import load_recording
from styrman.venues.simulation.source import Source
from styrman.venues.simulation.synthetic import SyntheticSource

log = structlog.get_logger(__name__)

_HISTORY = 1000  # candles of each time frame there are when the market opens
_MONEY = Decimal(1_000_000)  # of each quote currency, unless told otherwise
_PORTION = 3  # an order that fills in parts fills in about so many

Listener = Callable[[Sequence[Happening], Account], None]


class Bourse:
    """One account on one market. `open` before all else."""

    exchange: Exchange
    records: Records
    calendar: Calendar
    market: HeldMarket

    def __init__(self, options: TestnetOptions, folder: Path, clock: Clock, source: Source | None = None) -> None:
        self.options, self.clock = options, clock
        self._folder, self._source = folder, source
        self._matching: asyncio.Task[None] | None = None
        self._in_parts: set[str] = set()  # client ids of orders that shall fill in parts
        self.transfers: list[Transfer] = []  # deposits and withdrawals, oldest first
        self.on_durable: list[Listener] = []

    async def open(self) -> None:
        """Load the market and the account, and match what rested through the down time. ConfigInvalid, VenueUnavailable."""
        source = await self._open_source()
        simulation = self._simulation(source)
        self.exchange = await open_exchange(source, simulation, self._folder, self.clock, HeldMarket)
        assert isinstance(self.exchange.market, HeldMarket)  # noqa: S101 - made by the line above
        self.market = self.exchange.market
        now = state.Span(market_ms=self.exchange.timeline.now_ms(), wall_ms=self.wall_ms(), speed=self.options.speed)
        self.calendar = Calendar(await self.exchange.journal.submit(partial(state.add_span, span=now)))
        self.records = Records(self.exchange.account.copy())
        self.transfers = await self.exchange.journal.submit(transfers.load)
        self.records.load(*await self.exchange.journal.submit(state.everything))
        self.exchange.on_durable = self._tell
        self.exchange.engine.portion = self._portion
        self._matching = asyncio.create_task(self._keep_matching(), name="testnet:matching")

    async def close(self) -> None:
        """Stop matching and close the journal; orders keep working."""
        if self._matching is not None:
            self._matching.cancel()
            await asyncio.wait({self._matching})
            await self.exchange.close()

    def wall_ms(self) -> int:
        """Return the wall time."""
        return round(self.clock.timestamp() * 1000)

    async def place(self, request: OrderRequest, terms: Terms, *, in_parts: bool = False) -> Order:
        """Place an order; it is durable when this returns. Refusal while another with its client id is open; OrderRejected."""
        self.refuse_duplicate(request)
        if in_parts:
            self._in_parts.add(request.client_order_id)
        return await self.exchange.place(request, terms)

    async def cancel(self, order: Order) -> Order:
        """Take a working order off, the other leg of its pair with it. Refusal where it is final by now."""
        if self.is_working(order):
            canceled = await self.exchange.cancel(order.request.instrument, str(order.number))
            if canceled.status is VenueOrderStatus.CANCELED:
                return canceled
        raise unknown_order(CANCEL_REJECTED)

    def is_working(self, order: Order) -> bool:
        """Whether an order works, the market having been played to now."""
        self.exchange.play()
        return self.exchange.engine.find(order.request.instrument, order.number) is not None

    async def transfer(self, asset: str, amount: Decimal) -> Transfer:
        """Let money come to the account, or, below zero, leave it; durable when this returns. Refusal of more than is free."""
        exchange = self.exchange
        exchange.play()
        if amount < 0 and -amount > exchange.account.free(asset):
            raise Refusal(-4026, f"The account has {exchange.account.free(asset)} {asset} free; that is less than {-amount}.")
        made = Transfer(number=len(self.transfers) + 1, asset=asset, amount=amount, at_ms=self.wall_ms())
        self.transfers.append(made)
        exchange.account.credit(asset, amount)
        balances, account = exchange.account.take_changes(), exchange.account.copy()

        def save(connection: sqlite3.Connection) -> None:
            transfers.add(connection, made)
            ledger.save(connection, (), balances, exchange.played_ms)

        await exchange.journal.submit(save, lambda _: self._tell((), account))
        return made

    def refuse_duplicate(self, request: OrderRequest) -> None:
        """Refuse a client id that an open order has; one of a final order may be used again, as on Binance."""
        book = self.exchange.engine.books.get(request.instrument)
        if book and any(order.request.client_order_id == request.client_order_id for order in book.orders.values()):
            raise Refusal(NEW_ORDER_REJECTED, "Duplicate order sent.")

    async def hold(self, instrument: str, price: Decimal) -> None:
        """Let an instrument's price stand at `price` from now on; orders that it touches act."""
        exchange = self.exchange
        now_ms = exchange.play()
        await exchange.journal.submit(partial(state.add_hold, hold=state.Hold(instrument=instrument, at_ms=now_ms, price=price)))
        self.market.hold(instrument, now_ms, price)
        quote = self.market.quote(instrument, now_ms)
        if quote is not None and instrument in exchange.engine.books:
            exchange.engine.step(instrument, replace(quote, at_ms=now_ms))
        exchange.play()
        await exchange.settled()

    async def _open_source(self) -> HeldSource:
        """Return the market to play: it opens when this state's testnet first did."""
        options = self.options
        named = f"{options.source}:{options.seed}:{','.join(options.symbols)}"
        name = named if self._source is None else self._source.fingerprint
        journal = Journal(self._folder / ACCOUNT_FILE, on_failure=lambda _: None)
        try:
            opened_ms = await journal.submit(partial(state.opening, source=name, now_ms=self.wall_ms()))
            holds = await journal.submit(state.holds)
        finally:
            await journal.close()
        held = HeldSource(self._source or await self._chosen(opened_ms))
        for hold in holds:
            held.hold(hold.instrument, hold.at_ms, hold.price)
        return held

    async def _chosen(self, opened_ms: int) -> Source:
        options = self.options
        if options.source == "synthetic":
            return ChosenSource(SyntheticSource(options.seed, opened_ms), options.symbols)
        recording = await asyncio.to_thread(load_recording, Path(options.source), history=_HISTORY, repeat=True)
        grid_ms = max(listing.base_ms for listing in recording.listings.values())
        behind_ms = opened_ms - recording.start_ms
        return ChosenSource(recording, options.symbols, shift_ms=behind_ms - behind_ms % grid_ms)

    def _simulation(self, source: Source) -> SimulationOptions:
        options = self.options
        balances: Mapping[str, Decimal] = options.balances or {listing.rules.quote: _MONEY for listing in source.listings.values()}
        return SimulationOptions(
            balances=dict(balances),
            seed=options.seed,
            speed=options.speed,
            history=_HISTORY,
            taker_fee=options.fee,
            maker_fee=options.fee,
            fee_in_base=options.fee_in_base,
            spread=options.spread,
        )

    def _portion(self, order: Order) -> Decimal:
        """Return the most that one trade of an order may be."""
        if order.request.client_order_id not in self._in_parts:
            return order.quantity
        step = self.market.rules[order.request.instrument].quantity_step
        return max(step, (order.quantity / _PORTION // step) * step)

    def _tell(self, happened: Sequence[Happening], account: Account) -> None:
        self.records.add(happened, account, self.clock.monotonic())
        for listener in self.on_durable:
            listener(happened, account)

    async def _keep_matching(self) -> None:
        try:
            await self.exchange.keep_playing()
        except VenueUnavailable as failure:
            log.error("testnet matching stopped; start it anew", error=failure.detail)
