"""The worker's end of the socket to its parent, and what stands in for its stdout. Knows nothing of what it carries."""

import io
import socket
import threading

from styrman.compute.wire import LENGTH, Printed, Request, decode_request, encode_message

MAX_LINES = 100  # printed lines passed on per request
MAX_LINE = 1_000  # characters of each


class Channel:
    """Messages out, requests in. Several threads may send: the code's may print."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._sending = threading.Lock()

    def send(self, message: bytes) -> None:
        """Write an encoded message."""
        with self._sending:
            self._sock.sendall(message)

    def receive(self) -> Request | None:
        """Return the next request; None where the parent has closed."""
        head = self._read(LENGTH.size)
        return decode_request(self._read(*LENGTH.unpack(head))) if head else None

    def _read(self, size: int) -> bytes:
        body = bytearray(size)
        rest = memoryview(body)
        while rest:
            count = self._sock.recv_into(rest)
            if not count:
                return b""
            rest = rest[count:]
        return bytes(body)


class Echo(io.TextIOBase):
    """Passes printed lines on to the bot's log, so many per request."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._rest = ""
        self._left = MAX_LINES

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Pass on the lines that are complete."""
        *lines, rest = (self._rest + text).split("\n")
        self._rest = rest[:MAX_LINE]
        for line in [line for line in lines if line][: self._left]:
            self._left -= 1
            self._channel.send(encode_message(Printed(line[:MAX_LINE] if self._left else "What it prints further is left out.")))
        return len(text)

    def finish(self) -> None:
        """Pass on what is left of one request's output; the next one may print as much again."""
        if self._rest:
            self.write("\n")
        self._left = MAX_LINES
