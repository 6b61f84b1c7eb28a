"""The root of the error tree, and what every error of ours knows: its class of failure, its HTTP status, its stable code."""

import re
from dataclasses import dataclass
from enum import StrEnum


class ErrorClass(StrEnum):
    """What kind of failure it was, hence what the supervisor does about it."""

    TRANSIENT = "transient"  # back off and try again
    CLOCK = "clock"  # resync the clock once, then as transient
    AUTH = "auth"  # FAILED at once; the account's other bots are held
    PERMANENT = "permanent"  # FAILED at once
    BUSINESS = "business"  # told to the strategy; not a crash
    PROGRAMMING = "programming"  # restart; the same traceback three times: FAILED
    PROCESS = "process"  # our own process is ill: close all gates, exit non-zero

    def __reduce_ex__(self, protocol: object) -> tuple[type["ErrorClass"], tuple[str]]:
        """Pickle as a call of the class, also where Python (3.11.0 to 3.11.3) would pickle a `getattr`: workers send it."""
        del protocol
        return type(self), (self.value,)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in one field of a request: `loc` is the path to it, e.g. ("params", "fast")."""

    loc: tuple[str | int, ...]
    message: str
    allowed: tuple[str, ...] = ()


class StyrmanError(Exception):
    """The root. `detail` is one sentence: what happened, to which id, what to do next."""

    status = 500
    code = "styrman_error"  # each class's name in snake case, e.g. bot_not_found
    error_class = ErrorClass.PROGRAMMING

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__module__ = "styrman.errors"  # where callers find it, and tracebacks name it
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
