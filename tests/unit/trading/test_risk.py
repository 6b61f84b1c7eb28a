"""Each rule lets pass, cuts or denies what it says; and no sequence of accepted orders breaks a limit."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from styrman.domain.bots import TradingState
from styrman.domain.market import InstrumentRules, Side
from styrman.domain.spec import Risk
from styrman.errors import OrderDenied
from styrman.trading.exposure import Exposure
from styrman.trading.risk import RULES, OrderRate, Proposal, check

HELD = Exposure(position=Decimal(10), worth=Decimal(1000))
OTHER = Exposure(position=Decimal(1), worth=Decimal(3000))
Propose = Callable[..., Proposal]


@pytest.fixture
def propose(rules: InstrumentRules) -> Propose:
    """Make a buy of 10 at 100 by a bot of 10,000 that holds nothing, but for what is said otherwise."""
    plain = Proposal(
        bot_id="b1", side=Side.BUY, quantity=Decimal(10), price=Decimal(100), rules=rules, limits=Risk(), max_open=5, equity=Decimal(10_000)
    )

    def make(here: Exposure | None = None, elsewhere: Exposure | None = None, **changes: object) -> Proposal:
        exposures = {name: each for name, each in {"BTC/USDT": here, "ETH/USDT": elsewhere}.items() if each}
        return replace(plain, exposures=exposures, **changes)  # type: ignore[arg-type] # replace() checks the names at run time

    return make


def denied(proposal: Proposal) -> OrderDenied:
    with pytest.raises(OrderDenied) as caught:
        check(proposal)
    return caught.value


def test_the_order_of_the_rules_is_fixed() -> None:
    assert [rule.__name__ for rule in RULES] == [
        "trading_state",
        "reduce_only",
        "short",
        "unresolved",
        "self_trade",
        "max_orders_per_minute",
        "max_open",
        "capital",
        "max_order_value",
        "max_position_value",
        "lot",
        "min_notional",
    ]


def test_an_order_within_every_limit_passes_whole(propose: Propose) -> None:
    assert check(propose()) == 10


@pytest.mark.parametrize("side", Side)
def test_halted_sends_nothing_not_even_an_exit(propose: Propose, side: Side) -> None:
    assert denied(propose(HELD, side=side, trading_state=TradingState.HALTED)).rule == "trading_state"


def test_reducing_sends_exits_alone_and_no_more_than_the_position(propose: Propose) -> None:
    paused = propose(HELD, trading_state=TradingState.REDUCING)

    assert denied(paused).rule == "trading_state"
    assert check(replace(paused, side=Side.SELL, quantity=Decimal(25))) == 10


def test_what_already_closes_a_position_is_not_closed_again(propose: Propose) -> None:
    exit_works = replace(HELD, selling=Decimal(7), sold_for=Decimal(700))

    assert check(propose(exit_works, side=Side.SELL, reduce_only=True)) == 3
    assert denied(propose(replace(exit_works, selling=Decimal(10)), side=Side.SELL, reduce_only=True)).rule == "reduce_only"


def test_a_reduce_only_buy_closes_a_short(propose: Propose, rules: InstrumentRules) -> None:
    sold = Exposure(position=Decimal(-4), worth=Decimal(-400))

    assert check(propose(sold, reduce_only=True, rules=replace(rules, shortable=True))) == 4


def test_on_spot_a_bot_sells_only_what_it_holds_itself(propose: Propose, rules: InstrumentRules) -> None:
    assert check(propose(HELD, side=Side.SELL, quantity=Decimal(12))) == 10
    assert denied(propose(side=Side.SELL)).rule == "short"
    assert check(propose(side=Side.SELL, rules=replace(rules, shortable=True))) == 10


def test_nothing_is_added_while_an_outcome_is_unknown_but_exits_pass(propose: Propose) -> None:
    lost = replace(HELD, buying=Decimal(5), bought_for=Decimal(500), unresolved=True)

    assert denied(propose(lost)).rule == "unresolved"
    assert check(propose(lost, side=Side.SELL)) == 10


def test_a_lost_exit_counts_as_if_it_had_filled(propose: Propose) -> None:
    lost = replace(HELD, selling=Decimal(10), sold_for=Decimal(1000), unresolved=True)

    assert denied(propose(lost, side=Side.SELL)).rule == "short"


@pytest.mark.parametrize(
    ("side", "opposing", "trades"), [("buy", 100, True), ("buy", 101, False), ("sell", 100, True), ("sell", 99, False)]
)
def test_two_bots_of_one_account_never_trade_with_each_other(propose: Propose, side: str, opposing: int, *, trades: bool) -> None:
    order = propose(HELD, side=Side(side), opposing=Decimal(opposing))

    if trades:
        assert denied(order).rule == "self_trade"
    else:
        assert check(order) == 10


def test_a_spent_minute_holds_entries_and_lets_exits_pass(propose: Propose) -> None:
    error = denied(propose(HELD, rate_spent=True, limits=Risk(max_orders_per_minute=30)))

    assert error.rule == "max_orders_per_minute"
    assert "30 orders" in error.detail
    assert check(propose(HELD, side=Side.SELL, rate_spent=True)) == 10


def test_no_more_instruments_are_entered_than_may_be_open(propose: Propose) -> None:
    assert denied(propose(elsewhere=OTHER, max_open=1)).rule == "max_open"
    assert check(propose(HELD, elsewhere=OTHER, max_open=1)) == 10
    assert check(propose(elsewhere=replace(OTHER, is_dust=True), max_open=1)) == 10


def test_a_pending_entry_takes_a_place_and_a_pending_exit_takes_none(propose: Propose) -> None:
    entering = Exposure(buying=Decimal(1), bought_for=Decimal(100))
    leaving = Exposure(position=Decimal("0.01"), worth=Decimal(1), selling=Decimal("0.01"), sold_for=Decimal(1), is_dust=True)

    assert denied(propose(elsewhere=entering, max_open=1)).rule == "max_open"
    assert check(propose(elsewhere=replace(leaving, selling=Decimal(0)), max_open=1)) == 10


def test_an_order_is_cut_to_what_the_equity_still_pays_for_with_its_fee(propose: Propose) -> None:
    room = 10_000 - 1000 - 3000
    passed = check(propose(HELD, elsewhere=OTHER, quantity=Decimal(90)))

    assert passed == Decimal("59.940")
    assert passed * 100 * Decimal("1.001") <= room


def test_without_free_equity_an_entry_is_denied_with_both_numbers(propose: Propose) -> None:
    error = denied(propose(elsewhere=replace(OTHER, worth=Decimal(10_000))))

    assert error.rule == "capital"
    assert "0.00000000 of its equity of 10000.00000000 USDT" in error.detail


def test_an_order_of_unknown_cost_leaves_nothing_free(propose: Propose) -> None:
    assert denied(propose(elsewhere=Exposure(buying=Decimal(1), bought_for=Decimal("Infinity")))).rule == "capital"


def test_an_order_above_the_largest_value_is_denied_with_both_numbers(propose: Propose) -> None:
    error = denied(propose(limits=Risk(max_order_value=Decimal(999))))

    assert error.rule == "max_order_value"
    assert "1000.00000000 USDT, and 999 is the limit" in error.detail
    assert check(propose(limits=Risk(max_order_value=Decimal(1000)))) == 10


def test_a_position_may_not_come_to_more_than_its_largest_value(propose: Propose) -> None:
    entering = replace(HELD, buying=Decimal(5), bought_for=Decimal(500))

    assert denied(propose(entering, limits=Risk(max_position_value=Decimal(2499)))).rule == "max_position_value"
    assert check(propose(entering, limits=Risk(max_position_value=Decimal(2500)))) == 10


def test_no_limit_traps_a_bot_in_a_position(propose: Propose) -> None:
    tight = Risk(max_order_value=Decimal(1), max_position_value=Decimal(1), max_orders_per_minute=1)

    assert check(propose(HELD, side=Side.SELL, limits=tight, rate_spent=True, max_open=1, equity=Decimal(-5))) == 10


def test_less_than_the_venue_takes_is_denied_after_rounding_down(propose: Propose, rules: InstrumentRules) -> None:
    assert check(propose(quantity=Decimal("1.2345"))) == Decimal("1.234")
    assert denied(propose(quantity=Decimal("0.0009"))).rule == "lot"
    assert denied(propose(quantity=Decimal("0.5"), rules=replace(rules, min_quantity=Decimal(1)))).rule == "lot"
    assert denied(propose(quantity=Decimal("0.049"))).rule == "min_notional"


def test_a_denial_says_which_bot_and_which_order(propose: Propose) -> None:
    assert denied(propose(HELD, trading_state=TradingState.HALTED)).detail == (
        "Bot 'b1': the buy of 10 BTC/USDT at 100 was denied (trading_state): trading is HALTED; unhalt it first."
    )


def test_the_rate_is_a_sliding_minute_not_a_calendar_one() -> None:
    rate = OrderRate(2)
    for now in (0.0, 50.0):
        assert not rate.is_spent(now)
        rate.count(now)

    assert rate.is_spent(59.9)
    assert not rate.is_spent(60.0)
    rate.count(60.0)
    assert rate.is_spent(109.9)
    assert not rate.is_spent(110.0)


def test_an_exit_beyond_the_rate_makes_the_oldest_order_forgotten() -> None:
    rate = OrderRate(1)
    rate.count(0.0)
    rate.count(30.0)

    assert rate.is_spent(61.0)
    assert not rate.is_spent(90.0)
