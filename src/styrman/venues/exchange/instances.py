"""ccxt itself: imported in a thread when the first venue opens, and one instance made to our settings."""

import asyncio
import importlib
import logging
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
from pydantic import JsonValue

from styrman.venues.exchange.credentials import Credential
from styrman.venues.exchange.options import ExchangeOptions

_URL = re.compile(r"(\w+)://([^/]+)(.*)", re.DOTALL)
_SOCKETS = ("ws", "wss")
_QUIET = logging.getLogger("styrman.ccxt")  # ccxt logs headers, with keys in them, at level debug
_QUIET.setLevel(logging.ERROR)
_LONGEST_MS = 30_000  # ccxt's own time-out; each call has a shorter one

# Per exchange: what keeps it from asking for more than we use, from warning, and from writing ids of its own into our orders.
_OPTIONS: Mapping[str, Mapping[str, Mapping[str, JsonValue]]] = {
    "binance": {
        "spot": {"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False},
        "swap": {"fetchMarkets": {"types": ["linear"]}, "fetchMargins": False, "fetchCurrencies": False, "defaultSubType": "linear"},
    },
    "bybit": {
        "spot": {"fetchMarkets": {"types": ["spot"]}},
        "swap": {"fetchMarkets": {"types": ["linear"]}, "defaultSubType": "linear"},
    },
    "okx": {"spot": {"fetchMarkets": {"types": ["spot"]}}, "swap": {"fetchMarkets": {"types": ["swap"]}}},
}
_ALWAYS: Mapping[str, JsonValue] = {
    "warnOnFetchOpenOrdersWithoutSymbol": False,
    "fetchOpenOrders": {"warnWithoutSymbol": False},
    "adjustForTimeDifference": False,  # we measure the offset
    "maxRetriesOnFailure": 0,  # nothing is ever sent again
    "brokerId": "",
    "tag": "",
}


async def load_ccxt() -> Any:
    """Return ccxt.pro. It takes a second the first time, which the loop does not have."""
    return await asyncio.to_thread(importlib.import_module, "ccxt.pro")


def make_instance(ccxt_pro: Any, options: ExchangeOptions, credential: Credential | None, session: aiohttp.ClientSession) -> Any:
    """Return a ccxt.pro instance that speaks through our session, signs with the credential, and asks where we say."""
    keys: dict[str, str] = {}
    if credential is not None:
        keys = {"apiKey": credential.key.get_secret_value(), "secret": credential.secret.get_secret_value()}
        if credential.password is not None:
            keys["password"] = credential.password.get_secret_value()
    own = _OPTIONS.get(options.exchange, {}).get(options.market, {})
    instance = getattr(ccxt_pro, options.exchange)(
        {
            "enableRateLimit": True,  # which is to ask `throttle`, and that is ours
            "session": session,
            "asyncio_loop": asyncio.get_running_loop(),
            "timeout": _LONGEST_MS,
            "options": {**_ALWAYS, "defaultType": options.market, **own},
            **keys,
        }
    )
    instance.logger = _QUIET
    instance.timeout_on_exit = 0
    instance.fetchHistoryCacheSize = 0
    if options.base_url is not None:
        redirect(instance, options.base_url)
    return instance


def redirect(instance: Any, base_url: str) -> None:
    """Let every URL of the API, REST and WebSocket, lead to `base_url`, with its own path behind it."""
    scheme, rest = base_url.rstrip("/").split("://", 1)
    secure = "s" if scheme == "https" else ""

    def turn(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turn(each) for key, each in value.items()}
        if not isinstance(value, str):
            return value
        match = _URL.match(instance.implode_hostname(value) if "{hostname}" in value else value)
        return value if match is None else f"{'ws' if match[1] in _SOCKETS else 'http'}{secure}://{rest}{match[3]}"

    instance.urls["api"] = turn(instance.urls["api"])
