"""Force: a person exits or enters now, whatever the strategy thinks. Each is a command with a reason, durable before it is answered.

What was forced stands until the strategy's target changes or somebody resumes the bot. Force overrides strategies, never the risk
rules and never a halt.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Unpack

from pydantic import JsonValue

from styrman.domain.bots import BotRecord, BotStatus, CommandResult, Observed, TradingState
from styrman.domain.orders import Intent
from styrman.domain.records import Operation, TargetLatch
from styrman.errors import BotNotTrading, OrderDenied, StyrmanError, Superseded, WaitTimedOut
from styrman.manager import commands
from styrman.manager.custody import Custody
from styrman.manager.roster import Ask, asked
from styrman.manager.state import Asked
from styrman.ports import OrderFilter, PageRequest
from styrman.trading import entries
from styrman.trading.bot import Bot
from styrman.trading.entries import Entry
from styrman.trading.moves import book_rows
from styrman.trading.refusals import REFUSED
from styrman.trading.trader import Trader

LOOK_AGAIN_S = 0.25
FOLLOW_S = 60.0  # an entry's operation ends after this, whether or not it got there


class Forced(Custody):
    """The part of the manager with which a person overrides a strategy."""

    async def exit_bot(self, bot_id: str, *, instrument: str | None = None, **ask: Unpack[Ask]) -> CommandResult:
        """Cancel, close and keep flat one instrument, or all, until its target changes or somebody resumes it. A tracked operation."""
        return await self._exit("exit", bot_id, instrument, ask)

    async def enter_bot(self, bot_id: str, entry: Entry, **ask: Unpack[Ask]) -> CommandResult:
        """Enter now, through the risk rules, and hold that until the strategy's target changes. A tracked operation.

        The bot must be RUNNING and ACTIVE: BotNotTrading. Invalid where the venue can't take the size, OrderDenied where the risk
        rules refuse any of it: nothing is latched then.
        """
        self._check_open()
        entry.check()
        entering = self._begin_entry(bot_id, entry, ask)
        record, status, operation = await self._engine.tasks.finish(entering, name=f"command:enter:{bot_id}")
        return await self._followed(record, status, operation, ask)

    # ------------------------------------------------------------ exits

    async def _exit(self, action: str, bot_id: str, instrument: str | None, ask: Ask) -> CommandResult:
        self._check_open()
        if instrument is not None:
            await self._check_instrument(bot_id, instrument)
        exiting = self._begin_exit(action, bot_id, instrument, ask)
        record, status, operation = await self._engine.tasks.finish(exiting, name=f"command:{action}:{bot_id}")
        return await self._followed(record, status, operation, ask)

    async def _begin_exit(self, action: str, bot_id: str, instrument: str | None, ask: Ask) -> tuple[BotRecord, BotStatus, Operation]:
        """Journal the command and the latch, and return the operation that ends when the bot is flat."""
        who = asked(action, ask, {} if instrument is None else {"instrument": instrument})
        record, status, _ = await self._engine.state.change(bot_id, commands.touch, who)
        trader = self._engine.floor.trader(record)
        flat = await self._engine.exits.begin(trader, reason=action, instruments=None if instrument is None else [instrument])
        return record, status, await self._engine.operations.track([bot_id], partial(_until_flat, flat), who)

    # ------------------------------------------------------------ entries

    async def _begin_entry(self, bot_id: str, entry: Entry, ask: Ask) -> tuple[BotRecord, BotStatus, Operation | None]:
        """Latch or announce the entry in one commit with the command; return the operation that follows it, None where nothing is to do."""
        record, status = await self._engine.state.get(bot_id)
        if await self._was_done("enter", record, ask):
            return record, status, None
        trader = self._engine.floor.trader(record)
        async with trader.lock:
            bot = await self._trading(bot_id, entry.instrument)
            change = entries.gap(bot, entry)
            if not change:
                return record, status, None
            latch = entries.latched(bot, entry.instrument, change)
            entries.check(bot, entry.instrument, change, in_slices=latch is not None)
            fields: dict[str, JsonValue] = {"instrument": entry.instrument, "quantity": str(change)}
            work: Callable[[str], Awaitable[object]]
            if latch is not None:
                who = asked("enter", ask, fields)
                record, status = await self._latch(trader, entry.instrument, latch, who)
                work = partial(self._see_entered, bot, entry.instrument, latch)
            else:
                intent = entries.intent(bot, entry.instrument, change)
                who = asked("enter", ask, fields | {"intent_id": intent.intent_id})
                record, status = await self._latch(trader, entry.instrument, None, who)
                work = partial(self._place_entry, bot, intent, change)
        trader.changed()
        return record, status, await self._engine.operations.track([bot_id], work, who)

    async def _trading(self, bot_id: str, instrument: str) -> Bot:
        """Return the run of a bot that may add exposure in an instrument now. BotNotTrading says what to do first."""
        record, status = await self._engine.state.get(bot_id)
        await self._check_instrument(bot_id, instrument)
        run = self._engine.supervisor.run(bot_id)
        if status.observed is not Observed.RUNNING or run is None or not run.ready or run.stop_asked_at is not None:
            raise BotNotTrading(f"Bot {bot_id!r} is {status.observed}; start it before it can enter.")
        if instrument not in run.bot.rules:
            raise BotNotTrading(f"Bot {bot_id!r} does not read {instrument} in this run; restart it before it can enter there.")
        if (state := run.bot.trading_state(instrument)) is not TradingState.ACTIVE:
            raise BotNotTrading(f"Bot {bot_id!r} is {state} in {instrument}: {self._held_by(record)}.")
        if run.bot.trader.is_flat(instrument) and run.bot.trader.orders(instrument):
            raise BotNotTrading(f"Bot {bot_id!r} is just leaving {instrument}; enter once it is flat.")
        return run.bot

    def _held_by(self, record: BotRecord) -> str:
        """Return what keeps a bot from adding exposure, and what lifts it."""
        if halted_by := self._engine.gates.halted_by(record.account, record.id):
            return f"{', '.join(halted_by)} is halted; unhalt it first"
        if record.paused:
            return "it is paused; resume it first"
        return f"account {record.account!r} differs from its books; accept the drift first"

    async def _latch(self, trader: Trader, instrument: str, latch: TargetLatch | None, who: Asked) -> tuple[BotRecord, BotStatus]:
        """Commit a latch, or that there is none, with its command. Memory first, so that nobody saves the old one over it."""
        before = trader.memory.latches.get(instrument)
        _set_latch(trader, instrument, latch)
        memory = trader.memory
        try:
            record, status, _ = await self._engine.state.change(trader.bot_id, commands.touch, who, memory, *book_rows(trader))
        except StyrmanError:
            if trader.memory.latches.get(instrument) == latch:  # else a protection was touched meanwhile, and its latch stands
                _set_latch(trader, instrument, before)
            raise
        trader.saved = memory
        return record, status

    async def _see_entered(self, bot: Bot, instrument: str, latch: TargetLatch, _: str) -> None:
        """Return once the bot's cycles brought the position there. What keeps them from it is raised, and the latch stands all the same."""
        began, until = self._engine.clock.now(), self._engine.clock.monotonic() + FOLLOW_S
        while (change := entries.left(bot, instrument, latch)) or _is_sending(bot, instrument):
            if bot.trader.memory.latches.get(instrument) != latch:
                raise Superseded(f"The entry in {instrument} was overtaken: the target of bot {bot.spec.id!r} changed.")
            if self._engine.clock.monotonic() >= until:
                raise WaitTimedOut(f"The entry in {instrument} is not complete after {FOLLOW_S:g} s; it is still pursued.")
            if change and not _is_sending(bot, instrument):
                entries.check(bot, instrument, change, in_slices=True)
                await self._check_refused(bot, instrument, began)
            await self._engine.clock.sleep(LOOK_AGAIN_S)

    async def _place_entry(self, bot: Bot, intent: Intent, change: Decimal, _: str) -> None:
        """Send the one order of an entry, and return once it has traded; why it has not is raised."""
        instrument, until = intent.request.instrument, self._engine.clock.monotonic() + FOLLOW_S
        async with bot.trader.lock:
            await self._trading(bot.spec.id, instrument)
            entries.check(bot, instrument, change, in_slices=False)
            (order,) = await bot.desk.place(bot.trader, [intent])
        while not order.intent.state.is_final:
            if self._engine.clock.monotonic() >= until:
                raise WaitTimedOut(f"Order {intent.intent_id!r} is {order.intent.state} after {FOLLOW_S:g} s; it is followed further.")
            await self._engine.clock.sleep(LOOK_AGAIN_S)
        if not order.intent.filled:
            raise _refusal(order.intent)

    async def _check_refused(self, bot: Bot, instrument: str, since: datetime) -> None:
        """Raise OrderDenied where the last order there was refused since then."""
        found = await self._engine.wiring.store.intents(PageRequest(limit=1), OrderFilter(bots=[bot.spec.id], instruments=[instrument]))
        if found.items and found.items[0].state in REFUSED and found.items[0].updated_at >= since:
            raise _refusal(found.items[0])

    # ------------------------------------------------------------ within

    async def _followed(self, record: BotRecord, status: BotStatus, operation: Operation | None, ask: Ask) -> CommandResult:
        """Return the answer to a command that an operation follows, once that ended where the caller waits for it."""
        wait_s = ask.get("wait_s")
        if operation is None:
            return self._engine.show.answer(record, status, changed=False)
        if wait_s is not None:
            await self._engine.operations.wait(operation.id, wait_s)
            _, status = await self._engine.state.get(record.id)
        return self._engine.show.answer(record, status, changed=True, operation_id=operation.id)


async def _until_flat(flat: "asyncio.Task[None]", _: str) -> None:
    await asyncio.wait([flat])
    flat.result()


def _set_latch(trader: Trader, instrument: str, latch: TargetLatch | None) -> None:
    kept = {name: each for name, each in trader.memory.latches.items() if name != instrument}
    trader.remember(latches=kept if latch is None else kept | {instrument: latch})


def _is_sending(bot: Bot, instrument: str) -> bool:
    """Whether an order of the instrument's target is on its way."""
    return any(order.intent.origin == "target" for order in bot.trader.orders(instrument))


def _refusal(intent: Intent) -> OrderDenied:
    return OrderDenied("refused", f"Order {intent.intent_id!r} is {intent.state}: {intent.reason or 'no reason was given'}.")
