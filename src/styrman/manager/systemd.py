"""systemd's notify protocol (sd_notify(3)): ready, stopping, alive. Without NOTIFY_SOCKET nothing is sent."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Notifier:
    """Tells the service manager how we do. No method raises: a service manager that is gone must not stop a bot."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        period_us = int(environ.get("WATCHDOG_USEC", "0")) if ours and self._address else 0
        self.alive_every_s = period_us / 2e6 if period_us else None  # None: nobody waits for `alive`

    def ready(self) -> None:
        """Say that the service serves."""
        self._send("READY=1")

    def stopping(self) -> None:
        """Say that the service is shutting down."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Say that the service makes progress; systemd kills and restarts it where this does not come in time."""
        self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        # A leading @ names a socket of the abstract namespace, which the kernel spells with a zero byte.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.setblocking(False)  # a full socket must not hold up the watchdog
            notify.sendto(message.encode(), address)
