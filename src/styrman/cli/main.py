"""The tree of commands, and the entry point `styrman`. What a command needs is imported when it runs: `--help` stays quick."""

import sys
from io import TextIOWrapper

import typer

from styrman.cli import bots, completion, doctor, force, history, reading, service, status, steering, strategies, testnet, venues
from styrman.cli.command import group
from styrman.cli.exits import ExitCode

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_EXIT_CODES = "Exit codes: " + ", ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in ExitCode) + "."


def _group(parent: typer.Typer | None, name: str, about: str) -> typer.Typer:
    is_root = parent is None  # the root carries completion for the whole tree
    app = typer.Typer(
        name=name,
        help=about,
        epilog=_EXIT_CODES if is_root else None,
        context_settings=_SETTINGS,
        no_args_is_help=True,
        add_completion=is_root,
        pretty_exceptions_enable=False,
    )
    group(app)
    if parent is not None:
        parent.add_typer(app)
    return app


def _build() -> typer.Typer:
    app = _group(None, "styrman", "Runs, supervises and steers trading bots.")
    service.add(app)
    testnet.add(app)
    status.add(app)
    doctor.add(app)
    steering.add_switch(app)
    completion.add(app)
    bot = _group(app, "bot", "Bots: read, change, steer.")
    bots.add(bot)
    steering.add_to_bots(bot)
    force.add(bot)
    history.add(bot)
    strategies.add(_group(app, "strategy", "Strategies: read, write, check."))
    venues.add(_group(app, "venue", "Venues: whose money they trade, what they can do."))
    reading.add_accounts(_group(app, "account", "Accounts."))
    reading.add_operations(_group(app, "operation", "Commands over many bots."))
    service.add_token(_group(app, "token", "The admin token of this machine."))
    return app


app = _build()


def run() -> None:
    """Run the command line and end the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 shows escapes, not a traceback
    app(prog_name="styrman")
