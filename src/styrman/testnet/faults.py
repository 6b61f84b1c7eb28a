"""What goes wrong on request: which faults there are, which requests they strike, how often, and by which chance."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class Kind(StrEnum):
    """What a fault does."""

    DROP_ANSWER = "drop_answer"  # the request is executed, the connection closes without an answer
    DELAY = "delay"  # the request is executed so many seconds late
    DELAY_ANSWER = "delay_answer"  # it is executed at once, the answer leaves so many seconds late
    DUPLICATE = "duplicate"  # the answer is sent twice
    STATUS = "status"  # an error status; `executed` says whether the request was
    RESET = "reset"  # the connection is reset: in mid-answer, or before anything where `executed` is false
    STALE = "stale"  # a read answers with the account as it was so many seconds ago
    VANISH = "vanish"  # the order that this request makes is found by nobody for so many seconds
    CLOCK_SKEW = "clock_skew"  # the server's clock is off by so many seconds
    DROP_STREAM = "drop_stream"  # streams close now; where `silent`, they stay open and tell nothing for so many seconds
    PARTIAL_FILL = "partial_fill"  # the order that this request makes fills in parts
    NONSENSE = "nonsense"  # 200, and a body that is no JSON


_LASTING = (Kind.STALE, Kind.CLOCK_SKEW)  # hold until they are cleared, unless a count is given
_TIMED = (Kind.DELAY, Kind.DELAY_ANSWER, Kind.STALE, Kind.VANISH)


class FaultRequest(BaseModel):
    """The body of POST /_faults. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    method: str = "*"  # GET, POST, PUT, DELETE; * for any
    path: str = "*"  # as sent, * and ? as in file names; a prefix ends in *
    count: Annotated[int, Field(ge=1)] | None = None  # how many requests it strikes; None: one, or all of those that last
    p: Annotated[float, Field(gt=0, le=1)] = 1.0  # the chance to strike each
    seconds: Annotated[float, Field(ge=-3600, le=3600)] = 5.0
    status: Annotated[int, Field(ge=400, le=599)] = 503
    executed: bool | None = None  # of status: false unless told otherwise; of reset: true
    silent: bool = False  # of drop_stream
    seed: int | None = None  # of its own chance; None: the testnet's


@dataclass(slots=True)
class Fault:
    """One fault that waits for requests to strike."""

    number: int
    request: FaultRequest
    left: int | None
    chance: random.Random = field(repr=False)
    struck: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Whether it strikes this request; counted where it does."""
        request = self.request
        matches = request.method.upper() in ("*", method) and fnmatchcase(path, request.path)
        if not matches or self.left == 0 or self.chance.random() >= request.p:
            return False
        self.struck += 1
        if self.left is not None:
            self.left -= 1
        return True

    def describe(self) -> dict[str, object]:
        """Return it as GET /_faults lists it."""
        return {"id": self.number, "left": self.left, "struck": self.struck} | self.request.model_dump(mode="json")


class BadFault(Exception):
    """A fault that can't be: `errors` names the fields, and what they may be."""

    def __init__(self, errors: list[dict[str, object]]) -> None:
        super().__init__("no such fault")
        self.errors = errors


def parse_fault(body: object) -> FaultRequest:
    """Return the checked body of POST /_faults. BadFault."""
    try:
        request = FaultRequest.model_validate(body)
    except ValidationError as error:
        allowed = {"kind": [kind.value for kind in Kind], "": list(FaultRequest.model_fields)}
        found = [(".".join(str(part) for part in each["loc"]), each["msg"]) for each in error.errors(include_url=False)]
        raise BadFault([{"field": where, "message": why, "allowed": allowed.get(where, allowed[""])} for where, why in found]) from None
    if request.kind in _TIMED and request.seconds <= 0:
        raise BadFault([{"field": "seconds", "message": f"{request.kind} needs seconds above zero"}])
    return request


class Faults:
    """The faults that wait, and their dice. One seed and one order of requests: one outcome."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._made = 0
        self._faults: list[Fault] = []

    def add(self, request: FaultRequest) -> Fault:
        """Let a fault wait for requests."""
        self._made += 1
        left = request.count if request.count is not None or request.kind in _LASTING else 1
        seed = f"{self._seed}:{self._made}" if request.seed is None else str(request.seed)
        fault = Fault(self._made, request, left, random.Random(seed))  # noqa: S311 - chance that can be repeated, no secret
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def strike(self, method: str, path: str) -> "Strikes":
        """Return what goes wrong with this request."""
        struck = {fault.request.kind: fault.request for fault in self._faults if fault.strikes(method, path)}
        self._faults = [fault for fault in self._faults if fault.left != 0]
        return Strikes(struck)

    def describe(self) -> list[dict[str, object]]:
        """Return those that wait."""
        return [fault.describe() for fault in self._faults]


@dataclass(frozen=True, slots=True)
class Strikes:
    """What goes wrong with one request; at most one fault of each kind."""

    by_kind: Mapping[Kind, FaultRequest]

    def seconds(self, kind: Kind) -> float:
        """Return the seconds of a kind; zero where it doesn't strike."""
        fault = self.by_kind.get(kind)
        return 0.0 if fault is None else fault.seconds

    def before(self, kind: Kind) -> FaultRequest | None:
        """Return the fault of a kind that keeps the request from being executed."""
        fault = self.by_kind.get(kind)
        executed = fault is None or (kind is Kind.RESET if fault.executed is None else fault.executed)
        return None if executed else fault

    def after(self, kind: Kind) -> FaultRequest | None:
        """Return the fault of a kind that strikes once the request has been executed."""
        return None if self.before(kind) else self.by_kind.get(kind)

    def __bool__(self) -> bool:
        return bool(self.by_kind)
