"""Tidings: what the venue tells of an account's orders, taken into memory at once and journaled after.

A report or a fill may come by the answer, the stream or a look-up, late, twice and in any order; each trade is booked once,
by (account, trade id), also across restarts. What is nobody's is external, and left alone.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from styrman.clock import Clock
from styrman.domain.market import InstrumentRules
from styrman.domain.orders import Fill, Intent, IntentState, OrderReport, OrderType
from styrman.domain.records import BotFill
from styrman.errors import Unavailable
from styrman.log import get_logger
from styrman.ports import Store, Venue
from styrman.trading.blotter import Blotter
from styrman.trading.intents import is_ours
from styrman.trading.moves import STORE_RETRY_S, Moves
from styrman.trading.trader import LiveOrder, Trader

log = get_logger()
OnFill: TypeAlias = Callable[[Trader, LiveOrder], None]  # what it makes the trader remember is journaled with the fill
ABSENT = frozenset({IntentState.REJECTED, IntentState.NOT_PLACED, IntentState.DENIED})


class Tidings:
    """Takes in reports and fills of one account."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self, venue: Venue, blotter: Blotter, moves: Moves, *, store: Store, clock: Clock, on_fill: OnFill
    ) -> None:
        self._venue = venue
        self._blotter = blotter
        self._moves = moves
        self._store = store
        self._clock = clock
        self._on_fill = on_fill
        self._late = asyncio.Lock()  # fills of orders that have ended are booked one by one

    async def hear(self, trader: Trader, order: LiveOrder, report: OrderReport) -> None:
        """Take in what the venue says of this order."""
        if order.intent.state.is_final:
            if order.intent.state in ABSENT:
                log.error("the venue knows an order that was known not to be there", intent_id=order.intent.intent_id)
            return
        if not _is_the_one(order.intent, report):
            log.error("two orders have the id of one intent", intent_id=order.intent.intent_id, second=report.venue_order_id)
            return
        order.hear(report)
        self._identify(trader, order, report.venue_order_id)
        await self._moves.note(trader, order, order.state(), report.reason)

    async def take_fill(self, fill: Fill, traders: dict[str, Trader]) -> None:
        """Book a fill, once, however often and by whichever way it comes."""
        found = self._blotter.find(fill.client_order_id, fill.venue_order_id)
        if found is None:
            await self._take_late(fill, traders)
            return
        trader, order = found
        if fill.trade_id in order.trades:
            return
        order.trades.add(fill.trade_id)
        if order.is_adopted and await self._was_booked_before(order, fill):
            return
        await self._book(trader, order, fill)

    async def _was_booked_before(self, order: LiveOrder, fill: Fill) -> bool:
        try:
            return await self._is_booked(fill)
        except BaseException:
            order.trades.discard(fill.trade_id)  # its stream broke while we asked: it is told again, and must count then
            raise

    async def _take_late(self, fill: Fill, traders: dict[str, Trader]) -> None:
        """Book a fill that comes when its order has ended, if it is not in a book yet: what was traded is the bot's all the same."""
        if not is_ours(fill.client_order_id):
            return
        async with self._late:
            intent = await self._intent(fill)
            trader = None if intent is None else traders.get(intent.bot_id)
            if intent is None or trader is None or not _is_still_its_own(intent, trader):
                return
            if fill.trade_id in trader.unjournaled:
                return  # in the book, and on its way to the journal
            # Asked after the intent: one commit holds a fill and the state it led to. The other way round, a commit between the two
            # answers would show the order as ended and its fill as not booked, and it would be booked twice.
            if await self._is_booked(fill):
                return
            log.error("an order that had ended has traded", bot_id=trader.bot_id, intent_id=intent.intent_id, state=intent.state.value)
            await self._book(trader, LiveOrder(intent, is_adopted=True), fill)

    async def _book(self, trader: Trader, order: LiveOrder, fill: Fill) -> None:
        order.intent = replace(order.intent, filled=order.intent.filled + fill.quantity)
        self._identify(trader, order, fill.venue_order_id)
        trader.book.apply(fill, self._rules(fill.instrument))
        trader.fills.append(fill)
        self._on_fill(trader, order)
        booked = BotFill(bot_id=trader.bot_id, intent_id=order.intent.intent_id, account=self._venue.name, fill=fill, at=self._clock.now())
        await self._moves.book(trader, order, booked)

    def _identify(self, trader: Trader, order: LiveOrder, venue_order_id: str) -> None:
        if order.intent.venue_order_id != venue_order_id:
            order.intent = replace(order.intent, venue_order_id=venue_order_id)
            self._blotter.identify(trader, order)

    def _rules(self, instrument: str) -> InstrumentRules:
        """Return the instrument's rules; of one that the venue no longer lists, as much as its name says."""
        rules = self._venue.instruments().get(instrument)
        if rules is not None:
            return rules
        base, _, quote = instrument.partition(":")[0].partition("/")
        return InstrumentRules(instrument, base, quote)

    async def _is_booked(self, fill: Fill) -> bool:
        """Whether the journal has the trade. Asked until it answers: a fill must be neither lost nor counted twice."""
        while True:
            try:
                return bool(await self._store.known_fills(self._venue.name, [fill.trade_id]))
            except Unavailable as error:
                log.error("the journal can't say whether a fill is booked; asking again", trade=fill.trade_id, error=error.detail)
                await self._clock.sleep(STORE_RETRY_S)

    async def _intent(self, fill: Fill) -> Intent | None:
        while True:
            try:
                return await self._store.intent(self._venue.name, fill.client_order_id or "")
            except Unavailable as error:
                log.error("the journal can't say whose fill it is; asking again", trade=fill.trade_id, error=error.detail)
                await self._clock.sleep(STORE_RETRY_S)


def _is_still_its_own(intent: Intent, trader: Trader) -> bool:
    """Whether what an ended order trades is the bot's: a person may have decided otherwise, or another bot have the name by now.

    An order that is open but not in the blotter is being entered, and will ask for its fills.
    """
    return intent.state.is_final and intent.state is not IntentState.MANUAL and intent.stamp >= trader.record.created_at


def _is_the_one(intent: Intent, report: OrderReport) -> bool:
    """Whether a report is of the one order that the intent made. A stop that was triggered may go on under another of the venue's ids."""
    known = intent.venue_order_id
    return known is None or known == report.venue_order_id or intent.request.type is OrderType.STOP
