"""The watchdog on real loops that really stand still. A busy wait is the fault that is injected."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from styrman.config import WatchdogSettings
from styrman.manager.culprit import Severity, StallReport
from styrman.manager.systemd import Notifier
from styrman.manager.watchdog import EXIT_STALLED, Watchdog

QUICK = WatchdogSettings(sample_s=0.01, warn_s=0.04, error_s=0.6, abort_s=0.7)
CHILD = Path(__file__).parent / "stalling_child.py"


def block(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


async def stall(seconds: float) -> None:
    block(seconds)


@asynccontextmanager
async def watched(**options: Callable[[], bool] | Notifier) -> AsyncIterator[tuple[Watchdog, "asyncio.Queue[StallReport]"]]:
    over: asyncio.Queue[StallReport] = asyncio.Queue()
    watchdog = Watchdog(QUICK, on_stall=over.put_nowait, **options)  # type: ignore[arg-type] # either option, by its name
    watchdog.start()
    try:
        async with asyncio.timeout(10):
            yield watchdog, over
    finally:
        await watchdog.stop()


async def test_a_stall_names_the_task_the_bot_and_the_line() -> None:
    async with watched() as (watchdog, over):
        await asyncio.create_task(stall(0.2), name="bot:b1")
        report = await over.get()

    assert (report.culprit.task, report.bot_id, report.severity) == ("bot:b1", "b1", Severity.WARNING)
    assert "in block: while time.monotonic() < until:" in report.culprit.stack[-1]
    assert "in stall" in report.culprit.stack[-2]
    assert 0.1 <= report.seconds < 2
    assert list(watchdog.stalls) == [report]
    assert watchdog.loop_lag_max_ms == report.seconds * 1000


async def test_a_long_stall_is_one_report_and_an_error() -> None:
    async with watched() as (watchdog, over):
        await asyncio.create_task(stall(2), name="bot:b1")
        report = await over.get()

    assert report.severity is Severity.ERROR
    assert len(watchdog.stalls) == 1


async def test_a_callback_outside_any_task_is_named_by_its_function() -> None:
    async with watched() as (_, over):
        asyncio.get_running_loop().call_soon(block, 0.2)
        report = await over.get()

    assert (report.culprit.task, report.bot_id) == ("block", None)


async def test_a_callback_that_waits_for_something_else_is_named() -> None:
    """Its innermost frame is the selectors module, as in a loop that waits."""

    def run_a_program() -> None:
        subprocess.run([sys.executable, "-c", "import select; select.select([], [], [], 0.2)"], check=True, capture_output=True)

    async with watched() as (_, over):
        asyncio.get_running_loop().call_soon(run_a_program)
        report = await over.get()

    assert any("in run_a_program" in line for line in report.culprit.stack)


async def test_a_task_without_a_name_is_told_by_its_coroutine() -> None:
    async with watched() as (_, over):
        await asyncio.create_task(stall(0.2))
        report = await over.get()

    assert report.culprit.task.endswith("(stall)")


async def test_a_loop_that_waits_is_not_a_stall() -> None:
    async with watched() as (watchdog, over):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await over.get()

    assert not watchdog.stalls


async def test_an_embedded_loop_is_never_ended_however_long_it_stands() -> None:
    async with watched() as (_, over):
        await asyncio.create_task(stall(0.9), name="host")

        assert (await over.get()).severity is Severity.ERROR


def child(mode: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, str(CHILD), mode], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_service_that_stands_still_records_the_culprit_and_ends() -> None:
    process = child("stall")
    out, err = process.communicate(timeout=20)

    assert process.returncode == EXIT_STALLED
    assert out == "abort bot:b7\n"
    assert "in hang" in err


def test_a_culprit_that_cannot_be_recorded_ends_the_service_all_the_same() -> None:
    process = child("stall-unrecorded")
    process.communicate(timeout=20)

    assert process.returncode == EXIT_STALLED


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="the system can't suspend a process")
def test_a_suspended_service_goes_on_when_it_is_woken() -> None:
    process = child("work")
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGSTOP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.0)
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate("end\n", timeout=20)

    assert (process.returncode, out.splitlines()[-1]) == (0, "ended"), err


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


def notifier_to(systemd: socket.socket, period_s: float) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": str(int(period_s * 1e6)), "WATCHDOG_PID": str(os.getpid())})


def heard(systemd: socket.socket) -> list[bytes]:
    messages = []
    with suppress(BlockingIOError):
        while True:
            messages.append(systemd.recv(100))
    return messages


def test_systemd_hears_that_the_service_is_ready_and_that_it_stops(systemd: socket.socket) -> None:
    notifier = notifier_to(systemd, 1.0)
    notifier.ready()
    notifier.stopping()

    assert heard(systemd) == [b"READY=1", b"STOPPING=1"]


def test_a_service_manager_that_is_gone_hurts_nobody(systemd: socket.socket) -> None:
    notifier = notifier_to(systemd, 1.0)
    systemd.close()

    notifier.ready()


def test_without_systemd_nobody_waits_for_a_sign_of_life() -> None:
    assert Notifier({}).alive_every_s is None
    assert Notifier({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "5", "WATCHDOG_PID": "1"}).alive_every_s is None


async def test_systemd_hears_that_a_healthy_loop_is_alive(systemd: socket.socket) -> None:
    async with watched(notifier=notifier_to(systemd, 0.04)):
        for _ in range(3):
            assert await asyncio.get_running_loop().sock_recv(systemd, 100) == b"WATCHDOG=1"


@pytest.mark.parametrize("fault", [lambda: False, lambda: bool(1 // 0)], ids=["unhealthy", "raises"])
async def test_systemd_hears_nothing_of_an_unhealthy_service(systemd: socket.socket, fault: Callable[[], bool]) -> None:
    loop, asked = asyncio.get_running_loop(), asyncio.Semaphore(0)

    def healthy() -> bool:
        loop.call_soon_threadsafe(asked.release)
        return fault()

    async with watched(notifier=notifier_to(systemd, 0.02), healthy=healthy):
        for _ in range(3):
            await asked.acquire()

    assert heard(systemd) == []


async def test_systemd_hears_nothing_while_the_loop_stands_still(systemd: socket.socket) -> None:
    async with watched(notifier=notifier_to(systemd, 0.02)):
        await asyncio.get_running_loop().sock_recv(systemd, 100)
        heard(systemd)
        block(0.3)

        assert len(heard(systemd)) <= 1
