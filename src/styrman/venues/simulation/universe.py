"""The instruments of the synthetic market: familiar names, with the price level, rules and temper of each. Figures, no code."""

from dataclasses import dataclass
from decimal import Decimal

from styrman.domain.market import InstrumentRules

MIN_NOTIONAL = Decimal(5)


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset, traded against USDT."""

    base: str
    level: float  # the price that its market wanders around
    price_decimals: int
    quantity_decimals: int
    daily_volatility: float  # standard deviation of a day's log return
    daily_turnover: float  # USDT traded in a usual day

    @property
    def instrument(self) -> str:
        """Its name on the venue."""
        return f"{self.base}/USDT"

    @property
    def rules(self) -> InstrumentRules:
        """What an order in it must keep to."""
        step = Decimal(1).scaleb(-self.quantity_decimals)
        return InstrumentRules(
            self.instrument,
            self.base,
            "USDT",
            price_tick=Decimal(1).scaleb(-self.price_decimals),
            quantity_step=step,
            min_quantity=step,
            min_notional=MIN_NOTIONAL,
        )


_ASSETS = (
    Asset("BTC", 64_000, 2, 5, 0.024, 2.4e9),
    Asset("ETH", 3_100, 2, 4, 0.032, 1.6e9),
    Asset("SOL", 145, 2, 3, 0.045, 7.5e8),
    Asset("XRP", 0.62, 5, 1, 0.038, 4.1e8),
    Asset("BNB", 580, 2, 3, 0.026, 3.6e8),
    Asset("DOGE", 0.13, 6, 0, 0.048, 3.3e8),
    Asset("PEPE", 0.0000095, 10, 0, 0.062, 2.7e8),
    Asset("ADA", 0.45, 5, 1, 0.040, 1.6e8),
    Asset("AVAX", 28, 3, 2, 0.046, 1.4e8),
    Asset("LINK", 14, 3, 2, 0.041, 1.3e8),
    Asset("SHIB", 0.000018, 9, 0, 0.045, 1.25e8),
    Asset("TRX", 0.14, 5, 1, 0.022, 1.1e8),
    Asset("SUI", 1.6, 4, 1, 0.055, 1.05e8),
    Asset("NEAR", 5.2, 3, 1, 0.050, 9.4e7),
    Asset("LTC", 75, 2, 3, 0.033, 9.1e7),
    Asset("BCH", 380, 2, 3, 0.039, 8.2e7),
    Asset("DOT", 6.4, 3, 2, 0.038, 7.8e7),
    Asset("UNI", 8.7, 3, 2, 0.046, 6.6e7),
    Asset("APT", 8.1, 3, 2, 0.049, 6.1e7),
    Asset("ARB", 0.78, 5, 1, 0.050, 5.8e7),
    Asset("FIL", 4.3, 4, 2, 0.045, 5.2e7),
    Asset("OP", 1.7, 4, 2, 0.052, 5.0e7),
    Asset("ATOM", 6.6, 3, 2, 0.040, 4.4e7),
    Asset("ETC", 22, 3, 2, 0.038, 4.2e7),
    Asset("INJ", 21, 3, 2, 0.055, 4.0e7),
    Asset("AAVE", 110, 2, 3, 0.047, 3.9e7),
    Asset("XLM", 0.11, 6, 0, 0.036, 3.4e7),
    Asset("HBAR", 0.07, 6, 0, 0.042, 3.1e7),
    Asset("ICP", 9.2, 3, 2, 0.044, 2.9e7),
    Asset("ALGO", 0.15, 6, 0, 0.041, 2.2e7),
)
UNIVERSE = {asset.instrument: asset for asset in _ASSETS}
