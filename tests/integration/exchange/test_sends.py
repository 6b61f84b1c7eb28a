"""A send through a real protocol: one request, nothing past a closed gate, and never a no where nobody knows."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest

from integration.exchange.conftest import BTC, Rig
from styrman.domain.market import Side, to_ms
from styrman.domain.orders import OrderType
from styrman.errors import ClockSkewed, InsufficientFunds, InvalidOrder, OrderDenied, VenueUnavailable
from styrman.venues.ccxt import CcxtVenue

ORDER = "/api/v3/order"
LOST = [
    ("drop_answer", {}, 1),
    ("reset", {"executed": True}, 1),
    ("reset", {"executed": False}, 0),
    ("status", {"status": 503, "executed": True}, 1),
    ("status", {"status": 503, "executed": False}, 0),
    ("nonsense", {}, 1),
]


@pytest.mark.parametrize(("kind", "fields", "placed"), LOST)
async def test_an_answer_that_is_lost_or_unreadable_is_unknown_and_nothing_is_sent_again(
    rig: Rig, venue: CcxtVenue, kind: str, fields: dict[str, object], placed: int
) -> None:
    await rig.fault(kind, method="POST", path=ORDER, **fields)

    with pytest.raises(VenueUnavailable):
        await rig.send(venue, rig.request())

    assert len(await rig.orders()) == placed
    assert len(await rig.posts()) == 1


async def test_too_many_requests_is_unknown_too_and_stops_everyone_at_that_address(rig: Rig, venue: CcxtVenue) -> None:
    await rig.fault("status", method="POST", path=ORDER, status=429)

    with pytest.raises(VenueUnavailable):
        await rig.send(venue, rig.request())

    other = rig.make("other")
    assert not venue.try_turn()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await other.open()
    await other.close()


async def test_a_lost_order_is_found_by_its_client_id(rig: Rig, venue: CcxtVenue) -> None:
    request = rig.request()
    await rig.fault("drop_answer", method="POST", path=ORDER)
    with pytest.raises(VenueUnavailable):
        await rig.send(venue, request)

    found = await venue.fetch_order(BTC, request.client_order_id)

    assert found is not None
    assert found.client_order_id == request.client_order_id
    assert [each.client_order_id for each in await venue.fetch_open_orders()] == [request.client_order_id]


class Gate:
    """Lets a number of questions pass, and none after."""

    def __init__(self, passes: int) -> None:
        self.left = passes
        self.asked = 0

    def __call__(self) -> None:
        self.asked += 1
        if self.left <= 0:
            raise OrderDenied("halted", "everything is halted")
        self.left -= 1


@pytest.mark.parametrize("passes", [0, 1])
async def test_nothing_reaches_the_exchange_past_a_gate_that_closes_before_the_bytes_leave(rig: Rig, venue: CcxtVenue, passes: int) -> None:
    """The second question comes when headers are made up and wait for the body: the last moment there is."""
    gate = Gate(passes)

    with pytest.raises(OrderDenied):
        await rig.send(venue, rig.request(), gate=gate)

    await venue.fetch_open_orders()
    assert gate.asked == passes + 1
    assert await rig.posts() == []


async def test_a_gate_that_closes_while_the_connection_is_made_lets_nothing_out(rig: Rig, venue: CcxtVenue) -> None:
    """Eight sends at once need new connections; the gate closes when the first of them asks."""
    gate = Gate(0)

    outcomes = await asyncio.gather(*(rig.send(venue, rig.request(), gate=gate) for _ in range(8)), return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {OrderDenied}
    assert await rig.posts() == []


async def test_a_pair_is_gated_as_an_order_is(rig: Rig, venue: CcxtVenue) -> None:
    stop = rig.request(type=OrderType.STOP, price=None, stop_price=Decimal(45_000))
    target = rig.request(price=Decimal(35_000))
    now = rig.clock.now()

    with pytest.raises(OrderDenied):
        await venue.create_pair(stop, target, stamp=now, not_after=now + timedelta(seconds=5), gate=Gate(1))

    assert await rig.posts() == []


async def test_the_request_is_signed_with_the_stamp_it_was_given_and_its_window(rig: Rig, venue: CcxtVenue) -> None:
    stamp = rig.clock.now() - timedelta(seconds=1)
    await venue.create_order(rig.request(), stamp=stamp, not_after=stamp + timedelta(seconds=4), gate=lambda: None)

    parameters = (await rig.posts())[0]["params"]
    offset = venue.clock_offset()
    assert isinstance(parameters, dict)
    assert offset is not None
    assert abs(int(parameters["timestamp"]) - to_ms(stamp + offset)) <= 1
    assert parameters["recvWindow"] == "4000"


async def test_a_late_request_is_refused_by_the_exchange_and_is_a_no(rig: Rig, venue: CcxtVenue) -> None:
    with pytest.raises(ClockSkewed):
        await rig.send(venue, rig.request(), late_s=6)

    assert await rig.orders() == []


async def test_a_clock_that_is_off_is_measured_again_and_orders_pass(rig: Rig, venue: CcxtVenue) -> None:
    await rig.fault("clock_skew", seconds=20)
    with pytest.raises(ClockSkewed):
        await rig.send(venue, rig.request())

    async with asyncio.timeout(5):
        while (offset := venue.clock_offset()) is None or offset < timedelta(seconds=19):
            await rig.orders()
    await rig.send(venue, rig.request())

    assert len(await rig.orders()) == 1


async def test_refusals_that_the_exchange_enumerates_are_noes(rig: Rig, venue: CcxtVenue) -> None:
    with pytest.raises(InsufficientFunds):
        await rig.send(venue, rig.request(quantity=Decimal(100)))
    with pytest.raises(InvalidOrder) as crossing:
        await rig.send(venue, rig.request(price=Decimal(41_000), post_only=True))

    assert crossing.value.reason == "would_cross"
    assert await rig.orders() == []


async def test_a_client_id_that_works_already_is_not_a_no(rig: Rig, venue: CcxtVenue) -> None:
    """The order with our id is there: whoever sent it twice, saying "rejected" would lose it."""
    request = rig.request()
    await rig.send(venue, request)

    with pytest.raises(VenueUnavailable):
        await rig.send(venue, request)


@pytest.mark.parametrize(
    ("quantity", "price", "reason"),
    [("0.010000001", "30000", "quantity_off_lot"), ("0.01", "30000.00001", "price_off_tick"), ("0.00001", "1", "below_min_notional")],
)
async def test_what_ccxt_would_round_into_another_order_is_never_sent(
    rig: Rig, venue: CcxtVenue, quantity: str, price: str, reason: str
) -> None:
    with pytest.raises(InvalidOrder) as refused:
        await rig.send(venue, rig.request(quantity=Decimal(quantity), price=Decimal(price)))

    assert refused.value.reason == reason
    assert await rig.posts() == []


async def test_quantities_and_prices_go_out_digit_by_digit(rig: Rig, venue: CcxtVenue) -> None:
    rules = venue.instruments()[BTC]
    quantity = rules.round_quantity(Decimal("0.12345678"))
    await rig.send(venue, rig.request(quantity=quantity, price=Decimal("30000.1")))

    parameters = (await rig.posts())[0]["params"]
    assert isinstance(parameters, dict)
    assert Decimal(str(parameters["quantity"])) == quantity
    assert "E" not in str(parameters["quantity"])
    assert parameters["newClientOrderId"] == "rig1"


async def test_a_time_out_is_unknown(rig: Rig, venue: CcxtVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("styrman.venues.exchange.connection.Connection.make.__kwdefaults__", {"timeout_s": 0.2})
    await rig.fault("delay_answer", method="POST", path=ORDER, seconds=2)

    with pytest.raises(VenueUnavailable):
        await rig.send(venue, rig.request(side=Side.BUY))

    assert len(await rig.orders()) == 1
