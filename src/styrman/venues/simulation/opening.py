"""Opening a simulated exchange: the market it plays, where that stood, the account as the journal has it, and the down time made good."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

from styrman.clock import Clock
from styrman.domain.market import to_ms
from styrman.venues.simulation import ledger
from styrman.venues.simulation.account import Account
from styrman.venues.simulation.exchange import Exchange
from styrman.venues.simulation.feed import AccountFeed
from styrman.venues.simulation.journal import Journal
from styrman.venues.simulation.ledger import Anchor, Saved
from styrman.venues.simulation.market import Market
from styrman.venues.simulation.matching import Engine
from styrman.venues.simulation.options import SimulationOptions, source_path
from styrman.venues.simulation.pacing import Pacing
from styrman.venues.simulation.recorded import load_recording
from styrman.venues.simulation.source import Source
from styrman.venues.simulation.streams import MarketView
from styrman.venues.simulation.synthetic import SyntheticSource
from styrman.venues.simulation.timeline import PacedTimeline, Timeline, WallTimeline

MakeMarket: TypeAlias = Callable[[Source, SimulationOptions], Market]

ACCOUNT_FILE = "account.sqlite"
_CATCH_UP = 50_000  # candles of down time that resting orders are matched through at most; in older ones nothing trades
_SLICE = 1440  # candles matched between two turns of the loop


async def open_source(name: str, options: SimulationOptions, folder: Path) -> Source:
    """Return the market that the options name. ConfigInvalid."""
    if options.source == "synthetic":
        return SyntheticSource(options.seed, to_ms(options.start))
    path = source_path(name, options.source, folder.parent.parent)
    return await asyncio.to_thread(load_recording, path, history=options.history, repeat=options.repeat)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What is opened: a market, with these options, by this clock."""

    source: Source
    options: SimulationOptions
    clock: Clock
    make_market: MakeMarket

    def continues(self, saved: Saved) -> bool:
        """Whether the journal is of this market."""
        return saved.anchor is not None and saved.anchor.source == self.source.fingerprint

    def anchor(self, saved: Saved) -> Anchor:
        """Return where the market stands now: never before anything that has happened in it."""
        market_ms = self.source.start_ms
        if saved.anchor is not None and self.continues(saved):
            market_ms = max(saved.anchor.market_at(self.clock.timestamp()), saved.played_ms)
        return self.anchor_at(market_ms if self.source.end_ms is None else min(market_ms, self.source.end_ms))

    def anchor_at(self, market_ms: int) -> Anchor:
        """Return what to write down where the market stands there now."""
        speed = 0.0 if self.options.speed == "max" else self.options.speed
        return Anchor(source=self.source.fingerprint, market_ms=market_ms, wall_s=self.clock.timestamp(), speed=speed)

    def timeline(self, anchor: Anchor, market: Market, journal: Journal, feed: AccountFeed) -> Timeline:
        """Return the market's time, going on from the anchor."""
        end_ms = self.source.end_ms
        if self.options.speed != "max":
            return WallTimeline(self.clock, market_ms=anchor.market_ms, end_ms=end_ms, speed=self.options.speed)
        pacing = Pacing(journal, feed, anchor, market.page_ms)
        paced = PacedTimeline(market_ms=anchor.market_ms, end_ms=end_ms, page_ms=market.page_ms, may_turn=pacing.may_turn)
        journal.on_idle = feed.on_drained = paced.turn
        return paced

    def exchange(self, saved: Saved, anchor: Anchor, journal: Journal, feed: AccountFeed) -> Exchange:
        """Return the exchange as the journal has it; its orders are yet to be restored."""
        market = self.make_market(self.source, self.options)
        account = Account(saved.balances)
        for currency in self.options.balances.keys() - saved.balances.keys():
            account.credit(currency, self.options.balances[currency])
        timeline = self.timeline(anchor, market, journal, feed)
        exchange = Exchange(
            market=market,
            engine=Engine(account, market.rules, fee_in_base=self.options.fee_in_base, orders=saved.last_order, fills=saved.last_fill),
            account=account,
            journal=journal,
            feed=feed,
            timeline=timeline,
            view=MarketView(market, timeline),
            anchor_at=self.anchor_at,
            played_ms=saved.played_ms if self.continues(saved) else anchor.market_ms,
        )
        timeline.on_turn = exchange.play
        return exchange


async def open_exchange(
    source: Source, options: SimulationOptions, folder: Path, clock: Clock, make_market: MakeMarket = Market
) -> Exchange:
    """Open the account's journal and go on where it ends, as a real market would: time has passed, and resting orders met it."""
    opening = _Opening(source, options, clock, make_market)
    feed = AccountFeed()
    journal = Journal(folder / ACCOUNT_FILE, on_failure=feed.fail)
    try:
        saved = await journal.submit(ledger.load)
        anchor = opening.anchor(saved)
        await journal.submit(partial(ledger.save_anchor, anchor=anchor))
        exchange = opening.exchange(saved, anchor, journal, feed)
        await exchange.restore(saved.open_orders, is_same_market=opening.continues(saved))
        await _catch_up(exchange)
    except BaseException:
        await journal.close()
        raise
    return exchange


async def _catch_up(exchange: Exchange) -> None:
    """Match what rests through the candles of the down time, a slice at a time."""
    page_ms, now_ms = exchange.market.page_ms, exchange.timeline.now_ms()
    exchange.played_ms = max(exchange.played_ms, now_ms - _CATCH_UP * page_ms)
    for until_ms in range(exchange.played_ms, now_ms, _SLICE * page_ms):
        exchange.play(until_ms)
        await asyncio.sleep(0)
    exchange.play(now_ms)
    await exchange.settled()
