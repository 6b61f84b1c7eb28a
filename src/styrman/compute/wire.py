"""What passes between the manager and a worker process: length-prefixed pickles; candles, code and rules once per worker.

The worker trusts what it reads. The manager reads nothing but plain values of the house: an answer can't make it run code.
"""

import copyreg
import io
import pickle
import struct
import traceback
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np

from styrman.compute.loading import Bundle
from styrman.domain.market import COLUMNS, Candles, InstrumentRules
from styrman.domain.plan import Context, Plan
from styrman.errors import ErrorClass, InvalidSpec, StrategyBroken, StrategyError, StyrmanError
from styrman.ports import Description

LENGTH: Final = struct.Struct("!Q")
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_MESSAGE_LIMIT = 2_000  # characters
_FRAMES_LIMIT = 20_000
_OURS = __file__.rpartition("/")[0]
_Reduced: TypeAlias = tuple[Callable[..., object], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Inspect:
    """Ask for a `Description`."""

    bundle: Bundle


@dataclass(frozen=True, slots=True)
class Check:
    """Ask for the warmup with these parameters."""

    bundle: Bundle


@dataclass(frozen=True, slots=True)
class Decide:
    """Ask for a decision."""

    bundle: Bundle
    ctx: Context


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has started."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A line that the code wrote to stdout or stderr."""

    text: str


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and the strategy's state after it as JSON."""

    plan: Plan
    state: bytes


class RaisedElsewhere(StrategyError):
    """What code raised in a worker. `traceback_text` stands for the frames, which can't cross; it tells one bug from another."""

    traceback_text = ""


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception of the code, as text: its class need not exist on the manager's side."""

    type: str
    message: str
    frames: str  # of the code alone, without messages: the same from run to run
    error_class: ErrorClass

    @classmethod
    def of(cls, error: BaseException) -> "Raised":
        """Describe an exception."""
        seen = traceback.TracebackException.from_exception(error)
        message = "".join(seen.format_exception_only()).strip().partition(": ")[2] or type(error).__name__
        kind = error.error_class if isinstance(error, StyrmanError) else ErrorClass.PROGRAMMING
        return cls(type(error).__name__, message[:_MESSAGE_LIMIT], _frames(seen)[-_FRAMES_LIMIT:], kind)

    def error(self) -> RaisedElsewhere:
        """Return it as an error to raise, whose class bears the original's name; its frames are its note.

        Never the original's own type: a MemoryError or OSError of a worker says nothing about our process.
        """
        error = _named_error(self.type, self.error_class)(self.message)
        error.traceback_text = self.frames
        error.add_note(self.frames)
        return error


Body: TypeAlias = Description | int | Decided | Raised | StrategyBroken | InvalidSpec


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request. `worn_out`: the worker is not fit for another one."""

    body: Body
    worn_out: bool = False


Request: TypeAlias = Inspect | Check | Decide
Message: TypeAlias = Ready | Printed | Answer


class Sender:
    """Encodes requests for one worker. A thing keeps its slot there: it is sent when the worker holds another one in it, or none."""

    def __init__(self) -> None:
        self._slots: dict[Hashable, tuple[int, object]] = {}
        self._reducers = copyreg.dispatch_table | {
            Candles: self._candles,
            Bundle: self._bundle,
            InstrumentRules: self._rules,
            MappingProxyType: _mapping,
        }

    def __len__(self) -> int:
        return len(self._slots)

    def encode(self, request: Request) -> bytes:
        """Return the message's bytes. After an error the worker and we no longer agree: end it."""
        buffer = io.BytesIO()
        pickler = pickle.Pickler(buffer, protocol=5)
        pickler.dispatch_table = self._reducers
        pickler.dump(request)
        return framed(buffer.getvalue())

    def _candles(self, candles: Candles) -> _Reduced:
        key = "candles", candles.instrument, candles.timeframe, len(candles)
        columns = (getattr(candles, name).tobytes() for name in (*COLUMNS, "filled"))
        return self._once(key, candles, lambda: (_unpack_candles, candles.instrument, candles.timeframe, *columns))

    def _bundle(self, bundle: Bundle) -> _Reduced:
        return self._once(("code", bundle.owner), bundle, lambda: (Bundle, bundle.owner, bundle.work, dict(bundle.params), bundle.source))

    def _rules(self, rules: InstrumentRules) -> _Reduced:
        values = (getattr(rules, name) for name in InstrumentRules.__slots__)
        return self._once(("rules", rules.instrument), rules, lambda: (InstrumentRules, *values))

    def _once(self, key: Hashable, thing: object, contents: Callable[[], tuple[object, ...]]) -> _Reduced:
        slot, held = self._slots.get(key, (len(self._slots), None))
        if held is thing:
            return _fetch, (slot,)
        self._slots[key] = slot, thing
        return _store, (slot, *contents())


def framed(body: bytes) -> bytes:
    """Return a message's bytes behind their length."""
    return LENGTH.pack(len(body)) + body


def encode_message(message: Message) -> bytes:
    """Return the bytes of a worker's message."""
    return framed(pickle.dumps(message, protocol=5))


def decode_request(body: bytes) -> Request:
    """Return a request, as the worker reads it."""
    request: Request = pickle.loads(body)  # noqa: S301 - it comes from the manager that started us
    return request


def decode_message(body: bytes) -> Message:
    """Return a worker's message. pickle.UnpicklingError where it holds anything but plain values of the house."""
    try:
        message: Message = _PlainUnpickler(io.BytesIO(body)).load()
    except Exception as error:
        raise pickle.UnpicklingError(str(error)) from error
    return message


class _PlainUnpickler(pickle.Unpickler):
    """Makes values and nothing else."""

    _HOMES = ("styrman.domain.", "styrman.errors", "styrman.ports.compute", __name__)
    _PLAIN = frozenset({("decimal", "Decimal"), ("datetime", "datetime"), ("datetime", "timedelta"), ("datetime", "timezone")})

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in self._PLAIN or (module.startswith(self._HOMES) and name[:1].isupper() and "." not in name):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"a Plan holds a {module}.{name}; only numbers, text, Decimal, times and our own types pass")


# The worker's side of `Sender`: one process serves one sender.
_SLOTS: dict[int, object] = {}


def _store(slot: int, make: Callable[..., object], *contents: object) -> object:
    thing = _SLOTS[slot] = make(*contents)
    return thing


def _fetch(slot: int) -> object:
    return _SLOTS[slot]


def _mapping(proxy: MappingProxyType[object, object]) -> _Reduced:
    return dict, (dict(proxy),)


def _unpack_candles(instrument: str, timeframe: str, time: bytes, *columns: bytes) -> Candles:
    opens, highs, lows, closes, volumes = (np.frombuffer(column) for column in columns[:-1])
    filled = np.frombuffer(columns[-1], dtype=np.bool_)
    return Candles(instrument, timeframe, np.frombuffer(time, dtype=np.int64), opens, highs, lows, closes, volumes, filled)


def _frames(seen: traceback.TracebackException) -> str:
    """Return the code's frames, those of the error behind it first, each stack with the name of its error."""
    cause = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    kept = [frame for frame in seen.stack if not frame.filename.startswith(_OURS)]
    stack = "".join(traceback.StackSummary.from_list(kept).format())
    return f"{_frames(cause) if cause else ''}{stack}{seen.exc_type.__name__}\n"


@lru_cache(maxsize=256)
def _named_error(name: str, error_class: ErrorClass) -> type[RaisedElsewhere]:
    return type(name, (RaisedElsewhere,), {"error_class": error_class, "__module__": __name__})
