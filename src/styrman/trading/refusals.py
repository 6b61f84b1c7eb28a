"""What was refused to a bot lately: so that it is told once, and a venue that said no is not asked the same each cycle."""

from styrman.clock import Clock
from styrman.domain.orders import IntentState

HOLD_OFF_S = 30.0  # after a no
SOON_S = 2.0  # where another try may well go through
REFUSED = frozenset({IntentState.REJECTED, IntentState.DENIED, IntentState.NOT_PLACED})  # asked for, and known not to be there


class Refusals:
    """Refusals by name: a WorkingOrder's key, or the instrument of a target. Empty until the first."""

    __slots__ = ("_clock", "_denied", "_held")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._denied: dict[str, str] = {}
        self._held: dict[str, float] = {}

    def note(self, name: str, rule: str) -> bool:
        """Note that a rule denied it; return whether that is news."""
        news = self._denied.get(name) != rule
        self._denied[name] = rule
        return news

    def clear(self, name: str) -> None:
        """Note that it was allowed."""
        self._denied.pop(name, None)

    def hold_off(self, name: str, span_s: float = HOLD_OFF_S) -> None:
        """Don't ask the venue for it again for a while: it rejected it, or nothing came of it."""
        self._held[name] = self._clock.monotonic() + span_s

    def is_held_off(self, name: str) -> bool:
        """Whether it is too early to ask again."""
        until = self._held.get(name)
        if until is None:
            return False
        if self._clock.monotonic() >= until:
            del self._held[name]
            return False
        return True
