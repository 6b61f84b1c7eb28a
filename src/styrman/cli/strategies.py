"""Strategies: what the service knows, and writing and checking one's own on this machine."""

import keyword
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from styrman.cli.columns import STRATEGIES, Column, Room, field
from styrman.cli.command import command
from styrman.cli.exits import ExitCode, Failure, UsageFailure
from styrman.cli.session import Output, Session
from styrman.cli.template import strategy_file

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*")
_PATH = (field("FILE", "path"),)


def _type(about: Mapping[str, object]) -> str:
    """Return a parameter's type in JSON's words; the ones it may have, where there are several."""
    listed = about.get("anyOf")
    kinds = [each.get("type") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else [about.get("type")]
    return " or ".join(str(kind) for kind in kinds if kind not in (None, "null")) or "-"


_PARAMETERS = (
    field("PARAMETER", "name"),
    Column("TYPE", _type),
    field("DEFAULT"),
    field("MEANING", "description", room=Room.WRAP),
)


def list_strategies(session: Session) -> None:
    """List the strategies that a bot may name: shipped, of the home folder, installed."""
    session.printer.items(session.api.pages("/strategies"), STRATEGIES, name="name")


def show(session: Session, name: Annotated[str, typer.Argument(help="The strategy.", show_default=False)]) -> None:
    """Show a strategy and its parameters."""
    strategy = session.api.get(f"/strategies/{quote(name, safe='')}")
    if session.output is not Output.TABLE:
        session.printer.item(strategy, name="name")
        return
    session.printer.items([strategy], STRATEGIES)
    schema = strategy.get("parameters")
    parameters = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(parameters, dict) and parameters:
        typer.echo()
        session.printer.items(({"name": key} | about for key, about in parameters.items()), _PARAMETERS)


def new(session: Session, name: Annotated[str, typer.Argument(help="snake_case, such as my_idea.", show_default=False)]) -> None:
    """Write HOME/strategies/NAME.py: a commented strategy that runs as it is."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise UsageFailure(f"{name!r} can't name a strategy; write snake_case such as my_idea.")
    path = session.home / "strategies" / f"{name}.py"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(strategy_file(name, str(path)))
    except FileExistsError:
        raise Failure(f"{path} exists; it was left as it is. Choose another name.", ExitCode.CONFLICT) from None
    except OSError as error:
        raise Failure(f"{path} can't be written: {error.strerror}.") from None
    session.say(f"Edit it, then check it with: styrman strategy check {path}")
    session.printer.item({"name": name, "path": str(path)}, _PATH, name="path")


def check(
    session: Session,
    file: Annotated[Path, typer.Argument(help="A file that holds a strategy.", show_default=False)],
    *,
    param: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A parameter; may be repeated.")] = None,
) -> None:
    """Load a strategy and run it over a synthetic market, here and without the service."""
    from styrman.cli.changes import pairs  # noqa: PLC0415 - httpx and yaml cost `--help` 180 ms
    from styrman.cli.trial import CHECKED, check_file  # noqa: PLC0415 - numpy, pydantic, and the strategy's own imports

    checked = check_file(file, pairs(param, typed=True), session.home)
    session.printer.items(checked, CHECKED, name="name")
    for strategy in checked:
        if not strategy["opinions"] and not strategy["orders"]:
            session.say(f"{strategy['name']} never wanted anything in {strategy['decisions']} decisions.")


def add(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "list")(list_strategies)
    command(app)(show)
    command(app)(new)
    command(app)(check)
