"""The testnet's parts by themselves: signatures, windows, limits, faults, parameters, prices in hand."""

from decimal import Decimal

import pytest

from styrman.clock import ManualClock
from styrman.domain.market import Candles, InstrumentRules
from styrman.testnet.calendar import Calendar
from styrman.testnet.faults import BadFault, Faults, Kind, parse_fault
from styrman.testnet.limits import Limits
from styrman.testnet.options import TestnetOptions
from styrman.testnet.parameters import Parameters
from styrman.testnet.refusals import Refusal
from styrman.testnet.signing import Credential, check_window, sign, sorted_payload, unsigned
from styrman.testnet.source import ChosenSource, HeldMarket, HeldSource
from styrman.testnet.state import Span
from styrman.testnet.streams import StreamNames
from styrman.testnet.symbols import Symbols
from styrman.venues.simulation.options import SimulationOptions
from styrman.venues.simulation.synthetic import MINUTE_MS, SyntheticSource

RULES = {"BTC/USDT": InstrumentRules("BTC/USDT", "BTC", "USDT")}
DAY_MS = 86_400_000


def test_the_signature_is_the_one_of_binances_own_example() -> None:
    secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
    payload = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"

    assert sign(secret, payload) == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"


def test_what_was_signed_is_everything_but_the_signature_byte_for_byte() -> None:
    assert unsigned("b=%20x&signature=00&a=1") == "b=%20x&a=1"
    assert sorted_payload({"b": "2", "signature": "00", "a": "1"}) == "a=1&b=2"


def test_a_credential_takes_its_own_key_and_signature_alone() -> None:
    credential = Credential("key", "secret")
    credential.check_key("key")
    credential.check_signature(Parameters({"signature": sign("secret", "a=1")}), "a=1")

    with pytest.raises(Refusal, match="not valid"):
        credential.check_signature(Parameters({"signature": sign("other", "a=1")}), "a=1")
    with pytest.raises(Refusal, match="Invalid API-key"):
        credential.check_key("kez")


@pytest.mark.parametrize(
    ("stamp", "window", "code"),
    [
        (95_000, None, None),
        (94_999, None, -1021),
        (100_999, None, None),
        (101_000, None, -1021),
        (40_000, "60000", None),
        (0, "60001", -1131),
    ],
)
def test_the_window_has_sharp_edges(stamp: int, window: str | None, code: int | None) -> None:
    parameters = Parameters({"timestamp": str(stamp)} | ({"recvWindow": window} if window else {}))
    refused = None
    try:
        check_window(parameters, 100_000)
    except Refusal as refusal:
        refused = refusal.code

    assert refused == code


async def test_limits_begin_anew_with_each_minute() -> None:
    clock = ManualClock()
    limits = Limits(clock, weight=10, orders=1)
    limits.take(10)
    with pytest.raises(Refusal) as refused:
        limits.take(1)

    await clock.advance(60)
    limits.take(10)

    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "60"})


async def test_a_ban_lasts_two_minutes() -> None:
    clock = ManualClock()
    limits = Limits(clock, weight=1, orders=1)
    statuses = []
    for _ in range(14):
        try:
            limits.take(1)
        except Refusal as refusal:
            statuses.append(refusal.status)
    await clock.advance(119)
    with pytest.raises(Refusal, match="banned"):
        limits.take(1)

    await clock.advance(2)
    limits.take(1)

    assert statuses == [429] * 10 + [418] * 3


def test_a_fault_strikes_as_often_as_it_says_where_it_says() -> None:
    faults = Faults(seed=1)
    faults.add(parse_fault({"kind": "status", "method": "post", "path": "/api/v3/order*", "count": 2}))

    struck = [bool(faults.strike(method, path)) for method, path in (("GET", "/api/v3/order"), ("POST", "/api/v3/ping"))]
    struck += [bool(faults.strike("POST", "/api/v3/order/test")) for _ in range(3)]

    assert struck == [False, False, True, True, False]


def test_faults_of_several_kinds_strike_together_and_lasting_ones_stay() -> None:
    faults = Faults(seed=1)
    for kind in ("vanish", "drop_answer", "clock_skew"):
        faults.add(parse_fault({"kind": kind, "seconds": 3}))

    first, second = faults.strike("POST", "/api/v3/order"), faults.strike("POST", "/api/v3/order")

    assert set(first.by_kind) == {Kind.VANISH, Kind.DROP_ANSWER, Kind.CLOCK_SKEW}
    assert set(second.by_kind) == {Kind.CLOCK_SKEW}


