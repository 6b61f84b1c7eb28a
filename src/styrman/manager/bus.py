"""The live stream of what happens: published once, encoded once, read by any number of readers at their own pace.

The ring of the last messages is the only buffer. A reader is a place in it, so that coming back and falling behind are one
thing: a place that the ring no longer holds gets one `resync`. A publisher never waits.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Self
from weakref import WeakSet

from styrman.domain.events import StreamMessage
from styrman.manager.encoding import encode

RESYNC = "resync"
MOST_BYTES = 16 * 1024 * 1024  # of the ring: minutes of a thousand bots, and no more memory for ten thousand
_MESSAGE_ID = re.compile(r"(.+)-([0-9]{1,15})")


class Bus:
    """Messages numbered 1, 2, 3 … within one boot. Used on the event loop alone."""

    def __init__(self, boot: str, capacity: int = 10_000, *, most_bytes: int = MOST_BYTES) -> None:
        self.boot = boot
        self.first = 1  # number of the oldest message still held; `last + 1` where there is none
        self.last = 0  # number of the newest message
        self.is_closed = False
        self._ring: list[StreamMessage | None] = [None] * capacity
        self._bytes = 0  # of the frames in the ring
        self._most_bytes = most_bytes
        self._waiting: set[asyncio.Future[None]] = set()
        self._readers: WeakSet[Subscription] = WeakSet()  # weak: a reader whose client left before it began is never closed

    @property
    def has_readers(self) -> bool:
        """Whether anybody listens."""
        return bool(self._readers)

    @property
    def readers(self) -> int:
        """How many listen: a browser's tabs share one."""
        return len(self._readers)

    @property
    def place(self) -> str:
        """The id of the newest message: who goes on after it hears all that is still to come."""
        return f"{self.boot}-{self.last}"

    def publish(self, event: str, payload: Mapping[str, object], *, bot_id: str | None = None) -> None:
        """Append a message and wake the readers. Returns at once; TypeError where the payload has no JSON form."""
        message = StreamMessage(self.last + 1, event, self._frame(self.last + 1, event, encode(payload)), bot_id)
        if message.number - self.first == len(self._ring):
            self._drop()
        self._ring[message.number % len(self._ring)] = message
        self.last = message.number
        self._bytes += len(message.frame)
        while self._bytes > self._most_bytes and self.first < self.last:
            self._drop()
        if self._waiting:
            self._wake()

    def at(self, number: int) -> StreamMessage:
        """Return the message of a number between `first` and `last`."""
        message = self._ring[number % len(self._ring)]
        if message is None or message.number != number:
            raise LookupError(f"Message {number} is not held: the ring holds {self.first} to {self.last}")
        return message

    def subscribe(self, after: str | None = None) -> "Subscription":
        """Return a reader of what comes from now on, or of what came after the message id `after`.

        An id of another boot, of the future, out of the ring or no id at all: the first message is a `resync`.
        """
        reader = Subscription(self, self.last + 1 if after is None else self._place_after(after))
        self._readers.add(reader)
        return reader

    def resync(self) -> StreamMessage:
        """Return what a reader gets in place of those that it missed: numbered as the newest, from which it goes on if it comes back."""
        return StreamMessage(self.last, RESYNC, self._frame(self.last, RESYNC, encode({"boot": self.boot})))

    def id_of(self, message: StreamMessage) -> str:
        """Return the id that a reader names to come back: `<boot>-<n>`."""
        return f"{self.boot}-{message.number}"

    async def changed(self) -> None:
        """Return after the next message, or the close."""
        woken = asyncio.get_running_loop().create_future()
        self._waiting.add(woken)
        try:
            await woken
        finally:
            self._waiting.discard(woken)

    def close(self) -> None:
        """End every reader once it has read what is held. Idempotent."""
        self.is_closed = True
        self._wake()

    def _frame(self, number: int, event: str, body: bytes) -> bytes:
        """Return a server-sent event, of its own size: what orjson returns keeps a buffer of 8 KB. Its JSON has no line breaks."""
        return b"id: %b-%d\nevent: %b\ndata: %b\n\n" % (self.boot.encode(), number, event.encode(), body)

    def _drop(self) -> None:
        """Forget the oldest message."""
        self._bytes -= len(self.at(self.first).frame)
        self._ring[self.first % len(self._ring)] = None
        self.first += 1

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, set()
        for woken in waiting:
            if not woken.done():
                woken.set_result(None)

    def _place_after(self, message_id: str) -> int:
        """Return the number to read next; 0, which no ring holds, where the id tells nothing."""
        match = _MESSAGE_ID.fullmatch(message_id)
        if match is None or match[1] != self.boot or int(match[2]) > self.last:
            return 0
        return int(match[2]) + 1


class Subscription:
    """One reader: an async iterator of messages in order, with one `resync` in place of those it missed. Ends with the bus."""

    def __init__(self, bus: Bus, place: int) -> None:
        self._bus = bus
        self._place = place

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamMessage:
        """Return the next message. A cancelled wait loses none."""
        while self._place > self._bus.last:
            if self._bus.is_closed:
                raise StopAsyncIteration
            await self._bus.changed()
        return self._next()

    @property
    def is_up_to_date(self) -> bool:
        """Whether it has read all that was published."""
        return self._place > self._bus.last

    def ready(self, limit: int = 256) -> list[StreamMessage]:
        """Return the messages that can be read without waiting, at most `limit`."""
        messages: list[StreamMessage] = []
        while self._place <= self._bus.last and len(messages) < limit:
            messages.append(self._next())
        return messages

    def _next(self) -> StreamMessage:
        if self._place < self._bus.first:
            self._place = self._bus.last + 1
            return self._bus.resync()
        self._place += 1
        return self._bus.at(self._place - 1)
