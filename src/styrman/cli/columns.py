"""What people see of each kind of thing: the columns of its table. Machines get the whole object instead."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeAlias

Row: TypeAlias = dict[str, object]  # a JSON object, as the API answers it
Shown = Callable[[Mapping[str, object]], str]
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_STYLES = {
    "RUNNING": "green",
    "ACTIVE": "green",
    "STARTING": "yellow",
    "STOPPING": "yellow",
    "BACKOFF": "yellow",
    "REDUCING": "yellow",
    "FAILED": "red",
    "QUARANTINED": "red",
    "HALTED": "red",
    "ok": "green",
    "wrong": "red",
    "warning": "yellow",
    "error": "red",
    "critical": "red",
    "LIVE": "bold red",
}


class Room(StrEnum):
    """What becomes of a column's text where a terminal is too narrow for it."""

    KEEP = "keep"  # it stands as it is
    WRAP = "wrap"  # it goes on in the next line
    CUT = "cut"  # it ends in an ellipsis


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and what it shows of a thing. Numbers stand to the right.

    Where a terminal is too narrow, the column with the highest `spare` is left out first; 0: never.
    """

    title: str
    shown: Shown
    right: bool = False
    spare: int = 0
    room: Room = Room.KEEP


def field(title: str, name: str | None = None, *, right: bool = False, spare: int = 0, room: Room = Room.KEEP) -> Column:
    """Return a column that shows a field as it is."""
    key = name or title.lower().replace(" ", "_")
    return Column(title, lambda row: plain(row.get(key)), right, spare, room)


def plain(value: object) -> str:
    """Return a value as one safe line: no control characters, so that no log line can drive the terminal."""
    match value:
        case None | "":
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(plain(each) for each in value) or "-"
        case dict():
            return ", ".join(f"{key}={plain(each)}" for key, each in value.items()) or "-"
        case _:
            return _CONTROL.sub("�", str(value)).replace("\n", " ").replace("\t", " ")


def style(text: str) -> str:
    """Return the colour of a word that has one of its own."""
    return _STYLES.get(text.partition(" ")[0], "")


def money(value: object) -> str:
    """Return a decimal string with two places; what is no number as it is."""
    try:
        return f"{Decimal(str(value)):,.2f}"
    except InvalidOperation:
        return plain(value)


def age(value: object) -> str:
    """Return how long ago an ISO time was, in its largest unit."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return "-"
    return span((datetime.now(UTC) - (at if at.tzinfo else at.replace(tzinfo=UTC))).total_seconds())


def span(seconds: object) -> str:
    """Return a number of seconds in its largest unit, or the two largest."""
    if not isinstance(seconds, int | float):
        return "-"
    left = max(0, int(seconds))
    for unit, size, part, smaller in (("d", 86_400, "h", 3600), ("h", 3600, "m", 60), ("m", 60, "s", 1)):
        if left >= size:
            return f"{left // size}{unit} {left % size // smaller}{part}"
    return f"{left}s"


def _pnl(bot: Mapping[str, object]) -> str:
    try:
        return money(sum(Decimal(str(bot.get(f"{kind}_pnl"))) for kind in ("realized", "unrealized")))
    except InvalidOperation:
        return "-"


def mode(value: object) -> str:
    """Return whose money it is, real money in capitals."""
    return plain(value).upper() if value == "live" else plain(value)


def _asked(intent: Mapping[str, object], name: str) -> str:
    request = intent.get("request")
    return plain(request.get(name)) if isinstance(request, dict) else "-"


def _tenths(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, int | float) else "-"


def _several(names: object) -> str:
    listed = names if isinstance(names, list) else [names]
    return plain(listed) if len(listed) <= 2 else f"{plain(listed[:2])} +{len(listed) - 2}"  # noqa: PLR2004 - what a line holds


def _trouble(bot: Mapping[str, object]) -> str:
    error = bot.get("last_error")
    if not isinstance(error, dict) or bot.get("observed") == "RUNNING":
        return "-"
    return plain(f"{error.get('type')}: {error.get('message')}")


