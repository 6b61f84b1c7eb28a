"""Puts together what readers see of a bot, from memory alone: both sides of its lifecycle, its counters, its book."""

from collections.abc import Callable

from styrman.clock import Clock
from styrman.domain.bots import BotRecord, BotStatus, CommandResult, Desired, Observed, TradingState
from styrman.domain.spec import Selector, dump_spec
from styrman.manager.admission import reserve_of
from styrman.manager.caretaker import Caretaker
from styrman.manager.figures import Appraiser
from styrman.manager.floor import Floor
from styrman.manager.protecting import protections
from styrman.manager.stats import CycleStats
from styrman.manager.views import BotFilter, BotView
from styrman.trading.gates import Gates
from styrman.trading.trader import Trader

Chosen = Callable[[str], tuple[str, ...]]  # the instruments that a bot's selector last chose


class Showcase:
    """Makes views. Reads everything, changes nothing."""

    def __init__(  # noqa: PLR0913 - its collaborators, each by name
        self, floor: Floor, *, appraiser: Appraiser, gates: Gates, stats: CycleStats, caretaker: Caretaker, clock: Clock, chosen: Chosen
    ) -> None:
        self._floor = floor
        self._appraiser = appraiser
        self._gates = gates
        self._stats = stats
        self._caretaker = caretaker
        self._clock = clock
        self.chosen = chosen

    def bot(self, record: BotRecord, status: BotStatus) -> BotView:
        """Return one bot."""
        spec, trader = record.spec, self._floor.trader(record)
        figures = self._appraiser.figures(record)
        running = status.observed is Observed.RUNNING and status.healthy_since is not None
        return BotView(
            id=spec.id,
            strategy=spec.strategy,
            main=spec.main,
            params=spec.params,
            venue=spec.venue,
            mode=self._floor.desks[record.account].venue.mode,
            instruments=spec.instruments if not isinstance(spec.instruments, Selector) else self.chosen(spec.id),
            timeframe=spec.timeframe,
            capital=spec.capital,
            labels=spec.labels,
            spec=dump_spec(spec),
            spec_hash=record.spec_hash,
            desired=record.desired,
            observed=status.observed,
            generation=record.generation,
            observed_generation=status.observed_generation,
            trading_state=self.trading_state(record),
            halted_by=self._gates.halted_by(record.account, record.id),
            run_id=status.run_id,
            epoch=status.epoch,
            since=status.since,
            uptime_s=(self._clock.now() - status.healthy_since).total_seconds() if running and status.healthy_since else None,
            cycle_count=self._stats.count(record.slot),
            last_cycle_at=self._stats.last_at(record.slot),
            last_error=status.last_error,
            restarts=status.restarts,
            next_retry_at=status.next_retry_at,
            asked_by=record.asked_by,
            asked_at=record.asked_at,
            reason=record.reason,
            created_at=record.created_at,
            currency=reserve_of(spec)[1],
            equity=figures.equity,
            realized_pnl=figures.realized_pnl,
            unrealized_pnl=figures.unrealized_pnl,
            day_pnl=figures.day_pnl,
            position_value=figures.position_value,
            positions=trader.book.positions(self._appraiser.prices(record)),
            protections=protections(trader, self._floor.desks[record.account]) if trader.memory.guards else (),
            working_orders=tuple(trader.working()) if trader.live else (),
            unresolved_orders=figures.unresolved_orders,
            uncancelled_orders=uncancelled(record, trader) if trader.live else (),
            caretaker=self._caretaker.guards(trader),
        )

    def trading_state(self, record: BotRecord) -> TradingState:
        """Return the strictest trading state that holds for a bot."""
        return self._gates.state(record.account, record.id, paused=record.paused)

    def answer(self, record: BotRecord, status: BotStatus, *, changed: bool, operation_id: str | None = None) -> CommandResult:
        """Return the answer to a command from the row of its own commit."""
        return CommandResult(
            id=record.id,
            generation=record.generation,
            desired=record.desired,
            observed=status.observed,
            observed_generation=status.observed_generation,
            trading_state=self.trading_state(record),
            changed=changed,
            operation_id=operation_id,
        )


def uncancelled(record: BotRecord, trader: Trader) -> tuple[str, ...]:
    """Return the orders that a stop has not got off (yet), by intent; resting protections stay there on purpose."""
    if record.desired is not Desired.STOPPED or record.stop.orders != "cancel":
        return ()
    return tuple(order.intent.intent_id for order in trader.live.values() if not order.is_guard and not order.has_ended)


def matches(where: BotFilter, record: BotRecord, status: BotStatus) -> bool:
    """Whether a bot is among those a filter asks for."""
    if where.states and status.observed not in where.states:
        return False
    if where.label is not None and not label_holds(where.label, record):
        return False
    return not where.text or where.text.lower() in _text(record)


def label_holds(term: str, record: BotRecord) -> bool:
    """Whether one term of a selector holds: `key`, `key=value` or `key!=value`; id, strategy, venue and main count as labels."""
    spec = record.spec
    labels = {**spec.labels, "id": spec.id, "venue": spec.venue, "strategy": spec.strategy or "", "main": spec.main or ""}
    if "!=" in term:
        key, _, value = term.partition("!=")
        return bool(key.strip()) and labels.get(key.strip()) != value.strip()  # a term that lacks its key must not mean everybody
    key, equals, value = term.partition("=")
    return labels.get(key.strip()) == value.strip() if equals else bool(labels.get(key.strip()))


def selects(selector: str, record: BotRecord) -> bool:
    """Whether all terms of a selector, separated by commas, hold for a bot."""
    return all(label_holds(term, record) for term in selector.split(","))


def _text(record: BotRecord) -> str:
    spec = record.spec
    instruments = spec.instruments.quote if isinstance(spec.instruments, Selector) else " ".join(spec.instruments)
    return f"{spec.id} {spec.work} {spec.venue} {instruments}".lower()
