"""What the store in memory has beyond the contract: it fails when a test wants it to."""

import pytest

from styrman.errors import StoreFailed
from styrman.ports import PageRequest
from styrman.store.memory import MemoryStore
from unit.store import samples


async def test_a_failing_store_refuses_until_it_is_mended() -> None:
    store = MemoryStore()
    store.failing = "disk full"
    with pytest.raises(StoreFailed, match="disk full"):
        await store.commit(samples.event("lost"))
    store.failing = ""
    await store.commit(samples.event("kept"))

    assert [event.name for event in (await store.events(PageRequest())).items] == ["kept"]
    assert store.health().errors == 1
