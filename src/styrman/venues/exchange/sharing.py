"""What the ccxt venues of one process share: budgets, one TLS context, and each exchange's markets."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import certifi

from styrman.ports import Budgets

OUTGOING = "default"  # our address: one, until somebody binds venues to several


class Shared:
    """One per process. Reading an exchange's markets takes up to 300 ms of the loop; taking them from another instance, a few."""

    def __init__(self, budgets: Budgets) -> None:
        self.budgets = budgets
        self._tls: ssl.SSLContext | None = None
        # ccxt's instances, which are untyped: one with its markets loaded, by exchange, market and address.
        self._loaded: dict[tuple[str, ...], Any] = {}
        self._loading: dict[tuple[str, ...], asyncio.Lock] = {}

    def tls(self) -> ssl.SSLContext:
        """Return the one TLS context."""
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=certifi.where())
        return self._tls

    async def load_markets(self, key: tuple[str, ...], instance: Any, load: Callable[[], Awaitable[object]]) -> None:
        """Give a ccxt instance its markets: those of another one under this key, else by `load`, once at a time."""
        async with self._loading.setdefault(key, asyncio.Lock()):
            if key in self._loaded:
                instance.set_markets_from_exchange(self._loaded[key])
                return
            await load()
            self._loaded[key] = _Markets(instance)


class _Markets:
    """A loaded instance's markets, without the instance: it may be closed, and holds keys."""

    def __init__(self, instance: Any) -> None:
        self.id, self.options = instance.id, {}
        for name in _SHARED:
            setattr(self, name, getattr(instance, name))
        helpers = instance.safe_list(instance.options, "marketHelperProps", [])
        self.options = {"marketHelperProps": helpers} | {each: instance.options.get(each) for each in helpers}

    def safe_list(self, table: dict[str, Any], key: str, default: object) -> object:
        """Return a table's entry, as ccxt asks for it."""
        return table.get(key, default)


_SHARED = (
    *("markets", "markets_by_id", "symbols", "ids", "currencies", "currencies_by_id"),
    *("baseCurrencies", "quoteCurrencies", "codes"),
)
