"""A host application: styrman's routers under /ops, behind the host's own authentication, running a main of its own."""

from os import environ
from secrets import compare_digest
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

from styrman import BotManagerAsync, Context, Settings
from styrman.api import lifespan, router


async def main(ctx: Context) -> None:
    """Count the cycles: whatever lies in `ctx.state` survives a crash."""
    ctx.state["cycles"] = int(ctx.state.get("cycles", 0)) + 1


async def signed_in(x_key: Annotated[str, Header()] = "") -> None:
    """Let nobody in who doesn't know the host's key."""
    if not compare_digest(x_key.encode(), environ["HOST_KEY"].encode()):
        raise HTTPException(401, "Send the key as X-Key.")


manager = BotManagerAsync(Settings(profile="embedded", home="host-home"))
manager.register("counter", main)
app = FastAPI(lifespan=lifespan(manager))
app.include_router(router, prefix="/ops", dependencies=[Depends(signed_in)])
