"""What happened to a bot: its log lines, live too, and its events."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer

from styrman.cli.columns import EVENTS, INTENTS, Row, plain
from styrman.cli.command import command
from styrman.cli.session import Session
from styrman.cli.targets import Id


class Level(StrEnum):
    """How bad a log line at least has to be."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


Most = Annotated[int, typer.Option("--limit", "-n", min=0, max=1000, help="The last so many.")]


def logs(
    session: Session,
    bot_id: Id,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    limit: Most = 200,
    level: Annotated[Level, typer.Option(help="At least this bad.")] = Level.DEBUG,
) -> None:
    """Show a bot's last log lines, oldest first."""
    lines = _following(session, bot_id, limit, level) if follow else _kept(session, bot_id, limit, level)
    for line in lines:
        session.printer.line(line, text=_sentence(line), name="message")


def events(session: Session, bot_id: Id, *, limit: Most = 100) -> None:
    """Show a bot's last events, oldest first: commands with who and why, moves, orders, fills, errors."""
    from styrman.cli.client import bot_path  # noqa: PLC0415 - httpx costs `--help` 140 ms

    newest_first = list(session.api.pages(bot_path(bot_id, "events"), limit=limit))
    session.printer.items(reversed(newest_first), EVENTS, name="seq")


def intents(
    session: Session,
    bot_id: Id,
    *,
    state: Annotated[list[str] | None, typer.Option("--state", help="Only those in this state; may be repeated.")] = None,
    instrument: Annotated[str | None, typer.Option("--instrument", "-i", help="Only those of this instrument.")] = None,
    limit: Most = 100,
) -> None:
    """Show a bot's last order intents, newest first; with -o json every move of each, with its time and reason."""
    from styrman.cli.client import bot_path  # noqa: PLC0415 - httpx costs `--help` 140 ms

    states = [each.upper() for each in state or ()]
    found = session.api.pages(bot_path(bot_id, "intents"), limit=limit, state=states, instrument=instrument)
    session.printer.items(found, INTENTS, name="intent_id")


def add(app: typer.Typer) -> None:
    """Add the commands."""
    command(app)(logs)
    command(app)(events)
    command(app)(intents)


def _kept(session: Session, bot_id: str, limit: int, level: Level) -> Iterator[Row]:
    from styrman.cli.client import bot_path, rows  # noqa: PLC0415 - httpx costs `--help` 140 ms

    if limit:
        yield from rows(session.api.get(bot_path(bot_id, "logs"), limit=limit, level=level.value).get("items"))


def _following(session: Session, bot_id: str, limit: int, level: Level) -> Iterator[Row]:
    """Yield what is kept, then what comes, each line once: the stream is open before the kept lines are read."""
    from styrman.cli.sse import CONNECTED, follow  # noqa: PLC0415 - httpx costs `--help` 140 ms

    seen = ""
    wanted = list(Level)[list(Level).index(level) :]
    for message in follow(session.api, {"bots": bot_id, "events": "log"}):
        if message is CONNECTED or message.event == "resync":
            fresh = _kept(session, bot_id, limit, level)
        else:
            fresh = iter([json.loads(message.body)])
        for line in fresh:
            if line.get("level") in (*wanted, "critical") and _moment(line) > seen:
                seen = _moment(line)
                yield line


def _moment(line: Row) -> str:
    """Return what orders log lines across restarts of the service: their time, then their number."""
    number = line.get("number")
    return f"{line.get('at')} {number if isinstance(number, int) else 0:020}"


def _sentence(line: Row) -> str:
    fields = line.get("fields")
    said = f"{plain(line.get('at'))} {plain(line.get('level')):<8} {plain(line.get('message'))}"
    return f"{said}  {plain(fields)}" if fields else said
