"""Sessions: what a browser is let in with, for how long, and what of it lies on the disk."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from styrman.access import TokenFile, ensure_token, reset_token
from styrman.access.sessions import DAY_S, LIFE_S, MOST, SESSIONS_FILE, Session, Sessions
from styrman.clock import ManualClock

SEAL = "5" * 64
DAY = DAY_S


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def sessions(home: Path, clock: ManualClock, seal: str = SEAL) -> Sessions:
    return Sessions(home, seal=lambda: seal, now=clock.timestamp)


async def begun(kept: Sessions) -> tuple[str, Session]:
    return await kept.begin(kept.seal())


async def test_a_session_is_found_by_its_id_and_by_nothing_else(tmp_path: Path, clock: ManualClock) -> None:
    kept = sessions(tmp_path, clock)
    opaque, session = await begun(kept)
    other, _ = await begun(kept)
    tried = [await kept.find(wrong) for wrong in ("", opaque[:-1], opaque + "x", opaque.swapcase(), session.hash, "\udcff")]

    assert await kept.find(opaque) == session
    assert len(opaque) >= 43
    assert opaque != other
    assert tried == [None] * 6


async def test_the_file_lets_nobody_in_and_is_its_owners_alone(tmp_path: Path, clock: ManualClock) -> None:
    opaque, session = await begun(sessions(tmp_path, clock))
    file = tmp_path / SESSIONS_FILE
    text = file.read_text()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert opaque not in text
    assert session.hash in text


async def test_a_session_survives_the_death_of_the_process(tmp_path: Path, clock: ManualClock) -> None:
    opaque, session = await begun(sessions(tmp_path, clock))

    assert await sessions(tmp_path, clock).find(opaque) == session


async def test_another_token_voids_all_sessions_and_a_new_one_does_not_bring_them_back(tmp_path: Path, clock: ManualClock) -> None:
    opaque, session = await begun(sessions(tmp_path, clock))
    after = sessions(tmp_path, clock, seal="6" * 64)
    voided = await after.find(opaque), after.lasts(session)
    newer, _ = await begun(after)

    assert voided == (None, False)
    assert await after.find(opaque) is None
    assert await after.find(newer) is not None
    assert await sessions(tmp_path, clock).find(opaque) is None


async def test_a_reset_of_the_token_reaches_the_running_service(tmp_path: Path, clock: ManualClock) -> None:
    ensure_token(tmp_path)
    tokens = TokenFile(tmp_path, clock.monotonic)
    kept = Sessions(tmp_path, seal=tokens.hash, now=clock.timestamp)
    opaque, session = await begun(kept)
    reset_token(tmp_path)
    await clock.advance(TokenFile.LOOK_EVERY_S)

    assert await kept.find(opaque) is None
    assert not kept.lasts(session)


async def test_no_token_no_session(tmp_path: Path, clock: ManualClock) -> None:
    """As long as the token's hash could not be read, nobody is let in."""
    kept = sessions(tmp_path, clock, seal="")
    opaque, _ = await begun(kept)

    assert await kept.find(opaque) is None


async def test_an_ended_session_is_void_at_once_and_after_a_restart(tmp_path: Path, clock: ManualClock) -> None:
    kept = sessions(tmp_path, clock)
    opaque, session = await begun(kept)
    other, _ = await begun(kept)
    await kept.end(session)

    for each in (kept, sessions(tmp_path, clock)):
        assert await each.find(opaque) is None
        assert await each.find(other) is not None
        assert not each.lasts(session)


async def test_thirty_days_unused_end_a_session(tmp_path: Path, clock: ManualClock) -> None:
    kept = sessions(tmp_path, clock)
    opaque, session = await begun(kept)
    await clock.advance(LIFE_S)

    assert not kept.lasts(session)
    assert await kept.find(opaque) is None
    assert await sessions(tmp_path, clock).find(opaque) is None


async def test_use_prolongs_a_session_over_a_restart_too(tmp_path: Path, clock: ManualClock) -> None:
    opaque, _ = await begun(sessions(tmp_path, clock))
    for _ in range(4):
        await clock.advance(20 * DAY)
        found = await sessions(tmp_path, clock).find(opaque)

        assert found is not None
        assert found.expires == clock.timestamp() + LIFE_S


