"""The thread that asks the event loop for a sign of life, names what holds it up, and in the service ends a process that stands still.

It reads stacks; it cancels nothing. Code that never lets go of the interpreter's lock keeps this thread out as well: systemd's watchdog
(`WatchdogSec`) is for that.
"""

import asyncio
import faulthandler
import itertools
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, NoReturn

from styrman.config import WatchdogSettings
from styrman.log import get_logger
from styrman.manager.culprit import Severity, StallReport, find_culprit, is_at_work
from styrman.manager.systemd import Notifier

EXIT_STALLED: Final = 70  # EX_SOFTWARE of sysexits.h
STALLS_KEPT: Final = 20
LAGS_KEPT: Final = 120  # a minute of answers, where the loop mostly waits
ASK_WAITING_S: Final = 0.5

_log = get_logger()


class Watchdog:
    """Watches the loop that `start` is called on, from a thread of its own, until `stop`."""

    def __init__(
        self,
        settings: WatchdogSettings,
        *,
        on_stall: Callable[[StallReport], None] | None = None,
        on_abort: Callable[[StallReport], None] | None = None,
        healthy: Callable[[], bool] = lambda: True,
        notifier: Notifier | None = None,
    ) -> None:
        """`on_stall` is called on the loop when a stall is over. `on_abort` is called on the watchdog's thread, the loop standing still,
        before the process ends with code 70; it must return by itself. None (embedded): the process is never ended. `healthy` is asked
        on the watchdog's thread whether systemd may be told that all is well.
        """
        self.stalls: deque[StallReport] = deque(maxlen=STALLS_KEPT)
        self._settings, self._on_stall, self._on_abort = settings, on_stall, on_abort
        self._healthy, self._notifier = healthy, notifier
        self._alive_due = 0.0
        self._lags: deque[float] = deque([0.0], maxlen=LAGS_KEPT)
        self._answered, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def loop_lag_ms(self) -> float:
        """How late the loop gave its last sign of life."""
        return self._lags[-1] * 1000

    @property
    def loop_lag_max_ms(self) -> float:
        """The worst of its last signs of life."""
        return max(tuple(self._lags)) * 1000

    def start(self) -> None:
        """Begin to watch the running loop."""
        self._loop, self._loop_thread = asyncio.get_running_loop(), threading.get_ident()
        self._thread = threading.Thread(target=self._watch, name="styrman-watchdog", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Return once the thread has ended."""
        self._stopping.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _watch(self) -> None:
        ask_due = 0.0
        while not self._stopping.wait(self._settings.sample_s) and not self._loop.is_closed():
            # To wake a loop that waits costs more than all the rest of this thread: it is looked at each time, and asked now and then.
            if time.monotonic() >= ask_due or is_at_work(self._loop, self._loop_thread):
                self._ask()
                ask_due = time.monotonic() + ASK_WAITING_S
            self._tell_systemd()

    def _ask(self) -> None:
        """Ask the loop for a sign of life and stay with it until it comes, reporting each time the stall gets worse."""
        self._answered.clear()
        asked = time.monotonic()
        self._loop.call_soon_threadsafe(self._answer, asked)
        worst: StallReport | None = None
        for waits in itertools.count(1):
            if self._answered.wait(self._settings.sample_s):
                break
            severity = self._severity(time.monotonic() - asked, waits * self._settings.sample_s)
            if severity is not None and (worst is None or severity > worst.severity):
                worst = self._report(severity, asked) or worst
        if worst is not None:
            self._close(replace(worst, seconds=self._lags[-1]))

    def _answer(self, asked: float) -> None:
        self._lags.append(time.monotonic() - asked)
        self._answered.set()

    def _severity(self, age_s: float, waited_s: float) -> Severity | None:
        """`waited_s` counts our own waits at their planned length: a process that was suspended for a minute is not ended for it."""
        if waited_s >= self._settings.abort_s and self._on_abort is not None:
            return Severity.ABORT
        if age_s >= self._settings.error_s:
            return Severity.ERROR
        return Severity.WARNING if age_s >= self._settings.warn_s else None

    def _report(self, severity: Severity, asked: float) -> StallReport | None:
        """Log and keep who holds the loop; None where nobody does: it only hasn't come round yet."""
        culprit = find_culprit(self._loop, self._loop_thread)
        if culprit is None:
            return None
        report = StallReport(at=datetime.now(UTC), seconds=time.monotonic() - asked, severity=severity, culprit=culprit)
        level = "warning" if severity is Severity.WARNING else "error"
        fields = {"bot_id": report.bot_id} if report.bot_id else {}
        stack = "\n".join(culprit.stack)
        getattr(_log, level)("event loop stands still", task=culprit.task, seconds=round(report.seconds, 3), stack=stack, **fields)
        if severity is Severity.ABORT:
            self._abort(report)
        return report

    def _abort(self, report: StallReport) -> NoReturn:
        try:
            if self._on_abort is not None:
                self._on_abort(report)
        except Exception as error:  # noqa: BLE001 - whatever it is, the process must end
            _log.critical("the culprit could not be recorded", task=report.culprit.task, error=error)
        finally:
            with suppress(Exception):  # there may be no stderr to write to
                faulthandler.dump_traceback(all_threads=True)
                logging.shutdown()
            os._exit(EXIT_STALLED)

    def _close(self, report: StallReport) -> None:
        """Keep a stall that is over, and tell it."""
        self.stalls.append(report)
        if self._on_stall is not None:
            self._loop.call_soon_threadsafe(self._on_stall, report)

    def _tell_systemd(self) -> None:
        notifier, now = self._notifier, time.monotonic()
        if notifier is None or notifier.alive_every_s is None or now < self._alive_due:
            return
        self._alive_due = now + notifier.alive_every_s
        if self._is_healthy():
            notifier.alive()

    def _is_healthy(self) -> bool:
        try:
            return self._healthy()
        except Exception as error:  # noqa: BLE001 - this thread must live on; who can't tell that he is well, is not
            _log.error("health could not be told", error=error)
            return False
