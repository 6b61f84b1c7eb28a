"""BotManagerAsync: the manager's commands. Nobody performs a start here: a command changes what is desired, durably, and the
reconciler makes what is observed follow.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Literal, Self, Unpack

from pydantic import JsonValue

from styrman.clock import Clock, SystemClock
from styrman.config import Settings
from styrman.domain.bots import BotRecord, BotStatus, CommandResult
from styrman.domain.plan import Context, Plan
from styrman.domain.records import Operation, bot_scope
from styrman.manager import commands
from styrman.manager.boots import new_boot_id
from styrman.manager.bulk import bulk_change, check_options, flattens, stop_options
from styrman.manager.bus import Bus
from styrman.manager.engine import Engine
from styrman.manager.force import Forced
from styrman.manager.roster import Ask, Who, asked
from styrman.manager.state import Asked, AsyncBotState, Change
from styrman.manager.views import AccountView, HaltView
from styrman.manager.wiring import wire
from styrman.ports import MarketData, Store, Telemetry

Main = Callable[[Context], Awaitable[Plan | None]]


class BotManagerAsync(Forced):
    """Runs, supervises and steers bots as tasks of the running event loop.

    `async with BotManagerAsync(settings) as manager:` boots on the home folder that the settings name, and shuts down at the end
    with every bot's desired state unchanged. All methods belong to that loop. Commands raise BotNotFound, StaleGeneration,
    Superseded and WaitTimedOut (with `wait_s`), ShuttingDown, StoreFailed.
    """

    def __init__(self, settings: Settings | None = None, *, clock: Clock | None = None) -> None:
        """Build the manager; nothing is opened yet. ConfigInvalid."""
        self.settings = settings if settings is not None else Settings.load()
        self.clock = clock or SystemClock()
        self.boot = new_boot_id()
        self.bus = Bus(self.boot)
        self._is_open = False
        super().__init__(Engine(self.settings, self.clock, wire(self.settings, self.clock), boot=self.boot, bus=self.bus))

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def open(self) -> None:
        """Boot: whatever was desired runs again. StartupError."""
        await self._engine.open()
        self._is_open = True

    async def close(self) -> None:
        """Shut down within 25 s; what was desired stays so. Idempotent."""
        if self._is_open and not self._is_closing:
            self._is_closing = True
            await self._engine.close()

    @property
    def is_ready(self) -> bool:
        """Whether loop, journal and reconciler make progress."""
        return self._is_open and not self._is_closing and self._engine.is_healthy()

    @property
    def is_closing(self) -> bool:
        """Whether writes are refused because the process shuts down."""
        return self._is_closing

    async def failure(self) -> None:
        """Return when the process itself is ill (the journal can't be written): all gates are closed, and it should end."""
        await self._engine.failed.wait()

    @property
    def state(self) -> AsyncBotState:
        """Every bot's desired and observed side."""
        return self._engine.state

    @property
    def store(self) -> Store:
        """The journal."""
        return self._engine.wiring.store

    @property
    def market(self) -> MarketData:
        """Candles and tickers, shared by all bots."""
        return self._engine.wiring.market

    @property
    def telemetry(self) -> Telemetry:
        """Metrics, spans and the last log lines."""
        return self._engine.wiring.telemetry

    def register(self, name: str, main: Main) -> None:
        """Let specs say `main: NAME` for an async function of this process; it is called once a cycle with a Context."""
        self._engine.wiring.catalogue.register(name, main)

    # ------------------------------------------------------------ steering one bot

    async def start_bot(self, bot_id: str, **ask: Unpack[Ask]) -> CommandResult:
        """Desire RUNNING. Clears FAILED; BotQuarantined where its old task will not die. Again: nothing changes."""
        return await self._command("start", bot_id, commands.start, ask)

    async def stop_bot(
        self,
        bot_id: str,
        *,
        orders: Literal["cancel", "keep"] = "cancel",
        positions: Literal["hold", "flatten"] = "hold",
        timeout_s: float = 30.0,
        **ask: Unpack[Ask],
    ) -> CommandResult:
        """Desire STOPPED: at the next safe point. Orders are taken off and positions held, unless told otherwise. InvalidSpec."""
        options = stop_options({"orders": orders, "positions": positions, "timeout_s": timeout_s})
        return await self._command("stop", bot_id, partial(commands.stop, options), ask)

    async def restart_bot(self, bot_id: str, **ask: Unpack[Ask]) -> CommandResult:
        """Stop, then start with a new run id."""
        return await self._command("restart", bot_id, commands.restart, ask)

    async def reset_bot(self, bot_id: str, **ask: Unpack[Ask]) -> CommandResult:
        """Clear FAILED, or QUARANTINED once its task is gone, without starting."""
        return await self._command("reset", bot_id, commands.reset, ask)

    async def pause_bot(self, bot_id: str, **ask: Unpack[Ask]) -> CommandResult:
        """Let it reduce only: no new exposure, exits are managed."""
        return await self._command("pause", bot_id, commands.pause, ask)

    async def resume_bot(self, bot_id: str, **ask: Unpack[Ask]) -> CommandResult:
        """Let it trade again, in what was latched flat too."""
        operation = self._engine.operations.announce(asked("resume", ask))
        resuming = self._resume(bot_id, ask, operation)
        record, status, changed = await self._engine.tasks.finish(resuming, name=f"command:resume:{bot_id}")
        return await self._arrive(record, status, ask, changed=changed, operation_id=operation.id if changed else None)

    async def _resume(self, bot_id: str, ask: Ask | Who, *operation: Operation) -> tuple[BotRecord, BotStatus, bool]:
        self._check_open()
        record, _ = await self.state.get(bot_id)
        trader = self._engine.floor.trader(record)
        latched = [name for name in trader.memory.latches if trader.is_flat(name)]
        change = partial(commands.resume, is_latched=bool(latched))
        answer = await self.state.change(bot_id, change, asked("resume", ask), *operation)
        for each in operation if answer[2] else ():
            self._engine.operations.follow(each, answer[0])
        await self._engine.exits.release(trader, latched)
        return answer

    async def flatten_bot(self, bot_id: str, **ask: Unpack[Ask]) -> CommandResult:
        """Cancel, close, look until flat, and stay flat until its target changes or somebody resumes it. A tracked operation."""
        return await self._exit("flatten", bot_id, None, ask)

    # ------------------------------------------------------------ steering many

    async def operate(
        self,
        action: str,
        *,
        ids: Sequence[str] | None = None,
        selector: str | None = None,
        everything: bool = False,
        options: Mapping[str, JsonValue] | None = None,
        **who: Unpack[Who],
    ) -> Operation:
        """Command all bots that `ids`, `selector` or `everything` names; return the operation, which counts them as they arrive."""
        self._check_open()
        check_options(action, options or {})
        bot_ids = self._selected(ids, selector, everything=everything)
        ask = asked(action, who)
        if action == "flatten":
            return await self._engine.operations.track(bot_ids, self._flatten, ask)
        if action == "delete":
            return await self._engine.operations.track(bot_ids, lambda bot_id: self.delete_bot(bot_id, **who), ask)
        if action == "resume":
            return await self._engine.operations.track(bot_ids, lambda bot_id: self._resume(bot_id, who), ask)
        if action == "halt":
            return await self._halt_all(bot_ids, ask, flatten=flattens(options or {}))
        if action == "unhalt":
            return await self._engine.operations.track(bot_ids, lambda bot_id: self.unhalt(bot_id=bot_id, **who), ask)
        return await self._engine.operations.command(bot_ids, bulk_change(action, options or {}), ask)

    async def _halt_all(self, bot_ids: Sequence[str], ask: Asked, *, flatten: bool) -> Operation:
        """Close the gates of all these bots before anything else happens; each is done once its latch is durable and its orders are off."""
        halts = self._engine.halts
        latches = {bot_id: halts.close(bot_scope(bot_id), ask)[0] for bot_id in bot_ids if self.state.peek(bot_id) is not None}

        async def clear(bot_id: str) -> None:
            await self.state.get(bot_id)
            await halts.clear(latches[bot_id], flatten=flatten)

        return await self._engine.operations.track(bot_ids, clear, ask)

    async def halt(self, *, account: str | None = None, bot_id: str | None = None, flatten: bool = False, **who: Unpack[Who]) -> HaltView:
        """Close the order gates of everything, of one account or of one bot: at once, durably, until unhalt. Orders are taken off."""
        if bot_id is not None:
            await self.state.get(bot_id)
        halts = self._engine.halts
        return await halts.halt(halts.scope(account, bot_id), asked("halt", who), flatten=flatten)

    async def unhalt(self, *, account: str | None = None, bot_id: str | None = None, **who: Unpack[Who]) -> HaltView:
        """Lift the halt of exactly this scope."""
        self._check_open()
        halts = self._engine.halts
        return await halts.unhalt(halts.scope(account, bot_id), asked("unhalt", who))

    async def accept_drift(self, account: str, **who: Unpack[Who]) -> AccountView:
        """Take what an account differs by into what is external: a person says that it is right."""
        self._check_open()
        return await self._engine.accounts.accept(account, asked("accept_drift", who))

    # ------------------------------------------------------------ within

    async def _command(self, action: str, bot_id: str, change: Change, ask: Ask) -> CommandResult:
        with self.telemetry.span("command", action=action, bot_id=bot_id):
            self._check_open()
            operations, who = self._engine.operations, asked(action, ask)
            operation = operations.announce(who)
            follow = partial(operations.follow, operation)
            record, status, changed = await self.state.change(bot_id, change, who, operation, then=follow)
            operation_id = operation.id if changed else operations.under_way(bot_id, action)
            return await self._arrive(record, status, ask, changed=changed, operation_id=operation_id)

    async def _arrive(
        self, record: BotRecord, status: BotStatus, ask: Ask, *, changed: bool, operation_id: str | None = None
    ) -> CommandResult:
        """Return the answer to a command, once the bot is there where the caller waits for that."""
        if ask.get("wait_s") is not None:
            await self._wait(record, ask.get("wait_s"))
            _, status = await self.state.get(record.id)
        return self._engine.show.answer(record, status, changed=changed, operation_id=operation_id)

    async def _flatten(self, bot_id: str) -> None:
        record, _ = await self.state.get(bot_id)
        trader = self._engine.floor.trader(record)
        await asyncio.shield(await self._engine.exits.begin(trader, reason="flatten"))
