"""No interleaving of bots, strangers' money, transfers and crashes makes an account differ from its books and what is external."""

import asyncio
from collections.abc import Coroutine
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from styrman.domain.cash import CashFlowKind
from styrman.domain.market import Side
from styrman.errors import TransferRefused
from styrman.manager.state import Asked
from unit.manager.bank_venue import SWAP, AccountRig
from unit.trading.lossy_venue import BTC, ETH

BOTS = ("b1", "b2")
bots, instruments = st.sampled_from(BOTS), st.sampled_from([BTC, ETH, SWAP, SWAP])
ADOPT = Asked("adopt", reason="it is the bot's")


class AccountMachine(RuleBasedStateMachine):
    """Two bots on the same instruments of one account."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._folder = TemporaryDirectory()
        self.rig = self._runner.run(self._open())

    async def _open(self) -> AccountRig:
        rig = AccountRig(Path(self._folder.name))
        await rig.__aenter__()
        for bot_id in BOTS:
            await rig.create(bot_id, instruments=[SWAP, BTC, ETH])
        return rig

    def run(self, work: Coroutine[object, object, object]) -> None:
        self._runner.run(self._then(work))

    async def _then(self, work: Coroutine[object, object, object]) -> None:
        await work
        await self.rig.clock.advance(0.5)

    @rule(bot_id=bots, side=st.sampled_from(Side), quantity=st.sampled_from(["0.7", "1", "3"]), instrument=instruments)
    def trade(self, bot_id: str, side: Side, quantity: str, instrument: str) -> None:
        self.run(self.rig.trade(bot_id, side, quantity, instrument))

    @rule(
        bots_and_sides=st.permutations([("b1", Side.BUY), ("b2", Side.SELL), ("b1", Side.SELL), ("b2", Side.BUY)]), instrument=instruments
    )
    def trade_at_once(self, bots_and_sides: list[tuple[str, Side]], instrument: str) -> None:
        async def all_at_once() -> None:
            await asyncio.gather(*(self.rig.trade(bot_id, side, "1.1", instrument) for bot_id, side in bots_and_sides))

        self.run(all_at_once())

    @rule(price=st.sampled_from(["61.3", "97", "100", "143.7"]), instrument=instruments, fee_in=st.sampled_from(["quote", "base", "BNB"]))
    def quote(self, price: str, instrument: str, fee_in: str) -> None:
        self.rig.venue.fee_in = fee_in
        self.rig.venue.quote(instrument, price)

    @rule(amount=st.sampled_from(["1000", "-0.37", "12.3456789"]))
    def pay(self, amount: str) -> None:
        self.rig.venue.pay(amount)

    @rule(rate=st.sampled_from(["0.0001", "-0.00037"]))
    def fund(self, rate: str) -> None:
        paid = (-self.rig.venue.net().quantity * self.rig.venue.prices[SWAP] * Decimal(rate)).quantize(Decimal("1e-8"))
        if paid:
            self.rig.venue.pay(str(paid), CashFlowKind.FUNDING, instrument=SWAP)
            self.run(asyncio.sleep(0))

    @rule(bot_id=bots, quantity=st.sampled_from(["-2", "-0.3", "0.3", "5"]), instrument=instruments)
    def transfer(self, bot_id: str, quantity: str, instrument: str) -> None:
        async def move() -> None:
            rig = self.rig
            price = rig.venue.prices[instrument]
            try:
                await rig.manager._engine.accounts.transfer(rig.trader(bot_id), instrument, Decimal(quantity), price, ADOPT)
            except TransferRefused:
                return

        self.run(move())

    @rule(bot_id=bots)
    def replace_bot(self, bot_id: str) -> None:
        async def anew() -> None:
            await self.rig.manager.delete_bot(bot_id, exposure="abandon")
            await self.rig.create(bot_id, instruments=[SWAP, BTC, ETH])

        self.run(anew())

    @rule()
    def crash(self) -> None:
        self.run(self.rig.crash())

    @rule(turns=st.integers(0, 8))
    def be_interrupted(self, turns: int) -> None:
        async def leave() -> None:
            checking = asyncio.create_task(self.rig.account.check())
            for _ in range(turns):
                await asyncio.sleep(0)
            checking.cancel()
            await asyncio.wait([checking])

        self.run(leave())

    @invariant()
    def the_account_is_its_books_and_what_is_external(self) -> None:
        self._runner.run(self.rig.check(2))

        assert (self.rig.unexplained(), self.rig.book.drift) == ({}, {})

    def teardown(self) -> None:
        self._runner.run(self.rig.__aexit__())
        self._runner.close()
        self._folder.cleanup()


AccountMachine.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestAccounts = AccountMachine.TestCase
