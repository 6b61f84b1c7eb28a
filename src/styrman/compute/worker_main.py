"""A worker process: answers one request at a time until its parent goes. It trusts its parent and shields it from the code."""

import os
import resource
import signal
import socket
import sys
import threading
from contextlib import suppress
from pathlib import Path

from styrman.compute.channel import Channel, Echo
from styrman.compute.host import Host
from styrman.compute.wire import Ready, encode_message

_PR_SET_PDEATHSIG = 1
_STDIN = 0


def main(socket_fd: int, parent: int, memory_bytes: int) -> None:
    """Serve the parent behind `socket_fd`; leave when it is gone."""
    _die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the manager, which ends us when it has
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    channel = Channel(socket.socket(fileno=socket_fd))
    echo = Echo(channel)
    sys.stdout = sys.stderr = echo
    limit = address_space() + memory_bytes
    with suppress(ValueError, OSError):  # macOS knows the limit but does not keep it
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    host = Host(is_bloated=lambda: address_space() > limit - memory_bytes // 2, relieve=_lift_limit)
    channel.send(encode_message(Ready()))
    while (request := channel.receive()) is not None:
        answer = host.answer(request)
        echo.finish()
        channel.send(answer)


def address_space() -> int:
    """Return the bytes of address space that this process holds; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split(maxsplit=1)[0]) * resource.getpagesize()
    except FileNotFoundError:
        return 0


def _die_with(parent: int) -> None:
    """End with the parent, whatever the code does then: at the end of the pipe on stdin, and on Linux by the kernel's hand."""
    threading.Thread(target=_leave_at_end_of_stdin, name="lifeline", daemon=True).start()
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - of use on Linux alone

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(0)


def _leave_at_end_of_stdin() -> None:
    os.read(_STDIN, 1)
    os._exit(0)


def _lift_limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
