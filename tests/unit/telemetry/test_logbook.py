"""The store of last lines against a plain list that forgets nothing."""

import threading
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styrman.log import Line
from styrman.ports import LogLine
from styrman.telemetry.logbook import LEVELS, LINE_BYTES, LogBook

ROOMY = 10_000_000


def line(message: object, bot_id: str | None = None, level: str = "info", **fields: object) -> Line:
    return {"event": message, "bot_id": bot_id, "level": level, "timestamp": "2026-01-01T00:00:00.000000Z", **fields}


def numbers(lines: list[LogLine]) -> list[int]:
    return [kept.number for kept in lines]


Lines = st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.sampled_from(LEVELS), st.sampled_from(["Ära", "fill", 'say "x"'])))


Asked = st.tuples(
    st.sampled_from(["a", "c", None]), st.sampled_from(LEVELS), st.sampled_from(["", "FILL", '"x']), st.integers(0, 9), st.integers(1, 9)
)


@given(Lines, Asked)
def test_a_tail_is_the_end_of_the_lines_that_match(
    lines: list[tuple[str | None, str, str]], asked: tuple[str | None, str, str, int, int]
) -> None:
    bot_id, level, text, after, limit = asked
    book = LogBook(ROOMY, "debug")
    for who, rank, message in lines:
        book(line(message, who, rank))

    expected = [
        number
        for number, (who, rank, message) in enumerate(lines, 1)
        if bot_id in (None, who) and LEVELS.index(rank) >= LEVELS.index(level) and text.lower() in message.lower() and number > after
    ]
    assert numbers(book.tail(bot_id, level=level, text=text, after=after, limit=limit)) == expected[-limit:]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 900)), min_size=1, max_size=200))
def test_what_is_kept_is_the_newest_and_stays_below_the_cap(lines: list[tuple[str, int]]) -> None:
    book = LogBook(20_000, "debug")
    for who, length in lines:
        book(line("x" * length, who))
    kept = book.tail(None, limit=1_000)

    assert numbers(kept) == list(range(len(lines) - len(kept) + 1, len(lines) + 1))
    assert sum(len(one.message) for one in kept) <= 20_000
    for who in "abcd":
        assert numbers(book.tail(who, limit=1_000)) == [one.number for one in kept if one.bot_id == who]


def test_memory_stays_at_the_cap_however_much_is_logged() -> None:
    cap = 2_000_000
    book = LogBook(cap, "info")
    tracemalloc.start()
    for number in range(20_000):
        book(line("order acked", f"bot-{number % 3_000}", venue_order_id=str(number), instrument="BTC/USDT"))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 0.5 * cap < used < 1.2 * cap


def test_a_line_keeps_its_fields_and_its_time() -> None:
    book = LogBook(ROOMY)
    book(line("order acked", "b1", venue_order_id="7", price=1.5, nothing=None))
    kept = book.tail("b1")[0]

    assert (kept.message, kept.level, kept.bot_id, kept.at.isoformat()) == ("order acked", "info", "b1", "2026-01-01T00:00:00+00:00")
    assert kept.fields == {"venue_order_id": "7", "price": 1.5, "nothing": None}


def test_lines_below_the_books_level_are_not_kept() -> None:
    book = LogBook(ROOMY, "warning")
    book(line("chatter", level="info"))

    assert book.tail(None) == []


@pytest.mark.parametrize("odd", ["half a pair: \ud83d", 2**80, object, b"bytes", float("nan"), {1: {2}}], ids=repr)
def test_what_json_cannot_say_is_kept_as_text(odd: object) -> None:
    book = LogBook(ROOMY)
    book(line(odd, "b1", odd=odd))

    assert len(book.tail("b1")) == 1


def test_a_line_too_long_keeps_its_sentence() -> None:
    book = LogBook(ROOMY)
    book(line("worker printed", "b1", output="x" * 10 * LINE_BYTES))
    kept = book.tail("b1")[0]

    assert kept.message == "worker printed"
    assert kept.fields["cut_from_bytes"] > 10 * LINE_BYTES  # type: ignore[operator] # it is a number


def test_a_follower_hears_each_line_until_it_leaves() -> None:
    book = LogBook(ROOMY)
    heard: list[LogLine] = []
    leave = book.follow(heard.append)
    book(line("one"))
    leave()
    book(line("two"))

    assert [kept.message for kept in heard] == ["one"]


def test_a_follower_that_fails_is_dropped_and_the_others_hear_on() -> None:
    def fail(_: LogLine) -> None:
        raise RuntimeError("gone")

    book = LogBook(ROOMY)
    heard: list[LogLine] = []
    book.follow(fail)
    book.follow(heard.append)
    book(line("one"))
    book(line("two"))

    assert [kept.message for kept in heard] == ["one", "two"]


def test_threads_lose_no_line() -> None:
    book = LogBook(ROOMY)

    def log_on(who: str) -> None:
        for _ in range(500):
            book(line("x", who))

    threads = [threading.Thread(target=log_on, args=(who,)) for who in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [len(book.tail(who, limit=10_000)) for who in "abcd"] == [500] * 4
    assert numbers(book.tail(None, limit=10_000)) == list(range(1, 2_001))
