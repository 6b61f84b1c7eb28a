"""One bot's trading as it stands, whether or not its task runs: its book, its memory, its orders that are not settled yet."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from styrman.domain.bots import BotRecord
from styrman.domain.orders import Fill, Intent, IntentState, OrderReport, VenueOrderStatus, WorkingOrder
from styrman.domain.plan import BookView
from styrman.domain.records import BotFill, BotMemory, Guard, Holding, TargetLatch
from styrman.errors import OrderDenied, StyrmanError
from styrman.trading.book import Book, Prices
from styrman.trading.gates import EXITS
from styrman.trading.risk import OrderRate

CLAIM = "claim"  # the origin of an order that somebody else placed and a person gave to a bot
FINAL_AT_VENUE = {
    VenueOrderStatus.FILLED: IntentState.FILLED,
    VenueOrderStatus.CANCELED: IntentState.CANCELED,
    VenueOrderStatus.EXPIRED: IntentState.EXPIRED,
}


@dataclass(slots=True, eq=False)
class LiveOrder:
    """An intent on its way: what we journaled, what the venue last said, which of its trades are in the book.

    Its `filled` counts what is in the book, never what a report claims: an order is final only when its fills are booked,
    so nothing ever trades twice because an answer overtook a fill.
    """

    intent: Intent
    report: OrderReport | None = None
    trades: set[str] = field(default_factory=set)
    catches_up: bool = False  # somebody asks the venue for the fills that the book lacks
    is_looked_for: bool = False  # somebody asks the venue whether it is there
    is_adopted: bool = False  # not sent by this process: which of its trades are in the book, the store knows
    is_being_cancelled: bool = False  # somebody asks the venue to take it off, and again until it has ended
    is_in_flight: bool = False  # its request is on its way, or its answer
    sent_at: float | None = None  # monotonic
    withdrawn: str = ""  # why it is not to be sent any more; counts until it is SENDING
    denied: OrderDenied | None = None  # judged as it entered the blotter: it would trade with another bot of the account
    failure: StyrmanError | None = None  # the venue's no, where that ends the run that asked

    def hear(self, report: OrderReport) -> None:
        """Take in a report, unless the one before tells more: an answer may be older than what the stream said meanwhile."""
        if self.intent.origin == CLAIM:  # its quantity is what was left of the order; what had traded before is not its own
            report = replace(report, filled=report.filled - (report.quantity - self.intent.request.quantity))
        if self.report is None or _progress(self.report) <= _progress(report):
            self.report = report

    @property
    def has_ended(self) -> bool:
        """Whether nothing works at the venue any more, though fills may be missing in the book."""
        return self.intent.state.is_final or (self.report is not None and self.report.status in FINAL_AT_VENUE)

    @property
    def is_guard(self) -> bool:
        """Whether it rests to protect the position."""
        return self.intent.is_guard

    @property
    def awaits_fills(self) -> bool:
        """Whether the venue reports more filled than the book holds."""
        return self.report is not None and self.report.filled > self.intent.filled

    @property
    def exposure(self) -> Decimal:
        """Base quantity, signed, by which it may still change the position."""
        return self.intent.request.side.sign * self.intent.remaining

    def state(self) -> IntentState:
        """Return the state that follows from what is known now."""
        intent, report = self.intent, self.report
        if intent.state.is_final:
            return intent.state
        if intent.filled >= intent.request.quantity:
            return IntentState.FILLED
        if report is not None and report.status in FINAL_AT_VENUE and not self.awaits_fills:
            return FINAL_AT_VENUE[report.status]
        if intent.state is IntentState.CANCEL_SENT:
            return IntentState.CANCEL_SENT
        if intent.filled:
            return IntentState.PARTIALLY_FILLED
        return intent.state if report is None else IntentState.ACKED


def _progress(report: OrderReport) -> tuple[Decimal, bool]:
    return report.filled, report.status in FINAL_AT_VENUE


class Trader:
    """The trading side of one bot. Changed only on the event loop: by its cycle, its desk and the caretaker, under `lock`."""

    __slots__ = ("_untraded", "book", "fills", "live", "lock", "memory", "on_change", "on_guards", "rate", "record", "saved", "unjournaled")

    def __init__(self, record: BotRecord, holdings: Iterable[Holding] = (), memory: BotMemory | None = None) -> None:
        self.record = record
        self.book = Book(record.id, record.spec.capital, holdings)
        self.memory = self.saved = memory or BotMemory(bot_id=record.id)  # `saved` is what the journal holds
        self._untraded: BookView | None = None
        self.live: dict[str, LiveOrder] = {}  # by client order id
        self.fills: list[Fill] = []  # since the last cycle
        self.unjournaled: dict[str, tuple[BotFill, LiveOrder]] = {}  # by trade id: fills in the book that the journal lacks
        self.rate = OrderRate(record.spec.risk.max_orders_per_minute)
        self.on_change: Callable[[], None] | None = None  # wakes the bot's loop
        self.on_guards: Callable[[Trader], None] | None = None  # tells the caretaker that its guards or its orders changed
        self.lock = asyncio.Lock()

    @property
    def bot_id(self) -> str:
        """The bot's id."""
        return self.record.id

    def take(self, record: BotRecord) -> None:
        """Take the bot's new record: its spec may have changed. Book, memory and orders go on."""
        if record.spec.risk != self.record.spec.risk:
            self.rate = OrderRate(record.spec.risk.max_orders_per_minute)
        self.record = record
        self.book.capital = record.spec.capital

    def view(self, prices: Prices) -> BookView:
        """Return the book as the strategy sees it. That of a bot which never traded is made once: most of ten thousand never do."""
        if self.fills or not self.book.is_untouched:
            return self.book.view(prices, tuple(self.fills))
        if self._untraded is None or self._untraded.cash != self.book.capital:
            self._untraded = self.book.view(prices)
        return self._untraded

    def pending(self, instrument: str) -> Decimal:
        """Base quantity, signed, that orders not yet final may still trade; unresolved ones count at full size, resting protections not."""
        return sum((order.exposure for order in self.orders(instrument) if not order.is_guard), Decimal(0))

    def unresolved(self, instrument: str | None = None) -> int:
        """Return how many orders the venue may or may not hold."""
        return sum(
            order.intent.state.is_unresolved and instrument in (None, order.intent.request.instrument) for order in self.live.values()
        )

    def adds(self, intent: Intent) -> bool:
        """Whether an order may leave the bot with more exposure than it has: all that its other orders close taken off first."""
        request = intent.request
        others = (order for order in self.orders(request.instrument) if order.intent.intent_id != intent.intent_id and not order.is_guard)
        closing = sum((order.intent.remaining for order in others if order.intent.request.side is request.side), Decimal(0))
        return intent.remaining + closing > -request.side.sign * self.position(request.instrument)

    def orders(self, instrument: str | None = None) -> list[LiveOrder]:
        """Return the orders that are not final, oldest first."""
        return [order for order in self.live.values() if instrument in (None, order.intent.request.instrument)]

    def unwanted(self) -> list[LiveOrder]:
        """Return the orders that a stop takes off: all but exits, resting protections, and what was claimed for it after the stop."""
        stopped_at = self.record.stopped_at or self.record.created_at
        orders = [order for order in self.live.values() if order.intent.origin not in EXITS]
        return [order for order in orders if order.intent.origin != CLAIM or order.intent.stamp < stopped_at]

    def working(self) -> tuple[WorkingOrder, ...]:
        """Return the Plan's orders that are not final, with what remains of their quantity."""
        return tuple(working_order(order.intent) for order in self.live.values() if order.intent.key is not None)

    def position(self, instrument: str) -> Decimal:
        """Return the book's base quantity."""
        return self.book.holding(instrument).quantity

    @property
    def open_instruments(self) -> tuple[str, ...]:
        """The instruments in which the bot holds something."""
        return tuple(holding.instrument for holding in self.book.open_holdings())

    @property
    def exposed_instruments(self) -> tuple[str, ...]:
        """The instruments in which the bot holds something, or may come to."""
        return tuple(dict.fromkeys((*self.open_instruments, *(order.intent.request.instrument for order in self.live.values()))))

    @property
    def instruments(self) -> tuple[str, ...]:
        """Every instrument in which the bot holds, wants or orders something."""
        return tuple(dict.fromkeys((*self.exposed_instruments, *self.memory.latches)))

    @property
    def is_unsaved(self) -> bool:
        """Whether the memory differs from what the journal holds."""
        return self.memory is not self.saved and self.memory != self.saved

    def is_flat(self, instrument: str) -> bool:
        """Whether the instrument is latched flat: by a protection, a flatten or a person."""
        latch = self.memory.latches.get(instrument)
        return latch is not None and bool(latch.flat)

    @property
    def has_exposure(self) -> bool:
        """Whether the bot holds a position or has orders that are not final."""
        return bool(self.live) or bool(self.open_instruments)

    def remember(self, **changes: object) -> None:
        """Replace parts of the memory; the caller journals it."""
        self.memory = replace(self.memory, **changes)  # type: ignore[arg-type] # replace() checks the names at run time
        if "guards" in changes and self.on_guards is not None:
            self.on_guards(self)

    def settle_key(self, key: str, filled: Decimal, *, is_spent: bool) -> None:
        """Remember what an order that has ended traded for its key."""
        traded = self.memory.traded
        if filled:
            traded = {**traded, key: traded.get(key, Decimal(0)) + filled}
        self.remember(traded=traded, spent=(*self.memory.spent, key) if is_spent else self.memory.spent)

    def traded(self) -> dict[str, Decimal]:
        """Return what each key of the Plan has traded so far, in base: by orders that ended, and by those that work."""
        total = dict(self.memory.traded)
        for order in self.live.values():
            if order.intent.key is not None and order.intent.filled:
                total[order.intent.key] = total.get(order.intent.key, Decimal(0)) + order.intent.filled
        return total

    def memory_with_guard(self, instrument: str, guard: Guard) -> BotMemory:
        """Return the memory with one guard replaced."""
        return replace(self.memory, guards={**self.memory.guards, instrument: guard})

    def latch(self, instrument: str, latch: TargetLatch) -> None:
        """Set the instrument's latch in memory; the caller journals it."""
        self.remember(latches={**self.memory.latches, instrument: latch})

    def changed(self) -> None:
        """Tell the caretaker, and the bot's loop where one runs, that something happened to its orders."""
        if self.on_guards is not None:
            self.on_guards(self)
        if self.on_change is not None:
            self.on_change()


def working_order(intent: Intent) -> WorkingOrder:
    """Return the order that a Plan would name to have this intent, with what remains of its quantity."""
    request = intent.request
    return WorkingOrder(
        key=intent.key or intent.origin,
        instrument=request.instrument,
        side=request.side,
        quantity=intent.remaining,
        price=request.price,
        type=request.type,
        time_in_force=request.time_in_force,
        post_only=request.post_only,
        reduce_only=request.reduce_only,
    )
