"""Who holds the event loop: read from another thread while it stands still. Nothing is stopped for it."""

import asyncio
import itertools
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from types import CodeType, FrameType
from typing import Final

from pydantic import JsonValue

STACK_FRAMES: Final = 25
_LOOP_PACKAGES: Final = frozenset({"asyncio", "selectors", "uvloop"})
_CALLBACK: Final = asyncio.Handle._run.__code__  # noqa: SLF001 - the frame outside which a stack is the loop's own


class Severity(IntEnum):
    """How bad a stall is; they can be compared."""

    WARNING = 1  # noticeable
    ERROR = 2  # bots are late
    ABORT = 3  # the loop will not come back


@dataclass(frozen=True, slots=True)
class Culprit:
    """What the loop runs: the task's name (`bot:ID` for a bot's; the callback's where no task runs) and its calls, the innermost last."""

    task: str
    stack: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StallReport:
    """One time at which the loop stood still. `seconds` so far, while it lasts."""

    at: datetime
    seconds: float
    severity: Severity
    culprit: Culprit

    @property
    def bot_id(self) -> str | None:
        """The bot whose task it was; None where it was another's."""
        kind, _, name = self.culprit.task.partition(":")
        return name if kind == "bot" and name else None

    def as_json(self) -> dict[str, JsonValue]:
        """Return it as `/api/v1/system` shows it."""
        return {
            "at": self.at.isoformat().replace("+00:00", "Z"),
            "seconds": round(self.seconds, 3),
            "severity": self.severity.name.lower(),
            "task": self.culprit.task,
            "stack": [*self.culprit.stack],
        }


def is_at_work(loop: asyncio.AbstractEventLoop, thread_id: int) -> bool:
    """Whether the loop of another thread runs something at this moment; where not, it waits, or merely hasn't come round."""
    frame = _innermost(thread_id)
    if frame is None:
        return False
    return asyncio.current_task(loop) is not None or _package(frame) not in _LOOP_PACKAGES or _CALLBACK in _codes(frame)


def find_culprit(loop: asyncio.AbstractEventLoop, thread_id: int) -> Culprit | None:
    """Return what the loop of another thread runs at this moment; None where it runs nothing."""
    frame, task = _innermost(thread_id), asyncio.current_task(loop)
    if frame is None or not is_at_work(loop, thread_id):
        return None
    own = itertools.takewhile(lambda call: call[0].f_code is not _CALLBACK, traceback.walk_stack(frame))
    stack = traceback.StackSummary.extract(own, limit=STACK_FRAMES)
    lines = tuple(f"{call.filename}:{call.lineno} in {call.name}: {call.line}" for call in reversed(stack))
    return Culprit(frame.f_code.co_qualname if task is None else _name(task), lines)


def _innermost(thread_id: int) -> FrameType | None:
    return sys._current_frames().get(thread_id)  # noqa: SLF001 - the only way to another thread's stack


def _codes(frame: FrameType | None) -> Iterator[CodeType]:
    while frame is not None:
        yield frame.f_code
        frame = frame.f_back


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _name(task: "asyncio.Task[object]") -> str:
    """Return a task's name, and what it runs where nobody named it."""
    name = task.get_name()
    return f"{name} ({getattr(task.get_coro(), '__qualname__', '?')})" if name.startswith("Task-") else name
