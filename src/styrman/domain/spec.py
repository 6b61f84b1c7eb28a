"""A bot's spec: what a user writes. Shape and ranges are checked here; names (strategy, venue, instrument) at admission."""

import re
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal, Self

import orjson
from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, model_validator
from pydantic.dataclasses import dataclass

from styrman.domain.market import timeframe_ms

BOT_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_STRICT = ConfigDict(extra="forbid", ser_json_inf_nan="strings")

Money = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=36)]
PositiveMoney = Annotated[Decimal, Field(gt=0, allow_inf_nan=False, max_digits=36)]
Instrument = Annotated[str, Field(pattern=r"^[A-Z0-9._-]{1,20}/[A-Z0-9._-]{1,20}(:[A-Z0-9._-]{1,20})?$")]
Timeframe = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[smhdw]$")]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,63}$")]


class ComputeMode(StrEnum):
    """Where a strategy's code runs."""

    AUTO = "auto"  # shipped strategies inline, a user's in worker processes
    INLINE = "inline"  # on the event loop
    THREAD = "thread"  # in a thread pool: can't be killed
    PROCESS = "process"  # in a worker process: killed at the deadline


class RestartPolicy(StrEnum):
    """When a bot whose task ended by itself is started again."""

    NEVER = "never"
    ON_FAILURE = "on-failure"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Selector:
    """The `top` most traded instruments against `quote`, re-read every hour, without those in `exclude`."""

    quote: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,20}$")]
    top: Annotated[int, Field(ge=1, le=500)] = 20
    exclude: tuple[Instrument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Feed:
    """Further candles that a bot reads: of its own instruments in another time frame, or of other instruments too."""

    timeframe: Timeframe
    instruments: tuple[Instrument, ...] = ()  # empty: the bot's own


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Cycle:
    """What triggers a cycle: the close of a candle, or an interval in seconds of wall time."""

    on: Literal["candle"] | None = None
    every_s: Annotated[float, Field(ge=0.05, le=86_400)] | None = None

    @model_validator(mode="after")
    def _one_trigger(self) -> Self:
        if (self.on is None) == (self.every_s is None):
            raise ValueError("write either {on: candle} or {every_s: SECONDS}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Restart:
    """The restart policy. The delays and limits are the manager's (design, section 3)."""

    policy: RestartPolicy = RestartPolicy.ON_FAILURE


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Risk:
    """Limits checked before every order. Values in quote currency; None: no limit of its own."""

    max_position_value: PositiveMoney | None = None
    max_order_value: PositiveMoney | None = None
    max_orders_per_minute: Annotated[int, Field(ge=1, le=10_000)] = 60


_ON_CANDLE, _DEFAULT_RESTART, _DEFAULT_RISK = Cycle(on="candle"), Restart(), Risk()


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class BotSpec:
    """What a bot is. Only `id`, `strategy` or `main`, `venue` and `instruments` are required. Unknown keys are refused.

    The parts that are left at their default are one shared object each: ten thousand specs stay small.
    """

    id: Annotated[str, Field(pattern=f"^{BOT_ID.pattern}$")]
    strategy: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    main: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    params: dict[str, JsonValue] = field(default_factory=dict)
    venue: Annotated[str, Field(min_length=1, max_length=63)]
    instruments: Annotated[tuple[Instrument, ...], Field(min_length=1, max_length=500)] | Selector
    timeframe: Timeframe = "1m"
    feeds: tuple[Feed, ...] = ()
    capital: PositiveMoney = Decimal(100)
    max_open: Annotated[int, Field(ge=1, le=500)] = 500
    cycle: Cycle = _ON_CANDLE
    compute: ComputeMode = ComputeMode.AUTO
    restart: Restart = _DEFAULT_RESTART
    risk: Risk = _DEFAULT_RISK
    labels: dict[Label, Label] = field(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.strategy is None) == (self.main is None):
            raise ValueError("write either strategy or main")
        if isinstance(self.instruments, tuple) and len(set(self.instruments)) < len(self.instruments):
            raise ValueError("an instrument is named twice")
        for timeframe in (self.timeframe, *(feed.timeframe for feed in self.feeds)):
            timeframe_ms(timeframe)
        return self

    @property
    def work(self) -> str:
        """The name of what it runs: its strategy or its main."""
        return self.strategy or self.main or ""


_ADAPTER = TypeAdapter(BotSpec)


def parse_spec(value: object) -> BotSpec:
    """Return the spec that `value` (a mapping, or a spec already) describes; pydantic's ValidationError where it is none."""
    return value if isinstance(value, BotSpec) else _ADAPTER.validate_python(value)


def dump_spec(spec: BotSpec) -> dict[str, JsonValue]:
    """Return the spec as JSON values; `parse_spec` gives it back unchanged. Money as decimal strings."""
    dumped: dict[str, JsonValue] = _ADAPTER.dump_python(spec, mode="json", exclude_none=True)
    return dumped


def spec_hash(spec: BotSpec) -> str:
    """Return a stable hash of the spec: equal where, and only where, the specs say the same."""
    return sha256(orjson.dumps(dump_spec(spec), option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def spec_schema() -> dict[str, JsonValue]:
    """Return the JSON schema of a spec."""
    return _ADAPTER.json_schema()
