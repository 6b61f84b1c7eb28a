"""What the account's stream has told so far: nothing is told twice, and no report counts less than one before it."""

from collections import OrderedDict
from decimal import Decimal
from typing import TypeAlias

from styrman.domain.orders import Fill, OrderReport, VenueOrderStatus

Key: TypeAlias = tuple[str, str]  # instrument, venue order id
_WORKING = (VenueOrderStatus.OPEN, VenueOrderStatus.PARTIALLY_FILLED)
_REMEMBERED = 100_000


class Told:
    """Remembers the last report of each order, and each trade; the oldest are forgotten first."""

    def __init__(self) -> None:
        self._reports: OrderedDict[Key, tuple[VenueOrderStatus, Decimal]] = OrderedDict()
        self._trades: OrderedDict[str, None] = OrderedDict()
        self.working: dict[Key, OrderReport] = {}

    def is_news(self, report: OrderReport) -> bool:
        """Whether the report says more of its order than was told."""
        last = self._reports.get(key_of(report))
        if last is None:
            return True
        status, filled = last
        return status in _WORKING and report.filled >= filled and (report.status, report.filled) != last

    def counts_more(self, report: OrderReport) -> bool:
        """Whether the report counts trades that no report before it did."""
        last = self._reports.get(key_of(report))
        return report.filled > (last[1] if last is not None else Decimal(0))

    def note(self, report: OrderReport) -> None:
        """Take a report as told."""
        key = key_of(report)
        self._reports[key] = (report.status, report.filled)
        self._reports.move_to_end(key)
        if len(self._reports) > _REMEMBERED:
            self._reports.popitem(last=False)
        if report.status in _WORKING:
            self.working[key] = report
        else:
            self.working.pop(key, None)

    def takes(self, fill: Fill) -> bool:
        """Take a fill as told; False where it was told before."""
        if fill.trade_id in self._trades:
            return False
        self._trades[fill.trade_id] = None
        if len(self._trades) > _REMEMBERED:
            self._trades.popitem(last=False)
        return True


def key_of(report: OrderReport) -> Key:
    """Return what names an order."""
    return report.instrument, report.venue_order_id
