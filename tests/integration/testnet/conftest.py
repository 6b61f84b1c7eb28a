"""A testnet on loopback, and three ways to talk to it: plain signed HTTP, ccxt.pro, python-binance."""

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from styrman.testnet import Testnet, TestnetOptions
from styrman.testnet.signing import sign

OPTIONS = {"weight_limit": 1_000_000, "order_limit": 100_000, "key": "k" * 64, "secret": "s" * 64}


class Client:
    """Signed HTTP, as plain as it gets."""

    def __init__(self, testnet: Testnet, session: aiohttp.ClientSession) -> None:
        self.testnet, self.session = testnet, session

    async def call(self, method: str, path: str, **parameters: object) -> tuple[int, object]:
        """Send a signed request; return status and JSON."""
        stamped = {"timestamp": round(time.time() * 1000)} | parameters
        query = "&".join(f"{name}={value}" for name, value in stamped.items())
        return await self.send(method, f"/api/v3/{path}?{query}&signature={sign(self.testnet.secret, query)}")

    async def send(self, method: str, target: str) -> tuple[int, object]:
        """Send a request as it is."""
        async with self.session.request(method, self.testnet.url + target, headers={"X-MBX-APIKEY": self.testnet.key}) as response:
            return response.status, await response.json()

    async def control(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        """Ask the testnet about itself."""
        async with self.session.request(method, f"{self.testnet.url}/{path}", json=body) as response:
            return response.status, await response.json()

    async def fault(self, **fields: object) -> None:
        """Inject a fault."""
        status, _ = await self.control("POST", "_faults", fields)
        assert status == 201

    async def hold(self, price: float, symbol: str = "BTCUSDT") -> None:
        """Let the price stand."""
        status, _ = await self.control("POST", "_market", {"symbol": symbol, "price": str(price)})
        assert status == 200

    async def orders(self) -> list[dict[str, object]]:
        """Return the truth about all orders."""
        _, orders = await self.control("GET", "_orders")
        assert isinstance(orders, list)
        return orders

    async def limit(self, price: str = "30000", **more: object) -> tuple[int, object]:
        """Place a limit buy of a hundredth."""
        fields = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": price}
        return await self.call("POST", "order", **(fields | more))

    async def buy(self, quantity: str = "0.01", **more: object) -> tuple[int, object]:
        """Buy at the market."""
        return await self.call("POST", "order", **({"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": quantity} | more))


@pytest.fixture
async def testnet() -> AsyncIterator[Testnet]:
    async with Testnet(TestnetOptions(**OPTIONS)) as testnet:  # type: ignore[arg-type] # as written above
        yield testnet


@pytest.fixture
async def client(testnet: Testnet) -> AsyncIterator[Client]:
    """A client on a market that stands at 40,000."""
    async with aiohttp.ClientSession() as session:
        client = Client(testnet, session)
        await client.hold(40_000)
        yield client