async def test_use_writes_once_a_day_at_most(tmp_path: Path, clock: ManualClock) -> None:
    kept = sessions(tmp_path, clock)
    opaque, _ = await begun(kept)
    written = set[int]()
    for _ in range(3 * 24):
        await clock.advance(DAY / 24)
        await asyncio.gather(*(kept.find(opaque) for _ in range(3)))
        written.add((tmp_path / SESSIONS_FILE).stat().st_ino)

    assert len(written) <= 4  # as begun, and once for each of three days


async def test_a_session_from_a_clock_that_ran_ahead_does_not_last_for_years(tmp_path: Path, clock: ManualClock) -> None:
    ahead = ManualClock()
    await ahead.advance(365 * DAY)
    opaque, _ = await begun(sessions(tmp_path, ahead))

    assert await sessions(tmp_path, clock).find(opaque) is None


async def test_the_longest_unused_makes_room(tmp_path: Path, clock: ManualClock) -> None:
    kept = sessions(tmp_path, clock)
    opened = []
    for _ in range(MOST + 2):
        opened.append((await begun(kept))[0])
        await clock.advance(1)
    alive = [await sessions(tmp_path, clock).find(opaque) is not None for opaque in opened]

    assert alive == [False] * 2 + [True] * MOST


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '"x"',
        "{}",
        '{"token": "5", "sessions": []}',
        '{"token": "\\ud800", "sessions": []}',
        json.dumps({"token": SEAL, "sessions": {}}),
        json.dumps({"token": SEAL, "sessions": [1]}),
        json.dumps({"token": SEAL, "sessions": [{"hash": "é" * 64, "created": 0, "seen": 0}]}),
        json.dumps({"token": SEAL, "sessions": [{"hash": "5" * 64, "created": 0, "seen": None}]}),
        json.dumps({"token": SEAL, "sessions": [{"hash": "5" * 64, "created": 0, "seen": 10**400}]}),
        "[" * 100_000,
    ],
)
async def test_garbage_in_the_file_is_as_good_as_none(tmp_path: Path, clock: ManualClock, text: str) -> None:
    (tmp_path / SESSIONS_FILE).write_text(text)
    kept = sessions(tmp_path, clock)
    opaque, _ = await begun(kept)

    assert await kept.find("anything") is None
    assert await kept.find(opaque) is not None
    assert await sessions(tmp_path, clock).find(opaque) is not None


@pytest.mark.parametrize("seen", ["NaN", "Infinity", "-Infinity", "1e400"])
async def test_a_time_that_is_none_lets_nobody_in(tmp_path: Path, clock: ManualClock, seen: str) -> None:
    opaque, session = await begun(sessions(tmp_path, clock))
    row = f'{{"hash": "{session.hash}", "created": 0, "seen": {seen}}}'
    (tmp_path / SESSIONS_FILE).write_text(f'{{"token": "{SEAL}", "sessions": [{row}]}}')

    assert await sessions(tmp_path, clock).find(opaque) is None


async def test_an_ill_disk_keeps_nobody_out_and_the_log_is_told(
    tmp_path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    kept = sessions(tmp_path / "file", clock)
    opaque, session = await begun(kept)
    found = await kept.find(opaque)
    await kept.end(session)

    assert found == session
    assert await kept.find(opaque) is None
    assert "sessions not written" in caplog.text
    assert opaque not in caplog.text


async def test_sessions_of_another_token_do_not_come_along_with_a_new_one(tmp_path: Path, clock: ManualClock) -> None:
    """The token is replaced while a browser signs in: who is in by the old one is out, and so is who comes with it."""
    seals = [SEAL]
    kept = Sessions(tmp_path, seal=lambda: seals[-1], now=clock.timestamp)
    early, _ = await begun(kept)
    seals.append("6" * 64)
    late, _ = await kept.begin(SEAL)
    found = [await kept.find(early), await kept.find(late)]
    newer, _ = await begun(kept)

    assert found == [None, None]
    assert [await kept.find(opaque) is not None for opaque in (early, late, newer)] == [False, False, True]


async def test_signing_in_again_ends_the_browsers_earlier_session_and_no_other(tmp_path: Path, clock: ManualClock) -> None:
    kept = sessions(tmp_path, clock)
    earlier, session = await begun(kept)
    other, _ = await begun(kept)
    again, _ = await kept.begin(kept.seal(), instead_of=session)

    assert [await kept.find(opaque) is not None for opaque in (earlier, other, again)] == [False, True, True]
