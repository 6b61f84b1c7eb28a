"""What can be set about a paper account, and the sentence that refuses what can't."""

import pytest
from pydantic import JsonValue

from styrman.errors import ConfigInvalid
from styrman.venues.paper import PAPER_OPTIONS
from styrman.venues.papertrading.options import parse_options


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("balances", {"usdt": "1"}),
        ("balances", {"USDT": "-1"}),
        ("fee_in_base", "perhaps"),
        ("latency_ms", -1),
        ("maker_fee", "0.5"),
        ("participation", 0),
        ("stale_s", 0),
        ("leverage", 0),
        ("market", "future"),
    ],
)
def test_a_wrong_value_is_refused_by_name(key: str, wrong: JsonValue) -> None:
    with pytest.raises(ConfigInvalid, match=rf"'venues\.paper\.{key}") as refused:
        parse_options("paper", {key: wrong})

    assert "can't be used" in refused.value.detail


def test_what_is_the_markets_own_is_let_be() -> None:
    options = parse_options("paper", {"exchange": "binance", "live": False, "poll_s": 3, "leverage": None, "market": "swap"})

    assert options.is_margin
    assert options.leverage == 1


def test_the_markets_own_keys_are_not_ours_to_name() -> None:
    assert {"market", "leverage"}.isdisjoint(PAPER_OPTIONS)
    assert {"balances", "fee_in_base", "latency_ms"} <= PAPER_OPTIONS
