"""What a person does to one bot against or beside its strategy: exit, enter, adopt, hand back, decide. Each wants a reason."""

from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

import typer

from styrman.cli.columns import INTENTS, Row
from styrman.cli.command import command
from styrman.cli.exits import UsageFailure
from styrman.cli.session import Session
from styrman.cli.targets import Id, Manner, Patience, Targets, Wait, Yes, steer

Why = Annotated[str, typer.Option("--reason", help="Why; kept with the command. Wanted.", show_default=False)]
_Instrument = Annotated[str, typer.Option("--instrument", "-i", help="Such as BTC/USDT.", show_default=False)]
_Price = Annotated[str | None, typer.Option(help="In quote. Default: the last price.")]


class Side(StrEnum):
    """Which way an entry trades."""

    BUY = "buy"
    SELL = "sell"


class Outcome(StrEnum):
    """What a person found at the venue."""

    PLACED = "placed"
    NOT_PLACED = "not_placed"
    UNKNOWN = "unknown"


def exit_now(  # noqa: PLR0913 - the options of the command
    session: Session,
    bot_id: Id,
    *,
    reason: Why,
    instrument: Annotated[str | None, typer.Option("--instrument", "-i", help="This one alone. Default: all.")] = None,
    yes: Yes = False,
    wait: Wait = False,
    timeout: Patience = 60.0,
) -> None:
    """Exit now at the market, and stay flat until the target changes or the bot is resumed."""
    session.confirm(f"Close {instrument or 'everything'} of {bot_id} at the market?", yes=yes)
    _force(session, "exit", bot_id, {"instrument": instrument, "reason": reason}, timeout if wait else None)


def enter(  # noqa: PLR0913 - the options of the command
    session: Session,
    bot_id: Id,
    *,
    instrument: _Instrument,
    reason: Why,
    side: Annotated[Side | None, typer.Option(help="Of --quantity or --value. Default: buy.")] = None,
    quantity: Annotated[str | None, typer.Option(help="In base.")] = None,
    value: Annotated[str | None, typer.Option(help="In quote.")] = None,
    target: Annotated[float | None, typer.Option(help="The position wanted, as a fraction of the equity.")] = None,
    yes: Yes = False,
    wait: Wait = False,
    timeout: Patience = 60.0,
) -> None:
    """Enter now at the market, through the risk rules, and hold that until the strategy's target changes."""
    if sum(size is not None for size in (quantity, value, target)) != 1:
        raise UsageFailure("Say how much by exactly one of --quantity, --value and --target.")
    session.confirm(f"Trade {instrument} for {bot_id} at the market?", yes=yes)
    body: Row = {"instrument": instrument, "side": side and side.value, "quantity": quantity, "value": value, "target": target}
    _force(session, "enter", bot_id, body | {"reason": reason}, timeout if wait else None)


def adopt(  # noqa: PLR0913 - the options of the command
    session: Session,
    bot_id: Id,
    *,
    instrument: _Instrument,
    quantity: Annotated[str, typer.Option(help="In base.", show_default=False)],
    reason: Why,
    price: _Price = None,
) -> None:
    """Take a part of what the account holds beside its bots into the bot's book. Nothing is traded."""
    _force(session, "adopt", bot_id, {"instrument": instrument, "quantity": quantity, "price": price, "reason": reason}, None)


def hand_back(  # noqa: PLR0913 - the options of the command
    session: Session,
    bot_id: Id,
    *,
    instrument: _Instrument,
    reason: Why,
    quantity: Annotated[str | None, typer.Option(help="In base. Default: all of it.")] = None,
    price: _Price = None,
) -> None:
    """Take a position, or a part of it, out of the bot's book. Nothing is traded; nobody guards it any more."""
    _force(session, "hand-back", bot_id, {"instrument": instrument, "quantity": quantity, "price": price, "reason": reason}, None)


def decide(  # noqa: PLR0913 - the options of the command
    session: Session,
    bot_id: Id,
    intent_id: Annotated[str, typer.Argument(help="The intent, UNKNOWN or SENDING.", show_default=False)],
    *,
    reason: Why,
    outcome: Annotated[Outcome | None, typer.Option(help="What you found at the venue.")] = None,
    yes: Yes = False,
) -> None:
    """Close an order that nobody can find: you looked at the venue, and it counts no more."""
    from styrman.cli.client import bot_path  # noqa: PLC0415 - httpx costs `--help` 140 ms

    session.confirm(f"Let intent {intent_id} of {bot_id} count no more?", yes=yes)
    body = _given({"outcome": outcome and outcome.value, "reason": reason})
    path = bot_path(bot_id, "intents", quote(intent_id, safe=""), "decide")
    session.printer.item(session.api.post(path, body), INTENTS, name="intent_id")


def add(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "exit")(exit_now)
    command(app)(enter)
    command(app)(adopt)
    command(app, "hand-back")(hand_back)
    command(app)(decide)


def _force(session: Session, action: str, bot_id: str, body: Row, wait_s: float | None) -> None:
    """Send one command to one bot; that the person agrees was asked before."""
    targets = Targets(ids=(bot_id,), selector=None, everything=False)
    steer(session, action, targets, Manner(yes=True, reason="", wait_s=wait_s), _given(body))


def _given(body: Row) -> Row:
    return {key: value for key, value in body.items() if value is not None}
