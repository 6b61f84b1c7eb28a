"""The stream's bytes: what a reader sees, when nothing happens, and when it ends."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from styrman.api.stream import MOST_AT_ONCE, stream, wanted
from styrman.manager.bus import Bus


def read(
    bus: Bus, after: str | None = None, *, bots: tuple[str, ...] = (), events: tuple[str, ...] = (), heartbeat_s: float = 5
) -> AsyncIterator[bytes]:
    return stream(bus.subscribe(after), wanted(bots, events), heartbeat_s=heartbeat_s, pause_s=0)


async def next_chunk(chunks: AsyncIterator[bytes]) -> bytes:
    async with asyncio.timeout(1):
        return await anext(chunks)


async def test_head_is_sent_before_anything_happens() -> None:
    assert (await next_chunk(read(Bus("b")))).endswith(b"\n\n")


async def test_messages_that_wait_come_in_one_piece() -> None:
    bus = Bus("b")
    bus.publish("order", {"n": 1}, bot_id="x")
    bus.publish("fill", {"n": 2}, bot_id="x")
    chunks = read(bus, "b-0")
    await next_chunk(chunks)

    assert await next_chunk(chunks) == b'id: b-1\nevent: order\ndata: {"n":1}\n\nid: b-2\nevent: fill\ndata: {"n":2}\n\n'


async def test_what_happens_while_a_reader_pauses_comes_in_one_piece() -> None:
    bus = Bus("b")
    chunks = stream(bus.subscribe(), None, pause_s=0.05)
    await next_chunk(chunks)
    bus.publish("order", {"n": 0})
    first = await next_chunk(chunks)
    waiting = asyncio.ensure_future(next_chunk(chunks))
    for n in range(3):
        await asyncio.sleep(0)
        bus.publish("order", {"n": n})

    assert first.count(b"id: ") == 1
    assert (await waiting).count(b"id: ") == 3


async def test_readers_share_the_bytes_of_a_message() -> None:
    bus = Bus("b")
    readers = [stream(bus.subscribe(), None) for _ in range(2)]
    for chunks in readers:
        await next_chunk(chunks)
    bus.publish("order", {"n": 1})
    one, other = [await next_chunk(chunks) for chunks in readers]

    assert one is other is bus.at(1).frame


async def test_unknown_place_begins_with_resync_even_where_filtered() -> None:
    chunks = read(Bus("b"), "other-3", bots=("x",), events=("fill",))
    await next_chunk(chunks)

    assert (await next_chunk(chunks)).startswith(b"id: b-0\nevent: resync\n")


async def test_filters_pass_what_concerns_the_reader_alone() -> None:
    bus = Bus("b")
    bus.publish("order", {}, bot_id="x")
    bus.publish("order", {}, bot_id="y")
    bus.publish("bots.delta", {})
    bus.publish("log", {})
    bus.publish("fill", {}, bot_id="x")
    bus.close()
    of_x = b"".join([chunk async for chunk in read(bus, "b-0", bots=("x",))])
    of_fills = b"".join([chunk async for chunk in read(bus, "b-0", events=("fill",))])

    assert [line for line in of_x.splitlines() if line.startswith(b"id")] == [b"id: b-1", b"id: b-3", b"id: b-5"]
    assert [line for line in of_fills.splitlines() if line.startswith(b"id")] == [b"id: b-5"]


@pytest.mark.parametrize("events", [(), ("fill",)])
async def test_silence_is_filled_with_heartbeats_even_while_others_are_spoken_to(events: tuple[str, ...]) -> None:
    bus = Bus("b")
    chunks = read(bus, events=events, heartbeat_s=0.01)
    await next_chunk(chunks)
    waiting = asyncio.ensure_future(next_chunk(chunks))
    if events:
        bus.publish("order", {}, bot_id="x")

    assert (await waiting).startswith(b"event: heartbeat\n")


async def test_heartbeat_loses_no_message() -> None:
    bus = Bus("b")
    chunks = read(bus, heartbeat_s=0.001)
    heard = 0
    await next_chunk(chunks)
    for n in range(50):
        bus.publish("order", {"n": n})
        while not (chunk := await next_chunk(chunks)).startswith(b"id"):
            pass
        heard += chunk.count(b"id: ")

    assert heard == 50


async def test_stream_ends_with_the_bus() -> None:
    bus = Bus("b")
    chunks = read(bus)
    await next_chunk(chunks)
    bus.close()

    with pytest.raises(StopAsyncIteration):
        await next_chunk(chunks)


async def test_a_filtered_reader_that_is_behind_does_not_pause() -> None:
    """At a pause a chunk, a busy fleet would leave it behind however little of it concerns it."""
    bus = Bus("b")
    for number in range(3 * MOST_AT_ONCE):
        bus.publish("order", {"n": number}, bot_id="x" if number % 100 == 0 else "y")
    chunks = stream(bus.subscribe("b-0"), wanted(("x",), ()), pause_s=60)
    await next_chunk(chunks)
    told = [await next_chunk(chunks) for _ in range(3)]

    assert b"".join(told).count(b"id: ") == 8
