"""Halts: the gate closes at once, then the latch is journaled, then orders come off. Durable; only unhalt lifts one."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping

from styrman.clock import Clock
from styrman.domain.events import Event, EventKind
from styrman.domain.records import SYSTEM_SCOPE, HaltLatch, account_scope, bot_scope
from styrman.errors import AccountNotFound, Invalid, Superseded, WaitTimedOut
from styrman.manager.holds import Holds
from styrman.manager.state import Asked
from styrman.manager.views import Halt, HaltView
from styrman.trading.execution import Desk
from styrman.trading.exits import Exits
from styrman.trading.gates import EXITS, Gates
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks
from styrman.trading.trader import LiveOrder, Trader

LOOK_AGAIN_S = 0.5
TELL_EVERY_S = 0.2
CLEARED_S = 60.0  # a tracked halt tells after this that orders are left


class Halts:
    """Closes and opens scopes: everything, one account, one bot."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self,
        gates: Gates,
        *,
        desks: Mapping[str, Desk],
        exits: Exits,
        journal: Journal,
        clock: Clock,
        tasks: OwnedTasks,
        holds: Holds,
        tell: Callable[[Mapping[str, object]], None],
    ) -> None:
        self._gates = gates
        self._desks = desks
        self._exits = exits
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._holds = holds
        self._tell = tell
        self._telling: asyncio.Task[None] | None = None
        self._is_untold = False
        self._opening: dict[str, HaltLatch] = {}  # by scope: what is being journaled to open it

    def scope(self, account: str | None, bot_id: str | None) -> str:
        """Return the scope that a command names. Invalid for both, AccountNotFound."""
        if account is not None and bot_id is not None:
            raise Invalid("Name an account or a bot to halt, not both.")
        if account is not None:
            if account not in self._desks:
                raise AccountNotFound(f"There is no account {account!r}; there are: {', '.join(self._desks)}.")
            return account_scope(account)
        return SYSTEM_SCOPE if bot_id is None else bot_scope(bot_id)

    async def halt(self, scope: str, asked: Asked, *, flatten: bool) -> HaltView:
        """Close the scope's gate before anything else happens; return once that is durable. Orders come off in the background."""
        latch, changed = self.close(scope, asked)
        await self._tasks.finish(self._keep(latch), name=f"command:halt:{scope}")
        held = self._traders(scope)
        self._clear(held, flatten=flatten)
        return self._view(latch, changed=changed, bots=len(held))

    def close(self, scope: str, asked: Asked) -> tuple[HaltLatch, bool]:
        """Close a scope's gate at once; return the latch that is to be journaled, and whether the gate was open."""
        latch = HaltLatch(scope=scope, closed=True, at=self._clock.now(), actor=asked.actor, reason=asked.reason)
        changed = self._gates.close(latch)
        self._opening.pop(scope, None)  # an unhalt that is still being journaled is overtaken
        if changed:
            self._tell_changes()
        return latch, changed

    async def clear(self, latch: HaltLatch, *, flatten: bool) -> None:
        """Journal a latch whose gate is closed, and return once its orders are off. WaitTimedOut: that goes on.

        Superseded where somebody lifted it meanwhile: journaled after that, it would come back with the next boot; or
        while orders were left.
        """
        await self._tasks.finish(self._keep_standing(latch), name=f"command:halt:{latch.scope}")
        traders = self._traders(latch.scope)
        working = self._clear(traders, flatten=flatten)
        if working:
            await asyncio.wait(working, timeout=CLEARED_S)
        if not any(map(_to_take_off, traders)):
            return
        if self._gates.halt(latch.scope) is None:
            raise Superseded(f"The halt of {latch.scope} was lifted before all of its orders were off.")
        raise WaitTimedOut(f"{latch.scope} is halted, but not all of its orders are off after {CLEARED_S:g} s; that goes on.")

    def in_force(self) -> tuple[Halt, ...]:
        """Return the halts in force, the oldest first."""
        return tuple(Halt(scope=each.scope, at=each.at, actor=each.actor, reason=each.reason) for each in self._gates.halts())

    def _tell_changes(self) -> None:
        """Have the stream told what holds everybody: once for all that changes in a moment: many may be halted at a stroke."""
        self._is_untold = True
        if self._telling is None or self._telling.done():
            self._telling = self._tasks.start(self._keep_telling(), name="halt:tell")

    async def _keep_telling(self) -> None:
        while self._is_untold:
            self._is_untold = False
            is_halted = self._gates.halt(SYSTEM_SCOPE) is not None
            # Safe mode is found at boot, and stays.
            self._tell({"halted": is_halted, "safe_mode": self._holds.process, "halts": self.in_force()})
            await self._clock.sleep(TELL_EVERY_S)

    async def _keep(self, latch: HaltLatch) -> None:
        await self._journal.write(latch, self._event("Halted", latch), urgent=True)

    async def _keep_standing(self, latch: HaltLatch) -> None:
        if latch.scope in self._opening or self._gates.halt(latch.scope) is None:
            raise Superseded(f"The halt of {latch.scope} was lifted before it was journaled; it holds no more.")
        await self._keep(latch)

    def resume(self) -> None:
        """Go on taking off what the halts of an earlier process left."""
        for desk in self._desks.values():
            halted = [trader for trader in desk.traders.values() if self._gates.halted_by(desk.account, trader.bot_id)]
            self._tasks.start(self._resume(desk, halted), name=f"halt:{desk.account}")

    async def _resume(self, desk: Desk, halted: Iterable[Trader]) -> None:
        await desk.recovered.wait()
        self._clear(list(halted), flatten=False)

    async def unhalt(self, scope: str, asked: Asked) -> HaltView:
        """Open the scope, durably first: were the gate open before the commit, a crash would close it again."""
        latch = HaltLatch(scope=scope, closed=False, at=self._clock.now(), actor=asked.actor, reason=asked.reason)
        if self._gates.halt(scope) is None:
            return self._view(latch, changed=False, bots=len(self._traders(scope)))
        self._opening[scope] = latch  # at once: a halt that comes now overtakes it
        await self._tasks.finish(self._open(scope, latch), name=f"command:unhalt:{scope}")
        return self._view(latch, changed=True, bots=len(self._traders(scope)))

    async def _open(self, scope: str, latch: HaltLatch) -> None:
        try:
            await self._journal.write(latch, self._event("Unhalted", latch), urgent=True)
        finally:
            was_overtaken = self._opening.get(scope) is not latch
            if not was_overtaken:
                del self._opening[scope]
        if was_overtaken:
            return
        self._gates.open(scope)
        self._tell_changes()
        for trader in self._traders(scope):
            trader.changed()

    def _clear(self, traders: Collection[Trader], *, flatten: bool) -> "list[asyncio.Task[None]]":
        """Take every order off but the resting protections; close the positions where that was asked for. No bot waits for another.

        Return the tasks that end when the orders are off.
        """
        working = [self._tasks.start(self._take_off(trader), name=f"halt:{trader.bot_id}") for trader in traders if trader.live]
        for trader in traders:
            if flatten and trader.has_exposure:
                self._tasks.start(self._exits.begin(trader, reason="halt"), name=f"halt:{trader.bot_id}")
        return working

    async def _take_off(self, trader: Trader) -> None:
        """Cancel what works, and what was on its way when the gate closed once it turns out to work."""
        desk = self._desks[trader.record.account]
        while self._gates.halted_by(desk.account, trader.bot_id):
            orders = _to_take_off(trader)
            if not orders:
                return
            await desk.cancel(trader, orders, reason="halt")
            await self._clock.sleep(LOOK_AGAIN_S)

    def _traders(self, scope: str) -> list[Trader]:
        desks = self._desks.values()
        if scope.startswith(bot_scope("")):  # looked up, not looked for: ten thousand may be halted one by one
            named = (desk.traders.get(scope.removeprefix(bot_scope(""))) for desk in desks)
            return [trader for trader in named if trader is not None]
        return [trader for desk in desks if scope in (SYSTEM_SCOPE, account_scope(desk.account)) for trader in desk.traders.values()]

    def _event(self, name: str, latch: HaltLatch) -> Event:
        return Event(
            kind=EventKind.SYSTEM,
            name=name,
            at=latch.at,
            bot_id=latch.scope.removeprefix("bot:") if latch.scope.startswith("bot:") else None,
            actor=latch.actor,
            reason=latch.reason,
            fields={"scope": latch.scope},
        )

    def _view(self, latch: HaltLatch, *, changed: bool, bots: int) -> HaltView:
        stands = self._gates.halt(latch.scope) or latch
        return HaltView(
            scope=latch.scope, halted=stands.closed, bots=bots, changed=changed, at=stands.at, actor=stands.actor, reason=stands.reason
        )


def _to_take_off(trader: Trader) -> list[LiveOrder]:
    return [order for order in trader.orders() if order.intent.origin not in EXITS]
