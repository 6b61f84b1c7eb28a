"""The reads beside the bots: accounts, strategies, the process itself."""

from starlette.responses import Response

from styrman.api.answers import JsonAnswer, page_answer
from styrman.api.bodies import CommandBody
from styrman.api.dependencies import AskedDependency, BotManagerDependency
from styrman.api.endpoint import answers, endpoints
from styrman.api.order_schemas import CashFlows, CashFlowView, ExternalOrders
from styrman.api.paging import PageDependency
from styrman.api.schemas import Accounts, Strategies, Venues
from styrman.manager.venue_views import VenueView
from styrman.manager.views import AccountView, StrategyView, SystemView

router = endpoints("/api/v1", tag="system")

_NOTHING = CommandBody()


@router.get("/accounts", responses=answers(Accounts, "Every account"))
async def list_accounts(manager: BotManagerDependency) -> Response:
    """Return what each account's bots hold, what is external, and by how much the venue says otherwise."""
    return JsonAnswer({"items": await manager.accounts()})


@router.post("/accounts/{account}/accept-drift", responses=answers(AccountView, "The account without drift"))
async def accept_drift(account: str, manager: BotManagerDependency, asked: AskedDependency, given: CommandBody = _NOTHING) -> Response:
    """Take the difference from the venue as external: it belongs to no bot."""
    return JsonAnswer(await manager.accept_drift(account, **asked, reason=given.reason))


@router.get("/accounts/{account}/orders", responses=answers(ExternalOrders, "Oldest first"))
async def list_external_orders(account: str, manager: BotManagerDependency) -> Response:
    """Return the account's working orders that no bot owns, as the venue tells them now, and which bots may claim each."""
    return JsonAnswer({"items": await manager.account_orders(account)})


@router.get("/accounts/{account}/cash-flows", responses=answers(CashFlows, "Those entered last first"))
async def list_cash_flows(account: str, manager: BotManagerDependency, page: PageDependency) -> Response:
    """Return what came to the account or left it without a trade: deposits, withdrawals, funding and whose it was."""
    found = await manager.cash_flows(account, page)
    return page_answer([CashFlowView.of(entry) for entry in found.items], found.next_cursor)


@router.get("/venues", responses=answers(Venues, "Every venue"))
async def list_venues(manager: BotManagerDependency) -> Response:
    """Return every venue of the configuration: how it is reached, whose money it trades, what it can do."""
    return JsonAnswer({"items": await manager.venues()})


@router.get("/venues/{name}", responses=answers(VenueView, "The venue"))
async def get_venue(name: str, manager: BotManagerDependency) -> Response:
    """Return one venue, with what it can do and what is assumed of it."""
    return JsonAnswer(await manager.venue(name))


@router.get("/strategies", responses=answers(Strategies, "Every strategy"))
async def list_strategies(manager: BotManagerDependency) -> Response:
    """Return every strategy that a spec may name, with the JSON schema of its parameters."""
    return JsonAnswer({"items": await manager.strategies()})


@router.get("/strategies/{name}", responses=answers(StrategyView, "The strategy"))
async def get_strategy(name: str, manager: BotManagerDependency) -> Response:
    """Return one strategy."""
    return JsonAnswer(await manager.strategy(name))


@router.get("/system", responses=answers(SystemView, "How the process does"))
async def get_system(manager: BotManagerDependency) -> Response:
    """Return how the process does: loop lag, lateness, journal, feeds, versions."""
    return JsonAnswer(await manager.system())
