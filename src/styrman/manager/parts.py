"""The parts of a manager and how they hold together: made here, opened and closed by the engine."""

import asyncio
import os
import random
from collections.abc import Sequence
from functools import partial

from styrman.clock import Clock
from styrman.config import Settings
from styrman.domain.bots import BotRecord
from styrman.domain.events import Event
from styrman.domain.records import UnreadableBot
from styrman.errors import StoreFailed
from styrman.log import get_logger
from styrman.manager.accounts import Accounts
from styrman.manager.admission import Admission
from styrman.manager.boots import BootLog
from styrman.manager.bus import Bus
from styrman.manager.caretaker import Caretaker
from styrman.manager.cycles import Cycles
from styrman.manager.day_marks import DayMarks
from styrman.manager.equity_log import EquityLog
from styrman.manager.figures import Appraiser
from styrman.manager.fleet import Fleet
from styrman.manager.floor import Floor
from styrman.manager.grounds import Ground
from styrman.manager.halts import Halts
from styrman.manager.heart import Heart
from styrman.manager.holds import Holds
from styrman.manager.lifecycle import Lifecycle
from styrman.manager.operations import Operations
from styrman.manager.outcomes import Outcomes
from styrman.manager.pacing import VenuePace
from styrman.manager.portfolio import Portfolio
from styrman.manager.reconciler import Reconciler
from styrman.manager.restarts import RestartRules
from styrman.manager.show import Showcase
from styrman.manager.state import AsyncBotState
from styrman.manager.supervisor import Supervisor
from styrman.manager.telling import Teller
from styrman.manager.venues import VenueKeeper
from styrman.manager.waiting import Arrivals
from styrman.manager.wiring import Wiring
from styrman.trading.execution import Desk
from styrman.trading.exits import Exits
from styrman.trading.gates import Gates
from styrman.trading.journal import Journal
from styrman.trading.owned import OwnedTasks
from styrman.trading.pulse import Pulse
from styrman.trading.resolution import Resolver
from styrman.trading.workshop import Workshop

log = get_logger()
STORE_FAILURES = 3  # in a row: the journal is ill, and so are we


