"""The commands that belong to this machine: run the service, tell versions, replace the token."""

import os
import platform
from typing import Annotated

import typer

from styrman import __version__
from styrman.access import reset_token, write_profile
from styrman.cli.columns import Row, field
from styrman.cli.command import command
from styrman.cli.session import Session


def up(
    session: Session,
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on. Default: 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on. Default: 8080.")] = None,
    demo: Annotated[bool | None, typer.Option("--demo/--no-demo", help="Demo bots. Default: in a new home only.")] = None,
) -> None:
    """Run the service until Ctrl-C or SIGTERM."""
    from styrman.config import Settings  # noqa: PLC0415 - pydantic costs `--help` 150 ms

    given = {"home": session.home_given, "host": host, "port": port}
    settings = Settings.load(**{key: value for key, value in given.items() if value is not None})
    from styrman.runtime import serve  # noqa: PLC0415 - the runtime costs a second, and a wrong setting shall not

    if code := serve(settings, demo=demo):
        raise typer.Exit(code)


def version(session: Session) -> None:
    """Tell the version of this command line."""
    told: Row = {"version": __version__, "python": platform.python_version(), "platform": platform.platform()}
    session.printer.item(told, (field("STYRMAN", "version"), field("PYTHON"), field("PLATFORM")), name="version")


def add(app: typer.Typer) -> None:
    """Add `up` and `version`."""
    command(app)(up)
    command(app)(version)


def reset(session: Session) -> None:
    """Replace the admin token of this machine's home; a running service takes the new one within a second."""
    token = reset_token(session.home)
    write_profile(session.home, token=token)
    if os.environ.get("STYRMAN_ADMIN_TOKEN"):
        session.say("STYRMAN_ADMIN_TOKEN is set here: a service that is started with it takes that token instead.")
    session.say(f"The old token is void. The new one is in the profile in {session.home}, and here, once:")
    session.printer.item({"token": token}, (field("TOKEN"),), name="token")


def add_token(app: typer.Typer) -> None:
    """Add `token reset`."""
    command(app)(reset)
