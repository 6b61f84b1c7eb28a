"""Symbols and instruments, and what exchangeInfo says of them: precisions and filters from the simulated exchange's rules."""

from collections.abc import Mapping
from decimal import Decimal

from styrman.domain.market import InstrumentRules

ORDER_TYPES = ("LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
_MOST = Decimal(9_000_000)  # of base in one order
_DEAREST = Decimal(1_000_000)


def text_of(number: Decimal) -> str:
    """Return a number as Binance writes it: eight decimals."""
    return f"{number:.8f}"


class Symbols:
    """BTCUSDT is BTC/USDT: both ways."""

    def __init__(self, rules: Mapping[str, InstrumentRules]) -> None:
        self._rules = rules
        self.instruments = {f"{each.base}{each.quote}": name for name, each in rules.items()}
        self.names = {name: symbol for symbol, name in self.instruments.items()}

    def describe(self, symbol: str) -> dict[str, object]:
        """Return a symbol as exchangeInfo has it."""
        rules = self._rules[self.instruments[symbol]]
        return {
            "symbol": symbol,
            "status": "TRADING",
            "baseAsset": rules.base,
            "baseAssetPrecision": 8,
            "quoteAsset": rules.quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8,
            "quoteCommissionPrecision": 8,
            "orderTypes": list(ORDER_TYPES),
            "icebergAllowed": False,
            "ocoAllowed": True,
            "otoAllowed": False,
            "quoteOrderQtyMarketAllowed": True,
            "allowTrailingStop": False,
            "cancelReplaceAllowed": False,
            "amendAllowed": False,
            "pegInstructionsAllowed": False,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": _filters(rules),
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "NONE",
            "allowedSelfTradePreventionModes": ["NONE"],
        }


def _filters(rules: InstrumentRules) -> list[dict[str, object]]:
    tick, step = text_of(rules.price_tick), text_of(rules.quantity_step)
    least = text_of(max(rules.min_quantity, rules.quantity_step))
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": text_of(_DEAREST), "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": least, "maxQty": text_of(_MOST), "stepSize": step},
        {"filterType": "MARKET_LOT_SIZE", "minQty": text_of(Decimal(0)), "maxQty": text_of(_MOST), "stepSize": text_of(Decimal(0))},
        {
            "filterType": "NOTIONAL",
            "minNotional": text_of(rules.min_notional),
            "applyMinToMarket": True,
            "maxNotional": text_of(_MOST),
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    ]
