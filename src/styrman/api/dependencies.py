"""What endpoints are given: the manager they call, who asks, and the terms of a command. Nothing here decides anything."""

import re
from typing import Annotated, TypedDict

from fastapi import Depends, Header, Query, Request

from styrman.api.origins import is_foreign_page
from styrman.errors import FieldError, ForeignOrigin, Invalid
from styrman.manager.manager import BotManagerAsync

ACTOR = "styrman.actor"  # the key in the ASGI scope under which authentication leaves who asks
REQUEST = "styrman.request"  # the key under which a keyed POST leaves its name: the same when it is sent again
MAX_WAIT_S = 300.0
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_TAG = re.compile(r'"([0-9]{1,15})"|([0-9]{1,15})')
NO_GENERATION = -1  # a tag that no bot ever has


async def get_bot_manager(request: Request) -> BotManagerAsync:
    """Return the manager that the application runs."""
    return manager_of(request)


def manager_of(request: Request) -> BotManagerAsync:
    """Return the manager that the application runs; RuntimeError where its lifespan has not begun."""
    manager: BotManagerAsync | None = getattr(request.app.state, "bot_manager", None)
    if manager is None:
        raise RuntimeError("No bot manager is bound to this application; give it styrman.api.lifespan(manager)")
    return manager


BotManagerDependency = Annotated[BotManagerAsync, Depends(get_bot_manager)]


class Asked(TypedDict):
    """Who asks."""

    actor: str


class AskedOfBot(Asked):
    """Who asks, of which generation, how long the caller waits for the outcome, and which request it is that asks."""

    if_match: int | None
    wait_s: float | None
    request: str | None


def actor_of(request: Request) -> str:
    """Return who asks: what authentication left in the scope; `api` where a host application did without."""
    return str(request.scope.get(ACTOR, "api"))


def generation_of(if_match: str) -> int | None:
    """Return the generation that an If-Match header names; None for `*`. A tag that can't be one matches no bot."""
    tag = if_match.strip()
    if tag == "*":
        return None
    if "," in tag:
        raise Invalid("If-Match takes one tag.", [FieldError(("header", "If-Match"), "give one tag", ('"GENERATION"', "*"))])
    known = _TAG.fullmatch(tag)
    return int(known[1] or known[2]) if known else NO_GENERATION


async def asked(request: Request) -> Asked:
    """Return who asks."""
    return Asked(actor=actor_of(request))


async def asked_of_bot(
    request: Request,
    wait: Annotated[
        float | None, Query(ge=0, le=MAX_WAIT_S, description="Answer once the bot got there, or after this many seconds")
    ] = None,
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="The generation that the command is meant for, as in ETag; else 412")
    ] = None,
) -> AskedOfBot:
    """Return the terms of a command on one bot."""
    generation = None if if_match is None else generation_of(if_match)
    return AskedOfBot(actor=actor_of(request), if_match=generation, wait_s=wait, request=request.scope.get(REQUEST))


async def own_pages_only(request: Request) -> None:
    """Refuse writes that a browser sends for another site's page. ForeignOrigin.

    For a host application whose authentication browsers attach by themselves: cookies, or a name and a password.
    """
    if request.method not in _READS and is_foreign_page(request.scope):
        raise ForeignOrigin("This was sent by another site's page. Behind a proxy, pass on the Host header and the scheme.")


AskedDependency = Annotated[Asked, Depends(asked)]
AskedOfBotDependency = Annotated[AskedOfBot, Depends(asked_of_bot)]
