"""How a command ends: the exit codes, and the failures that carry one."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script can tell from a command's end."""

    OK = 0
    FAILED = 1  # the service said no for a reason that has no code of its own, or something broke here
    USAGE = 2  # the command line itself is wrong
    UNREACHABLE = 3  # no answer, or not now
    DENIED = 4  # no token, a wrong one, or too many wrong ones
    NOT_FOUND = 5
    CONFLICT = 6  # the state doesn't allow it, or somebody else was quicker
    TIMED_OUT = 7  # the command holds, but what was waited for hasn't come
    PARTLY = 8  # of several, some failed
    INTERRUPTED = 130  # Ctrl-C: 128 + SIGINT
    PIPE_CLOSED = 141  # the reader of our output went away: 128 + SIGPIPE


_BY_STATUS = {
    401: ExitCode.DENIED,
    403: ExitCode.DENIED,
    404: ExitCode.NOT_FOUND,
    408: ExitCode.TIMED_OUT,
    409: ExitCode.CONFLICT,
    412: ExitCode.CONFLICT,
    429: ExitCode.DENIED,
    502: ExitCode.UNREACHABLE,
    503: ExitCode.UNREACHABLE,
}


def exit_code(status: int) -> ExitCode:
    """Return the exit code that stands for an HTTP status of 400 or more."""
    return _BY_STATUS.get(status, ExitCode.FAILED)


class Failure(Exception):
    """The command ends here, with these lines on stderr and this code."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class UsageFailure(Failure):
    """What was asked for makes no sense as it stands; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.USAGE)
