"""One request on its way: who asked what, by which clock it is judged, and what its answer may show."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from styrman.domain.market import InstrumentRules
from styrman.testnet.bourse import Bourse
from styrman.testnet.parameters import Parameters
from styrman.testnet.records import View
from styrman.testnet.refusals import bad_symbol
from styrman.testnet.symbols import Symbols

Json: TypeAlias = object  # what orjson can write


class Security(Enum):
    """What a request must prove."""

    NONE = "none"
    KEY = "key"
    SIGNED = "signed"


@dataclass(slots=True, kw_only=True)
class Call:
    """A request that has been let in."""

    parameters: Parameters
    bourse: Bourse
    symbols: Symbols
    view: View
    now_ms: int  # the server's clock: the wall's, but for an injected skew
    in_parts: bool = False  # an order of this request fills in parts
    made: list[int] = field(default_factory=list)  # the orders that it made

    def instrument(self) -> str:
        """Return the instrument of the symbol that was sent. Refusal."""
        name = self.symbols.instruments.get(self.parameters.need("symbol"))
        if name is None:
            raise bad_symbol()
        return name

    def any_instrument(self) -> str | None:
        """Return the instrument of the symbol where one was sent. Refusal."""
        return self.instrument() if self.parameters.text("symbol") else None

    def rules(self) -> InstrumentRules:
        """Return the rules of the symbol that was sent. Refusal."""
        return self.bourse.market.rules[self.instrument()]


Handler: TypeAlias = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What answers a method and a path, what it costs, and what it wants."""

    handler: Handler
    security: Security = Security.NONE
    weight: int = 1
    orders: int = 0  # how many new orders it counts as
