"""How the service does: one look, or a look every other second."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated

import typer

from styrman.cli.columns import BOTS, Column, Row, mode, plain, span
from styrman.cli.command import command
from styrman.cli.exits import ExitCode, Failure
from styrman.cli.session import Output, Session

_TROUBLED = ("FAILED", "QUARANTINED", "BACKOFF")
_SHOWN = 20
_EVERY_S = 2.0
_PAIR = (Column("", lambda row: plain(row["what"])), Column("", lambda row: plain(row["how"])))


def status(
    session: Session,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every other second, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option("--every", min=0.2, help="Seconds between two looks.")] = _EVERY_S,
) -> None:
    """Show how the service does, and the bots that are in trouble."""
    _show(session, session.api.get("/system"))
    if watch:
        for system in _looks(session, every):
            _show(session, system, clear=sys.stdout.isatty())


def add(app: typer.Typer) -> None:
    """Add the command."""
    command(app)(status)


def _looks(session: Session, every_s: float) -> Iterator[Row]:
    """Yield the system for ever; where nothing answers, say so once and look again."""
    is_reachable = True
    while True:
        time.sleep(every_s)
        try:
            yield session.api.get("/system")
            is_reachable = True
        except Failure as failure:
            if failure.code is not ExitCode.UNREACHABLE:
                raise
            if is_reachable:
                session.say(f"{failure.message} Still looking.")
            is_reachable = False


def _show(session: Session, system: Row, *, clear: bool = False) -> None:
    if session.output is not Output.TABLE:
        session.printer.line(system, name="boot")
        return
    troubled = list(session.api.pages("/bots", limit=_SHOWN, state=_TROUBLED))
    if clear:
        session.printer.clear()
    session.printer.items(_summary(session.url, system), _PAIR)
    if troubled:
        typer.echo()
        session.printer.items(troubled, BOTS)


def _summary(url: str, system: Row) -> Iterator[Row]:
    """Yield the lines that a person wants to see, in that order."""
    bots = system.get("bots")
    states = ", ".join(f"{count} {state}" for state, count in bots.items() if count) if isinstance(bots, dict) else ""
    ready = "ready" if system.get("ready") else "not ready"
    yield {"what": "service", "how": f"{url}, version {system.get('version')}, {ready}, up {span(system.get('uptime_s'))}"}
    if system.get("safe_mode"):
        yield {"what": "safe mode", "how": system["safe_mode"]}
    yield {"what": "trading", "how": "HALTED; lift it with: styrman unhalt" if system.get("halted") else "ACTIVE"}
    yield {"what": "bots", "how": states or "none"}
    yield {"what": "money", "how": _money(system.get("modes"))}
    yield {"what": "cycles", "how": f"{system.get('cycles')}, late by {_ms(system, 'lateness')}"}
    yield {"what": "loop", "how": f"lag {_number(system, 'loop_lag_ms')} ms, at most {_number(system, 'loop_lag_max_ms')} ms"}
    yield {"what": "journal", "how": f"{system.get('journal_depth')} waiting, commits take {_ms(system, 'commit')}"}
    yield {"what": "memory", "how": f"{_mib(system, 'memory_bytes')} MiB, store {_mib(system, 'store_bytes')} MiB"}
    if system.get("store_errors"):
        yield {"what": "store errors", "how": system["store_errors"]}


def _money(modes: object) -> str:
    """Return whose money the bots trade, real money first and loudly."""
    counts = modes if isinstance(modes, dict) else {}
    named = [(name, counts.get(name)) for name in ("live", "paper", "simulated")]
    return ", ".join(f"{mode(name)} {count}" for name, count in named if count) or "none"


def _ms(system: Row, name: str) -> str:
    return f"{_number(system, f'{name}_p50_ms')} ms (p50), {_number(system, f'{name}_p99_ms')} ms (p99)"


def _number(system: Row, name: str) -> str:
    value = system.get(name)
    return f"{value:.1f}" if isinstance(value, int | float) else "-"


def _mib(system: Row, name: str) -> str:
    value = system.get(name)
    return f"{value / 1048576:.0f}" if isinstance(value, int | float) else "-"
