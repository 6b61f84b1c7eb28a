"""What can be set about a simulated venue, and its defaults. Everything has one: `[venues.sim] adapter="simulated"` is enough."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from styrman.errors import ConfigInvalid

Fee = Annotated[Decimal, Field(ge=0, lt=Decimal("0.1"), decimal_places=6)]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=24, decimal_places=8)]
Currency = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,20}$")]


class SimulationOptions(BaseModel):
    """One simulated venue. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adapter: Literal["simulated"] = "simulated"
    balances: dict[Currency, Amount] = Field(default_factory=lambda: {"USDT": Decimal(1_000_000)})  # credited once
    source: Annotated[str, Field(min_length=1)] = "synthetic"  # or a file or folder of candles or trades
    seed: int = 7  # of the synthetic market
    start: AwareDatetime = datetime(2026, 1, 1, tzinfo=UTC)  # market time at which the synthetic market opens
    speed: Annotated[float, Field(ge=0.001, le=100_000)] | Literal["max"] = 60.0  # market seconds a wall second; max: as fast as it is read
    repeat: bool = True  # play a recording again after its end; else the market stands still there
    history: Annotated[int, Field(ge=1, le=100_000)] = 1000  # candles of each time frame there are before the start
    taker_fee: Fee = Decimal("0.001")
    maker_fee: Fee = Decimal("0.001")
    fee_in_base: bool = False  # a buy's fee is taken from what it bought, as many exchanges do
    spread: Annotated[float, Field(ge=0, le=0.1)] = 0.0002  # between best bid and best ask, fraction of the price
    participation: Annotated[float, Field(gt=0, le=1)] = 0.2  # the share of the market's volume that our orders may take
    latency_ms: Annotated[float, Field(ge=0, le=60_000)] = 0.0  # wall time from a request to its arrival

    @property
    def is_paced(self) -> bool:
        """Whether the market waits for its readers."""
        return self.speed == "max"


def parse_options(name: str, options: Mapping[str, JsonValue]) -> SimulationOptions:
    """Return the checked options of venue `name`; ConfigInvalid names the first wrong field."""
    try:
        return SimulationOptions.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(["venues", name, *(str(part) for part in first["loc"])])
        raise ConfigInvalid(f"Setting {where!r} can't be used: {first['msg']}; it is {first['input']!r}.") from None


def source_path(name: str, source: str, home: Path) -> Path:
    """Return the recording that `source` names: as written, or below the home folder. ConfigInvalid where there is none."""
    written = Path(source).expanduser()
    found = next((path for path in (home / written, written.absolute()) if path.exists()), None)
    if found is None:
        raise ConfigInvalid(f"Setting 'venues.{name}.source' names {source!r}, which is neither in {home} nor in {Path.cwd()}.")
    return found
