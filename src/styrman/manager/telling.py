"""Tells the live stream and the metrics what was journaled, and the stream what bots log."""

import asyncio
import threading
from collections.abc import Callable, Sequence

from styrman.domain.bots import BotRecord, BotStatus
from styrman.domain.events import Event, EventKind
from styrman.manager.bus import Bus
from styrman.ports import LogLine, Telemetry

Peek = Callable[[str], tuple[BotRecord, BotStatus] | None]
_LOG_FIELDS = ("number", "at", "level", "message", "fields")
_AS_STATE = frozenset({EventKind.COMMAND, EventKind.LIFECYCLE})
_AS_THEMSELVES = frozenset({EventKind.ORDER, EventKind.FILL})


class Teller:
    """From the journal and the log to the bus."""

    def __init__(self, bus: Bus, telemetry: Telemetry) -> None:
        self._bus = bus
        self._telemetry = telemetry
        self.peek: Peek = lambda _: None
        self.state: Callable[[BotRecord, BotStatus], dict[str, object]] = lambda *_: {}

    def tell(self, events: Sequence[Event]) -> None:
        """Publish journaled events. Commands and moves are told as the bot's state is now."""
        for event in events:
            if event.kind in _AS_STATE and event.bot_id is not None:
                self._bus.publish("bot.state", {**self._state(event.bot_id), **_heading(event)}, bot_id=event.bot_id)
            elif event.kind in _AS_THEMSELVES:
                self._bus.publish(event.kind.value, {**_heading(event), **event.fields}, bot_id=event.bot_id)
            self._count(event)

    def follow_logs(self) -> Callable[[], None]:
        """Publish what bots log from now on; return what ends that."""
        loop, own_thread = asyncio.get_running_loop(), threading.get_ident()

        def follow(line: LogLine) -> None:
            if line.bot_id is None or line.level == "debug" or loop.is_closed():
                return
            # The loop's own thread is awake already: waking it costs a system call a line.
            call = loop.call_soon if threading.get_ident() == own_thread else loop.call_soon_threadsafe
            call(self._bus_log, line)

        return self._telemetry.logs.follow(follow)

    def _bus_log(self, line: LogLine) -> None:
        self._bus.publish("log", {"id": line.bot_id, **{name: getattr(line, name) for name in _LOG_FIELDS}}, bot_id=line.bot_id)

    def _state(self, bot_id: str) -> dict[str, object]:
        bot = self.peek(bot_id)
        return {"deleted": True} if bot is None else self.state(*bot)

    def _count(self, event: Event) -> None:
        if event.kind is EventKind.COMMAND:
            self._telemetry.count("commands", action=event.name)
        elif event.name == "BotCrashed":
            self._telemetry.count("restarts", error_class=str(event.fields.get("error_class", "")))


def _heading(event: Event) -> dict[str, object]:
    return {"id": event.bot_id, "name": event.name, "at": event.at, "actor": event.actor, "reason": event.reason}
