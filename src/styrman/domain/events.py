"""What happened, as values: the rows of the append-only journal and the messages of the event stream."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue


class EventKind(StrEnum):
    """The families of events; each is also the `event:` name it has on the stream, where it has one."""

    COMMAND = "command"  # who asked for what, and why
    LIFECYCLE = "bot.state"  # a move of *observed*, or of the trading state
    ORDER = "order"  # a move of an intent
    FILL = "fill"
    ERROR = "error"
    SYSTEM = "system"  # boot, shutdown, halt, safe mode, stalls, drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `name` is past tense (`BotStarted`); `fields` are JSON values; `seq` is given by the store."""

    kind: EventKind
    name: str
    at: datetime
    bot_id: str | None = None
    actor: str = "styrman"
    reason: str = ""
    fields: dict[str, JsonValue] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True)
class StreamMessage:
    """One message of the live stream, encoded once for every reader. `number` counts within one boot."""

    number: int
    event: str  # bot.state | bots.delta | order | fill | log | operation | system | resync
    frame: bytes  # as the stream writes it: a server-sent event
    bot_id: str | None = None

    @property
    def body(self) -> bytes:
        """The JSON in the frame."""
        return self.frame.partition(b"\ndata: ")[2].removesuffix(b"\n\n")
