"""Deposits and withdrawals at the testnet, as ccxt reads them: told once each, with their sign, and still there after a restart."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import aiohttp

from integration.exchange.conftest import Rig
from styrman.domain.cash import CashFlowKind
from styrman.testnet import Testnet, TestnetOptions
from styrman.venues.ccxt import CcxtVenue


async def transfer(url: str, asset: str, amount: str) -> int:
    async with aiohttp.ClientSession() as session, session.post(f"{url}/_transfer", json={"asset": asset, "amount": amount}) as answer:
        return answer.status


async def test_what_came_and_left_is_told_and_is_in_the_balances(rig: Rig, venue: CcxtVenue) -> None:
    since = venue.market_time() - timedelta(seconds=2)
    nothing = await venue.fetch_cash_flows(since)
    made = [await transfer(rig.testnet.url, "USDT", "500.5"), await transfer(rig.testnet.url, "USDT", "-0.25")]
    flows = await venue.fetch_cash_flows(since)
    money = await venue.fetch_balances()

    assert (list(nothing), made) == ([], [201, 201])
    assert sorted((flow.kind, flow.currency, flow.amount) for flow in flows) == [
        (CashFlowKind.DEPOSIT, "USDT", Decimal("500.5")),
        (CashFlowKind.WITHDRAWAL, "USDT", Decimal("-0.25")),
    ]
    assert len({flow.id for flow in flows}) == 2
    assert money["USDT"] == Decimal("1000500.25")


async def test_no_more_leaves_than_is_free_and_nonsense_moves_nothing(rig: Rig, venue: CcxtVenue) -> None:
    asked = [("USDT", "-1000000.01"), ("BTC", "-1"), ("usdt", "1"), ("USDT", "0"), ("USDT", "NaN"), ("USDT", "1e-9")]
    statuses = [await transfer(rig.testnet.url, asset, amount) for asset, amount in asked]

    assert statuses == [409, 409, 422, 422, 422, 422]
    assert (await venue.fetch_balances())["USDT"] == 1_000_000


async def test_transfers_survive_the_testnets_restart(tmp_path: Path) -> None:
    options = TestnetOptions(state=tmp_path / "state", balances={"USDT": Decimal(100)})
    for number in (1, 2):
        async with Testnet(options) as testnet:
            assert await transfer(testnet.url, "USDT", "5") == 201
            assert [each.number for each in testnet.bourse.transfers] == list(range(1, number + 1))
            assert testnet.bourse.exchange.account.totals["USDT"] == 100 + 5 * number
