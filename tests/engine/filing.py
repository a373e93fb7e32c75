"""A session whose turns change files by the real tools, over a real store; and a process that dies while it does so.

``python -m tests.engine.filing WHERE STORE FOLDER`` lets turn t1 write "new" over ``file`` in FOLDER, and kills itself
``kept`` (before the write), ``written`` (before the log says so) or ``done`` (after all of it).
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tui.engine.calls.bridge import Threads
from tui.engine.changes.checkpoints import Checkpoints
from tui.engine.log import Journal, Log
from tui.errors import ToolError
from tui.events import Entry, FileKept, PromptSubmitted, SessionOpened, TurnEnded
from tui.state import FileState, fold
from tui.store.store import Store
from tui.tools.base import FilesSeen, ToolContext, ToolResult
from tui.tools.edits import WriteArgs, write_tool
from tui.tools.files import ReadArgs, read_tool

SESSION = "s1"
_UNUSED: Any = None
"""What these tools have no use for."""


class Filing:
    """The session. ``left`` is what tools handed to the background."""

    def __init__(
        self, store: Store, folder: Path, entries: Sequence[Entry] = (), journal: Journal | None = None
    ) -> None:
        self.folder = folder
        self.log = Log(fold(SESSION, entries), journal or store, entries=entries)
        self.bridge = Threads()
        self.points = Checkpoints(self.log, store, self.bridge)
        self.left: list[asyncio.Future[None]] = []
        self._blobs = store
        self._seen = FilesSeen()
        if not entries:
            self.log.emit(SessionOpened(workspace=str(folder), cwd=str(folder), title="t", model="m", slot=1))

    @classmethod
    async def again(cls, store: Store, folder: Path) -> "Filing":
        """The session as a new process finds it."""
        return cls(store, folder, await store.load(SESSION))

    def context(self, turn: str, call: str = "call") -> ToolContext:
        return ToolContext(
            cwd=self.folder, root=self.folder, call_id=call, files=self._seen, output=lambda _: None,
            background=lambda work: self.left.append(asyncio.ensure_future(work)), bridge=self.bridge,
            blobs=self._blobs, spool=_UNUSED, jobs=_UNUSED, before_write=partial(self.points.before_write, turn, call),
            after_write=partial(self.points.after_write, turn, call),
        )  # fmt: skip

    async def write(self, turn: str, content: str, name: str = "file", call: str = "call") -> ToolResult:
        """Read the file where there is one, and write it, as the agent would."""
        ctx = self.context(turn, call)
        if (self.folder / name).exists():
            await read_tool(ReadArgs(path=name), ctx)
        return await write_tool(WriteArgs(path=name, content=content), ctx)

    async def turn(self, turn: str, **contents: str) -> None:
        """A whole turn that writes files."""
        self.log.emit(PromptSubmitted(prompt_id=f"p{turn}", turn_id=turn, text="Go"))
        for name, content in contents.items():
            await self.write(turn, content, name)
        self.log.emit(TurnEnded(turn_id=turn, outcome="done"))

    def file(self, turn: str, name: str = "file") -> FileState:
        return self.log.state.files[turn][str(self.folder / name)]

    def kept(self) -> list[FileKept]:
        return [entry.event for entry in self.log.since(0) if isinstance(entry.event, FileKept)]

    async def undo(self, turn: str, *names: str, force: bool = False) -> list[tuple[bool, str]]:
        paths = [str(self.folder / name) for name in names] or None
        return [(one.done, one.told) for one in await self.points.undo(turn, paths, force=force)]

    async def redo(self, turn: str) -> list[tuple[bool, str]]:
        return [(one.done, one.told) for one in await self.points.redo(turn)]


async def die(where: str, path: Path, folder: Path) -> None:
    store = await Store.open(path)
    filing = Filing(store, folder)
    before, after = filing.points.before_write, filing.points.after_write

    async def before_write(*what: object) -> None:
        await before(*what)  # type: ignore[arg-type]
        if where == "kept":
            os.kill(os.getpid(), signal.SIGKILL)

    async def after_write(*what: object) -> None:
        if where == "written":
            os.kill(os.getpid(), signal.SIGKILL)
        await after(*what)  # type: ignore[arg-type]

    filing.points.before_write, filing.points.after_write = before_write, after_write  # type: ignore[method-assign]
    await filing.turn("t1", file="new")
    await store.settle()
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    try:
        asyncio.run(die(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
    except ToolError as error:
        sys.exit(str(error))
