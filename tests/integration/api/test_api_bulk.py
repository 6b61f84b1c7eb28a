"""Many bots at once: applied all or nothing, steered as one operation, halted at a stroke."""

import asyncio

import httpx

from styrman import BotManagerAsync

Spec = dict[str, object]


def several(spec: Spec, count: int = 3) -> list[Spec]:
    return [spec | {"id": f"b{n}", "capital": "10", "labels": {"team": "ab"[n % 2]}} for n in range(count)]


async def finished(http: httpx.AsyncClient, manager: BotManagerAsync, operation: httpx.Response) -> dict[str, object]:
    """Wait until an operation has ended; something of its bots is told whenever one of them arrives."""
    stream = manager.bus.subscribe()
    async with asyncio.timeout(10):
        while (now := (await http.get(f"/api/v1/operations/{operation.json()['id']}")).json())["state"] == "running":
            await anext(stream)
    return dict(now)


async def test_apply_creates_updates_and_leaves_alone(http: httpx.AsyncClient, spec: Spec) -> None:
    first = await http.post("/api/v1/bots/apply", json=several(spec))
    changed = several(spec, 4)
    changed[1]["capital"] = "20"
    second = await http.post("/api/v1/bots/apply", json=changed)

    assert (first.status_code, first.json()) == (200, {"created": ["b0", "b1", "b2"], "updated": [], "unchanged": []})
    assert second.json() == {"created": ["b3"], "updated": ["b1"], "unchanged": ["b0", "b2"]}


async def test_one_bad_entry_applies_nothing_and_is_named_by_its_index(http: httpx.AsyncClient, spec: Spec) -> None:
    bots = several(spec)
    bots[1]["capital"] = "-1"
    answer = await http.post("/api/v1/bots/apply", json=bots)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == [1, "capital"]
    assert (await http.get("/api/v1/bots")).json()["items"] == []


async def test_same_id_twice_in_a_list_is_refused(http: httpx.AsyncClient, spec: Spec) -> None:
    answer = await http.post("/api/v1/bots/apply", json=[spec, spec])

    assert answer.status_code == 422
    assert (await http.get("/api/v1/bots")).json()["items"] == []


async def test_apply_takes_more_than_other_requests(http: httpx.AsyncClient, spec: Spec) -> None:
    padded = spec | {"params": {"note": "x" * 1_500_000}}

    assert (await http.post("/api/v1/bots", json=padded)).status_code == 413
    assert (await http.post("/api/v1/bots/apply", json=[padded])).status_code == 422  # read, and then refused for what it says


async def test_operation_counts_its_bots_as_they_arrive(http: httpx.AsyncClient, manager: BotManagerAsync, spec: Spec) -> None:
    await http.post("/api/v1/bots/apply", json=several(spec, 5))
    answer = await http.post("/api/v1/operations", json={"action": "start", "selector": "team=a", "reason": "morning"})
    operation = await finished(http, manager, answer)

    assert answer.status_code == 202
    assert {"id", "state", "total", "done", "failed"} <= set(answer.json())
    assert (operation["state"], operation["total"], operation["done"], operation["failed"]) == ("succeeded", 3, 3, 0)
    assert (operation["reason"], operation["actor"]) == ("morning", "admin")
    assert (await http.get(f"/api/v1/{answer.headers['location']}")).json()["id"] == operation["id"]


async def test_operation_on_unknown_bots_fails_for_these_alone(http: httpx.AsyncClient, manager: BotManagerAsync, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    answer = await http.post("/api/v1/operations", json={"action": "stop", "ids": ["b1", "ghost"], "options": {"orders": "keep"}})
    operation = await finished(http, manager, answer)

    assert (operation["state"], operation["done"], operation["failed"]) == ("failed", 1, 1)


async def test_operation_wants_exactly_one_choice_and_a_known_action(http: httpx.AsyncClient) -> None:
    wrong = [
        {"action": "start"},
        {"action": "start", "all": True, "ids": ["a"]},
        {"action": "start", "all": False},
        {"action": "explode", "all": True},
        {"action": "start", "ids": []},
        {"action": "stop", "all": True, "options": {"orders": "burn"}},
        {"action": "start", "all": True, "surprise": 1},
    ]

    assert [(await http.post("/api/v1/operations", json=body)).status_code for body in wrong] == [422] * len(wrong)
    assert (await http.get("/api/v1/operations/none")).json()["code"] == "operation_not_found"


async def test_halt_is_a_latch_that_only_unhalt_lifts(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)
    halted = await http.post("/api/v1/halt", json={"reason": "fire"})
    again = await http.post("/api/v1/halt", json={})
    resumed = await http.post("/api/v1/bots/b1/resume")
    lifted = await http.post("/api/v1/unhalt", json={})

    assert (halted.status_code, halted.json()["scope"], halted.json()["halted"]) == (202, "system", True)
    assert (again.status_code, again.json()["reason"]) == (200, "fire")
    assert resumed.json()["trading_state"] == "HALTED"
    assert (lifted.status_code, lifted.json()["halted"]) == (202, False)
    assert (await http.get("/api/v1/bots/b1")).json()["trading_state"] == "ACTIVE"


async def test_halt_has_the_scope_it_names(http: httpx.AsyncClient, spec: Spec) -> None:
    await http.post("/api/v1/bots", json=spec)

    assert (await http.post("/api/v1/halt", json={"bot_id": "b1"})).json()["scope"] == "bot:b1"
    assert (await http.post("/api/v1/halt", json={"account": "sim"})).json()["scope"] == "account:sim"
    assert (await http.post("/api/v1/halt", json={"account": "nowhere"})).status_code == 404
    assert (await http.post("/api/v1/halt", json={"bot_id": "ghost"})).status_code == 404
    assert (await http.post("/api/v1/halt", json={"bot_id": "b1", "account": "sim"})).status_code == 422


async def test_halt_needs_no_body(http: httpx.AsyncClient) -> None:
    assert (await http.post("/api/v1/halt")).status_code == 202
    assert (await http.post("/api/v1/unhalt")).status_code == 202
