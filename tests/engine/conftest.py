"""A workspace over a real store and the real tools, with scripted models."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.scripts import REFERENCE, ScriptedModels
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.workspace import Workspace, open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog

OpenSession = Callable[..., Awaitable[Session]]


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "data" / "penstock.db")
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def work(store: Store, tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Workspace]]]:
    """``await work(models)`` opens a workspace in a folder with one file; ``limits`` and more as for open_workspace."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "notes.txt").write_text("one\ntwo\n")
    async with AsyncExitStack() as stack:

        async def open_(models: ScriptedModels, limits: Limits | None = None, **more: Any) -> Workspace:
            return await stack.enter_async_context(
                open_workspace(
                    store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder, limits=limits, **more
                )
            )

        yield open_


@pytest_asyncio.fixture
async def session(work: Callable[..., Awaitable[Workspace]]) -> OpenSession:
    """``await session(models)`` opens a workspace with one new session."""

    async def open_(models: ScriptedModels, limits: Limits | None = None) -> Session:
        return await (await work(models, limits)).new_session(REFERENCE)

    return open_
