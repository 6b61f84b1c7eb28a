"""What ccxt says of a market, as `InstrumentRules`. Contracts become base here, and nowhere else."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import JsonValue

from styrman.domain.market import InstrumentRules

TICK_SIZE, DECIMAL_PLACES = 4, 2  # ccxt's precision modes
_FINEST = Decimal("1e-12")  # where an exchange counts significant digits instead
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Listing:
    """One market of the exchange: its rules in our units, and how many units of base are one of its own."""

    rules: InstrumentRules
    market_id: str
    contract_size: Decimal = _ONE  # base in a contract; 1 on spot

    def to_venue(self, quantity: Decimal) -> str:
        """Return a quantity of base as the exchange counts it, written plainly."""
        return plain(quantity / self.contract_size)

    def to_base(self, amount: Decimal) -> Decimal:
        """Return what the exchange counts in base."""
        return amount * self.contract_size


def plain(number: Decimal) -> str:
    """Write a number as exchanges want it: no exponent, no trailing zeros."""
    return format(number.normalize(), "f")


def number(value: object, default: Decimal = Decimal(0)) -> Decimal:
    """Return what ccxt gives as a number: shortest text of a float, hence the very digits that the exchange wrote (up to 15)."""
    if value is None or value == "":
        return default
    return Decimal(str(value).removesuffix(".0"))


def listings(markets: Iterable[Mapping[str, JsonValue]], kind: Literal["spot", "swap"], precision_mode: int) -> dict[str, Listing]:
    """Return the active markets of a kind by ccxt symbol; of swaps, the linear perpetual ones."""
    found = (each for each in markets if each.get(kind) and each.get("active") is not False)
    wanted = (each for each in found if kind == "spot" or each.get("linear"))
    return {str(each["symbol"]): _listing(each, kind, precision_mode) for each in wanted}


def _listing(market: Mapping[str, JsonValue], kind: str, mode: int) -> Listing:
    size = number(market.get("contractSize"), _ONE) if kind == "swap" else _ONE
    precision, limits = _table(market.get("precision")), _table(market.get("limits"))
    rules = InstrumentRules(
        str(market["symbol"]),
        str(market["base"]),
        str(market["quote"]),
        price_tick=_step(precision.get("price"), mode),
        quantity_step=_step(precision.get("amount"), mode) * size,
        min_quantity=number(_table(limits.get("amount")).get("min")) * size,
        min_notional=number(_table(limits.get("cost")).get("min")),
        maker_fee=number(market.get("maker")),
        taker_fee=number(market.get("taker")),
        shortable=kind == "swap",
    )
    return Listing(rules, str(market["id"]), size)


def _step(precision: JsonValue, mode: int) -> Decimal:
    if precision is None or mode not in (TICK_SIZE, DECIMAL_PLACES):
        return _FINEST
    return number(precision) if mode == TICK_SIZE else _ONE.scaleb(-int(number(precision)))


def _table(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}
