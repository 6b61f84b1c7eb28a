"""What the dashboard reads across bots: orders, fills, the journal, operations; and what it asks before it creates a bot."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from styrman import BotManagerAsync
from styrman.domain.orders import IntentState
from unit.store import samples
from unit.store.samples import NOW

JSON = {"accept": "application/json"}
Spec = dict[str, object]


async def get(http: httpx.AsyncClient, path: str, **query: object) -> list[dict[str, object]]:
    """Return all items of a list, page by page."""
    items: list[dict[str, object]] = []
    while True:
        answer = await http.get(f"/api/v1/{path}", params=query, headers=JSON)  # type: ignore[arg-type] # plain values
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        query["cursor"] = answer.json().get("next_cursor")
        if query["cursor"] is None:
            return items


async def finished(http: httpx.AsyncClient, manager: BotManagerAsync, operation_id: str) -> dict[str, object]:
    stream = manager.bus.subscribe()
    async with asyncio.timeout(30):
        while (now := (await http.get(f"/api/v1/operations/{operation_id}")).json())["state"] == "running":
            await anext(stream)
    return dict(now)


@pytest.fixture
async def journal(manager: BotManagerAsync) -> None:
    """Orders and fills of two bots that are no more, and some events."""
    states = [IntentState.FILLED, IntentState.ACKED, IntentState.UNKNOWN, IntentState.CANCELED]
    for number, state in enumerate(states):
        bot_id = f"g{number % 2}"
        await manager.store.commit(samples.intent(number, bot_id=bot_id, state=state), samples.fill(number, bot_id=bot_id))
    await manager.store.commit(*(samples.event(f"Told{hour}", bot_id="g0", at=NOW + timedelta(hours=hour)) for hour in range(5)))


@pytest.mark.usefixtures("journal")
async def test_orders_and_fills_are_listed_across_bots_newest_first_and_filtered(http: httpx.AsyncClient) -> None:
    async def ids(**query: object) -> list[object]:
        return [order["intent_id"] for order in await get(http, "orders", **query)]

    assert await ids(limit=1) == ["i3", "i2", "i1", "i0"]
    assert await ids(state="open") == ["i2", "i1"]
    assert await ids(state=["open", "FILLED"]) == ["i2", "i1", "i0"]
    assert await ids(bots="g0, g9") == ["i2", "i0"]
    assert await ids(bots="g0,g1", state="CANCELED") == ["i3"]
    assert await ids(venue="sim", instrument="BTC/USDT,ETH/USDT") == ["i3", "i2", "i1", "i0"]
    assert await ids(venue="elsewhere") == []
    assert await ids(q="c2") == ["i2"]
    assert [fill["trade_id"] for fill in await get(http, "fills", limit=3)] == ["t3", "t2", "t1", "t0"]
    assert [fill["trade_id"] for fill in await get(http, "fills", bots="g1", instrument="BTC/USDT", venue="sim")] == ["t3", "t1"]


@pytest.mark.usefixtures("journal")
async def test_one_intent_of_a_bot_is_found_by_its_id_with_its_moves(http: httpx.AsyncClient) -> None:
    [intent] = await get(http, "bots/g0/intents", q="i2")
    assert (intent["intent_id"], intent["state"]) == ("i2", "UNKNOWN")
    assert "history" in intent
    assert await get(http, "bots/g0/intents", q="c2", instrument="BTC/USDT", state="UNKNOWN") == [intent]


@pytest.mark.usefixtures("journal")
async def test_the_journal_is_filtered_by_bots_kinds_names_actor_time_and_text(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec, params={"reason": "let us see"})

    async def names(**query: object) -> list[object]:
        return [event["name"] for event in await get(http, "events", **query)]

    assert await names(bots="b1") == ["create"]
    assert await names(bots="g0", kinds="lifecycle", limit=2) == ["Told4", "Told3", "Told2", "Told1", "Told0"]
    assert await names(kinds="command,error") == ["create"]
    assert await names(names="Told1,Told3", order="asc") == ["Told1", "Told3"]
    assert await names(actor="admin") == ["create"]
    assert await names(since="2026-01-02T04:04:05Z", until="2026-01-02T06:30:00Z", bots="g0") == ["Told3", "Told2", "Told1"]
    assert await names(q="LET us") == ["create"]
    assert await names(events="command") == ["create"]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("orders", {"state": "OPEN"}, "state"),
        ("orders", {"limit": "0"}, "limit"),
        ("orders", {"limit": "1001"}, "limit"),
        ("orders", {"cursor": "abc"}, "cursor"),
        ("orders", {"cursor": "-1"}, "cursor"),
        ("orders", {"cursor": "9" * 30}, "cursor"),
        ("orders", {"q": "x" * 201}, "q"),
        ("orders", {"bots": "a\x00b"}, "bots"),
        ("orders", {"bots": ",".join(map(str, range(1001)))}, "bots"),
        ("fills", {"venue": ",".join(map(str, range(1001)))}, "venue"),
        ("fills", {"instrument": "x" * 16_001}, "instrument"),
        ("events", {"kinds": "lifecycle,nonsense"}, "kinds"),
        ("events", {"events": "bot.state,nonsense"}, "kinds"),
        ("events", {"since": "yesterday"}, "since"),
        ("events", {"since": "2026-01-02T03:04:05"}, "since"),
        ("events", {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "since"),
        ("events", {"order": "up"}, "order"),
        ("bots/b1/events", {"kinds": "nonsense"}, "kinds"),
        ("operations", {"limit": "0"}, "limit"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused_by_name(
    http: httpx.AsyncClient, path: str, query: dict[str, str], field: str
) -> None:
    answer = await http.get(f"/api/v1/{path}", params=query, headers=JSON)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert ["query", field] == answer.json()["errors"][0]["loc"][:2]
    assert len(answer.json()["errors"]) == 1


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("query", [{"q": "%"}, {"q": "'; DROP TABLE intents"}, {"q": "é\u202e"}, {"bots": ",,"}, {"cursor": "0"}])
async def test_odd_but_harmless_words_find_nothing_or_all(http: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert len(await get(http, "orders", **query)) in (0, 4)


# ---------------------------------------------------------------- operations


async def test_single_commands_are_followed_by_their_operation_and_listed(
    http: httpx.AsyncClient, manager: BotManagerAsync, spec: Spec
) -> None:
    await http.post("/api/v1/bots", json=spec)
    start = await http.post("/api/v1/bots/b1/start", params={"wait": 10}, json={"reason": "go"})
    again = await http.post("/api/v1/bots/b1/start")
    stop = await http.post("/api/v1/bots/b1/stop")
    outcomes = [await finished(http, manager, answer.json()["operation_id"]) for answer in (start, stop)]
    listed = (await http.get("/api/v1/operations", params={"limit": 5})).json()["items"]

    assert (start.status_code, again.status_code, stop.status_code) == (202, 200, 202)
    assert again.json()["operation_id"] is None
    assert [(each["action"], each["state"], each["reason"]) for each in outcomes] == [
        ("start", "succeeded", "go"),
        ("stop", "succeeded", ""),
    ]
    assert [each["id"] for each in listed] == [outcomes[1]["id"], outcomes[0]["id"]]


async def test_bots_are_halted_and_unhalted_by_an_operation(http: httpx.AsyncClient, manager: BotManagerAsync, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    halt = await http.post("/api/v1/operations", json={"action": "halt", "ids": ["b1"], "reason": "odd"})
    done = await finished(http, manager, halt.json()["id"])
    halts = (await http.get("/api/v1/system")).json()["halts"]
    lifted = await finished(
        http, manager, (await http.post("/api/v1/operations", json={"action": "unhalt", "selector": "venue=sim"})).json()["id"]
    )

    assert (done["state"], lifted["state"]) == ("succeeded", "succeeded")
    assert [(each["scope"], each["actor"], each["reason"]) for each in halts] == [("bot:b1", "admin", "odd")]
    assert (await http.get("/api/v1/system")).json()["halts"] == []


# ---------------------------------------------------------------- the check before a create


async def check(http: httpx.AsyncClient, spec: Spec, **query: str) -> httpx.Response:
    return await http.post("/api/v1/bots/check", json=spec, params=query)


async def test_a_check_says_what_there_would_be_and_creates_nothing(http: httpx.AsyncClient, manager: BotManagerAsync, spec: Spec) -> None:
    before = len(await manager.events())
    answer = await check(http, spec)

    assert answer.status_code == 200
    assert {**answer.json(), "spec": answer.json()["spec"]["id"]} == {"spec": "b1", "mode": "simulated", "currency": "USDT", "warnings": []}
    assert answer.json()["spec"]["timeframe"] == "1m"
    assert (await http.get("/api/v1/bots")).json()["items"] == []
    assert len(await manager.events()) == before


@pytest.mark.parametrize(
    ("change", "loc"),
    [
        ({"capital": "-1"}, ["capital"]),
        ({"strategy": "nonsense"}, ["strategy"]),
        ({"venue": "nowhere"}, ["venue"]),
        ({"instruments": ["BTC/EUR"]}, ["instruments", 0]),
        ({"instruments": []}, ["instruments"]),
        ({"id": "Not An Id"}, ["id"]),
        ({"params": {"nonsense": 1}}, ["params", "nonsense"]),
        ({"capital": "1e30"}, ["capital"]),
        ({"nonsense": 1}, ["nonsense"]),
    ],
)
async def test_a_check_names_the_field_that_a_create_would_refuse(
    http: httpx.AsyncClient, spec: Spec, change: Spec, loc: list[object]
) -> None:
    checked, created = await check(http, spec | change), await http.post("/api/v1/bots", json=spec | change)

    assert checked.status_code == 422
    assert checked.json()["errors"][0]["loc"] == loc
    assert created.status_code in (409, 422)
    assert created.json()["detail"] == checked.json()["detail"]


async def test_a_check_of_an_id_that_is_taken_is_refused_unless_it_is_to_be_replaced(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    taken, replaced = await check(http, spec), await check(http, spec | {"capital": "2000"}, replace="true")
    same, unknown = await check(http, spec, replace="true"), await check(http, spec | {"id": "b2"}, replace="true")

    assert (taken.status_code, taken.json()["errors"][0]["loc"]) == (422, ["id"])
    assert (replaced.status_code, replaced.json()["spec"]["capital"]) == (200, "2000")
    assert same.json()["warnings"] == ["it is what the bot has already: nothing would change"]
    assert (unknown.status_code, unknown.json()["errors"][0]["loc"]) == (422, ["id"])


async def test_a_check_warns_of_what_a_person_should_know(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    await http.post("/api/v1/bots/b1/start", params={"wait": 10})
    await http.post("/api/v1/halt", json={"account": "sim"})
    other = (await check(http, spec | {"id": "b2"})).json()["warnings"]
    edited = (await check(http, spec | {"instruments": ["ETH/USDT"]}, replace="true")).json()["warnings"]

    assert other == [
        "it would send no order: its account is halted; unhalt it first",
        "BTC/USDT is traded on account 'sim' by b1 too: an order that would meet one of theirs is denied",
    ]
    assert edited[1:] == [
        "it is running: it takes the new spec, and its strategy's file as that is now, by a restart at its next safe point",
        "it trades BTC/USDT no more: a position that it holds there stays as it is",
    ]


async def test_venues_without_a_counting_exchange_have_no_budgets(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/v1/venues/sim")).json()["budgets"] == []
