"""One run of the command line: which service it speaks to, as whom, and how it answers. Sends nothing by itself."""

import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import typer

from styrman.access import Profile, read_profile
from styrman.cli.exits import UsageFailure

if TYPE_CHECKING:
    from styrman.cli.client import Api
    from styrman.cli.output import Printer


class Output(StrEnum):
    """How data is written to stdout."""

    TABLE = "table"  # for people
    JSON = "json"  # one document
    JSONL = "jsonl"  # one line a thing
    YAML = "yaml"
    NAME = "name"  # ids alone, one a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The global options as given; None where one is left out."""

    output: Output | None = None
    url: str | None = None
    token: str | None = None
    home: Path | None = None

    def over(self, weaker: "Choices") -> "Choices":
        """Return these, with the gaps filled from what stood further left on the command line."""
        return Choices(
            output=self.output or weaker.output,
            url=self.url or weaker.url,
            token=self.token or weaker.token,
            home=self.home or weaker.home,
        )


class Session:
    """What every command works with; leaving it closes what it opened. Client and printer are made on first use: they cost imports."""

    def __init__(self, choices: Choices) -> None:
        self._choices = choices.over(_environment())
        self._opened = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def output(self) -> Output:
        """How data is written; a table where nothing else was asked for."""
        return self._choices.output or Output.TABLE

    @property
    def home_given(self) -> Path | None:
        """The home folder that was named by option or environment."""
        return self._choices.home

    @property
    def home(self) -> Path:
        """The home folder of the service on this machine."""
        return (self._choices.home or Path.home() / ".styrman").expanduser().absolute()

    @cached_property
    def profile(self) -> Profile:
        """The address and the token that the service on this machine left for us."""
        return read_profile(self.home)

    @property
    def url(self) -> str:
        """The service's address: option or environment, the profile, the default port on loopback."""
        return self._choices.url or self.profile.url or f"http://127.0.0.1:{os.environ.get('STYRMAN_PORT') or 8080}"

    @property
    def token(self) -> str | None:
        """The token: option or environment. What was left for this machine's use goes to this machine and the profile's address alone."""
        if self._choices.token:
            return self._choices.token
        trusted = self.url == self.profile.url or is_loopback(self.url)
        return os.environ.get("STYRMAN_ADMIN_TOKEN") or self.profile.token if trusted else None

    @cached_property
    def api(self) -> "Api":
        """The client of the public API."""
        from styrman.cli.client import Api  # noqa: PLC0415 - httpx costs `--help` 140 ms

        api = Api(self.url, self.token)
        self._opened.callback(api.close)
        return api

    @cached_property
    def printer(self) -> "Printer":
        """What writes data to stdout."""
        from styrman.cli.output import Printer  # noqa: PLC0415 - yaml and rich cost `--help` 70 ms

        return Printer(self.output)

    def say(self, message: str) -> None:
        """Write a line for the person, on stderr."""
        typer.echo(message, err=True)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Return if the person agrees; without a terminal and without -y nobody can be asked, and nothing is done."""
        if yes:
            return
        if not sys.stdin.isatty():
            raise UsageFailure(f"{question} Nobody can be asked here; add -y to agree.")
        typer.confirm(question, abort=True, err=True)


def _environment() -> Choices:
    home = os.environ.get("STYRMAN_HOME")
    return Choices(url=os.environ.get("STYRMAN_URL"), token=os.environ.get("STYRMAN_TOKEN"), home=Path(home) if home else None)


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    authority = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return authority.startswith("[::1]") or authority.partition(":")[0] in ("127.0.0.1", "localhost")
