"""Bracket: one entry, and around it the exits that close it (stop, target, trailing stop, time limit), whichever comes first."""

from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import Side
from styrman.domain.orders import OrderType, Protection, WorkingOrder
from styrman.domain.plan import EMPTY_PLAN, Context, Plan
from styrman.trading.executors.progress import Keyed


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket(Keyed):
    """Enters once; the exits are the position's protection, so they rest at the venue and outlive the bot.

    Done when what it entered is closed again. An entry at a limit that never fills waits until the strategy drops the bracket.
    A new bracket trades again where a protection closed the one before; its first cycle only notes that it has begun.
    Use one bracket at a time for an instrument: a protection guards the whole position.
    """

    side: Side
    quantity: Decimal  # base
    exits: Protection
    price: Decimal | None = None  # quote; None: at market

    def plan(self, ctx: Context) -> Plan:
        """Return the entry, and the exits around what it bought."""
        if self.is_done(ctx):
            return EMPTY_PLAN
        if not self.memory(ctx).get("begun"):
            # Durable before the entry: a bracket that was stopped out must never take itself for a new one.
            self.memory(ctx)["begun"] = True
            return Plan(resume=frozenset({self.instrument}))
        if self.has_traded(ctx, self.key) and self.is_flat(ctx):
            self.finish(ctx)
        entry = WorkingOrder(
            key=self.key,
            instrument=self.instrument,
            side=self.side,
            quantity=self.quantity,
            price=self.price,
            type=OrderType.MARKET if self.price is None else OrderType.LIMIT,
        )
        return Plan(orders=(entry,), protections={self.instrument: self.exits})
