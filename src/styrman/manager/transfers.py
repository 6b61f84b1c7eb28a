"""What may change hands between a bot's book and what is external, and what that makes of both. It journals nothing itself."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from pydantic import JsonValue

from styrman.domain.market import InstrumentRules, asset_of, quote_of
from styrman.domain.records import AccountBook, Guard, Holding, TargetLatch
from styrman.errors import TransferRefused
from styrman.manager.sums import total
from styrman.trading.sizing import closable
from styrman.trading.trader import Trader


@dataclass(frozen=True, slots=True)
class Before:
    """What a transfer found of the instrument, to be put back where the journal refuses it."""

    holding: Holding
    latch: TargetLatch | None
    guard: Guard | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A position that comes to a bot's book at a price, in base, signed: one that reduces what it holds is handed back."""

    instrument: str
    quantity: Decimal
    price: Decimal

    def check(self, trader: Trader, book: AccountBook, rules: InstrumentRules | None) -> None:
        """Raise TransferRefused where the giving side does not hold it, or where the bot's orders may change it at this moment."""
        bot_id, held = trader.bot_id, trader.position(self.instrument)
        if not (self.quantity.is_finite() and self.quantity and self.price.is_finite() and self.price > 0):
            raise TransferRefused(f"Bot {bot_id!r}: {self.quantity} {self.instrument} at {self.price} is nothing that can change hands.")
        if trader.unresolved(self.instrument):
            raise TransferRefused(f"Bot {bot_id!r} has an order in {self.instrument} whose outcome is not known; try again once it is.")
        if self.quantity * held < 0:
            self._check_hand_back(trader, held)
        else:
            self._check_adoption(trader, book)
            self._check_left(trader, rules)

    def _check_hand_back(self, trader: Trader, held: Decimal) -> None:
        bot_id = trader.bot_id
        if abs(self.quantity) > abs(held):
            raise TransferRefused(f"Bot {bot_id!r} holds {held} {self.instrument}; {abs(self.quantity)} is more than it can hand back.")
        if working := [order.intent.intent_id for order in trader.orders(self.instrument)]:
            names = ", ".join(working)
            raise TransferRefused(f"Bot {bot_id!r} works orders in {self.instrument} ({names}); have them off before handing back.")

    def _check_adoption(self, trader: Trader, book: AccountBook) -> None:
        asset = asset_of(self.instrument)
        external = book.external.get(asset, Decimal(0)) + book.settled.get(asset, Decimal(0))
        if self.quantity * external <= 0 or abs(self.quantity) > abs(external):
            raise TransferRefused(
                f"Account {book.account!r} holds {external} {asset} that no bot owns; bot {trader.bot_id!r} can't adopt {self.quantity}."
            )
        free = trader.book.capital + trader.book.realized_pnl - sum((abs(each.cost) for each in trader.book.open_holdings()), Decimal(0))
        if abs(self.quantity) * self.price > free:
            raise TransferRefused(
                f"Bot {trader.bot_id!r} has {free} {quote_of(self.instrument)} of its capital left; {abs(self.quantity)} {self.instrument} "
                f"at {self.price} costs more than that. Adopt less, or raise its capital first."
            )

    def _check_left(self, trader: Trader, rules: InstrumentRules | None) -> None:
        """Raise TransferRefused while an exit is on its way: what is adopted would go with it, or keep it from its end."""
        holding = trader.book.holding(self.instrument)
        is_left = rules is not None and not trader.orders(self.instrument) and not closable(holding, rules)
        if trader.is_flat(self.instrument) and not is_left:
            raise TransferRefused(f"Bot {trader.bot_id!r} is just leaving {self.instrument}; adopt once it is flat, or resume it first.")

    def given(self, book: AccountBook, at: datetime) -> AccountBook:
        """Return the account's row once the external side has given the position and got its price."""
        moved = {asset_of(self.instrument): -self.quantity, quote_of(self.instrument): self.quantity * self.price}
        return replace(book, external=total([book.external, moved]), at=at)

    def enter(self, trader: Trader, at: datetime) -> Before:
        """Enter it in the bot's book and latch, in memory; the caller journals both. Return what was there.

        An adoption lifts a flat latch: its exit would close, now or at the next boot, what a person just gave the bot.
        """
        memory = trader.memory
        before = Before(trader.book.holding(self.instrument), memory.latches.get(self.instrument), memory.guards.get(self.instrument))
        trader.book.move(self.instrument, self.quantity, self.price, at)
        if trader.is_flat(self.instrument) and self.quantity * before.holding.quantity >= 0:
            self._set(trader, self._lifted(trader, before.latch), before.guard and replace(before.guard, touched="", best_price=None))
        else:
            self._latch(trader, self.quantity)
        return before

    def undo(self, trader: Trader, before: Before) -> None:
        """Take it out again: the journal took none of it. What was touched or latched anew meanwhile stands."""
        was_lifted = before.latch is not None and bool(before.latch.flat) and self.quantity * before.holding.quantity >= 0
        stands = was_lifted and trader.memory.latches.get(self.instrument) == self._lifted(trader, before.latch)
        trader.book.put(before.holding)
        if stands:
            self._set(trader, before.latch, before.guard)
        elif not was_lifted:
            self._latch(trader, -self.quantity)

    def _lifted(self, trader: Trader, flat: TargetLatch | None) -> TargetLatch | None:
        """Return the latch that keeps the position as it is until the target changes; None where no target was ever seen."""
        if flat is None or flat.target is None:
            return None
        return TargetLatch(target=flat.target, quantity=trader.position(self.instrument), forced=True)

    def _set(self, trader: Trader, latch: TargetLatch | None, guard: Guard | None) -> None:
        """Have this latch and this guard, whatever was there; the position of before had it touched."""
        latches = {name: each for name, each in trader.memory.latches.items() if name != self.instrument}
        guards = {name: each for name, each in trader.memory.guards.items() if name != self.instrument}
        trader.remember(
            latches=latches if latch is None else {**latches, self.instrument: latch},
            guards=guards if guard is None else {**guards, self.instrument: guard},
        )

    def _latch(self, trader: Trader, quantity: Decimal) -> None:
        """Let the latch want the position as it is now: the next cycle neither sells what was adopted nor buys what was given."""
        latch = trader.memory.latches.get(self.instrument)
        if latch is not None and not latch.flat:
            trader.latch(self.instrument, replace(latch, quantity=latch.quantity + quantity, forced=True))

    def fields(self, account: str) -> dict[str, JsonValue]:
        """Return what an event tells of it."""
        return {"account": account, "instrument": self.instrument, "quantity": str(self.quantity), "price": str(self.price)}
