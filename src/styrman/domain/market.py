"""What a market looks like to a bot: instruments and their rules, time frames, candles, tickers. Values only."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

FloatColumn: TypeAlias = NDArray[np.float64]
TimeColumn: TypeAlias = NDArray[np.int64]
Level: TypeAlias = tuple[Decimal, Decimal]  # price, quantity in base

COLUMNS = ("time", "open", "high", "low", "close", "volume")
_TIMEFRAME = re.compile(r"([1-9][0-9]*)([smhdw])")
_UNIT_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def timeframe_ms(timeframe: str) -> int:
    """Return the length of a time frame ("1m", "4h", "1d") in milliseconds; ValueError where it isn't one."""
    match = _TIMEFRAME.fullmatch(timeframe)
    if match is None:
        raise ValueError(f"{timeframe!r} is not a time frame; write a number and one of s, m, h, d, w, such as 1m or 4h")
    return int(match[1]) * _UNIT_S[match[2]] * 1000


def from_ms(ms: int) -> datetime:
    """Return the aware UTC time of a number of milliseconds since the epoch."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def to_ms(at: datetime) -> int:
    """Return the milliseconds since the epoch of an aware time."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def settled_in(instrument: str) -> str | None:
    """Return the currency in which a linear swap ("BTC/USDT:USDT") gains, loses and pays its fees; None for spot, which changes hands."""
    return instrument.partition(":")[2].partition("-")[0] or None


def asset_of(instrument: str) -> str:
    """Return the name under which an account's balances hold a position: the base currency, a swap's own name."""
    return instrument if settled_in(instrument) else instrument.partition("/")[0]


def quote_of(instrument: str) -> str:
    """Return the currency of an instrument's prices: "USDT" of "BTC/USDT", which is what a linear swap is settled in too."""
    return settled_in(instrument) or instrument.partition("/")[2]


class Word(StrEnum):
    """An enum that may cross to another process: pickled as a call of its class. Python 3.11.0 to 3.11.3 would pickle a `getattr`."""

    def __reduce_ex__(self, protocol: object) -> tuple[type[Self], tuple[str]]:
        del protocol
        return type(self), (self.value,)


class Side(Word):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell: what a fill adds to a position."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The side that closes what this one opens."""
        return Side.SELL if self is Side.BUY else Side.BUY


@dataclass(frozen=True, slots=True)
class InstrumentRules:
    """A venue's rules for one instrument. Prices are in quote, quantities in base, fees fractions of the traded value."""

    instrument: str  # "BASE/QUOTE", as in ccxt
    base: str
    quote: str
    price_tick: Decimal = Decimal("0.01")
    quantity_step: Decimal = Decimal("0.00001")  # the lot
    min_quantity: Decimal = Decimal(0)
    min_notional: Decimal = Decimal(0)
    maker_fee: Decimal = Decimal(0)
    taker_fee: Decimal = Decimal(0)
    shortable: bool = False  # spot: a position below zero is impossible

    def round_quantity(self, quantity: Decimal) -> Decimal:
        """Round towards zero to the lot: never more than was asked for."""
        return (quantity / self.quantity_step).to_integral_value(ROUND_DOWN) * self.quantity_step

    def round_price(self, price: Decimal, side: Side) -> Decimal:
        """Round to the tick towards safety: a buy never pays more, a sell never takes less."""
        rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
        return (price / self.price_tick).to_integral_value(rounding) * self.price_tick

    def is_dust(self, quantity: Decimal, price: Decimal) -> bool:
        """Whether this much is too little for the venue to take an order for it."""
        size = abs(quantity)
        return size < max(self.quantity_step, self.min_quantity) or size * price < self.min_notional


@dataclass(frozen=True, slots=True)
class Ticker:
    """The best prices of an instrument. `market_time` is the venue's time, which may run faster than ours."""

    instrument: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    market_time: datetime

    def taking(self, side: Side) -> Decimal:
        """Return the price at which a market order of this side would begin to trade."""
        return self.ask if side is Side.BUY else self.bid


@dataclass(frozen=True, slots=True)
class OrderBook:
    """What is on offer in an instrument at one moment, the best price first, as deep as the venue shows it. Either side may be empty."""

    instrument: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    market_time: datetime

    def facing(self, side: Side) -> tuple[Level, ...]:
        """Return the levels that an order of this side trades with."""
        return self.asks if side is Side.BUY else self.bids


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Closed candles of one instrument and time frame, oldest first, as columns of equal length.

    `time` is each candle's open in ms since the epoch (int64), the others are float64; prices in quote, volume in base.
    `filled[i]` is true where the market was silent and the candle was made from the close before. The columns are read-only.
    """

    instrument: str
    timeframe: str
    time: TimeColumn
    open: FloatColumn
    high: FloatColumn
    low: FloatColumn
    close: FloatColumn
    volume: FloatColumn
    filled: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        if not len(self.filled):
            object.__setattr__(self, "filled", np.zeros(len(self.time), dtype=np.bool_))
        lengths = {name: len(getattr(self, name)) for name in (*COLUMNS, "filled")}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The columns of {self.instrument} {self.timeframe} differ in length: {lengths}")
        for name in (*COLUMNS, "filled"):
            getattr(self, name).flags.writeable = False

    @classmethod
    def from_rows(cls, instrument: str, timeframe: str, rows: Iterable[Sequence[float]]) -> Self:
        """Make candles from rows of (time ms, open, high, low, close, volume), oldest first."""
        table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, len(COLUMNS))
        opens, highs, lows, closes, volumes = (np.ascontiguousarray(table[:, i]) for i in range(1, len(COLUMNS)))
        return cls(instrument, timeframe, table[:, 0].astype(np.int64), opens, highs, lows, closes, volumes)

    def __len__(self) -> int:
        return len(self.time)

    def tail(self, count: int) -> "Candles":
        """Return the last `count` candles as views of the same memory."""
        return self[max(0, len(self) - count) :]

    def __getitem__(self, span: slice) -> "Candles":
        columns = (getattr(self, name)[span] for name in (*COLUMNS, "filled"))
        return Candles(self.instrument, self.timeframe, *columns)

    @property
    def closed_at(self) -> datetime | None:
        """Market time at which the last candle closed; None where there is none."""
        return from_ms(int(self.time[-1]) + timeframe_ms(self.timeframe)) if len(self) else None

    def to_polars(self) -> "pl.DataFrame":
        """Return a polars frame with the six columns; ImportError where polars isn't installed."""
        import polars as pl  # noqa: PLC0415 - an optional extra

        return pl.DataFrame({name: getattr(self, name) for name in COLUMNS})

    def to_pandas(self) -> "pd.DataFrame":
        """Return a pandas frame with the six columns; ImportError where pandas isn't installed."""
        import pandas as pd  # noqa: PLC0415 - not even an extra: taken where the user has it

        return pd.DataFrame({name: getattr(self, name) for name in COLUMNS})
