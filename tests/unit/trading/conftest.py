"""Real candles and quotes for the tests of pure trading logic, and the instrument that most of them trade."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from styrman.config import Settings
from styrman.domain.market import COLUMNS, Candles, InstrumentRules, Ticker, from_ms
from styrman.telemetry import Instrumentation
from unit.trading.order_rig import OrderRig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[OrderRig]:
    """A desk that follows its account."""
    telemetry = Instrumentation(Settings(home=tmp_path, profile="embedded"))
    rig = OrderRig(telemetry)
    await rig.open()
    yield rig
    await rig.close()
    telemetry.close()


@pytest.fixture(scope="session")
def candles(recorded: Path) -> Candles:
    """Three days of real minute candles of BTC/USD (Coinbase, April 2018), gaps as they were."""
    frame = pl.read_parquet(recorded / "candles_1m" / "BTCUSD_coinbase_2018-04_1m.parquet").rename({"ts": "time"})
    return Candles.from_rows("BTC/USD", "1m", frame.select(COLUMNS).iter_rows())


@pytest.fixture(scope="session")
def tickers(recorded: Path) -> tuple[Ticker, ...]:
    """Half a day of real best prices, minute by minute."""
    frame = pl.read_parquet(recorded / "quotes_1m" / "BTCUSDT_bybit_2022-12-13_quotes_1m.parquet")
    rows = frame.select("ts", "bid_close", "ask_close").iter_rows()
    quotes = ((from_ms(at), Decimal(str(bid)), Decimal(str(ask))) for at, bid, ask in rows)
    return tuple(Ticker("BTC/USDT", bid, ask, bid, at) for at, bid, ask in quotes)


@pytest.fixture
def rules() -> InstrumentRules:
    """A spot instrument with a lot, a least worth and a fee."""
    return InstrumentRules(
        instrument="BTC/USDT",
        base="BTC",
        quote="USDT",
        quantity_step=Decimal("0.001"),
        min_notional=Decimal(5),
        maker_fee=Decimal("0.001"),
        taker_fee=Decimal("0.001"),
    )
