"""The desk: an intent is journaled, sent once, and followed to one recorded outcome (design, section 5).

What we do is committed before the world is touched. What the world tells us is taken into memory at once and committed
after: were that commit lost, the venue would tell us again at the next boot. Nothing is ever sent twice: a new decision is
a new intent. The work is in the desk's parts: `sending`, `tidings`, `cancels`, `resolution`, `claims`.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from styrman.clock import Clock
from styrman.domain.events import Event
from styrman.domain.orders import Fill, Intent, IntentState, OrderReport, OrderRequest
from styrman.domain.records import Row
from styrman.errors import Conflict
from styrman.ports import RunOrder, Telemetry, Venue
from styrman.trading.admittance import Admittance
from styrman.trading.blotter import Blotter
from styrman.trading.cancels import Cancels
from styrman.trading.claims import Claims, external_orders
from styrman.trading.gates import Gates
from styrman.trading.intents import NO_WINDOW, new_client_order_id, new_intent
from styrman.trading.journal import Journal
from styrman.trading.moves import Moves
from styrman.trading.opening import Opening
from styrman.trading.owned import OwnedTasks
from styrman.trading.queueing import MakeRoom
from styrman.trading.resolution import Resolver
from styrman.trading.self_trade import Taking, self_trade
from styrman.trading.sending import Parcel, Sender
from styrman.trading.tidings import Tidings
from styrman.trading.trader import LiveOrder, Trader

LOOK_AGAIN_S = 0.25
ABANDONED = "its bot was deleted, and the order left as it is"


class Desk:
    """All order traffic of one account: its traders, its orders that are not final, its stream from the venue."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self, venue: Venue, *, journal: Journal, gates: Gates, clock: Clock, telemetry: Telemetry, tasks: OwnedTasks, resolver: Resolver
    ) -> None:
        self.venue = venue
        self.account = venue.name
        self.traders: dict[str, Trader] = {}
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._resolver = resolver
        self._cancels = Cancels(clock, tasks)
        self._claims = Claims(resolver, clock)
        self.drifting: frozenset[str] = frozenset()  # currencies in which the account differs from its books
        self.opening = Opening()
        self.recovered = self.opening.recovered
        self.blotter = Blotter()
        self.taking: Taking | None = None  # told by whoever knows the prices
        self.on_fill: Callable[[Trader, LiveOrder], None] | None = None  # what it makes the trader remember is journaled with the fill
        self.moves = Moves(journal, self.blotter, clock=clock, telemetry=telemetry, tasks=tasks)
        self._tidings = Tidings(venue, self.blotter, self.moves, store=resolver.store, clock=clock, on_fill=self._filled)
        self._sender = Sender(
            venue,
            self.blotter,
            self.moves,
            admittance=Admittance(venue, gates),
            clock=clock,
            telemetry=telemetry,
            tasks=tasks,
            hear=self.hear,
            look_for=self.look_for,
        )

    async def ready(self, trader: Trader) -> None:
        """Return once the account is recovered and what the trader has open there is known, or won't be soon.

        Raises what refuses the account: wrong keys, say. Adding exposure stays closed where an outcome is unknown still.
        """
        await self.opening.wait()
        while any(self._resolver.is_known_soon(self.venue, order) for order in trader.orders()):
            await self._clock.sleep(LOOK_AGAIN_S)

    # ------------------------------------------------------------ sending

    def prepare(self, request: OrderRequest, run: RunOrder, *, origin: str, key: str | None = None) -> Intent:
        """Return the intent for a request. Nothing is journaled or sent yet."""
        window = self.venue.capabilities.window or NO_WINDOW
        intent = new_intent(request, run, account=self.account, at=self._clock.now(), market_at=self.venue.market_time(), window=window)
        return replace(intent, origin=origin, key=key)

    async def place(self, trader: Trader, intents: Sequence[Intent]) -> list[LiveOrder]:
        """Journal the intents in one commit with the trader's memory, send each, return when all have an answer or are looked for.

        Cancelling the caller stops the waiting, never a send; what still waits for its turn is withdrawn. StoreFailed: nothing was
        sent. An order's `failure` is what ends the run that asked for it: raise it.
        """
        orders = [LiveOrder(intent) for intent in intents]
        await self._send(trader, [(order,) for order in orders])
        return orders

    async def place_pair(self, trader: Trader, stop: Intent, target: Intent) -> list[LiveOrder]:
        """Do the same with a stop and a target of which each takes the other off, as one request; return both, the stop first.

        A no of the venue's is one to both; where the answer is lost, each is looked for by its own id.
        """
        group_id = stop.group_id or new_client_order_id()
        pair = (LiveOrder(replace(stop, group_id=group_id)), LiveOrder(replace(target, group_id=group_id)))
        await self._send(trader, [pair])
        return list(pair)

    async def _send(self, trader: Trader, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            if not parcel[0].is_guard:
                trader.rate.count(self._clock.monotonic())
            for order in parcel:  # before any await: whoever decides from here on counts them
                order.denied = self_trade(self.blotter, trader, order.intent, self.taking)
                self.blotter.add(trader, order)
        try:
            await self._tasks.finish(self._sender.send(trader, parcels), name=f"send:{trader.bot_id}")
        except asyncio.CancelledError:
            for order in (order for parcel in parcels for order in parcel):
                self._sender.queue.withdraw(order, "who asked for it is gone")
            raise

    @property
    def make_room(self) -> MakeRoom | None:
        """What takes resting protections off where they lock what a closing order would trade; awaited while that is PREPARED."""
        return self._sender.queue.make_room

    @make_room.setter
    def make_room(self, make_room: MakeRoom | None) -> None:
        self._sender.queue.make_room = make_room

    async def save(self, trader: Trader, *rows: Row) -> None:
        """Journal the trader's memory, where it changed, in one commit with the rows."""
        await self.moves.save(trader, *rows)

    # ------------------------------------------------------------ cancelling

    async def cancel(self, trader: Trader, orders: Iterable[LiveOrder], *, reason: str) -> None:
        """Ask for orders to be taken off, once each, and return; an order that works on is asked for again in the background.

        One that still waits for its turn is withdrawn. One whose outcome is unknown is left: ask again once it is found.
        """
        orders = list(orders)
        for order in orders:
            if order.intent.state is IntentState.PREPARED:
                self._sender.queue.withdraw(order, reason)
        await self._cancels.ask(self, trader, orders, reason)

    async def note_cancel(self, trader: Trader, order: LiveOrder, reason: str) -> None:
        """Record that a cancel is on its way. StoreFailed."""
        await self.moves.commit(trader, order, IntentState.CANCEL_SENT, reason)

    # ------------------------------------------------------------ what the venue tells

    async def listen(self) -> None:
        """Follow the account's stream for ever. Runs as the task `account:NAME`."""
        async for message in self.venue.stream_account():
            if isinstance(message, Fill):
                await self.take_fill(message)
            else:
                await self.take_report(message)

    async def take_report(self, report: OrderReport) -> None:
        """Take in what the venue says of an order. Orders that are not ours are external, and left alone."""
        found = self.blotter.find(report.client_order_id, report.venue_order_id)
        if found is not None:
            await self.hear(*found, report)

    async def hear(self, trader: Trader, order: LiveOrder, report: OrderReport) -> None:
        """Take in what the venue says of this order, and ask for the fills that it counts and the book lacks."""
        await self._tidings.hear(trader, order, report)
        if order.awaits_fills and not order.catches_up and not order.intent.state.is_final:
            order.catches_up = True
            self._tasks.start(self._resolver.catch_up(self, order), name=f"fills:{order.intent.intent_id}")

    async def take_fill(self, fill: Fill) -> None:
        """Book a fill, once, however often and by whichever way it comes."""
        await self._tidings.take_fill(fill, self.traders)

    def _filled(self, trader: Trader, order: LiveOrder) -> None:
        if self.on_fill is not None:
            self.on_fill(trader, order)

    # ------------------------------------------------------------ after a crash, and looking for lost answers

    def adopt(self, trader: Trader, intent: Intent) -> LiveOrder:
        """Take over an order that this process did not send."""
        order = LiveOrder(intent, is_adopted=True)
        self.blotter.add(trader, order)
        return order

    def look_for(self, trader: Trader, order: LiveOrder) -> None:
        """Look for an order in the background until it is found, proven absent or decided by a person."""
        if not order.is_looked_for:
            order.is_looked_for = True
            self._tasks.start(self._resolver.resolve(self, trader, order), name=f"resolve:{order.intent.intent_id}")

    async def reopen(self, trader: Trader, order: LiveOrder) -> None:
        """Record that a cancel which an earlier process may not have sent did not take the order off."""
        state = IntentState.PARTIALLY_FILLED if order.intent.filled else IntentState.ACKED
        await self.moves.note(trader, order, state, "boot: the cancel was not confirmed")

    async def settle_absent(self, trader: Trader, order: LiveOrder, reason: str) -> None:
        """Record that no such order exists at the venue."""
        if order.intent.state is IntentState.PREPARED or order.intent.state.is_unresolved:
            await self.moves.note(trader, order, IntentState.NOT_PLACED, reason)

    async def decide(self, trader: Trader, intent_id: str, *, reason: str, outcome: str = "") -> Intent:
        """Close an intent whose outcome is unknown, because a person looked; return it, MANUAL. Conflict where there is nothing to decide.

        `outcome` is that person's word for what became of it. Should it trade after all, that is the account's, and shows as drift.
        """
        order = next((each for each in trader.live.values() if each.intent.intent_id == intent_id), None)
        if order is None or not order.intent.state.is_unresolved or order.is_in_flight:
            state = "final or unknown" if order is None else order.intent.state.value
            raise Conflict(f"Intent {intent_id!r} of bot {trader.bot_id!r} is {state}; only one whose outcome is unknown can be decided.")
        await self.moves.note(trader, order, IntentState.MANUAL, f"{outcome}: {reason}" if outcome else reason)
        return order.intent

    async def settle_gone(self, trader: Trader, order: LiveOrder, reason: str) -> None:
        """Record that an order which the venue had is there no more, and traded no more than the book has."""
        if not order.intent.state.is_final:
            await self.moves.note(trader, order, IntentState.CANCELED, reason)

    async def abandon(self, trader: Trader) -> None:
        """Leave the trader's orders to whoever looks after the account: a person decided. They are external from now on."""
        for order in trader.orders():
            self._sender.queue.withdraw(order, ABANDONED)
            if not order.intent.state.is_final:
                await self.moves.note(trader, order, IntentState.MANUAL, ABANDONED)

    # ------------------------------------------------------------ orders that are not ours

    async def external_orders(self) -> list[OrderReport]:
        """Return the account's working orders that no bot owns; never touched unless claimed. VenueError."""
        return await external_orders(self)

    async def claim(self, trader: Trader, report: OrderReport, key: str | None = None, *, reason: str = "") -> LiveOrder:
        """Make an external order the bot's: what is left of it, and every fill from now on. Conflict, StoreFailed, VenueError.

        With a `key` it is the Plan's order of that name; without, it stays until it ends or the bot is stopped.
        """
        claiming = self._claims.claim(self, trader, report, key=key, reason=reason)
        return await self._tasks.finish(claiming, name=f"command:claim:{trader.bot_id}")

    def tell(self, event: Event) -> None:
        """Journal an event that nothing waits for."""
        self._tasks.start(self._journal.attempt(event), name=f"journal:{event.bot_id}")
