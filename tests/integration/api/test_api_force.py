"""Force, intents, venues and external orders over the API: what a person may do, and what bad input gets."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from styrman import BotManagerAsync, Context, Plan

BTC = "BTC/USDT"
WHY = {"reason": "I said so"}


@pytest.fixture
async def bot(http: httpx.AsyncClient, manager: BotManagerAsync) -> str:
    """A bot that runs and holds a tenth of its equity in BTC."""

    async def tenth(_: Context) -> Plan:
        return Plan({BTC: 0.1})

    manager.register("tenth", tenth)
    spec = {"id": "b1", "main": "tenth", "venue": "sim", "instruments": [BTC], "capital": "10000", "cycle": {"every_s": 0.05}}
    await http.post("/api/v1/bots", json=spec)
    await http.post("/api/v1/bots/b1/start", params={"wait": 10})
    async with asyncio.timeout(20):
        while not (await http.get("/api/v1/bots/b1/intents", params={"state": "FILLED"})).json()["items"]:
            await manager.candles("b1", limit=1)
    return "b1"


async def force(http: httpx.AsyncClient, path: str, body: Mapping[str, object], **params: Any) -> httpx.Response:
    return await http.post(f"/api/v1/bots/{path}", json=body, params=params)


async def test_enter_and_exit_are_operations_with_a_reason_in_the_journal(http: httpx.AsyncClient, bot: str) -> None:
    entered = await force(http, f"{bot}/enter", {"instrument": BTC, "value": "500", **WHY}, wait=20)
    exited = await force(http, f"{bot}/exit", {"instrument": BTC, **WHY}, wait=20)
    operations = [(await http.get(f"/api/v1/operations/{each.json()['operation_id']}")).json() for each in (entered, exited)]
    events = (await http.get(f"/api/v1/bots/{bot}/events", params={"kinds": "command"})).json()["items"]

    assert (entered.status_code, exited.status_code) == (202, 202)
    assert [each["state"] for each in operations] == ["succeeded", "succeeded"]
    assert (await http.get(f"/api/v1/bots/{bot}")).json()["positions"] == []
    assert [(each["name"], each["reason"]) for each in events[:2]] == [("exit", "I said so"), ("enter", "I said so")]


async def test_a_keyed_entry_that_is_sent_again_gets_the_first_answer(http: httpx.AsyncClient, bot: str) -> None:
    body, key = {"instrument": BTC, "value": "500", **WHY}, {"Idempotency-Key": "k1"}
    first = await http.post(f"/api/v1/bots/{bot}/enter", json=body, headers=key)
    again = await http.post(f"/api/v1/bots/{bot}/enter", json=body, headers=key)
    entries = [
        each
        for each in (await http.get(f"/api/v1/bots/{bot}/events", params={"kinds": "command"})).json()["items"]
        if each["name"] == "enter"
    ]

    assert first.json() == again.json()
    assert len(entries) == 1
    assert entries[0]["fields"]["request"]


async def test_intents_show_stamp_ids_and_every_move(http: httpx.AsyncClient, bot: str) -> None:
    page = (await http.get(f"/api/v1/bots/{bot}/intents")).json()
    intent = page["items"][-1]
    states = [move["state"] for move in intent["history"]]

    assert intent["state"] == "FILLED"
    assert (states[0], states[1], states[-1]) == ("PREPARED", "SENDING", "FILLED")
    assert all(move["at"].endswith("Z") for move in intent["history"])
    assert intent["stamp"] < intent["not_after"]
    assert intent["client_order_id"] == intent["request"]["client_order_id"]
    assert intent["venue_order_id"]
    assert intent["origin"] == "target"


async def test_intents_are_filtered_and_paged(http: httpx.AsyncClient, bot: str) -> None:
    await force(http, f"{bot}/enter", {"instrument": BTC, "value": "500", **WHY}, wait=20)

    async def asked(**params: Any) -> dict[str, Any]:
        page: dict[str, Any] = (await http.get(f"/api/v1/bots/{bot}/intents", params=params)).json()
        return page

    first = await asked(limit=1)
    second = await asked(limit=1, cursor=first["next_cursor"])
    assert first["items"][0]["intent_id"] != second["items"][0]["intent_id"]
    assert len((await asked(state="FILLED", instrument=BTC))["items"]) == 2
    assert (await asked(instrument="ETH/USDT"))["items"] == []
    assert (await asked(state="UNKNOWN"))["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "status", "named"),
    [
        ("b1/exit", {}, 422, "reason"),
        ("b1/exit", {"reason": " "}, 422, "reason"),
        ("b1/exit", {"instrument": "DOGE/USDT", **WHY}, 422, "instrument"),
        ("b1/exit", {"instrument": "btc", **WHY}, 422, "instrument"),
        ("b1/enter", {"instrument": BTC, "quantity": "1"}, 422, "reason"),
        ("b1/enter", {"instrument": BTC, **WHY}, 422, ""),
        ("b1/enter", {"instrument": BTC, "quantity": "-1", **WHY}, 422, "quantity"),
        ("b1/enter", {"instrument": BTC, "quantity": "NaN", **WHY}, 422, "quantity"),
        ("b1/enter", {"instrument": BTC, "quantity": "Infinity", **WHY}, 422, "quantity"),
        ("b1/enter", {"instrument": BTC, "quantity": "0.0000000001", **WHY}, 422, "quantity"),
        ("b1/enter", {"instrument": BTC, "value": "0.01", **WHY}, 422, "value"),
        ("b1/enter", {"instrument": BTC, "target": 2, **WHY}, 422, "target"),
        ("b1/enter", {"instrument": BTC, "quantity": "1", "side": "up", **WHY}, 422, "side"),
        ("b1/enter", {"instrument": "ETH/USDT", "quantity": "1", **WHY}, 422, "instrument"),
        ("b1/enter", {"instrument": BTC, "quantity": "1", "colour": "red", **WHY}, 422, "colour"),
        ("b1/enter", {"instrument": BTC, "value": "1000000", **WHY}, 409, None),
        ("b1/adopt", {"instrument": BTC, "quantity": "-1", **WHY}, 422, "quantity"),
        ("b1/adopt", {"instrument": BTC, "quantity": "1", "price": "0", **WHY}, 422, "price"),
        ("b1/adopt", {"instrument": BTC, "quantity": "1", **WHY}, 409, None),
        ("b1/hand-back", {"instrument": BTC}, 422, "reason"),
        ("b1/hand-back", {"instrument": BTC, "quantity": "9000", **WHY}, 409, None),
        ("b1/intents/none/decide", WHY, 404, None),
        ("b1/intents/none/decide", {"outcome": "lost", **WHY}, 422, "outcome"),
        ("nobody/exit", WHY, 404, None),
        ("nobody/enter", {"instrument": BTC, "quantity": "1", **WHY}, 404, None),
        ("nobody/adopt", {"instrument": BTC, "quantity": "1", **WHY}, 404, None),
        ("nobody/hand-back", {"instrument": BTC, **WHY}, 404, None),
        ("nobody/intents/none/decide", WHY, 404, None),
    ],
)
async def test_bad_input_gets_a_problem_that_names_the_field(  # noqa: PLR0913, PLR0917 - one row of the table
    http: httpx.AsyncClient, bot: str, path: str, body: dict[str, object], status: int, named: str | None
) -> None:
    del bot
    answer = await force(http, path, body)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    if named is not None:
        assert ".".join(map(str, answer.json()["errors"][0]["loc"])).startswith(named)


async def test_a_stopped_bot_does_not_enter_and_the_answer_says_what_to_do(http: httpx.AsyncClient, bot: str) -> None:
    await http.post(f"/api/v1/bots/{bot}/stop", params={"wait": 10})
    answer = await force(http, f"{bot}/enter", {"instrument": BTC, "value": "500", **WHY})

    assert (answer.status_code, answer.json()["code"]) == (409, "bot_not_trading")
    assert "start it" in answer.json()["detail"]


async def test_a_decision_on_a_known_outcome_is_a_conflict(http: httpx.AsyncClient, bot: str) -> None:
    intent = (await http.get(f"/api/v1/bots/{bot}/intents")).json()["items"][-1]
    answer = await force(http, f"{bot}/intents/{intent['intent_id']}/decide", WHY)

    assert (answer.status_code, answer.json()["code"]) == (409, "intent_not_open")


async def test_a_position_is_handed_back_and_adopted_again(http: httpx.AsyncClient, bot: str) -> None:
    await http.post(f"/api/v1/bots/{bot}/stop", params={"wait": 10})
    held = (await http.get(f"/api/v1/bots/{bot}")).json()["positions"][0]["quantity"]
    handed = await force(http, f"{bot}/hand-back", {"instrument": BTC, **WHY})
    without = (await http.get(f"/api/v1/bots/{bot}")).json()["positions"]
    adopted = await force(http, f"{bot}/adopt", {"instrument": BTC, "quantity": held, **WHY})

    assert (handed.status_code, without) == (202, []), handed.text
    assert adopted.status_code == 202, adopted.text
    assert (await http.get(f"/api/v1/bots/{bot}")).json()["positions"][0]["quantity"] == held


async def test_external_orders_of_an_unknown_account_are_not_found(http: httpx.AsyncClient) -> None:
    listed, missing = await http.get("/api/v1/accounts/sim/orders"), await http.get("/api/v1/accounts/moon/orders")
    claim = await http.post("/api/v1/accounts/sim/orders/v1/claim", json={"bot_id": "b1", **WHY})

    assert listed.json() == {"items": []}
    assert (missing.status_code, missing.json()["code"]) == (404, "account_not_found")
    assert (claim.status_code, claim.json()["code"]) == (404, "bot_not_found")


async def test_venues_are_shown_with_what_they_can_do(http: httpx.AsyncClient) -> None:
    (listed,) = (await http.get("/api/v1/venues")).json()["items"]
    shown, missing = await http.get("/api/v1/venues/sim"), await http.get("/api/v1/venues/moon")
    system = (await http.get("/api/v1/system")).json()

    assert shown.json()["name"] == listed["name"] == "sim"
    assert (listed["mode"], listed["live"], listed["is_open"], listed["adapter"]) == ("simulated", False, True, "simulated")
    assert listed["capabilities"]["client_id_class"] == "A"
    assert sorted(listed["assumptions"]) == ["A1", "A2", "A3", "A4", "A5", "A6"]
    assert (missing.status_code, missing.json()["code"]) == (404, "venue_not_found")
    assert system["modes"] == {"simulated": 0, "paper": 0, "live": 0}
