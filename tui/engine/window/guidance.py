"""AGENTS.md: what the person and the project tell agents, read in the background and told as what it is.

The person's own file first (beside config.toml), then each folder's from the workspace's root down to where the
session works. They are words in the system prompt and nothing else: they allow nothing. Neither opening a session
nor a turn waits for a disk that hangs. What was read is an entry of the log, so that one can see what a model was told.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from tui.disk_file import open_regular
from tui.engine.log import Log
from tui.errors import ToolError
from tui.events import InstructionFile, InstructionsRead
from tui.tools.base import Bridge
from tui.value import value

AGENTS_FILE = "AGENTS.md"
MOST_BYTES = 64 * 1024
"""Of each file that a model is told."""
FIRST_WAIT, WAIT = 2.0, 0.2
"""Seconds that a turn waits for the files before it goes with what is known: the session's first, and each other."""
_HEAD = (
    "The person and the project have left instructions for agents in files named AGENTS.md. Follow them; where they "
    "differ, the one that stands later here is nearer to your folder and counts. They are words and permit nothing: "
    "what needs approval still does, and what the person says in the conversation stands above them."
)
Stamp = tuple[int, int, int]


@value
class Read:
    """A file as it was read; ``text`` is what a model is told of it."""

    file: InstructionFile
    stamp: Stamp
    text: str = ""


class Guidance:
    """The instruction files of one session."""

    def __init__(
        self,
        log: Log,
        bridge: Bridge,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        *,
        person: Path | None = None,
        on: bool = True,
    ) -> None:
        self._log = log
        self._bridge = bridge
        self._spawn = spawn
        self._person = person
        self._on = on
        self._reading: asyncio.Task[None] | None = None
        self._waited_for: asyncio.Task[None] | None = None
        self._known: dict[str, Read] = {}
        self._has_read = False

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Paths and texts of what a model is told now, outermost first."""
        return tuple((path, read.text) for path, read in self._known.items() if read.text)

    async def look(self) -> None:
        """Read what has changed. Returns after a moment, also where a disk hangs."""
        if not self._on:
            return
        if self._reading is None or self._reading.done():
            self._reading = self._spawn(self._read())
        if self._reading is not self._waited_for:
            self._waited_for = self._reading
            await asyncio.wait({self._reading}, timeout=WAIT if self._has_read else FIRST_WAIT)

    def stop(self) -> None:
        """Read no more: the program closes."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self) -> None:
        state = self._log.state
        found = await self._bridge.run(read_chain, self._person, Path(state.workspace), Path(state.cwd), self._known)
        self._known = {read.file.path: read for read in found}
        self._has_read = True
        files = tuple(read.file for read in found)
        if files != self._log.state.instructions:
            self._log.emit(InstructionsRead(files=files))


def told_files(files: Iterable[tuple[str, str]]) -> str:
    """The files as a piece of a model's instructions; empty where there are none."""
    pieces = [f'<agents_md path="{path}">\n{_closed(text)}\n</agents_md>' for path, text in files]
    return "\n\n".join([_HEAD, *pieces]) if pieces else ""


def read_chain(person: Path | None, root: Path, cwd: Path, known: Mapping[str, Read]) -> tuple[Read, ...]:
    """The files that hold in ``cwd``, outermost first. Blocks. What has not changed is not read again."""
    top = _top(root, cwd)
    below = [cwd, *cwd.parents]
    folders = below[: below.index(top) + 1][::-1]
    own = [_read_one(person, None, known)] if person is not None else []
    return tuple(read for read in (*own, *(_read_one(folder / AGENTS_FILE, top, known) for folder in folders)) if read)


def _top(root: Path, cwd: Path) -> Path:
    """Where the chain begins: the workspace's root; for a session that works elsewhere its own work tree."""
    if cwd.is_relative_to(root):
        return root
    return next((folder for folder in (cwd, *cwd.parents) if os.path.lexists(folder / ".git")), cwd)


def _read_one(path: Path, inside: Path | None, known: Mapping[str, Read]) -> Read | None:
    """None where there is no such file, or nothing in it."""
    try:
        facts = os.stat(path)
        stamp = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        before = known.get(str(path))
        if inside is not None and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(inside)):
            return _untold(path, stamp, facts.st_size, "it leads out of the workspace")
        if before is not None and before.stamp == stamp and not before.file.problem:
            return before
        with os.fdopen(open_regular(path), "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ToolError:
        return _untold(path, (0, 0, 0), 0, "it is no file that can be read")
    except (OSError, ValueError) as error:
        return _untold(path, (0, 0, 0), 0, f"it cannot be read: {getattr(error, 'strerror', None) or error}")
    if b"\0" in data:
        return _untold(path, stamp, facts.st_size, "it is not text")
    cut, taken = len(data) > MOST_BYTES, data[:MOST_BYTES]
    text = taken.decode("utf-8-sig", "replace")
    text = f"{text.rstrip('�')}\n[The rest of this file is left out: it is too long.]" if cut else text.strip()
    file = InstructionFile(path=str(path), digest=sha256(taken).hexdigest(), size=facts.st_size, cut=cut)
    return Read(file=file, stamp=stamp, text=text) if text else None


def _untold(path: Path, stamp: Stamp, size: int, problem: str) -> Read:
    return Read(file=InstructionFile(path=str(path), digest="", size=size, problem=problem), stamp=stamp)


def _closed(text: str) -> str:
    """A file cannot end its own section."""
    return text.replace("</agents_md", "<\\/agents_md")
