"""Moves: an order's intent goes from state to state in memory, and the journal with it. Sends nothing and asks nobody.

What we do is committed first: `commit` raises where that fails. What the world told us stands whatever becomes of the commit:
`note` and `book` write it again until it is durable.
"""

from dataclasses import replace

from styrman.clock import Clock
from styrman.domain.events import Event
from styrman.domain.orders import Intent, IntentState
from styrman.domain.records import BotFill, Row
from styrman.errors import StoreFailed
from styrman.log import get_logger
from styrman.ports import Telemetry
from styrman.trading.blotter import Blotter
from styrman.trading.journal import Journal
from styrman.trading.order_events import fill_event, order_event
from styrman.trading.owned import OwnedTasks
from styrman.trading.trader import LiveOrder, Trader

log = get_logger()
STORE_RETRY_S = 1.0


class Moves:
    """The one place where intents of an account move."""

    def __init__(self, journal: Journal, blotter: Blotter, *, clock: Clock, telemetry: Telemetry, tasks: OwnedTasks) -> None:
        self._journal = journal
        self._blotter = blotter
        self._clock = clock
        self._telemetry = telemetry
        self._tasks = tasks
        self._unwritten: set[str] = set()  # intents whose last move is not durable yet

    async def save(self, trader: Trader, *rows: Row) -> None:
        """Journal the rows in one commit with all of the trader that is not durable yet: its memory, its booked fills. StoreFailed.

        So no commit ever holds the effect of a fill, on a holding or an intent, without the fill: the next boot, finding the trade
        unknown, would book it again.
        """
        memory, booked = trader.memory, dict(trader.unjournaled)
        await self._journal.write(*([memory] if trader.is_unsaved else []), *book_rows(trader), *rows, urgent=True)
        trader.saved = memory
        for trade_id in booked:
            trader.unjournaled.pop(trade_id, None)

    async def open(self, trader: Trader, orders: list[LiveOrder]) -> None:
        """Journal new orders, each in the state that it is in, in one commit with the trader's memory. StoreFailed: none is known."""
        try:
            await self.save(trader, *(row for order in orders for row in (order.intent, order_event(order.intent))))
        except StoreFailed:
            for order in orders:
                self._blotter.drop(trader, order)
            raise

    def turn(self, trader: Trader, order: LiveOrder, to: IntentState, reason: str = "") -> Event:
        """Move the intent in memory and return what is to be told of it; the caller commits both."""
        order.intent = order.intent.move(to, at=self._clock.now(), reason=reason)
        self._telemetry.count("orders", state=to.value)
        if to.is_final:
            self._blotter.drop(trader, order)
        if to.is_final and order.intent.key is not None:
            # In the same commit: what a key has traded is never sent again, and a filled one not at all.
            trader.settle_key(order.intent.key, order.intent.filled, is_spent=to is IntentState.FILLED)
        return order_event(order.intent)

    async def commit(self, trader: Trader, order: LiveOrder, to: IntentState, reason: str = "") -> None:
        """Move the intent; return once that is durable. StoreFailed: it stands in memory, and the world was not touched."""
        told = [self.turn(trader, order, to, reason)] if to is not order.intent.state else []
        await self.save(trader, order.intent, *told)
        trader.changed()

    async def note(self, trader: Trader, order: LiveOrder, to: IntentState, reason: str = "") -> None:
        """Move the intent where the world says that it is; return once the journal has it or writes it again in the background."""
        if to is order.intent.state:
            return
        told = self.turn(trader, order, to, reason)
        await self._tasks.finish(self._write(trader, order, told), name=f"journal:{trader.bot_id}")
        trader.changed()

    async def _write(self, trader: Trader, order: LiveOrder, told: Event) -> None:
        try:
            await self.save(trader, order.intent, told)
        except StoreFailed as error:
            log.error("a move could not be journaled; trying again", intent_id=order.intent.intent_id, error=error.detail)
            self.write_again(trader, order)

    def write_again(self, trader: Trader, order: LiveOrder) -> None:
        """Journal in the background, however often that takes, where the intent stands by then."""
        if order.intent.intent_id not in self._unwritten:
            self._unwritten.add(order.intent.intent_id)
            self._tasks.start(self._keep_writing(trader, order), name=f"journal:{trader.bot_id}")

    async def _keep_writing(self, trader: Trader, order: LiveOrder) -> None:
        written: Intent | None = None
        while written is not order.intent:
            await self._clock.sleep(STORE_RETRY_S)
            intent = order.intent
            try:
                await self.save(trader, intent, order_event(intent))
            except StoreFailed:
                continue
            written = intent
        self._unwritten.discard(order.intent.intent_id)

    async def book(self, trader: Trader, order: LiveOrder, booked: BotFill) -> None:
        """Journal a fill that is in the book by now with the move that it makes; return once both are durable."""
        trader.unjournaled[booked.fill.trade_id] = (booked, order)
        await self._tasks.finish(self._book(trader, order, booked), name=f"journal:{trader.bot_id}")
        trader.changed()

    async def _book(self, trader: Trader, order: LiveOrder, booked: BotFill) -> None:
        to = order.state()
        told: tuple[Event, ...] = ()
        if to is not order.intent.state:
            told = (self.turn(trader, order, to),)
        else:
            order.intent = replace(order.intent, updated_at=self._clock.now())
        while True:
            try:
                await self.save(trader, order.intent, fill_event(booked), *told)
            except StoreFailed as error:
                log.error(
                    "a fill could not be journaled; trying again", bot_id=trader.bot_id, trade=booked.fill.trade_id, error=error.detail
                )
                await self._clock.sleep(STORE_RETRY_S)
            else:
                return


def book_rows(trader: Trader) -> list[Row]:
    """Return the booked fills that are not durable yet, with what they made of holdings and intents."""
    instruments = dict.fromkeys(booked.fill.instrument for booked, _ in trader.unjournaled.values())
    return [
        *(booked for booked, _ in trader.unjournaled.values()),
        *(trader.book.holding(instrument) for instrument in instruments),
        *(order.intent for _, order in trader.unjournaled.values()),
    ]
