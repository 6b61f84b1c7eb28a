"""Tasks that outlive who asked for them: a send, a command, an exit. They have an owner, a name, and are awaited at the end."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

from styrman.errors import StyrmanError
from styrman.log import get_logger

T = TypeVar("T")
log = get_logger()


class OwnedTasks:
    """Holds references to tasks until they end, and logs the error of one that nobody awaited."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def start(self, work: Coroutine[object, object, T], *, name: str) -> asyncio.Task[T]:
        """Start the work as a task of its own."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def finish(self, work: Coroutine[object, object, T], *, name: str) -> T:
        """Run the work to its end even where the caller is cancelled meanwhile, and return what it returns."""
        return await asyncio.shield(self.start(work, name=name))

    async def drain(self, *, timeout_s: float, prefix: str = "") -> int:
        """Wait for the tasks whose names begin with `prefix`; return how many had not ended in time."""
        waiting = [task for task in self._tasks if task.get_name().startswith(prefix)]
        if not waiting:
            return 0
        _, late = await asyncio.wait(waiting, timeout=timeout_s)
        return len(late)

    async def cancel(self, *, prefix: str = "") -> None:
        """Cancel the tasks whose names begin with `prefix`, and wait until they have ended."""
        doomed = [task for task in self._tasks if task.get_name().startswith(prefix)]
        for task in doomed:
            task.cancel()
        await asyncio.gather(*doomed, return_exceptions=True)

    def __len__(self) -> int:
        return len(self._tasks)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            level = log.debug if isinstance(error, StyrmanError) else log.error  # what is raised on purpose is told to who asked
            level("owned task failed", task=task.get_name(), error=repr(error), exc_info=error)
