"""What can be set about a ccxt venue, and the one sentence that says what is wrong."""

import subprocess
import sys

import pytest

from styrman.errors import ConfigInvalid
from styrman.venues.exchange.options import known_exchanges, parse_options


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"exchange": "binnance"}, "binance"),
        ({"exchange": "nosuchplace"}, "does not know"),
        ({"exchange": "binance", "market": "margin"}, "'venues.x.market'"),
        ({"exchange": "binance", "live": True}, "without a credential"),
        ({"exchange": "binance", "credentials": "main"}, "credential"),
        ({"exchange": "binance", "base_url": "http://example.com"}, "in the clear"),
        ({"exchange": "binance", "base_url": "localhost:9101"}, "http(s)://"),
        ({"exchange": "binance", "leverage": 5}, "swap"),
        ({"exchange": "binance", "window_s": 90}, "window_s"),
        ({}, "'venues.x.exchange'"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(options: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigInvalid) as invalid:
        parse_options("x", options)  # type: ignore[arg-type] # JSON, as written

    assert said in invalid.value.detail
    assert "\n" not in invalid.value.detail


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9101", "http://localhost:9101/binance", "http://[::1]:9101", "https://proxy.example.com"]
)
def test_http_leads_to_this_machine_alone_and_https_anywhere(url: str) -> None:
    assert parse_options("x", {"exchange": "binance", "base_url": url}).base_url == url


def test_keys_of_another_part_pass_by() -> None:
    assert parse_options("x", {"exchange": "okx", "balances": {"USDT": "1"}}, also=frozenset({"balances"})).exchange == "okx"


def test_exchanges_are_known_without_importing_ccxt() -> None:
    assert {"binance", "bybit", "kraken", "okx"} <= set(known_exchanges())
    code = "import sys; import styrman.runtime, styrman.venues.exchange.options as o; o.known_exchanges(); print('ccxt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
