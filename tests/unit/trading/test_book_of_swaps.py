"""A swap costs nothing to hold: only what it realizes, its fees and its funding reach the wallet; long and short alike."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from styrman.domain.cash import BotFunding
from styrman.domain.market import InstrumentRules, Side, asset_of, quote_of, settled_in
from styrman.domain.orders import Fill
from styrman.trading.book import Book

START = datetime(2026, 1, 1, tzinfo=UTC)
CAPITAL = Decimal(10_000)
SWAP = "BTC/USDT:USDT"
RULES = InstrumentRules(SWAP, "BTC", "USDT", shortable=True)
Trade = tuple[str, str, str, str]  # side, quantity, price, fee


def booked(*trades: Trade) -> Book:
    book = Book("b1", CAPITAL)
    for number, (side, quantity, price, fee) in enumerate(trades):
        amount, currency = fee.split()
        book.apply(
            Fill(
                trade_id=str(number),
                venue_order_id="v",
                client_order_id=None,
                instrument=SWAP,
                side=Side(side),
                price=Decimal(price),
                quantity=Decimal(quantity),
                fee=Decimal(amount),
                fee_currency=currency,
                maker=False,
                market_time=START + timedelta(seconds=number),
            ),
            RULES,
        )
    return book


many_trades = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell"]),
        st.decimals("0.001", "5", places=3).map(str),
        st.decimals("1", "70000", places=2).map(str),
        st.sampled_from(["0 USDT", "1.5 USDT", "0.01 BNB", "0.0001 BTC"]),
    ),
    max_size=25,
)


def test_a_position_is_held_under_the_instruments_name() -> None:
    assert [settled_in(name) for name in (SWAP, "BTC/USDT:USDT-260327", "BTC/USDT")] == ["USDT", "USDT", None]
    assert [asset_of(name) for name in (SWAP, "BTC/USDT")] == [SWAP, "BTC"]
    assert [quote_of(name) for name in (SWAP, "ETH/BTC")] == ["USDT", "BTC"]


def test_what_a_swap_cost_stays_out_of_the_wallet() -> None:
    book = booked(("buy", "2", "100", "0.2 USDT"))

    assert book.deltas() == {SWAP: 2, "USDT": Decimal("-0.2")}
    assert book.costs() == {SWAP: 200}
    assert book.cash == CAPITAL - Decimal("0.2")
    assert book.equity(lambda _: Decimal(110)) == CAPITAL + 20 - Decimal("0.2")


def test_a_short_that_flips_realizes_its_side_and_opens_the_other() -> None:
    book = booked(("sell", "2", "100", "0 USDT"), ("buy", "3", "90", "0 USDT"))

    assert book.deltas() == {SWAP: 1, "USDT": 20}
    assert book.costs() == {SWAP: 90}
    assert book.holding(SWAP).average_price == 90


def test_a_fee_in_the_base_currency_is_no_part_of_a_swaps_position() -> None:
    assert booked(("buy", "1", "100", "0.001 BTC")).deltas() == {SWAP: 1, "USDT": 0, "BTC": Decimal("-0.001")}


def test_funding_is_realized_and_reaches_the_wallet() -> None:
    book = booked(("buy", "1", "100", "0 USDT"))
    book.fund(BotFunding(bot_id="b1", instrument=SWAP, amount=Decimal("-0.5")))
    (position,) = book.positions(lambda _: Decimal(100))

    assert book.deltas() == {SWAP: 1, "USDT": Decimal("-0.5")}
    assert (book.realized_pnl, position.realized_pnl, book.cash) == (Decimal("-0.5"), Decimal("-0.5"), CAPITAL - Decimal("0.5"))


@given(many_trades, st.decimals("1", "70000", places=2))
def test_equity_is_the_wallet_and_what_the_position_gained(trades: Sequence[Trade], price: Decimal) -> None:
    book = booked(*trades)
    holding, in_quote = book.holding(SWAP), {SWAP: price}.get

    wallet = CAPITAL + book.deltas().get("USDT", Decimal(0))
    owed = holding.other_fees.get("BTC", Decimal(0)) * price  # the only other currency that has a price here: the swap's
    assert book.equity(in_quote) == wallet + holding.quantity * price - holding.cost - owed
    assert holding.quantity == sum((Side(side).sign * Decimal(quantity) for side, quantity, _, _ in trades), Decimal(0))


@given(many_trades)
def test_what_is_flat_again_has_left_its_whole_gain_in_the_wallet(trades: Sequence[Trade]) -> None:
    position = booked(*trades).holding(SWAP).quantity
    closing: list[Trade] = [("sell" if position > 0 else "buy", str(abs(position)), "123.45", "0 USDT")] if position else []
    every = [*trades, *closing]
    book = booked(*every)

    gain = -sum((Side(side).sign * Decimal(quantity) * Decimal(price) for side, quantity, price, _ in every), Decimal(0))
    fees = sum((Decimal(fee.split()[0]) for *_, fee in every if fee.endswith("USDT")), Decimal(0))
    assert book.costs() == {}
    assert book.cash - CAPITAL == gain - fees
