"""A host application: styrman's API and dashboard under /ops, behind the host's own authentication, running a main of its own."""

from os import environ
from secrets import compare_digest
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from styrman import BotManagerAsync, Context, Settings
from styrman.api import dashboard, lifespan, own_pages_only, router


async def main(ctx: Context) -> None:
    """Count the cycles: whatever lies in `ctx.state` survives a crash."""
    ctx.state["cycles"] = int(ctx.state.get("cycles", 0)) + 1


async def signed_in(given: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> None:
    """Let nobody in who doesn't know the host's key."""
    if not compare_digest(given.password.encode(), environ["HOST_KEY"].encode()):
        raise HTTPException(401, "This is not the key.", {"WWW-Authenticate": "Basic"})


manager = BotManagerAsync(Settings(profile="embedded", home="host-home"))
manager.register("counter", main)
app = FastAPI(lifespan=lifespan(manager))
# Browsers attach what they signed in with by themselves, so writes are taken from our own pages alone.
app.include_router(router, prefix="/ops", dependencies=[Depends(signed_in), Depends(own_pages_only)])
app.include_router(dashboard, prefix="/ops", dependencies=[Depends(signed_in)])
