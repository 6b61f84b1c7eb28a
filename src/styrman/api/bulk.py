"""Commands on many: apply a file of specs, steer bots by ids or selector as a tracked operation, halt and unhalt."""

from starlette.responses import Response

from styrman.api.answers import JsonAnswer
from styrman.api.bodies import HaltBody, OperationBody, Reason, SpecListBody, UnhaltBody
from styrman.api.dependencies import AskedDependency, BotManagerDependency
from styrman.api.endpoint import BulkEndpoint, answers, endpoints
from styrman.api.paging import Limit
from styrman.api.schemas import Operations
from styrman.domain.records import Operation
from styrman.manager.views import ApplyResult, HaltView

router = endpoints("/api/v1", tag="bulk", route_class=BulkEndpoint)

_ALL_HALT, _ALL_UNHALT = HaltBody(), UnhaltBody()  # no body: everything
_HALT = answers(HaltView, "It stood so before") | answers(HaltView, "The latch is durable", status=202)


@router.post("/bots/apply", responses=answers(ApplyResult, "All of them stand as given"))
async def apply_bots(specs: SpecListBody, manager: BotManagerDependency, asked: AskedDependency, reason: Reason = "") -> Response:
    """Create or update bots so that they are as given, all or nothing. `errors[].loc` begins with the entry's index."""
    return JsonAnswer(await manager.apply_bots(specs, **asked, reason=reason))


@router.post("/operations", status_code=202, responses=answers(Operation, "The operation runs", status=202))
async def operate(order: OperationBody, manager: BotManagerDependency, asked: AskedDependency) -> Response:
    """Give many bots one command. The operation tells how many have arrived."""
    operation = await manager.operate(
        order.action,
        ids=order.ids,
        selector=order.selector,
        everything=order.all is True,
        options=order.options,
        **asked,
        reason=order.reason,
    )
    return JsonAnswer(operation, 202, {"location": f"operations/{operation.id}"})


@router.get("/operations", responses=answers(Operations, "Newest first"))
async def list_operations(manager: BotManagerDependency, limit: Limit = 20) -> Response:
    """Return the operations that began last: bulk ones and those that follow a single command."""
    return JsonAnswer({"items": await manager.list_operations(limit)})


@router.get("/operations/{operation_id}", responses=answers(Operation, "How far it is"))
async def get_operation(operation_id: str, manager: BotManagerDependency) -> Response:
    """Return an operation. `done` counts bots that have arrived."""
    return JsonAnswer(await manager.get_operation(operation_id))


@router.post("/halt", responses=_HALT)
async def halt(manager: BotManagerDependency, asked: AskedDependency, what: HaltBody = _ALL_HALT) -> Response:
    """Close the order gate of a bot, of an account, or of everything; cancel orders but the resting protections. Beats all else."""
    view = await manager.halt(account=what.account, bot_id=what.bot_id, flatten=what.flatten, **asked, reason=what.reason)
    return JsonAnswer(view, 202 if view.changed else 200)


@router.post("/unhalt", responses=_HALT)
async def unhalt(manager: BotManagerDependency, asked: AskedDependency, what: UnhaltBody = _ALL_UNHALT) -> Response:
    """Lift a halt. Nothing else does."""
    view = await manager.unhalt(account=what.account, bot_id=what.bot_id, **asked, reason=what.reason)
    return JsonAnswer(view, 202 if view.changed else 200)
