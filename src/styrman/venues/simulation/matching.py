"""The matching engine: takes orders, trades them against the market's quotes within what is offered, settles the account. Pure and sync."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from styrman.domain.market import InstrumentRules, Side, from_ms
from styrman.domain.orders import Fill, OrderRequest, TimeInForce, VenueOrderStatus
from styrman.errors import InsufficientFunds
from styrman.venues.simulation.account import Account
from styrman.venues.simulation.admission import Rejection, check_pair, check_request, price_bound, refuse
from styrman.venues.simulation.books import Book, fee_of, priority
from styrman.venues.simulation.orders import PLAIN, Order, Terms
from styrman.venues.simulation.quotes import Quote

Happening: TypeAlias = Order | Fill

PAIR_ENDED = "the other order of its pair acted or was canceled"
_ONE = Decimal(1)


class Engine:
    """Price, then time priority. What happens is appended to `happened`, a fill before the order that counts it."""

    def __init__(self, account: Account, rules: Mapping[str, InstrumentRules], *, fee_in_base: bool, orders: int, fills: int) -> None:
        self.books: dict[str, Book] = {}
        self.happened: list[Happening] = []
        self._account, self._rules, self._fee_in_base = account, rules, fee_in_base
        self._orders, self._fills = orders, fills  # the highest numbers given so far
        self.portion: Callable[[Order], Decimal] | None = None  # the most that one trade of an order may be, where that is limited

    def take_happened(self) -> list[Happening]:
        """Return what has happened since this was last asked."""
        happened, self.happened = self.happened, []
        return happened

    def restore(self, order: Order) -> None:
        """Take a working order back from the journal."""
        self._keep(order)

    def traded(self) -> set[str]:
        """Return the instruments with working orders."""
        return {instrument for instrument, book in self.books.items() if book.orders}

    def find(self, instrument: str, number: int) -> Order | None:
        """Return a working order."""
        book = self.books.get(instrument)
        return None if book is None else book.orders.get(number)

    def place(self, request: OrderRequest, quote: Quote, at_ms: int, terms: Terms = PLAIN) -> Order:
        """Take an order, trade what trades at once, and return it as it stands then. InvalidOrder, InsufficientFunds."""
        order = self.check(request, quote, at_ms, terms)
        self._orders += 1
        order = self._put(replace(order, number=self._orders))
        if request.time_in_force is TimeInForce.FOK and not self._can_fill(order, quote):
            return self.cancel(order, at_ms, "fok: not to be had at once")
        if order.aggressive:
            order = self._take(order, quote, at_ms)
        if order.is_open and request.time_in_force is not TimeInForce.GTC:
            order = self.cancel(order, at_ms, f"{request.time_in_force}: the rest was not to be had at once")
        return order

    def check(self, request: OrderRequest, quote: Quote, at_ms: int, terms: Terms = PLAIN) -> Order:
        """Return the order that `place` would take, without a number yet. InvalidOrder, InsufficientFunds."""
        order = self._draft(request, quote, at_ms, terms)
        self._check_funds(order)
        return order

    def place_pair(
        self, stop: OrderRequest, target: OrderRequest, quote: Quote, at_ms: int, terms: tuple[Terms, Terms] = (PLAIN, PLAIN)
    ) -> tuple[Order, Order]:
        """Take a stop and a limit of which each ends the other. Their money is locked once. InvalidOrder, InsufficientFunds."""
        check_pair(stop, target)
        legs = [self._draft(request, quote, at_ms, how) for request, how in zip((stop, target), terms, strict=True)]
        for leg in legs:
            if leg.aggressive:
                raise refuse(Rejection.PAIR_PRICES, leg.request, f"it would act at once, the price being {quote.last}")
        first = replace(legs[0], unit_claim=max(leg.unit_claim for leg in legs))
        self._check_funds(first)
        list_id = self._orders + 1
        self._orders += len(legs)
        return (
            self._put(replace(first, number=list_id, list_id=list_id)),
            self._put(replace(legs[1], number=list_id + 1, list_id=list_id, unit_claim=Decimal(0))),
        )

    def cancel(self, order: Order, at_ms: int, reason: str) -> Order:
        """Take a working order off, and the other leg of its pair with it."""
        canceled = self._put(replace(order, status=VenueOrderStatus.CANCELED, reason=reason, updated_ms=at_ms))
        self._end_sibling(canceled, at_ms)
        return canceled

    def sibling(self, order: Order) -> Order | None:
        """Return the other leg of a pair while it works."""
        if not order.list_id:
            return None
        others = (each for each in self._book(order).orders.values() if each.list_id == order.list_id)
        return next((each for each in others if each.number != order.number), None)

    def step(self, instrument: str, quote: Quote) -> None:
        """Let every order that these prices touch do what it does."""
        book = self.books[instrument]
        orders = [order for order in book.orders.values() if order.is_touched(quote)]
        for order in sorted(orders, key=priority):
            if order.number in book.orders:  # else the other leg of its pair has just ended it
                self._visit(order, quote, quote.at_ms)

    def _draft(self, request: OrderRequest, quote: Quote, at_ms: int, terms: Terms) -> Order:
        """Return a request as an order without a number; refuse what the rules, the holdings or the prices forbid."""
        rules = self._rules[request.instrument]
        check_request(request, rules, quote, terms)
        fee = Decimal(0) if self._fee_in_base else max(rules.maker_fee, rules.taker_fee)
        order = Order(
            number=0,
            request=request,
            quantity=self._reducible(request, rules) if request.reduce_only else request.quantity,
            unit_claim=price_bound(request, quote) * (1 + fee) if request.side is Side.BUY else _ONE,
            aggressive=False,
            created_ms=at_ms,
            updated_ms=at_ms,
            terms=terms,
        )
        order = replace(order, aggressive=order.is_touched(quote))
        if request.post_only and order.aggressive:
            taking = quote.taking(request.side)
            raise refuse(Rejection.WOULD_CROSS, request, f"its price {request.price} would trade at once with {taking}")
        if terms.becomes_limit and order.aggressive:
            raise refuse(Rejection.STOP_TOUCHED, request, f"the price {quote.last} has passed its stop {request.stop_price}")
        return order

    def _reducible(self, request: OrderRequest, rules: InstrumentRules) -> Decimal:
        """Return how much of a reduce-only order there is to reduce: on a spot account what is held and free, and nothing to buy back."""
        held = rules.round_quantity(self._account.free(rules.base)) if request.side is Side.SELL else Decimal(0)
        if held < max(rules.min_quantity, rules.quantity_step):
            raise refuse(Rejection.NOTHING_TO_REDUCE, request, f"{held} {rules.base} is free to be sold")
        return min(held, request.quantity)

    def _check_funds(self, order: Order) -> None:
        currency = self._claimed(order)
        free = self._account.free(currency)
        if order.claim > free:
            name, instrument = order.request.client_order_id, order.request.instrument
            raise InsufficientFunds(
                Rejection.INSUFFICIENT_FUNDS, f"Order {name!r} on {instrument} needs {order.claim:f} {currency}; {free:f} is free."
            )

    def _can_fill(self, order: Order, quote: Quote) -> bool:
        return order.aggressive and self._book(order).offered(quote) >= order.quantity

    def _visit(self, order: Order, quote: Quote, at_ms: int) -> Order:
        """Do with a touched order what these prices make of it."""
        taking = quote.taking(order.side)
        stop = order.request.stop_price
        if stop is not None and order.is_waiting:
            order = self._alone(order, at_ms)
            price = quote.touching(order.side, stop)
            order = self._put(replace(order, triggered=True, aggressive=order.allows(price), updated_ms=at_ms))
            return self._trade(order, price, quote, at_ms) if order.aggressive else order
        if not order.aggressive:
            return self._trade(order, order.request.price or taking, quote, at_ms)
        if not order.allows(taking):  # what it crossed has moved away: from now on it rests
            return self._keep(replace(order, aggressive=False))
        return self._trade(order, taking, quote, at_ms)

    def _take(self, order: Order, quote: Quote, at_ms: int) -> Order:
        """Trade at once; what may not rest, in as many parts as it takes."""
        before, order = order, self._visit(order, quote, at_ms)
        while order.request.time_in_force is not TimeInForce.GTC and order.is_open and order.filled > before.filled:
            before, order = order, self._visit(order, quote, at_ms)
        return order

    def _alone(self, order: Order, at_ms: int) -> Order:
        """End the other leg of an order that is about to act; from here on it locks its own money."""
        sibling = self.sibling(order)
        if sibling is None:
            return order
        shared = max(order.unit_claim, sibling.unit_claim)
        self._put(replace(sibling, status=VenueOrderStatus.CANCELED, reason=PAIR_ENDED, updated_ms=at_ms))
        return self._keep(replace(order, unit_claim=shared))

    def _end_sibling(self, order: Order, at_ms: int) -> None:
        sibling = self.sibling(order)
        if sibling is not None:
            self._put(replace(sibling, status=VenueOrderStatus.CANCELED, reason=PAIR_ENDED, updated_ms=at_ms))

    def _trade(self, order: Order, price: Decimal, quote: Quote, at_ms: int) -> Order:
        """Fill as much as is wanted, offered and affordable; an order that can't be paid for ends."""
        book, rules = self._book(order), self._rules[order.request.instrument]
        wanted = min(order.remaining, book.offered(quote))
        if self.portion is not None:
            wanted = min(wanted, self.portion(order))
        if wanted > 0:
            order = self._alone(order, at_ms)
        quantity = self._affordable(order, wanted, price, rules)
        if quantity > 0:
            book.taken += quantity
            order = self._fill(order, quantity, price, rules, at_ms)
        return self.cancel(order, at_ms, Rejection.INSUFFICIENT_FUNDS) if quantity < wanted else order

    def _affordable(self, order: Order, wanted: Decimal, price: Decimal, rules: InstrumentRules) -> Decimal:
        """Return how much of `wanted` the account can pay for: only a buy without a limit can cost more than it has locked."""
        if order.side is Side.SELL:
            return wanted
        unit = price if self._fee_in_base else price * (1 + max(rules.maker_fee, rules.taker_fee))
        funds = self._account.free(rules.quote) + order.claim
        return wanted if wanted * unit <= funds else rules.round_quantity(funds / unit)

    def _fill(self, order: Order, quantity: Decimal, price: Decimal, rules: InstrumentRules, at_ms: int) -> Order:
        """Settle one trade."""
        side, request, value = order.side, order.request, quantity * price
        fee, fee_currency = fee_of(order, quantity, value, rules, in_base=self._fee_in_base)
        self._fills += 1
        fill = Fill(
            trade_id=str(self._fills),
            venue_order_id=str(order.number),
            client_order_id=request.client_order_id,
            instrument=request.instrument,
            side=side,
            price=price,
            quantity=quantity,
            fee=fee,
            fee_currency=fee_currency,
            maker=not order.aggressive,
            market_time=from_ms(at_ms),
        )
        self.happened.append(fill)
        self._account.credit(rules.base, side.sign * quantity)
        self._account.credit(rules.quote, -side.sign * value)
        self._account.credit(fee_currency, -fee)
        filled = order.filled + quantity
        status = VenueOrderStatus.FILLED if filled == order.quantity else VenueOrderStatus.PARTIALLY_FILLED
        return self._put(replace(order, filled=filled, traded=order.traded + value, status=status, updated_ms=at_ms))

    def _put(self, order: Order) -> Order:
        """Take the order's new state: in the book, in what it locks, and in what happened."""
        self.happened.append(order)
        return self._keep(order)

    def _keep(self, order: Order) -> Order:
        before = self._book(order).keep(order)
        self._account.lock(self._claimed(order), order.claim - (before.claim if before else 0))
        return order

    def _claimed(self, order: Order) -> str:
        rules = self._rules[order.request.instrument]
        return rules.quote if order.side is Side.BUY else rules.base

    def _book(self, order: Order) -> Book:
        return self.books.setdefault(order.request.instrument, Book())
