"""One bot over the API, from its creation to its end."""

import asyncio
from collections.abc import Mapping

import httpx
import pytest

from styrman import BotManagerAsync

Spec = dict[str, object]


async def created(http: httpx.AsyncClient, spec: Mapping[str, object]) -> httpx.Response:
    answer = await http.post("/api/v1/bots", json=spec)
    assert answer.status_code == 201, answer.text
    return answer


async def command(http: httpx.AsyncClient, bot_id: str, action: str, *, wait: float | None = 5, **body: object) -> httpx.Response:
    return await http.post(f"/api/v1/bots/{bot_id}/{action}", json=body, params={} if wait is None else {"wait": wait})


async def test_created_bot_is_stopped_and_reads_as_promised(http: httpx.AsyncClient, spec: Spec) -> None:
    answer = await created(http, spec)
    bot = answer.json()
    read = await http.get(answer.headers["location"])

    promised = """id strategy params venue mode instruments timeframe capital labels desired observed generation observed_generation
        trading_state run_id uptime_s cycle_count last_cycle_at last_error restarts next_retry_at equity realized_pnl unrealized_pnl
        positions working_orders"""
    assert set(promised.split()) <= set(bot)
    assert (bot["mode"], bot["desired"], bot["observed"], bot["capital"], bot["equity"]) == (
        "simulated",
        "STOPPED",
        "STOPPED",
        "1000",
        "1000",
    )
    assert read.json() == bot
    assert answer.headers["etag"] == read.headers["etag"] == '"1"'


async def test_start_and_stop_answer_with_the_row_of_their_own_commit(http: httpx.AsyncClient, spec: Spec) -> None:
    await created(http, spec)
    started = await command(http, "b1", "start")
    again = await command(http, "b1", "start")
    stopped = await command(http, "b1", "stop", reason="enough", orders="keep", timeout_s=5)

    assert (started.status_code, started.headers["etag"]) == (202, '"2"')
    assert {key: started.json()[key] for key in ("id", "generation", "desired", "observed", "observed_generation", "trading_state")} == {
        "id": "b1",
        "generation": 2,
        "desired": "RUNNING",
        "observed": "RUNNING",
        "observed_generation": 2,
        "trading_state": "ACTIVE",
    }
    assert (again.status_code, again.json()["generation"]) == (200, 2)
    assert (stopped.status_code, stopped.json()["observed"]) == (202, "STOPPED")


async def test_running_bot_counts_its_cycles(http: httpx.AsyncClient, manager: BotManagerAsync, spec: Spec) -> None:
    await created(http, spec)
    await command(http, "b1", "start")
    stream = manager.bus.subscribe()
    async with asyncio.timeout(5):
        while (await http.get("/api/v1/bots/b1")).json()["cycle_count"] < 2:
            await anext(stream)
    bot = (await http.get("/api/v1/bots/b1")).json()

    assert bot["last_cycle_at"].endswith("Z")
    assert bot["uptime_s"] > 0


@pytest.mark.parametrize("action", ["start", "stop", "restart", "pause", "resume", "reset", "flatten"])
async def test_command_needs_no_body(http: httpx.AsyncClient, spec: Spec, action: str) -> None:
    await created(http, spec)
    answer = await http.post(f"/api/v1/bots/b1/{action}")

    assert answer.status_code in (200, 202), answer.text


async def test_pause_and_resume_change_what_it_may_send(http: httpx.AsyncClient, spec: Spec) -> None:
    await created(http, spec)

    assert (await command(http, "b1", "pause")).json()["trading_state"] == "REDUCING"
    assert (await command(http, "b1", "pause")).status_code == 200
    assert (await command(http, "b1", "resume")).json()["trading_state"] == "ACTIVE"


async def test_flatten_names_its_operation(http: httpx.AsyncClient, spec: Spec) -> None:
    await created(http, spec)
    operation_id = (await command(http, "b1", "flatten", wait=None)).json()["operation_id"]

    assert (await http.get(f"/api/v1/operations/{operation_id}")).json()["action"] == "flatten"


@pytest.mark.parametrize("tag", ['"1"', "1", "*"])
async def test_matching_tag_lets_the_command_through(http: httpx.AsyncClient, spec: Spec, tag: str) -> None:
    await created(http, spec)

    assert (await http.post("/api/v1/bots/b1/start", headers={"If-Match": tag})).status_code == 202


