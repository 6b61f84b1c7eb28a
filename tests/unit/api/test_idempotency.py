"""A keyed POST is performed once, whatever happens to its caller or to the process."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import Request
from starlette.responses import Response

from styrman.api.idempotency import REPEATED, AnswerLedger
from styrman.clock import ManualClock
from styrman.errors import IdempotencyMismatch, Invalid, RequestInFlight
from styrman.store.memory import MemoryStore

Handle = Callable[[Request], Awaitable[Response]]


@pytest.fixture
async def store() -> MemoryStore:
    opened = MemoryStore()
    await opened.open()
    return opened


def post(key: str = "k1", body: bytes = b"{}", path: str = "/api/v1/halt", query: bytes = b"", actor: str = "admin") -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": query,
        "headers": [(b"idempotency-key", key.encode("latin-1")), (b"host", b"x")],
        "styrman.actor": actor,
    }
    return Request(scope, receive)


def counting(calls: list[bool], status: int = 202) -> Handle:
    async def handle(request: Request) -> Response:
        calls.append(request.scope[REPEATED])
        return Response(f"answer {len(calls)}", status, {"etag": '"7"', "x-other": "1"}, "text/plain")

    return handle


async def test_second_request_gets_the_first_answer(store: MemoryStore) -> None:
    ledger, calls = AnswerLedger(store, ManualClock()), list[bool]()
    first = await ledger.once(post(), counting(calls))
    again = await ledger.once(post(), counting(calls))

    assert calls == [False]
    assert (again.body, again.status_code, again.headers["etag"]) == (first.body, 202, '"7"')
    assert (again.headers["idempotency-replayed"], again.headers["content-type"]) == ("true", first.headers["content-type"])


async def test_answer_outlives_the_process(store: MemoryStore) -> None:
    calls = list[bool]()
    await AnswerLedger(store, ManualClock()).once(post(), counting(calls))
    again = await AnswerLedger(store, ManualClock()).once(post(), counting(calls))

    assert (len(calls), again.body) == (1, b"answer 1")


@pytest.mark.parametrize("other", [{"body": b"[]"}, {"path": "/api/v1/unhalt"}, {"query": b"wait=1"}])
async def test_key_of_another_request_is_refused(store: MemoryStore, other: dict[str, bytes]) -> None:
    ledger, calls = AnswerLedger(store, ManualClock()), list[bool]()
    await ledger.once(post(), counting(calls))

    with pytest.raises(IdempotencyMismatch):
        await ledger.once(post(**other), counting(calls))  # type: ignore[arg-type] # a path is text, the rest bytes
    assert len(calls) == 1


async def test_key_of_another_actor_is_another_key(store: MemoryStore) -> None:
    ledger, calls = AnswerLedger(store, ManualClock()), list[bool]()
    await ledger.once(post(), counting(calls))
    await ledger.once(post(actor="legacy"), counting(calls))

    assert len(calls) == 2


@pytest.mark.parametrize("key", ["", " ", "with space", "x" * 256, "ümlaut"])
async def test_unusable_key_is_refused(store: MemoryStore, key: str) -> None:
    with pytest.raises(Invalid):
        await AnswerLedger(store, ManualClock()).once(post(key), counting([]))


async def test_request_in_flight_is_not_performed_beside_itself(store: MemoryStore) -> None:
    ledger, performing, may_end = AnswerLedger(store, ManualClock()), asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        performing.set()
        await may_end.wait()
        return Response("done")

    first = asyncio.create_task(ledger.once(post(), slow))
    async with asyncio.timeout(1):
        await performing.wait()
    with pytest.raises(RequestInFlight):
        async with asyncio.timeout(1):
            await ledger.once(post(), slow)
    may_end.set()

    assert (await first).body == b"done"
    assert (await ledger.once(post(), slow)).body == b"done"


async def test_caller_that_goes_away_leaves_its_request_to_end(store: MemoryStore) -> None:
    ledger, performing, may_end = AnswerLedger(store, ManualClock()), asyncio.Event(), asyncio.Event()

    async def slow(_: Request) -> Response:
        performing.set()
        await may_end.wait()
        return Response("done")

    caller = asyncio.create_task(ledger.once(post(), slow))
    async with asyncio.timeout(1):
        await performing.wait()
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    may_end.set()
    await ledger.drain(1)

    assert (await ledger.once(post(), counting([]))).body == b"done"


async def test_request_cut_off_by_a_crash_is_performed_again_and_knows_it(store: MemoryStore) -> None:
    performing, calls = asyncio.Event(), list[bool]()

    async def cut_off(_: Request) -> Response:
        performing.set()
        await asyncio.Event().wait()
        return Response("never")

    before = AnswerLedger(store, ManualClock())
    caller = asyncio.create_task(before.once(post(), cut_off))
    async with asyncio.timeout(1):
        await performing.wait()
    await before.drain(0)  # the process ends
    await asyncio.gather(caller, return_exceptions=True)
    answer = await AnswerLedger(store, ManualClock()).once(post(), counting(calls))

    assert calls == [True]
    assert answer.body == b"answer 1"


async def test_failure_of_ours_may_be_tried_again(store: MemoryStore) -> None:
    ledger, calls = AnswerLedger(store, ManualClock()), list[bool]()
    await ledger.once(post(), counting(calls, 503))
    again = await ledger.once(post(), counting(calls))

    assert (calls, again.status_code) == ([False, True], 202)


async def test_ledger_forgets_what_has_ended(store: MemoryStore) -> None:
    ledger = AnswerLedger(store, ManualClock())
    await ledger.once(post(), counting([]))
    await ManualClock().settle()

    assert not ledger._under_way
