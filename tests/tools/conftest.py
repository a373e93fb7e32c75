"""A folder to work in, and a context that remembers what a tool showed and what it left for later."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest
import pytest_asyncio

from tui.engine.calls.bridge import Threads
from tui.engine.calls.jobs import Jobs
from tui.engine.calls.output import Spool
from tui.engine.log import Log
from tui.events import Entry, SessionEvent
from tui.state import SessionState
from tui.tools.base import FilesSeen, ToolContext

needs_rights = pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")


class BlobsInMemory:
    """A store of bytes by their hash."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    async def keep(self, data: bytes) -> str:
        name = sha256(data).hexdigest()
        self.held[name] = data
        return name

    async def kept(self, name: str) -> bytes:
        return self.held[name]


@dataclass
class Bench:
    """``shown`` is the live output; ``left`` what was handed to the background, which the fixture waits for.

    It is also the journal of a log for jobs, whose ``events`` it keeps.
    """

    folder: Path
    shown: list[str] = field(default_factory=list)
    left: list[asyncio.Future[None]] = field(default_factory=list)
    files: FilesSeen = field(default_factory=FilesSeen)
    blobs: BlobsInMemory = field(default_factory=BlobsInMemory)
    bridge: Threads = field(default_factory=Threads)
    events: list[SessionEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = Log(SessionState("session"), self)
        self.jobs = Jobs(self.log, self.blobs, spawn=lambda work: asyncio.ensure_future(work))

    def add(self, entry: Entry) -> None:
        self.events.append(entry.event)

    async def drain(self) -> None: ...

    async def settle(self) -> None: ...

    @property
    def ctx(self) -> ToolContext:
        return ToolContext(
            cwd=self.folder, root=self.folder, call_id="call", files=self.files, output=self.shown.append,
            background=self._later, bridge=self.bridge, blobs=self.blobs, jobs=self.jobs,
            spool=Spool(self.blobs, "call", self.shown.append),
        )  # fmt: skip

    def _later(self, work: Awaitable[None]) -> None:
        self.left.append(asyncio.ensure_future(work))

    async def finish(self) -> None:
        self.jobs.stop()
        await self.jobs.rest()
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
    await made.bridge.close()


@pytest.fixture
def ctx(bench: Bench) -> ToolContext:
    return bench.ctx
