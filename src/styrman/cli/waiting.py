"""Waiting for what the service does: progress on stderr for people, an exit code for scripts."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from styrman.cli.columns import OPERATIONS, Row
from styrman.cli.exits import ExitCode, Failure
from styrman.cli.session import Session

if TYPE_CHECKING:
    from rich.progress import Progress

_POLL_S = 0.25


@contextmanager
def waiting(label: str, *, shown: bool) -> Iterator[None]:
    """Show that something is awaited, where a person looks on."""
    with _progress(shown=shown) as progress:
        progress.add_task(label, total=None)
        yield


def report(session: Session, operation: Row, *, wait_s: float | None, quiet: bool = False) -> None:
    """Follow an operation for `wait_s` seconds where given, write it, and fail as it failed."""
    if wait_s is not None:
        operation = _follow(session, operation, time.monotonic() + wait_s)
    if not quiet:
        session.printer.item(operation, OPERATIONS)
    _judge(operation, is_awaited=wait_s is not None)


def _follow(session: Session, operation: Row, until: float) -> Row:
    """Return the operation once it is finished, or as it stands when the time has run out."""
    with _progress(shown=True) as progress:
        bar = progress.add_task(str(operation.get("action")), total=None)
        while True:
            arrived = _count(operation, "done") + _count(operation, "failed")
            progress.update(bar, total=_count(operation, "total") or None, completed=arrived)
            if operation.get("state") != "running" or time.monotonic() >= until:
                return operation
            time.sleep(_POLL_S)
            operation = session.api.get(f"/operations/{operation.get('id')}")


def _judge(operation: Row, *, is_awaited: bool) -> None:
    """Return if nothing failed; else Failure: in part, altogether, or not in time."""
    total, failed = _count(operation, "total"), _count(operation, "failed")
    if failed:
        reasons = operation.get("errors")
        told = "".join(f"\n  {bot}: {why}" for bot, why in reasons.items()) if isinstance(reasons, dict) else ""
        code = ExitCode.PARTLY if failed < total else ExitCode.FAILED
        raise Failure(f"{failed} of {total} bots failed.{told}", code)
    if is_awaited and operation.get("state") == "running":
        missing = total - _count(operation, "done")
        again = f"styrman operation get {operation.get('id')} --wait"
        raise Failure(f"{missing} of {total} bots have not arrived yet; the command holds. Go on waiting with: {again}", ExitCode.TIMED_OUT)


def _count(operation: Row, name: str) -> int:
    value = operation.get(name)
    return value if isinstance(value, int) else 0


def _progress(*, shown: bool) -> "Progress":
    from rich.console import Console  # noqa: PLC0415 - wanted with --wait alone
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - as above

    columns: list[Callable[[], object]] = [SpinnerColumn, BarColumn, MofNCompleteColumn, TimeElapsedColumn]
    text = TextColumn("{task.description}", markup=False)
    disable = not (shown and sys.stderr.isatty())
    return Progress(text, *(column() for column in columns), console=Console(stderr=True), transient=True, disable=disable)  # type: ignore[arg-type] # each makes a column
