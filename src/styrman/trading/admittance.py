"""Admittance: what an account lets be sent right now, asked synchronously: the gates, the venue's clock, the class of its ids.

The clock gate closes for what adds exposure where the venue's clock is more than 500 ms off ours, or, where the money is real,
not known: the proof of absence rests on it (A4). What only reduces passes, as it passes a halt: a position must not be trapped,
and a look-up waits for a known clock before it proves anything.
"""

from datetime import timedelta

from styrman.domain.orders import Intent
from styrman.errors import OrderDenied
from styrman.ports import ClientIdClass, Mode, Venue
from styrman.trading.gates import EXITS, Gates
from styrman.trading.trader import Trader

MOST_OFFSET = timedelta(milliseconds=500)
_MS = timedelta(milliseconds=1)


class Admittance:
    """The last no before a request leaves."""

    def __init__(self, venue: Venue, gates: Gates) -> None:
        self._venue = venue
        self._gates = gates

    def check(self, trader: Trader, intent: Intent) -> None:
        """Raise OrderDenied where the intent must not be sent now."""
        self._gates.check(intent)
        if self._venue.mode is Mode.LIVE and self._venue.capabilities.client_id_class is ClientIdClass.C:
            raise OrderDenied(
                "client_ids",
                f"Order {intent.intent_id!r} was not sent: venue {self._venue.name!r} takes no order ids of ours, so a lost answer could "
                "never be resolved; trade it on paper.",
            )
        if intent.origin not in EXITS and (fault := self._clock_fault()) and trader.adds(intent):
            raise OrderDenied(
                "clock",
                f"Order {intent.intent_id!r} was not sent: the clock of venue {self._venue.name!r} {fault}; "
                "what only reduces a position passes. Set this machine's clock by NTP.",
            )

    def _clock_fault(self) -> str:
        """Return what is wrong with the clocks; nothing where they agree."""
        offset = self._venue.clock_offset()
        if offset is None:
            return "is not known" if self._venue.mode is Mode.LIVE else ""
        return f"is {offset / _MS:+.0f} ms off ours, and {MOST_OFFSET / _MS:g} ms is the limit" if abs(offset) > MOST_OFFSET else ""
