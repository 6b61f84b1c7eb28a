"""What readers see of a venue: how it is reached, whose money it trades, what it can do and what we may assume of it. No secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

from styrman.config import VenueSettings
from styrman.ports import BudgetReading, Capabilities, ClientIdClass, Mode, TellsBudgets, Venue
from styrman.trading.admittance import MOST_OFFSET

CLASSES = {
    ClientIdClass.A: "orders are sent and fetched by our own id: a lost answer is looked up",
    ClientIdClass.B: "our id goes out with orders but can't be asked for: it is matched in open orders, closed orders and trades, "
    "one unresolved order per instrument",
    ClientIdClass.C: "orders can't carry our id: simulated and paper only, live trading is refused",
}
_LIMIT_MS = MOST_OFFSET / timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilitiesView:
    """What a venue can do. Spans are seconds; `window_s` None: it enforces no deadline."""

    client_id_class: ClientIdClass
    client_id_class_means: str
    order_types: tuple[str, ...]
    time_in_force: tuple[str, ...]
    stop_orders: bool
    order_lists: bool
    post_only: bool
    reduce_only: bool
    margin: bool
    cancel_all_after: bool
    streams: tuple[str, ...]  # what it tells by itself; the rest is polled
    window_s: float | None
    visibility_lag_s: float

    @classmethod
    def of(cls, capabilities: Capabilities) -> "CapabilitiesView":
        """Return capabilities as they are shown."""
        same = ("client_id_class", "stop_orders", "order_lists", "post_only", "reduce_only", "margin", "cancel_all_after")
        window = capabilities.window
        return cls(
            **{name: getattr(capabilities, name) for name in same},
            client_id_class_means=CLASSES[capabilities.client_id_class],
            order_types=tuple(sorted(each.value for each in capabilities.order_types)),
            time_in_force=tuple(sorted(each.value for each in capabilities.time_in_force)),
            streams=tuple(sorted(capabilities.streams)),
            window_s=None if window is None else window.total_seconds(),
            visibility_lag_s=capabilities.visibility_lag.total_seconds(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueView:
    """One venue of the configuration. Also an account: they share the name."""

    name: str
    adapter: str
    exchange: str | None
    market: str | None
    mode: Mode
    live: bool  # real money
    credential: str | None  # its name, never what it holds
    base_url: str | None  # where requests go instead of the exchange's own address
    is_open: bool
    trouble: str | None  # why it can't be reached, or followed
    held: str | None  # why its bots are not started
    bots: int
    instruments: int
    budgets: tuple[BudgetReading, ...]  # of what it, or we, count of our requests and orders; none where nobody counts
    clock_offset_ms: float | None  # its clock minus ours, as last measured
    capabilities: CapabilitiesView
    assumptions: Mapping[str, str]  # A1 to A6 of the design, as they hold here


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a venue stands with us, beside what it says of itself."""

    is_open: bool
    trouble: str | None
    held: str | None
    bots: int
    lag: timedelta  # an accepted order can be found after this, as far as we assume
    skew: timedelta  # by which clocks may differ, on top of it


def venue_view(venue: Venue, settings: VenueSettings | None, standing: Standing) -> VenueView:
    """Return a venue as it is shown; one that a program put there has no settings."""
    offset = venue.clock_offset() if standing.is_open else None
    options = {} if settings is None else settings.options
    return VenueView(
        name=venue.name,
        adapter=type(venue).__name__ if settings is None else settings.adapter,
        exchange=_text(options.get("exchange")),
        market=_text(options.get("market")),
        mode=venue.mode,
        live=venue.mode is Mode.LIVE,
        credential=_text(options.get("credential")),
        base_url=without_userinfo(_text(options.get("base_url"))),
        is_open=standing.is_open,
        trouble=standing.trouble,
        held=standing.held,
        bots=standing.bots,
        instruments=len(venue.instruments()) if standing.is_open else 0,
        budgets=tuple(venue.budgets()) if isinstance(venue, TellsBudgets) else (),
        clock_offset_ms=None if offset is None else offset / timedelta(milliseconds=1),
        capabilities=CapabilitiesView.of(venue.capabilities),
        assumptions=_assumptions(venue, offset, standing),
    )


def _assumptions(venue: Venue, offset: timedelta | None, standing: Standing) -> dict[str, str]:
    window, horizon = venue.capabilities.window, standing.lag + standing.skew
    if window is None:
        late = "it enforces no deadline: nothing is inferred from time, an unknown outcome stays so until it is found or a person decides"
    else:
        late = (
            f"it refuses a request that is older than {window.total_seconds():g} s; absence is proven {horizon.total_seconds():g} s later"
        )
    measured = "not measured yet" if offset is None else f"last measured {offset / timedelta(milliseconds=1):.0f} ms"
    return {
        "A1": "one request makes at most one order; nothing is ever sent again",
        "A2": f"an accepted order can be found after {standing.lag.total_seconds():g} s",
        "A3": late,
        "A4": f"its clock is measured every 60 s and no exposure is added beyond {_LIMIT_MS:g} ms: {measured}",
        "A5": "its history outlives an outage: orders and trades can be read back to before it",
        "A6": "only its enumerated codes mean that there is no order; all else is unknown until it is known",
    }


def without_userinfo(url: str | None) -> str | None:
    """Return an address without the user and the password that it may carry, and without its query."""
    if url is None:
        return None
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
