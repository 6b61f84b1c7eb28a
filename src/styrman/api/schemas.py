"""What answers look like. They are documented by these and not validated: the manager's views are written field by field.

Only what reads otherwise than its value stands here; every other answer's schema is the view itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, JsonValue

from styrman.domain.market import Candles, from_ms
from styrman.domain.records import EquityPoint, Operation
from styrman.errors import ErrorClass, FieldError
from styrman.manager.equity_curve import EquityStep
from styrman.manager.venue_views import VenueView
from styrman.manager.views import AccountView, BotView, StrategyView
from styrman.ports import LogLine


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError:
    """The last thing that went wrong with a bot."""

    class_: Annotated[ErrorClass, Field(alias="class")]
    type: str
    message: str
    traceback_hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot(BotView):
    """One bot: its spec, both sides of its lifecycle, its book. Money, prices and quantities are decimal strings."""

    last_error: LastError | None  # type: ignore[assignment] # as it reads on the wire


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvent:
    """One thing that happened, who asked for it and why."""

    kind: str
    name: str
    at: datetime
    bot_id: str | None
    actor: str
    reason: str
    fields: Mapping[str, JsonValue]
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candle:
    """One closed candle; `time` is its open. `filled`: the market was silent, and the candle is made from the close before."""

    time: datetime
    open: str
    high: str
    low: str
    close: str
    volume: str
    filled: bool

    @classmethod
    def all_of(cls, candles: Candles) -> list[Self]:
        """Return the rows of the columns. The numbers are the shortest that mean the same float."""
        times = (from_ms(ms) for ms in candles.time.tolist())
        numbers = (
            [repr(number) for number in column.tolist()]
            for column in (candles.open, candles.high, candles.low, candles.close, candles.volume)
        )
        rows = zip(times, *numbers, candles.filled.tolist(), strict=True)
        return [cls(time=at, open=o, high=h, low=lo, close=c, volume=v, filled=filled) for at, o, h, lo, c, v, filled in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class CandlesView:
    """Closed candles of one instrument and time frame, oldest first."""

    instrument: str
    timeframe: str
    items: tuple[Candle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bots:
    """A page of bots by id."""

    items: tuple[Bot, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEvents:
    """A page of the journal, newest first."""

    items: tuple[JournalEvent, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Equity:
    """A bot's equity over time, oldest first, thinned to what was asked for."""

    items: tuple[EquityPoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioEquity:
    """The equity of all bots over time, oldest first; never a sum over modes or currencies."""

    items: tuple[EquityStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The operations that began last, newest first."""

    items: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The last log lines, oldest first, numbered within one boot."""

    boot: str
    items: tuple[LogLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Every account of the configuration."""

    items: tuple[AccountView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Venues:
    """Every venue of the configuration."""

    items: tuple[VenueView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategies:
    """Every strategy that a spec may name."""

    items: tuple[StrategyView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemView:
    """What went wrong (RFC 9457). `code` is the stable name of it; `errors` names the faulty fields of a request."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether the service does its work, and if not, why."""

    ready: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyAnswer:
    """What the Flask-era paths answer."""

    success: bool
    message: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyStatus(LegacyAnswer):
    """What the Flask-era status answers. Times are null where there is none yet."""

    uptime: float
    thread_alive: bool
    cycle_count: int
    last_cycle_time: datetime | None
    last_update: datetime
    dev_mode: bool
    error: str | None
