"""The phases of a bot's loop: where its task may be cancelled, and where it may not."""

from enum import StrEnum


class Phase(StrEnum):
    """Where in its loop a bot is."""

    LOADING = "loading"  # strategy, book, first candles
    WAITING = "waiting"  # for its turn
    DECIDING = "deciding"  # in its strategy's code
    TRADING = "trading"  # checks, orders, the record: ends before the task does

    @property
    def is_safe(self) -> bool:
        """Whether the task may be cancelled here with nothing left half done."""
        return self is not Phase.TRADING
