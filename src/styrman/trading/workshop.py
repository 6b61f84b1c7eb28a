"""What all bots share while they run: the markets' data, where code runs, the journal, the gates, the pulse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from styrman.clock import Clock
from styrman.domain.plan import Context, Plan
from styrman.domain.spec import BotSpec
from styrman.ports import Compute, MarketData, Telemetry, Work
from styrman.trading.gates import Gates
from styrman.trading.journal import Journal
from styrman.trading.pulse import Pulse


class _NotLoaded:
    """The program of a bot that has not loaded its own yet. It is never asked to decide."""

    warmup = 0
    file_hash: str | None = None

    async def decide(self, ctx: Context) -> Plan:
        raise AssertionError(f"bot {ctx.bot_id!r} decides before it has loaded")

    async def close(self) -> None:
        pass


NOT_LOADED = _NotLoaded()


class CycleClock(Protocol):
    """Counts cycles and how long and how late they were."""

    def began(self, slot: int, late_s: float) -> None:
        """Note that a cycle begins."""
        ...

    def ended(self, slot: int, took_s: float) -> None:
        """Note that a cycle ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What all bots share. `resolve` names the code behind a spec; `rebalance_threshold` is the setting."""

    market: MarketData
    compute: Compute
    resolve: Callable[[BotSpec], Work]
    clock: Clock
    journal: Journal
    gates: Gates
    pulse: Pulse
    cycles: CycleClock
    telemetry: Telemetry
    rebalance_threshold: float | None = None
