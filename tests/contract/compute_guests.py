"""Strategies for the compute suites: some behave, some don't; and the bench that runs them."""

import asyncio
import traceback
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from styrman.clock import SystemClock
from styrman.compute.dispatch import Dispatcher
from styrman.config import ComputeSettings
from styrman.domain.market import Candles, InstrumentRules
from styrman.domain.plan import BookView, Context
from styrman.domain.spec import BotSpec, ComputeMode
from styrman.ports import Program
from styrman.trading.catalogue import Catalogue

ZOO = '''
"""Strategies that behave, and those that don't."""
import asyncio, ctypes, os, signal, sys, time
from decimal import Decimal
from pathlib import Path
import numpy as np
from styrman import Plan, Strategy, WorkingOrder

class Half(Strategy):
    """Holds half.

    Always.
    """
    size: float = 0.5
    def target(self, candles):
        return np.full(len(candles), self.size)

class Warm(Strategy):
    slow: int = 20
    @property
    def warmup(self):
        return 3 * self.slow

class Counts(Strategy):
    async def decide(self, ctx):
        ctx.state["count"] = ctx.state.get("count", 0) + 1
        return Plan({"BTC/USDT": np.float64(0.25)})

class NotANumber(Strategy):
    def target(self, candles):
        return np.full(len(candles), np.nan)

class PlansNotANumber(Strategy):
    async def decide(self, ctx):
        return Plan({"BTC/USDT": float("nan")})

class TooShort(Strategy):
    def target(self, candles):
        return np.zeros(3)

class TooMuch(Strategy):
    async def decide(self, ctx):
        return Plan({"BTC/USDT": 5})

class NoPlan(Strategy):
    async def decide(self, ctx):
        return {"BTC/USDT": 1}

class Raises(Strategy):
    async def decide(self, ctx):
        ctx.state["spoilt"] = True
        raise LookupError("no such luck")

class OwnError(Exception):
    pass

class RaisesItsOwn(Strategy):
    async def decide(self, ctx):
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise OwnError(f"at {id(ctx)}") from error

class Exits(Strategy):
    async def decide(self, ctx):
        sys.exit(3)

class Interrupts(Strategy):
    async def decide(self, ctx):
        raise KeyboardInterrupt

class Dozes(Strategy):
    async def decide(self, ctx):
        await asyncio.sleep(0.5)
        return Plan()

class Sleeps(Strategy):
    async def decide(self, ctx):
        time.sleep(0.5)
        return Plan()

class Waits(Strategy):
    path: str
    async def decide(self, ctx):
        while not Path(self.path).exists():
            time.sleep(0.01)
        return Plan()

class WaitsForEver(Strategy):
    async def decide(self, ctx):
        await asyncio.Event().wait()

class Spins(Strategy):
    async def decide(self, ctx):
        print("spinning in", os.getpid())
        while True:
            pass

class Leaves(Strategy):
    async def decide(self, ctx):
        os._exit(7)

class Crashes(Strategy):
    async def decide(self, ctx):
        ctypes.string_at(0)

class Killed(Strategy):
    async def decide(self, ctx):
        os.kill(os.getpid(), signal.SIGKILL)

class EatsMemory(Strategy):
    async def decide(self, ctx):
        hoard = []
        while True:
            hoard.append(bytearray(16_000_000))

class SwallowsCancel(Strategy):
    async def decide(self, ctx):
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                pass

class LeavesATask(Strategy):
    async def decide(self, ctx):
        async def block():
            await asyncio.sleep(0)
            time.sleep(2)
        self.__dict__["_kept"] = asyncio.create_task(block())
        return Plan()

class Prints(Strategy):
    async def decide(self, ctx):
        print("to out")
        print("to err", file=sys.stderr)
        print("no end", end="")
        return Plan()

class PrintsALot(Strategy):
    async def decide(self, ctx):
        for number in range(10_000):
            print(number)
        return Plan()

class Foreign:
    pass

class PlansWhatNobodyKnows(Strategy):
    async def decide(self, ctx):
        return Plan({}, orders=(Foreign(),))

class KeepsWhatIsNotJson(Strategy):
    async def decide(self, ctx):
        ctx.state["x"] = Foreign()
        return Plan()

class Looks(Strategy):
    async def decide(self, ctx):
        candles = ctx.candles["BTC/USDT", "1m"]
        ctx.state.update(
            closes=[float(value) for value in candles.close], filled=[bool(value) for value in candles.filled],
            times=[int(value) for value in candles.time], params=dict(ctx.params), lot=str(ctx.rules["BTC/USDT"].quantity_step),
            environment=sorted(name for name in os.environ if name.startswith("STYRMAN_")), pid=os.getpid())
        return Plan()
'''

MAINS = '''
from styrman import Plan

async def main(ctx):
    """Buys."""
    ctx.state["ran"] = True
    return Plan({"BTC/USDT": 1.0})

async def silent(ctx):
    pass

number = 7
'''


class Bench:
    """A catalogue over a home folder, and what runs its strategies."""

    def __init__(self, home: Path, settings: ComputeSettings) -> None:
        self.folder = home / "strategies"
        self.catalogue = Catalogue(home)
        self.compute = Dispatcher(settings, self.catalogue, SystemClock())

    async def load(self, name: str, mode: ComputeMode = ComputeMode.PROCESS, *, bot_id: str = "b1", **params: JsonValue) -> Program:
        return await self.compute.load(bot_id, self.catalogue.find(name), params, mode)

    async def staffed(self) -> None:
        """Wait until the workers that replace dead ones have started."""
        await asyncio.gather(*self.compute._workers._starting)

    async def load_main(self, name: str, mode: ComputeMode) -> Program:
        spec = BotSpec(id="m", main=name, venue="sim", instruments=("BTC/USDT",))
        return await self.compute.load("m", self.catalogue.resolve(spec), {}, mode)


def make_home(home: Path) -> Path:
    (home / "strategies").mkdir()
    (home / "strategies" / "zoo.py").write_text(ZOO)
    (home / "installed_mains.py").write_text(MAINS)
    return home


def context(*, state: dict[str, JsonValue] | None = None, closes: tuple[float, ...] = (1.0, 2.0, 3.0), bot_id: str = "b1") -> Context:
    column = np.array(closes)
    time = np.arange(len(closes), dtype=np.int64) * 60_000
    filled = np.array([value == 2.0 for value in closes])
    candles = Candles("BTC/USDT", "1m", time, column, column, column, column, column, filled)
    return Context(
        now=datetime(2026, 1, 1, tzinfo=UTC),
        bot_id=bot_id,
        instruments=("BTC/USDT",),
        timeframe="1m",
        candles={("BTC/USDT", "1m"): candles},
        book=BookView(equity=Decimal(100), cash=Decimal(100), positions={}),
        working=(),
        rules={"BTC/USDT": InstrumentRules("BTC/USDT", "BTC", "USDT", quantity_step=Decimal("0.001"))},
        params={"size": 0.5},
        max_open=5,
        state={} if state is None else state,
    )


def formatted(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
