"""The manager's end of one worker process: starts it, gives it one request at a time, kills it. Decides nothing about how many."""

import asyncio
import os
import pickle
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Self

from styrman.compute.wire import LENGTH, MAX_ANSWER_BYTES, Answer, Body, Message, Printed, Request, Sender, decode_message
from styrman.errors import ComputeTimeout, StrategyError, WorkerDied
from styrman.log import get_logger

START_S = 60.0  # a start takes a quarter of a second of processor time, which a busy machine may not have
MAX_SLOTS = 50_000  # things that a worker keeps; one that holds more is replaced
_LAST_WORDS_BYTES = 65_536  # what a pipe holds
_LAST_WORDS = 500  # characters of it that are told
# One thread per worker: the workers share the cores among them.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")

log = get_logger()


class Worker:
    """A process that runs what users bring. Killed where a call is late or given up; never asked again once it has failed."""

    def __init__(self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: int) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._words = words
        self._sender = Sender()
        self._fit = True
        self.epitaph = ""  # how it died

    @classmethod
    async def start(cls, memory_bytes: int) -> Self:
        """Return a worker that is ready. WorkerDied says what it said last."""
        ours, theirs = socket.socketpair()
        words, words_end = os.pipe()
        os.set_blocking(words, False)
        os.set_blocking(words_end, False)  # nobody reads until it dies: what is too much is lost, and blocks nothing
        with theirs:
            process = _spawn(theirs.fileno(), words_end, memory_bytes)
        os.close(words_end)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        worker = cls(process, reader, writer, words)
        try:
            async with asyncio.timeout(START_S):
                await worker._receive()
        except BaseException as error:
            await worker.end()
            if isinstance(error, EOFError | TimeoutError):
                raise WorkerDied(f"A worker process could not start: {worker.epitaph}") from error
            raise
        return worker

    @property
    def is_fit(self) -> bool:
        """Whether it can take another request."""
        return self._fit and not self._reader.at_eof()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def call(self, request: Request, deadline_s: float) -> Body:
        """Return the answer, or raise it. ComputeTimeout, WorkerDied: the process is dead. Given up by its caller, it is killed."""
        owner = request.bundle.owner
        fit, self._fit = self._fit, False  # until it has answered
        try:
            async with asyncio.timeout(deadline_s):
                self._writer.write(self._sender.encode(request))
                await self._writer.drain()
                answer = await self._answer(owner)
        except TimeoutError:
            self.kill()
            raise ComputeTimeout(f"{request.bundle.work.name!r} did not return within {deadline_s:g} s; its worker was killed.") from None
        except (EOFError, ConnectionError):
            await self.end()
            raise WorkerDied(f"The worker that ran {request.bundle.work.name!r} died: {self.epitaph}") from None
        except pickle.UnpicklingError as error:
            raise StrategyError(f"What {request.bundle.work.name!r} returned can't be read: {error}.") from None
        self._fit = fit and not answer.worn_out and len(self._sender) < MAX_SLOTS
        return answer.body

    async def _answer(self, owner: str) -> Answer:
        while True:
            match await self._receive():
                case Printed(text):
                    log.info(text, bot_id=owner, printed=True)
                case Answer() as answer:
                    return answer

    async def _receive(self) -> Message:
        (size,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
        if size > MAX_ANSWER_BYTES:
            raise pickle.UnpicklingError(f"{size} bytes are more than {MAX_ANSWER_BYTES}")
        return decode_message(await self._reader.readexactly(size))

    def kill(self) -> None:
        """Kill it, and what it has started, at once."""
        self._fit = False
        if self._process.returncode is None:  # not reaped yet: its number is still its own
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def end(self) -> None:
        """Kill it and return when it is gone. Idempotent."""
        self.kill()
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()
        await asyncio.to_thread(self._process.wait)
        if not self.epitaph:
            self.epitaph = f"{_cause(self._process.returncode)}{_last_words(self._words, self._process.returncode)}."
            if self._process.stdin is not None:
                self._process.stdin.close()


def _spawn(socket_fd: int, words_fd: int, memory_bytes: int) -> subprocess.Popen[bytes]:
    """Start the process in a group of its own, away from our Ctrl-C and from our settings, with our import path."""
    arguments = [socket_fd, os.getpid(), memory_bytes]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STYRMAN_")}  # tokens and credentials stay here
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-P", "-X", "faulthandler", "-m", "styrman.compute.worker_main", *map(str, arguments)],
        env=_ONE_THREAD | kept | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,  # its lifeline: it leaves when this closes
        stdout=words_fd,
        stderr=words_fd,
        pass_fds=(socket_fd,),
        process_group=0,
    )


def _cause(code: int) -> str:
    if code >= 0:
        return f"it ended with exit code {code}"
    return f"it was killed by {signal.Signals(-code).name}"


def _last_words(words: int, code: int) -> str:
    """Return what it wrote past Python's stdout: of a crash the beginning, of a failed start's traceback the end. Closes the pipe."""
    with os.fdopen(words, "rb", buffering=0) as pipe:
        said = (pipe.read(_LAST_WORDS_BYTES) or b"").decode(errors="replace").strip()
    told = said[:_LAST_WORDS] if code < 0 else said[-_LAST_WORDS:]
    return f"; it said: {told}" if told else ""
