"""Reads a span of an account's history to the end, however little an exchange gives at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

from styrman.venues.exchange.parsed import Parsed

AHEAD = timedelta(seconds=10)  # of now, where a span ends: nothing is left out because our idea of the venue's time is a little late
DAY_MS = 86_400_000
Page: TypeAlias = Callable[[int, int, int | None], Awaitable[Sequence[Parsed]]]  # from, until (both included) and at most so many
_SMALLEST_PAGE = 20  # where an exchange does not say how much it gives at once, so much may be all of it


@dataclass(frozen=True, slots=True)
class Reach:
    """How an exchange lets its history be read: `page` entries at once, within spans of `span_ms`, as far back as `back_ms`."""

    page: int | None = None
    span_ms: int = 7 * DAY_MS
    back_ms: int = 90 * DAY_MS


async def read_span(fetch: Page, since_ms: int, until_ms: int, reach: Reach) -> list[Parsed]:
    """Return every entry of a span, by id once, oldest first.

    A page that is full may have left something out, at whichever end: its span is halved until nothing is.
    """
    rows: dict[str, Parsed] = {}
    start = max(since_ms, until_ms - reach.back_ms)
    while start <= until_ms:
        end = min(start + reach.span_ms - 1, until_ms)
        await _read(fetch, (start, end), reach.page, rows)
        start = end + 1
    return sorted(rows.values(), key=_age)


async def _read(fetch: Page, span: tuple[int, int], page: int | None, rows: dict[str, Parsed]) -> None:
    start, end = span
    found = await fetch(start, end, page)
    rows.update({str(row.get("id")): row for row in found})
    if len(found) < (page or _SMALLEST_PAGE) or start >= end:
        return
    middle = (start + end) // 2
    await _read(fetch, (start, middle), page, rows)
    await _read(fetch, (middle + 1, end), page, rows)


async def read_from_id(fetch: Callable[[int], Awaitable[Sequence[Parsed]]], page: int) -> list[Parsed]:
    """Return everything there is, where entries are numbered and a page is asked for by its first number (Binance)."""
    rows: dict[str, Parsed] = {}
    following = 0
    while True:
        found = await fetch(following)
        rows.update({str(row.get("id")): row for row in found})
        if len(found) < page:
            return sorted(rows.values(), key=_age)
        following = max(int(str(row.get("id"))) for row in found) + 1


def _age(row: Parsed) -> tuple[int, int, str]:
    identity, at = str(row.get("id")), row.get("timestamp")
    return (int(at) if isinstance(at, int | float) else 0, len(identity), identity)
