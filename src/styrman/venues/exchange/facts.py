"""What we know of exchanges and ccxt does not tell (A1 to A6 of the design, section 5). What isn't here is assumed to be unsafe.

An exchange gets a window here only where it refuses requests by their own timestamp, and ccxt signs with the time we give it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from styrman.ports import Limit
from styrman.ports.venue import ClientIdClass

_MINUTE_S, _DAY_S = 60.0, 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One exchange. The defaults are those of an exchange that nobody has looked at: paper only."""

    client_id_class: ClientIdClass = ClientIdClass.C
    window: timedelta | None = None  # it refuses requests older than this by the timestamp they are signed with
    window_param: str | None = None  # how a request says its own window, in milliseconds; None: the window is the exchange's
    signs_our_time: bool = False  # ccxt signs with `milliseconds()`, which we give it: the stored stamp, corrected by the offset
    lookup_param: str | None = None  # how fetch_order is asked for a client id (class A)
    order_lists: bool = False  # a stop and a target in one request; we speak Binance's alone
    stop_param: str = "stopLossPrice"  # how create_order is asked for a stop at market
    resting_stops: frozenset[str] = frozenset()  # markets on which a stop keeps its client id, and is read as any order
    weight: Limit | None = None  # requests of one outgoing address
    weight_per_cost: float = 1.0  # the exchange's weight for one unit of ccxt's cost
    orders: tuple[Limit, ...] = ()  # of one account
    by_id: bool = False  # its history of orders and trades is read on from an id (Binance)


_UNKNOWN = Facts()
_BINANCE = Facts(
    client_id_class=ClientIdClass.A,
    window=timedelta(seconds=5),
    window_param="recvWindow",
    signs_our_time=True,
    lookup_param="origClientOrderId",
    resting_stops=frozenset({"spot"}),  # a swap's stops are "algo orders", with ids and look-ups of their own
    weight=Limit(6000, _MINUTE_S),
    weight_per_cost=5.0,
    orders=(Limit(100, 10.0), Limit(200_000, _DAY_S)),
    order_lists=True,
    by_id=True,
)
EXCHANGES: Mapping[str, Facts] = {
    "binance": _BINANCE,
    # Documented alike (recv_window against the signed time; orderLinkId is unique and queried in realtime and history).
    "bybit": Facts(client_id_class=ClientIdClass.B, window=timedelta(seconds=5), signs_our_time=True),
    # A request is refused 30 s after the time it is signed with (50102); clOrdId: 1 to 32 alphanumerics, queried by it.
    "okx": Facts(client_id_class=ClientIdClass.A, window=timedelta(seconds=30), signs_our_time=True, lookup_param="clientOrderId"),
    # A request is refused when its time and the server's differ by 5 s (400002); clientOid up to 40 characters.
    "kucoin": Facts(client_id_class=ClientIdClass.B, window=timedelta(seconds=5), signs_our_time=True),
    # Its clOrdId is a UUID or 18 characters: ours do not fit. Its nonce only has to grow: a late request is taken.
    "kraken": Facts(),
    # client_order_id is kept and listed, not queried by; the signed token outlives any window of ours.
    "coinbase": Facts(client_id_class=ClientIdClass.B),
}


def facts_of(exchange: str) -> Facts:
    """Return what we know of an exchange."""
    return EXCHANGES.get(exchange, _UNKNOWN)
