"""Sums by asset: what accounts and books are made of. A zero is left out, so that equal sums are equal values."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from pydantic import JsonValue

Sums: TypeAlias = dict[str, Decimal]


def total(parts: Iterable[Mapping[str, Decimal]]) -> Sums:
    """Return the sum of the parts."""
    found: Sums = {}
    for part in parts:
        for asset, amount in part.items():
            found[asset] = found.get(asset, Decimal(0)) + amount
    return {asset: amount for asset, amount in found.items() if amount}


def difference(left: Mapping[str, Decimal], right: Mapping[str, Decimal]) -> Sums:
    """Return what the left has more than the right."""
    return total([left, {asset: -amount for asset, amount in right.items()}])


def told(sums: Mapping[str, Decimal]) -> dict[str, JsonValue]:
    """Return the sums as an event or a log line tells them."""
    return {asset: str(amount) for asset, amount in sums.items()}