class Parts:
    """Every part of a manager, made and connected; nothing is opened. Its attributes are for the manager's own files."""

    def __init__(self, settings: Settings, clock: Clock, wiring: Wiring, *, boot: str, bus: Bus) -> None:
        self.settings, self.clock, self.wiring, self.boot, self.bus = settings, clock, wiring, boot, bus
        self.tasks = OwnedTasks()
        self.failed = asyncio.Event()
        self.holds = Holds()
        self.gates = Gates()
        self.pulse = Pulse(clock)
        self.cycles = Cycles(clock)
        self.boots = BootLog(settings.home)
        self.teller = Teller(bus, wiring.telemetry)
        self.journal = Journal(wiring.store, tell=self._journaled, failed=self._store_failed)
        self.state = AsyncBotState(self.journal, clock, self.tasks)
        self.arrivals = Arrivals(self.state)
        self.resolver = Resolver(wiring.store, clock, settings.orders)
        self.desks = self._desks()
        self.floor = Floor(self.desks, self._workshop())
        self.exits = Exits(self.desks, clock, self.tasks)
        grace_s = settings.orders.protection_grace_s
        self.caretaker = Caretaker(self.desks, market=wiring.market, exits=self.exits, clock=clock, tasks=self.tasks, grace_s=grace_s)
        self.halts = self._halts()
        self.accounts = self._accounts()
        self.operations = self._operations()
        self.admission = Admission(wiring.catalogue, wiring.compute, wiring.venues)
        self.supervisor = Supervisor(self.floor.make_bot, gates=self.gates, clock=clock)
        self.reconciler = self._reconciler()
        self.appraiser = Appraiser(self.floor, market=wiring.market, marks=DayMarks(clock.now()))
        self.show = self._showcase()
        self.fleet = self._fleet()
        self.equity_log = EquityLog(self.state, floor=self.floor, appraiser=self.appraiser, journal=self.journal, store=wiring.store)
        self.portfolio = Portfolio(self.state, floor=self.floor, appraiser=self.appraiser, store=wiring.store, clock=clock)
        self.heart = self._heart()
        self.venues = VenueKeeper(
            self.desks,
            accounts=self.accounts,
            resolver=self.resolver,
            clock=clock,
            tasks=self.tasks,
            opened=self._account_opened,
            held=self._account_held,
        )
        self.unreadable: dict[str, UnreadableBot] = {}  # stored, but not to be used; their ids and slots are taken
        self.started_at = clock.now()

    def _halts(self) -> Halts:
        tell, exits, clock = partial(self.bus.publish, "system"), self.exits, self.clock
        return Halts(
            self.gates, desks=self.desks, exits=exits, journal=self.journal, clock=clock, tasks=self.tasks, holds=self.holds, tell=tell
        )

    def _accounts(self) -> Accounts:
        grounds = {name: Ground(venue, self.settings.venues.get(name)) for name, venue in self.wiring.venues.items()}
        state, store, clock = self.state, self.wiring.store, self.clock
        return Accounts(
            self.desks, grounds=grounds, state=state, gates=self.gates, journal=self.journal, store=store, clock=clock, tasks=self.tasks
        )

    def _operations(self) -> Operations:
        return Operations(
            self.state,
            arrivals=self.arrivals,
            outcomes=Outcomes(self.state, floor=self.floor, exits=self.exits, holds=self.holds),
            journal=self.journal,
            store=self.wiring.store,
            clock=self.clock,
            tasks=self.tasks,
            tell=partial(self.bus.publish, "operation"),
        )

    def _showcase(self) -> Showcase:
        return Showcase(
            self.floor,
            appraiser=self.appraiser,
            gates=self.gates,
            stats=self.cycles.stats,
            caretaker=self.caretaker,
            clock=self.clock,
            chosen=self._chosen,
        )

    def _fleet(self) -> Fleet:
        return Fleet(
            self.state,
            floor=self.floor,
            appraiser=self.appraiser,
            show=self.show,
            stats=self.cycles.stats,
            caretaker=self.caretaker,
            bus=self.bus,
            halted_by=self.gates.halted_by,
        )

    def _heart(self) -> Heart:
        return Heart(
            self.state,
            settings=self.settings,
            clock=self.clock,
            floor=self.floor,
            fleet=self.fleet,
            equity_log=self.equity_log,
            stats=self.cycles.stats,
            accounts=self.accounts,
            journal=self.journal,
            store=self.wiring.store,
            late_cycles=self.supervisor.cancel_overdue,
        )

    def _desks(self) -> dict[str, Desk]:
        return {
            name: Desk(
                venue,
                journal=self.journal,
                gates=self.gates,
                clock=self.clock,
                telemetry=self.wiring.telemetry,
                tasks=self.tasks,
                resolver=self.resolver,
            )
            for name, venue in self.wiring.venues.items()
        }

    def _workshop(self) -> Workshop:
        return Workshop(
            market=self.wiring.market,
            compute=self.wiring.compute,
            resolve=self.wiring.catalogue.resolve,
            clock=self.clock,
            journal=self.journal,
            gates=self.gates,
            pulse=self.pulse,
            cycles=self.cycles,
            telemetry=self.wiring.telemetry,
            rebalance_threshold=self.settings.rebalance_threshold,
        )

    def _reconciler(self) -> Reconciler:
        figures = self.settings.supervision
        rules = RestartRules(figures, jitter=partial(random.uniform, 0.5, 1.0))
        return Reconciler(
            self.state,
            self.supervisor,
            Lifecycle(figures, rules),
            settings=figures,
            clock=self.clock,
            closer=self.caretaker,
            pace=VenuePace(figures.restarts_per_s, self.clock, bots=lambda venue: len(self.desks[venue].traders)),
            holds=self.holds,
            new_run_id=lambda: os.urandom(6).hex(),
            arrived=self.arrivals.look,
            give_up=self._give_up,
        )

    def _journaled(self, events: Sequence[Event]) -> None:
        self.equity_log.hear(events)
        self.teller.tell(events)

    def _record(self, bot_id: str) -> BotRecord | None:
        bot = self.state.peek(bot_id)
        return None if bot is None else bot[0]

    def _chosen(self, bot_id: str) -> tuple[str, ...]:
        run = self.supervisor.run(bot_id)
        return () if run is None else run.bot.feeds.instruments

    def _account_held(self, account: str, why: str) -> None:
        """An account's books are not its venue's: no bot of it may start, and nothing is sent there."""
        if self.holds.of_account(account) != why:
            for record in (record for record, _ in self.state if record.account == account):
                log.error("bot not started: its account is held", bot_id=record.id, reason=why)
        self.holds.keep(account, why)
        self.gates.keep(account, why)

    def _account_opened(self, account: str) -> None:
        """A venue let us in: where its account was held, its bots may start."""
        self.gates.lift(account)
        if self.holds.lift(account):
            self.reconciler.poke(record.id for record, _ in self.state if record.account == account)

    def _store_failed(self, error: StoreFailed) -> None:
        if self.journal.failures >= STORE_FAILURES:
            self._give_up(f"the journal can't be written: {error.detail}")

    def _give_up(self, why: str) -> None:
        """Our own process is ill: let it send nothing more, and let whoever runs it end it."""
        if not self.failed.is_set():
            log.critical("the process is ill; all gates are closed", reason=why)
            self.gates.shut(why)
            self.failed.set()
