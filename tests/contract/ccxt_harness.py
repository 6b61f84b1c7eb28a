"""ccxt's binance, live, against a local testnet on a market that a test scripts. The protocol is the real one, over real sockets."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from contract.scripted_venue import MINUTE_MS, RULES, ScriptedSource
from styrman.clock import ManualClock
from styrman.market.limiter import Budgets
from styrman.ports import Venue
from styrman.testnet.options import TestnetOptions
from styrman.testnet.server import Testnet
from styrman.venues.ccxt import CcxtVenue
from styrman.venues.exchange.sharing import Shared

NO_TWINS = "Binance refuses a client id while an order with it works: -2010, Duplicate order sent"
NO_FIGURES = "Binance names no figures when the balance is too small"
NO_REDUCE = "Binance's spot has no reduceOnly, and `capabilities.reduce_only` says so"
CANNOT = {
    "test_one_client_id_twice_makes_two_orders_and_finds_the_newest": NO_TWINS,
    "test_a_buy_beyond_the_free_balance_is_rejected": NO_FIGURES,
    "test_reduce_only_never_sells_more_than_is_held": NO_REDUCE,
}


class WiredClock(ManualClock):
    """A manual clock for tasks that talk through sockets: time moves on when what was written has been read."""

    TURNS = 60

    async def settle(self) -> None:
        """Let every ready task run, and what lies in the sockets arrive."""
        for _ in range(3):
            await super().settle()
            await asyncio.sleep(0.001)  # the kernel's turn


class CcxtHarness:
    """An account with 1,000 of base and 100,000 of quote at an exchange that speaks Binance's dialect."""

    instrument = RULES.instrument
    cannot = CANNOT

    def __init__(self, folder: Path, **options: object) -> None:
        self._home, self.clock, self.script = folder, WiredClock(), ScriptedSource()
        self._shared = Shared(Budgets(self.clock))
        self.testnet = Testnet(
            TestnetOptions(
                symbols=(),
                speed=1.0,
                balances={"ABC": Decimal(1000), "USD": Decimal(100_000)},
                fee_in_base=False,
                key="k" * 32,
                secret="s" * 32,
            ),
            clock=self.clock,
            source=self.script,
        )
        self._stack = AsyncExitStack()
        self._options = options
        self.venue: Venue

    def now(self) -> datetime:
        return self.clock.now()

    async def open(self) -> None:
        await self._stack.enter_async_context(self.testnet)
        self._home.mkdir(parents=True)
        keys = self._home / "credentials.toml"
        keys.touch(mode=0o600)
        keys.write_text(f'[main]\nkey = "{self.testnet.key}"\nsecret = "{self.testnet.secret}"\n')
        self.venue = self._make()
        await self.venue.open()

    async def close(self) -> None:
        await self.venue.close()
        await self._stack.aclose()

    async def move(self, price: str, *, volume: float = 1000.0) -> None:
        market_ms = self.testnet.bourse.exchange.timeline.now_ms()
        minute_ms = market_ms - market_ms % MINUTE_MS + MINUTE_MS
        self.script.script(minute_ms, float(price), volume)
        await self.wait((minute_ms + MINUTE_MS - market_ms) / 1000)

    async def wait(self, span_s: float) -> None:
        await self.clock.advance(span_s)

    async def restart(self) -> Venue:
        await self.venue.close()
        self.venue = self._make()
        await self.venue.open()
        return self.venue

    def _make(self) -> CcxtVenue:
        options = {"exchange": "binance", "base_url": self.testnet.url, "credential": "main", "live": True, **self._options}
        return CcxtVenue("bin", options, shared=self._shared, home=self._home, clock=self.clock)  # type: ignore[arg-type] # JSON, as written
