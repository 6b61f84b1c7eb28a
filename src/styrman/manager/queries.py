"""What the manager answers. Hot reads come from memory, history from the store; nothing here changes anything."""

import asyncio
import platform
import resource
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from pydantic import JsonValue

from styrman import __version__
from styrman.domain.bots import BotRecord, BotStatus, Observed
from styrman.domain.cash import CashEntry
from styrman.domain.events import Event
from styrman.domain.market import Candles
from styrman.domain.records import SYSTEM_SCOPE, Operation
from styrman.domain.spec import Selector
from styrman.errors import FieldError, InvalidSpec, StrategyNotFound, VenueNotFound
from styrman.manager.engine import Engine
from styrman.manager.equity_curve import EquityStep
from styrman.manager.fleet import Snapshot
from styrman.manager.portfolio import PortfolioView
from styrman.manager.show import matches, selects
from styrman.manager.venue_views import Standing, VenueView, venue_view
from styrman.manager.views import AccountView, BotFilter, BotPage, BotView, StrategyView, SystemView
from styrman.ports import EventFilter, FeedHealth, Mode, Order, Page, PageRequest

EVERYTHING = BotFilter()
MOST_BOTS = 1000
BREATH = 100  # bots
LIBRARIES = ("fastapi", "sqlalchemy", "pydantic", "numpy", "uvicorn", "ta-lib", "polars")


