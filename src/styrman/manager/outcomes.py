"""What a command came to: a bot that has settled is not always where it was sent. Reads, changes nothing."""

from collections.abc import Callable, Mapping

from styrman.domain.bots import BotRecord, BotStatus, Observed
from styrman.manager.floor import Floor
from styrman.manager.holds import Holds
from styrman.manager.show import uncancelled
from styrman.manager.state import AsyncBotState
from styrman.trading.exits import Exits


class Outcomes:
    """Says of a bot that has arrived whether its command succeeded, and of one that has not why it may still be on its way."""

    def __init__(self, state: AsyncBotState, *, floor: Floor, exits: Exits, holds: Holds) -> None:
        self._state = state
        self._floor = floor
        self._exits = exits
        self._holds = holds

    def failure(self, action: str, bot_id: str) -> str | None:
        """Return why a command failed on a bot that has seen to it; None where it succeeded."""
        bot, judge = self._state.peek(bot_id), _JUDGES.get(action)
        return None if bot is None or judge is None else judge(self, *bot)

    def delay(self, action: str, bot_id: str) -> str | None:
        """Return what keeps a bot from getting there for as long as nobody lifts it; None where nothing is known to."""
        bot = self._state.peek(bot_id)
        if bot is None or action not in ("start", "restart") or bot[1].observed.has_task:
            return None
        return self._holds.of(bot[0])

    def _of_start(self, _: BotRecord, status: BotStatus) -> str | None:
        if status.observed is Observed.RUNNING:
            return None
        error = status.last_error
        why = f": {error.type}: {error.message}" if error is not None and status.observed is not Observed.STOPPED else ""
        again = f"; it tries again at {status.next_retry_at:%H:%M:%S} UTC" if status.next_retry_at is not None else ""
        return f"it is {status.observed}{why}{again}"

    def _of_stop(self, record: BotRecord, status: BotStatus) -> str | None:
        if status.observed is not Observed.STOPPED:
            return f"it is {status.observed}: its task does not end"
        trader = self._floor.trader(record)
        left = uncancelled(record, trader)
        if left:
            return f"it is STOPPED, but {len(left)} of its orders may still work ({', '.join(left[:5])}); their cancels go on"
        held = [name for name in trader.open_instruments if self._exits.holds(trader, name)]
        if record.stop.positions == "flatten" and held:
            return f"it is STOPPED, but holds a position in {', '.join(held)}; closing it goes on"
        return None

    def _of_reset(self, _: BotRecord, status: BotStatus) -> str | None:
        return None if status.observed is Observed.STOPPED else f"it is {status.observed}"


_JUDGES: Mapping[str, Callable[[Outcomes, BotRecord, BotStatus], str | None]] = {
    "start": Outcomes._of_start,  # noqa: SLF001 - the table of this class's own rules
    "restart": Outcomes._of_start,  # noqa: SLF001
    "stop": Outcomes._of_stop,  # noqa: SLF001
    "reset": Outcomes._of_reset,  # noqa: SLF001
}
