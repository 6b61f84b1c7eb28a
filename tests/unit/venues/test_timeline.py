"""Market time: at a speed of wall time, and as fast as it is read."""

import asyncio
from collections.abc import Callable

import pytest

from styrman.clock import ManualClock
from styrman.venues.simulation.timeline import PacedTimeline, WallTimeline

MINUTE = 60_000


def paced(*, end_ms: int | None = None, may_turn: Callable[[int], bool] = lambda _: True) -> PacedTimeline:
    return PacedTimeline(market_ms=0, end_ms=end_ms, page_ms=MINUTE, may_turn=may_turn)


async def until(condition: Callable[[], bool]) -> None:
    """Let others run for a while, or until the condition holds."""
    for _ in range(100):
        if condition():
            return
        await asyncio.sleep(0)


@pytest.mark.parametrize("speed", [0.5, 1.0, 60.0, 3600.0])
async def test_market_time_is_wall_time_times_speed(speed: float) -> None:
    clock = ManualClock()
    timeline = WallTimeline(clock, market_ms=1000, end_ms=None, speed=speed)

    await clock.advance(2.0)

    assert timeline.now_ms() == 1000 + 2000 * speed


async def test_a_sleeper_wakes_at_its_market_time() -> None:
    clock = ManualClock()
    timeline = WallTimeline(clock, market_ms=0, end_ms=None, speed=60.0)
    with timeline.reading(drives=True) as reader:
        waiting = asyncio.create_task(reader.until(MINUTE), name="reader")
        await clock.advance(0.99)
        early = waiting.done()
        await clock.advance(0.01)

    assert not early
    assert waiting.done()


async def test_market_time_stands_still_at_its_end() -> None:
    clock = ManualClock()
    timeline = WallTimeline(clock, market_ms=0, end_ms=MINUTE, speed=60.0)

    await clock.advance(5.0)

    assert timeline.now_ms() == MINUTE


async def test_a_paced_market_stands_where_nobody_reads() -> None:
    timeline = paced()

    await until(lambda: timeline.now_ms() > 0)

    assert timeline.now_ms() == 0


async def test_a_paced_market_waits_for_its_slowest_reader() -> None:
    timeline = paced()
    with timeline.reading(drives=True) as quick, timeline.reading(drives=True):
        waiting = asyncio.create_task(quick.until(MINUTE), name="quick")
        await until(waiting.done)

        assert timeline.now_ms() == 0
        assert waiting.cancel()


async def test_a_paced_market_turns_when_all_wait() -> None:
    timeline = paced()
    with timeline.reading(drives=True) as one, timeline.reading(drives=True) as other:
        async with asyncio.timeout(5):
            await asyncio.gather(one.until(MINUTE), other.until(MINUTE))

        assert timeline.now_ms() == MINUTE


async def test_a_reader_of_coarse_candles_is_brought_there_page_by_page() -> None:
    timeline = paced()
    pages: list[int] = []
    timeline.on_turn = lambda: pages.append(timeline.now_ms())
    with timeline.reading(drives=True) as reader:
        async with asyncio.timeout(5):
            await reader.until(60 * MINUTE)

    assert pages == [n * MINUTE for n in range(1, 61)]


async def test_one_who_does_not_drive_is_waited_for_but_moves_nothing() -> None:
    timeline = paced()
    with timeline.reading(drives=False) as passenger:
        waiting = asyncio.create_task(passenger.until(MINUTE), name="passenger")
        await until(waiting.done)
        alone = timeline.now_ms()
        with timeline.reading(drives=True) as driver:
            async with asyncio.timeout(5):
                await asyncio.gather(driver.until(MINUTE), waiting)

    assert alone == 0
    assert timeline.now_ms() == MINUTE


async def test_a_reader_that_leaves_is_no_longer_waited_for() -> None:
    timeline = paced()
    slow = timeline.reading(drives=True)
    slow.__enter__()
    with timeline.reading(drives=True) as quick:
        waiting = asyncio.create_task(quick.until(MINUTE), name="quick")
        await asyncio.sleep(0)
        slow.__exit__(None, None, None)
        async with asyncio.timeout(5):
            await waiting

    assert timeline.now_ms() == MINUTE


async def test_a_reader_cancelled_while_it_waits_does_not_block_the_others() -> None:
    timeline = paced()

    async def read() -> None:
        with timeline.reading(drives=True) as reader:
            await reader.until(10 * MINUTE)

    with timeline.reading(drives=True) as other:
        cancelled = asyncio.create_task(read(), name="cancelled")
        await asyncio.sleep(0)
        cancelled.cancel()
        async with asyncio.timeout(5):
            await other.until(5 * MINUTE)

    assert timeline.now_ms() == 5 * MINUTE


async def test_news_hold_a_paced_market_until_they_are_told() -> None:
    held = [True]
    timeline = paced(may_turn=lambda _: not held[0])
    with timeline.reading(drives=True) as reader:
        waiting = asyncio.create_task(reader.until(MINUTE), name="reader")
        await until(waiting.done)
        before = timeline.now_ms()
        held[0] = False
        timeline.turn()
        async with asyncio.timeout(5):
            await waiting

    assert before == 0
    assert timeline.now_ms() == MINUTE


async def test_a_paced_market_ends_with_its_recording() -> None:
    timeline = paced(end_ms=2 * MINUTE)
    with timeline.reading(drives=True) as reader:
        waiting = asyncio.create_task(reader.until(9 * MINUTE), name="reader")
        await until(waiting.done)
        reached = timeline.now_ms()
        timeline.close()
        async with asyncio.timeout(5):
            await waiting

    assert reached == 2 * MINUTE
