"""The account's money by currency: what there is, and what working orders keep locked. Knows no orders and no prices."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Self

_NOTHING = Decimal(0)


class Account:
    """Totals and locks. Neither is ever negative; who locks or pays asks `free` first."""

    def __init__(self, totals: Mapping[str, Decimal]) -> None:
        self.totals: dict[str, Decimal] = dict(totals)
        self.locked: dict[str, Decimal] = {}
        self._changed: set[str] = set()

    def copy(self) -> Self:
        """Return the account as it is now."""
        copied = type(self)(self.totals)
        copied.locked = dict(self.locked)
        return copied

    def free(self, currency: str) -> Decimal:
        """Return what may be spent or locked."""
        return self.totals.get(currency, _NOTHING) - self.locked.get(currency, _NOTHING)

    def lock(self, currency: str, amount: Decimal) -> None:
        """Lock so much more of a currency; a negative amount unlocks."""
        self.locked[currency] = self.locked.get(currency, _NOTHING) + amount

    def credit(self, currency: str, amount: Decimal) -> None:
        """Add to a total; a negative amount pays."""
        self.totals[currency] = self.totals.get(currency, _NOTHING) + amount
        self._changed.add(currency)

    def take_changes(self) -> dict[str, Decimal]:
        """Return the totals that have changed since this was last asked."""
        changes = {currency: self.totals[currency] for currency in self._changed}
        self._changed.clear()
        return changes
