"""The paper venue's matching: takes orders, trades them with what the real market offers, settles the account. Pure and sync.

An order never trades at a price that the market did not show, never with a size that another of ours has taken already.
"""

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from typing import TypeAlias

from styrman.domain.market import InstrumentRules, Level, Side, from_ms, to_ms
from styrman.domain.orders import Fill, OrderRequest, OrderType, TimeInForce, VenueOrderStatus
from styrman.venues.papertrading.account import NOTHING, Account
from styrman.venues.papertrading.entry import check_funds, draft, draft_pair
from styrman.venues.papertrading.pit import Pit, touches
from styrman.venues.simulation.admission import Rejection
from styrman.venues.simulation.orders import Order

Happening: TypeAlias = Order | Fill

_FEE_STEP = Decimal("0.00000001")


class Engine:
    """Price, then time priority. What happens is appended to `happened`, a fill before the order that counts it."""

    def __init__(self, account: Account, *, fee_in_base: bool, orders: int, fills: int) -> None:
        self.account = account
        self.pits: dict[str, Pit] = {}
        self._happened: list[Happening] = []
        self._fee_in_base = fee_in_base
        self._orders, self._fills = orders, fills  # the highest numbers given so far

    def take_happened(self) -> list[Happening]:
        """Return what has happened since this was last asked."""
        happened, self._happened = self._happened, []
        return happened

    def restore(self, order: Order) -> None:
        """Take a working order back from the journal."""
        self._keep(self.pits[order.request.instrument], order)

    def abandon(self, order: Order, at_ms: int) -> None:
        """End an order whose instrument is traded no more."""
        ended = replace(order, status=VenueOrderStatus.CANCELED, reason="its instrument is traded no more", updated_ms=at_ms)
        self._happened.append(ended)

    def place(self, request: OrderRequest, at_ms: int) -> Order:
        """Take an order, trade what trades at once, and return it as it stands then. InvalidOrder, InsufficientFunds."""
        pit = self.pits[request.instrument]
        order = draft(pit, self.account, request, at_ms)
        check_funds(pit, self.account, order, order.claim)
        return self._enter(pit, replace(order, number=self._number()), at_ms)

    def place_pair(self, stop: OrderRequest, target: OrderRequest, at_ms: int) -> tuple[Order, Order]:
        """Take a stop and a target that take each other off. InvalidOrder where either would trade at once, InsufficientFunds."""
        pit = self.pits[stop.instrument]
        legs = draft_pair(pit, self.account, stop, target, at_ms)
        check_funds(pit, self.account, legs[0], max(leg.claim for leg in legs))
        first, second = self._number(), self._number()
        return (
            self._put(pit, replace(legs[0], number=first, list_id=first)),
            self._put(pit, replace(legs[1], number=second, list_id=first)),
        )

    def cancel(self, order: Order, at_ms: int, reason: str) -> Order:
        """Take a working order off, and with it the other one of its pair."""
        pit = self.pits[order.request.instrument]
        self._part(pit, order, at_ms, f"its pair's other order {order.number} was canceled")
        return self._end(pit, order, at_ms, reason)

    def meet(self, instrument: str, at_ms: int) -> None:
        """Let every order that the offers reach trade with them."""
        pit = self.pits[instrument]
        if pit.depth is None:
            return
        shown_ms, best = to_ms(pit.depth.book.market_time), {side: pit.depth.best(side) for side in Side}
        for order in sorted((each for each in pit.orders.values() if _reaches(each, best[each.side])), key=_rank):
            since_ms = order.updated_ms if order.aggressive else order.created_ms  # older offers were gone when it came
            if order.number in pit.orders and since_ms <= shown_ms:
                self._visit(pit, order, at_ms)

    def trigger(self, instrument: str, last: Decimal, at_ms: int) -> bool:
        """Let every stop that this price touches become an order that takes what is offered next; return whether there is any."""
        pit = self.pits[instrument]
        touched = [order for order in pit.orders.values() if touches(order, last)]
        for order in touched:
            self.touch(pit, order, max(at_ms, order.created_ms))
        return bool(touched)

    def touch(self, pit: Pit, order: Order, at_ms: int) -> Order:
        """Let a stop become an order that takes; the other one of its pair ends."""
        self._part(pit, order, at_ms, f"its pair's stop {order.number} was triggered")
        return self._put(pit, replace(order, aggressive=True, triggered=True, updated_ms=at_ms))

    def trade(self, pit: Pit, order: Order, offer: Level, at_ms: int) -> Order:
        """Fill as much at this price as is wanted, offered and affordable; an order that can't be paid for ends."""
        price, size = offer
        wanted = min(order.remaining, size)
        if order.request.reduce_only:
            wanted = min(wanted, self.account.reducible(pit.rules, order.side, order.claim))
        affordable = self.account.affordable(pit.rules, order.side, price, order.claim)
        quantity = wanted if affordable is None else min(wanted, affordable)
        if quantity > 0:
            order = self._fill(pit, order, quantity, price, at_ms)
        if order.is_open and quantity < wanted:
            return self._end(pit, order, at_ms, Rejection.INSUFFICIENT_FUNDS)
        return self._reduced(pit, order, at_ms)

    def _number(self) -> int:
        self._orders += 1
        return self._orders

    def _enter(self, pit: Pit, order: Order, at_ms: int) -> Order:
        """Let a new order trade what it trades at once, and rest or end with what is left."""
        order, wanted = self._put(pit, order), order.request.time_in_force
        if wanted is TimeInForce.FOK and not self._can_fill(pit, order):
            return self._end(pit, order, at_ms, "fok: not to be had at once")
        if order.aggressive:
            order = self._visit(pit, order, at_ms)
        if order.is_open and wanted is not TimeInForce.GTC:
            return self._end(pit, order, at_ms, f"{wanted}: the rest was not to be had at once")
        return order

    def _can_fill(self, pit: Pit, order: Order) -> bool:
        """Whether all of it is to be had now, and could be paid for at the worst of the prices that takes."""
        left, worst = order.remaining, NOTHING
        offers = pit.depth.offers(order.side, order.request.price) if pit.depth else iter(())
        while left > 0 and (offer := next(offers, None)):
            worst = offer[0]
            left -= offer[1]
        if left > 0:
            return False
        affordable = self.account.affordable(pit.rules, order.side, worst, order.claim)
        return affordable is None or affordable >= order.remaining

    def _visit(self, pit: Pit, order: Order, at_ms: int) -> Order:
        """Trade an order with what is offered at its price or better: at their prices where it takes, at its own where it rests."""
        limit = order.request.price
        for price, size in list(pit.depth.offers(order.side, limit)) if pit.depth else ():
            before = order.filled
            order = self.trade(pit, order, (price if order.aggressive else limit or price, size), at_ms)
            if pit.depth is not None:
                pit.depth.take(order.side, price, order.filled - before)
            if not order.is_open:
                return order
        if order.aggressive and order.request.type is OrderType.LIMIT:  # from now on the market comes to it
            return self._keep(pit, replace(order, aggressive=False))
        return order

    def _fill(self, pit: Pit, order: Order, quantity: Decimal, price: Decimal, at_ms: int) -> Order:
        """Settle one trade. The other order of a pair ends with the first of them."""
        self._part(pit, order, at_ms, f"its pair's other order {order.number} traded")
        fill = self._trade_of(pit.rules, order, (price, quantity), at_ms)
        self._happened.append(fill)
        pit.note(at_ms, quantity)
        self.account.settle(fill, pit.rules)
        filled, traded = order.filled + quantity, order.traded + quantity * price
        status = VenueOrderStatus.FILLED if filled == order.quantity else VenueOrderStatus.PARTIALLY_FILLED
        return self._put(pit, replace(order, filled=filled, traded=traded, status=status, updated_ms=at_ms))

    def _trade_of(self, rules: InstrumentRules, order: Order, trade: Level, at_ms: int) -> Fill:
        price, quantity = trade
        rate = rules.taker_fee if order.aggressive else rules.maker_fee
        in_base = self._fee_in_base and order.side is Side.BUY
        self._fills += 1
        return Fill(
            trade_id=str(self._fills),
            venue_order_id=str(order.number),
            client_order_id=order.request.client_order_id,
            instrument=rules.instrument,
            side=order.side,
            price=price,
            quantity=quantity,
            fee=((quantity if in_base else quantity * price) * rate).quantize(_FEE_STEP, ROUND_DOWN),
            fee_currency=rules.base if in_base else rules.quote,
            maker=not order.aggressive,
            market_time=from_ms(at_ms),
        )

    def _reduced(self, pit: Pit, order: Order, at_ms: int) -> Order:
        """End a reduce-only order that has nothing left to reduce."""
        if order.is_open and order.request.reduce_only and not self.account.reducible(pit.rules, order.side, order.claim):
            return self._end(pit, order, at_ms, Rejection.NOTHING_TO_REDUCE)
        return order

    def _part(self, pit: Pit, order: Order, at_ms: int, reason: str) -> None:
        for sibling in list(pit.siblings(order)):
            self._end(pit, sibling, at_ms, reason)

    def _end(self, pit: Pit, order: Order, at_ms: int, reason: str) -> Order:
        return self._put(pit, replace(order, status=VenueOrderStatus.CANCELED, reason=reason, updated_ms=at_ms))

    def _put(self, pit: Pit, order: Order) -> Order:
        """Take the order's new state: in the pit, in what it claims, and in what happened."""
        self._happened.append(order)
        return self._keep(pit, order)

    def _keep(self, pit: Pit, order: Order) -> Order:
        before = _claimed(pit, order)
        pit.orders.pop(order.number, None)
        if order.is_open:
            pit.orders[order.number] = order
        self.account.claim(pit.rules, order.side, _claimed(pit, order) - before)
        return order


def _claimed(pit: Pit, order: Order) -> Decimal:
    """Return what an order and the other one of its pair claim together: only one of them can trade."""
    own = pit.orders.get(order.number)
    return max([NOTHING, *(each.claim for each in pit.siblings(order)), *([own.claim] if own else [])])


def _reaches(order: Order, best: Decimal | None) -> bool:
    """Whether an order trades at the best price there is."""
    return best is not None and not order.is_waiting and (order.aggressive or order.allows(best))


def _rank(order: Order) -> tuple[bool, Decimal, int]:
    """Those that take first, then those with the better price, then the older."""
    return not order.aggressive, -order.side.sign * (order.request.price or NOTHING), order.number
