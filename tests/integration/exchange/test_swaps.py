"""Linear perpetual swaps: shorts, leverage, positions, funding. Binance USD-M's dialect, over a real socket."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import JsonValue

from integration.exchange.usdm import UsdM, serving
from styrman.clock import SystemClock
from styrman.domain.cash import CashFlowKind
from styrman.domain.market import Side
from styrman.domain.orders import Fill, OrderReport, OrderRequest, OrderType, VenueOrderStatus
from styrman.errors import VenueRefused
from styrman.market.limiter import Budgets
from styrman.ports import TellsEntryCosts
from styrman.venues.ccxt import CcxtVenue
from styrman.venues.exchange.sharing import Shared

BTC = "BTC/USDT:USDT"
CLOCK = SystemClock()


@pytest.fixture
async def usdm() -> AsyncIterator[UsdM]:
    async with serving() as exchange:
        yield exchange


@pytest.fixture
async def venue(usdm: UsdM, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CcxtVenue]:
    monkeypatch.setenv("STYRMAN_CREDENTIAL_FUT_KEY", "k")
    monkeypatch.setenv("STYRMAN_CREDENTIAL_FUT_SECRET", "s")
    options: dict[str, JsonValue] = {"exchange": "binance", "market": "swap", "base_url": usdm.url, "credential": "fut", "live": True}
    more: dict[str, JsonValue] = {"leverage": 3, "margin_mode": "isolated", "poll_s": 0.05}
    venue = CcxtVenue("fut", options | more, shared=Shared(Budgets(CLOCK)), home=tmp_path, clock=CLOCK)
    await venue.open()
    yield venue
    await venue.close()


async def send(venue: CcxtVenue, side: Side, quantity: str, price: str | None = None, **more: object) -> OrderReport:
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    limit = None if price is None else Decimal(price)
    fields = {"client_order_id": f"c{len(quantity)}{side}{price or ''}".replace(".", "")} | more
    request = OrderRequest(instrument=BTC, side=side, type=kind, quantity=Decimal(quantity), price=limit, **fields)  # type: ignore[arg-type] # shorthand
    now = CLOCK.now()
    return await venue.create_order(request, stamp=now, not_after=now + timedelta(seconds=5), gate=lambda: None)


async def test_the_rules_are_in_base_and_allow_shorts(venue: CcxtVenue) -> None:
    rules = venue.instruments()[BTC]

    assert (rules.base, rules.quote, rules.shortable) == ("BTC", "USDT", True)
    assert (rules.price_tick, rules.quantity_step, rules.min_notional) == (Decimal("0.1"), Decimal("0.001"), Decimal(100))


async def test_a_swap_claims_positions_and_reduce_only_but_no_resting_stops(venue: CcxtVenue) -> None:
    can = venue.capabilities

    assert (can.margin, can.reduce_only, can.order_lists) == (True, True, False)
    assert (can.stop_orders, OrderType.STOP in can.order_types) == (False, False)


async def test_a_short_is_a_negative_position_and_money_is_without_unrealized_pnl(venue: CcxtVenue) -> None:
    report = await send(venue, Side.SELL, "0.025")

    assert (report.status, report.filled, report.average_price) == (VenueOrderStatus.FILLED, Decimal("0.025"), Decimal(40_000))
    assert await venue.fetch_balances() == {"USDT": Decimal("1000.5"), BTC: Decimal("-0.025")}


async def test_what_open_positions_cost_is_told_signed(usdm: UsdM, venue: CcxtVenue) -> None:
    flat = await venue.fetch_entry_costs()
    await send(venue, Side.SELL, "0.025")
    short = await venue.fetch_entry_costs()
    await send(venue, Side.BUY, "0.1")
    usdm.entry_price = "40100.5"

    assert isinstance(venue, TellsEntryCosts)
    assert (flat, short) == ({}, {BTC: Decimal(-1000)})
    assert await venue.fetch_entry_costs() == {BTC: Decimal("0.075") * Decimal("40100.5")}


async def test_a_position_without_an_entry_price_is_left_out(venue: CcxtVenue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Binance always tells one; not every exchange does."""

    async def positions(*_: object, **__: object) -> list[dict[str, object]]:
        return [{"symbol": BTC, "side": "short", "contracts": 0.025, "entryPrice": None}]

    monkeypatch.setattr(venue._connection, "call", positions)

    assert await venue.fetch_entry_costs() == {}
    assert await venue._account._positions() == {BTC: Decimal("-0.025")}


