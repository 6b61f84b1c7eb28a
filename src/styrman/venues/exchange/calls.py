"""What is known of the request that is being made: who asked, when its bytes left, what came back.

ccxt's methods hide all that. A `Call` lies in a context variable while one of them runs; our HTTP session and our hooks in the
ccxt instance find it there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp
from pydantic import JsonValue

from styrman.errors import OrderDenied
from styrman.ports import Priority
from styrman.ports.venue import Gate

OK = 200
TOO_MANY = (418, 429)


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of a ccxt method. `gate` belongs to a send: it is asked before the bytes of each of its requests leave."""

    method: str
    priority: Priority = Priority.DATA
    gate: Gate | None = None
    stamp_ms: int | None = None  # sign with this time instead of now
    is_paid: bool = False  # its part of the budgets was taken before
    denied: OrderDenied | None = None
    has_left: bool = False  # bytes of it may have left this process
    status: int | None = None  # of the last answer
    headers: Mapping[str, str] | None = None
    answer: JsonValue = None  # the body of the last answer, as far as it was JSON

    @property
    def is_send(self) -> bool:
        """Whether it may make an order."""
        return self.gate is not None

    def ask_gate(self) -> None:
        """Let nothing leave where the gate says so: OrderDenied."""
        if self.gate is None:
            return
        try:
            self.gate()
        except OrderDenied as denied:
            self.denied, self.has_left = denied, False
            raise


_CURRENT: ContextVar[Call | None] = ContextVar("styrman_exchange_call", default=None)


def current() -> Call | None:
    """Return the call on whose behalf we run; None in what ccxt does by itself."""
    return _CURRENT.get()


@contextmanager
def calling(call: Call) -> Iterator[Call]:
    """Let everything inside run on behalf of the call."""
    token = _CURRENT.set(call)
    try:
        yield call
    finally:
        _CURRENT.reset(token)


def tracing() -> aiohttp.TraceConfig:
    """Return the session's trace: the gate is asked once a connection stands, and again right before the bytes are written.

    aiohttp keeps the headers back until it writes the body, in another turn of the loop; `on_request_chunk_sent` is called before
    that write, `on_request_headers_sent` before the headers of a request without a body.
    """
    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(_before_headers)
    trace.on_request_chunk_sent.append(_before_body)
    trace.on_request_redirect.append(_at_redirect)
    return trace


async def _before_headers(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestHeadersSentParams) -> None:
    del session, context, params
    call = current()
    if call is not None:
        call.ask_gate()
        call.has_left = True


async def _before_body(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestChunkSentParams) -> None:
    del session, context, params
    call = current()
    if call is not None:
        call.ask_gate()


async def _at_redirect(session: aiohttp.ClientSession, context: SimpleNamespace, params: aiohttp.TraceRequestRedirectParams) -> None:
    """Follow nobody: a signed request is for whom it was signed, once."""
    del session, context, params
    raise aiohttp.ClientConnectionError("the exchange answered with a redirect, which is not followed")


def retry_after_s(status: int, headers: Mapping[str, str]) -> float | None:
    """Return how long nobody may ask, where the answer says that we asked too much; None where it does not say so."""
    if status not in TOO_MANY:
        return None
    written = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    assumed = 120.0 if status == TOO_MANY[0] else 10.0  # 418 is a ban, of two minutes at least
    try:
        return max(0.0, float(written))
    except ValueError:
        return assumed


def enumerated_code(answer: JsonValue) -> str | None:
    """Return the exchange's own code of a refusal, wherever exchanges put it; None where there is none."""
    if not isinstance(answer, dict):
        return None
    first = _first(answer.get("data"))
    for found in (first.get("sCode"), answer.get("code"), answer.get("retCode"), answer.get("ret_code")):
        if found not in (None, "", 0, "0"):
            return str(found)
    failures = answer.get("error") or answer.get("errors")
    if isinstance(failures, list) and failures:
        return str(failures[0])
    return failures if isinstance(failures, str) else None


def stated_reason(answer: JsonValue) -> str:
    """Return the exchange's own words; empty where there are none."""
    if not isinstance(answer, dict):
        return ""
    first = _first(answer.get("data"))
    words = (first.get("sMsg"), answer.get("msg"), answer.get("retMsg"), answer.get("message"))
    return next((each for each in words if isinstance(each, str) and each), "")


def _first(rows: JsonValue) -> dict[str, JsonValue]:
    return rows[0] if isinstance(rows, list) and rows and isinstance(rows[0], dict) else {}


def lists_things(answer: JsonValue) -> bool:
    """Whether an answer holds a list, empty or not, or a table of tables, as those that list orders, trades or balances do."""
    if isinstance(answer, list):
        return True
    return isinstance(answer, dict) and any(isinstance(each, list | dict) for each in answer.values())
