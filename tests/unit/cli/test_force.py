"""What a person's commands against a strategy send, and what they refuse to send; intents, venues and external orders as they are shown."""

import json

import pytest

from unit.cli.scripted import Cli, Said, ScriptedService

ANSWER = {"id": "a", "generation": 2, "desired": "RUNNING", "observed": "RUNNING", "trading_state": "ACTIVE", "operation_id": "o1"}
FAILED = {"id": "o1", "action": "enter", "state": "failed", "total": 1, "done": 0, "failed": 1, "errors": {"a": "no more than 3 BTC"}}
INTENT = {
    "intent_id": "i1",
    "state": "UNKNOWN",
    "request": {"instrument": "BTC/USDT", "side": "buy", "type": "limit", "quantity": "1", "price": "90"},
    "filled": "0",
    "origin": "plan",
    "venue_order_id": None,
    "reason": "TimeoutError",
    "history": [{"state": "PREPARED", "at": "2026-01-01T00:00:00Z", "reason": ""}],
}


@pytest.mark.parametrize(
    ("line", "path", "body"),
    [
        (("exit", "a", "-y"), "exit", {}),
        (("exit", "a", "-i", "BTC/USDT", "-y"), "exit", {"instrument": "BTC/USDT"}),
        (("enter", "a", "-i", "BTC/USDT", "--quantity", "0.10", "-y"), "enter", {"instrument": "BTC/USDT", "quantity": "0.10"}),
        (
            ("enter", "a", "-i", "BTC/USDT", "--side", "sell", "--value", "5", "-y"),
            "enter",
            {"instrument": "BTC/USDT", "side": "sell", "value": "5"},
        ),
        (("enter", "a", "-i", "BTC/USDT", "--target", "0", "-y"), "enter", {"instrument": "BTC/USDT", "target": 0.0}),
        (("adopt", "a", "-i", "BTC/USDT", "--quantity", "1"), "adopt", {"instrument": "BTC/USDT", "quantity": "1"}),
        (("hand-back", "a", "-i", "BTC/USDT", "--price", "9"), "hand-back", {"instrument": "BTC/USDT", "price": "9"}),
        (("decide", "a", "i1", "--outcome", "not_placed", "-y"), "intents/i1/decide", {"outcome": "not_placed"}),
    ],
)
def test_a_command_sends_what_was_written_and_why(
    cli: Cli, service: ScriptedService, line: tuple[str, ...], path: str, body: dict[str, object]
) -> None:
    service.on("POST", f"/bots/a/{path}", Said(ANSWER if "decide" not in line else INTENT))
    ended = cli("bot", *line, "--reason", "I said so")

    assert ended.exit_code == 0, ended.stderr
    assert service.asked[-1].body == body | {"reason": "I said so"}
    assert service.asked[-1].headers["Idempotency-Key"]


@pytest.mark.parametrize(
    "line",
    [
        ("exit", "a", "-y"),
        ("enter", "a", "-i", "BTC/USDT", "--quantity", "1", "-y"),
        ("adopt", "a", "-i", "BTC/USDT", "--quantity", "1"),
        ("hand-back", "a", "-i", "BTC/USDT"),
        ("decide", "a", "i1", "-y"),
        ("enter", "a", "-i", "BTC/USDT", "-y", "--reason", "x"),
        ("enter", "a", "-i", "BTC/USDT", "--quantity", "1", "--value", "1", "-y", "--reason", "x"),
        ("enter", "a", "-i", "BTC/USDT", "--quantity", "1", "--reason", "x"),  # nobody can be asked
        ("exit", "a", "--reason", "x"),
    ],
)
def test_without_a_reason_a_size_or_a_yes_nothing_is_sent(cli: Cli, service: ScriptedService, line: tuple[str, ...]) -> None:
    ended = cli("bot", *line)

    assert ended.exit_code == 2
    assert service.asked == []


def test_an_awaited_entry_fails_with_what_refused_it(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/bots/a/enter", Said(ANSWER))
    service.on("GET", "/operations/o1", Said(FAILED))
    ended = cli("bot", "enter", "a", "-i", "BTC/USDT", "--quantity", "9", "-y", "--reason", "x", "--wait")

    assert ended.exit_code == 1
    assert "no more than 3 BTC" in ended.stderr


def test_intents_are_a_table_for_people_and_whole_for_machines(cli: Cli, service: ScriptedService) -> None:
    service.on("GET", "/bots/a/intents", Said({"items": [INTENT], "next_cursor": None}))
    header, first = cli("bot", "intents", "a", "--state", "unknown").stdout.splitlines()
    whole = json.loads(cli("bot", "intents", "a", "-o", "json").stdout)

    assert header.split()[:2] == ["INTENT", "STATE"]
    assert first.split()[:6] == ["i1", "UNKNOWN", "BTC/USDT", "buy", "limit", "1"]
    assert service.asked[0].query["state"] == "UNKNOWN"
    assert whole == [INTENT]


def test_live_money_is_said_loudly(cli: Cli, service: ScriptedService) -> None:
    service.on("GET", "/venues", Said({"items": [{"name": "binance", "mode": "live", "adapter": "ccxt", "is_open": True}]}))
    service.on("GET", "/venues/binance", Said({"name": "binance", "capabilities": {"client_id_class": "A"}, "assumptions": {"A1": "one"}}))
    listed, shown = cli("venue", "list").stdout, cli("venue", "show", "binance").stdout

    assert "LIVE" in listed
    assert "capabilities.client_id_class  A" in shown
    assert "assumptions.A1" in shown


def test_an_external_order_is_claimed_with_a_reason(cli: Cli, service: ScriptedService) -> None:
    service.on("GET", "/accounts/sim/orders", Said({"items": [{"venue_order_id": "7", "claimable_by": ["a"]}]}))
    service.on("POST", "/accounts/sim/orders/7/claim", Said(INTENT))
    listed = cli("account", "orders", "sim")
    claimed = cli("account", "claim", "sim", "7", "--bot", "a", "--key", "low", "--reason", "mine")

    assert listed.stdout.splitlines()[1].split() == ["7", "-", "-", "-", "-", "-", "-", "-", "-", "a"]
    assert claimed.exit_code == 0
    assert service.asked[-1].body == {"bot_id": "a", "key": "low", "reason": "mine"}


def test_a_drift_is_accepted_by_who_agrees(cli: Cli, service: ScriptedService) -> None:
    service.on("POST", "/accounts/sim/accept-drift", Said({"account": "sim", "mode": "live"}))

    assert cli("account", "accept-drift", "sim").exit_code == 2
    assert cli("account", "accept-drift", "sim", "-y", "--reason", "a deposit").exit_code == 0
    assert service.asked[-1].body == {"reason": "a deposit"}
