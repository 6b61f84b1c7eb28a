"""A venue that refuses our key: its bots fail at once and say which credential, its account is held, and nobody else waits."""

from pathlib import Path

from styrman import Plan
from styrman.domain.bots import Observed
from styrman.domain.market import Side
from styrman.domain.orders import OrderType, WorkingOrder
from styrman.errors import AuthenticationFailed, ErrorClass, VenueUnavailable
from unit.manager.manager_rig import ManagerRig
from unit.trading.lossy_venue import BTC, Fault

REFUSED = AuthenticationFailed("The key of credential 'main' was refused.")
BUY = Plan(orders=(WorkingOrder(key="k", instrument=BTC, side=Side.BUY, quantity="1", type=OrderType.MARKET),))  # type: ignore[arg-type] # plain words are taken


async def test_wrong_keys_at_boot_fail_the_bots_of_that_account_alone(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path, venues=("sim", "other")) as rig:
        await rig.run("b1")
        await rig.create("b2")
        await rig.run("b3", venue="other")
        rig.venue.away = REFUSED
        await rig.crash()
        await rig.until_observed("b1", Observed.FAILED, within_s=2)
        await rig.until_observed("b3", Observed.RUNNING, within_s=2)
        status = rig.manager.state.peek("b1")
        await rig.manager.start_bot("b2")
        await rig.clock.advance(5)
        held, why = rig.observed("b2"), rig.manager._engine.holds.of_account("sim")

        assert status is not None
        assert status[1].last_error is not None
        assert status[1].last_error.error_class is ErrorClass.AUTH
        assert "credential 'main'" in status[1].last_error.message
        assert held is Observed.STOPPED
        assert why is not None
        assert rig.manager._engine.venues.troubles == {"sim": REFUSED.detail}


async def test_a_mended_key_works_as_soon_as_a_bot_is_started(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1")
        await rig.create("b2")
        rig.venue.away = REFUSED
        await rig.crash()
        await rig.until_observed("b1", Observed.FAILED)
        await rig.manager.start_bot("b2")
        await rig.manager.start_bot("b1")
        await rig.clock.advance(5)
        still = rig.observed("b1")
        rig.venue.away = None
        await rig.manager.start_bot("b1")
        await rig.until_observed("b1", Observed.RUNNING, within_s=5)
        await rig.until_observed("b2", Observed.RUNNING, within_s=5)

        assert still is Observed.FAILED


async def test_a_mended_key_is_found_by_itself_and_lifts_the_hold(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1")
        await rig.create("b2")
        rig.venue.away = REFUSED
        await rig.crash()
        await rig.until_observed("b1", Observed.FAILED)
        await rig.manager.start_bot("b2")
        await rig.clock.advance(5)
        rig.venue.away = None
        await rig.until_observed("b2", Observed.RUNNING, within_s=70)

        assert rig.observed("b1") is Observed.FAILED, "it waits for a person"


async def test_a_key_that_is_refused_at_a_send_fails_the_bot_at_once_and_holds_the_others(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        await rig.create("b2")
        rig.venue.faults.append(Fault.KEY_REFUSED)
        await rig.run("b1", BUY)
        await rig.until_observed("b1", Observed.FAILED, within_s=5)
        await rig.manager.start_bot("b2")
        await rig.clock.advance(3)

        assert rig.observed("b2") is Observed.STOPPED
        assert rig.venue.requests.total() == 1


async def test_a_refused_instrument_fails_the_bot_and_holds_nobody(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        rig.venue.faults.append(Fault.REFUSED)
        await rig.run("b1", BUY)
        await rig.until_observed("b1", Observed.FAILED, within_s=5)
        await rig.run("b2")

        assert rig.observed("b2") is Observed.RUNNING


async def test_a_clock_that_is_refused_twice_backs_the_bot_off(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        rig.venue.faults.extend([Fault.SKEWED, Fault.SKEWED])
        await rig.run("b1", BUY)
        await rig.clock.advance(2)
        once = rig.observed("b1")
        await rig.until(lambda: rig.observed("b1") is Observed.BACKOFF)
        await rig.until(lambda: rig.position("b1") == 1)

        assert once is Observed.RUNNING
        assert rig.venue.placed.total() == 1


async def test_an_adapter_that_breaks_while_it_is_followed_is_followed_again(tmp_path: Path) -> None:
    """What it raises is nobody's plan; an account that nobody follows would be blind."""
    async with ManagerRig(tmp_path) as rig:
        await rig.run("b1", Plan(orders=(WorkingOrder(key="k", instrument=BTC, side=Side.BUY, quantity="1", price="90"),)))  # type: ignore[arg-type] # plain words
        await rig.until(lambda: bool(rig.venue.working))
        rig.venue.break_streams(KeyError("executionReport"))
        await rig.clock.advance(0.5)
        rig.venue.trade(rig.venue.working[0])
        await rig.until(lambda: rig.position("b1") == 1, within_s=10)


async def test_orders_that_were_left_open_count_as_unresolved_until_their_account_is_recovered(tmp_path: Path) -> None:
    async with ManagerRig(tmp_path) as rig:
        rest = WorkingOrder(key="k", instrument=BTC, side=Side.BUY, quantity="1", price="90")  # type: ignore[arg-type] # plain words are taken
        await rig.run(plan=Plan(orders=(rest,)))
        await rig.until(lambda: bool(rig.venue.working))
        before = (await rig.manager.get_status("b1")).unresolved_orders
        rig.venue.away = VenueUnavailable("away")
        await rig.crash()
        meanwhile = (await rig.manager.get_status("b1")).unresolved_orders
        rig.venue.away = None
        await rig.until_observed("b1", Observed.RUNNING)

        assert (before, meanwhile) == (0, 1)
        assert (await rig.manager.get_status("b1")).unresolved_orders == 0
