"""The user data stream: what became durable, as executionReport, listStatus and outboundAccountPosition, told to every subscriber."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from styrman.domain.orders import Fill, VenueOrderStatus
from styrman.testnet.bourse import Bourse
from styrman.testnet.orders import Renderer, force_of, list_answer, list_id_of, status_of
from styrman.testnet.symbols import Symbols, text_of
from styrman.testnet.trading import new_id
from styrman.venues.simulation.account import Account
from styrman.venues.simulation.matching import Happening
from styrman.venues.simulation.orders import Order

Event: TypeAlias = dict[str, object]
Teller: TypeAlias = Callable[[Event], None]

_NOTHING = Decimal(0)


class UserStream:
    """Turns what happens into events. `tellers` are called on the loop, in order, once it is durable."""

    def __init__(self, bourse: Bourse, renderer: Renderer, symbols: Symbols) -> None:
        self._bourse, self._renderer, self._symbols = bourse, renderer, symbols
        self._numbers = 0
        self._known = {order.number for order in bourse.records.view(0, shows_all=True).orders()}
        self.tellers: list[Teller] = []
        bourse.on_durable.append(self.tell)

    def tell(self, happened: Sequence[Happening], account: Account) -> None:
        """Tell what happened."""
        if not (self.tellers and happened):
            self._known.update(each.number for each in happened if not isinstance(each, Fill))
            return
        for event in (*self._events(happened), self._position(happened, account)):
            for teller in tuple(self.tellers):
                teller(event)

    def _events(self, happened: Sequence[Happening]) -> list[Event]:
        events: list[Event] = []
        fill: Fill | None = None
        for happening in happened:
            if isinstance(happening, Fill):
                fill = happening
                continue
            event = self._report(happening, fill)
            if event is not None:
                events.append(event)
            if happening.list_id and happening.number not in self._known:
                events.append(self._list_status(happening))
            self._known.add(happening.number)
            fill = None
        return events

    def _report(self, order: Order, fill: Fill | None) -> Event | None:
        """Return what an order's new state tells; nothing where only its stop was touched."""
        status = status_of(order)
        if fill is not None:
            return self._execution(order, "TRADE", fill)
        if order.number not in self._known and order.is_open:
            return self._execution(order, "NEW", None)
        if order.status is VenueOrderStatus.CANCELED:
            return self._execution(order, status, None)
        return None

    def _execution(self, order: Order, kind: str, fill: Fill | None) -> Event:
        request, at = order.request, self._renderer.wall_ms(order.updated_ms)
        self._numbers += 1
        canceled = kind == "CANCELED"
        return {
            "e": "executionReport",
            "E": self._bourse.wall_ms(),
            "s": self._symbols.names[request.instrument],
            "c": new_id() if canceled else request.client_order_id,
            "S": request.side.upper(),
            "o": order.terms.name or request.type.upper(),
            "f": force_of(order),
            "q": text_of(order.quantity),
            "p": text_of(request.price or _NOTHING),
            "P": text_of(request.stop_price or _NOTHING),
            "F": text_of(_NOTHING),
            "g": list_id_of(order),
            "C": request.client_order_id if canceled else "",
            "x": kind,
            "X": status_of(order),
            "r": "NONE",
            "i": order.number,
            "l": text_of(fill.quantity if fill else _NOTHING),
            "z": text_of(order.filled),
            "L": text_of(fill.price if fill else _NOTHING),
            "n": text_of(fill.fee) if fill else "0",
            "N": fill.fee_currency if fill else None,
            "T": at,
            "t": int(fill.trade_id) if fill else -1,
            "I": self._numbers,
            "w": order.is_open and not order.is_waiting,
            "m": fill.maker if fill else False,
            "M": False,
            "O": self._renderer.wall_ms(order.created_ms),
            "Z": text_of(order.traded),
            "Y": text_of(fill.price * fill.quantity if fill else _NOTHING),
            "Q": text_of(_NOTHING),
            "W": self._renderer.wall_ms(order.created_ms),
            "V": "NONE",
        }

    def _list_status(self, leg: Order) -> Event:
        answer = list_answer(self._renderer, [leg], reports=False)
        return {
            "e": "listStatus",
            "E": self._bourse.wall_ms(),
            "s": answer["symbol"],
            "g": leg.list_id,
            "c": "OCO",
            "l": answer["listStatusType"],
            "L": answer["listOrderStatus"],
            "r": "NONE",
            "C": leg.terms.list_name,
            "T": answer["transactionTime"],
            "O": [{"s": answer["symbol"], "i": leg.number, "c": leg.request.client_order_id}],
        }

    def _position(self, happened: Sequence[Happening], account: Account) -> Event:
        """Return the money of every currency that may have changed."""
        instruments = {each.instrument if isinstance(each, Fill) else each.request.instrument for each in happened}
        rules = [self._bourse.market.rules[name] for name in instruments]
        names = sorted({name for each in rules for name in (each.base, each.quote)})
        money = [{"a": name, "f": text_of(account.free(name)), "l": text_of(account.locked.get(name, _NOTHING))} for name in names]
        now = self._bourse.wall_ms()
        return {"e": "outboundAccountPosition", "E": now, "u": now, "B": money}
