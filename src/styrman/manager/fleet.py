"""The whole fleet for a reader who keeps it: one snapshot, one row a bot, and from then on what differs, on the stream.

Rows carry absolute values, so hearing one twice is harmless. What readers were last told, or shown, of each bot is remembered here:
a beat tells what differs from that, whatever changed it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from styrman.domain.bots import BotRecord, BotStatus, Desired, Observed, TradingState
from styrman.domain.spec import Selector
from styrman.errors import ErrorClass
from styrman.manager.admission import reserve_of
from styrman.manager.bus import Bus
from styrman.manager.caretaker import Caretaker
from styrman.manager.figures import Appraiser
from styrman.manager.floor import Floor
from styrman.manager.show import Showcase, uncancelled
from styrman.manager.state import AsyncBotState
from styrman.manager.stats import CycleStats
from styrman.ports import Mode

SLICE = 500  # rows made, or told, without letting others run
ERROR_LETTERS = 200
CHANGED = "BotChanged"  # the name of a `bot.state` that stands for no event: something that it tells has changed by itself

Row: TypeAlias = tuple[object, ...]


class FleetRow(NamedTuple):
    """One bot in the fleet, as an array. Money in `currency`, the quote currency of its book."""

    id: str
    strategy: str
    venue: str
    mode: Mode
    instruments: tuple[str, ...]
    currency: str
    labels: Mapping[str, str]
    timeframe: str
    capital: Decimal
    desired: Desired
    observed: Observed
    generation: int
    observed_generation: int
    trading_state: TradingState
    halted_by: tuple[str, ...]
    since: datetime
    restarts: int
    next_retry_at: datetime | None
    error: str | None
    error_class: ErrorClass | None
    cycle_count: int
    last_cycle_at: datetime | None
    equity: Decimal
    realized_pnl: Decimal
    unrealized_pnl: Decimal
    day_pnl: Decimal
    position_value: Decimal
    open_positions: int
    working_orders: int
    unresolved_orders: int
    uncancelled_orders: int
    caretaker: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """Every bot's row, by id. `stream` is the place on the event stream from which what comes after the rows is told."""

    at: datetime
    stream: str
    items: tuple[FleetRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A fleet being read: `slices` yields the rows, some hundred at a time, as plain tuples in the order of `FleetRow`."""

    at: datetime
    stream: str
    slices: AsyncIterator[Sequence[Row]]


class Fleet:
    """Makes the rows and knows what readers have of them."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self,
        state: AsyncBotState,
        *,
        floor: Floor,
        appraiser: Appraiser,
        show: Showcase,
        stats: CycleStats,
        caretaker: Caretaker,
        bus: Bus,
        halted_by: Callable[[str, str], tuple[str, ...]],
    ) -> None:
        self._state = state
        self._floor = floor
        self._appraiser = appraiser
        self._show = show
        self._stats = stats
        self._caretaker = caretaker
        self._bus = bus
        self._halted_by = halted_by
        self._told: dict[str, Row] = {}  # by bot id: the last row of `bots.delta`; empty where a reader was shown another one
        self._told_states: dict[str, Row | None] = {}  # by bot id: what the last `bot.state` said; None where a reader was shown else

    # ------------------------------------------------------------ snapshots

    def snapshot(self, at: datetime, ids: Iterable[str] = ()) -> Snapshot:
        """Return the fleet, or those of the bots that are there. The place on the stream is taken now, before any row is read."""
        return Snapshot(at=at, stream=self._bus.place, slices=self._slices(tuple(ids)))

    async def _slices(self, ids: Sequence[str]) -> AsyncIterator[Sequence[Row]]:
        wanted = ids or await self._state.ids()
        for first in range(0, len(wanted), SLICE):
            bots = (self._state.peek(bot_id) for bot_id in wanted[first : first + SLICE])
            yield [self._shown(*bot) for bot in bots if bot is not None]
            await asyncio.sleep(0)

    def _shown(self, record: BotRecord, status: BotStatus) -> Row:
        """Return a bot's row, noting that a reader has it now: where that is not what was last told, the next beat tells again."""
        row, state = self.row(record, status), self._state_of(record, status)
        delta = (row[0], row[10], row[13], *row[20:30])
        if self._told.setdefault(record.id, delta) != delta:
            self._told[record.id] = ()
        if self._told_states.setdefault(record.id, state) != state:
            self._told_states[record.id] = None
        return row

    def row(self, record: BotRecord, status: BotStatus) -> Row:
        """Return a bot's row, in the order of `FleetRow`."""
        spec, error, live = record.spec, status.last_error, self.delta(record, status)
        _, _, halted_by, uncancelled_orders, caretaker, instruments = self._state_of(record, status)
        return (
            *(spec.id, spec.work, spec.venue, self._floor.desks[record.account].venue.mode, instruments, reserve_of(spec)[1]),
            *(spec.labels, spec.timeframe, spec.capital, record.desired, status.observed),
            *(record.generation, status.observed_generation, live[2], halted_by, status.since, status.restarts, status.next_retry_at),
            *((None, None) if error is None else (f"{error.type}: {error.message}"[:ERROR_LETTERS], error.error_class)),
            *(*live[3:], uncancelled_orders, caretaker),
        )

    # ------------------------------------------------------------ what differs

    async def tell(self, at: datetime) -> None:
        """Publish a row for each bot whose figures are not what readers have, and the state of each where that differs."""
        if not self._bus.has_readers:
            return
        ids = await self._state.ids()
        for first in range(0, len(ids), SLICE):
            self._tell([bot for bot_id in ids[first : first + SLICE] if (bot := self._state.peek(bot_id)) is not None], at)
            await asyncio.sleep(0)
        for told in (self._told, self._told_states):
            for bot_id in told.keys() - ids if len(told) > len(ids) else ():
                del told[bot_id]

    def _tell(self, bots: Sequence[tuple[BotRecord, BotStatus]], at: datetime) -> None:
        now = {record.id: self.delta(record, status) for record, status in bots}
        differs = {bot_id: row for bot_id, row in now.items() if self._told.get(bot_id) != row}
        if differs:
            self._told |= differs
            self._bus.publish("bots.delta", {"rows": list(differs.values())})
        for record, status in bots:
            # A bot that nobody was ever told of, or shown, is one of which nobody can have an outdated idea.
            if record.id in self._told_states and self._told_states[record.id] != self._state_of(record, status):
                heading = {"id": record.id, "name": CHANGED, "at": at, "actor": "styrman", "reason": ""}
                self._bus.publish("bot.state", {**self.state(record, status), **heading}, bot_id=record.id)

    def delta(self, record: BotRecord, status: BotStatus) -> Row:
        """Return a bot's row of `bots.delta`: id, observed, trading state, cycles, last cycle, and its figures."""
        return (
            *(record.id, status.observed, self._show.trading_state(record)),
            *(self._stats.count(record.slot), self._stats.last_at(record.slot)),
            *self._appraiser.figures(record),
        )

    def state(self, record: BotRecord, status: BotStatus) -> dict[str, object]:
        """Return what `bot.state` says of a bot, which is about to be told."""
        told = self._told_states[record.id] = self._state_of(record, status)
        return {
            "desired": record.desired,
            "observed": status.observed,
            "generation": record.generation,
            "observed_generation": status.observed_generation,
            "trading_state": self._show.trading_state(record),
            "halted_by": told[2],
            "run_id": status.run_id,
            "epoch": status.epoch,
            "since": status.since,
            "restarts": status.restarts,
            "next_retry_at": status.next_retry_at,
            "last_error": status.last_error,
            "uncancelled_orders": told[3],
            "caretaker": told[4],
            "instruments": told[5],
        }

    def _state_of(self, record: BotRecord, status: BotStatus) -> Row:
        """Return all that `bot.state` depends on. Records and statuses are never changed, only replaced."""
        spec, trader = record.spec, self._floor.trader(record)
        return (
            *(record, status, self._halted_by(record.account, record.id), len(uncancelled(record, trader)) if trader.live else 0),
            *(self._caretaker.guards(trader), self._show.chosen(spec.id) if isinstance(spec.instruments, Selector) else spec.instruments),
        )
