"""What can be set about a venue of adapter ccxt. Checked without importing ccxt, which takes a second and 98 MB."""

import difflib
import importlib.util
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from styrman.errors import ConfigInvalid

Span = Annotated[float, Field(gt=0, le=3600)]


class LimitOptions(BaseModel):
    """Budgets other than the ones we know: request weight a minute of one address, orders of one account in ten seconds and a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weight_1m: Annotated[int, Field(ge=10)] | None = None
    orders_10s: Annotated[int, Field(ge=1)] | None = None
    orders_1d: Annotated[int, Field(ge=1)] | None = None


class ExchangeOptions(BaseModel):
    """One venue at an exchange. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adapter: Literal["ccxt"] = "ccxt"
    exchange: Annotated[str, Field(min_length=1)]  # any ccxt id
    market: Literal["spot", "swap"] = "spot"  # swap: linear perpetuals
    base_url: str | None = None  # redirects REST and WebSocket
    credential: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")] | None = None
    live: bool = False  # false: paper, on this venue's public data
    visibility_lag_s: Annotated[float, Field(ge=0, le=3600)] = 5.0  # an accepted order is findable after this
    window_s: Annotated[float, Field(ge=0.1, le=60)] | None = None  # the exchange refuses an order older than this; None: our table's
    leverage: Annotated[int, Field(ge=1, le=125)] | None = None  # of swaps; None: as set at the exchange
    margin_mode: Literal["cross", "isolated"] | None = None
    poll_s: Span = 2.0  # how often the account is read where it does not stream
    budgets: LimitOptions = LimitOptions()

    @property
    def visibility_lag(self) -> timedelta:
        """How long an accepted order may be invisible."""
        return timedelta(seconds=self.visibility_lag_s)


def parse_options(name: str, options: Mapping[str, JsonValue], *, also: frozenset[str] = frozenset()) -> ExchangeOptions:
    """Return the checked options of venue `name`, leaving out the keys `also`, which another part checks. ConfigInvalid, one sentence."""
    try:
        checked = ExchangeOptions.model_validate({key: value for key, value in options.items() if key not in also})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(["venues", name, *(str(part) for part in first["loc"])])
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(first["loc"][-1]), [*ExchangeOptions.model_fields, *also], n=2)
            hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are: {', '.join(ExchangeOptions.model_fields)}."
            raise ConfigInvalid(f"Setting {where!r} is not known{hint}") from None
        raise ConfigInvalid(f"Setting {where!r} can't be used: {first['msg']}.") from None
    _check_exchange(name, checked.exchange)
    _check_url(name, checked.base_url)
    _check_trading(name, checked)
    return checked


def known_exchanges() -> tuple[str, ...]:
    """Return the ids of ccxt's exchanges with WebSocket support, without importing ccxt."""
    found = importlib.util.find_spec("ccxt")
    folders = found.submodule_search_locations if found is not None else None
    files = sorted(Path(folder) for folder in folders or ())
    return tuple(sorted(path.stem for folder in files for path in (folder / "pro").glob("[a-z]*.py")))


def _check_exchange(name: str, exchange: str) -> None:
    known = known_exchanges()
    if exchange not in known:
        near = difflib.get_close_matches(exchange.lower(), known, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"ccxt has {len(known)} of them, such as binance, bybit, kraken and okx."
        raise ConfigInvalid(f"Setting 'venues.{name}.exchange' names {exchange!r}, which ccxt does not know; {hint}")


def _check_url(name: str, base_url: str | None) -> None:
    if base_url is None:
        return
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ConfigInvalid(f"Setting 'venues.{name}.base_url' is {base_url!r}; write http(s)://host:port, with a path if need be.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ConfigInvalid(f"Setting 'venues.{name}.base_url' would send keys to {parts.hostname} in the clear; use https, or 127.0.0.1.")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _check_trading(name: str, options: ExchangeOptions) -> None:
    if options.live and options.credential is None:
        raise ConfigInvalid(f'Venue {name!r} is live = true without a credential; name one: credential = "main".')
    if options.market != "swap" and (options.leverage is not None or options.margin_mode is not None):
        raise ConfigInvalid(f'Venue {name!r} sets leverage or margin_mode on a spot market; they belong to market = "swap".')
