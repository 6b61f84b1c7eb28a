"""The last log lines of all bots in one store, capped in bytes: what `GET …/logs` and `styrman bot logs` show.

Lines are kept encoded and chained by bot, newest to oldest. It writes no file; it forgets the oldest line first.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

import orjson
from pydantic import JsonValue

from styrman.log import Line, get_logger
from styrman.ports import LogLine

LINE_BYTES: Final = 16_384  # longer lines are cut to their sentence
OVERHEAD_BYTES: Final = 300  # what Python keeps for a line beside its text
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_FORMAT: Final = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY

_log = get_logger()
Follower = Callable[[LogLine], None]


class _Kept(NamedTuple):
    """One line: its level's rank, its bot, the number of the line before it of the same bot (0: none), itself as JSON."""

    rank: int
    bot_id: str | None
    previous: int
    body: bytes

    @property
    def size(self) -> int:
        return len(self.body) + OVERHEAD_BYTES


class LogBook:
    """`ports.LogTail`, and a sink for `styrman.log.attach`. Every method may be called on any thread."""

    def __init__(self, kept_bytes: int, level: str = "info") -> None:
        self._cap, self._rank = kept_bytes, LEVELS.index(level)
        self._lines: dict[int, _Kept] = {}
        self._last: dict[str | None, int] = {}  # by bot: the number of its newest line
        self._oldest = self._next = 1
        self._bytes = 0
        self._followers: tuple[Follower, ...] = ()
        self._lock = threading.Lock()

    def __call__(self, line: Line) -> None:
        """Keep a line of at least the book's level, and tell it to those who follow."""
        rank = LEVELS.index(str(line["level"]))
        if rank < self._rank:
            return
        bot_id = str(line["bot_id"]) if line.get("bot_id") else None
        body = _encode(line)
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._lines[number] = kept = _Kept(rank, bot_id, self._last.get(bot_id, 0), body)
            self._last[bot_id] = number
            self._bytes += kept.size
            while self._bytes > self._cap:
                self._forget_oldest()
        for follower in self._followers:
            self._tell(follower, _decode(number, kept))

    def tail(self, bot_id: str | None, *, limit: int = 200, level: str = "debug", text: str = "", after: int = 0) -> list[LogLine]:
        """Return the last lines of a bot (None: of all), oldest first; `text` is looked for without regard to ASCII case."""
        rank, needle = LEVELS.index(level), orjson.dumps(text)[1:-1].lower()
        found: list[LogLine] = []
        with self._lock:
            for number, kept in self._newest_first(bot_id):
                if number <= after or len(found) >= limit:
                    break
                if kept.rank >= rank and (not needle or needle in kept.body.lower()):
                    found.append(_decode(number, kept))
        return found[::-1]

    def follow(self, callback: Follower) -> Callable[[], None]:
        """Call back for each new line on the thread that logged it, which it must not hold up; return what ends that."""
        with self._lock:
            self._followers = (*self._followers, callback)
        return lambda: self._unfollow(callback)

    def _unfollow(self, callback: Follower) -> None:
        with self._lock:
            self._followers = tuple(kept for kept in self._followers if kept is not callback)

    def _tell(self, follower: Follower, line: LogLine) -> None:
        try:
            follower(line)
        except Exception as error:  # noqa: BLE001 - logging must never fail; the follower goes, and its error is logged once
            self._unfollow(follower)
            _log.error("a follower of the log failed and was dropped", error=error)

    def _newest_first(self, bot_id: str | None) -> Iterator[tuple[int, _Kept]]:
        number = self._next - 1 if bot_id is None else self._last.get(bot_id, 0)
        while number >= self._oldest:
            kept = self._lines[number]
            yield number, kept
            number = number - 1 if bot_id is None else kept.previous

    def _forget_oldest(self) -> None:
        kept = self._lines.pop(self._oldest)
        self._bytes -= kept.size
        if self._last[kept.bot_id] == self._oldest:
            del self._last[kept.bot_id]
        self._oldest += 1


def _encode(line: Line) -> bytes:
    try:
        body = orjson.dumps(line, default=str, option=_FORMAT)
    except TypeError:  # a number beyond 64 bits, or half of a surrogate pair
        body = orjson.dumps({key: str(value).encode(errors="replace").decode() for key, value in line.items()})
    if len(body) > LINE_BYTES:
        sentence = str(line["event"]).encode(errors="replace")[: LINE_BYTES // 2].decode(errors="ignore")
        body = orjson.dumps({"event": sentence, "level": line["level"], "timestamp": line["timestamp"], "cut_from_bytes": len(body)})
    return bytes(memoryview(body))  # a copy: orjson's own bytes hold on to the whole buffer of 4 KiB that they were written in


def _decode(number: int, kept: _Kept) -> LogLine:
    fields: dict[str, JsonValue] = orjson.loads(kept.body)
    message, at, level = (str(fields.pop(key)) for key in ("event", "timestamp", "level"))
    fields.pop("bot_id", None)
    return LogLine(number=number, at=datetime.fromisoformat(at), level=level, bot_id=kept.bot_id, message=message, fields=fields)
