"""The blotter of one account: every order that is not final, by its ids and by instrument. It keeps; it moves nothing."""

from decimal import Decimal

from styrman.domain.market import Side
from styrman.domain.orders import OrderType
from styrman.trading.trader import LiveOrder, Trader

Entry = tuple[Trader, LiveOrder]


class Blotter:
    """Who works what."""

    def __init__(self) -> None:
        self._orders: dict[str, Entry] = {}
        self._by_venue_id: dict[str, Entry] = {}
        self._venue_ids: dict[str, set[str]] = {}  # by our id: a triggered stop may go on under another
        self._by_instrument: dict[str, dict[str, Entry]] = {}

    def add(self, trader: Trader, order: LiveOrder) -> None:
        """Enter an order, in the trader's own list too."""
        request = order.intent.request
        trader.live[request.client_order_id] = order
        self._orders[request.client_order_id] = (trader, order)
        self._by_instrument.setdefault(request.instrument, {})[request.client_order_id] = (trader, order)
        self.identify(trader, order)

    def identify(self, trader: Trader, order: LiveOrder) -> None:
        """Let an order be found by the venue's id too, as soon as that is known."""
        if order.intent.venue_order_id and order.intent.request.client_order_id in self._orders:
            self._by_venue_id[order.intent.venue_order_id] = (trader, order)
            self._venue_ids.setdefault(order.intent.request.client_order_id, set()).add(order.intent.venue_order_id)

    def drop(self, trader: Trader, order: LiveOrder) -> None:
        """Take an order out. Idempotent."""
        request = order.intent.request
        trader.live.pop(request.client_order_id, None)
        self._orders.pop(request.client_order_id, None)
        self._by_instrument.get(request.instrument, {}).pop(request.client_order_id, None)
        for venue_order_id in self._venue_ids.pop(request.client_order_id, ()):
            self._by_venue_id.pop(venue_order_id, None)

    def find(self, client_order_id: str | None, venue_order_id: str | None = None) -> Entry | None:
        """Return the order with its trader, by our id or, where the venue left that out, by its own; None: final, or not ours."""
        return self._orders.get(client_order_id or "") or self._by_venue_id.get(venue_order_id or "")

    def entries(self) -> list[Entry]:
        """Return every order that is not final, with its trader."""
        return list(self._orders.values())

    def here(self, instrument: str) -> list[LiveOrder]:
        """Return every order of an instrument that is not final, whosever it is."""
        return [order for _, order in self._by_instrument.get(instrument, {}).values()]

    def opposing(self, trader: Trader, instrument: str, side: Side, *, rests: bool = False) -> Decimal | None:
        """Return the best price at which another bot of the account works the other side of an instrument.

        `rests`: for an order that may rest; an order at market that is on its way would meet it at whatever price.
        """
        prices = [
            price
            for other, order in self._by_instrument.get(instrument, {}).values()
            if other is not trader and order.intent.request.side is not side and (price := _works_at(order, rests=rests)) is not None
        ]
        best = min if side is Side.BUY else max
        return best(prices, default=None)


def _works_at(order: LiveOrder, *, rests: bool) -> Decimal | None:
    """Return the price at which an order may meet another; None where it can't."""
    request = order.intent.request
    if order.denied is not None or order.has_ended:
        return None
    if rests and request.type is OrderType.MARKET:
        return Decimal(0) if request.side is Side.SELL else Decimal("Infinity")
    return request.price
