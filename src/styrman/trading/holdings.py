"""What a fill, or a position that changes hands, makes of a holding, and what a holding is worth. Pure: it keeps nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from styrman.domain.market import InstrumentRules, asset_of, quote_of, settled_in
from styrman.domain.orders import Fill
from styrman.domain.records import Holding

Prices: TypeAlias = Callable[[str], Decimal | None]  # what a unit of the instrument is worth now, in quote; None: not known

_ZERO = Decimal(0)
_ATOM = Decimal("1e-12")  # quote; the cost of what is left of a position is kept to this, so that sums stay exact


def after_fill(holding: Holding, fill: Fill, rules: InstrumentRules) -> Holding:
    """Return the holding after a fill: what opens is entered at its price, what closes realizes its share of the cost.

    A fee in base is what the venue kept of the asset: the same as selling that much at the fill's price and paying the proceeds
    as fee. A swap has no base to keep: there, as anywhere, a fee in a currency that is not the quote is owed in that currency.
    """
    in_base = fill.fee if fill.fee_currency == rules.base and settled_in(fill.instrument) is None else _ZERO
    fee = fill.fee if fill.fee_currency == rules.quote else in_base * fill.price
    traded = after_trade(holding, fill.side.sign * fill.quantity - in_base, fill.price, fill.market_time)
    return replace(
        traded,
        realized_pnl=traded.realized_pnl - fee,
        fees=holding.fees + fee,
        other_fees=holding.other_fees if in_base or fill.fee_currency == rules.quote else _with_fee(holding, fill),
    )


def after_trade(holding: Holding, quantity: Decimal, price: Decimal, at: datetime) -> Holding:
    """Return the holding once `quantity`, signed, has come to it at a price, free of charge."""
    closed = _closed(holding.quantity, quantity)
    # What stays is rounded and what closes is the rest of it, so that nothing is lost and a full close leaves exactly nothing.
    kept_cost = (holding.cost * (1 - closed / holding.quantity)).quantize(_ATOM) if closed else holding.cost
    return replace(
        holding,
        quantity=holding.quantity + quantity,
        cost=kept_cost + (quantity + closed) * price,
        realized_pnl=holding.realized_pnl + closed * price - (holding.cost - kept_cost),
        opened_at=_opened_at(holding, holding.quantity + quantity, at),
    )


def deltas(holding: Holding) -> Iterator[tuple[str, Decimal]]:
    """Yield by how much the holding's fills changed each asset of the account. What a swap cost was never paid."""
    paid = _ZERO if settled_in(holding.instrument) else holding.cost
    yield asset_of(holding.instrument), holding.quantity
    yield quote_of(holding.instrument), holding.realized_pnl - paid
    for currency, fee in holding.other_fees.items():
        yield currency, -fee


def unrealized(holding: Holding, prices: Prices) -> Decimal:
    """Return the PnL of what is open, in quote; none without a price: it counts at its cost then."""
    price = prices(holding.instrument) if holding.quantity else None
    return _ZERO if price is None else holding.quantity * price - holding.cost


def other_fees(holding: Holding, prices: Prices) -> Decimal:
    """Return what the fees in other currencies are worth now, in quote; one whose currency has no price is left out."""
    quote = quote_of(holding.instrument)
    return sum((fee * (rate(currency, quote, prices) or _ZERO) for currency, fee in holding.other_fees.items()), _ZERO)


def rate(currency: str, quote: str, prices: Prices) -> Decimal | None:
    """Return what a unit of a currency is worth now in quote, by what it trades at; None: not known."""
    if currency == quote:
        return Decimal(1)
    spot = prices(f"{currency}/{quote}")
    return spot if spot is not None else prices(f"{currency}/{quote}:{quote}")


def _with_fee(holding: Holding, fill: Fill) -> dict[str, Decimal]:
    fees = holding.other_fees
    return {**fees, fill.fee_currency: fees.get(fill.fee_currency, _ZERO) + fill.fee} if fill.fee else fees


def _closed(held: Decimal, traded: Decimal) -> Decimal:
    """Return the part of what is held that a trade closes, signed like what is held."""
    return min(abs(held), abs(traded)).copy_sign(held) if held * traded < 0 else _ZERO


def _opened_at(holding: Holding, quantity: Decimal, at: datetime) -> datetime | None:
    """Return since when a quantity has been on its side of zero; None at zero."""
    if not quantity:
        return None
    return holding.opened_at if holding.quantity * quantity > 0 else at
