"""The strategy that costs nothing: for bots that only a person trades with, and for measuring what a bot itself costs."""

from styrman.domain.plan import EMPTY_PLAN, Context, Plan
from styrman.trading.strategy import Strategy


class Idle(Strategy):
    """Does nothing: it has no opinion about anything. What a person enters or adopts is guarded where a stop or target is set."""

    async def decide(self, ctx: Context) -> Plan:
        """Return the Plan that wants nothing."""
        guard = self.protection
        return Plan(protections=dict.fromkeys(ctx.instruments, guard)) if guard else EMPTY_PLAN
