"""Reading venues: whose money they trade, how they are reached, what they can do."""

from typing import Annotated
from urllib.parse import quote

import typer

from styrman.cli.columns import VENUES
from styrman.cli.command import command
from styrman.cli.session import Session


def list_venues(session: Session) -> None:
    """List the venues of the configuration."""
    session.printer.items(session.api.pages("/venues"), VENUES, name="name")


def show(session: Session, name: Annotated[str, typer.Argument(help="The venue.", show_default=False)]) -> None:
    """Show one venue: how it is reached, what it can do, and what is assumed of it."""
    session.printer.item(session.api.get(f"/venues/{quote(name, safe='')}"), name="name")


def add(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "list")(list_venues)
    command(app)(show)
