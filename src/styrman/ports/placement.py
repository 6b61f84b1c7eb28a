"""Placement: where a bot's task lives."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """One run of a bot: at most one task ever has this run id."""

    bot_id: str
    run_id: str
    epoch: int
    generation: int


class RunEnd(StrEnum):
    """How a run ended."""

    STOPPED = "stopped"  # it was asked to
    FINISHED = "finished"  # by itself, without an error
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """What a run says of itself: that it is ready, or how it ended (with the error, where it crashed)."""

    bot_id: str
    run_id: str
    ready: bool = False
    end: RunEnd | None = None
    error: BaseException | None = None


class Placement(Protocol):
    """Starts and ends runs. In one process: asyncio tasks named `bot:ID`; the fleet puts them on other machines."""

    def start(self, order: RunOrder) -> None:
        """Begin the run; its reports come to the reconciler."""
        ...

    def stop(self, run_id: str, reason: str) -> None:
        """Ask the run to end at its next safe point. Idempotent; unknown runs are ignored."""
        ...

    def cancel(self, run_id: str) -> None:
        """Cancel the run's task."""
        ...

    def revoke(self, run_id: str) -> None:
        """Close the run's order gate for ever."""
        ...

    def is_alive(self, run_id: str) -> bool:
        """Whether its task has not ended."""
        ...
