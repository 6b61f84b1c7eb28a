"""DCA ladder: a first order, more and larger ones as the price goes against it, and one exit of everything above the average."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import OrderType, Protection, WorkingOrder
from styrman.domain.plan import EMPTY_PLAN, Context, Plan
from styrman.trading.executors.progress import Keyed

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DcaLadder(Keyed):
    """Buys `first` at market, and at each of `steps` levels below a further quantity; for a short ladder all of it mirrored.

    Level i lies `spacing * (1 + spacing_scale + … + spacing_scale^(i-1))` of the starting price away and trades
    `first * size_scale^i`. Everything bought is sold by one limit order `gain` beyond the average price, which moves as the
    average does. With `repeat` it begins again at the price of then; without, it is done.
    """

    side: Side = Side.BUY
    first: Decimal  # base
    steps: int
    spacing: Decimal  # fraction of the starting price
    gain: Decimal  # fraction of the average price
    spacing_scale: Decimal = _ONE
    size_scale: Decimal = _ONE
    stop: float | None = None  # fraction of the average price; latches the instrument flat, and so ends a ladder that repeats too
    repeat: bool = False

    def plan(self, ctx: Context) -> Plan:
        """Return the ladder's orders, and the exit of what they bought."""
        price = self.last_price(ctx)
        if price is None or self.is_done(ctx):
            return EMPTY_PLAN
        memory = self.memory(ctx)
        turn, start = int(str(memory.get("turn", 0))), Decimal(str(memory.setdefault("start", str(price))))
        orders = tuple(self._rungs(turn, start, ctx.rules[self.instrument]))
        if self.has_traded(ctx, *(order.key for order in orders)) and self.is_flat(ctx):
            self._end_turn(ctx, turn)
            return Plan(orders=orders)
        guard = {self.instrument: Protection(stop=self.stop)} if self.stop is not None else {}
        return Plan(orders=(*orders, *self._exit(ctx, turn)), protections=guard)

    def _end_turn(self, ctx: Context, turn: int) -> None:
        """Note that all was sold; the next cycle begins again, or ends."""
        if not self.repeat:
            self.finish(ctx)
            return
        memory = self.memory(ctx)
        memory["turn"] = turn + 1
        del memory["start"], memory["traded"]

    def _rungs(self, turn: int, start: Decimal, rules: InstrumentRules) -> Iterator[WorkingOrder]:
        away = Decimal(0)
        for step in range(self.steps + 1):
            price = rules.round_price(start * (1 - self.side.sign * away), self.side)
            yield WorkingOrder(
                key=f"{self.key} {turn} {step}",
                instrument=self.instrument,
                side=self.side,
                quantity=rules.round_quantity(self.first * self.size_scale**step),
                price=price if step else None,
                type=OrderType.LIMIT if step else OrderType.MARKET,
            )
            away += self.spacing * self.spacing_scale**step

    def _exit(self, ctx: Context, turn: int) -> Iterator[WorkingOrder]:
        """Yield the order that sells everything; one that works at the right price for all that is held stays as it is."""
        held, rules, side = self.position(ctx), ctx.rules[self.instrument], self.side.opposite
        quantity = rules.round_quantity(abs(held.quantity))
        if held.quantity * self.side.sign <= 0 or rules.is_dust(quantity, held.average_price):
            return
        price = rules.round_price(held.average_price * (1 + self.side.sign * self.gain), side)
        prefix = f"{self.key} {turn} exit {price} "
        working = next((order for order in ctx.working if order.key.startswith(prefix) and order.quantity == quantity), None)
        size = Decimal(working.key.removeprefix(prefix)) if working else quantity
        yield WorkingOrder(key=f"{prefix}{size}", instrument=self.instrument, side=side, quantity=size, price=price)
