"""The door: every request of either API comes in here, is logged, struck by faults, checked and counted, and then executed."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
import structlog

from styrman.clock import Clock
from styrman.errors import StyrmanError
from styrman.testnet.bourse import Bourse
from styrman.testnet.call import Call, Endpoint, Json, Security
from styrman.testnet.faults import Faults, Kind, Strikes
from styrman.testnet.limits import Limits
from styrman.testnet.parameters import Parameters
from styrman.testnet.refusals import INTERNAL, Refusal, refusal_of
from styrman.testnet.signing import Credential, check_window
from styrman.testnet.symbols import Symbols

log = structlog.get_logger(__name__)

_LOGGED = 100_000  # requests kept for GET /_log
_SECRETS = ("signature", "apiKey")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request as it came, from either API."""

    method: str
    path: str
    parameters: Mapping[str, str]
    key: str | None  # the API key that came with it
    payload: str  # what it has signed
    is_trusted: bool = False  # its connection has logged on


@dataclass(slots=True, kw_only=True)
class Answer:
    """What is sent back."""

    status: int
    content: Json
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        """The JSON."""
        return orjson.dumps(self.content)


@dataclass(slots=True)
class Entry:
    """One request as GET /_log tells it."""

    method: str
    path: str
    parameters: dict[str, str]
    at_ms: int
    faults: list[str]
    status: int | None = None  # None: not answered (yet)

    def describe(self) -> dict[str, object]:
        """Return it as JSON."""
        client_id = self.parameters.get("newClientOrderId") or self.parameters.get("origClientOrderId")
        told = {"method": self.method, "path": self.path, "params": self.parameters, "time": self.at_ms, "status": self.status}
        return told | {"client_id": client_id, "faults": self.faults}


class Gateway:
    """Lets requests in. The same for REST and the WebSocket API."""

    def __init__(self, bourse: Bourse, endpoints: Mapping[tuple[str, str], Endpoint], symbols: Symbols, limits: Limits) -> None:
        self._bourse, self._endpoints, self._symbols, self._limits = bourse, endpoints, symbols, limits
        self._clock: Clock = bourse.clock
        self._credential = Credential(bourse.options.key, bourse.options.secret)
        self.faults = Faults(bourse.options.fault_seed)
        self.log: deque[Entry] = deque(maxlen=_LOGGED)

    def enter(self, method: str, path: str, parameters: Mapping[str, str]) -> tuple[Entry, Strikes]:
        """Log a request and let the faults throw their dice."""
        strikes = self.faults.strike(method, path)
        shown = {name: text for name, text in parameters.items() if name not in _SECRETS}
        entry = Entry(method, path, shown, self._bourse.wall_ms(), [kind.value for kind in strikes.by_kind])
        self.log.append(entry)
        return entry, strikes

    async def execute(self, asked: Asked, strikes: Strikes) -> Answer:
        """Check a request and do what it asks; every failure is an answer."""
        endpoint = self._endpoints.get((asked.method, asked.path), Endpoint(handler=_nothing))
        try:
            content = await self._let_in(asked, endpoint, strikes)
        except Refusal as refusal:
            answer = Answer(status=refusal.status, content=refusal.body, headers=refusal.headers)
        except StyrmanError as error:
            said = refusal_of(error)
            answer = Answer(status=said.status, content=said.body)
        else:
            answer = Answer(status=200, content=content)
        if answer.status == INTERNAL:
            log.error("testnet request failed", method=asked.method, path=asked.path, error=answer.content)
        answer.headers |= self._limits.headers(counts_orders=endpoint.orders > 0)
        return answer

    def check_session(self, asked: Asked) -> None:
        """Refuse what doesn't prove to come from the owner of the key. Refusal."""
        self._check(asked, Security.SIGNED, self._bourse.wall_ms())

    async def _let_in(self, asked: Asked, endpoint: Endpoint, strikes: Strikes) -> Json:
        self._limits.take(endpoint.weight)
        now_ms = self._bourse.wall_ms() + round(strikes.seconds(Kind.CLOCK_SKEW) * 1000)
        self._check(asked, endpoint.security, now_ms)
        if endpoint.orders:
            self._limits.take_orders(endpoint.orders)
        now = self._clock.monotonic()
        call = Call(
            parameters=Parameters(asked.parameters),
            bourse=self._bourse,
            symbols=self._symbols,
            view=self._bourse.records.view(now, stale_s=strikes.seconds(Kind.STALE)),
            now_ms=now_ms,
            in_parts=Kind.PARTIAL_FILL in strikes.by_kind,
        )
        content = await endpoint.handler(call)
        if Kind.VANISH in strikes.by_kind:
            for number in call.made:
                self._bourse.records.hide(number, now + strikes.seconds(Kind.VANISH))
        return content

    def _check(self, asked: Asked, security: Security, now_ms: int) -> None:
        if security is Security.NONE:
            return
        if not asked.is_trusted:
            self._credential.check_key(asked.key)
        if security is Security.KEY:
            return
        parameters = Parameters(asked.parameters)
        if not asked.is_trusted:
            self._credential.check_signature(parameters, asked.payload)
        check_window(parameters, now_ms)


async def _nothing(call: Call) -> Json:
    """Refuse: no endpoint has this method and path."""
    del call
    raise Refusal(-1000, "There is no such endpoint on this testnet; its documentation lists what there is.", status=404)
