"""Each of ccxt's errors in our words; and of a send, a no only where the exchange enumerated one."""

import ccxt
import pytest
from pydantic import JsonValue

from styrman.errors import (
    AuthenticationFailed,
    ClockSkewed,
    InsufficientFunds,
    InvalidOrder,
    OrderDenied,
    StyrmanError,
    VenueRefused,
    VenueUnavailable,
)
from styrman.venues.exchange.calls import Call, retry_after_s
from styrman.venues.exchange.errors import OrderAbsent, Where, translate

HERE = Where("bin", "binance")
THERE = Where("krk", "kraken")


def reading() -> Call:
    return Call(method="fetch_balance")


def sending(status: int | None = 400, answer: JsonValue = None, *, has_left: bool = True) -> Call:
    return Call(method="create_order", gate=lambda: None, has_left=has_left, status=status, answer=answer)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ccxt.RequestTimeout, VenueUnavailable),
        (ccxt.ExchangeNotAvailable, VenueUnavailable),
        (ccxt.OnMaintenance, VenueUnavailable),
        (ccxt.DDoSProtection, VenueUnavailable),
        (ccxt.RateLimitExceeded, VenueUnavailable),
        (ccxt.BadResponse, VenueUnavailable),
        (ccxt.NullResponse, VenueUnavailable),
        (ccxt.InvalidNonce, ClockSkewed),
        (ccxt.AuthenticationError, AuthenticationFailed),
        (ccxt.PermissionDenied, AuthenticationFailed),
        (ccxt.AccountSuspended, AuthenticationFailed),
        (ccxt.BadRequest, VenueRefused),
        (ccxt.BadSymbol, VenueRefused),
        (ccxt.NotSupported, VenueRefused),
        (ccxt.ArgumentsRequired, VenueRefused),
        (ccxt.InsufficientFunds, InsufficientFunds),
        (ccxt.InvalidOrder, InvalidOrder),
        (ccxt.OrderNotFound, OrderAbsent),
        (ccxt.ExchangeError, VenueUnavailable),
        (KeyError, VenueUnavailable),
        (TypeError, VenueUnavailable),
        (TimeoutError, VenueUnavailable),
    ],
)
def test_what_a_read_fails_with(error: type[Exception], kind: type[StyrmanError]) -> None:
    assert type(translate(error("x"), reading(), THERE)) is kind


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408, 409, 418, 429])
@pytest.mark.parametrize("error", [ccxt.InvalidOrder, ccxt.InsufficientFunds, ccxt.BadRequest, ccxt.AuthenticationError])
def test_a_status_that_leaves_it_open_is_unknown_whatever_the_body_says(status: int, error: type[Exception]) -> None:
    told = translate(error("x"), sending(status, {"code": -2010, "msg": "no"}), HERE)

    assert type(told) is VenueUnavailable


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (-1013, "Filter failure: NOTIONAL", InvalidOrder),
        (-1021, "Timestamp for this request is outside of the recvWindow.", ClockSkewed),
        (-1121, "Invalid symbol.", VenueRefused),
        (-2010, "Account has insufficient balance for requested action.", InsufficientFunds),
        (-2010, "Order would immediately match and take.", InvalidOrder),
        (-2015, "Invalid API-key, IP, or permissions for action.", AuthenticationFailed),
        (-2010, "Duplicate order sent.", VenueUnavailable),
        (-1006, "Execution status unknown.", VenueUnavailable),
        (-1007, "Timeout waiting for response.", VenueUnavailable),
        (-1000, "An unknown error occurred.", VenueUnavailable),
        (-9999, "Something new.", VenueUnavailable),
        (-2013, "Order does not exist.", VenueUnavailable),
    ],
)
def test_a_send_is_refused_by_enumerated_codes_alone(code: int, message: str, kind: type[StyrmanError]) -> None:
    told = translate(ccxt.ExchangeError("x"), sending(400, {"code": code, "msg": message}), HERE)

    assert type(told) is kind


@pytest.mark.parametrize("error", [ccxt.ExchangeError, ccxt.BadResponse, ccxt.OrderNotFound, ccxt.DuplicateOrderId, KeyError, ValueError])
def test_a_send_whose_answer_ccxt_can_not_name_is_unknown(error: type[Exception]) -> None:
    assert type(translate(error("x"), sending(200, {"error": ["EGeneral:New"]}), THERE)) is VenueUnavailable


def test_a_send_without_an_answer_is_unknown() -> None:
    assert type(translate(ccxt.InvalidOrder("x"), sending(None), THERE)) is VenueUnavailable


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ccxt.ArgumentsRequired, VenueRefused),
        (ccxt.InvalidOrder, InvalidOrder),
        (TypeError, VenueRefused),
        (ccxt.NetworkError, VenueUnavailable),
    ],
)
def test_what_ccxt_refuses_by_itself_was_never_sent(error: type[Exception], kind: type[StyrmanError]) -> None:
    assert type(translate(error("x"), sending(None, has_left=False), THERE)) is kind


def test_the_gate_s_no_is_passed_on_as_it_is() -> None:
    call = sending(None, has_left=False)
    call.denied = OrderDenied("halted", "halted")

    assert translate(ccxt.ExchangeNotAvailable("x"), call, HERE) is call.denied


def test_no_url_and_no_header_gets_into_a_detail() -> None:
    error = ccxt.ExchangeNotAvailable("binance GET https://api.binance.com/x?timestamp=1&signature=deadbeef")

    told = translate(error, Call(method="fetch_balance"), HERE)

    assert "deadbeef" not in told.detail
    assert "https" not in told.detail


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "7"}, 7.0),
        (418, {"retry-after": "300"}, 300.0),
        (429, {}, 10.0),
        (418, {}, 120.0),
        (429, {"Retry-After": "soon"}, 10.0),
        (503, {"Retry-After": "7"}, None),
    ],
)
def test_how_long_to_wait(status: int, headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(status, headers) == seconds
