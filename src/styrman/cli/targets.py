"""Which bots a command means, and how their command is sent: one bot directly, several as one tracked operation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from styrman.cli.columns import COMMANDS, Row
from styrman.cli.completion import bot_ids
from styrman.cli.exits import ExitCode, Failure, UsageFailure
from styrman.cli.session import Session
from styrman.cli.waiting import report, waiting

Id = Annotated[str, typer.Argument(help="The bot.", autocompletion=bot_ids, show_default=False)]
Ids = Annotated[list[str] | None, typer.Argument(help="Bots, by id.", autocompletion=bot_ids, show_default=False)]
Selector = Annotated[str | None, typer.Option("--selector", "-l", help="Bots by label, venue or strategy: team=a,env!=prod,venue=sim")]
Everything = Annotated[bool, typer.Option("--all", help="Every bot.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept with the command.", show_default=False)]
Wait = Annotated[bool, typer.Option("--wait", "-w", help="Return when the bots have arrived.")]
Patience = Annotated[float, typer.Option("--timeout", min=0, max=300, help="Seconds that --wait waits.")]
GAVE_UP = ("FAILED", "QUARANTINED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The bots that a command names: exactly one of the three ways."""

    ids: tuple[str, ...]
    selector: str | None
    everything: bool

    @classmethod
    def of(cls, ids: list[str] | None, selector: str | None, *, everything: bool) -> "Targets":
        """Return the targets; UsageFailure where none or more than one way of naming was used."""
        ways = sum((bool(ids), selector is not None, everything))
        if ways != 1:
            raise UsageFailure("Name bots by their ids, or by --selector, or all of them by --all.")
        return cls(ids=tuple(dict.fromkeys(ids or ())), selector=selector, everything=everything)

    def confirm(self, session: Session, action: str, *, yes: bool) -> None:
        """Ask before a command reaches bots that were not named one by one."""
        if not self.ids:
            whom = "every bot" if self.everything else f"every bot that matches {self.selector!r}"
            session.confirm(f"{action.capitalize()} {whom}?", yes=yes)

    @property
    def body(self) -> Row:
        """The targets as an operation names them."""
        if self.ids:
            return {"ids": list(self.ids)}
        return {"all": True} if self.everything else {"selector": self.selector}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a command is sent: asked for or not, why, and how long its end is waited for."""

    yes: bool
    reason: str
    wait_s: float | None


def steer(session: Session, action: str, targets: Targets, manner: Manner, options: Mapping[str, object] | None = None) -> None:
    """Send a command and write its answer; Failure where a bot did not get there."""
    targets.confirm(session, action, yes=manner.yes)
    body = {"reason": manner.reason} if manner.reason else {}
    if len(targets.ids) == 1:
        _steer_one(session, action, targets.ids[0], body | dict(options or {}), manner.wait_s)
    else:
        asked = {"action": action, **targets.body, **body} | ({"options": dict(options)} if options else {})
        operation = session.api.post("/operations", asked)
        report(session, operation, wait_s=manner.wait_s)


def _steer_one(session: Session, action: str, bot_id: str, body: Row, wait_s: float | None) -> None:
    from styrman.cli.client import bot_path  # noqa: PLC0415 - httpx costs `--help` 140 ms

    with waiting(f"{action} {bot_id}", shown=wait_s is not None):
        answer = session.api.post(bot_path(bot_id, action), body, wait_s=wait_s)
    session.printer.item(answer, COMMANDS)
    operation_id = answer.get("operation_id")
    if wait_s is not None and operation_id:
        report(session, session.api.get(f"/operations/{operation_id}"), wait_s=wait_s, quiet=True)
    if wait_s is not None and answer.get("desired") == "RUNNING" and answer.get("observed") in GAVE_UP:
        error = session.api.get(bot_path(bot_id)).get("last_error")
        said = f"{error.get('type')}: {error.get('message')}" if isinstance(error, dict) else "it gives no error"
        raise Failure(f"Bot {bot_id!r} is {answer['observed']}: {said}", ExitCode.FAILED)
