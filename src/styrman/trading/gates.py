"""The order gates: asked synchronously right before each send, closed synchronously before any await.

Exits pass a halt: those that an operator ordered, because a halt must never trap a position, resting protections, and those of a
touched protection, which stand for a stop that rests at the venue. Nothing else does.
"""

from collections.abc import Iterable

from styrman.domain.bots import TradingState, strictest
from styrman.domain.orders import Intent
from styrman.domain.records import SYSTEM_SCOPE, HaltLatch, account_scope, bot_scope
from styrman.errors import OrderDenied

EXITS = frozenset({"flatten", "protection", "guard"})  # origins of orders that only ever close a position


class Gates:
    """The halts in force, the runs whose right to send was revoked, and whether the process sends at all."""

    def __init__(self, halts: Iterable[HaltLatch] = ()) -> None:
        self._halts = {halt.scope: halt for halt in halts}
        self._revoked: set[str] = set()
        self._kept: dict[str, str] = {}  # account to why nothing at all may be sent there
        self._shut: str | None = None

    def close(self, halt: HaltLatch) -> bool:
        """Close the halt's scope at once; return whether it was open."""
        was_open = halt.scope not in self._halts
        self._halts.setdefault(halt.scope, halt)
        return was_open

    def open(self, scope: str) -> bool:
        """Open a scope; return whether it was closed."""
        return self._halts.pop(scope, None) is not None

    def halts(self) -> tuple[HaltLatch, ...]:
        """Return the halts in force, the oldest first."""
        return tuple(sorted(self._halts.values(), key=lambda halt: (halt.at, halt.scope)))

    def halt(self, scope: str) -> HaltLatch | None:
        """Return the halt of exactly this scope."""
        return self._halts.get(scope)

    def halted_by(self, account: str, bot_id: str) -> tuple[str, ...]:
        """Return the scopes that halt this bot."""
        if not self._halts:
            return ()
        return tuple(scope for scope in (SYSTEM_SCOPE, account_scope(account), bot_scope(bot_id)) if scope in self._halts)

    def state(self, account: str, bot_id: str, *, paused: bool) -> TradingState:
        """Return the strictest trading state that holds for the bot."""
        own = TradingState.REDUCING if paused else TradingState.ACTIVE
        return TradingState.HALTED if self.halted_by(account, bot_id) else strictest(own)

    def revoke(self, run_id: str) -> None:
        """Let this run send nothing more, for ever."""
        self._revoked.add(run_id)

    def keep(self, account: str, why: str) -> None:
        """Let nothing at all be sent on an account, exits neither, until it is lifted."""
        self._kept[account] = why

    def lift(self, account: str) -> None:
        """Let an account be traded on again."""
        self._kept.pop(account, None)

    def shut(self, reason: str) -> None:
        """Let nobody send anything more in this process."""
        self._shut = reason

    def check(self, intent: Intent) -> None:
        """Raise OrderDenied where the intent must not be sent now."""
        if self._shut is not None:
            raise OrderDenied("shut", f"Order {intent.intent_id!r} was not sent: {self._shut}.")
        if (why := self._kept.get(intent.account)) is not None:
            raise OrderDenied("books_elsewhere", f"Order {intent.intent_id!r} was not sent: {why}.")
        if intent.run_id in self._revoked:
            raise OrderDenied(
                "revoked", f"Order {intent.intent_id!r} was not sent: the run {intent.run_id!r} of bot {intent.bot_id!r} is quarantined."
            )
        halted_by = self.halted_by(intent.account, intent.bot_id)
        if halted_by and intent.origin not in EXITS:
            raise OrderDenied("halted", f"Order {intent.intent_id!r} was not sent: {', '.join(halted_by)} is halted; unhalt it first.")