class Queries:
    """The reading half of the manager."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def get_status(self, bot_id: str) -> BotView:
        """Return one bot as it stands. BotNotFound."""
        return self._engine.show.bot(*await self._engine.state.get(bot_id))

    async def list_bots(self, where: BotFilter = EVERYTHING, *, limit: int = 100, cursor: str | None = None) -> BotPage:
        """Return bots by id, at most `limit` (up to 1,000), from after the id `cursor` on."""
        limit = max(1, min(limit, MOST_BOTS))
        found = []
        for bot_id in await self._engine.state.ids():
            bot = self._engine.state.peek(bot_id)
            if bot is None or (cursor is not None and bot_id <= cursor) or not matches(where, *bot):
                continue
            found.append(bot)
            if len(found) > limit:
                break
        items: list[BotView] = []
        for number, bot in enumerate(found[:limit], start=1):
            items.append(self._engine.show.bot(*bot))
            if number % BREATH == 0:
                await asyncio.sleep(0)  # a thousand views take 40 ms, and the loop has others to serve
        return BotPage(tuple(items), items[-1].id if len(found) > limit else None)

    def fleet(self, ids: Sequence[str] = ()) -> Snapshot:
        """Return every bot's row, or those of the bots named that are there, and the place on the stream where what follows is told."""
        return self._engine.fleet.snapshot(self._engine.clock.now(), ids)

    async def portfolio(self) -> PortfolioView:
        """Return what all bots hold and made, by whose money it is, venue and currency."""
        return await self._engine.portfolio.view()

    async def portfolio_equity(self, *, since: datetime | None = None, points: int = 200) -> Sequence[EquityStep]:
        """Return the equity of all bots over time, by whose money it is and currency: from 24 hours ago unless told otherwise."""
        return await self._engine.portfolio.equity(since=since, points=points)

    async def events(self, since: int = 0, *, bot_id: str | None = None, limit: int = 1000) -> Sequence[Event]:
        """Return what the journal holds after the event numbered `since`, oldest first."""
        page = PageRequest(limit=limit, cursor=since, order=Order.OLDEST_FIRST)
        where = EventFilter() if bot_id is None else EventFilter(bots=[bot_id])
        return (await self._engine.wiring.store.events(page, where)).items

    async def get_operation(self, operation_id: str) -> Operation:
        """Return a tracked operation. OperationNotFound."""
        return await self._engine.operations.get(operation_id)

    async def list_operations(self, limit: int = 20) -> Sequence[Operation]:
        """Return the operations that began last, the newest first."""
        return await self._engine.operations.newest(limit)

    async def accounts(self) -> Sequence[AccountView]:
        """Return every account: balances, books, what is external, drift."""
        await self._engine.accounts.refresh()
        return self._engine.accounts.views()

    async def cash_flows(self, account: str, page: PageRequest) -> Page[CashEntry]:
        """Return what came to an account or left it without a trade, by the order it was entered in. AccountNotFound."""
        self._engine.accounts.view(account)
        return await self._engine.wiring.store.cash_flows(page, account=account)

    async def venues(self) -> Sequence[VenueView]:
        """Return every venue: how it is reached, whose money it trades, what it can do. No secret is in it."""
        return [self._venue(name) for name in self._engine.wiring.venues]

    async def venue(self, name: str) -> VenueView:
        """Return one venue. VenueNotFound."""
        if name not in self._engine.wiring.venues:
            raise VenueNotFound(f"There is no venue {name!r} in config.toml; there are: {', '.join(self._engine.wiring.venues)}.")
        return self._venue(name)

    def _venue(self, name: str) -> VenueView:
        engine, orders = self._engine, self._engine.settings.orders
        venue = engine.wiring.venues[name]
        lag = venue.capabilities.visibility_lag if orders.visibility_lag_s is None else timedelta(seconds=orders.visibility_lag_s)
        standing = Standing(
            is_open=engine.venues.is_open(name),
            trouble=engine.venues.troubles.get(name),
            held=engine.holds.of_account(name),
            bots=sum(1 for record, _ in engine.state if record.account == name),
            lag=lag,
            skew=timedelta(seconds=orders.clock_skew_s),
        )
        return venue_view(venue, engine.settings.venues.get(name), standing)

    async def strategies(self) -> Sequence[StrategyView]:
        """Return every strategy that a spec may name, with its parameters as a JSON schema."""
        wiring = self._engine.wiring
        listings = await wiring.catalogue.list(wiring.compute)
        return [
            StrategyView(name=each.name, description=each.description, source=each.source, parameters=each.parameters, error=each.error)
            for each in listings
        ]

    async def strategy(self, name: str) -> StrategyView:
        """Return one strategy. StrategyNotFound."""
        for each in await self.strategies():
            if each.name == name:
                return each
        raise StrategyNotFound(f"There is no strategy {name!r}; list the strategies to see their names.")

    async def candles(self, bot_id: str, *, instrument: str | None = None, timeframe: str | None = None, limit: int = 500) -> Candles:
        """Return closed candles of one of a bot's instruments, its first where none is named. BotNotFound, InvalidSpec, VenueError."""
        record, _ = await self._engine.state.get(bot_id)
        chosen = record.spec.instruments
        names = self._engine.show.bot(record, (await self._engine.state.get(bot_id))[1]).instruments
        venue = self._engine.wiring.venues[record.account]
        if isinstance(chosen, Selector) and not names:
            names = await venue.select(chosen)
        wanted = instrument or names[0]
        if wanted not in venue.instruments():
            allowed = tuple(names)
            raise InvalidSpec(f"Bot {bot_id!r} trades no {wanted!r}.", [FieldError(("instrument",), "unknown instrument", allowed)])
        return await venue.fetch_candles(wanted, timeframe or record.spec.timeframe, limit)

    async def system(self) -> SystemView:
        """Return how the process does."""
        engine, now = self._engine, self._engine.clock.now()
        store, stats = engine.wiring.store.health(), engine.cycles.stats
        late_p50, late_p99 = stats.lateness.quantiles(0.5, 0.99)
        return SystemView(
            version=__version__,
            python=platform.python_version(),
            versions=dict(_versions(LIBRARIES)),
            boot=engine.boot,
            started_at=engine.started_at,
            uptime_s=(now - engine.started_at).total_seconds(),
            profile=engine.settings.profile,
            ready=engine.is_healthy(),
            safe_mode=engine.holds.process,
            halted=engine.gates.halt(SYSTEM_SCOPE) is not None,
            halts=engine.halts.in_force(),
            bots=_by_state(engine.state),
            modes=self._by_mode(),
            loop_lag_ms=engine.watchdog.loop_lag_ms,
            loop_lag_max_ms=engine.watchdog.loop_lag_max_ms,
            stalls=tuple(stall.as_json() for stall in engine.watchdog.stalls),
            lateness_p50_ms=late_p50 * 1000,
            lateness_p99_ms=late_p99 * 1000,
            cycles=stats.cycles,
            journal_depth=store.queue_depth,
            commit_p50_ms=store.commit_p50_ms,
            commit_p99_ms=store.commit_p99_ms,
            store_errors=store.errors,
            store_bytes=store.size_bytes,
            memory_bytes=memory_bytes(),
            tasks=len(asyncio.all_tasks()),
            feeds=tuple(_feed(each) for each in engine.wiring.market.health()),
        )

    def _by_mode(self) -> dict[str, int]:
        """Return how many bots trade whose money."""
        counts = {mode.value: 0 for mode in Mode}
        for record, _ in self._engine.state:
            counts[self._engine.wiring.venues[record.account].mode.value] += 1
        return counts

    def _selected(self, ids: Sequence[str] | None, selector: str | None, *, everything: bool) -> list[str]:
        """Return the bots that a bulk command names, by exactly one of the three ways."""
        if sum((ids is not None, selector is not None, everything)) != 1:
            raise InvalidSpec(
                "Name the bots by exactly one of ids, selector and all.", [FieldError(("ids",), "give one of ids, selector, all")]
            )
        if ids is not None:
            return list(dict.fromkeys(ids))
        return sorted(record.id for record, _ in self._engine.state if everything or selects(selector or "", record))


def _by_state(bots: Iterable[tuple[BotRecord, BotStatus]]) -> dict[str, int]:
    counts = {state.value: 0 for state in Observed}
    for _, status in bots:
        counts[status.observed.value] += 1
    return counts


def _versions(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _feed(health: FeedHealth) -> dict[str, JsonValue]:
    return {name: getattr(health, name) for name in health.__dataclass_fields__}


def memory_bytes() -> int:
    """Return the resident memory of this process; its peak where the system does not tell the present."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a path object would cost more than the read
            return int(file.read().split()[1]) * resource.getpagesize()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
