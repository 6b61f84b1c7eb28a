"""Orders and fills across bots, those of deleted ones too. Pages run by the order of the journal: what is new shifts no page."""

from starlette.responses import Response

from styrman.api.answers import page_answer
from styrman.api.dependencies import BotManagerDependency
from styrman.api.endpoint import answers, endpoints
from styrman.api.order_schemas import Fills, FillView, Orders, OrderView
from styrman.api.paging import FillFilterDependency, OrderFilterDependency, PageDependency

router = endpoints("/api/v1", tag="records")


@router.get("/orders", responses=answers(Orders, "Newest first"))
async def list_all_orders(manager: BotManagerDependency, page: PageDependency, where: OrderFilterDependency) -> Response:
    """Return the orders of all bots, whatever became of them."""
    found = await manager.store.intents(page, where)
    return page_answer([OrderView.of(intent) for intent in found.items], found.next_cursor)


@router.get("/fills", responses=answers(Fills, "Newest first"))
async def list_all_fills(manager: BotManagerDependency, page: PageDependency, where: FillFilterDependency) -> Response:
    """Return the trades in all bots' books."""
    found = await manager.store.fills(page, where)
    return page_answer([FillView.of(booked) for booked in found.items], found.next_cursor)
