"""A strategy that raises in about one cycle in a hundred. The test copies this file into a home folder; nothing imports it from here."""

from zlib import crc32

from styrman import Context, Plan, Strategy


class Faulty(Strategy):
    """Raises by a rule that bot and market time seed: the next cycle is another chance."""

    async def decide(self, ctx: Context) -> Plan:
        """Return no opinion, or raise."""
        if crc32(f"{ctx.bot_id} {ctx.now}".encode()) % 100 == 0:
            raise ConnectionError(f"injected fault of {ctx.bot_id} at {ctx.now}")
        return Plan()
