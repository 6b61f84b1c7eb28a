"""Restarts are paced per venue, and in a storm one probe goes first."""

import pytest

from styrman.clock import ManualClock
from styrman.manager.pacing import PROBE_TIMEOUT_S, VenuePace


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def pace(clock: ManualClock) -> VenuePace:
    return VenuePace(10, clock, bots=lambda venue: 100 if venue == "big" else 10)


async def test_ten_restarts_a_second_and_no_more(pace: VenuePace, clock: ManualClock) -> None:
    at_once = sum(pace.allows("sim") for _ in range(50))
    await clock.advance(0.5)
    later = sum(pace.allows("sim") for _ in range(50))

    assert (at_once, later) == (10, 5)


async def test_one_venue_does_not_pay_for_another(pace: VenuePace) -> None:
    assert sum(pace.allows("sim") for _ in range(50)) == sum(pace.allows("big") for _ in range(50)) == 10


async def test_a_fifth_of_the_venues_bots_makes_a_storm(pace: VenuePace) -> None:
    for _ in range(19):
        pace.crashed("big")
    calm = pace.is_storm("big")
    pace.crashed("big")

    assert not calm
    assert pace.is_storm("big")


async def test_a_few_crashes_of_a_few_bots_are_no_storm(pace: VenuePace) -> None:
    for _ in range(4):
        pace.crashed("sim")

    assert not pace.is_storm("sim")


async def test_crashes_long_apart_are_no_storm(pace: VenuePace, clock: ManualClock) -> None:
    for _ in range(20):
        pace.crashed("sim")
        await clock.advance(10)

    assert not pace.is_storm("sim")


async def test_in_a_storm_one_probe_goes_until_one_succeeds(pace: VenuePace, clock: ManualClock) -> None:
    for _ in range(5):
        pace.crashed("sim")
    probes = sum(pace.allows("sim") for _ in range(50))
    pace.crashed("sim")
    again = sum(pace.allows("sim") for _ in range(50))
    await clock.advance(PROBE_TIMEOUT_S)
    lost = sum(pace.allows("sim") for _ in range(50))
    pace.succeeded("sim")
    over = sum(pace.allows("sim") for _ in range(50))

    assert (probes, again, lost, over) == (1, 1, 1, 10)
