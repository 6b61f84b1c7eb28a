"""The synthetic market: a pure function of time, and statistically a market."""

import tracemalloc
from time import process_time

import numpy as np
import pytest

from styrman.domain.market import COLUMNS, FloatColumn
from styrman.venues.simulation.synthetic import DAY_MS, MINUTE_MS, SyntheticSource

START = 1_767_225_600_000


@pytest.fixture(scope="module")
def source() -> SyntheticSource:
    return SyntheticSource(7, START)


@pytest.fixture(scope="module", params=["BTC/USDT", "DOGE/USDT", "SHIB/USDT"])
def returns(source: SyntheticSource, request: pytest.FixtureRequest) -> FloatColumn:
    """Three weeks of minute log returns."""
    column: FloatColumn = np.diff(np.log(source.candles(request.param, START, START + 21 * DAY_MS).close))
    return column


def lagged(column: FloatColumn, lag: int) -> float:
    return float(np.corrcoef(column[:-lag], column[lag:])[0, 1])


def test_tails_are_fat(returns: FloatColumn) -> None:
    standard = (returns - returns.mean()) / returns.std()

    assert (standard**4).mean() - 3 > 1


@pytest.mark.parametrize("lag", [1, 5, 15])
def test_volatility_clusters(returns: FloatColumn, lag: int) -> None:
    assert lagged(np.abs(returns), lag) > 0.1


@pytest.mark.parametrize("lag", [1, 5, 15])
def test_returns_do_not_foretell_returns(returns: FloatColumn, lag: int) -> None:
    assert abs(lagged(returns, lag)) < 0.1


def test_volatility_lasts_over_midnight(source: SyntheticSource) -> None:
    closes = source.candles("BTC/USDT", START, START + 200 * DAY_MS).close
    moves = np.abs(np.diff(np.log(closes), prepend=np.log(closes[0]))).reshape(-1, 1440)
    evenings, mornings = moves[:-1, -15:].mean(axis=1), moves[1:, :15].mean(axis=1)

    assert np.corrcoef(np.log(evenings), np.log(mornings))[0, 1] > 0.3


def test_volume_goes_with_volatility(source: SyntheticSource) -> None:
    candles = source.candles("ETH/USDT", START, START + 7 * DAY_MS)

    assert np.corrcoef(np.log(candles.high / candles.low), candles.volume)[0, 1] > 0.3


def test_regimes_trend_range_and_rage(source: SyntheticSource) -> None:
    sections = np.log(source.candles("BTC/USDT", START, START + 21 * DAY_MS).close).reshape(-1, 240)
    spread = np.diff(sections, axis=1).std(axis=1)
    moved = np.abs(sections[:, -1] - sections[:, 0]) / (spread * np.sqrt(240))

    assert spread.max() > 2 * spread.min()
    assert (moved > 1.2).mean() > 0.1
    assert (moved < 0.3).mean() > 0.2


def test_candles_are_consistent_and_continuous(source: SyntheticSource) -> None:
    for instrument in source.listings:
        c = source.candles(instrument, START - DAY_MS, START + DAY_MS)

        assert np.array_equal(np.diff(c.time), np.full(len(c) - 1, MINUTE_MS))
        assert (c.high >= np.maximum(c.open, c.close)).all()
        assert (c.low <= np.minimum(c.open, c.close)).all()
        assert (c.low > 0).all()
        assert np.array_equal(c.open[1:], c.close[:-1])


def test_the_same_seed_is_the_same_market_however_it_is_read(source: SyntheticSource) -> None:
    other = SyntheticSource(7, START + 5 * DAY_MS)
    later = other.candles("SOL/USDT", START + DAY_MS - 7 * MINUTE_MS, START + DAY_MS + 7 * MINUTE_MS)
    whole = source.candles("SOL/USDT", START, START + 2 * DAY_MS)[1433:1447]

    assert all(np.array_equal(getattr(later, name), getattr(whole, name)) for name in COLUMNS)


def test_another_seed_is_another_market(source: SyntheticSource) -> None:
    other = SyntheticSource(8, START)

    assert source.fingerprint != other.fingerprint
    assert source.candles("BTC/USDT", START, START + MINUTE_MS).close != other.candles("BTC/USDT", START, START + MINUTE_MS).close


def test_prices_are_on_the_tick_and_volumes_on_the_lot(source: SyntheticSource) -> None:
    for instrument, listing in source.listings.items():
        c = source.candles(instrument, START, START + DAY_MS)
        for column, step in (
            (c.close, listing.rules.price_tick),
            (c.high, listing.rules.price_tick),
            (c.volume, listing.rules.quantity_step),
        ):
            units = column / float(step)

            assert np.allclose(units, np.round(units), rtol=0, atol=1e-3), instrument


def test_prices_stay_in_sight_of_their_level_for_years(source: SyntheticSource) -> None:
    days = [source.candles("BTC/USDT", START + n * DAY_MS, START + n * DAY_MS + MINUTE_MS).close[0] for n in range(0, 3650, 73)]

    assert min(days) > 64_000 / 20
    assert max(days) < 64_000 * 20


def test_history_of_every_instrument_is_cheap() -> None:
    source = SyntheticSource(11, START)
    began = process_time()
    for instrument in source.listings:
        assert len(source.candles(instrument, START - 1000 * MINUTE_MS, START)) == 1000

    assert process_time() - began < 1


def test_memory_does_not_grow_with_what_is_read() -> None:
    tracemalloc.start()
    try:
        source = SyntheticSource(12, START)
        for day in range(0, 300, 3):
            source.candles("BTC/USDT", START + day * DAY_MS, START + (day + 1) * DAY_MS)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 8_000_000