async def test_leverage_and_margin_mode_are_set_once_before_the_first_order(usdm: UsdM, venue: CcxtVenue) -> None:
    assert usdm.posts("leverage") == []

    await asyncio.gather(send(venue, Side.BUY, "0.010"), send(venue, Side.BUY, "0.01"))

    assert [each["leverage"] for each in usdm.posts("leverage")] == ["3"]
    assert [each["marginType"] for each in usdm.posts("marginType")] == ["ISOLATED"]
    paths = [path.rsplit("/", 1)[1] for method, path, _ in usdm.asked if method == "POST"]
    assert paths == ["marginType", "leverage", "order", "order"]


async def test_leverage_that_is_refused_sends_no_order(usdm: UsdM, venue: CcxtVenue) -> None:
    usdm.refuses_leverage = True

    with pytest.raises(VenueRefused, match="set_leverage 3"):
        await send(venue, Side.BUY, "0.01")

    assert usdm.posts("order") == []


async def test_reduce_only_and_post_only_reach_the_exchange(usdm: UsdM, venue: CcxtVenue) -> None:
    await send(venue, Side.SELL, "0.01", "41000", reduce_only=True, post_only=True)

    sent = usdm.posts("order")[0]
    assert (sent["reduceOnly"], sent["timeInForce"], sent["recvWindow"]) == ("true", "GTX", "5000")
    assert sent["newClientOrderId"] == "c4sell41000"


async def test_orders_are_found_and_taken_off(venue: CcxtVenue) -> None:
    resting = await send(venue, Side.BUY, "0.01", "30000")

    assert await venue.fetch_order(BTC, resting.client_order_id or "") == resting
    assert list(await venue.fetch_open_orders(BTC)) == [resting]
    assert (await venue.cancel_order(BTC, resting.venue_order_id)).status is VenueOrderStatus.CANCELED


async def test_fills_have_their_client_ids_and_fees(venue: CcxtVenue) -> None:
    since = venue.market_time() - timedelta(seconds=1)
    report = await send(venue, Side.SELL, "0.01")

    fills = await venue.fetch_fills(BTC, since)

    assert [(fill.client_order_id, fill.side, fill.fee, fill.fee_currency) for fill in fills] == [
        (report.client_order_id, Side.SELL, Decimal("0.02"), "USDT")
    ]


async def test_funding_is_told_by_instrument(usdm: UsdM, venue: CcxtVenue) -> None:
    at = venue.market_time()
    paid = {"symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-0.375", "asset": "USDT", "tranId": "77", "tradeId": ""}
    usdm.income.append(paid | {"time": round(at.timestamp() * 1000), "info": "FUNDING_FEE"})

    flows = await venue.fetch_cash_flows(at - timedelta(hours=1))

    assert [(flow.kind, flow.amount, flow.instrument, flow.id) for flow in flows] == [
        (CashFlowKind.FUNDING, Decimal("-0.375"), BTC, f"funding:{BTC}:77")
    ]


async def test_an_account_whose_socket_is_refused_is_read(venue: CcxtVenue) -> None:
    heard: list[OrderReport | Fill] = []
    told = asyncio.Event()

    async def run() -> None:
        async for message in venue.stream_account():
            heard.append(message)
            told.set()

    hearing = asyncio.create_task(run(), name="hearing")
    report = await send(venue, Side.BUY, "0.01")
    async with asyncio.timeout(8):
        while not any(isinstance(each, OrderReport) and each.status is VenueOrderStatus.FILLED for each in heard):
            told.clear()
            await told.wait()
    hearing.cancel()
    await asyncio.wait({hearing})

    assert isinstance(heard[0], Fill)
    assert heard[0].client_order_id == report.client_order_id
