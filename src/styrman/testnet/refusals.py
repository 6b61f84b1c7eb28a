"""Binance's errors: codes, messages and HTTP statuses, and which of them says what the simulated exchange refused."""

from collections.abc import Mapping

from styrman.errors import OrderRejected, StyrmanError, VenueRefused
from styrman.venues.simulation.admission import Rejection

UNAUTHORIZED, TOO_MANY, BANNED, INTERNAL = 401, 429, 418, 500


class Refusal(Exception):
    """A request that is answered by an error body."""

    def __init__(self, code: int, message: str, *, status: int = 400, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.headers = code, message, status, dict(headers or {})

    @property
    def body(self) -> dict[str, object]:
        """The JSON that says it."""
        return {"code": self.code, "msg": self.message}


def bad_symbol() -> Refusal:
    """Return the error for a symbol that isn't traded."""
    return Refusal(-1121, "Invalid symbol.")


def missing(name: str) -> Refusal:
    """Return the error for a parameter that wasn't sent."""
    return Refusal(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def illegal(name: str, legal: str) -> Refusal:
    """Return the error for a parameter that can't be read."""
    return Refusal(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def unknown_order(code: int) -> Refusal:
    """Return the error for an order that isn't there: -2013 to a look-up, -2011 to a cancel."""
    return Refusal(code, "Order does not exist." if code == NO_SUCH_ORDER else "Unknown order sent.")


NO_SUCH_ORDER, CANCEL_REJECTED, NEW_ORDER_REJECTED = -2013, -2011, -2010

_FILTER = "Filter failure: "
_BY_REASON: dict[str, tuple[int, str]] = {
    Rejection.CLIENT_ID: (-1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'."),
    Rejection.PRICE_MISSING: (-1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed."),
    Rejection.PRICE_UNUSED: (-1106, "Parameter 'price' sent when not required."),
    Rejection.OFF_TICK: (-1013, _FILTER + "PRICE_FILTER"),
    Rejection.OFF_LOT: (-1013, _FILTER + "LOT_SIZE"),
    Rejection.TOO_SMALL: (-1013, _FILTER + "LOT_SIZE"),
    Rejection.BELOW_MIN_NOTIONAL: (-1013, _FILTER + "NOTIONAL"),
    Rejection.TIME_IN_FORCE: (-1115, "Invalid timeInForce."),
    Rejection.WOULD_CROSS: (NEW_ORDER_REJECTED, "Order would immediately match and take."),
    Rejection.STOP_TOUCHED: (NEW_ORDER_REJECTED, "Stop price would trigger immediately."),
    Rejection.PAIR_PRICES: (NEW_ORDER_REJECTED, "The relationship of the prices for the orders is not correct."),
    Rejection.INSUFFICIENT_FUNDS: (NEW_ORDER_REJECTED, "Account has insufficient balance for requested action."),
    Rejection.NO_PRICE: (NEW_ORDER_REJECTED, "Market is closed."),
    Rejection.UNKNOWN_ORDER: (CANCEL_REJECTED, "Unknown order sent."),
}


def refusal_of(error: StyrmanError) -> Refusal:
    """Return how Binance would say what the simulated exchange said."""
    if isinstance(error, OrderRejected) and error.reason in _BY_REASON:
        return Refusal(*_BY_REASON[error.reason])
    if isinstance(error, VenueRefused):
        return Refusal(-1100, error.detail)
    return Refusal(-1001, f"Internal error; unable to process your request. {error.detail}", status=INTERNAL)
