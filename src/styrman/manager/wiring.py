"""What the manager runs on: one adapter for each port. The composition root builds it; the settings name the root."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name

from styrman.clock import Clock
from styrman.config import Settings
from styrman.errors import ConfigInvalid
from styrman.ports import Compute, MarketData, Store, Telemetry, Venue
from styrman.trading.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The adapters of one manager. Nothing is open yet; `close` ends what was begun when they were made (log sinks)."""

    store: Store
    venues: Mapping[str, Venue]
    market: MarketData
    compute: Compute
    telemetry: Telemetry
    catalogue: Catalogue
    close: Callable[[], None] = lambda: None


def wire(settings: Settings, clock: Clock) -> Wiring:
    """Build the adapters with the composition root that the settings name. ConfigInvalid.

    By name, because the root stands above the manager: it alone knows the adapters, and this module must not.
    """
    try:
        root: Callable[[Settings, Clock], Wiring] = resolve_name(settings.wiring)
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigInvalid(f"Setting 'wiring' names {settings.wiring!r}, which can't be imported: {error}.") from error
    return root(settings, clock)
