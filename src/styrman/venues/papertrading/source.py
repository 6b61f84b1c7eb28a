"""Where a paper venue's market comes from: the public half of a `ports.Venue`. No credential, and nothing can be ordered there."""

from collections.abc import AsyncIterator
from typing import Protocol

from styrman.domain.market import OrderBook
from styrman.ports.venue import Market


class MarketSource(Market, Protocol):
    """A real market as everybody sees it. What it shows is never older than it says; its tickers may be read by several at once.

    `capabilities.streams` become the paper venue's; read again once it is open.
    """

    has_books: bool  # whether it shows its order books, streamed or polled; read once it is open

    async def fetch_book(self, instrument: str) -> OrderBook:
        """Return the order book now. Never called where `has_books` is false."""
        ...

    def stream_book(self, instrument: str) -> AsyncIterator[OrderBook]:
        """Yield the order book whenever it has changed, polled where it can't be streamed. Never called where `has_books` is false."""
        ...
