"""A service that can't start, or can't go on, says why in one sentence, ends with a code that isn't 0, and does so at once."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from acceptance.service import PROGRAM, Service, environment, idle, until

PROMPT_S = 6.0  # importing alone takes 1 to 2 s on a machine that is busy with the other tests
FULL_MB = 3


@dataclass(frozen=True)
class Ending:
    """How a start that failed ended."""

    code: int
    stdout: str
    stderr: str
    cpu_s: float  # of the processor: what a machine with nothing else to do would have taken


def start(home: Path, *arguments: str, **env: str) -> Ending:
    """Run `styrman up`, which is expected to fail."""
    command = [str(PROGRAM), "up", "--home", str(home), "--no-demo", *(arguments or ("--port", "0"))]
    before = os.times()
    done = subprocess.run(command, env=environment(**env), capture_output=True, text=True, timeout=30, check=False)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return Ending(done.returncode, done.stdout, done.stderr, spent)


def assert_says(ending: Ending, *words: str) -> None:
    """Assert that it ended promptly, with one sentence on stderr that holds these words."""
    lines = ending.stderr.strip().splitlines()

    assert ending.code == 1, ending
    assert ending.stdout == ""
    assert len(lines) == 1, ending.stderr
    assert all(word in lines[0] for word in words), lines[0]
    assert lines[0].endswith("."), lines[0]
    assert ending.cpu_s < PROMPT_S


def test_a_port_in_use_is_named(tmp_path: Path, make_service: Callable[..., Service]) -> None:
    there = make_service().start()

    assert_says(start(tmp_path / "other", "--port", str(there.port)), "127.0.0.1", str(there.port), "--port")


def test_a_home_that_another_process_holds_is_named_with_its_holder(make_service: Callable[..., Service]) -> None:
    there = make_service().start()
    assert there.process is not None

    assert_says(start(there.home), str(there.home), str(there.process.pid))
    assert there.is_ready()


@pytest.mark.parametrize("content", [b"not a database, and never was one\n" * 200, b"SQLite format 3\0" + b"\7" * 8000])
def test_an_unreadable_database_is_named_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    database = tmp_path / "styrman.db"
    database.write_bytes(content)

    assert_says(start(tmp_path), str(database))
    assert database.read_bytes() == content


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("port = = 1", ("config.toml", "line 1")),
        ("prot = 1", ("'prot'", "config.toml")),
        ("[compute]\ndeadline_s = -1", ("'compute.deadline_s'", "greater than 0")),
        ('[venues.sim]\nadapter = "simulated"\nspeed = "fast"', ("venues.sim", "speed")),
        ('[venues.sim]\nadapter = "simulated"\nsource = "nowhere"', ("venues.sim.source", "nowhere")),
        ('[venues.x]\nadapter = "moon"', ("'x'", "'moon'", "simulated")),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, config: str, words: tuple[str, ...]) -> None:
    (tmp_path / "config.toml").write_text(config)

    assert_says(start(tmp_path), *words)


def test_listening_beyond_loopback_in_the_clear_is_refused(tmp_path: Path) -> None:
    assert_says(start(tmp_path, "--host", "0.0.0.0", "--port", "0"), "0.0.0.0", "TLS", "allow_insecure_bind")  # noqa: S104 - refused


def test_a_short_token_is_refused_without_being_shown(tmp_path: Path) -> None:
    ending = start(tmp_path, STYRMAN_ADMIN_TOKEN="too-short-a-secret")

    assert_says(ending, "STYRMAN_ADMIN_TOKEN", "32")
    assert "too-short-a-secret" not in ending.stderr


# ---------------------------------------------------------------- the disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={FULL_MB}m", "tmpfs", folder], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_ends_the_service_and_costs_nothing_that_was_acknowledged(
    small_disk: Path, tmp_path: Path, make_service: Callable[..., Service]
) -> None:
    service = make_service(home=small_disk / "home")
    service.log = tmp_path / "service.log"  # not on the full disk: its last words are what is asked for
    service.start()
    service.apply([idle(f"b{number}", every_s=0.2) for number in range(20)])
    service.operate("start")
    fill(small_disk)
    acknowledged = stop_until_refused(service)
    assert service.process is not None
    code = service.process.wait(20)
    words = service.last_words()
    (small_disk / "filler").unlink()
    service.start()
    bots = service.bots()

    assert code == 1
    assert "journal can't be written" in words
    assert {bot_id: bots[bot_id]["generation"] for bot_id in acknowledged} == acknowledged
    assert {bot["desired"] for bot_id, bot in bots.items() if bot_id not in acknowledged} <= {"RUNNING"}
    until(lambda: not held_up(service), within_s=10, what=lambda: str(held_up(service)))


def held_up(service: Service) -> list[str]:
    return [bot["id"] for bot in service.bots().values() if bot["observed"] != bot["desired"]]


def fill(folder: Path) -> None:
    """Leave no free byte on a disk."""
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def stop_until_refused(service: Service) -> dict[str, int]:
    """Stop one bot after the other until the service refuses; return the generations that it acknowledged."""
    acknowledged: dict[str, int] = {}
    for bot_id in sorted(service.bots()):
        try:
            answer = service.http.post(f"/api/v1/bots/{bot_id}/stop")
        except httpx.TransportError:
            break
        if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            break
        acknowledged[bot_id] = answer.json()["generation"]
    return acknowledged
