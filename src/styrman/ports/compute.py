"""Compute: where a user's code runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

from styrman.domain.plan import Context, Plan
from styrman.domain.spec import ComputeMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a bot runs, resolved: enough for another process to load the same code."""

    kind: Literal["strategy", "main"]
    name: str  # as in the spec
    module: str  # importable module; or, with `path`, the name the file is loaded under
    qualname: str  # class or function in it
    path: str | None = None  # a file of HOME/strategies
    file_hash: str | None = None  # of that file: a changed file is another module
    shipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a piece of work says of itself once it is loaded."""

    summary: str  # the first line of its docstring
    parameters: Mapping[str, JsonValue]  # JSON schema; a main's, which takes any, is an open object


class Program(Protocol):
    """One bot's code, loaded with its parameters."""

    warmup: int  # closed candles needed before the first decision
    file_hash: str | None

    async def decide(self, ctx: Context) -> Plan:
        """Run one decision; what it leaves in `ctx.state` is there after the call. Any exception of the code passes, as does
        `ComputeTimeout`, `WorkerDied`. SystemExit and KeyboardInterrupt of the code arrive as `StrategyError`. What was raised
        in another process arrives as a `StrategyError` whose class bears the original's name, with the traceback as its note.
        """
        ...

    async def close(self) -> None:
        """Forget the bot's code. Idempotent."""
        ...


class Compute(Protocol):
    """Runs what users bring where it can't stall, crash or starve the others. `contract/test_compute.py` is its suite."""

    async def load(self, bot_id: str, work: Work, params: Mapping[str, JsonValue], mode: ComputeMode) -> Program:
        """Import the code and make its Program. StrategyBroken (file and line); InvalidSpec (parameters)."""
        ...

    async def inspect(self, work: Work) -> Description:
        """Import the code and describe it. StrategyBroken (file and line)."""
        ...

    async def check(self, work: Work, params: Mapping[str, JsonValue]) -> int:
        """Return the warmup that the code asks for with these parameters. StrategyBroken; InvalidSpec at ("params", name)."""
        ...

    async def close(self) -> None:
        """End every worker, killing those that don't follow."""
        ...
