"""A guard at each WebSocket of a ccxt instance. One frame that ccxt chokes on would end the stream in silence: it is counted instead.

It also listens for what ccxt drops: that a candle is closed. Knows no subscriptions.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from styrman.venues.exchange.readings import Readings, is_table

Closed: TypeAlias = tuple[str, str, int]  # the exchange's market id and interval, and when the candle opened (ms)


def guard(exchange: Any, readings: Readings, closed: Callable[[Closed], None]) -> None:
    """Guard every WebSocket that the instance opens from now on; tell `closed` of each candle that the exchange calls closed."""
    make = exchange.client
    find = _CLOSED.get(exchange.id)

    def client(url: str) -> Any:
        is_new = url not in (exchange.clients or {})
        made = make(url)
        if is_new:
            _guard(made, readings)
            if find is not None:
                _listen(made, find, closed)
        return made

    exchange.client = client


def _guard(client: Any, readings: Readings) -> None:
    take = client.handle_message

    def guarded(message: Any) -> None:
        try:
            take(message)
        except Exception as error:  # noqa: BLE001 - raised further it ends ccxt's receiving loop, and nobody who waits is told
            readings.refuse("frame", client.url.partition("?")[0], f"{type(error).__name__} at {getattr(message, 'data', message)!r}")

    client.handle_message = guarded


def _listen(client: Any, find: Callable[[object], Iterator[Closed]], closed: Callable[[Closed], None]) -> None:
    take = client.on_message_callback

    def told(source: Any, message: object) -> None:
        take(source, message)
        for each in find(message):
            closed(each)

    client.on_message_callback = told


def _binance(message: object) -> Iterator[Closed]:
    told = message.get("data", message) if is_table(message) else None
    candle = told.get("k") if is_table(told) else None
    if is_table(candle) and candle.get("x") is True:
        yield str(candle["s"]), str(candle["i"]), int(str(candle["t"]))


def _okx(message: object) -> Iterator[Closed]:
    topic = message.get("arg") if is_table(message) else None
    channel = str(topic.get("channel")) if is_table(topic) else ""
    if is_table(message) and is_table(topic) and channel.startswith("candle"):
        for row in _listed(message.get("data")):
            if isinstance(row, list) and row[-1] == "1":
                yield str(topic["instId"]), channel.removeprefix("candle"), int(row[0])


def _bybit(message: object) -> Iterator[Closed]:
    topic = str(message.get("topic")) if is_table(message) else ""
    if is_table(message) and topic.startswith("kline."):
        _, interval, market = topic.split(".")
        for candle in _listed(message.get("data")):
            if is_table(candle) and candle.get("confirm") is True:
                yield market, interval, int(str(candle["start"]))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


# Where the exchange's frames say that a candle is closed; elsewhere the next candle says it, or the clock.
_CLOSED: Mapping[str, Callable[[object], Iterator[Closed]]] = {
    "binance": _binance,
    "binanceusdm": _binance,
    "binanceus": _binance,
    "okx": _okx,
    "bybit": _bybit,
}
