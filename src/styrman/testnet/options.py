"""What can be set about a testnet. Everything has a default: `Testnet()` trades BTC and ETH on a synthetic market."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

_KEY_LENGTH = 48  # bytes: 64 characters, as Binance's


def make_key() -> str:
    """Return a new key or secret."""
    return secrets.token_urlsafe(_KEY_LENGTH)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestnetOptions:
    """One testnet. The limits are Binance's own; tests that send much raise them."""

    __test__: ClassVar[bool] = False  # not a test, though its name begins like one

    host: str = "127.0.0.1"
    port: int = 0  # 0: any that is free
    symbols: tuple[str, ...] = ("BTC/USDT", "ETH/USDT")  # empty: all that the source has
    source: str = "synthetic"  # or a file or folder of candles or trades
    seed: int = 7  # of the synthetic market
    speed: float = 60.0  # market seconds to a second
    key: str = field(default_factory=make_key)
    secret: str = field(default_factory=make_key, repr=False)
    state: Path | None = None  # the SQLite file that keeps account, orders and trades; None: they go with the testnet
    fault_seed: int = 7  # of the faults that strike by chance
    balances: Mapping[str, Decimal] | None = None  # credited once; None: a million of each quote currency
    fee: Decimal = Decimal("0.001")  # of makers and takers
    fee_in_base: bool = True  # a buy's fee is taken from what it bought, as on Binance
    spread: float = 0.0002  # between best bid and best ask, fraction of the price
    weight_limit: int = 6000  # request weight a minute
    order_limit: int = 100  # orders in ten seconds
