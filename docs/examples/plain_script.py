"""A plain script: a manager for as long as the block lasts. What was desired still is when it opens again on the same home."""

import asyncio

from styrman import BotManagerAsync, Settings


async def main() -> None:
    """Create a bot, run it, stop it, delete it."""
    settings = Settings(profile="embedded", home="script-home")
    async with BotManagerAsync(settings) as manager:
        await manager.create_bot({"id": "trend", "strategy": "ema_cross", "venue": "sim", "instruments": ["BTC/USDT"]})
        await manager.start_bot("trend", wait_s=30)
        print((await manager.get_status("trend")).observed)
        await manager.stop_bot("trend", wait_s=30)
        print((await manager.get_status("trend")).observed)
        await manager.delete_bot("trend", exposure="abandon")


asyncio.run(main())
