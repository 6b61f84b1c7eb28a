"""`Idempotency-Key`: a POST that is sent again gets the answer of the first, across cancellations, crashes and restarts.

A key is begun durably before its request is performed. A request that a crash cut off is performed again when it is sent again,
marked as repeated: commands are idempotent, creating a bot looks at the mark, and what is neither (an entry) is journaled with the
request's name, by which its repetition finds it.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from styrman.api.dependencies import REQUEST, actor_of
from styrman.clock import Clock
from styrman.domain.records import StoredAnswer
from styrman.errors import FieldError, IdempotencyMismatch, Invalid, RequestInFlight
from styrman.ports import Store

KEY_HEADER = "idempotency-key"
REPEATED = "styrman.repeated"  # in the scope of a request whose first attempt began and was never answered
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_BEGUN = 0  # the status of an answer that isn't there yet
_KEPT_HEADERS = ("content-type", "etag", "location", "cache-control")


class AnswerLedger:
    """The keyed requests: those under way in this process, those answered in the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._under_way: dict[str, asyncio.Task[Response]] = {}

    async def once(self, request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
        """Perform the request, or return the answer it got before. What `handle` raises passes, and is no answer.

        RequestInFlight, IdempotencyMismatch. A caller that goes away changes nothing: the request's own task ends it and
        records the answer.
        """
        key, digest = await _identity(request)
        if key in self._under_way:
            raise RequestInFlight("A request with this Idempotency-Key is under way; ask again later.")
        # Claimed before the first await that could let another in.
        task = asyncio.create_task(self._perform(key, digest, request, handle), name=f"keyed-request:{digest[:8]}")
        self._under_way[key] = task
        task.add_done_callback(partial(self._ended, key))
        return await asyncio.shield(task)

    async def drain(self, timeout_s: float) -> None:
        """Let the requests under way end; cut off those that don't."""
        if self._under_way:
            _, late = await asyncio.wait(self._under_way.values(), timeout=timeout_s)
            for task in late:
                task.cancel()

    def _ended(self, key: str, task: asyncio.Task[Response]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # seen: where the caller went away, nobody else looks

    async def _perform(self, key: str, digest: str, request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
        before = await self._store.answer(key)
        if before is not None and before.request_hash != digest:
            raise IdempotencyMismatch("This Idempotency-Key was used for another request; take a new key for a new request.")
        if before is not None and before.status != _BEGUN:
            return Response(before.body, before.status, {**before.headers, "idempotency-replayed": "true"})
        request.scope[REPEATED], request.scope[REQUEST] = before is not None, key
        begun = StoredAnswer(key=key, request_hash=digest, status=_BEGUN, headers={}, body=b"", at=self._clock.now())
        await self._store.commit(begun)
        response = await handle(request)
        if response.status_code < 500:  # noqa: PLR2004 - what failed on our side may be tried again
            await self._store.commit(_answered(begun, response))
        return response


def ledger_of(request: Request) -> AnswerLedger:
    """Return the ledger of the manager that the application runs."""
    ledger: AnswerLedger = request.app.state.bot_ledger
    return ledger


async def _identity(request: Request) -> tuple[str, str]:
    """Return the key under which the answer is stored, the caller's own, and a hash of the request."""
    given = request.headers[KEY_HEADER]
    if not _KEY.fullmatch(given):
        raise Invalid("Idempotency-Key is 1 to 255 visible ASCII characters.", [FieldError(("header", "Idempotency-Key"), "can't be used")])
    asked_for = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return sha256(f"{actor_of(request)} {given}".encode()).hexdigest(), sha256(asked_for + await request.body()).hexdigest()


def _answered(begun: StoredAnswer, response: Response) -> StoredAnswer:
    headers = {name: value for name in _KEPT_HEADERS if (value := response.headers.get(name)) is not None}
    return replace(begun, status=response.status_code, headers=headers, body=bytes(response.body))
