"""What all bots hold and made together: by whose money it is, venue and currency. Nothing is ever summed over modes or currencies."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from styrman.clock import Clock
from styrman.domain.bots import BotRecord
from styrman.domain.market import quote_of
from styrman.manager.admission import reserve_of
from styrman.manager.day_marks import own_point
from styrman.manager.equity_curve import Curves, EquityStep, by_bot
from styrman.manager.figures import Appraiser
from styrman.manager.floor import Floor
from styrman.manager.state import AsyncBotState
from styrman.ports import Mode, Store

SLICE = 250  # bots valued, or read, without letting others run
FRESH_S = 5.0  # a curve that is younger is given to the next who asks: it may take a second to read
A_DAY = timedelta(days=1)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioGroup:
    """The bots of one venue whose books are in one currency."""

    mode: Mode
    venue: str
    currency: str
    bots: int = 0
    capital: Decimal = _ZERO
    equity: Decimal = _ZERO
    realized_pnl: Decimal = _ZERO
    unrealized_pnl: Decimal = _ZERO
    day_pnl: Decimal = _ZERO
    position_value: Decimal = _ZERO  # the sum over bots of |quantity| x price


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioInstrument:
    """What the bots of one venue hold of an instrument, long and short set off against each other."""

    mode: Mode
    venue: str
    instrument: str
    currency: str
    quantity: Decimal = _ZERO  # base, signed
    value: Decimal = _ZERO  # quantity x price, signed; at cost where there is no price
    unrealized_pnl: Decimal = _ZERO
    bots: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioView:
    """What is held and was made, as of one moment."""

    at: datetime
    groups: tuple[PortfolioGroup, ...]
    instruments: tuple[PortfolioInstrument, ...]


class Portfolio:
    """Sums up the fleet."""

    def __init__(self, state: AsyncBotState, *, floor: Floor, appraiser: Appraiser, store: Store, clock: Clock) -> None:
        self._state = state
        self._floor = floor
        self._appraiser = appraiser
        self._store = store
        self._clock = clock
        self._curve: tuple[tuple[datetime | None, int], float, Sequence[EquityStep]] | None = None  # what was asked last, when, its answer
        self._reading = asyncio.Lock()

    async def view(self) -> PortfolioView:
        """Return what is held and was made. The bots that are added last are some milliseconds younger than `at`."""
        at = self._clock.now()
        groups: dict[tuple[str, str], PortfolioGroup] = {}
        held: dict[tuple[str, str], PortfolioInstrument] = {}
        for bot_ids in await self._slices():
            for record in self._there(bot_ids):
                self._add(record, groups)
                self._add_held(record, held)
            await asyncio.sleep(0)
        return PortfolioView(
            at=at, groups=tuple(groups[key] for key in sorted(groups)), instruments=tuple(held[key] for key in sorted(held))
        )

    async def equity(self, *, since: datetime | None = None, points: int = 200) -> Sequence[EquityStep]:
        """Return what the bots that there are were worth at `points` times, evenly spread, the last of them now; oldest first."""
        async with self._reading:
            asked, at = (since, points), self._clock.monotonic()
            if self._curve is None or self._curve[0] != asked or at - self._curve[1] > FRESH_S:
                self._curve = asked, at, await self._read(since, points)
            return self._curve[2]

    async def _read(self, since: datetime | None, points: int) -> Sequence[EquityStep]:
        now = self._clock.now()
        began = now - A_DAY if since is None else min(since, now - timedelta(seconds=1))
        curves = Curves(began, now, points)
        before = await self._store.equity_at(began)
        for bot_ids in await self._slices():
            own = by_bot(await self._store.equity_steps(bot_ids, since=began, step=curves.step))
            for record in self._there(bot_ids):
                worth, capital = self._appraiser.worth(record), self._floor.trader(record).book.capital
                first = own_point(record, before)
                curves.add(record, self._mode(record), first, own.get(record.id, ()), (capital + worth.pnl, worth.pnl))
        return curves.steps()

    async def _slices(self) -> Sequence[Sequence[str]]:
        bot_ids = await self._state.ids()
        return [bot_ids[first : first + SLICE] for first in range(0, len(bot_ids), SLICE)]

    def _there(self, bot_ids: Iterable[str]) -> list[BotRecord]:
        """Return those of the bots that are there still: to ask for a deleted one's trader would make one."""
        return [bot[0] for bot_id in bot_ids if (bot := self._state.peek(bot_id)) is not None]

    def _mode(self, record: BotRecord) -> Mode:
        return self._floor.desks[record.account].venue.mode

    def _add(self, record: BotRecord, groups: dict[tuple[str, str], PortfolioGroup]) -> None:
        key, figures = reserve_of(record.spec), self._appraiser.figures(record)
        group = groups.get(key) or PortfolioGroup(mode=self._mode(record), venue=key[0], currency=key[1])
        groups[key] = replace(
            group,
            bots=group.bots + 1,
            capital=group.capital + record.spec.capital,
            equity=group.equity + figures.equity,
            realized_pnl=group.realized_pnl + figures.realized_pnl,
            unrealized_pnl=group.unrealized_pnl + figures.unrealized_pnl,
            day_pnl=group.day_pnl + figures.day_pnl,
            position_value=group.position_value + figures.position_value,
        )

    def _add_held(self, record: BotRecord, held: dict[tuple[str, str], PortfolioInstrument]) -> None:
        prices = self._appraiser.prices(record)
        for holding in self._floor.trader(record).book.open_holdings():
            key, name = (record.account, holding.instrument), holding.instrument
            price = prices(name)
            value = holding.cost if price is None else holding.quantity * price
            of = held.get(key) or PortfolioInstrument(
                mode=self._mode(record), venue=record.account, instrument=name, currency=quote_of(name)
            )
            held[key] = replace(
                of,
                quantity=of.quantity + holding.quantity,
                value=of.value + value,
                unrealized_pnl=of.unrealized_pnl + value - holding.cost,
                bots=of.bots + 1,
            )
