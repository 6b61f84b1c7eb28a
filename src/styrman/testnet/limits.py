"""Request weight a minute and orders in ten seconds and a day, as Binance counts them: 429 beyond, 418 for who won't listen."""

from dataclasses import dataclass

from styrman.clock import Clock
from styrman.testnet.refusals import BANNED, TOO_MANY, Refusal

_PATIENCE = 10  # requests after a 429 before its sender is banned
_BAN_S = 120
_DAY_LIMIT = 200_000


@dataclass(slots=True)
class Window:
    """A count that begins anew with every span of the clock."""

    span_s: int
    limit: int
    began: int = -1
    used: int = 0

    def count(self, now_s: float, amount: int) -> bool:
        """Count so much; whether the limit holds."""
        began = int(now_s) // self.span_s
        if began != self.began:
            self.began, self.used = began, 0
        self.used += amount
        return self.used <= self.limit

    def ends_in(self, now_s: float) -> int:
        """Return the whole seconds until it begins anew, at least one."""
        return max(1, self.span_s - int(now_s) % self.span_s)


class Limits:
    """What one address has used."""

    def __init__(self, clock: Clock, *, weight: int, orders: int) -> None:
        self._clock = clock
        self.weight = Window(60, weight)
        self.orders = Window(10, orders)
        self.day = Window(86_400, _DAY_LIMIT)
        self._ignored = 0
        self._banned_until = 0.0

    def take(self, weight: int) -> None:
        """Count a request. 429 past the limit; 418 where the sender goes on all the same."""
        now = self._clock.timestamp()
        if now < self._banned_until:
            raise _banned(self._banned_until, now)
        if self.weight.count(now, weight):
            self._ignored = 0
            return
        self._ignored += 1
        if self._ignored > _PATIENCE:
            self._banned_until = now + _BAN_S
            raise _banned(self._banned_until, now)
        message = f"Too much request weight used; current limit is {self.weight.limit} request weight per 1 MINUTE."
        raise Refusal(-1003, message, status=TOO_MANY, headers=_retry(self.weight.ends_in(now)))

    def take_orders(self, orders: int) -> None:
        """Count orders that are sent. 429 past the limit."""
        now = self._clock.timestamp()
        if not self.orders.count(now, orders):
            message = f"Too many new orders; current limit is {self.orders.limit} orders per 10 SECOND."
            raise Refusal(-1015, message, status=TOO_MANY, headers=_retry(self.orders.ends_in(now)))
        self.day.count(now, orders)

    def headers(self, *, counts_orders: bool) -> dict[str, str]:
        """Return what every answer says of them."""
        told = {"X-MBX-USED-WEIGHT": str(self.weight.used), "X-MBX-USED-WEIGHT-1M": str(self.weight.used)}
        if counts_orders:
            told |= {"X-MBX-ORDER-COUNT-10S": str(self.orders.used), "X-MBX-ORDER-COUNT-1D": str(self.day.used)}
        return told

    def describe(self) -> list[dict[str, object]]:
        """Return them as exchangeInfo has them."""
        return [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": self.weight.limit},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": self.orders.limit},
            {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": self.day.limit},
        ]


def _retry(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}


def _banned(until: float, now: float) -> Refusal:
    message = f"Way too much request weight used; IP banned until {round(until * 1000)}."
    return Refusal(-1003, message, status=BANNED, headers=_retry(max(1, round(until - now))))
