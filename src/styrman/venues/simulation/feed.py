"""What happened to the account, told to whoever listens, in order and once it is durable."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from weakref import WeakSet

from styrman.domain.orders import Fill, OrderReport
from styrman.errors import VenueUnavailable
from styrman.venues.simulation.orders import Order


@dataclass(slots=True, eq=False, weakref_slot=True)
class _Inbox:
    """One reader's messages. None is the end; an error is raised to the reader."""

    messages: asyncio.Queue[OrderReport | Fill | VenueUnavailable | None] = field(default_factory=asyncio.Queue)
    is_read: bool = False  # the reader has a message in hand


class AccountFeed:
    """The account's stream. `on_drained` is called whenever a reader comes back for more."""

    def __init__(self) -> None:
        self._inboxes: WeakSet[_Inbox] = WeakSet()  # a stream that was never begun takes its inbox with it
        self.on_drained: Callable[[], None] = lambda: None

    @property
    def is_drained(self) -> bool:
        """Whether every reader has dealt with all it was told."""
        return not any(inbox.is_read or inbox.messages.qsize() for inbox in self._inboxes)

    def publish(self, happened: Iterable[Order | Fill]) -> None:
        """Tell every reader."""
        if self._inboxes:
            self._send([item if isinstance(item, Fill) else item.report() for item in happened])

    def fail(self, failure: VenueUnavailable) -> None:
        """Raise this to every reader."""
        self._send([failure])

    def close(self) -> None:
        """End every reader's stream after what it has yet to read."""
        self._send([None])

    def read(self) -> AsyncIterator[OrderReport | Fill]:
        """Yield what happens from this call on."""
        inbox = _Inbox()
        self._inboxes.add(inbox)
        return self._messages(inbox)

    async def _messages(self, inbox: _Inbox) -> AsyncIterator[OrderReport | Fill]:
        try:
            while (message := await inbox.messages.get()) is not None:
                if isinstance(message, VenueUnavailable):
                    raise message
                inbox.is_read = True
                yield message
                inbox.is_read = False
                self.on_drained()
        finally:
            self._inboxes.discard(inbox)
            self.on_drained()

    def _send(self, messages: Iterable[OrderReport | Fill | VenueUnavailable | None]) -> None:
        for message in messages:
            for inbox in self._inboxes:
                inbox.messages.put_nowait(message)
