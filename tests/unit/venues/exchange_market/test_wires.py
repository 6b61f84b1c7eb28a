"""Streams that are kept up: asked for together, connected anew, given up when nobody reads, never at the others' cost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence

import pytest

from styrman.errors import VenueRefused, VenueUnavailable
from styrman.venues.exchange.sockets import REQUESTS_PER_S, Pace
from styrman.venues.exchange.wires import LAST_RETRY_S, LINGER_S, REFUSED_RETRY_S, Wire
from unit.venues.exchange_market.hand_exchange import HandExchange


class Streams:
    """A source whose messages the test gives."""

    name = "words"
    at_once = 3

    def __init__(self) -> None:
        self.watched: list[tuple[str, ...]] = []
        self.given_up: list[tuple[str, ...]] = []
        self.lacks: set[str] = set()
        self.down = False
        self._waiting: dict[asyncio.Future[Collection[str]], tuple[str, ...]] = {}

    async def watch(self, keys: Sequence[str]) -> Collection[str]:
        self.watched.append(tuple(keys))
        if self.lacks.intersection(keys):
            raise VenueRefused("no such symbol")
        if self.down:
            raise VenueUnavailable("refused")
        heard: asyncio.Future[Collection[str]] = asyncio.get_running_loop().create_future()
        self._waiting[heard] = tuple(keys)
        return await heard

    async def forget(self, keys: Sequence[str]) -> None:
        self.given_up.append(tuple(keys))

    def instrument(self, key: str) -> str:
        return key

    async def say(self, *keys: str) -> None:
        for heard, asked in list(self._waiting.items()):
            if set(asked) & set(keys) and not heard.done():
                heard.set_result([key for key in keys if key in asked])
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def break_all(self) -> None:
        for heard in self._waiting:
            if not heard.done():
                heard.set_exception(VenueUnavailable("reset"))


@pytest.fixture
def exchange() -> HandExchange:
    return HandExchange()


@pytest.fixture
def streams() -> Streams:
    return Streams()


@pytest.fixture
async def wire(exchange: HandExchange, streams: Streams) -> AsyncIterator[Wire[str]]:
    wire = Wire[str](streams, exchange.as_connection(), Pace(exchange.clock))
    yield wire
    await wire.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("venue:")]


def nothing() -> None:
    pass


def listen(wire: Wire[str], *keys: str) -> list[Callable[[], None]]:
    return [wire.listen(key, nothing) for key in keys]


async def test_keys_that_come_together_are_asked_for_together(exchange: HandExchange, streams: Streams, wire: Wire[str]) -> None:
    listen(wire, *"abcdefg", "a")
    await exchange.clock.advance(2)

    assert streams.watched == [("a", "b", "c"), ("d", "e", "f"), ("g",)]


async def test_requests_are_spaced_as_exchanges_bear_it(exchange: HandExchange, streams: Streams, wire: Wire[str]) -> None:
    streams.at_once = 1
    listen(wire, *"abcdefghij")
    await exchange.clock.advance(1.06)

    assert len(streams.watched) == REQUESTS_PER_S + 1


async def test_a_key_lives_from_its_first_message_to_the_break(exchange: HandExchange, streams: Streams, wire: Wire[str]) -> None:
    told: list[str] = []
    wire.listen("a", lambda: told.append("a"))
    wire.listen("b", lambda: told.append("b"))
    await exchange.clock.advance(1)
    before = wire.live_since("a")
    await streams.say("a")
    began = exchange.clock.now()
    await exchange.clock.advance(5)
    await streams.say("a")
    heard = list(told)
    lived = wire.live_since("a"), wire.live_since("b")
    streams.break_all()
    await exchange.clock.settle()

    assert before is None
    assert heard == ["a", "a"]
    assert lived == (began, None)
    assert wire.live_since("a") is None
    assert told == ["a", "a", "a", "b"], "who reads is told that the stream was lost"


async def test_a_key_that_was_not_heard_for_long_does_not_live(exchange: HandExchange, streams: Streams, wire: Wire[str]) -> None:
    listen(wire, "a", "b")
    await exchange.clock.advance(1)
    await streams.say("a", "b")
    await exchange.clock.advance(50)
    await streams.say("b")
    await exchange.clock.advance(15)

    assert wire.live_since("a") is None
    assert wire.live_since("b") is not None


async def test_reconnecting_backs_off_to_a_limit_and_begins_afresh(exchange: HandExchange, streams: Streams, wire: Wire[str]) -> None:
    streams.down = True
    listen(wire, "a")
    await exchange.clock.advance(600)
    tries = len(streams.watched)
    streams.down = False
    await exchange.clock.advance(LAST_RETRY_S)
    await streams.say("a")
    before = len(streams.watched)
    streams.break_all()
    await exchange.clock.advance(1.3)

    assert 600 / LAST_RETRY_S <= tries <= 2 * 600 / LAST_RETRY_S + 8
    assert len(streams.watched) == before + 1


async def test_a_name_that_the_exchange_lacks_takes_nobody_down(exchange: HandExchange, streams: Streams, wire: Wire[str]) -> None:
    streams.lacks = {"b"}
    listen(wire, "a", "b", "c")
    await exchange.clock.advance(5)
    await streams.say("a", "c")
    refusals = streams.watched.count(("b",))
    await exchange.clock.advance(REFUSED_RETRY_S / 2)

    assert wire.live_since("b") is None
    assert streams.watched.count(("b",)) == refusals == 1
    assert ("a",) in streams.watched
    assert ("c",) in streams.watched


async def test_a_key_is_given_up_only_after_nobody_came_back(exchange: HandExchange, streams: Streams, wire: Wire[str]) -> None:
    leave_a, leave_b = listen(wire, "a", "b")
    await exchange.clock.advance(1)
    leave_a()
    leave_a()
    leave_b()
    await exchange.clock.advance(LINGER_S / 2)
    listen(wire, "b")
    await exchange.clock.advance(LINGER_S)

    assert streams.given_up == [("a",)]
    assert list(wire.keys) == ["b"]
    assert len(streams.watched) == 1


async def test_a_stream_that_says_nothing_is_given_back_and_asked_for_again(exchange: HandExchange, streams: Streams) -> None:
    wire = Wire[str](streams, exchange.as_connection(), Pace(exchange.clock), stall_s=0.02)
    exchange.listings["a"] = exchange.listings["BTC/USDT"]
    listen(wire, "a")
    async with asyncio.timeout(5):
        while len(streams.watched) < 2:
            await exchange.clock.advance(1)
    await wire.close()

    assert streams.given_up[0] == ("a",)
