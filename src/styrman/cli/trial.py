"""Trying a strategy's file here: loaded as the service loads it, in a worker process, and asked at every close of a synthetic market."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import cast

from pydantic import JsonValue

from styrman.cli.columns import Row, field
from styrman.cli.exits import Failure
from styrman.clock import SystemClock
from styrman.compute.dispatch import Dispatcher
from styrman.config import ComputeSettings
from styrman.domain.market import Candles, timeframe_ms
from styrman.domain.plan import BookView, Context, Plan
from styrman.domain.spec import ComputeMode
from styrman.errors import InvalidSpec, StrategyBroken, StrategyError
from styrman.ports import Compute, Program, Work
from styrman.trading.catalogue import Catalogue
from styrman.trading.strategy_files import StrategyFile, read_file
from styrman.venues.simulation.synthetic import SyntheticSource

CHECKED = (
    field("STRATEGY", "name"),
    field("WARMUP", right=True),
    field("DECISIONS", right=True),
    field("OPINIONS", right=True),
    field("LOWEST", right=True),
    field("HIGHEST", right=True),
    field("ORDERS", right=True),
    field("MS", "ms_per_decision", right=True),
)
_DECISIONS = 200
_WINDOW = 500  # candles that a decision sees at least, as live
_TIMEFRAME = "1m"
_INSTRUMENTS = ("BTC/USDT", "ETH/USDT")
_START_MS = 1_767_225_600_000  # 2026-01-01: any day will do, the same one each time
_CAPITAL = Decimal(10_000)


def check_file(file: Path, params: Row, home: Path) -> Sequence[Row]:
    """Return what each strategy of a file did. Failure names the file and line of the first fault."""
    return asyncio.run(_check(_parsed(file), cast("dict[str, JsonValue]", params), home))  # YAML scalars and flows are JSON values


async def _check(file: StrategyFile, params: Mapping[str, JsonValue], home: Path) -> list[Row]:
    compute = Dispatcher(ComputeSettings(deadline_s=10, workers=1), Catalogue(home), SystemClock())
    try:
        return [await _try(compute, work, params) for work in _works(file)]
    finally:
        await compute.close()


def _parsed(file: Path) -> StrategyFile:
    try:
        parsed = read_file(file.absolute())
    except OSError as error:
        raise Failure(f"{file} can't be read: {error.strerror}.") from None
    if parsed.error is not None:
        raise Failure(parsed.error)
    if not parsed.classes:
        raise Failure(f"{file} holds no strategy; derive a class from styrman.Strategy and give it target or decide.")
    return parsed


def _works(file: StrategyFile) -> list[Work]:
    module, path = file.path.stem, str(file.path)
    return [Work(kind="strategy", name=each.name, module=module, qualname=each.qualname, path=path) for each in file.classes]


async def _try(compute: Compute, work: Work, params: Mapping[str, JsonValue]) -> Row:
    """Return what a strategy did over the market."""
    try:
        program = await compute.load("check", work, params, ComputeMode.PROCESS)
        began = perf_counter()
        plans = await _plans(program)
    except InvalidSpec as error:
        allowed = "".join(f"\n  {fault.loc[-1]}: there are: {', '.join(fault.allowed)}" for fault in error.errors if fault.allowed)
        raise Failure(error.detail + allowed) from None
    except StrategyBroken as error:
        raise Failure(error.detail) from None
    except StrategyError as error:
        raise Failure(f"{_place(error, work)}: {type(error).__name__}: {error}") from None
    opinions = [target for plan in plans for target in plan.targets.values() if target is not None]
    return {
        "name": work.name,
        "warmup": program.warmup,
        "decisions": len(plans),
        "opinions": len(opinions),
        "lowest": min(opinions, default=None),
        "highest": max(opinions, default=None),
        "orders": sum(len(plan.orders) for plan in plans),
        "ms_per_decision": round((perf_counter() - began) * 1000 / len(plans), 2),
    }


async def _plans(program: Program) -> list[Plan]:
    """Return the decision at each close. The bot stays flat: what it wants is looked at, not traded."""
    source = SyntheticSource(7, _START_MS)
    window, step = max(program.warmup, _WINDOW), timeframe_ms(_TIMEFRAME)
    end = _START_MS + (window + _DECISIONS) * step
    market = {name: source.candles(name, _START_MS, end) for name in _INSTRUMENTS}
    state: dict[str, JsonValue] = {}
    plans: list[Plan] = []
    for last in range(window, window + _DECISIONS):
        seen = {name: candles[last - window : last] for name, candles in market.items()}
        context = _context(seen, source, state)
        plans.append(await program.decide(context))
        state = context.state
    return plans


def _context(seen: Mapping[str, Candles], source: SyntheticSource, state: dict[str, JsonValue]) -> Context:
    now = seen[_INSTRUMENTS[0]].closed_at
    if now is None:
        raise ValueError("a window holds at least one candle")
    return Context(
        now=now,
        bot_id="check",
        instruments=_INSTRUMENTS,
        timeframe=_TIMEFRAME,
        candles={(name, _TIMEFRAME): candles for name, candles in seen.items()},
        book=BookView(equity=_CAPITAL, cash=_CAPITAL, positions={}),
        working=(),
        rules={name: source.listings[name].rules for name in _INSTRUMENTS},
        params={},
        max_open=len(_INSTRUMENTS),
        state=state,
    )


def _place(error: StrategyError, work: Work) -> str:
    """Return the last line of the file that the error passed through, as its traceback tells."""
    told = "".join(getattr(error, "__notes__", ()))
    lines = re.findall(rf'File "{re.escape(str(work.path))}", line (\d+)', told)
    return f"{work.path}:{lines[-1]}" if lines else str(work.path)
