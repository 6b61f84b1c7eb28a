"""The lifecycle of one bot under commands, crashes, readiness and time in any order."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from styrman.clock import ManualClock
from styrman.config import SupervisionSettings
from styrman.domain.bots import MOVES, BotError, BotRecord, BotStatus, Desired, Observed, StopOptions
from styrman.domain.spec import BotSpec, Restart, RestartPolicy, spec_hash
from styrman.errors import BotQuarantined, ErrorClass
from styrman.manager import commands
from styrman.manager.boots import void_old_runs
from styrman.manager.lifecycle import Effect, Lifecycle, RunSight, Sight
from styrman.manager.restarts import RestartRules
from styrman.manager.state import Change
from styrman.manager.waiting import has_arrived
from styrman.ports import RunEnd

FIGURES = SupervisionSettings()
START = ManualClock().now()
O = Observed  # noqa: E741 - the states stand in tables below


def record(**more: object) -> BotRecord:
    spec = BotSpec(id="b1", strategy="idle", venue="sim", instruments=("BTC/USDT",))
    return replace(BotRecord(spec=spec, spec_hash=spec_hash(spec), slot=0, asked_by="test", asked_at=START, created_at=START), **more)  # type: ignore[arg-type] # the record's own fields


def crash(error_class: ErrorClass = ErrorClass.TRANSIENT, at: object = START, traceback: str = "t") -> BotError:
    return BotError(error_class=error_class, type="Boom", message="boom", traceback_hash=traceback, at=at)  # type: ignore[arg-type] # a datetime


class World:
    """One bot with its reconciler's rules; runs begin and end as the test says."""

    def __init__(self) -> None:
        self.lifecycle = Lifecycle(FIGURES, RestartRules(FIGURES, jitter=lambda: 1.0))
        self.record, self.status = record(), BotStatus(bot_id="b1", since=START)
        self.now = START
        self.run: RunSight | None = None
        self.held: str | None = None
        self.paced = True
        self.closing = False
        self.moves: list[tuple[Observed, Observed]] = []
        self.events: list[str] = []
        self._runs = count(1)
        self._stopped_at = START

    def command(self, change: Change) -> None:
        """Commit what a command makes of the record."""
        self.record = change(self.record, self.status) or self.record

    def step(self) -> bool:
        """Take the next step, if there is one."""
        step = self.lifecycle.next_step(self._sight())
        if step is None:
            return False
        if step.status.observed is not self.status.observed:
            self.moves.append((self.status.observed, step.status.observed))
        self.status = step.status
        if step.event:
            self.events.append(step.event)
        self._take_effect(step.effect)
        return True

    def settle(self) -> None:
        """Step until nothing moves."""
        for _ in range(20):
            if not self.step():
                return
        raise AssertionError(f"it goes round in circles: {self.events[-6:]}")

    def ready(self) -> None:
        assert self.run is not None
        self.run = replace(self.run, ready=True)

    def end(self, error: BotError | None) -> None:
        """End the run, by an error or as it was asked to."""
        assert self.run is not None
        self.run = replace(self.run, end=RunEnd.CRASHED if error else RunEnd.STOPPED, error=error or crash())

    def _sight(self) -> Sight:
        run = self.run
        if run is not None and run.cancels:
            run = replace(run, stopping_for_s=(self.now - self._stopped_at).total_seconds())
        return Sight(
            record=self.record,
            status=self.status,
            run=run,
            now=self.now,
            held=self.held,
            paced=self.paced,
            closing=self.closing,
            new_run_id=lambda: f"r{next(self._runs)}",
        )

    def _take_effect(self, effect: Effect) -> None:
        if effect is Effect.START:
            assert self.run is None or self.run.end is not None, "a second run beside a living one"
            self.run = RunSight(run_id=self.status.run_id or "", ready=False, end=None, error=None, stopping_for_s=0.0, cancels=0)
        elif effect is Effect.STOP and self.run is not None:
            self.run, self._stopped_at = replace(self.run, cancels=1), self.now
        elif effect is Effect.CANCEL and self.run is not None:
            self.run = replace(self.run, cancels=self.run.cancels + 1)
        elif effect is Effect.FORGET:
            assert self.run is None or self.run.end is not None, "a living run was forgotten"
            self.run = None


def stop(**options: object) -> Change:
    return partial(commands.stop, StopOptions(**options))  # type: ignore[arg-type] # the options' own fields


