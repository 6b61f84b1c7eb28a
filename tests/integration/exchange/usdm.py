"""A stand-in for Binance USD-M futures: what a swap venue asks of it, answered in its dialect, over a real socket."""

# ruff: noqa: ARG002, N802 - endpoints are methods by the exchange's own names, and all of them are handed the parameters

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qsl

from aiohttp import web

PRICE = "40000.00"
_SYMBOL = {
    "symbol": "BTCUSDT",
    "pair": "BTCUSDT",
    "contractType": "PERPETUAL",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET"],
    "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.10", "maxPrice": "4529764", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MIN_NOTIONAL", "notional": "100"},
    ],
}


class UsdM:
    """One account that fills every market order at `PRICE`, and rests every other."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.orders: list[dict[str, object]] = []
        self.trades: list[dict[str, object]] = []
        self.income: list[dict[str, object]] = []
        self.position = 0.0
        self.entry_price = PRICE  # of the position
        self.refuses_leverage = False
        self.url = ""

    def posts(self, path: str) -> list[dict[str, str]]:
        """Return the parameters of each POST to a path."""
        return [params for method, asked, params in self.asked if method == "POST" and asked.endswith(path)]

    async def serve(self, request: web.Request) -> web.Response:
        """Answer whatever is asked."""
        params = dict(parse_qsl(request.rel_url.raw_query_string)) | dict(parse_qsl((await request.read()).decode()))
        self.asked.append((request.method, request.path, params))
        name = f"{request.method.lower()}_{request.path.rsplit('/', 1)[1]}"
        answer = getattr(self, name, None)
        if answer is None:
            return web.json_response({"code": -5000, "msg": f"no {name}"}, status=404)
        told = answer(params)
        return web.json_response(told, status=400 if isinstance(told, dict) and "code" in told and told["code"] != 200 else 200)

    def get_exchangeInfo(self, params: dict[str, str]) -> object:
        return {"timezone": "UTC", "serverTime": _now(), "rateLimits": [], "symbols": [_SYMBOL]}

    def get_time(self, params: dict[str, str]) -> object:
        return {"serverTime": _now()}

    def get_account(self, params: dict[str, str]) -> object:
        usdt = {"asset": "USDT", "walletBalance": "1000.5", "unrealizedProfit": "-99", "marginBalance": "901.5", "updateTime": _now()}
        return {"assets": [usdt | {"availableBalance": "800", "initialMargin": "101.5"}], "positions": []}

    def get_positionRisk(self, params: dict[str, str]) -> object:
        held = {"symbol": "BTCUSDT", "positionSide": "BOTH", "positionAmt": f"{self.position:.3f}", "entryPrice": self.entry_price}
        more = {
            "markPrice": PRICE,
            "unRealizedProfit": "-99",
            "liquidationPrice": "0",
            "notional": f"{self.position * 40_000:.2f}",
            "marginAsset": "USDT",
        }
        return [held | more | {"isolatedMargin": "0", "initialMargin": "1", "maintMargin": "1", "updateTime": _now()}]

    def get_leverageBracket(self, params: dict[str, str]) -> object:
        return [
            {"symbol": "BTCUSDT", "brackets": [{"bracket": 1, "initialLeverage": 125, "notionalCap": 50_000, "maintMarginRatio": 0.004}]}
        ]

    def post_leverage(self, params: dict[str, str]) -> object:
        if self.refuses_leverage:
            return {"code": -4028, "msg": "Leverage 125 is not valid"}
        return {"leverage": int(params["leverage"]), "maxNotionalValue": "1000000", "symbol": params["symbol"]}

    def post_marginType(self, params: dict[str, str]) -> object:
        return {"code": -4046, "msg": "No need to change margin type."}

    def post_order(self, params: dict[str, str]) -> object:
        is_market, at = params["type"] == "MARKET", _now()
        order: dict[str, object] = {
            "orderId": len(self.orders) + 1,
            "symbol": params["symbol"],
            "status": "FILLED" if is_market else "NEW",
            "clientOrderId": params["newClientOrderId"],
            "price": params.get("price", "0"),
            "avgPrice": PRICE if is_market else "0",
            "origQty": params["quantity"],
            "executedQty": params["quantity"] if is_market else "0",
            "cumQuote": "0",
            "timeInForce": params.get("timeInForce", "GTC"),
            "type": params["type"],
            "reduceOnly": params.get("reduceOnly") == "true",
            "side": params["side"],
            "positionSide": "BOTH",
            "stopPrice": "0",
            "time": at,
            "updateTime": at,
        }
        self.orders.append(order)
        if is_market:
            sign = 1 if params["side"] == "BUY" else -1
            self.position += sign * float(params["quantity"])
            self._trade(order, at)
        return order

    def _trade(self, order: dict[str, object], at: int) -> None:
        trade = {"id": len(self.trades) + 1, "orderId": order["orderId"], "symbol": "BTCUSDT", "side": order["side"], "price": PRICE}
        more = {
            "qty": order["origQty"],
            "commission": "0.02",
            "commissionAsset": "USDT",
            "maker": False,
            "time": at,
            "positionSide": "BOTH",
        }
        self.trades.append(trade | more)

    def get_order(self, params: dict[str, str]) -> object:
        name, number = params.get("origClientOrderId"), params.get("orderId")
        found = [each for each in self.orders if each["clientOrderId"] == name or str(each["orderId"]) == number]
        return found[-1] if found else {"code": -2013, "msg": "Order does not exist."}

    def delete_order(self, params: dict[str, str]) -> object:
        found = self.get_order(params)
        assert isinstance(found, dict)
        if "code" in found:
            return {"code": -2011, "msg": "Unknown order sent."}
        found["status"] = "CANCELED"
        return found

    def get_openOrders(self, params: dict[str, str]) -> object:
        return [each for each in self.orders if each["status"] == "NEW"]

    def get_allOrders(self, params: dict[str, str]) -> object:
        return self._between(self.orders, params)

    def get_userTrades(self, params: dict[str, str]) -> object:
        return self._between(self.trades, params)

    def get_income(self, params: dict[str, str]) -> object:
        return self._between(self.income, params)

    def _between(self, rows: list[dict[str, object]], params: dict[str, str]) -> list[dict[str, object]]:
        first, last = int(params.get("startTime", 0)), int(params.get("endTime", 2**62))
        return [row for row in rows if first <= int(str(row["time"])) <= last][: int(params.get("limit", 500))]


def _now() -> int:
    return round(time.time() * 1000)


@asynccontextmanager
async def serving() -> AsyncIterator[UsdM]:
    """Run it on a free port."""
    exchange = UsdM()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", exchange.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        exchange.url = f"http://{host}:{port}"
        yield exchange
    finally:
        await runner.cleanup()
