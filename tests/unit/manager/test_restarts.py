"""The restart policy by its table: classes, delays, the window, forgiveness."""

from dataclasses import replace
from datetime import timedelta

import pytest

from styrman.clock import ManualClock
from styrman.config import SupervisionSettings
from styrman.domain.bots import BotError, BotStatus, Observed
from styrman.domain.spec import RestartPolicy
from styrman.errors import (
    AuthenticationFailed,
    ClockSkewed,
    ComputeTimeout,
    ErrorClass,
    InsufficientFunds,
    StrategyBroken,
    VenueRefused,
    VenueUnavailable,
)
from styrman.manager.restarts import RestartRules, classify, describe, traceback_hash

NOW = ManualClock().now()
RULES = RestartRules(SupervisionSettings(), jitter=lambda: 1.0)


def running(**more: object) -> BotStatus:
    return BotStatus(bot_id="b1", since=NOW, observed=Observed.RUNNING, healthy_since=NOW, **more)  # type: ignore[arg-type] # its own fields


def error(kind: ErrorClass, *, after_s: float = 0, traceback: str = "t") -> BotError:
    return BotError(error_class=kind, type="E", message="m", traceback_hash=traceback, at=NOW + timedelta(seconds=after_s))


def crash_again(status: BotStatus, kind: ErrorClass, times: int, *, apart_s: float = 10, traceback: str = "") -> BotStatus:
    for time in range(times):
        again = replace(status, observed=Observed.RUNNING, healthy_since=NOW + timedelta(seconds=time * apart_s))
        status = RULES.after_crash(again, error(kind, after_s=time * apart_s, traceback=traceback or str(time)), RestartPolicy.ON_FAILURE)
        if status.observed is Observed.FAILED:
            return status
    return status


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (VenueUnavailable("x"), ErrorClass.TRANSIENT),
        (ClockSkewed("x"), ErrorClass.CLOCK),
        (AuthenticationFailed("x"), ErrorClass.AUTH),
        (VenueRefused("x"), ErrorClass.PERMANENT),
        (StrategyBroken("x"), ErrorClass.PERMANENT),
        (InsufficientFunds("x", "y"), ErrorClass.BUSINESS),
        (ComputeTimeout("x"), ErrorClass.PROGRAMMING),
        (ZeroDivisionError(), ErrorClass.PROGRAMMING),
        (SystemExit(1), ErrorClass.PROGRAMMING),
        (MemoryError(), ErrorClass.PROCESS),
    ],
)
def test_every_error_has_its_class(raised: BaseException, kind: ErrorClass) -> None:
    assert classify(raised) is kind


@pytest.mark.parametrize("kind", [ErrorClass.AUTH, ErrorClass.PERMANENT])
def test_what_cannot_mend_itself_fails_at_once(kind: ErrorClass) -> None:
    assert RULES.after_crash(running(), error(kind), RestartPolicy.ALWAYS).observed is Observed.FAILED


def test_delays_double_and_stop_at_the_cap() -> None:
    delays = []
    status = running()
    for attempt in range(12):
        # Far enough apart that the window never counts more than one.
        crashed = error(ErrorClass.TRANSIENT, after_s=attempt * 301)
        status = RULES.after_crash(replace(status, observed=Observed.RUNNING, healthy_since=crashed.at), crashed, RestartPolicy.ON_FAILURE)
        assert status.next_retry_at is not None
        delays.append((status.next_retry_at - crashed.at).total_seconds())

    assert delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_the_delay_is_spread_over_its_upper_half() -> None:
    early = replace(RULES, jitter=lambda: 0.5).after_crash(running(attempt=3), error(ErrorClass.TRANSIENT), RestartPolicy.ON_FAILURE)

    assert early.next_retry_at == NOW + timedelta(seconds=4)


def test_a_healthy_while_forgives() -> None:
    late = RULES.after_crash(running(attempt=7, same_traceback=2), error(ErrorClass.PROGRAMMING, after_s=600), RestartPolicy.ON_FAILURE)

    assert (late.observed, late.attempt, late.same_traceback) == (Observed.BACKOFF, 1, 1)


def test_the_same_traceback_three_times_fails() -> None:
    assert crash_again(running(), ErrorClass.PROGRAMMING, 2, traceback="t").observed is Observed.BACKOFF
    assert crash_again(running(), ErrorClass.PROGRAMMING, 3, traceback="t").observed is Observed.FAILED


def test_different_tracebacks_fail_at_the_sixth_within_the_window() -> None:
    assert crash_again(running(), ErrorClass.PROGRAMMING, 5).observed is Observed.BACKOFF
    assert crash_again(running(), ErrorClass.PROGRAMMING, 6).observed is Observed.FAILED


def test_transient_errors_stay_at_the_cap_instead() -> None:
    status = crash_again(running(), ErrorClass.TRANSIENT, 6, traceback="t")

    assert status.observed is Observed.BACKOFF
    assert status.next_retry_at == NOW + timedelta(seconds=50 + 300)


def test_where_an_error_came_from_decides_whether_it_is_the_same() -> None:
    def fail(text: str) -> BaseException:
        with pytest.raises(ValueError, match=text) as caught:
            int(text)
        return caught.value

    other: BaseException = ValueError("one")

    assert traceback_hash(fail("one")) == traceback_hash(fail("two"))
    assert traceback_hash(fail("one")) != traceback_hash(other)
    assert describe(fail("one"), NOW).message.endswith("'one'")
