"""What all bots hold and made together, now and over time."""

from typing import Annotated

from fastapi import Query
from pydantic import AwareDatetime
from starlette.responses import Response

from styrman.api.answers import JsonAnswer
from styrman.api.dependencies import BotManagerDependency
from styrman.api.endpoint import answers, endpoints
from styrman.api.schemas import PortfolioEquity
from styrman.manager.portfolio import PortfolioView

router = endpoints("/api/v1", tag="portfolio")


@router.get("/portfolio", responses=answers(PortfolioView, "By mode, venue and currency; never summed over either"))
async def get_portfolio(manager: BotManagerDependency) -> Response:
    """Return what all bots hold and made."""
    return JsonAnswer(await manager.portfolio())


@router.get("/portfolio/equity", responses=answers(PortfolioEquity, "Each curve oldest first"))
async def get_portfolio_equity(
    manager: BotManagerDependency,
    since: Annotated[AwareDatetime | None, Query(description="24 hours ago where it is left out")] = None,
    points: Annotated[int, Query(ge=2, le=1000)] = 200,
) -> Response:
    """Return what the bots that there are were worth over time, by mode and currency, from the equity that was recorded."""
    return JsonAnswer({"items": await manager.portfolio_equity(since=since, points=points)})
