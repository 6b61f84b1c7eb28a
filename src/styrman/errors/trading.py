"""What goes wrong while a bot trades: in its strategy's code, by our own no, at its venue."""

from styrman.errors.root import ErrorClass, StyrmanError


class StrategyError(StyrmanError):
    """A strategy's code failed."""


class StrategyBroken(StrategyError):
    """The file can't be imported, or holds no strategy of that name; the detail names file and line."""

    error_class = ErrorClass.PERMANENT


class ComputeTimeout(StrategyError):
    """A strategy's call ran into the compute deadline and was killed."""


class WorkerDied(StrategyError):
    """The worker process that held this call died (killed, out of memory, os._exit)."""


class OrderDenied(StyrmanError):
    """We refused the order before it was sent. `rule` is the stable name of the check, e.g. `max_order_value`."""

    status = 409
    error_class = ErrorClass.BUSINESS

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule


class VenueError(StyrmanError):
    """Something went wrong at or on the way to a venue."""

    status = 502
    error_class = ErrorClass.TRANSIENT


class VenueUnavailable(VenueError):
    """Time-out, reset, 5xx or an answer that can't be read. During a send the outcome is unknown."""


class ClockSkewed(VenueError):
    """The venue refused our timestamp. The request was not executed."""

    error_class = ErrorClass.CLOCK


class AuthenticationFailed(VenueError):
    """The venue refused the credential."""

    error_class = ErrorClass.AUTH


class VenueRefused(VenueError):
    """A request that can never succeed: bad parameters, unknown symbol, not supported."""

    error_class = ErrorClass.PERMANENT


class OrderRejected(VenueError):
    """The venue answered no. `reason` is its enumerated code; the order does not exist there."""

    error_class = ErrorClass.BUSINESS

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class InsufficientFunds(OrderRejected):
    """The account's free balance does not cover the order."""


class InvalidOrder(OrderRejected):
    """Off the tick or lot, below the minimum notional, would cross as post-only, or nothing to reduce."""
