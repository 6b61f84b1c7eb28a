"""What executors have in common: their place in the strategy's durable state, and how far their orders have come."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from pydantic import JsonValue

from styrman.domain.plan import Context, Plan, Position


class Executor(Protocol):
    """Turns a Context into a part of a Plan, cycle for cycle."""

    def plan(self, ctx: Context) -> Plan:
        """Return what should be now. Notes in `ctx.state` what it has to remember."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed:
    """An executor's name within its strategy: unique there, and the same in every cycle."""

    key: str
    instrument: str

    def memory(self, ctx: Context) -> dict[str, JsonValue]:
        """Return what this executor keeps in the strategy's state; a change counts once the cycle is recorded."""
        kept = ctx.state.setdefault(f"executor {self.key}", {})
        if not isinstance(kept, dict):
            raise TypeError(f"state['executor {self.key}'] is kept for the executor {self.key!r}, and holds {kept!r}")
        return kept

    def is_done(self, ctx: Context) -> bool:
        """Whether it has come to its end. One that is done plans nothing more, for ever: begin another one under another key."""
        return bool(self.memory(ctx).get("done"))

    def finish(self, ctx: Context) -> None:
        """Note that it is done.

        Its orders stay in the Plan of this cycle, where they are spent, and leave it in the next: by then the note is durable,
        and no crash lets a filled order be forgotten before the end is known.
        """
        self.memory(ctx)["done"] = True

    def has_traded(self, ctx: Context, *keys: str) -> bool:
        """Whether the orders with these keys ever traded; noted, because a Plan's keys are forgotten while an instrument is closed."""
        memory = self.memory(ctx)
        if any(ctx.traded.get(key) for key in keys):
            memory["traded"] = True
        return bool(memory.get("traded"))

    def position(self, ctx: Context) -> Position:
        """Return the bot's position in the instrument, flat where it has none."""
        return ctx.book.positions.get(self.instrument) or Position(instrument=self.instrument)

    def last_price(self, ctx: Context) -> Decimal | None:
        """Return the close of the last candle; None before the first one."""
        candles = ctx.candles[self.instrument, ctx.timeframe]
        return Decimal(str(candles.close[-1])) if len(candles) else None

    def is_flat(self, ctx: Context) -> bool:
        """Whether the bot holds no more than dust in the instrument."""
        held = self.position(ctx)
        return not held.quantity or ctx.rules[self.instrument].is_dust(held.quantity, self.last_price(ctx) or held.average_price)
