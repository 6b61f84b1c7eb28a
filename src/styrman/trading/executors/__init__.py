"""Executors: what a strategy's `decide` may hand an execution to. Each turns a Context into a part of a Plan.

An executor is a value: its parameters and a `key`. What it has to remember lies in the strategy's durable `state` under that
key, and what its orders have traded is read off `Context.traded`, which the journal keeps with the fills. So it goes on after a
`kill -9` where it was, and deciding twice is deciding once.

    async def decide(self, ctx):
        entry = Twap(key="entry", instrument="BTC/USDT", side=Side.BUY, quantity=Decimal("0.6"), slices=6, duration=timedelta(hours=1))
        return entry.plan(ctx)
"""

from styrman.trading.executors.bracket import Bracket
from styrman.trading.executors.grid import GridLevels
from styrman.trading.executors.ladder import DcaLadder
from styrman.trading.executors.progress import Executor
from styrman.trading.executors.twap import Twap

__all__ = ["Bracket", "DcaLadder", "Executor", "GridLevels", "Twap"]
