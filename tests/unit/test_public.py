"""What a strategy's author writes: the public names, and plain words where an enum or a decimal stands."""

from decimal import Decimal

import pytest

import styrman
from styrman import Side, WorkingOrder


@pytest.mark.parametrize("name", styrman.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(styrman, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Nonsense"):
        _ = styrman.Nonsense


def test_a_working_order_takes_plain_words_and_numbers() -> None:
    order = WorkingOrder(key="a", instrument="BTC/USDT", side="buy", quantity=0.1, price=100, type="limit")  # type: ignore[arg-type] # the point

    assert order.side is Side.BUY
    assert (order.quantity, order.price) == (Decimal("0.1"), Decimal(100))


@pytest.mark.parametrize("wrong", [{"side": "hold"}, {"quantity": float("nan")}, {"type": "iceberg"}])
def test_a_working_order_refuses_what_is_none_of_the_kind(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"hold|nan|iceberg"):
        WorkingOrder(**{"key": "a", "instrument": "BTC/USDT", "side": "buy", "quantity": 1, **wrong})  # type: ignore[arg-type] # the point
