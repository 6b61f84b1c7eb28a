"""Reading bots, and changing what they are: list, get, create, apply, edit, delete."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from styrman.cli.columns import APPLIED, BOTS, Row
from styrman.cli.command import command
from styrman.cli.exits import UsageFailure
from styrman.cli.session import Output, Session
from styrman.cli.targets import Everything, Id, Ids, Manner, Patience, Reason, Selector, Targets, Wait, Yes, steer

_File = Annotated[Path, typer.Option("--file", "-f", help="YAML or JSON; - is stdin.", show_default=False)]


class Exposure(StrEnum):
    """What a delete does with what a bot holds."""

    REFUSE = "refuse"
    FLATTEN = "flatten"
    ABANDON = "abandon"


def list_bots(
    session: Session,
    *,
    state: Annotated[list[str] | None, typer.Option("--state", help="Only bots in this state; may be repeated.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="Only bots with this label: key=value or key.")] = None,
    text: Annotated[str | None, typer.Option("--search", "-q", help="Only bots with it in id, work, venue, instruments.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many. Default: all.")] = None,
) -> None:
    """List bots."""
    states = [each.upper() for each in state or ()]
    session.printer.items(session.api.pages("/bots", limit=limit, state=states, label=label, q=text), BOTS)


def get(
    session: Session,
    bot_id: Id,
    *,
    spec: Annotated[bool, typer.Option("--spec", help="Only what `bot apply` takes.")] = False,
) -> None:
    """Show one bot with all its fields."""
    from styrman.cli.client import bot_path  # noqa: PLC0415 - httpx costs `--help` 140 ms

    bot = session.api.get(bot_path(bot_id))
    described = bot.get("spec")
    session.printer.item(described if spec and isinstance(described, dict) else bot)


def create(  # noqa: PLR0913 - the options of the command
    session: Session,
    *,
    bot_id: Annotated[str | None, typer.Option("--id", help="a-z, 0-9 and -; unique.")] = None,
    strategy: Annotated[str | None, typer.Option(help="A shipped one, one of HOME/strategies, or package.module:Class.")] = None,
    main: Annotated[str | None, typer.Option(help="Instead of a strategy: package.module:function.")] = None,
    venue: Annotated[str | None, typer.Option(help="A venue of config.toml; `sim` is built in.")] = None,
    instrument: Annotated[list[str] | None, typer.Option(help="Such as BTC/USDT; may be repeated.")] = None,
    timeframe: Annotated[str | None, typer.Option(help="Such as 1m or 4h. Default: 1m.")] = None,
    capital: Annotated[str | None, typer.Option(help="In quote currency, reserved from the account.")] = None,
    param: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A parameter, as YAML reads it; may be repeated.")] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE", help="A label; may be repeated.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="The spec as YAML or JSON; - is stdin.")] = None,
    reason: Reason = "",
) -> None:
    """Create one bot, from options or from a file. It does not start."""
    from styrman.cli import changes  # noqa: PLC0415 - httpx and yaml cost `--help` 180 ms

    given = {
        "id": bot_id,
        "strategy": strategy,
        "main": main,
        "venue": venue,
        "instruments": instrument,
        "timeframe": timeframe,
        "capital": capital,
        "params": changes.pairs(param, typed=True),
        "labels": changes.pairs(label, typed=False),
    }
    spec: Row = {key: value for key, value in given.items() if value}
    if (file is None) == (not spec):
        raise UsageFailure("Describe the bot by options (--id, --strategy, --venue, --instrument) or by --file, one of the two.")
    session.printer.item(changes.create(session, spec, file, reason), BOTS)


def apply(session: Session, file: _File, *, reason: Reason = "") -> None:
    """Create and update the bots of a file, all or nothing."""
    from styrman.cli import changes  # noqa: PLC0415 - httpx and yaml cost `--help` 180 ms

    done = changes.apply(session, file, reason)
    if session.output is Output.TABLE or session.output is Output.NAME:
        results = ({"id": each, "result": word} for word, ids in done.items() if isinstance(ids, list) for each in ids)
        session.printer.items(results, APPLIED)
    else:
        session.printer.item(done)


def edit(session: Session, bot_id: Id, *, reason: Reason = "") -> None:
    """Edit a bot's spec in $EDITOR; refused where somebody else changed it meanwhile."""
    from styrman.cli import changes  # noqa: PLC0415 - httpx and yaml cost `--help` 180 ms

    edited = changes.edit(session, bot_id, reason)
    if edited is not None:
        session.printer.item(edited, BOTS)


def delete(  # noqa: PLR0913 - the options of the command
    session: Session,
    ids: Ids = None,
    *,
    selector: Selector = None,
    everything: Everything = False,
    exposure: Annotated[Exposure, typer.Option(help="What becomes of a position and working orders.")] = Exposure.REFUSE,
    yes: Yes = False,
    reason: Reason = "",
    wait: Wait = False,
    timeout: Patience = 60.0,
) -> None:
    """Delete bots. One with a position or working orders is refused unless told what becomes of them."""
    targets = Targets.of(ids, selector, everything=everything)
    if targets.ids and exposure is not Exposure.REFUSE:
        session.confirm(f"Delete {', '.join(targets.ids)} and {exposure} what they hold?", yes=yes)
    wait_s = timeout if wait else None
    if not targets.ids:
        steer(session, "delete", targets, Manner(yes=yes, reason=reason, wait_s=wait_s), {"exposure": exposure.value})
        return
    from styrman.cli import changes  # noqa: PLC0415 - httpx and yaml cost `--help` 180 ms

    options: Row = {"exposure": exposure.value, "reason": reason or None, "wait": wait_s}
    deleted, failure = changes.delete(session, targets.ids, options)
    if deleted:
        session.printer.items(deleted, APPLIED)
    if failure is not None:
        raise failure


def add(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "list")(list_bots)
    command(app)(get)
    command(app)(create)
    command(app)(apply)
    command(app)(edit)
    command(app)(delete)
