"""A live ccxt venue at a local testnet whose market stands at 40,000. Real sockets, the machine's own clock."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import cast

import aiohttp
import pytest

from styrman.clock import SystemClock
from styrman.domain.market import Side
from styrman.domain.orders import OrderReport, OrderRequest, OrderType
from styrman.market.limiter import Budgets
from styrman.ports import Gate
from styrman.testnet import Testnet, TestnetOptions
from styrman.venues.ccxt import CcxtVenue
from styrman.venues.exchange.sharing import Shared

KEY, SECRET = "k" * 64, "s" * 64
BTC = "BTC/USDT"


def open_gate() -> None:
    """Let everything out."""


class Rig:
    """The venue, the testnet it trades at, and what the testnet knows to be true."""

    def __init__(self, testnet: Testnet, home: Path, session: aiohttp.ClientSession) -> None:
        self.testnet, self.home, self._session = testnet, home, session
        self.clock = SystemClock()
        self.shared = Shared(Budgets(self.clock))
        self._count = 0

    def make(self, name: str = "bin", **options: object) -> CcxtVenue:
        """Return a venue that is not open yet."""
        settings = {"exchange": "binance", "base_url": self.testnet.url, "credential": "main", "live": True, "poll_s": 0.05} | options
        return CcxtVenue(name, settings, shared=self.shared, home=self.home, clock=self.clock)  # type: ignore[arg-type] # JSON, as written

    def request(self, **fields: object) -> OrderRequest:
        """Return a limit buy of a hundredth, far below the market."""
        self._count += 1
        asked: dict[str, object] = {
            "client_order_id": f"rig{self._count}",
            "instrument": BTC,
            "side": Side.BUY,
            "type": OrderType.LIMIT,
            "quantity": Decimal("0.01"),
            "price": Decimal(30_000),
        }
        return OrderRequest(**(asked | fields))  # type: ignore[arg-type] # the tests' shorthand

    async def send(self, venue: CcxtVenue, request: OrderRequest, *, gate: Gate = open_gate, late_s: float = 0.0) -> OrderReport:
        """Place it, stamped now or so much earlier."""
        stamp = self.clock.now() - timedelta(seconds=late_s)
        return await venue.create_order(request, stamp=stamp, not_after=stamp + timedelta(seconds=5), gate=gate)

    async def buy(self, venue: CcxtVenue) -> OrderReport:
        """Buy a hundredth at the market."""
        return await self.send(venue, self.request(type=OrderType.MARKET, price=None))

    async def fault(self, kind: str, **fields: object) -> None:
        """Let something go wrong."""
        async with self._session.post(f"{self.testnet.url}/_faults", json={"kind": kind, **fields}) as answer:
            assert answer.status == 201, await answer.text()

    async def hold(self, price: float) -> None:
        """Let the price stand there."""
        async with self._session.post(f"{self.testnet.url}/_market", json={"symbol": "BTCUSDT", "price": str(price)}) as answer:
            assert answer.status == 200

    async def orders(self) -> list[dict[str, object]]:
        """Return every order there ever was."""
        async with self._session.get(f"{self.testnet.url}/_orders") as answer:
            return cast("list[dict[str, object]]", await answer.json())

    async def posts(self) -> list[dict[str, object]]:
        """Return every request to place an order that reached the testnet."""
        async with self._session.get(f"{self.testnet.url}/_log") as answer:
            rows = cast("list[dict[str, object]]", await answer.json())
        return [row for row in rows if row["method"] == "POST" and "rder" in str(row["path"])]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    keys = tmp_path / "credentials.toml"
    keys.touch(mode=0o600)
    keys.write_text(f'[main]\nkey = "{KEY}"\nsecret = "{SECRET}"\n')
    options = TestnetOptions(weight_limit=1_000_000, order_limit=100_000, key=KEY, secret=SECRET, balances={"USDT": Decimal(1_000_000)})
    async with Testnet(options) as testnet, aiohttp.ClientSession() as session:
        rig = Rig(testnet, tmp_path, session)
        await rig.hold(40_000)
        yield rig


@pytest.fixture
async def opened(rig: Rig) -> AsyncIterator[Callable[..., object]]:
    """Open venues that are closed at the end."""
    venues: list[CcxtVenue] = []

    async def open_one(**options: object) -> CcxtVenue:
        venue = rig.make(**options)  # type: ignore[arg-type] # options of the venue
        await venue.open()
        venues.append(venue)
        return venue

    yield open_one
    for venue in venues:
        await venue.close()


@pytest.fixture
async def venue(rig: Rig) -> AsyncIterator[CcxtVenue]:
    venue = rig.make()
    await venue.open()
    yield venue
    await venue.close()
