"""What the shell offers after TAB: the script that asks us, and the ids of bots. Silent where nothing answers."""

from enum import StrEnum
from typing import Annotated

import typer

from styrman.cli.command import command
from styrman.cli.exits import Failure
from styrman.cli.session import Choices, Session

_OFFERED = 50


class Shell(StrEnum):
    """Shells that have completion."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def bot_ids(incomplete: str) -> list[str]:
    """Return the ids of bots that begin so."""
    try:
        with Session(Choices()) as session:
            found = session.api.pages("/bots", limit=_OFFERED, q=incomplete or None)
            return [name for bot in found if (name := str(bot.get("id"))).startswith(incomplete)]
    except Failure:
        return []


def completion(session: Session, shell: Annotated[Shell, typer.Argument(help="Your shell.")]) -> None:
    """Print the completion script of a shell: eval "$(styrman completion bash)" in ~/.bashrc."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined] # noqa: PLC0415 - wanted here; in every version

    del session
    typer.echo(get_completion_script(prog_name="styrman", complete_var="_STYRMAN_COMPLETE", shell=shell.value))


def add(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(completion)
