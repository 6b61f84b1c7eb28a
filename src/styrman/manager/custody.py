"""Custody: what is a bot's and what is external. A person moves positions and working orders between the two, and says what became
of an order that nobody can find. Nothing here trades.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Unpack

from styrman.domain.bots import BotRecord, CommandResult
from styrman.domain.events import EventKind
from styrman.domain.market import asset_of
from styrman.domain.orders import Intent, OrderReport
from styrman.errors import (
    AccountNotFound,
    FieldError,
    IntentNotFound,
    IntentNotOpen,
    Invalid,
    InvalidSpec,
    NotClaimable,
    OrderNotFound,
    StyrmanError,
    TransferRefused,
    VenueNotOpen,
)
from styrman.manager.equity_log import GAIN
from styrman.manager.roster import Ask, Roster, asked
from styrman.manager.state import Asked, check_match
from styrman.ports import EventFilter, PageRequest
from styrman.trading.execution import Desk

REMEMBERED = 1000  # commands of a bot among which a repeated request is looked for
NAMED = 20  # bots that an external order names as those who may claim it


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalOrder(OrderReport):
    """A working order of an account that no bot owns. It is never touched unless a bot claims it."""

    claimable: bool  # whether a bot of the account trades its instrument
    claimable_by: tuple[str, ...]  # the first of those bots


class Custody(Roster):
    """The part of the manager that moves positions and orders between bots and what is external."""

    # ------------------------------------------------------------ positions

    async def adopt_position(
        self, bot_id: str, *, instrument: str, quantity: Decimal, price: Decimal | None = None, **ask: Unpack[Ask]
    ) -> CommandResult:
        """Take so much of what is external into the bot's book, as if it had bought it (or sold it short) at the price.

        Without a price: at the last one. TransferRefused where that much is not external, or the bot can't pay for it.
        """
        _check_amount("quantity", quantity)
        record = await self._party(bot_id, instrument)
        external = self._engine.accounts.view(record.account).external.get(asset_of(instrument), Decimal(0))
        return await self._transfer("adopt", record, (instrument, quantity.copy_sign(external)), price, ask)

    async def hand_back_position(
        self, bot_id: str, *, instrument: str, quantity: Decimal | None = None, price: Decimal | None = None, **ask: Unpack[Ask]
    ) -> CommandResult:
        """Take a position, or so much of it, out of the bot's book, as if it had sold it (or bought it back) at the price.

        Without a price: at the last one. TransferRefused where it holds less, or works orders there.
        """
        if quantity is not None:
            _check_amount("quantity", quantity)
        record = await self._party(bot_id, instrument)
        held = self._engine.floor.trader(record).position(instrument)
        handed = -(held if quantity is None else quantity.copy_sign(held))
        return await self._transfer("hand-back", record, (instrument, handed), price, ask)

    async def _party(self, bot_id: str, instrument: str) -> BotRecord:
        """Return a bot that may hold an instrument. InvalidSpec names those that it may."""
        self._check_open()
        await self._check_instrument(bot_id, instrument)
        record, _ = await self._engine.state.get(bot_id)
        return record

    async def _transfer(
        self, action: str, record: BotRecord, position: tuple[str, Decimal], price: Decimal | None, ask: Ask
    ) -> CommandResult:
        engine, (instrument, quantity), who = self._engine, position, asked(action, ask)
        _, status = await engine.state.get(record.id)
        if await self._was_done(action, record, ask):
            return engine.show.answer(record, status, changed=False)
        check_match(record, who)
        if not quantity:
            raise TransferRefused(f"Bot {record.id!r} holds no {instrument}; there is nothing to hand back.")
        last = await self._last_price(record.account, instrument, is_needed=price is None)
        price = last if price is None else price
        _check_amount("price", price)
        # What the price given makes of the book at once is nobody's earning: see `equity_log`.
        who = asked(action, ask, {GAIN: str(quantity * (last - price)) if last.is_finite() else "0"})
        await engine.accounts.transfer(engine.floor.trader(record), instrument, quantity, price, who)
        return engine.show.answer(record, status, changed=True)

    async def _last_price(self, account: str, instrument: str, *, is_needed: bool) -> Decimal:
        """Return the last price of an instrument; NaN where nobody knows it and the transfer can do without. VenueError."""
        ticker = self._engine.wiring.market.ticker(account, instrument)
        try:
            return (ticker or await self._desk(account).venue.fetch_ticker(instrument)).last
        except StyrmanError:
            if is_needed:
                raise
            return Decimal("NaN")

    # ------------------------------------------------------------ orders

    async def account_orders(self, account: str) -> Sequence[ExternalOrder]:
        """Return the working orders of an account that no bot owns. AccountNotFound, VenueNotOpen, VenueError."""
        reports = await self._desk(account).external_orders()
        takers: dict[str, list[str]] = {}
        for record, status in self._engine.state:
            if record.account == account:
                for instrument in self._engine.show.bot(record, status).instruments:
                    takers.setdefault(instrument, []).append(record.id)
        return [_external(report, takers.get(report.instrument, [])) for report in reports]

    async def claim_order(self, account: str, venue_order_id: str, *, bot_id: str, key: str | None = None, **ask: Unpack[Ask]) -> Intent:
        """Make a working order that no bot owns a bot's: what remains of it counts as the bot's, and so do its fills from now on.

        With a `key` it is the Plan's order of that name. Claimed by the same bot before: nothing changes. NotClaimable, OrderNotFound.
        """
        self._check_open()
        desk, (record, _) = self._desk(account), await self._engine.state.get(bot_id)
        if record.account != account:
            raise NotClaimable(f"Bot {bot_id!r} trades at {record.account!r}; it can't claim an order of account {account!r}.")
        owned = desk.blotter.find(None, venue_order_id)
        if owned is not None and owned[0].bot_id == bot_id:
            return owned[1].intent
        if owned is not None:
            raise NotClaimable(f"Order {venue_order_id!r} of account {account!r} is bot {owned[0].bot_id!r}'s.")
        report = next((each for each in await desk.external_orders() if each.venue_order_id == venue_order_id), None)
        if report is None:
            raise OrderNotFound(f"No order {venue_order_id!r} works at account {account!r}; list its external orders to see their ids.")
        if report.instrument not in await self._instruments(bot_id):
            raise NotClaimable(f"Bot {bot_id!r} does not trade {report.instrument}; let one claim the order that does.")
        who = asked("claim", ask, {"account": account, "venue_order_id": venue_order_id, "key": key})
        await self._note(record, who)
        claimed = await desk.claim(self._engine.floor.trader(record), report, key, reason=who.reason)
        return claimed.intent

    async def decide_intent(self, bot_id: str, intent_id: str, *, outcome: str = "", **ask: Unpack[Ask]) -> Intent:
        """Close an order of which nobody knows whether it is at the venue: a person looked. It counts no more, MANUAL.

        IntentNotOpen where its outcome is known; IntentNotFound.
        """
        self._check_open()
        record, _ = await self._engine.state.get(bot_id)
        trader, desk = self._engine.floor.trader(record), self._desk(record.account)
        order = next((each for each in trader.live.values() if each.intent.intent_id == intent_id), None)
        intent = order.intent if order is not None else await self._engine.wiring.store.intent(record.account, intent_id)
        if intent is None or intent.bot_id != bot_id:
            raise IntentNotFound(f"Bot {bot_id!r} has no intent {intent_id!r}; list its intents to see their ids.")
        if not intent.state.is_unresolved:
            raise IntentNotOpen(f"Intent {intent_id!r} of bot {bot_id!r} is {intent.state}: its outcome is known, and not yours to decide.")
        who = asked("decide", ask, {"intent_id": intent_id, "outcome": outcome})
        await self._note(record, who)
        return await desk.decide(trader, intent_id, outcome=outcome, reason=f"{who.actor}: {who.reason}")

    # ------------------------------------------------------------ within

    def _desk(self, account: str) -> Desk:
        """Return an account's desk once what an earlier process left there is known: before, its own orders would look external."""
        desk = self._engine.desks.get(account)
        if desk is None:
            raise AccountNotFound(f"There is no account {account!r}; there are: {', '.join(self._engine.desks)}.")
        if not desk.recovered.is_set():
            raise VenueNotOpen(f"Venue {account!r} has not been read yet; ask again once it is open: styrman venue show {account}")
        return desk

    async def _note(self, record: BotRecord, who: Asked) -> None:
        """Journal a command that changes nothing of the record."""
        check_match(record, who)
        await self._engine.journal.write(self._engine.state.event(record, who))

    async def _instruments(self, bot_id: str) -> tuple[str, ...]:
        """Return what a bot trades, holds or wants."""
        record, status = await self._engine.state.get(bot_id)
        return tuple(dict.fromkeys((*self._engine.show.bot(record, status).instruments, *self._engine.floor.trader(record).instruments)))

    async def _check_instrument(self, bot_id: str, instrument: str) -> None:
        """Raise InvalidSpec where the bot neither trades nor holds the instrument."""
        known = await self._instruments(bot_id)
        if instrument not in known:
            fault = FieldError(("instrument",), "the bot neither trades nor holds it", known)
            raise InvalidSpec(f"Bot {bot_id!r} trades no {instrument!r}; it has {', '.join(known) or 'none yet'}.", [fault])

    async def _was_done(self, action: str, record: BotRecord, ask: Ask) -> bool:
        """Whether this very request was performed before a crash: then its position must not be changed a second time."""
        store, request = self._engine.wiring.store, ask.get("request")
        if request is None:
            return False
        journaled = await store.events(PageRequest(limit=REMEMBERED), EventFilter(bots=[record.id], kinds=[EventKind.COMMAND]))
        done = next((event for event in journaled.items if event.name == action and event.fields.get("request") == request), None)
        if done is None:
            return False
        intent_id = done.fields.get("intent_id")
        return intent_id is None or await store.intent(record.account, str(intent_id)) is not None


def _external(report: OrderReport, takers: Sequence[str]) -> ExternalOrder:
    told = {item.name: getattr(report, item.name) for item in fields(OrderReport)}
    return ExternalOrder(**told, claimable=bool(takers), claimable_by=tuple(sorted(takers)[:NAMED]))


def _check_amount(field: str, amount: Decimal) -> None:
    if not (amount.is_finite() and amount > 0):
        raise Invalid(f"{field} {amount} is no amount; give a number above zero.", [FieldError((field,), "give a number above zero")])
