"""What a caller of the manager or of the API is told, and what keeps a process from starting."""

from collections.abc import Sequence

from styrman.errors.root import ErrorClass, FieldError, StyrmanError


class NotFound(StyrmanError):
    """The named thing does not exist."""

    status = 404


class BotNotFound(NotFound):
    """No bot has this id."""


class StrategyNotFound(NotFound):
    """No shipped, local or installed strategy has this name."""

    error_class = ErrorClass.PERMANENT


class AccountNotFound(NotFound):
    """No venue of the configuration opens this account."""


class VenueNotFound(NotFound):
    """The configuration has no venue of this name."""


class IntentNotFound(NotFound):
    """The bot never made an order intent with this id."""


class OrderNotFound(NotFound):
    """No order that is nobody's works at the venue under this id."""


class OperationNotFound(NotFound):
    """No operation has this id; they are forgotten after the retention time."""


class Conflict(StyrmanError):
    """The thing exists, but its state does not allow this now."""

    status = 409


class BotExists(Conflict):
    """The id is taken."""


class BotQuarantined(Conflict):
    """The bot's task will not die; nothing may run beside it."""


class BotHasExposure(Conflict):
    """The bot holds a position or working orders, and the command would orphan them."""


class BotNotTrading(Conflict):
    """The bot does not run, or may not add exposure, and the command wants it to."""


class BooksElsewhere(Conflict):
    """The books of an account's bots were made with other money, or elsewhere, than its venue trades now."""


class IntentNotOpen(Conflict):
    """A person's decision is not wanted: what became of the order is known."""


class NotClaimable(Conflict):
    """The order can't become this bot's."""


class TransferRefused(Conflict):
    """A position can't move between the bot's book and what is external."""


class CapitalOverbooked(Conflict):
    """The account has less unreserved capital than the bot asks for."""


class Superseded(Conflict):
    """A later command overtook the one that the caller waits for."""


class RequestInFlight(Conflict):
    """A request with the same Idempotency-Key has not been answered yet."""


class StaleGeneration(StyrmanError):
    """The caller's `If-Match` names another generation than the bot's."""

    status = 412


class Invalid(StyrmanError):
    """The request can't be taken as it is; `errors` names each faulty field."""

    status = 422

    def __init__(self, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.errors = tuple(errors)


class InvalidSpec(Invalid):
    """A bot's spec has unknown, missing or impossible fields. Nothing was stored."""

    error_class = ErrorClass.PERMANENT


class IdempotencyMismatch(Invalid):
    """The Idempotency-Key was used before with another body."""


class Unauthenticated(StyrmanError):
    """No bearer token or session, or not a right one."""

    status = 401


class ForeignOrigin(StyrmanError):
    """A browser's session came with a request that no page of ours sent."""

    status = 403


class TooManyAttempts(StyrmanError):
    """Too many wrong tokens from one address within a minute; further ones are answered after `retry_after_s`."""

    status = 429

    def __init__(self, detail: str, retry_after_s: int = 60) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class SignInElsewhere(Conflict):
    """A host application signs its users in by itself."""


class WaitTimedOut(StyrmanError):
    """The command is durable, but the bot did not get there within the time the caller gave it."""

    status = 408


class Unavailable(StyrmanError):
    """Not now; the same request may succeed later."""

    status = 503


class ShuttingDown(Unavailable):
    """The service is stopping and takes no more writes."""


class VenueNotOpen(Unavailable):
    """The venue has not been reached yet, and what it trades is not known."""


class StoreFailed(Unavailable):
    """The journal could not be written; nothing was done. One failure is its caller's; the manager counts those in a row."""

    error_class = ErrorClass.TRANSIENT


class StartupError(StyrmanError):
    """styrman can't start. The detail is the one sentence that the user sees."""


class ConfigInvalid(StartupError):
    """config.toml or the environment holds a value that can't be used."""


class HomeLocked(StartupError):
    """Another process runs on the same home folder."""


class DatabaseUnreadable(StartupError):
    """The database is damaged, not a database, or not writable."""


class PortInUse(StartupError):
    """Something else listens on the address."""


class UnsafeBind(StartupError):
    """Listening beyond loopback without TLS or a declared proxy, and not asked for by name."""