@pytest.fixture
def world() -> World:
    return World()


def running(world: World) -> World:
    world.command(commands.start)
    world.settle()
    world.ready()
    world.settle()
    return world


CHANGES: tuple[Change, ...] = (
    commands.start,
    commands.restart,
    commands.reset,
    commands.pause,
    commands.touch,
    stop(),
    stop(orders="keep"),
)


class LifecycleMachine(RuleBasedStateMachine):
    """Whatever happens in whatever order: the promises of the design hold."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.gave_up = False

    @rule(change=st.sampled_from(CHANGES))
    def command(self, change: Change) -> None:
        before = self.world.record.generation
        try:
            self.world.command(change)
        except BotQuarantined:
            assert self.world.status.observed is O.QUARANTINED
        assert self.world.record.generation - before in (0, 1)

    @rule(timeframe=st.sampled_from(["1m", "5m"]), label=st.sampled_from(["a", "b"]))
    def edit(self, timeframe: str, label: str) -> None:
        spec = replace(self.world.record.spec, timeframe=timeframe, labels={"team": label})
        self.world.command(partial(commands.edit, spec))

    @precondition(lambda self: self.world.run is not None and self.world.run.end is None)
    @rule()
    def become_ready(self) -> None:
        self.world.ready()

    @precondition(lambda self: self.world.run is not None and self.world.run.end is None)
    @rule(error_class=st.sampled_from(list(ErrorClass)), traceback=st.sampled_from("xyz"))
    def crash(self, error_class: ErrorClass, traceback: str) -> None:
        self.world.end(crash(error_class, self.world.now, traceback))

    @precondition(lambda self: self.world.run is not None and self.world.run.cancels > 0 and self.world.run.end is None)
    @rule()
    def end_as_asked(self) -> None:
        self.world.end(None)

    @rule(seconds=st.sampled_from([0.5, 2.0, 11.0, 301.0, 700.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.world.now += timedelta(seconds=seconds)

    @rule(held=st.sampled_from([None, "safe mode"]), paced=st.booleans(), closing=st.booleans())
    def surroundings(self, held: str | None, *, paced: bool, closing: bool) -> None:
        self.world.held, self.world.paced, self.world.closing = held, paced, closing

    @rule()
    def look(self) -> None:
        self.world.step()

    @rule()
    def look_until_nothing_moves(self) -> None:
        self.world.settle()

    @rule()
    def die_and_boot(self) -> None:
        self.world.run = None
        self.gave_up = self.world.status.observed is O.QUARANTINED or self._has_given_up()  # FAILED from now on (decision 6)
        statuses, _ = void_old_runs([(self.world.record, self.world.status)], self.world.now)
        self.world.status = statuses[0] if statuses else self.world.status

    @invariant()
    def every_move_is_in_the_table(self) -> None:
        assert all(to in MOVES[before] for before, to in self.world.moves)

    @invariant()
    def nothing_is_observed_before_it_was_asked_for(self) -> None:
        assert self.world.status.observed_generation <= self.world.record.generation

    @invariant()
    def a_stop_has_arrived_only_where_no_run_goes_on(self) -> None:
        if self.world.record.desired is Desired.STOPPED and has_arrived(self.world.status, self.world.record.generation):
            assert self.world.status.observed in (O.STOPPED, O.QUARANTINED) or self._has_given_up()

    @invariant()
    def a_restart_has_arrived_only_with_a_new_run(self) -> None:
        waits = self.world.status.observed is O.QUARANTINED or self._has_given_up()
        if has_arrived(self.world.status, self.world.record.generation) and not waits:
            assert not commands.awaits_run(self.world.record, self.world.status)

    def _has_given_up(self) -> bool:
        return self.gave_up and self.world.status.observed is O.FAILED

    def teardown(self) -> None:
        """In calm weather every bot gets where it was wanted."""
        world = self.world
        world.held, world.paced, world.closing = None, True, False
        world.command(stop())
        for _ in range(3):
            world.settle()
            if world.run is not None and world.run.end is None:
                world.end(None)
            world.now += timedelta(seconds=60)
        world.settle()

        assert world.status.observed in (O.STOPPED, O.QUARANTINED)
        assert has_arrived(world.status, world.record.generation)


TestLifecycle = LifecycleMachine.TestCase
TestLifecycle.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)


def test_a_stop_during_starting_leaves_it_stopped(world: World) -> None:
    world.command(commands.start)
    world.settle()
    world.command(stop())
    world.ready()
    world.settle()
    world.end(None)
    world.settle()

    assert world.status.observed is O.STOPPED
    assert "BotStarted" not in world.events


def test_a_start_clears_failed_and_its_counters(world: World) -> None:
    running(world).end(crash(ErrorClass.PERMANENT))
    world.settle()
    failed = world.status.observed
    world.command(commands.start)
    world.settle()

    assert failed is O.FAILED
    assert world.status.observed is O.STARTING
    assert (world.status.attempt, world.status.same_traceback, world.status.restarted_at) == (0, 0, ())


def test_restarts_coalesce_until_stopping_begins(world: World) -> None:
    running(world)
    world.command(commands.restart)
    generation = world.record.generation
    world.command(commands.restart)
    coalesced = world.record.generation
    world.settle()
    world.command(commands.restart)

    assert coalesced == generation
    assert world.record.generation == generation + 1


def test_a_restart_is_a_new_run(world: World) -> None:
    first = running(world).status.run_id
    world.command(commands.restart)
    world.settle()
    world.end(None)
    world.settle()
    world.ready()
    world.settle()

    assert world.status.observed is O.RUNNING
    assert world.status.run_id != first
    assert world.status.epoch == 2


def test_a_stop_that_a_crash_overtakes_has_not_arrived_before_it_is_stopped(world: World) -> None:
    running(world)
    world.command(stop())
    world.end(crash())
    world.step()
    early = has_arrived(world.status, world.record.generation)
    world.settle()

    assert not early
    assert world.status.observed is O.STOPPED


def test_a_task_that_will_not_die_is_cancelled_thrice_then_quarantined(world: World) -> None:
    running(world)
    world.command(stop())
    world.settle()
    cancels = []
    for _ in range(11):
        world.now += timedelta(seconds=1)
        world.settle()
        cancels.append(world.run.cancels if world.run else 0)

    assert cancels[0] == 1
    assert cancels[2] == 2
    assert cancels[6] == 3
    assert world.status.observed is O.QUARANTINED


def test_a_quarantined_bot_is_reset_only_once_its_task_is_gone(world: World) -> None:
    test_a_task_that_will_not_die_is_cancelled_thrice_then_quarantined(world)
    with pytest.raises(BotQuarantined):
        world.command(commands.start)
    world.command(commands.reset)
    world.settle()
    meanwhile = world.status.observed
    world.end(None)
    world.settle()

    assert meanwhile is O.QUARANTINED
    assert world.status.observed is O.STOPPED


def test_a_run_that_is_stuck_in_its_cycle_is_stopped(world: World) -> None:
    running(world)
    assert world.run is not None
    world.run = replace(world.run, stuck=True)
    world.settle()

    assert world.status.observed is O.STOPPING


def test_labels_need_no_new_run_and_anything_else_does(world: World) -> None:
    running(world)
    world.command(partial(commands.edit, replace(world.record.spec, labels={"a": "b"})))
    world.settle()
    labels = world.status.observed, has_arrived(world.status, world.record.generation)
    world.command(partial(commands.edit, replace(world.record.spec, timeframe="5m")))
    world.settle()

    assert labels == (O.RUNNING, True)
    assert world.status.observed is O.STOPPING


def test_a_stop_waits_for_its_orders_no_longer_than_it_was_told(world: World) -> None:
    running(world)
    world.closing = True
    world.command(stop(timeout_s=5))
    world.settle()
    world.end(None)
    world.settle()
    waiting = world.status.observed
    world.now += timedelta(seconds=5)
    world.settle()

    assert waiting is O.STOPPING
    assert world.status.observed is O.STOPPED


def test_a_bot_that_is_never_restarted_fails_with_its_first_crash(world: World) -> None:
    world.record = record(spec=replace(world.record.spec, restart=Restart(policy=RestartPolicy.NEVER)))
    running(world).end(crash())
    world.settle()

    assert world.status.observed is O.FAILED


def test_a_quarantined_bot_stays_failed_over_several_boots() -> None:
    machine = LifecycleMachine()
    for change in (commands.start, commands.restart):
        machine.command(change)
        machine.look()
    machine.let_time_pass(11.0)
    machine.look()
    for _ in range(2):
        machine.die_and_boot()
        machine.a_restart_has_arrived_only_with_a_new_run()

    assert machine.world.status.observed is O.FAILED
