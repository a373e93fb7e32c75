"""The shape of a tool: a typed async function, its argument model, and two faces of its result.

A tool is ``async def name(args: NameArgs, ctx: ToolContext) -> ToolResult`` in a module of this
room, where ``NameArgs`` is a pydantic model whose docstring and field descriptions the model
reads. ``tui.tools.catalog`` names it, so that nothing of it is imported before its first call.
A tool raises ToolError with a sentence for the model; it may be cancelled at any await and
must then leave nothing half-written.

What a tool needs of the program it reaches through ToolContext, never by import.
"""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tui.events import Effect
from tui.messages import Display, ImagePart, OutputPiece
from tui.value import value


@value
class ToolSpec:
    """A row of the catalog: everything that is known of a tool without importing it.

    ``module`` and ``function`` say where it lives; ``arguments`` names its pydantic model there.
    ``effect`` is the strongest thing it can do; where ``mild`` is (field, values), a call whose field has one of the
    values does no more than "own". ``path_fields`` are the arguments that name files
    (``""`` in a field means the session's folder). ``preview`` names a function of the same shape
    as the tool that returns the displays to show when asking, or is empty. ``timeout`` in seconds.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    module: str
    function: str
    arguments: str
    effect: Effect
    path_fields: tuple[str, ...] = ()
    mild: tuple[str, tuple[str, ...]] | None = None
    preview: str = ""
    timeout: float = 120.0


@value
class ToolResult:
    """``text`` is what the model reads; ``display`` what the person sees (empty: the text itself).

    ``paths`` are files that were changed, absolute. ``pieces`` are the whole output where ``text`` is only head and
    tail of it. ``error`` marks a result that the model should take
    as a failure although the tool ran to its end (a command's exit code, say).
    """

    text: str
    display: tuple[Display, ...] = ()
    images: tuple[ImagePart, ...] = ()
    paths: tuple[str, ...] = ()
    pieces: tuple[OutputPiece, ...] = ()
    error: bool = False


class FileMemory(Protocol):
    """What the session has read: path -> (mtime_ns, size) as of then. ``edit`` refuses a file that moved on."""

    def seen(self, path: Path) -> tuple[int, int] | None: ...

    def note(self, path: Path, stamp: tuple[int, int]) -> None: ...


@dataclass(slots=True)
class FilesSeen:
    """The plain FileMemory: a dict."""

    _stamps: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def seen(self, path: Path) -> tuple[int, int] | None:
        return self._stamps.get(path)

    def note(self, path: Path, stamp: tuple[int, int]) -> None:
        self._stamps[path] = stamp


T = TypeVar("T")


class Bridge(Protocol):
    """The way from async code to code that blocks: one bounded pool of threads for the whole program."""

    async def run(self, work: Callable[..., T], *arguments: Any) -> T:
        """``work(*arguments)`` in a thread, which is abandoned and replaced when the caller is cancelled first."""
        ...


class Blobs(Protocol):
    """Bytes in the store, by their SHA-256. See ``tui.store.store.Store``."""

    async def keep(self, data: bytes) -> str: ...

    async def kept(self, name: str) -> bytes: ...


class Confines(Protocol):
    """What holds commands inside the workspace. See ``tui.tools.sandbox.Sandbox``."""

    @property
    def works(self) -> bool:
        """Whether commands are confined, as far as is known now: False before ``ready`` was awaited once."""
        ...

    @property
    def name(self) -> str:
        """For the status line: "bubblewrap", "landlock", "none: why", or "" where it is not known yet."""
        ...

    async def ready(self) -> "Confines":
        """Itself, once it has found out what works here. Costs a child process the first time."""
        ...

    def wrap(self, argv: Sequence[str], *, cwd: Path, root: Path, network: bool) -> list[str]:
        """``argv`` as it runs confined; unchanged where nothing works. ``ready`` must have been awaited."""
        ...


@value
class Kit:
    """What the program lends to the tools of all sessions. ``tui.program`` puts it together."""

    sandbox: Confines | None = None


@value
class ToolContext:
    """What the engine lends to one running call.

    ``root`` is the workspace folder. ``output(text)`` shows text while the tool runs: plain call, cheap, never blocks.
    ``background(awaitable)`` hands over work that must finish although the call was cancelled (ending a process group).
    """

    cwd: Path
    root: Path
    call_id: str
    files: FileMemory
    output: Callable[[str], None]
    background: Callable[[Awaitable[None]], None]
    bridge: Bridge
    blobs: Blobs
    kit: Kit = Kit()


def resolve(path: str, cwd: Path) -> Path:
    """An argument as an absolute path with symlinks and ``..`` resolved; ``~`` is the home folder.

    Raises:
        ValueError: the text cannot be a path (a NUL byte, half a character, no such home, a loop of symlinks).
        OSError: the file system refuses to say.
    """
    if "\0" in path:
        raise ValueError("a path cannot hold a NUL byte")
    try:
        os.fsencode(path)
        expanded = Path(path).expanduser() if path.startswith("~") else Path(path)  # ./~ is a file of that name
        return (cwd / expanded).resolve()
    except (RuntimeError, UnicodeEncodeError) as error:  # pathlib tells of a loop and of a missing home by RuntimeError
        raise ValueError(str(error)) from error


ToolFunction = Callable[[Any, ToolContext], Awaitable[ToolResult]]
PreviewFunction = Callable[[Any, ToolContext], Awaitable[tuple[Display, ...]]]


@value
class LoadedTool:
    """A tool after its lazy import. ``arguments`` is its pydantic model class."""

    run: ToolFunction
    arguments: Any
    preview: PreviewFunction | None = None


class Toolbox(Protocol):
    """The tools that an engine may use: rows at once, code on first call."""

    def specs(self) -> tuple[ToolSpec, ...]: ...

    def spec(self, name: str) -> ToolSpec | None: ...

    def load(self, name: str) -> LoadedTool:
        """Import the tool's module (a blocking call: run it in a thread).

        Raises:
            KeyError: no such tool.
        """
        ...
