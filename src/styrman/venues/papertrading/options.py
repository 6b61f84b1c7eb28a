"""What can be set about a paper account, and its defaults. It stands in the same table as what is set about the market it trades on."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from styrman.errors import ConfigInvalid

Fee = Annotated[Decimal, Field(ge=0, lt=Decimal("0.1"), decimal_places=6)]
Amount = Annotated[Decimal, Field(ge=0, allow_inf_nan=False, max_digits=24, decimal_places=8)]
Currency = Annotated[str, Field(pattern=r"^[A-Z0-9]{1,20}$")]
CAPITAL = Decimal(10_000)  # what an account opens with, where nothing else is said, in the currency that most instruments are quoted in

_OF_THE_MARKET = frozenset({"market", "leverage"})  # read here too, and the market's own


class PaperOptions(BaseModel):
    """One paper account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    balances: dict[Currency, Amount] | None = None  # credited once; None: CAPITAL
    fee_in_base: bool = False  # spot: a buy's fee is taken from what it bought, as many exchanges do
    maker_fee: Fee | None = None  # None: as the market's rules have it
    taker_fee: Fee | None = None
    latency_ms: Annotated[float, Field(ge=0, le=60_000)] = 0.0  # wall time from a request to its arrival
    participation: Annotated[float, Field(gt=0, le=1)] = 0.1  # the share of a candle's volume that our orders may take
    stale_s: Annotated[float, Field(ge=1, le=60)] = 5.0  # nothing is traded on prices older than this
    market: Literal["spot", "swap"] = "spot"
    leverage: Annotated[Decimal, Field(ge=1, le=200)] = Decimal(1)  # swap: exposure to a unit of margin

    @property
    def is_margin(self) -> bool:
        """Whether positions are held instead of coins."""
        return self.market == "swap"


PAPER_OPTIONS = frozenset(PaperOptions.model_fields) - _OF_THE_MARKET


def parse_options(name: str, options: Mapping[str, JsonValue]) -> PaperOptions:
    """Return what the table of venue `name` says of its paper account; ConfigInvalid names the first wrong field.

    All other keys are the market's, which checks them.
    """
    ours = {key: value for key, value in options.items() if key in PAPER_OPTIONS or (key in _OF_THE_MARKET and value is not None)}
    try:
        return PaperOptions.model_validate(ours)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(["venues", name, *(str(part) for part in first["loc"])])
        raise ConfigInvalid(f"Setting {where!r} can't be used: {first['msg']}; it is {first['input']!r}.") from None
