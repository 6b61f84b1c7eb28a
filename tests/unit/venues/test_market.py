"""The market as it is played: prices step by step, and nothing that has not happened."""

from decimal import Decimal

import pytest

from contract.scripted_venue import MINUTE_MS, START_MS, ScriptedSource
from styrman.venues.simulation.market import Market
from styrman.venues.simulation.options import SimulationOptions

ABC = "ABC/USD"
QUARTER_MS = MINUTE_MS // 4
FAR = (float("-inf"), float("inf"))


@pytest.fixture
def market() -> Market:
    """A minute that rises from 100 to 104, then one that falls to 90; flat before and after."""
    source = ScriptedSource()
    source.script(START_MS, 104.0, 400.0)
    source.script(START_MS + MINUTE_MS, 90.0, 400.0)
    return Market(source, SimulationOptions(spread=0.0002))


@pytest.mark.parametrize(("frame", "length"), [("1m", 1), ("5m", 5)])
def test_a_candle_under_way_is_not_closed(market: Market, frame: str, length: int) -> None:
    end = START_MS + length * MINUTE_MS

    assert not len(market.closed(ABC, frame, START_MS, end - 1))
    assert len(market.closed(ABC, frame, START_MS, end)) == 1


def test_a_step_shows_only_its_own_price(market: Market) -> None:
    lasts = [quote.last for quote in market.steps(ABC, START_MS - 1, START_MS + 2 * MINUTE_MS - 1)]

    assert lasts == [100, 100, 104, 104, 104, 104, 90, 90]


def test_each_step_comes_once_however_the_time_is_cut(market: Market) -> None:
    end = START_MS + 2 * MINUTE_MS
    whole = [quote.at_ms for quote in market.steps(ABC, START_MS, end)]
    cuts = [quote.at_ms for at in range(START_MS, end, 7000) for quote in market.steps(ABC, at, min(at + 7000, end))]

    assert cuts == whole == list(range(START_MS + QUARTER_MS, end + 1, QUARTER_MS))


def test_the_spread_lies_around_the_price_on_the_tick(market: Market) -> None:
    quote = market.quote(ABC, START_MS)

    assert quote is not None
    assert (quote.bid, quote.last, quote.ask) == (Decimal("99.99"), Decimal(100), Decimal("100.01"))


def test_a_step_offers_its_share_of_a_quarter_of_the_volume(market: Market) -> None:
    quote = market.quote(ABC, START_MS)

    assert quote is not None
    assert quote.offered == 20


@pytest.mark.parametrize(("falls", "rises", "minute"), [(95.0, FAR[1], 1), (FAR[0], 104.0, 0), (90.0, 105.0, 1), (80.0, 120.0, None)])
def test_a_price_that_matters_is_never_passed_over(market: Market, falls: float, rises: float, minute: int | None) -> None:
    end = START_MS + 50 * MINUTE_MS
    reached = market.next_touch(ABC, START_MS - 5 * MINUTE_MS, end, falls=falls, rises=rises)

    if minute is None:
        assert reached == end
    else:
        assert reached <= START_MS + minute * MINUTE_MS - 1


def test_what_is_far_away_is_skipped_at_once(market: Market) -> None:
    end = START_MS + 5000 * MINUTE_MS

    assert market.next_touch(ABC, START_MS + 3 * MINUTE_MS, end, falls=FAR[0], rises=FAR[1]) == end
