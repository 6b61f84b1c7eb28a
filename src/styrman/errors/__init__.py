"""The error tree. Every error styrman raises on purpose is a `StyrmanError`, and knows its HTTP status and a stable code.

StyrmanError
├── NotFound (404)             BotNotFound, StrategyNotFound, AccountNotFound, VenueNotFound, OperationNotFound, IntentNotFound,
│                              OrderNotFound
├── Conflict (409)             BotExists, BotQuarantined, BotHasExposure, BotNotTrading, CapitalOverbooked, BooksElsewhere, IntentNotOpen,
│                              NotClaimable, TransferRefused, Superseded, RequestInFlight, SignInElsewhere
├── StaleGeneration (412)      the caller's If-Match is not the bot's generation
├── Invalid (422)              InvalidSpec, IdempotencyMismatch; `errors` names the fields
├── Unauthenticated (401), ForeignOrigin (403), TooManyAttempts (429)
├── WaitTimedOut (408)         the command holds, but was not observed in the time the caller gave it
├── Unavailable (503)          ShuttingDown, StoreFailed, VenueNotOpen
├── StartupError               ConfigInvalid, HomeLocked, DatabaseUnreadable, PortInUse, UnsafeBind (one sentence, exit code 1)
├── StrategyError              StrategyBroken (file and line), ComputeTimeout, WorkerDied
├── OrderDenied                by us, before anything was sent; `rule` names which check
└── VenueError                 by the venue; `error_class` decides what happens to the bot (design, section 3)
    ├── VenueUnavailable       transient: time-out, reset, 5xx, unparseable. During a send: the outcome is unknown
    ├── ClockSkewed            clock
    ├── AuthenticationFailed   auth
    ├── VenueRefused           permanent: bad request, unknown symbol, not supported
    └── OrderRejected          business: InsufficientFunds, InvalidOrder
"""

from styrman.errors.commands import (
    AccountNotFound,
    BooksElsewhere,
    BotExists,
    BotHasExposure,
    BotNotFound,
    BotNotTrading,
    BotQuarantined,
    CapitalOverbooked,
    ConfigInvalid,
    Conflict,
    DatabaseUnreadable,
    ForeignOrigin,
    HomeLocked,
    IdempotencyMismatch,
    IntentNotFound,
    IntentNotOpen,
    Invalid,
    InvalidSpec,
    NotClaimable,
    NotFound,
    OperationNotFound,
    OrderNotFound,
    PortInUse,
    RequestInFlight,
    ShuttingDown,
    SignInElsewhere,
    StaleGeneration,
    StartupError,
    StoreFailed,
    StrategyNotFound,
    Superseded,
    TooManyAttempts,
    TransferRefused,
    Unauthenticated,
    Unavailable,
    UnsafeBind,
    VenueNotFound,
    VenueNotOpen,
    WaitTimedOut,
)
from styrman.errors.root import (
    ErrorClass,
    FieldError,
    StyrmanError,
)
from styrman.errors.trading import (
    AuthenticationFailed,
    ClockSkewed,
    ComputeTimeout,
    InsufficientFunds,
    InvalidOrder,
    OrderDenied,
    OrderRejected,
    StrategyBroken,
    StrategyError,
    VenueError,
    VenueRefused,
    VenueUnavailable,
    WorkerDied,
)

__all__ = [
    "AccountNotFound",
    "AuthenticationFailed",
    "BooksElsewhere",
    "BotExists",
    "BotHasExposure",
    "BotNotFound",
    "BotNotTrading",
    "BotQuarantined",
    "CapitalOverbooked",
    "ClockSkewed",
    "ComputeTimeout",
    "ConfigInvalid",
    "Conflict",
    "DatabaseUnreadable",
    "ErrorClass",
    "FieldError",
    "ForeignOrigin",
    "HomeLocked",
    "IdempotencyMismatch",
    "InsufficientFunds",
    "IntentNotFound",
    "IntentNotOpen",
    "Invalid",
    "InvalidOrder",
    "InvalidSpec",
    "NotClaimable",
    "NotFound",
    "OperationNotFound",
    "OrderDenied",
    "OrderNotFound",
    "OrderRejected",
    "PortInUse",
    "RequestInFlight",
    "ShuttingDown",
    "SignInElsewhere",
    "StaleGeneration",
    "StartupError",
    "StoreFailed",
    "StrategyBroken",
    "StrategyError",
    "StrategyNotFound",
    "StyrmanError",
    "Superseded",
    "TooManyAttempts",
    "TransferRefused",
    "Unauthenticated",
    "Unavailable",
    "UnsafeBind",
    "VenueError",
    "VenueNotFound",
    "VenueNotOpen",
    "VenueRefused",
    "VenueUnavailable",
    "WaitTimedOut",
    "WorkerDied",
]
