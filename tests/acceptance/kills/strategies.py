"""What the bots of the kill loop run: as many orders of all kinds as a few seconds allow. Lies in the home's strategies folder."""

from datetime import timedelta
from decimal import Decimal

from styrman import Context, Plan, Protection, Side, Strategy
from styrman.trading.executors import Bracket, GridLevels, Twap


class Flipper(Strategy):
    """In and out again, each cycle, guarded while in."""

    async def decide(self, ctx: Context) -> Plan:
        turn = int(str(ctx.state.get("turn", 0))) + 1
        ctx.state["turn"] = turn
        guard = Protection(stop=0.2, take_profit=0.3)
        return Plan(dict.fromkeys(ctx.instruments, 0.9 if turn % 2 else 0.0), protections=dict.fromkeys(ctx.instruments, guard))


class Mesh(Strategy):
    """A grid so narrow that each candle fills something of it."""

    async def decide(self, ctx: Context) -> Plan:
        (name,) = ctx.instruments
        price = ctx.candles[name, ctx.timeframe].close[-1]
        quantity = ctx.rules[name].round_quantity(Decimal(20) / Decimal(str(price)))
        return GridLevels(key="mesh", instrument=name, levels=3, step=Decimal("0.0005"), quantity=quantity).plan(ctx)


class Chain(Strategy):
    """One execution after the other, each with its own key."""

    async def decide(self, ctx: Context) -> Plan:
        (name,) = ctx.instruments
        price = Decimal(str(ctx.candles[name, ctx.timeframe].close[-1]))
        number = int(str(ctx.state.setdefault("number", 0)))
        quantity = ctx.rules[name].round_quantity(Decimal(60) / price)
        side = Side.SELL if number % 2 else Side.BUY
        held = ctx.book.positions.get(name)
        size = ctx.rules[name].round_quantity(held.quantity) if held and side is Side.SELL else quantity
        link = Twap(
            key=f"link {number}",
            instrument=name,
            side=side,
            quantity=Decimal(str(ctx.state.setdefault("size", str(size)))),
            slices=3,
            duration=timedelta(seconds=60),
        )
        if link.is_done(ctx) or (side is Side.SELL and not size):
            ctx.state["number"] = number + 1
            del ctx.state["size"]
            return Plan()
        return link.plan(ctx)


class Brackets(Strategy):
    """Brackets so tight that their exits, which rest at the venue, are touched all the time."""

    async def decide(self, ctx: Context) -> Plan:
        (name,) = ctx.instruments
        price = Decimal(str(ctx.candles[name, ctx.timeframe].close[-1]))
        number = int(str(ctx.state.setdefault("number", 0)))
        quantity = ctx.rules[name].round_quantity(Decimal(40) / price)
        exits = Protection(stop=0.001, take_profit=0.001)
        bracket = Bracket(
            key=f"bracket {number}",
            instrument=name,
            side=Side.BUY,
            quantity=Decimal(str(ctx.state.setdefault("size", str(quantity)))),
            exits=exits,
        )
        if bracket.is_done(ctx):
            ctx.state["number"] = number + 1
            del ctx.state["size"]
        return bracket.plan(ctx)
