"""Which method and path is answered by what: the REST table, and the WebSocket API's names for the same."""

from collections.abc import Mapping

from styrman.testnet.account import AccountDesk
from styrman.testnet.call import Endpoint, Security
from styrman.testnet.lists import ListDesk
from styrman.testnet.market import MarketDesk
from styrman.testnet.trading import OrderDesk

_SIGNED, _KEY = Security.SIGNED, Security.KEY


def market_endpoints(market: MarketDesk) -> dict[tuple[str, str], Endpoint]:
    """Return what anybody may read."""
    return {
        ("GET", "/api/v3/ping"): Endpoint(handler=market.ping),
        ("GET", "/api/v3/time"): Endpoint(handler=market.time),
        ("GET", "/api/v3/exchangeInfo"): Endpoint(handler=market.info, weight=20),
        ("GET", "/api/v3/klines"): Endpoint(handler=market.klines, weight=2),
        ("GET", "/api/v3/uiKlines"): Endpoint(handler=market.klines, weight=2),
        ("GET", "/api/v3/depth"): Endpoint(handler=market.depth, weight=5),
        ("GET", "/api/v3/trades"): Endpoint(handler=market.trades, weight=25),
        ("GET", "/api/v3/historicalTrades"): Endpoint(handler=market.trades, weight=25),
        ("GET", "/api/v3/aggTrades"): Endpoint(handler=market.aggregate_trades, weight=4),
        ("GET", "/api/v3/avgPrice"): Endpoint(handler=market.average, weight=2),
        ("GET", "/api/v3/ticker/price"): Endpoint(handler=market.price, weight=4),
        ("GET", "/api/v3/ticker/bookTicker"): Endpoint(handler=market.book_ticker, weight=4),
        ("GET", "/api/v3/ticker/24hr"): Endpoint(handler=market.day, weight=2),
    }


def account_endpoints(account: AccountDesk) -> dict[tuple[str, str], Endpoint]:
    """Return what tells of the account."""
    return {
        ("GET", "/api/v3/account"): Endpoint(handler=account.account, security=_SIGNED, weight=20),
        ("GET", "/api/v3/account/commission"): Endpoint(handler=account.commission, security=_SIGNED, weight=20),
        ("GET", "/api/v3/myTrades"): Endpoint(handler=account.trades, security=_SIGNED, weight=20),
        ("POST", "/api/v3/userDataStream"): Endpoint(handler=account.make_key, security=_KEY, weight=2),
        ("PUT", "/api/v3/userDataStream"): Endpoint(handler=account.keep_key, security=_KEY, weight=2),
        ("DELETE", "/api/v3/userDataStream"): Endpoint(handler=account.drop_key, security=_KEY, weight=2),
        ("GET", "/sapi/v1/capital/deposit/hisrec"): Endpoint(handler=account.deposits, security=_SIGNED),
        ("GET", "/sapi/v1/capital/withdraw/history"): Endpoint(handler=account.withdrawals, security=_SIGNED),
    }


def order_endpoints(orders: OrderDesk, lists: ListDesk) -> dict[tuple[str, str], Endpoint]:
    """Return what moves orders."""
    return {
        ("POST", "/api/v3/order"): Endpoint(handler=orders.place, security=_SIGNED, orders=1),
        ("POST", "/api/v3/order/test"): Endpoint(handler=orders.test, security=_SIGNED),
        ("GET", "/api/v3/order"): Endpoint(handler=orders.read, security=_SIGNED, weight=4),
        ("DELETE", "/api/v3/order"): Endpoint(handler=orders.cancel, security=_SIGNED),
        ("GET", "/api/v3/openOrders"): Endpoint(handler=orders.open, security=_SIGNED, weight=6),
        ("DELETE", "/api/v3/openOrders"): Endpoint(handler=orders.cancel_open, security=_SIGNED),
        ("GET", "/api/v3/allOrders"): Endpoint(handler=orders.all, security=_SIGNED, weight=20),
        ("POST", "/api/v3/orderList/oco"): Endpoint(handler=lists.place, security=_SIGNED, orders=2),
        ("POST", "/api/v3/order/oco"): Endpoint(handler=lists.place_old, security=_SIGNED, orders=2),
        ("GET", "/api/v3/orderList"): Endpoint(handler=lists.read, security=_SIGNED, weight=4),
        ("DELETE", "/api/v3/orderList"): Endpoint(handler=lists.cancel, security=_SIGNED),
        ("GET", "/api/v3/allOrderList"): Endpoint(handler=lists.all, security=_SIGNED, weight=20),
        ("GET", "/api/v3/openOrderList"): Endpoint(handler=lists.open, security=_SIGNED, weight=6),
    }


WEBSOCKET_API: Mapping[str, tuple[str, str]] = {
    "ping": ("GET", "/api/v3/ping"),
    "time": ("GET", "/api/v3/time"),
    "exchangeInfo": ("GET", "/api/v3/exchangeInfo"),
    "depth": ("GET", "/api/v3/depth"),
    "trades.recent": ("GET", "/api/v3/trades"),
    "trades.historical": ("GET", "/api/v3/historicalTrades"),
    "trades.aggregate": ("GET", "/api/v3/aggTrades"),
    "klines": ("GET", "/api/v3/klines"),
    "uiKlines": ("GET", "/api/v3/uiKlines"),
    "avgPrice": ("GET", "/api/v3/avgPrice"),
    "ticker.24hr": ("GET", "/api/v3/ticker/24hr"),
    "ticker.price": ("GET", "/api/v3/ticker/price"),
    "ticker.book": ("GET", "/api/v3/ticker/bookTicker"),
    "order.place": ("POST", "/api/v3/order"),
    "order.test": ("POST", "/api/v3/order/test"),
    "order.status": ("GET", "/api/v3/order"),
    "order.cancel": ("DELETE", "/api/v3/order"),
    "openOrders.status": ("GET", "/api/v3/openOrders"),
    "openOrders.cancelAll": ("DELETE", "/api/v3/openOrders"),
    "allOrders": ("GET", "/api/v3/allOrders"),
    "myTrades": ("GET", "/api/v3/myTrades"),
    "account.status": ("GET", "/api/v3/account"),
    "account.commission": ("GET", "/api/v3/account/commission"),
    "orderList.place.oco": ("POST", "/api/v3/orderList/oco"),
    "orderList.status": ("GET", "/api/v3/orderList"),
    "orderList.cancel": ("DELETE", "/api/v3/orderList"),
    "openOrderLists.status": ("GET", "/api/v3/openOrderList"),
    "allOrderLists": ("GET", "/api/v3/allOrderList"),
}
