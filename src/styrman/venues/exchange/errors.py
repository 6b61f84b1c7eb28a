"""ccxt's errors in our words (design, sections 3 and 5). Nothing that ccxt raises goes further than this file.

Of a send, only an enumerated no is a no. What was lost, what can't be read and what ccxt knows no name for leaves the outcome
open. ccxt's own texts are not passed on: they hold URLs with signatures, and headers with keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from styrman.errors import (
    AuthenticationFailed,
    ClockSkewed,
    InsufficientFunds,
    InvalidOrder,
    OrderRejected,
    StyrmanError,
    VenueRefused,
    VenueUnavailable,
)
from styrman.venues.exchange.calls import OK, TOO_MANY, Call, enumerated_code, stated_reason
from styrman.venues.exchange.codes import CLASSES, CODES, WORDS, Verdict
from styrman.venues.exchange.credentials import Credential, scrub

SERVER_ERROR = 500
_LOST = frozenset({*TOO_MANY, 408, 409})  # answers that do not say what became of the request


class OrderAbsent(OrderRejected):
    """The exchange knows no such order (any more). Never leaves the exchange package."""


_BUSINESS: Mapping[Verdict, type[OrderRejected]] = {
    Verdict.FUNDS: InsufficientFunds,
    Verdict.ORDER: InvalidOrder,
    Verdict.ABSENT: OrderAbsent,
}


@dataclass(frozen=True, slots=True)
class Where:
    """Whom we asked: the venue as configured, its exchange, its keys."""

    venue: str
    exchange: str
    credential: Credential | None = None

    def scrub(self, text: str) -> str:
        """Return the text without secrets."""
        return scrub(text) if self.credential is None else self.credential.scrub(text)


def translate(error: BaseException, call: Call, where: Where) -> StyrmanError:
    """Return what an error of a ccxt method means to whoever called it."""
    if call.denied is not None:
        return call.denied
    if isinstance(error, StyrmanError):
        return error
    verdict = _verdict_of_send(error, call, where) if call.is_send else _verdict(error, call, where)
    return _error(verdict, error, call, where)


def _verdict_of_send(error: BaseException, call: Call, where: Where) -> Verdict:
    """Return UNAVAILABLE unless it is certain that there is no order."""
    if not call.has_left:
        # ccxt's own checks, before any request. What isn't one of ccxt's errors is a request that could not be made.
        return _verdict(error, call, where) if is_ccxt(error) or isinstance(error, TimeoutError) else Verdict.REFUSED
    if call.status is None or call.status >= SERVER_ERROR or call.status in _LOST or call.answer is None:
        return Verdict.UNAVAILABLE
    verdict = _verdict(error, call, where)
    return Verdict.UNAVAILABLE if verdict is Verdict.ABSENT else verdict


def _verdict(error: BaseException, call: Call, where: Where) -> Verdict:
    if call.status is not None and (call.status >= SERVER_ERROR or call.status in TOO_MANY):
        return Verdict.UNAVAILABLE
    if call.status is not None and is_ccxt(error):
        told, _ = _meaning(call)
        told = told or CODES.get(where.exchange, {}).get(enumerated_code(call.answer) or "")
        if told is not None:
            return told
    names = _class_names(error)
    return next((verdict for name, verdict in CLASSES if name in names), Verdict.UNAVAILABLE)


def _meaning(call: Call) -> tuple[Verdict | None, str]:
    """Return what the exchange's words say, and our name of it."""
    words = stated_reason(call.answer).lower()
    return next(((verdict, reason) for phrase, verdict, reason in WORDS if phrase in words), (None, ""))


def _class_names(error: BaseException) -> frozenset[str]:
    """Return the names of an error's ccxt classes; by name, so that asking does not import ccxt."""
    return frozenset(each.__name__ for each in type(error).__mro__ if each.__module__.startswith("ccxt"))


def is_ccxt(error: BaseException) -> bool:
    """Whether ccxt raised it on purpose."""
    return bool(_class_names(error))


def _error(verdict: Verdict, error: BaseException, call: Call, where: Where) -> StyrmanError:
    code, said = enumerated_code(call.answer), where.scrub(stated_reason(call.answer))
    answer = f"{said} (code {code})" if code else _outline(error, call, where)
    detail = f"Venue {where.venue!r}: {where.exchange} answered {call.method} with: {answer}"
    reason = _meaning(call)[1] or code or type(error).__name__
    if verdict in _BUSINESS:
        return _BUSINESS[verdict](reason, detail)
    if verdict is Verdict.CLOCK:
        return ClockSkewed(f"{detail}; nothing was executed. The clock is being measured again; check this machine's if it goes on.")
    if verdict is Verdict.AUTH:
        name = where.credential.name if where.credential else None
        return AuthenticationFailed(f"{detail}; check the key and secret of credential {name!r}, its permissions and allowed addresses.")
    return VenueRefused(f"{detail}; it would say so again.") if verdict is Verdict.REFUSED else VenueUnavailable(detail)


def _outline(error: BaseException, call: Call, where: Where) -> str:
    """Say what happened where the exchange gave no code."""
    kind = type(error).__name__
    if call.status is None:
        if call.has_left or not is_ccxt(error):
            return f"no answer ({kind})"
        # Raised before anything was sent, or on the way: ccxt's own check, whose words hold no URL, or a connection that failed.
        return kind if "://" in str(error) else f"{kind}, {where.scrub(str(error))[:200]}"
    if call.answer is None or call.status == OK:
        return f"something that can't be read (status {call.status}, {kind})"
    return f"status {call.status}, {where.scrub(str(call.answer))[:200]}"