def test_one_seed_is_one_course_of_chance() -> None:
    def course(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add(parse_fault({"kind": "reset", "p": 0.3, "count": 1000}))
        return [bool(faults.strike("GET", "/")) for _ in range(50)]

    assert course(1) == course(1)
    assert course(1) != course(2)


@pytest.mark.parametrize("body", [{"kind": "status", "status": 200}, {"kind": "reset", "p": 0}, {}, {"kind": "delay", "seconds": -1}])
def test_a_fault_that_can_not_be_is_refused(body: object) -> None:
    with pytest.raises(BadFault) as bad:
        parse_fault(body)

    assert bad.value.errors


@pytest.mark.parametrize(("text", "number"), [("1", "1"), ("0.00001", "0.00001"), ("100", "100"), ("1.50000000", "1.5")])
def test_numbers_are_read_as_written(text: str, number: str) -> None:
    assert Parameters({"quantity": text}).decimal("quantity") == Decimal(number)


@pytest.mark.parametrize(("text", "code"), [("-1", -1100), ("1e5", -1100), ("NaN", -1100), ("0", -1013), ("0.000000001", -1111)])
def test_what_is_no_amount_is_refused(text: str, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        Parameters({"quantity": text}).decimal("quantity")

    assert refused.value.code == code


@pytest.mark.parametrize("name", ["btcusdt@kline_1m", "btcusdt@depth", "btcusdt@depth20@100ms", "btcusdt@depth@100ms", "!miniTicker@arr"])
def test_stream_names_are_binances(name: str) -> None:
    assert StreamNames(Symbols(RULES)).parse(name) is not None


@pytest.mark.parametrize("name", ["", "0", "btcusdt@kline_7m", "nopeusdt@trade", "btcusdt@magic", "btcusdt"])
def test_names_of_no_stream_are_none(name: str) -> None:
    assert StreamNames(Symbols(RULES)).parse(name) is None


def test_market_time_is_told_as_wall_time_in_the_span_that_it_lies_in() -> None:
    calendar = Calendar([Span(market_ms=0, wall_ms=1_000_000, speed=60), Span(market_ms=600_000, wall_ms=5_000_000, speed=1)])

    assert calendar.wall_ms(60_000) == 1_001_000
    assert calendar.wall_ms(600_500) == 5_000_500


def test_a_shifted_source_is_the_same_market_later() -> None:
    inner = SyntheticSource(7, 10 * DAY_MS)
    shifted = ChosenSource(inner, ("BTC/USDT",), shift_ms=MINUTE_MS)

    there, here = inner.candles("BTC/USDT", 0, 3 * MINUTE_MS), shifted.candles("BTC/USDT", MINUTE_MS, 4 * MINUTE_MS)

    assert list(here.time) == [time + MINUTE_MS for time in there.time]
    assert list(here.close) == list(there.close)
    assert list(shifted.listings) == ["BTC/USDT"]


def test_a_price_in_hand_stands_from_its_moment_on_and_leaves_the_past_alone() -> None:
    inner = SyntheticSource(7, 10 * DAY_MS)
    source = HeldSource(inner)
    market = HeldMarket(source, SimulationOptions())
    at_ms = 10 * DAY_MS + MINUTE_MS + 20_000
    before = market.quote("BTC/USDT", at_ms - MINUTE_MS)

    market.hold("BTC/USDT", at_ms, Decimal(50_000))

    now, later = market.quote("BTC/USDT", at_ms), market.quote("BTC/USDT", at_ms + DAY_MS)
    assert now is not None
    assert later is not None
    assert market.quote("BTC/USDT", at_ms - MINUTE_MS) == before
    assert now.last == later.last == 50_000
    assert now.bid < 50_000 < now.ask
    candles = source.candles("BTC/USDT", 10 * DAY_MS, 10 * DAY_MS + 3 * MINUTE_MS)
    untouched: Candles = inner.candles("BTC/USDT", 10 * DAY_MS, 10 * DAY_MS + MINUTE_MS)
    assert candles.close[0] == untouched.close[0]
    assert list(candles.close[1:]) == [50_000, 50_000]
    assert candles.high[1] >= 50_000


def test_the_secret_is_in_no_repr() -> None:
    assert "hush" not in repr(TestnetOptions(secret="hush"))
