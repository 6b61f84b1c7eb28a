"""`doctor`: looks at everything that a service needs and says what is wrong, from the bottom up."""

import typer

from styrman.cli.columns import CHECKS
from styrman.cli.command import command
from styrman.cli.exits import Failure
from styrman.cli.session import Session


def doctor(session: Session) -> None:
    """Look for what keeps the service from starting, running or answering here. Exit code 1 where something is wrong."""
    from styrman.cli.checks import Verdict, examine  # noqa: PLC0415 - pydantic and httpx cost `--help` 300 ms

    findings = list(examine(session))
    session.printer.items(findings, CHECKS, name="check")
    wrong = sum(finding["result"] == Verdict.WRONG for finding in findings)
    if wrong:
        raise Failure(f"{wrong} of {len(findings)} checks are wrong.")


def add(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(doctor)
