"""The ground that an account's books are made on: whose money, at which exchange. Books of one ground say nothing of another.

A bot whose book holds paper coins would sell real ones that are not its own, were its venue simply made live.
"""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from styrman.config import VenueSettings
from styrman.domain.orders import Intent
from styrman.domain.records import AccountBook
from styrman.errors import BooksElsewhere
from styrman.log import get_logger
from styrman.ports import Venue
from styrman.trading.trader import Trader

log = get_logger()
_NAMED = ("exchange", "market")
_MOST_TOLD = 5  # bots


class Ground:
    """One account's, as its venue is configured now; of one that a program put there, which has no settings, its mode alone."""

    def __init__(self, venue: Venue, settings: VenueSettings | None) -> None:
        self._account = venue.name
        self.now = {"mode": venue.mode.value}
        self.held: str | None = None  # why nothing may be done there
        if settings is not None:
            named = {name: value for name in _NAMED if isinstance(value := settings.options.get(name), str)}
            address = "local" if _is_local(settings.options.get("base_url")) else "public"
            self.now |= {"adapter": settings.adapter, **named, "address": address}

    def check(self) -> None:
        """Raise BooksElsewhere where the account is held."""
        if self.held is not None:
            raise BooksElsewhere(self.held)

    def is_new(self, book: AccountBook, traders: Iterable[Trader], open_intents: Iterable[Intent]) -> bool:
        """Whether the account's row was made on another ground, and no bot has a book from there. BooksElsewhere where one has.

        Only what both name is compared: a ground that nobody noted is every ground's.
        """
        self.held = None
        before = book.made_on
        differs = [name for name in before if name in self.now and before[name] != self.now[name]]
        if not differs:
            return False
        was, now = (", ".join(f"{name} {each[name]}" for name in differs) for each in (before, self.now))
        ordering = {intent.bot_id for intent in open_intents}
        owners = sorted(trader.bot_id for trader in traders if trader.bot_id in ordering or not trader.book.is_untouched)
        if owners:
            self.held = _told(self._account, was, now, owners)
            raise BooksElsewhere(self.held)
        log.warning("account begins afresh: no bot has a book from before", account=self._account, was=was, now=now)
        return True


def _told(account: str, was: str, now: str, owners: list[str]) -> str:
    """Return what a person has to know, and to do."""
    more = f" and {len(owners) - _MOST_TOLD} more" if len(owners) > _MOST_TOLD else ""
    return (
        f"account {account!r} is {now} now, and the books of {', '.join(owners[:_MOST_TOLD])}{more} were made on {was}: nothing is sent "
        "there. Set the venue back in config.toml and restart to go on with them; or delete these bots with exposure=abandon and create "
        "them anew: the account opens by itself once none of them is left"
    )


def _is_local(url: object) -> bool:
    """Whether requests are redirected to this machine: a testnet, not the exchange."""
    host = urlsplit(url).hostname if isinstance(url, str) else None
    if host is None:
        return False
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
