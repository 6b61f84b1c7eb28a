"""Every protocol that an adapter implements. The core (trading, manager, api) knows these and nothing behind them.

Rules for all of them: methods are called on the event loop and never block it; times are aware UTC; money, prices and
quantities are `Decimal`; an adapter raises errors of `styrman.errors` and nothing else; `open` before any other call, `close`
once at the end, after which nothing is called. Each port has one contract suite in `tests/contract`, run over every adapter.
"""

from styrman.ports.budgets import Budget, BudgetReading, Budgets, Limit, Priority
from styrman.ports.compute import Compute, Description, Program, Work
from styrman.ports.market import CandleListener, CandleSeries, FeedHealth, MarketData
from styrman.ports.placement import Placement, RunEnd, RunOrder, RunReport
from styrman.ports.store import EventFilter, Order, OrderFilter, Page, PageRequest, Retention, Store, StoreHealth
from styrman.ports.telemetry import LogLine, LogTail, Telemetry
from styrman.ports.venue import Capabilities, ClientIdClass, Gate, Mode, TellsBudgets, TellsEntryCosts, Venue

__all__ = [
    "Budget",
    "BudgetReading",
    "Budgets",
    "CandleListener",
    "CandleSeries",
    "Capabilities",
    "ClientIdClass",
    "Compute",
    "Description",
    "EventFilter",
    "FeedHealth",
    "Gate",
    "Limit",
    "LogLine",
    "LogTail",
    "MarketData",
    "Mode",
    "Order",
    "OrderFilter",
    "Page",
    "PageRequest",
    "Placement",
    "Priority",
    "Program",
    "Retention",
    "RunEnd",
    "RunOrder",
    "RunReport",
    "Store",
    "StoreHealth",
    "Telemetry",
    "TellsBudgets",
    "TellsEntryCosts",
    "Venue",
    "Work",
]
