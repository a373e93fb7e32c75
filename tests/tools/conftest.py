"""A folder to work in, and a context that remembers what a tool showed and what it left for later."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio

from tui.tools.base import FilesSeen, ToolContext

needs_rights = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


@dataclass
class Bench:
    """``shown`` is the live output; ``left`` what was handed to the background, which the fixture waits for."""

    folder: Path
    shown: list[str] = field(default_factory=list)
    left: list[asyncio.Future[None]] = field(default_factory=list)
    files: FilesSeen = field(default_factory=FilesSeen)

    @property
    def ctx(self) -> ToolContext:
        return ToolContext(cwd=self.folder, files=self.files, output=self.shown.append, background=self._later)

    def _later(self, work: Awaitable[None]) -> None:
        self.left.append(asyncio.ensure_future(work))

    async def finish(self) -> None:
        await asyncio.gather(*self.left)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path.resolve() / "project"
    made.mkdir()
    return made


@pytest_asyncio.fixture
async def bench(folder: Path) -> AsyncIterator[Bench]:
    made = Bench(folder)
    yield made
    await made.finish()


@pytest.fixture
def ctx(bench: Bench) -> ToolContext:
    return bench.ctx