async def test_stale_tag_is_412_and_changes_nothing(http: httpx.AsyncClient, spec: Spec) -> None:
    await created(http, spec)
    requests = [("POST", "/start", {}), ("PUT", "", spec | {"capital": "7"}), ("PATCH", "", {"capital": "7"}), ("DELETE", "", None)]
    tags = ['"2"', 'W/"1"', '"x"', '"1', '"' + "9" * 40 + '"']
    answers = [
        await http.request(method, f"/api/v1/bots/b1{path}", json=body, headers={"If-Match": tag})
        for method, path, body in requests
        for tag in tags
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(412, "stale_generation")}
    assert (await http.get("/api/v1/bots/b1")).json()["generation"] == 1


async def test_several_tags_are_one_too_many(http: httpx.AsyncClient, spec: Spec) -> None:
    await created(http, spec)

    assert (await http.post("/api/v1/bots/b1/start", headers={"If-Match": '"1", "2"'})).status_code == 422


async def test_put_replaces_and_patch_merges(http: httpx.AsyncClient, spec: Spec) -> None:
    await created(http, spec | {"labels": {"team": "a"}})
    merged = await http.request("PATCH", "/api/v1/bots/b1", json={"capital": "2000"}, headers={"If-Match": '"1"'})
    replaced = await http.put("/api/v1/bots/b1", json=spec | {"capital": "3000"}, params={"reason": "again"})

    assert (merged.status_code, merged.json()["capital"], merged.json()["labels"]) == (200, "2000", {"team": "a"})
    assert (replaced.json()["capital"], replaced.json()["labels"], replaced.json()["reason"]) == ("3000", {}, "again")
    assert (merged.headers["etag"], replaced.headers["etag"]) == ('"2"', '"3"')


async def test_deleted_bot_is_gone_and_its_history_stays(http: httpx.AsyncClient, spec: Spec) -> None:
    await created(http, spec)
    deleted = await http.delete("/api/v1/bots/b1", params={"reason": "done"})
    history = (await http.get("/api/v1/bots/b1/events")).json()["items"]

    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await http.get("/api/v1/bots/b1")).json()["code"] == "bot_not_found"
    assert (history[0]["actor"], history[0]["reason"]) == ("admin", "done")
    assert (await http.get("/api/v1/bots/never-was/events")).status_code == 404


async def test_second_bot_of_the_same_id_is_409(http: httpx.AsyncClient, spec: Spec) -> None:
    await created(http, spec)
    answer = await http.post("/api/v1/bots", json=spec)

    assert (answer.status_code, answer.json()["code"]) == (409, "bot_exists")


async def test_wrong_spec_names_the_field_and_stores_nothing(http: httpx.AsyncClient, spec: Spec) -> None:
    faults: list[tuple[Spec, list[object]]] = [
        ({"strategy": "nonesuch"}, ["strategy"]),
        ({"instruments": ["NO/SUCH"]}, ["instruments", 0]),
        ({"capital": "-1"}, ["capital"]),
        ({"strategy": "ema_cross", "params": {"fast": "x"}}, ["params", "fast"]),
        ({"colour": "red"}, ["colour"]),
        ({"venue": "nowhere"}, ["venue"]),
        ({"compute": "quantum"}, ["compute"]),
    ]
    for change, loc in faults:
        answer = await http.post("/api/v1/bots", json=spec | change)
        problem = answer.json()

        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), change
        assert problem["code"] == "invalid_spec", change
        assert loc in [error["loc"] for error in problem["errors"]], change
    assert (await http.get("/api/v1/bots")).json()["items"] == []


async def test_list_filters_and_pages(http: httpx.AsyncClient, spec: Spec) -> None:
    bots = [spec | {"id": f"b{n}", "capital": "10", "labels": {"team": "ab"[n % 2]}} for n in range(5)]
    await http.post("/api/v1/bots/apply", json=bots)
    await command(http, "b3", "start")

    async def ids(**params: object) -> list[str]:
        return [bot["id"] for bot in (await http.get("/api/v1/bots", params=params)).json()["items"]]  # type: ignore[arg-type] # httpx takes what str() takes

    first = (await http.get("/api/v1/bots", params={"limit": 2})).json()
    assert [bot["id"] for bot in first["items"]] == ["b0", "b1"]
    assert await ids(limit=9, cursor=first["next_cursor"]) == ["b2", "b3", "b4"]
    assert await ids(label="team=b") == ["b1", "b3"]
    assert await ids(state="RUNNING") == ["b3"]
    assert await ids(state=["RUNNING", "STOPPED"], q="b4") == ["b4"]
    assert (await http.get("/api/v1/bots", params={"limit": 1001})).status_code == 422
    assert (await http.get("/api/v1/bots", params={"state": "ASLEEP"})).json()["errors"][0]["allowed"][:2] == ["STOPPED", "STARTING"]
