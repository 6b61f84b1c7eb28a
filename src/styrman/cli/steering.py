"""The commands that change what is desired of bots, and the kill switch."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from styrman.cli.columns import HALTS, Row
from styrman.cli.command import command
from styrman.cli.completion import bot_ids
from styrman.cli.exits import UsageFailure
from styrman.cli.session import Session
from styrman.cli.targets import Everything, Ids, Manner, Patience, Reason, Selector, Targets, Wait, Yes, steer

_PLAIN = {
    "start": "Start bots: what is desired is RUNNING, from now on and after every restart.",
    "pause": "Let bots add no exposure; exits are managed.",
    "resume": "Let paused bots trade again.",
    "restart": "Stop bots and start them with a new run.",
    "reset": "Clear FAILED and the restart counters without starting.",
    "flatten": "Cancel orders, close positions, stay flat until the target changes.",
}


class Orders(StrEnum):
    """What a stop does with working orders."""

    CANCEL = "cancel"
    KEEP = "keep"


class Positions(StrEnum):
    """What a stop does with positions."""

    HOLD = "hold"
    FLATTEN = "flatten"


def _plain(action: str, about: str) -> Callable[..., None]:
    def act(  # noqa: PLR0913 - the options of the command
        session: Session,
        ids: Ids = None,
        *,
        selector: Selector = None,
        everything: Everything = False,
        yes: Yes = False,
        reason: Reason = "",
        wait: Wait = False,
        timeout: Patience = 60.0,
    ) -> None:
        targets = Targets.of(ids, selector, everything=everything)
        steer(session, action, targets, Manner(yes=yes, reason=reason, wait_s=timeout if wait else None))

    act.__doc__ = about
    return act


def stop(  # noqa: PLR0913 - the options of the command
    session: Session,
    ids: Ids = None,
    *,
    selector: Selector = None,
    everything: Everything = False,
    orders: Annotated[Orders, typer.Option(help="What becomes of working orders.")] = Orders.CANCEL,
    positions: Annotated[Positions, typer.Option(help="What becomes of positions.")] = Positions.HOLD,
    grace: Annotated[float | None, typer.Option(min=0, help="Seconds a bot gets to end. Default: 30.")] = None,
    yes: Yes = False,
    reason: Reason = "",
    wait: Wait = False,
    timeout: Patience = 60.0,
) -> None:
    """Stop bots: what is desired is STOPPED, from now on and after every restart."""
    targets = Targets.of(ids, selector, everything=everything)
    options = {"orders": orders.value, "positions": positions.value} | ({} if grace is None else {"timeout_s": grace})
    steer(session, "stop", targets, Manner(yes=yes, reason=reason, wait_s=timeout if wait else None), options)


def add_to_bots(app: typer.Typer) -> None:
    """Add the commands on bots."""
    for action, about in _PLAIN.items():
        command(app, action)(_plain(action, about))
    command(app)(stop)


_Bot = Annotated[str | None, typer.Option("--bot", help="This bot alone.", autocompletion=bot_ids)]
_Account = Annotated[str | None, typer.Option("--account", help="This account alone.")]


def halt(  # noqa: PLR0913 - the options of the command
    session: Session,
    *,
    bot: _Bot = None,
    account: _Account = None,
    flatten: Annotated[bool, typer.Option("--flatten", help="Close positions too; asks.")] = False,
    yes: Yes = False,
    reason: Reason = "",
) -> None:
    """Close the order gate at once and cancel orders: of everything, an account or a bot. It latches until unhalt."""
    scope = _scope(bot, account)
    if flatten:
        session.confirm(f"Close every position of {_called(scope)} at the market?", yes=yes)
    session.printer.item(session.api.post("/halt", scope | {"flatten": flatten, "reason": reason}), HALTS, name="scope")


def unhalt(session: Session, *, bot: _Bot = None, account: _Account = None, yes: Yes = False, reason: Reason = "") -> None:
    """Lift a halt."""
    scope = _scope(bot, account)
    if not scope:
        session.confirm("Let everything trade again?", yes=yes)
    session.printer.item(session.api.post("/unhalt", scope | {"reason": reason}), HALTS, name="scope")


def add_switch(app: typer.Typer) -> None:
    """Add the kill switch and what lifts it."""
    command(app)(halt)
    command(app)(unhalt)


def _scope(bot: str | None, account: str | None) -> Row:
    if bot and account:
        raise UsageFailure("Name a bot or an account, not both; neither means everything.")
    return {key: value for key, value in {"bot_id": bot, "account": account}.items() if value}


def _called(scope: Row) -> str:
    return " ".join(f"{key.removesuffix('_id')} {value}" for key, value in scope.items()) or "every bot"
