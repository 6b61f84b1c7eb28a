"""A strategy that computes twenty indicators of TA-Lib at each candle, and notes when it had decided."""

import time
from datetime import timedelta
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from styrman import Candles, Context, Plan, Strategy
from styrman.trading.indicators import ta


class Decision(NamedTuple):
    """One decision upon a candle."""

    closed_at: float  # of the candle, market time in seconds since the epoch
    since_close: timedelta  # market time, as the cycle began
    began: float  # monotonic
    ended: float


decisions: list[Decision] = []


class Twenty(Strategy):
    """Computes much and wants nothing."""

    warmup: ClassVar[int] = 100

    def target(self, candles: Candles) -> NDArray[np.float64]:
        """Return no opinion, after twenty indicators."""
        high, low, close, volume = candles.high, candles.low, candles.close, candles.volume
        columns = (
            ta.EMA(close, 12),
            ta.EMA(close, 26),
            ta.SMA(close, 50),
            ta.WMA(close, 20),
            ta.DEMA(close, 20),
            ta.TEMA(close, 20),
            ta.KAMA(close, 30),
            ta.RSI(close, 14),
            *ta.MACD(close)[:1],
            *ta.BBANDS(close, 20)[:1],
            *ta.STOCH(high, low, close)[:1],
            ta.ADX(high, low, close, 14),
            ta.ATR(high, low, close, 14),
            ta.CCI(high, low, close, 20),
            ta.WILLR(high, low, close, 14),
            ta.MFI(high, low, close, volume, 14),
            ta.OBV(close, volume),
            ta.AROONOSC(high, low, 25),
            ta.SAR(high, low),
            ta.LINEARREG(close, 14),
        )
        return np.where(np.isfinite(np.sum(columns, axis=0)), np.nan, np.nan)

    async def decide(self, ctx: Context) -> Plan:
        """Decide as every strategy does, and note when that was done."""
        began = time.monotonic()
        plan = await super().decide(ctx)
        closed_at = ctx.candles[ctx.instruments[0], ctx.timeframe].closed_at
        if closed_at is not None:
            decisions.append(Decision(closed_at.timestamp(), ctx.now - closed_at, began, time.monotonic()))
        return plan
