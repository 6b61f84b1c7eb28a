"""Enumerated refusals, by exchange: what ccxt maps too coarsely for money. Sources: the exchanges' own error lists."""

from collections.abc import Mapping
from enum import StrEnum


class Verdict(StrEnum):
    """What an exchange's answer means to whoever asked."""

    UNAVAILABLE = "unavailable"  # nobody knows; ask later
    CLOCK = "clock"  # our timestamp was refused
    AUTH = "auth"  # our keys were refused
    REFUSED = "refused"  # can never succeed
    FUNDS = "funds"  # the free balance does not cover it
    ORDER = "order"  # the order breaks a rule
    ABSENT = "absent"  # there is no such order


_V = Verdict
# https://developers.binance.com/docs/binance-spot-api-docs/errors and .../derivatives/usds-margined-futures/error-code
_BINANCE: Mapping[str, Verdict] = {
    "-1000": _V.UNAVAILABLE,  # unknown error while processing
    "-1001": _V.UNAVAILABLE,  # disconnected
    "-1006": _V.UNAVAILABLE,  # execution status unknown
    "-1007": _V.UNAVAILABLE,  # timed out, execution status unknown
    "-1013": _V.ORDER,  # a filter: lot, tick, notional
    "-1021": _V.CLOCK,
    "-1022": _V.AUTH,  # the signature does not fit: a wrong secret
    "-1111": _V.ORDER,  # more digits than the symbol has
    "-1121": _V.REFUSED,  # no such symbol
    "-2008": _V.AUTH,
    "-2010": _V.ORDER,
    "-2011": _V.ABSENT,  # a cancel's: unknown order
    "-2013": _V.ABSENT,
    "-2014": _V.AUTH,
    "-2015": _V.AUTH,
    "-2018": _V.FUNDS,
    "-2019": _V.FUNDS,
    "-2021": _V.ORDER,  # a stop would trigger at once
    "-2022": _V.ORDER,  # nothing to reduce
    "-4164": _V.ORDER,  # below the minimum notional
    "-5022": _V.ORDER,  # post-only would take
}
CODES: Mapping[str, Mapping[str, Verdict]] = dict.fromkeys(("binance", "binanceus", "binanceusdm"), _BINANCE)

# Words that say more than the code they come with: what they mean, and our own name of it where the code has many meanings.
WORDS: tuple[tuple[str, Verdict, str], ...] = (
    ("insufficient balance", _V.FUNDS, "insufficient_funds"),
    ("duplicate order sent", _V.UNAVAILABLE, ""),  # an order with this client id works there: ours, however it got there twice
    ("would immediately match and take", _V.ORDER, "would_cross"),
    ("would trigger immediately", _V.ORDER, "stop_touched"),
    ("filter failure: price_filter", _V.ORDER, "price_off_tick"),
    ("filter failure: lot_size", _V.ORDER, "quantity_off_lot"),
    ("filter failure: notional", _V.ORDER, "below_min_notional"),
    ("filter failure: min_notional", _V.ORDER, "below_min_notional"),
)

# ccxt's classes, the narrower before the wider. Each may be met itself or through a subclass.
CLASSES: tuple[tuple[str, Verdict], ...] = (
    ("InvalidNonce", _V.CLOCK),
    ("OperationFailed", _V.UNAVAILABLE),  # NetworkError, BadResponse
    ("ExchangeClosedByUser", _V.UNAVAILABLE),
    ("AuthenticationError", _V.AUTH),
    ("InsufficientFunds", _V.FUNDS),
    ("DuplicateOrderId", _V.UNAVAILABLE),
    ("OrderNotFound", _V.ABSENT),
    ("InvalidOrder", _V.ORDER),
    ("BadRequest", _V.REFUSED),
    ("ArgumentsRequired", _V.REFUSED),
    ("NotSupported", _V.REFUSED),
    ("InvalidAddress", _V.REFUSED),
    ("OperationRejected", _V.REFUSED),
)