BOTS = (
    field("ID"),
    field("STATE", "observed"),
    field("DESIRED", spare=3),
    field("TRADING", "trading_state"),
    Column("WORK", lambda bot: plain(bot.get("strategy") or bot.get("main")), spare=1),
    Column("MODE", lambda bot: mode(bot.get("mode"))),
    field("VENUE", spare=6),
    Column("INSTRUMENTS", lambda bot: _several(bot.get("instruments")), spare=4),
    Column("EQUITY", lambda bot: money(bot.get("equity")), right=True),
    Column("PNL", _pnl, right=True),
    field("CYCLES", "cycle_count", right=True, spare=5),
    Column("UPTIME", lambda bot: span(bot.get("uptime_s")), right=True, spare=2),
    Column("ERROR", _trouble, room=Room.CUT),
)
COMMANDS = (
    field("ID"),
    field("STATE", "observed"),
    field("DESIRED"),
    field("TRADING", "trading_state"),
    field("GENERATION", right=True),
)
OPERATIONS = (
    field("ID"),
    field("ACTION"),
    field("STATE"),
    field("TOTAL", right=True),
    field("DONE", right=True),
    field("FAILED", right=True),
    field("ERRORS", room=Room.WRAP),
)
EVENTS = (
    field("AT"),
    field("KIND"),
    field("NAME"),
    field("BOT", "bot_id"),
    field("ACTOR"),
    field("REASON", room=Room.WRAP),
    field("FIELDS", room=Room.WRAP),
)
STRATEGIES = (field("NAME"), field("SOURCE"), field("DESCRIPTION", room=Room.WRAP), field("ERROR", room=Room.WRAP))
ACCOUNTS = (
    field("ACCOUNT"),
    Column("MODE", lambda account: mode(account.get("mode"))),
    field("BALANCES", room=Room.WRAP),
    field("BOOKS", room=Room.WRAP, spare=2),
    field("EXTERNAL", room=Room.WRAP, spare=1),
    field("DRIFT", room=Room.WRAP),
    Column("RESERVED", lambda account: money(account.get("reserved")), right=True),
    field("HALTED"),
    field("HELD", room=Room.WRAP, spare=3),
)
VENUES = (
    field("NAME"),
    Column("MODE", lambda venue: mode(venue.get("mode"))),
    field("ADAPTER"),
    field("EXCHANGE"),
    field("MARKET"),
    field("CREDENTIAL", spare=1),
    field("OPEN", "is_open"),
    field("BOTS", right=True),
    field("INSTRUMENTS", right=True, spare=2),
    Column("CLOCK MS", lambda venue: _tenths(venue.get("clock_offset_ms")), right=True, spare=3),
    Column("TROUBLE", lambda venue: plain(venue.get("held") or venue.get("trouble")), room=Room.WRAP),
)
INTENTS = (
    field("INTENT", "intent_id"),
    field("STATE"),
    Column("INSTRUMENT", lambda intent: _asked(intent, "instrument")),
    Column("SIDE", lambda intent: _asked(intent, "side")),
    Column("TYPE", lambda intent: _asked(intent, "type"), spare=3),
    Column("QUANTITY", lambda intent: _asked(intent, "quantity"), right=True),
    field("FILLED", right=True),
    Column("PRICE", lambda intent: _asked(intent, "price"), right=True, spare=4),
    field("ORIGIN"),
    field("KEY", spare=5),
    field("VENUE ORDER", "venue_order_id", spare=1),
    field("STAMP", spare=6),
    field("REASON", room=Room.WRAP, spare=2),
)
CASH_FLOWS = (
    field("CASH FLOW", "id"),
    field("KIND"),
    field("CURRENCY"),
    field("AMOUNT", right=True),
    field("INSTRUMENT"),
    field("MARKET TIME", "market_time"),
    field("SHARES", room=Room.WRAP),
)
EXTERNAL_ORDERS = (
    field("ORDER", "venue_order_id"),
    field("INSTRUMENT"),
    field("SIDE"),
    field("TYPE"),
    field("QUANTITY", right=True),
    field("FILLED", right=True),
    field("PRICE", right=True),
    field("STOP", "stop_price", right=True, spare=2),
    field("CLIENT ID", "client_order_id", spare=1),
    field("CLAIMABLE BY", "claimable_by", room=Room.WRAP),
)
HALTS = (field("SCOPE"), field("HALTED"), field("BOTS", right=True), field("CHANGED"), field("REASON"))
APPLIED = (field("ID"), field("RESULT"))
CHECKS = (field("CHECK"), field("RESULT"), field("FOUND", room=Room.WRAP), field("ADVICE", room=Room.WRAP))
