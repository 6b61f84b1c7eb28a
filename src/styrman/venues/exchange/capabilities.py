"""What a venue can do: read from ccxt's `has` and `features` once it is open, and from our own table before and besides.

Never more than is so: what neither says is not claimed.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import JsonValue

from styrman.domain.orders import OrderType, TimeInForce
from styrman.ports.venue import Capabilities
from styrman.venues.exchange.facts import Facts
from styrman.venues.exchange.options import ExchangeOptions

_STREAMS: Mapping[str, tuple[str, ...]] = {
    "candles": ("watchOHLCV",),
    "tickers": ("watchBidsAsks", "watchTickers", "watchTicker"),
    "book": ("watchOrderBook",),
    "orders": ("watchOrders",),
}


def window_of(options: ExchangeOptions, facts: Facts) -> timedelta | None:
    """Return how old a request may be when the exchange takes it; None where it takes any."""
    if facts.window is None or facts.window_param is None or options.window_s is None:
        return facts.window
    return timedelta(seconds=options.window_s)


def assumed(options: ExchangeOptions, facts: Facts) -> Capabilities:
    """Return what we know before ccxt was asked."""
    is_swap = options.market == "swap"
    return Capabilities(
        client_id_class=facts.client_id_class,
        window=window_of(options, facts),
        visibility_lag=options.visibility_lag,
        order_types=frozenset({OrderType.LIMIT, OrderType.MARKET}),
        time_in_force=frozenset({TimeInForce.GTC}),
        stop_orders=False,
        order_lists=False,
        post_only=False,
        reduce_only=is_swap,
        margin=is_swap,
    )


def read_capabilities(exchange: Any, options: ExchangeOptions, facts: Facts) -> Capabilities:
    """Return what a ccxt instance says that its exchange can do on our market."""
    created = features(exchange, options, "createOrder")
    forces = _table(created.get("timeInForce"))
    known = {TimeInForce.IOC: "IOC", TimeInForce.FOK: "FOK"}
    takes_stops = bool(created.get("stopLossPrice") or created.get("triggerPrice")) and options.market in facts.resting_stops
    is_spot = options.market == "spot"
    by_value = is_spot and bool(created.get("marketBuyRequiresPrice"))  # its market buys are counted in quote, ours in base
    types = {OrderType.LIMIT, OrderType.MARKET, OrderType.STOP} - ({OrderType.MARKET} if by_value else set())
    return Capabilities(
        client_id_class=facts.client_id_class,
        window=window_of(options, facts),
        visibility_lag=options.visibility_lag,
        order_types=frozenset(types - (set() if takes_stops else {OrderType.STOP})),
        time_in_force=frozenset({TimeInForce.GTC} | {force for force, word in known.items() if forces.get(word)}),
        stop_orders=takes_stops,
        order_lists=facts.order_lists and is_spot,
        post_only=bool(forces.get("PO")),
        reduce_only=not is_spot,
        margin=not is_spot,
        cancel_all_after=bool(exchange.has.get("cancelAllOrdersAfter")),
        streams=frozenset(name for name, ways in _STREAMS.items() if any(exchange.has.get(way) is True for way in ways)),
    )


def features(exchange: Any, options: ExchangeOptions, method: str) -> Mapping[str, JsonValue]:
    """Return what ccxt says of a method on our market; empty where it says nothing."""
    table = _table(exchange.features).get(options.market)
    if options.market == "swap":
        table = _table(table).get("linear")
    return _table(_table(table).get(method))


def _table(value: object) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}
