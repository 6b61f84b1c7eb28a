"""The trading floor: one desk per account, and the trader of each bot, whether or not its task runs."""

from collections.abc import Callable, Iterable, Mapping

from styrman.domain.bots import BotRecord
from styrman.domain.orders import Intent
from styrman.domain.records import Boot, BotMemory, Holding
from styrman.errors import BotNotFound
from styrman.ports import RunOrder
from styrman.trading.bot import Bot
from styrman.trading.execution import Desk
from styrman.trading.trader import Trader
from styrman.trading.workshop import Workshop


class Floor:
    """Where bots' trading lives. A trader is made when it is first asked for, from what the store remembered."""

    def __init__(self, desks: Mapping[str, Desk], workshop: Workshop) -> None:
        self.desks = desks
        self._workshop = workshop
        self._memories: dict[str, BotMemory] = {}
        self._holdings: dict[str, list[Holding]] = {}
        self._left: dict[str, list[Intent]] = {}  # by bot id: the intents that the process before left open
        self._records: Callable[[str], BotRecord | None] = lambda _: None
        self.on_new: Callable[[Trader], None] = lambda _: None

    def load(self, boot: Boot, records: Callable[[str], BotRecord | None]) -> None:
        """Take over books and memories, and make the traders of every bot."""
        self._records = records
        self._memories = dict(boot.memories)
        for holding in boot.holdings:
            self._holdings.setdefault(holding.bot_id, []).append(holding)
        for intent in boot.open_intents:
            self._left.setdefault(intent.bot_id, []).append(intent)
        for record, _ in boot.bots:
            if record.account in self.desks:
                self.trader(record)

    def trader(self, record: BotRecord) -> Trader:
        """Return the bot's trader."""
        desk = self.desks[record.account]
        trader = desk.traders.get(record.id)
        if trader is None:
            for other in self.desks.values():
                other.traders.pop(record.id, None)  # it moved here from another venue, where it never traded
            trader = Trader(record, self._holdings.pop(record.id, ()), self._memories.pop(record.id, None))
            desk.traders[record.id] = trader
            self.on_new(trader)
        return trader

    def refresh(self, bot_ids: Iterable[str]) -> None:
        """Hand the traders their bots' new records."""
        for bot_id in bot_ids:
            record = self._records(bot_id)
            if record is not None:
                self.trader(record).take(record)

    def remove(self, record: BotRecord) -> None:
        """Forget a deleted bot's trader."""
        self.desks[record.account].traders.pop(record.id, None)
        self._left.pop(record.id, None)

    def unresolved(self, record: BotRecord) -> int:
        """Return how many of a bot's orders the venue may or may not hold: until its account is recovered, all that were left open."""
        trader, desk = self.trader(record), self.desks[record.account]
        if desk.recovered.is_set() or not self._left:
            return trader.unresolved() if trader.live else 0
        return trader.unresolved() + len(self.unread(record))

    def unread(self, record: BotRecord) -> list[Intent]:
        """Return the intents that an earlier process left open and that nobody has taken over yet, its account not being recovered."""
        trader = self.trader(record)
        if self.desks[record.account].recovered.is_set():
            return []
        return [each for each in self._left.get(record.id, ()) if each.request.client_order_id not in trader.live]

    def make_bot(self, order: RunOrder) -> Bot:
        """Return a new run of a bot, on its latest spec."""
        record = self._records(order.bot_id)
        if record is None:
            raise BotNotFound(f"There is no bot {order.bot_id!r}.")
        trader = self.trader(record)
        trader.take(record)
        return Bot(order, trader, self.desks[record.account], self._workshop)
