"""A book's sums agree with what the fills say, whatever the fills."""

import gc
import itertools
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from styrman.domain.market import InstrumentRules, Side
from styrman.domain.orders import Fill
from styrman.domain.records import Holding
from styrman.trading.book import Book, Prices

START = datetime(2026, 1, 1, tzinfo=UTC)
CAPITAL = Decimal(10_000)
BASES = ("BTC", "ETH", "XRP")

rules = {f"{base}/USDT": InstrumentRules(instrument=f"{base}/USDT", base=base, quote="USDT", shortable=True) for base in BASES}
_numbers = itertools.count()


def fill(side: str, quantity: str, price: str, *, fee: str = "0 USDT", instrument: str = "BTC/USDT") -> Fill:
    amount, currency = fee.split()
    number = next(_numbers)
    return Fill(
        trade_id=str(number),
        venue_order_id=str(number),
        client_order_id=None,
        instrument=instrument,
        side=Side(side),
        price=Decimal(price),
        quantity=Decimal(quantity),
        fee=Decimal(amount),
        fee_currency=currency,
        maker=False,
        market_time=START + timedelta(seconds=number),
    )


def booked(fills: Iterable[Fill]) -> Book:
    book = Book("b1", CAPITAL)
    for each in fills:
        book.apply(each, rules[each.instrument])
    return book


@st.composite
def fills(draw: st.DrawFn) -> Fill:
    base = draw(st.sampled_from(BASES))
    quantity = draw(st.decimals("0.001", "50", places=3))
    currency = draw(st.sampled_from(["USDT", base, "BNB"]))
    return fill(
        draw(st.sampled_from(["buy", "sell"])),
        str(quantity),
        str(draw(st.decimals("0.01", "70000", places=2))),
        fee=f"{draw(st.sampled_from([Decimal(0), quantity * Decimal('0.001')]))} {currency}",
        instrument=f"{base}/USDT",
    )


def paid_in(currency: str, trades: Iterable[Fill]) -> Decimal:
    return sum((each.fee for each in trades if each.fee_currency == currency), Decimal(0))


def known(price: Decimal) -> Prices:
    """Return a price for what is traded here, and for nothing else."""
    return lambda instrument: price if instrument in rules else None


many_fills = st.lists(fills(), max_size=30)


@given(many_fills, st.decimals("0.01", "70000", places=2))
def test_equity_is_what_the_fills_left_in_cash_and_coins(trades: list[Fill], price: Decimal) -> None:
    book = booked(trades)

    cash = CAPITAL - sum((each.side.sign * each.quantity * each.price for each in trades), Decimal(0)) - paid_in("USDT", trades)
    coins = sum((holding.quantity for holding in book.open_holdings()), Decimal(0))
    assert book.cash == cash
    assert book.equity(lambda _: price) == cash + coins * price - paid_in("BNB", trades) * price
    assert book.equity(known(price)) == cash + coins * price, "what has no price counts for nothing"
    assert book.equity(lambda _: price) == CAPITAL + book.realized(lambda _: price) + book.unrealized(lambda _: price)
    assert sum(book.unvalued_fees(known(price)).values()) == paid_in("BNB", trades)


@given(many_fills)
def test_a_position_is_the_sum_of_its_fills_less_the_fees_in_base(trades: list[Fill]) -> None:
    book = booked(trades)

    for base in BASES:
        own = [each for each in trades if each.instrument == f"{base}/USDT"]
        bought = sum((each.side.sign * each.quantity for each in own), Decimal(0))
        lost = sum((each.fee for each in own if each.fee_currency == base), Decimal(0))
        assert book.holding(f"{base}/USDT").quantity == bought - lost


@given(many_fills)
def test_the_order_of_different_instruments_does_not_matter(trades: list[Fill]) -> None:
    sorted_by_instrument = sorted(trades, key=lambda each: each.instrument)

    assert sorted(booked(trades).deltas().items()) == sorted(booked(sorted_by_instrument).deltas().items())
    for instrument in rules:
        assert booked(trades).holding(instrument) == booked(sorted_by_instrument).holding(instrument)


@given(many_fills)
def test_what_is_flat_has_no_cost_and_no_age(trades: list[Fill]) -> None:
    book = booked(trades)
    for instrument, market in rules.items():
        held = book.holding(instrument).quantity
        if held:
            book.apply(fill("sell" if held > 0 else "buy", str(abs(held)), "123.45", instrument=instrument), market)

        holding = book.holding(instrument)
        assert [holding.quantity, holding.cost] == [0, 0]
        assert holding.opened_at is None
    assert book.open_holdings() == ()
    assert book.equity(lambda _: None) == book.cash


