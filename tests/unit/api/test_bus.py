"""The bus: numbered once, encoded once, and no reader ever holds up the publisher."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from styrman.clock import ManualClock
from styrman.domain.bots import BotError, Observed
from styrman.domain.events import StreamMessage
from styrman.errors import ErrorClass
from styrman.manager.bus import RESYNC, Bus, Subscription


def publish(bus: Bus, count: int) -> None:
    for n in range(count):
        bus.publish("order", {"n": n})


def numbers(messages: list[StreamMessage]) -> list[tuple[str, int]]:
    return [(message.event, message.number) for message in messages]


async def collect(subscription: Subscription) -> list[StreamMessage]:
    return [message async for message in subscription]


async def test_reader_sees_only_what_comes_after_it_subscribed() -> None:
    bus = Bus("b1")
    publish(bus, 3)
    reader = bus.subscribe()
    publish(bus, 2)

    assert numbers(reader.ready()) == [("order", 4), ("order", 5)]


async def test_returning_reader_misses_nothing_the_ring_holds() -> None:
    bus = Bus("b1", capacity=4)
    publish(bus, 4)

    assert numbers(bus.subscribe("b1-0").ready()) == [("order", 1), ("order", 2), ("order", 3), ("order", 4)]
    assert numbers(bus.subscribe("b1-4").ready()) == []


@pytest.mark.parametrize("stale", ["b0-2", "b1-0", "b1-99", "b1-", "b1--1", "b1-x", "b1-²", "", "b1-" + "9" * 5000, "nonsense"])
async def test_id_that_tells_nothing_gets_one_resync_first(stale: str) -> None:
    bus = Bus("b1", capacity=2)
    publish(bus, 5)
    reader = bus.subscribe(stale)
    first = reader.ready()
    publish(bus, 1)

    assert numbers(first) == [(RESYNC, 5)]
    assert numbers(reader.ready()) == [("order", 6)]


async def test_resync_of_an_empty_bus_carries_an_id_that_resumes() -> None:
    bus = Bus("b1")
    (resync,) = bus.subscribe("elsewhere-7").ready()
    publish(bus, 1)

    assert numbers(bus.subscribe(bus.id_of(resync)).ready()) == [("order", 1)]


async def test_slow_reader_gets_one_resync_and_goes_on() -> None:
    bus = Bus("b1", capacity=3)
    reader = bus.subscribe()
    publish(bus, 10)
    late = reader.ready()
    publish(bus, 2)

    assert numbers(late) == [(RESYNC, 10)]
    assert numbers(reader.ready()) == [("order", 11), ("order", 12)]


async def test_waiting_readers_all_wake_and_end_with_the_bus() -> None:
    bus = Bus("b1")
    readers = [asyncio.create_task(collect(bus.subscribe())) for _ in range(3)]
    await ManualClock().settle()
    publish(bus, 2)
    bus.close()
    async with asyncio.timeout(1):
        heard = await asyncio.gather(*readers)

    assert [numbers(messages) for messages in heard] == [[("order", 1), ("order", 2)]] * 3


async def test_cancelled_wait_loses_no_message() -> None:
    bus = Bus("b1")
    reader = bus.subscribe()
    waiting = asyncio.ensure_future(anext(reader))
    await ManualClock().settle()
    publish(bus, 1)
    waiting.cancel()  # after the wake-up, before the reader ran
    await asyncio.gather(waiting, return_exceptions=True)

    assert numbers(reader.ready()) == [("order", 1)]


async def test_cancelled_wait_leaves_nothing_behind() -> None:
    bus = Bus("b1")
    waiting = asyncio.ensure_future(anext(bus.subscribe()))
    await ManualClock().settle()
    waiting.cancel()
    publish(bus, 1)
    await asyncio.gather(waiting, return_exceptions=True)

    assert not bus._waiting


async def test_ring_holds_no_more_bytes_than_it_may() -> None:
    bus = Bus("b1", capacity=100, most_bytes=300)
    reader = bus.subscribe("b1-0")
    publish(bus, 50)
    held = [bus.at(number) for number in range(bus.first, bus.last + 1)]

    assert 100 < sum(len(message.frame) for message in held) <= 300
    assert numbers(reader.ready()) == [(RESYNC, 50)]


async def test_message_larger_than_the_ring_is_held_all_the_same() -> None:
    bus = Bus("b1", most_bytes=10)
    reader = bus.subscribe()
    publish(bus, 1)

    assert numbers(reader.ready()) == [("order", 1)]


async def test_bus_knows_whether_anybody_listens() -> None:
    bus = Bus("b1")
    before, reader = bus.has_readers, bus.subscribe()
    during = bus.has_readers
    del reader

    assert (before, during, bus.has_readers) == (False, True, False)


async def test_body_is_json_as_the_api_writes_it() -> None:
    bus = Bus("b1")
    reader = bus.subscribe()
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    error = BotError(error_class=ErrorClass.AUTH, type="AuthenticationFailed", message="no", traceback_hash="ab", at=at)
    bus.publish("bot.state", {"observed": Observed.FAILED, "equity": Decimal("1E+2"), "last_error": error}, bot_id="b")
    (message,) = reader.ready()

    assert message.bot_id == "b"
    assert orjson.loads(message.body) == {
        "observed": "FAILED",
        "equity": "100",
        "last_error": {
            "class": "auth",
            "type": "AuthenticationFailed",
            "message": "no",
            "traceback_hash": "ab",
            "at": "2026-01-02T03:04:05Z",
        },
    }


@given(capacity=st.integers(1, 5), steps=st.lists(st.integers(0, 7), max_size=20))
def test_reader_hears_each_message_once_in_order_or_is_told_to_resync(capacity: int, steps: list[int]) -> None:
    bus = Bus("b1", capacity)
    reader = bus.subscribe()
    expected = 1
    for count in steps:
        publish(bus, count)
        for message in reader.ready():
            if message.event == RESYNC:
                assert bus.first > expected
            else:
                assert message.number == expected
            expected = message.number + 1
        assert expected == bus.last + 1
