"""The event stream as messages: parsed, and taken up again where it broke off."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from styrman.cli.client import Api
from styrman.cli.exits import ExitCode, Failure

_RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its id, what kind it is, and its JSON text. `connected` is ours: the stream is open from here on."""

    id: str | None
    event: str
    body: str


CONNECTED = Message(None, "connected", "")


def parse(lines: Iterable[str]) -> Iterator[Message]:
    """Yield the messages of a stream's lines; comments and unfinished messages are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if "data" in fields:
                yield Message(fields.get("id"), fields.get("event", "message"), fields["data"])
            fields = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        fields[name] = f"{fields['data']}\n{value}" if name == "data" and "data" in fields else value


def follow(api: Api, params: dict[str, object]) -> Iterator[Message]:
    """Yield messages for ever: once connected, a lost connection is taken up again after the last message seen.

    CONNECTED comes first each time the stream is open. Failure where the first connection fails, or access is denied.
    """
    last: str | None = None
    was_connected = False
    while True:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
        try:
            lines = api.stream("/events", params=params, headers=headers)
            next(lines)
            was_connected = True
            yield CONNECTED
            for message in parse(lines):
                last = message.id or last
                if message.event != "heartbeat":
                    yield message
        except Failure as failure:
            if failure.code is not ExitCode.UNREACHABLE or not was_connected:
                raise
        time.sleep(_RETRY_S)
