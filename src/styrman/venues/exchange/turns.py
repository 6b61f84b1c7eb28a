"""Whose turn it is to order: request weight of our address and order counts of the account, taken before a request is stamped."""

from styrman.ports import Budget, BudgetReading, Budgets, Limit, Priority
from styrman.venues.exchange.connection import Connection

_WEIGHT = 1  # of an order's request


class Turns:
    """The budgets that an order needs, taken together or not at all."""

    def __init__(self, connection: Connection, budgets: Budgets) -> None:
        self._connection = connection
        limits = connection.facts.orders
        own = connection.options.budgets
        if own.orders_10s is not None:
            limits = (Limit(own.orders_10s, 10.0), *(limit for limit in limits if limit.span_s != 10.0))  # noqa: PLR2004 - the same span
        if own.orders_1d is not None:
            limits = (*(limit for limit in limits if limit.span_s != 86_400.0), Limit(own.orders_1d, 86_400.0))  # noqa: PLR2004 - a day
        self._orders: Budget | None = budgets.order_count(connection.name, *limits) if limits else None

    def readings(self) -> tuple[BudgetReading, ...]:
        """Return how the account's order counts stand; none where the exchange tells no such limit."""
        return () if self._orders is None else self._orders.readings("orders")

    def try_take(self, orders: int, priority: Priority) -> bool:
        """Take so many orders' part, and return True; take nothing where that would mean to wait: False."""
        if self._connection.exchange is None:
            return False
        if self._orders is not None and not self._orders.try_acquire(orders, priority):
            return False
        if self._connection.weight.try_acquire(orders * _WEIGHT, priority):
            return True
        if self._orders is not None:
            self._orders.release(orders)
        return False

    async def take(self, priority: Priority) -> None:
        """Wait for one order's part, and take it."""
        if self._orders is not None:
            await self._orders.acquire(1, priority)
        await self._connection.weight.acquire(_WEIGHT, priority)
