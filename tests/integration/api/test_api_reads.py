"""What happened and how things stand: history, accounts, strategies, health."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from styrman import BotManagerAsync, Context, Plan
from styrman.log import get_logger
from unit.store.samples import cash_entry

Spec = dict[str, object]


async def wait_for(manager: BotManagerAsync, http: httpx.AsyncClient, path: str) -> list[dict[str, object]]:
    """Return the items at a path once there are any."""
    stream = manager.bus.subscribe()
    async with asyncio.timeout(10):
        while not (items := (await http.get(path)).json()["items"]):
            await anext(stream)
    return list(items)


@pytest.fixture
async def trading(http: httpx.AsyncClient, manager: BotManagerAsync, spec: Spec) -> None:
    """A bot that buys at once."""

    async def buy(ctx: Context) -> Plan:
        get_logger().info("deciding to buy", bot_id=ctx.bot_id)
        return Plan(dict.fromkeys(ctx.instruments, 0.5))

    manager.register("buy", buy)
    answer = await http.post("/api/v1/bots", json={key: value for key, value in spec.items() if key != "strategy"} | {"main": "buy"})
    assert answer.status_code == 201, answer.text
    await http.post("/api/v1/bots/b1/start", params={"wait": 5})


@pytest.mark.usefixtures("trading")
async def test_trades_show_as_orders_fills_and_positions(http: httpx.AsyncClient, manager: BotManagerAsync) -> None:
    (fill, *_) = await wait_for(manager, http, "/api/v1/bots/b1/fills")
    (order, *_) = (await http.get("/api/v1/bots/b1/orders")).json()["items"]
    bot = (await http.get("/api/v1/bots/b1")).json()

    assert (order["instrument"], order["side"], order["type"], order["bot_id"]) == ("BTC/USDT", "buy", "market", "b1")
    assert (fill["client_order_id"], fill["intent_id"]) == (order["client_order_id"], order["intent_id"])
    assert all(isinstance(order[name], str) for name in ("quantity", "filled", "remaining"))
    assert all(isinstance(fill[name], str) for name in ("price", "quantity", "fee"))
    assert all(isinstance(bot["positions"][0][name], str) for name in ("quantity", "average_price", "unrealized_pnl"))
    assert datetime.fromisoformat(str(fill["at"])).tzinfo is not None
    assert str(fill["at"]).endswith("Z")


@pytest.mark.usefixtures("trading")
async def test_orders_can_be_asked_for_by_state(http: httpx.AsyncClient, manager: BotManagerAsync) -> None:
    await wait_for(manager, http, "/api/v1/bots/b1/orders?state=FILLED")

    assert (await http.get("/api/v1/bots/b1/orders", params={"state": "REJECTED"})).json()["items"] == []
    assert (await http.get("/api/v1/bots/b1/orders", params={"state": "LOST"})).status_code == 422


async def test_cash_flows_of_an_account_are_paged_newest_first(http: httpx.AsyncClient, manager: BotManagerAsync) -> None:
    await manager.store.commit(*(cash_entry(number) for number in (1, 2)), cash_entry(3, account="other"))
    first = (await http.get("/api/v1/accounts/sim/cash-flows", params={"limit": 1})).json()
    rest = (await http.get("/api/v1/accounts/sim/cash-flows", params={"cursor": first["next_cursor"]})).json()
    (newest,), (oldest,) = first["items"], rest["items"]

    assert (newest["id"], oldest["id"], rest["next_cursor"]) == (cash_entry(2).flow.id, cash_entry(1).flow.id, None)
    assert (newest["account"], newest["amount"]) == ("sim", str(cash_entry(2).flow.amount))
    assert newest["shares"] == {bot_id: str(part) for bot_id, part in cash_entry(2).shares.items()}
    assert (await http.get("/api/v1/accounts/nowhere/cash-flows")).status_code == 404


async def test_history_pages_by_cursor_without_gap_or_repeat(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    for _ in range(3):
        await http.post("/api/v1/bots/b1/pause")
        await http.post("/api/v1/bots/b1/resume")
    seen, cursor = [], ""
    while True:
        page = (await http.get("/api/v1/bots/b1/events", params=f"limit=2{cursor and f'&cursor={cursor}'}")).json()
        seen += [event["seq"] for event in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break

    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) >= 7
    assert (await http.get("/api/v1/bots/b1/events", params={"cursor": 2**63})).status_code == 422


async def test_events_tell_who_and_why_and_filter_by_kind(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec, params={"reason": "trial"})
    (event,) = (await http.get("/api/v1/bots/b1/events", params={"kinds": "command"})).json()["items"]

    assert (event["actor"], event["reason"], event["kind"]) == ("admin", "trial", "command")
    assert (await http.get("/api/v1/bots/b1/events", params={"kinds": "fill, order"})).json()["items"] == []


async def test_journal_is_one_page_for_those_who_take_json(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    page = (await http.get("/api/v1/events", headers={"Accept": "application/json"})).json()

    assert "b1" in [event["bot_id"] for event in page["items"]]


async def test_candles_are_columns_of_decimal_strings(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    answer = (await http.get("/api/v1/bots/b1/candles", params={"limit": 3})).json()
    first, second, _ = answer["items"]

    assert (answer["instrument"], answer["timeframe"]) == ("BTC/USDT", "1m")
    assert float(first["low"]) <= float(first["open"]) <= float(first["high"])
    assert (datetime.fromisoformat(second["time"]) - datetime.fromisoformat(first["time"])).total_seconds() == 60
    assert (await http.get("/api/v1/bots/b1/candles", params={"instrument": "NO/SUCH"})).status_code == 422
    for wrong in ("7parsecs", "7s", "90000000w", "1s"):
        assert (await http.get("/api/v1/bots/b1/candles", params={"timeframe": wrong})).status_code == 422, wrong


@pytest.mark.usefixtures("trading")
async def test_log_lines_of_a_bot(http: httpx.AsyncClient, manager: BotManagerAsync) -> None:
    (line, *_) = await wait_for(manager, http, "/api/v1/bots/b1/logs?level=info&q=deciding")
    number = line["number"]

    assert (line["level"], line["message"], line["bot_id"]) == ("info", "deciding to buy", "b1")
    assert (await http.get("/api/v1/bots/b1/logs", params={"after": 10**9})).json() == {"boot": manager.boot, "items": []}
    later = (await http.get("/api/v1/bots/b1/logs", params={"after": str(number)})).json()["items"]
    assert number not in [line["number"] for line in later]
    assert (await http.get("/api/v1/bots/b1/logs", params={"level": "loud"})).json()["errors"][0]["allowed"]


async def test_equity_is_asked_for_by_an_aware_time(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)

    assert (await http.get("/api/v1/bots/b1/equity", params={"since": "2026-01-01T00:00:00Z"})).json() == {"items": []}
    assert (await http.get("/api/v1/bots/b1/equity", params={"since": "2026-01-01T00:00:00"})).status_code == 422


@pytest.mark.parametrize("history", ["", "/events", "/orders", "/fills", "/equity", "/candles", "/logs"])
async def test_unknown_bot_is_404_everywhere(http: httpx.AsyncClient, history: str) -> None:
    answer = await http.get(f"/api/v1/bots/ghost{history}")

    assert (answer.status_code, answer.json()["code"]) == (404, "bot_not_found")


async def test_accounts_strategies_and_system(http: httpx.AsyncClient) -> None:
    (account,) = (await http.get("/api/v1/accounts")).json()["items"]
    strategies = {each["name"]: each for each in (await http.get("/api/v1/strategies")).json()["items"]}
    system = (await http.get("/api/v1/system")).json()

    assert (account["account"], account["mode"], account["balances"]["USDT"]) == ("sim", "simulated", "1000000")
    assert {"ema_cross", "rsi_reversion", "donchian_breakout", "grid", "dca", "idle"} <= set(strategies)
    assert "fast" in strategies["ema_cross"]["parameters"]["properties"]
    assert (await http.get("/api/v1/strategies/ema_cross")).json() == strategies["ema_cross"]
    assert (await http.get("/api/v1/strategies/nonesuch")).json()["code"] == "strategy_not_found"
    assert {"loop_lag_ms", "lateness_p50_ms", "lateness_p99_ms", "journal_depth", "versions"} <= set(system)
    assert (await http.post("/api/v1/accounts/sim/accept-drift")).json()["drift"] == {}
    assert (await http.post("/api/v1/accounts/none/accept-drift")).status_code == 404


async def test_probes_and_metrics(app: FastAPI, http: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as stranger:
        assert (await stranger.get("/livez")).status_code == 200
        assert (await stranger.get("/readyz")).json() == {"ready": True, "reasons": []}
        assert (await stranger.get("/metrics")).status_code == 401
    metrics = await http.get("/metrics")

    assert metrics.headers["content-type"].startswith("text/plain")
    assert "styrman" in metrics.text


async def test_closing_service_reads_on_but_takes_no_writes(http: httpx.AsyncClient, manager: BotManagerAsync, spec: Spec) -> None:
    await manager.close()
    write = await http.post("/api/v1/bots", json=spec)
    keyed = await http.post("/api/v1/halt", headers={"Idempotency-Key": "k"})
    ready = await http.get("/readyz")

    assert (write.status_code, write.json()["code"]) == (503, "shutting_down")
    assert write.headers["retry-after"]
    assert (keyed.status_code, keyed.json()["code"]) == (503, "shutting_down")
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert ready.json()["reasons"]
    assert (await http.get("/livez")).status_code == 200


async def test_what_nobody_foresaw_is_answered_without_its_details(app: FastAPI, token: str) -> None:
    async def broken(_: Request) -> Response:
        raise KeyError("hunter2")

    app.add_route("/broken", broken)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)  # the server would log it
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers={"Authorization": f"Bearer {token}"}) as http:
        answer = await http.get("/broken")

    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "hunter2" not in answer.text


async def test_unknown_path_and_method_are_problems(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    nowhere = await http.get("/api/v1/nowhere")
    method = await http.post("/api/v1/bots/b1", json={})
    slash = await http.get("/api/v1/bots/")

    assert (nowhere.status_code, nowhere.headers["content-type"], nowhere.json()["code"]) == (404, "application/problem+json", "not_found")
    assert (method.status_code, method.headers["allow"]) == (405, "DELETE, GET, PATCH, PUT")
    assert slash.status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"[" * 100_000, b'{"id": "\\ud800"}', b'{"id": NaN}', b"null", b'"text"', b"[]", b"", b"1e999"],
)
async def test_malformed_body_is_a_422(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/api/v1/bots", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text


async def test_body_beyond_the_limit_is_413_however_it_is_sent(http: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 65_536

    told = await http.post("/api/v1/bots", content=b" " * 1_048_577, headers={"Content-Type": "application/json"})
    untold = await http.post("/api/v1/bots", content=endless(), headers={"Content-Type": "application/json"})

    assert [(answer.status_code, answer.headers["content-type"]) for answer in (told, untold)] == [(413, "application/problem+json")] * 2


@pytest.mark.parametrize(
    "path", ["/api/v1/bots/a%00b/events", "/api/v1/operations/%00", "/api/v1/bots%0A", "/metrics%0A", "/api/v1/bots/b1%0A"]
)
async def test_a_path_that_can_not_be_written_leads_nowhere(http: httpx.AsyncClient, path: str) -> None:
    """PostgreSQL takes no NUL: it would be called a store that can't be read."""
    answer = await http.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