@given(many_fills)
def test_a_book_made_of_its_holdings_is_the_same_book(trades: list[Fill]) -> None:
    book = booked(trades)
    again = Book("b1", CAPITAL, [book.holding(instrument) for instrument in rules])

    assert (again.cash, again.realized_pnl) == (book.cash, book.realized_pnl)
    assert again.deltas().items() >= book.deltas().items()


def test_a_partial_close_realizes_its_share_of_the_average_cost() -> None:
    book = booked([fill("buy", "1", "100"), fill("buy", "1", "200"), fill("sell", "0.5", "170", fee="2 USDT")])

    holding = book.holding("BTC/USDT")
    assert [holding.quantity, holding.average_price] == [Decimal("1.5"), 150]
    assert holding.realized_pnl == Decimal("0.5") * (170 - 150) - 2


def test_crossing_zero_closes_the_old_side_and_opens_the_new_one_at_the_fill() -> None:
    crossing = fill("sell", "3", "110")
    holding = booked([fill("buy", "2", "100"), crossing]).holding("BTC/USDT")

    assert [holding.quantity, holding.average_price, holding.realized_pnl] == [-1, 110, 20]
    assert holding.opened_at == crossing.market_time


def test_a_position_keeps_its_age_while_it_grows_and_shrinks() -> None:
    first = fill("buy", "2", "100")

    assert booked([first, fill("buy", "1", "90"), fill("sell", "1", "95")]).holding("BTC/USDT").opened_at == first.market_time


def test_a_fee_in_base_reduces_the_position_and_counts_at_its_value() -> None:
    book = booked([fill("buy", "1", "100", fee="0.001 BTC")])

    holding = book.holding("BTC/USDT")
    assert [holding.quantity, holding.average_price] == [Decimal("0.999"), 100]
    assert (holding.fees, holding.realized_pnl, book.cash) == (Decimal("0.1"), Decimal("-0.1"), CAPITAL - 100)


def test_a_fee_in_a_third_currency_is_owed_in_that_currency_and_changes_neither_position_nor_cash() -> None:
    book = booked([fill("buy", "1", "100", fee="0.01 BNB"), fill("sell", "1", "100", fee="0.02 BNB")])
    prices = {"BNB/USDT": Decimal(500)}.get

    assert book.deltas() == {"BTC": 0, "USDT": 0, "BNB": Decimal("-0.03")}
    assert [book.holding("BTC/USDT").fees, book.cash] == [0, CAPITAL]
    assert [book.realized(prices), book.equity(prices)] == [-15, CAPITAL - 15]
    assert (book.unvalued_fees(prices), book.unvalued_fees(lambda _: None)) == ({}, {"BNB": Decimal("0.03")})


def test_a_position_that_changes_hands_is_entered_at_its_price_free_of_charge() -> None:
    book = booked([fill("buy", "2", "100")])
    moved = book.move("BTC/USDT", Decimal(-1), Decimal(130), START)

    assert [moved.quantity, moved.average_price, moved.realized_pnl, moved.fees] == [1, 100, 30, 0]
    assert book.deltas() == {"BTC": 1, "USDT": -70}


def test_what_a_book_did_to_its_account_is_by_currency() -> None:
    book = booked([fill("buy", "2", "100", fee="0.2 USDT"), fill("buy", "3", "10", instrument="ETH/USDT"), fill("sell", "1", "120")])

    assert book.deltas() == {"BTC": 1, "ETH": 3, "USDT": Decimal("-110.2")}


def test_a_holding_without_a_price_counts_at_its_cost() -> None:
    view = booked([fill("buy", "2", "100")]).view(lambda _: None)

    assert view.equity == CAPITAL
    assert [position.unrealized_pnl for position in view.positions.values()] == [0]


def test_the_view_leaves_flat_positions_out() -> None:
    view = booked([fill("buy", "2", "100"), fill("sell", "2", "110"), fill("buy", "1", "10", instrument="ETH/USDT")]).view(
        lambda _: Decimal(12)
    )

    assert list(view.positions) == ["ETH/USDT"]
    assert [view.equity, view.cash] == [CAPITAL + 20 + 2, CAPITAL + 20 - 10]


@pytest.mark.parametrize("bots", [1000])
def test_the_book_of_an_idle_bot_costs_less_than_500_bytes(bots: int) -> None:
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        books = [Book("b1", CAPITAL) for _ in range(bots)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (after - before) / len(books) < 500


def test_an_instrument_never_traded_is_an_empty_holding() -> None:
    assert Book("b1", CAPITAL).holding("ETH/USDT") == Holding(bot_id="b1", instrument="ETH/USDT")
