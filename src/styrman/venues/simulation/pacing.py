"""What holds a market of speed "max" back: news that is not durable or not read yet, and market time not reserved yet."""

from dataclasses import replace
from functools import partial

from styrman.venues.simulation import ledger
from styrman.venues.simulation.feed import AccountFeed
from styrman.venues.simulation.journal import Journal
from styrman.venues.simulation.ledger import Anchor

AHEAD = 64  # candles reserved at once: as many may be skipped after a kill


class Pacing:
    """Market time is reserved in the journal before it is played, so that after a kill the market goes on and never back."""

    def __init__(self, journal: Journal, feed: AccountFeed, anchor: Anchor, page_ms: int) -> None:
        self._journal, self._feed, self._anchor, self._ahead_ms = journal, feed, anchor, AHEAD * page_ms

    def may_turn(self, next_ms: int) -> bool:
        """Say whether the market may go there now; it is asked again when the journal is idle or the account's reader came back."""
        if not (self._journal.is_idle and self._feed.is_drained):
            return False
        if next_ms > self._anchor.market_ms:
            self._reserve(replace(self._anchor, market_ms=next_ms + self._ahead_ms))
        return self._journal.is_idle

    def _reserve(self, anchor: Anchor) -> None:
        self._journal.submit(partial(ledger.save_anchor, anchor=anchor), lambda _: setattr(self, "_anchor", anchor))
