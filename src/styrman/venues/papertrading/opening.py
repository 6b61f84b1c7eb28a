"""Opening a paper account: what the journal holds of it, and the down time made good on the market's own candles."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from styrman.clock import Clock
from styrman.domain.market import InstrumentRules, to_ms
from styrman.venues.papertrading import ledger
from styrman.venues.papertrading.account import SpotAccount
from styrman.venues.papertrading.engine import Engine
from styrman.venues.papertrading.exchange import PaperExchange
from styrman.venues.papertrading.ledger import Kept
from styrman.venues.papertrading.margin import MarginAccount
from styrman.venues.papertrading.options import CAPITAL, PaperOptions
from styrman.venues.papertrading.prices import Prices
from styrman.venues.papertrading.source import MarketSource
from styrman.venues.papertrading.watch import Watch
from styrman.venues.simulation import ledger as orders_ledger
from styrman.venues.simulation.feed import AccountFeed
from styrman.venues.simulation.journal import Journal


@dataclass(frozen=True, slots=True)
class Opened:
    """A paper account at work."""

    exchange: PaperExchange
    prices: Prices
    watch: Watch

    async def close(self) -> None:
        """Read no more, and close the journal. Orders keep working."""
        await self.watch.close()
        await self.exchange.close()


async def open_account(name: str, options: PaperOptions, *, source: MarketSource, folder: Path, clock: Clock) -> Opened:
    """Take the account back from its journal, and go on where it ends. The source is open already. VenueError."""
    feed = AccountFeed()
    journal = Journal(folder / "account.sqlite", on_failure=feed.fail)
    try:
        kept = await journal.submit(ledger.load)
        rules = _with_fees(source.instruments(), options)
        exchange = PaperExchange(
            _engine(kept, rules, options),
            journal=journal,
            feed=feed,
            rules=rules,
            participation=Decimal(str(options.participation)),
            market_time=source.market_time,
        )
        prices = Prices(source, exchange, clock, participation=Decimal(str(options.participation)), stale_s=options.stale_s)
        watch = Watch(name, source, exchange, prices, clock)
        await _go_on(exchange, kept, watch)
    except BaseException:
        await journal.close()
        raise
    exchange.on_working = watch.attend
    for instrument in exchange.working():
        watch.attend(instrument)
    return Opened(exchange, prices, watch)


def _with_fees(rules: Mapping[str, InstrumentRules], options: PaperOptions) -> dict[str, InstrumentRules]:
    fees = {field: fee for field in ("maker_fee", "taker_fee") if (fee := getattr(options, field)) is not None}
    return {name: replace(each, **fees) for name, each in rules.items()}


def _engine(kept: Kept, rules: Mapping[str, InstrumentRules], options: PaperOptions) -> Engine:
    account: SpotAccount | MarginAccount
    if options.is_margin:
        account = MarginAccount(kept.saved.balances, kept.positions, leverage=options.leverage)
        account.know(rules)
    else:
        account = SpotAccount(kept.saved.balances, fee_in_base=options.fee_in_base)
    for currency, amount in (options.balances or _capital(kept, rules)).items():
        if currency not in kept.saved.balances:
            account.credit(currency, amount)
    fee_in_base = options.fee_in_base and not options.is_margin
    return Engine(account, fee_in_base=fee_in_base, orders=kept.saved.last_order, fills=kept.saved.last_fill)


def _capital(kept: Kept, rules: Mapping[str, InstrumentRules]) -> dict[str, Decimal]:
    """Return what a new account opens with where the options don't say: money of the kind that most instruments are quoted in."""
    if kept.saved.balances or not rules:
        return {}
    ((quote, _),) = Counter(each.quote for each in rules.values()).most_common(1)
    return {quote: CAPITAL}


async def _go_on(exchange: PaperExchange, kept: Kept, watch: Watch) -> None:
    """Take the working orders back, and let them meet what happened while nobody watched."""
    for order in kept.saved.open_orders:
        name = order.request.instrument
        if name in exchange.rules:
            pit = exchange.pit(name)
            pit.played_ms = kept.played.get(name, pit.played_ms)
        exchange.restore(order)
    await exchange.record_all()
    for instrument in exchange.working():
        pit = exchange.pit(instrument)
        for fill in await exchange.read(partial(orders_ledger.fills_since, instrument=instrument, since_ms=pit.played_ms)):
            pit.note(to_ms(fill.market_time), fill.quantity)
        await watch.catch_up(instrument)
        await asyncio.sleep(0)
