"""Drift: how an account differs from its books, and since when that counts. Pure; what it finds is told, never assigned."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

from styrman.domain.events import Event, EventKind
from styrman.domain.records import AccountBook
from styrman.manager.sums import Sums, told

DUST = Decimal("1e-6")  # of any asset; venues round each trade to 8 digits, and averages of swaps somewhere beyond


@dataclass(frozen=True, slots=True)
class Finding:
    """What two checks in a row say of an account."""

    drift: Sums  # to be told, until it is accepted or gone
    dust: Sums  # of rounding: it becomes external, and that is journaled


def judge(differs: Mapping[str, Decimal], suspected: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> Finding:
    """Return what a check finds where its predecessor suspected so much, and so much had been told before.

    A difference counts once two checks agree on it: a fill that the venue has counted and we have not differs at one of them
    alone. What drifts already goes on drifting while it differs, by whatever.
    """
    agreed = {asset: amount for asset, amount in differs.items() if suspected.get(asset) == amount}
    drift: Sums = {}
    for asset, amount in differs.items():
        if abs(amount) > DUST and (asset in agreed or asset in before):
            drift[asset] = agreed.get(asset, before.get(asset, amount))
    return Finding(drift, {asset: amount for asset, amount in agreed.items() if abs(amount) <= DUST})


def events(book: AccountBook, finding: Finding, at: datetime) -> list[Event]:
    """Return what is to be told where a finding differs from what the account's row says."""
    found: list[Event] = []
    if finding.dust:
        found.append(account_event("RoundingTaken", book.account, at, "external", finding.dust))
    if finding.drift != book.drift:
        name, drift = ("AccountDrifted", finding.drift) if finding.drift else ("DriftGone", book.drift)
        found.append(account_event(name, book.account, at, "drift", drift))
    return found


def account_event(name: str, account: str, at: datetime, what: str, sums: Mapping[str, Decimal]) -> Event:
    """Return the event of an account's sums."""
    fields: dict[str, JsonValue] = {"account": account, what: told(sums)}
    return Event(kind=EventKind.SYSTEM, name=name, at=at, fields=fields)
