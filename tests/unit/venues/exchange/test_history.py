"""A history is read whole, from either end and in pages of any size."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styrman.venues.exchange.history import Reach, read_from_id, read_span
from styrman.venues.exchange.parsed import Parsed

Rows = list[Parsed]


def rows_at(times: Sequence[int]) -> Rows:
    return [{"id": str(number), "timestamp": at} for number, at in enumerate(sorted(times), start=1)]


@given(st.lists(st.integers(0, 5000), max_size=80), st.integers(1, 7), st.booleans(), st.integers(100, 6000))
async def test_nothing_is_left_out_whichever_end_a_page_is_cut_at(times: list[int], page: int, newest: bool, span: int) -> None:  # noqa: FBT001 - by hypothesis
    kept = rows_at(list(dict.fromkeys(times)))  # at most one a millisecond: no exchange can be asked for less

    async def fetch(start: int, end: int, limit: int | None) -> Rows:
        assert end - start < span
        found = [row for row in kept if start <= int(str(row["timestamp"])) <= end]
        return found[-(limit or 1) :] if newest else found[:limit]

    assert await read_span(fetch, 0, 5000, Reach(page=page, span_ms=span, back_ms=10_000)) == kept


async def test_a_span_reaches_no_further_back_than_the_exchange_keeps() -> None:
    asked: list[int] = []

    async def fetch(start: int, end: int, limit: int | None) -> Rows:
        del end, limit
        asked.append(start)
        return []

    await read_span(fetch, 0, 1000, Reach(page=10, span_ms=500, back_ms=600))

    assert asked == [400, 900]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 35])
async def test_numbered_entries_are_read_on_to_the_last(count: int) -> None:
    kept = rows_at(range(count))

    async def fetch(first: int) -> Rows:
        return [row for row in kept if int(str(row["id"])) >= first][:10]

    assert await read_from_id(fetch, 10) == kept
