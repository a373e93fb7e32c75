"""Whole sessions for the tests of providers: a real store, the real tools, any ``Models``, any folder."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.workspace import open_workspace
from tui.providers.base import Models
from tui.store.store import Store
from tui.tools.catalog import Catalog

OpenAt = Callable[..., Awaitable[Session]]


@pytest_asyncio.fixture
async def open_at(tmp_path: Path) -> AsyncIterator[OpenAt]:
    """``await open_at(models, reference, folder)`` gives one new session there; ``limits`` as for open_workspace."""
    async with AsyncExitStack() as stack:
        store = await Store.open(tmp_path / "data" / "penstock.db")
        stack.push_async_callback(store.close)

        async def open_(models: Models, reference: str, folder: Path, limits: Limits | None = None) -> Session:
            stack.push_async_callback(models.aclose)
            workspace = await stack.enter_async_context(
                open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder, limits=limits)
            )
            return await workspace.new_session(reference)

        yield open_
