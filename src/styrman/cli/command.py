"""What makes a function a command: the global options before and after its name, one place where failures become exit codes."""

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec

import typer

from styrman.cli.exits import ExitCode, Failure
from styrman.cli.session import Choices, Output, Session
from styrman.errors import StartupError

P = ParamSpec("P")
_PANEL = "Global options"


def _global_options(
    output: Annotated[
        Output | None, typer.Option("--output", "-o", help="How data is written to stdout; else as a table.", rich_help_panel=_PANEL)
    ] = None,
    url: Annotated[str | None, typer.Option(help="The service; else STYRMAN_URL or the profile's.", rich_help_panel=_PANEL)] = None,
    token: Annotated[str | None, typer.Option(help="Bearer token; else STYRMAN_TOKEN or the profile's.", rich_help_panel=_PANEL)] = None,
    home: Annotated[Path | None, typer.Option(help="Home folder; else STYRMAN_HOME or ~/.styrman.", rich_help_panel=_PANEL)] = None,
) -> Choices:
    """Return the global options; this signature is their one declaration."""
    return Choices(output=output, url=url, token=token, home=home)


_GLOBALS = dict(inspect.signature(_global_options).parameters)
_CONTEXT = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)


def command(app: typer.Typer, name: str | None = None) -> Callable[[Callable[Concatenate[Session, P], None]], Callable[..., None]]:
    """Register a function that takes a Session first. Its failures end the process with their exit codes."""

    def register(function: Callable[Concatenate[Session, P], None]) -> Callable[..., None]:
        @wraps(function)
        def call(*, context: typer.Context, **given: object) -> None:
            choices = _global_options(**{key: given.pop(key) for key in _GLOBALS})  # type: ignore[arg-type] # parsed by that very signature
            with ending(), Session(choices.over(_inherited(context))) as session:
                function(session, **given)  # type: ignore[call-arg, arg-type] # parsed by the function's own signature

        _sign(call, list(inspect.signature(function).parameters.values())[1:])
        return app.command(name)(call)

    return register


def group(app: typer.Typer) -> None:
    """Let a group of commands take the global options before the command's name."""

    def keep(*, context: typer.Context, **given: object) -> None:
        choices = _global_options(**given)  # type: ignore[arg-type] # parsed by that very signature
        context.obj = choices.over(_inherited(context))

    _sign(keep, [])
    app.callback()(keep)


@contextmanager
def ending() -> Iterator[None]:
    """End the process by an exit code where the block fails, is interrupted, or its output's reader has gone."""
    try:
        yield
        sys.stdout.flush()
    except Failure as failure:
        _end(failure.message, failure.code)
    except StartupError as error:
        _end(error.detail, ExitCode.FAILED)
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except BrokenPipeError:
        # Python flushes stdout once more on its way out; it shall not complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.PIPE_CLOSED) from None


def _end(message: str, code: ExitCode) -> None:
    typer.secho(message, err=True, fg=typer.colors.RED)
    raise typer.Exit(code)


def _inherited(context: typer.Context) -> Choices:
    return context.obj if isinstance(context.obj, Choices) else Choices()


def _sign(function: Callable[..., None], own: list[inspect.Parameter]) -> None:
    """Give a function the signature that Typer shall parse for it: its own parameters, the global ones, the context."""
    keyword_only = inspect.Parameter.KEYWORD_ONLY
    parameters = [each.replace(kind=keyword_only) for each in (*own, *_GLOBALS.values())]
    function.__signature__ = inspect.Signature([*parameters, _CONTEXT])  # type: ignore[attr-defined] # read by inspect
    function.__annotations__ = {each.name: each.annotation for each in (*parameters, _CONTEXT)}
