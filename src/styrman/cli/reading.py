"""Accounts and operations: reading them, accepting a drift, claiming an order that no bot owns."""

from typing import Annotated
from urllib.parse import quote

import typer

from styrman.cli.columns import ACCOUNTS, CASH_FLOWS, EXTERNAL_ORDERS, INTENTS
from styrman.cli.command import command
from styrman.cli.completion import bot_ids
from styrman.cli.force import Why
from styrman.cli.history import Most
from styrman.cli.session import Session
from styrman.cli.targets import Patience, Reason, Wait, Yes
from styrman.cli.waiting import report

_Account = Annotated[str, typer.Argument(help="The account: its venue's name.", show_default=False)]


def list_accounts(session: Session) -> None:
    """List accounts: balances, the bots' books, what is external, and by how much the venue says otherwise."""
    session.printer.items(session.api.pages("/accounts"), ACCOUNTS, name="account")


def orders(session: Session, account: _Account) -> None:
    """List an account's working orders that no bot owns, and which bots may claim each."""
    found = session.api.pages(f"/accounts/{quote(account, safe='')}/orders")
    session.printer.items(found, EXTERNAL_ORDERS, name="venue_order_id")


def cash_flows(session: Session, account: _Account, *, limit: Most = 100) -> None:
    """Show what came to an account or left it without a trade, the last first: deposits, withdrawals, funding and whose it was."""
    found = session.api.pages(f"/accounts/{quote(account, safe='')}/cash-flows", limit=limit)
    session.printer.items(found, CASH_FLOWS, name="id")


def claim(  # noqa: PLR0913 - the options of the command
    session: Session,
    account: _Account,
    venue_order_id: Annotated[str, typer.Argument(help="The order, by the venue's id.", show_default=False)],
    bot_id: Annotated[str, typer.Option("--bot", help="Whose it shall be.", autocompletion=bot_ids, show_default=False)],
    *,
    reason: Why,
    key: Annotated[str | None, typer.Option(help="The name under which the bot's Plan knows it.")] = None,
) -> None:
    """Make a working order that no bot owns a bot's: its fills from now on are the bot's."""
    body = {"bot_id": bot_id, "reason": reason} | ({} if key is None else {"key": key})
    path = f"/accounts/{quote(account, safe='')}/orders/{quote(venue_order_id, safe='')}/claim"
    session.printer.item(session.api.post(path, body), INTENTS, name="intent_id")


def accept_drift(session: Session, account: _Account, *, yes: Yes = False, reason: Reason = "") -> None:
    """Take what an account differs by from its books as external: you say that it is right."""
    session.confirm(f"Accept the drift of account {account}?", yes=yes)
    accepted = session.api.post(f"/accounts/{quote(account, safe='')}/accept-drift", {"reason": reason})
    session.printer.item(accepted, ACCOUNTS, name="account")


def add_accounts(app: typer.Typer) -> None:
    """Add the commands on accounts."""
    command(app, "list")(list_accounts)
    command(app)(orders)
    command(app)(cash_flows)
    command(app)(claim)
    command(app)(accept_drift)


def get(
    session: Session,
    operation_id: Annotated[str, typer.Argument(help="The operation.", show_default=False)],
    *,
    wait: Wait = False,
    timeout: Patience = 60.0,
) -> None:
    """Show how far an operation is."""
    operation = session.api.get(f"/operations/{quote(operation_id, safe='')}")
    report(session, operation, wait_s=timeout if wait else None)


def add_operations(app: typer.Typer) -> None:
    """Add `operation get`."""
    command(app)(get)
