"""The heartbeat: what is done every second for all bots at once, so that no bot costs a timer or a row of its own."""

import gc
from collections.abc import Callable
from datetime import timedelta

from styrman.clock import Clock
from styrman.config import Settings
from styrman.errors import StoreFailed
from styrman.log import get_logger
from styrman.manager.accounts import Accounts
from styrman.manager.equity_log import EquityLog
from styrman.manager.fleet import Fleet
from styrman.manager.floor import Floor
from styrman.manager.state import AsyncBotState
from styrman.manager.stats import CycleStats
from styrman.ports import Retention, Store
from styrman.trading.journal import Journal
from styrman.trading.moves import book_rows

log = get_logger()
BEAT_S = 1.0
ACCOUNTS_EVERY_S = 60.0
PRUNE_EVERY_S = 3600.0
MEMORY_EVERY_S = 5.0
FREEZE_AFTER = 250  # bots more or fewer


class Heart:
    """Flushes counters, tells changes, takes equity points, checks accounts, prunes history."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self,
        state: AsyncBotState,
        *,
        settings: Settings,
        clock: Clock,
        floor: Floor,
        fleet: Fleet,
        equity_log: EquityLog,
        stats: CycleStats,
        accounts: Accounts,
        journal: Journal,
        store: Store,
        late_cycles: Callable[[float], None],
    ) -> None:
        self._state = state
        self._settings = settings
        self._clock = clock
        self._floor = floor
        self._fleet = fleet
        self._equity_log = equity_log
        self._stats = stats
        self._accounts = accounts
        self._journal = journal
        self._store = store
        self._late_cycles = late_cycles
        self._due: dict[str, float] = {}
        self._frozen_bots = 0
        self.last_beat_at = clock.monotonic()

    async def run(self) -> None:
        """Beat for ever. Runs as the task `heart`."""
        while True:
            await self._clock.sleep(BEAT_S)
            self.last_beat_at = self._clock.monotonic()
            try:
                await self._beat()
            except StoreFailed as error:
                log.error("heartbeat could not be journaled; counters follow with the next", error=error.detail)

    async def flush(self) -> None:
        """Journal the counters and what traders remember, as far as either changed."""
        traders = [trader for desk in self._floor.desks.values() for trader in desk.traders.values() if trader.is_unsaved]
        memories = [(trader, trader.memory) for trader in traders]  # as they are now: one that changes meanwhile is not written by this
        if memories:
            await self._journal.write(*(row for trader, memory in memories for row in (memory, *book_rows(trader))))
        for trader, memory in memories:
            trader.saved = memory
        await self._journal.write(*self._stats.pages())

    async def _beat(self) -> None:
        self._late_cycles(self._settings.watchdog.cycle_deadline_s)
        await self._equity_log.turn_day(self._clock.now())
        await self._fleet.tell(self._clock.now())
        self._freeze()
        if self._is_due("memory", MEMORY_EVERY_S):
            await self.flush()
        else:
            await self._journal.write(*self._stats.pages())
        if self._is_due("equity", self._settings.equity_every_s):
            await self._equity_log.take(self._clock.now())
        if self._is_due("accounts", ACCOUNTS_EVERY_S):
            self._accounts.begin_checks()
        if self._is_due("prune", PRUNE_EVERY_S):
            await self._store.prune(retention(self._settings), now=self._clock.now())

    def _freeze(self) -> None:
        """Take what bulk changes made out of the garbage collector's sight: a full collection over 10,000 bots stops the loop for 160 ms.

        In the service only: it is the process's own setting, not a library's.
        """
        bots = len(self._state)
        if self._settings.profile == "service" and abs(bots - self._frozen_bots) >= FREEZE_AFTER:
            self._frozen_bots = bots
            gc.freeze()

    def _is_due(self, what: str, every_s: float) -> bool:
        now = self._clock.monotonic()
        if now < self._due.setdefault(what, now + every_s):
            return False
        self._due[what] = now + every_s
        return True


def retention(settings: Settings) -> Retention:
    """Return the settings' retention as spans."""
    kept = settings.retention

    def span(days: int | None) -> timedelta | None:
        return None if days is None else timedelta(days=days)

    return Retention(events=span(kept.events_days), equity=span(kept.equity_days), intents=span(kept.intents_days))
