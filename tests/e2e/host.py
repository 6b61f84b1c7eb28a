"""A host application with styrman and its dashboard under /desk/ops, behind a cookie of its own. Run by uvicorn, from the test's folder."""

from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, HTTPException

from styrman import BotManagerAsync, Context, Settings
from styrman.api import dashboard, lifespan, own_pages_only, router


async def main(ctx: Context) -> None:
    """Note the time."""
    ctx.state["seen"] = str(ctx.now)


async def signed_in(staff: Annotated[str, Cookie()] = "") -> None:
    """Let nobody in but the staff."""
    if staff != "yes":
        raise HTTPException(401, "Sign in at the front desk.")


manager = BotManagerAsync(Settings(profile="embedded", home="host-home"))
manager.register("watch", main)
app = FastAPI(lifespan=lifespan(manager))
app.include_router(router, prefix="/desk/ops", dependencies=[Depends(signed_in), Depends(own_pages_only)])
app.include_router(dashboard, prefix="/desk/ops", dependencies=[Depends(signed_in)])
