"""Stores for tests, closed whatever happens."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest_asyncio

from tui.errors import StoreError
from tui.store import connection
from tui.store.store import Store, WriterLimits

IMPATIENT = WriterLimits(batch_seconds=0.02, quick_pause=0.001, first_pause=0.01, longest_pause=0.05)

OpenStore = Callable[..., Awaitable[Store]]


@pytest_asyncio.fixture
async def open_store(tmp_path: Path, monkeypatch: Any) -> AsyncIterator[OpenStore]:
    """``await open_store()`` opens the test's store (again); ``limits`` as for Store, but impatient."""
    monkeypatch.setattr(connection, "BUSY_MS", 20)
    stores: list[Store] = []

    async def open_(path: Path | None = None, limits: WriterLimits = IMPATIENT) -> Store:
        store = await Store.open(path or tmp_path / "data" / "penstock.db", limits=limits)
        stores.append(store)
        return store

    yield open_
    for store in stores:
        with suppress(StoreError):
            await store.close()
