"""A real manager on a lossy venue, a store in memory and a clock that stands still. A crash is one more manager on the same three."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Self

from styrman import BotManagerAsync, Plan, Settings, runtime
from styrman.clock import Clock, ManualClock
from styrman.config import VenueSettings
from styrman.domain.bots import Observed
from styrman.domain.events import Event
from styrman.domain.plan import Context
from styrman.manager.views import BotView
from styrman.manager.wiring import Wiring
from styrman.market.hub import MarketHub
from styrman.store.memory import MemoryStore
from styrman.trading.trader import Trader
from unit.trading.lossy_venue import BTC, LossyVenue

_RIGS: dict[Path, "ManagerRig"] = {}
SIMULATED = VenueSettings(adapter="simulated")


def wire(settings: Settings, clock: Clock) -> Wiring:
    """Build what a service has, but for the venues and the store, which are the rig's."""
    rig = _RIGS[settings.home]
    return replace(runtime.wire(settings, clock), store=rig.store, venues=rig.venues, market=MarketHub(rig.venues, clock))


class _Gone:
    """The store of a process that is dead."""

    async def commit(self, *rows: object, urgent: bool) -> None:
        del rows, urgent
        await asyncio.get_running_loop().create_future()


class ManagerRig:
    """One manager after another on the same home, store and venues. Bots run `main: script`, which plans what the test says."""

    def __init__(
        self,
        home: Path,
        *,
        venues: tuple[str, ...] = ("sim",),
        make_venue: Callable[[Clock, str], LossyVenue] = LossyVenue,
        **settings: object,
    ) -> None:
        self.clock = ManualClock()
        self.store = MemoryStore()
        self.venues: Mapping[str, LossyVenue] = {name: make_venue(self.clock, name) for name in venues}
        self.venue = self.venues["sim"]
        self.plans: dict[str, Plan | Callable[[Context], Plan]] = {}
        self.seen: dict[str, list[Context]] = {}
        named = dict.fromkeys(venues, SIMULATED)
        self.settings = Settings(home=home, profile="embedded", venues=named, wiring="unit.manager.manager_rig:wire", **settings)  # type: ignore[arg-type] # the test's own words
        _RIGS[self.settings.home] = self
        self.manager = self._make()

    async def __aenter__(self) -> Self:
        await self.manager.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.manager.close()
        del _RIGS[self.settings.home]

    def _make(self) -> BotManagerAsync:
        manager = BotManagerAsync(self.settings, clock=self.clock)
        manager.register("script", self._script)
        return manager

    async def _script(self, ctx: Context) -> Plan:
        self.seen.setdefault(ctx.bot_id, []).append(ctx)
        plan = self.plans.get(ctx.bot_id, Plan())
        return plan if isinstance(plan, Plan) else plan(ctx)

    # ------------------------------------------------------------ time and death

    async def until(self, condition: Callable[[], bool], *, within_s: float = 60, step_s: float = 0.25) -> None:
        """Let time pass until it holds."""
        for _ in range(round(within_s / step_s)):
            await self.clock.settle()
            if condition():
                return
            await self.clock.advance(step_s)
        raise AssertionError(f"it did not come to pass within {within_s} s: {[(r.id, r.desired, s) for r, s in self.manager.state]}")

    async def until_observed(self, bot_id: str, *wanted: Observed, within_s: float = 60) -> None:
        """Let time pass until the bot is in one of these states, nothing left to do."""

        def there() -> bool:
            bot = self.manager.state.peek(bot_id)
            return bot is not None and bot[1].observed in wanted and bot[1].observed_generation == bot[0].generation

        await self.until(there, within_s=within_s)

    async def crash(self) -> None:
        """Let every task of the process die where it stands, and boot anew. Nothing of it reaches the journal any more."""
        engine = self.manager._engine
        engine.journal._store = _Gone()  # type: ignore[assignment] # all that the dead may ask of a store
        await engine.tasks.cancel()
        for run in engine.supervisor.runs():
            if run.task is not None:
                run.task.cancel()
        await engine.wiring.market.close()
        await engine.watchdog.stop()
        await engine.wiring.compute.close()
        engine.wiring.close()
        await self.clock.settle()
        await engine.tasks.cancel()  # what the others began as they died
        self.manager = self._make()
        await self.manager.open()

    async def reboot(self) -> None:
        """Shut down in order, and boot anew."""
        await self.manager.close()
        self.manager = self._make()
        await self.manager.open()

    # ------------------------------------------------------------ bots

    async def create(self, bot_id: str = "b1", **spec: object) -> BotView:
        """Create a bot on BTC that cycles every second."""
        fields: dict[str, object] = {"id": bot_id, "main": "script", "venue": "sim", "instruments": [BTC], "capital": "10000"}
        return await self.manager.create_bot(fields | {"cycle": {"every_s": 1.0}} | spec)  # type: ignore[arg-type] # JSON, as written

    async def run(self, bot_id: str = "b1", plan: Plan | Callable[[Context], Plan] | None = None, **spec: object) -> None:
        """Create a bot, with a plan, and have it run."""
        if plan is not None:
            self.plans[bot_id] = plan
        await self.create(bot_id, **spec)
        await self.manager.start_bot(bot_id)
        await self.until_observed(bot_id, Observed.RUNNING)

    async def delete_during(self, work: Coroutine[object, object, object], bot_id: str) -> None:
        """Delete a bot while some work is under way, and see that to its end."""
        working = asyncio.ensure_future(work)
        await asyncio.sleep(0)
        await self.manager.delete_bot(bot_id)
        assert not working.done(), "the work was over too soon to tell anything"
        await working

    def observed(self, bot_id: str = "b1") -> Observed:
        """Return where the bot is."""
        bot = self.manager.state.peek(bot_id)
        assert bot is not None
        return bot[1].observed

    def trader(self, bot_id: str = "b1", venue: str = "sim") -> Trader:
        """Return the bot's trader."""
        return self.manager._engine.desks[venue].traders[bot_id]

    def position(self, bot_id: str = "b1", instrument: str = BTC) -> Decimal:
        """Return what the bot's book holds."""
        return self.trader(bot_id).position(instrument)

    async def events(self, bot_id: str | None = None) -> list[Event]:
        """Return the journal."""
        return list(await self.manager.events(bot_id=bot_id))
