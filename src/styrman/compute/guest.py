"""A bot's code, loaded with its parameters: decides, describes itself. The same in every mode; isolates nothing."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from math import isnan
from typing import TypeAlias

from pydantic import JsonValue, ValidationError

from styrman.compute.loading import Bundle, load_main, load_strategy
from styrman.domain.plan import EMPTY_PLAN, Context, Plan
from styrman.errors import FieldError, InvalidSpec, StrategyError
from styrman.ports import Description
from styrman.trading.catalogue import nearest_first
from styrman.trading.strategy import Strategy

_Decide: TypeAlias = Callable[[Context], Awaitable[Plan | None]]

_ANY_PARAMETERS: dict[str, JsonValue] = {"type": "object", "additionalProperties": True}


class Guest:
    """User code that this process has loaded. StrategyBroken, InvalidSpec."""

    __slots__ = ("_decide", "_may_be_silent", "_name", "warmup")

    def __init__(self, name: str, decide: _Decide, *, warmup: int = 0, may_be_silent: bool = True) -> None:
        self._name = name
        self._decide = decide
        self._may_be_silent = may_be_silent
        self.warmup = warmup

    @classmethod
    def load(cls, bundle: Bundle) -> "Guest":
        """Import the code and give it its parameters."""
        if bundle.work.kind == "main":
            return cls(bundle.work.name, load_main(bundle))  # type: ignore[arg-type] # what it returns is looked at with each call
        strategy = make_strategy(load_strategy(bundle), bundle)
        return cls(bundle.work.name, strategy.decide, warmup=int(strategy.warmup), may_be_silent=False)

    async def decide(self, ctx: Context) -> Plan:
        """Return the Plan, its targets checked. Whatever the code raises passes, but what would end our process: StrategyError."""
        try:
            plan = await self._decide(ctx)
        except (SystemExit, KeyboardInterrupt) as error:
            raise StrategyError(f"{self._name!r} raised {type(error).__name__}({error}); a strategy can't end the process.") from error
        if plan is None and self._may_be_silent:
            return EMPTY_PLAN
        if not isinstance(plan, Plan):
            raise StrategyError(f"{self._name!r} returned {type(plan).__name__}; return a Plan.")
        return replace(plan, targets={str(key): self._opinion(key, value) for key, value in plan.targets.items()}) if plan.targets else plan

    def _opinion(self, instrument: str, target: float | None) -> float | None:
        """Return a target as a plain float; None for NaN."""
        if target is None or isnan(target):
            return None
        if not -1 <= target <= 1:
            raise StrategyError(f"{self._name!r} wants {target} of its equity in {instrument}; write a fraction in [-1, 1].")
        return float(target)


def describe(bundle: Bundle) -> Description:
    """Import the code and describe it. StrategyBroken."""
    if bundle.work.kind == "main":
        return Description(summary=_summary(load_main(bundle)), parameters=_ANY_PARAMETERS)
    strategy = load_strategy(bundle)
    return Description(summary=_summary(strategy), parameters=strategy.model_json_schema())


def make_strategy(strategy: type[Strategy], bundle: Bundle) -> Strategy:
    """Return the strategy with its parameters. InvalidSpec names each wrong one, and the names there are."""
    try:
        return strategy.model_validate(dict(bundle.params))
    except ValidationError as error:
        names = tuple(strategy.model_fields)
        faults = [
            _fault(fault["type"], fault["loc"], fault["msg"], names) for fault in error.errors(include_url=False, include_input=False)
        ]
        first = faults[0]
        where = ".".join(str(part) for part in first.loc)
        raise InvalidSpec(f"Parameters of {bundle.work.name!r} can't be used: {where}: {first.message}.", faults) from None


def _fault(kind: str, loc: tuple[str | int, ...], message: str, names: Sequence[str]) -> FieldError:
    if kind != "extra_forbidden":
        return FieldError(("params", *loc), message.removeprefix("Value error, "))
    return FieldError(("params", *loc), "There is no such parameter", nearest_first(str(loc[0]), names))


def _summary(code: object) -> str:
    return (code.__doc__ or "").strip().partition("\n")[0]
