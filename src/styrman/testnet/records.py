"""Every order and fill that is durable, in all its versions, and what a reader may see of them: as of when, and without what is hidden."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from styrman.domain.orders import Fill
from styrman.venues.simulation.account import Account
from styrman.venues.simulation.matching import Happening
from styrman.venues.simulation.orders import Order

_ACCOUNTS = 20_000  # versions of the account that a stale reader can be shown
_EVER = float("inf")


@dataclass(slots=True)
class _History:
    """The versions of one order, and since when each held."""

    since: list[float] = field(default_factory=list)
    versions: list[Order] = field(default_factory=list)
    fills: list[tuple[float, Fill]] = field(default_factory=list)
    hidden_until: float = 0.0

    def at(self, as_of: float) -> Order | None:
        """Return the order as it was then; None where it wasn't there yet."""
        index = bisect_right(self.since, as_of)
        return self.versions[index - 1] if index else None


class Records:
    """Fed with what is durable, in order; times are the clock's monotonic seconds."""

    def __init__(self, account: Account) -> None:
        self._histories: dict[int, _History] = {}
        self._by_client: dict[tuple[str, str], list[int]] = {}
        self._accounts: deque[tuple[float, Account]] = deque([(-_EVER, account)], maxlen=_ACCOUNTS)

    def load(self, orders: Sequence[Order], fills: Sequence[Fill]) -> None:
        """Take what was there before this process."""
        self._add((*orders, *fills), -_EVER)

    def add(self, happened: Sequence[Happening], account: Account, now: float) -> None:
        """Take what has become durable."""
        self._add(happened, now)
        self._accounts.append((now, account))

    def hide(self, number: int, until: float) -> None:
        """Let nobody see an order until then."""
        self._histories[number].hidden_until = until

    def view(self, now: float, *, stale_s: float = 0.0, shows_all: bool = False) -> "View":
        """Return what a reader sees now, or saw `stale_s` ago; `shows_all`: what is hidden too."""
        return View(self, now - stale_s if stale_s else _EVER, _EVER if shows_all else now)

    def histories(self) -> Iterator[_History]:
        """Yield every order's history, oldest order first."""
        yield from self._histories.values()

    def history(self, number: int) -> _History | None:
        """Return one order's history."""
        return self._histories.get(number)

    def numbers(self, instrument: str, client_id: str) -> Sequence[int]:
        """Return the orders with a client id, newest first."""
        return self._by_client.get((instrument, client_id), ())[::-1]

    def account(self, as_of: float) -> Account:
        """Return the account as it was then."""
        return next((account for since, account in reversed(self._accounts) if since <= as_of), self._accounts[0][1])

    def _add(self, happened: Sequence[Happening], now: float) -> None:
        for happening in happened:
            if isinstance(happening, Fill):
                self._histories[int(happening.venue_order_id)].fills.append((now, happening))
                continue
            if happening.number not in self._histories:
                self._histories[happening.number] = _History()
                request = happening.request
                self._by_client.setdefault((request.instrument, request.client_order_id), []).append(happening.number)
            history = self._histories[happening.number]
            history.since.append(now)
            history.versions.append(happening)


@dataclass(frozen=True, slots=True)
class View:
    """What one reader sees."""

    records: Records
    as_of: float
    shown_from: float  # orders hidden until later than this are not seen

    def order(self, number: int) -> Order | None:
        """Return an order by its number."""
        history = self.records.history(number)
        return None if history is None or history.hidden_until > self.shown_from else history.at(self.as_of)

    def newest(self, instrument: str, client_id: str) -> Order | None:
        """Return the newest order with a client id."""
        found = (self.order(number) for number in self.records.numbers(instrument, client_id))
        return next((order for order in found if order is not None), None)

    def orders(self, instrument: str | None = None) -> list[Order]:
        """Return the orders, oldest first."""
        seen = (self._seen(history) for history in self.records.histories())
        return [order for order in seen if order is not None and instrument in (None, order.request.instrument)]

    def fills(self, instrument: str | None = None, number: int | None = None) -> list[Fill]:
        """Return the fills, oldest first; of one order or of all."""
        one = None if number is None else self.records.history(number)
        histories = self.records.histories() if number is None else ([one] if one else [])
        found = [
            fill
            for history in histories
            if self._seen(history) is not None
            for since, fill in history.fills
            if since <= self.as_of and instrument in (None, fill.instrument)
        ]
        return sorted(found, key=lambda fill: int(fill.trade_id))

    def account(self) -> Account:
        """Return the account."""
        return self.records.account(self.as_of)

    def _seen(self, history: _History) -> Order | None:
        return None if history.hidden_until > self.shown_from else history.at(self.as_of)
