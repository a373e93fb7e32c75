"""The shape of a tool: a typed function, its argument model, and two faces of its result.

A tool is ``async def name(args: NameArgs, ctx: ToolContext) -> ToolResult`` (or a plain ``def``, which runs in
a thread) in a module of this room, where ``NameArgs`` is a pydantic model whose docstring and field descriptions the
model reads. ``tui.tools.catalog`` names it, so that nothing of it is imported before its first call.
A tool raises ToolError with a sentence for the model; it may be cancelled at any await and
must then leave nothing half-written.

What a tool needs of the program it reaches through ToolContext, never by import.
"""

import os
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from tui.events import Effect, TurnOutcome
from tui.messages import Display, ImagePart, OutputPiece
from tui.secrets import Masks
from tui.value import value

if TYPE_CHECKING:
    from tui.tools.web import Web


@value
class ToolSpec:
    """A row of the catalog: everything that is known of a tool without importing it.

    ``module`` and ``function`` say where it lives; ``arguments`` names its pydantic model there.
    ``effect`` is the strongest thing it can do; where ``mild`` is (field, values), a call whose field has one of the
    values does no more than "own". ``path_fields`` are the arguments that name files
    (``""`` in a field means the session's folder), ``url_fields`` those that name what is fetched.
    ``preview`` names a function of the same shape
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
    url_fields: tuple[str, ...] = ()
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

    def aside(self) -> "FilesSeen":
        """What is known now, for a call of the person's: what such a call reads or writes, the model has not seen."""
        return FilesSeen(dict(self._stamps))


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


class Spool(Protocol):
    """All output of a program as it comes: cleaned, shown live, kept whole. See ``tui.engine.calls.output.Spool``."""

    @property
    def text(self) -> str:
        """Head and tail for the model, and between them how to read the rest."""
        ...

    @property
    def pieces(self) -> tuple[OutputPiece, ...]:
        """Where the whole is, once it was ended; nothing where ``text`` is the whole."""
        ...

    async def add(self, text: str) -> None:
        """More of it. Waits while the disk is far behind, and so does the program that writes it."""
        ...

    async def end(self) -> None:
        """No more comes: keep what is not kept yet."""
        ...


class Program(Protocol):
    """A program that was started. See ``tui.tools.child.Child``."""

    async def to_the_end(self, add: Callable[[str], Awaitable[None]]) -> int:
        """Give all of its output to ``add`` and wait for its end; its exit code, negative for a signal."""
        ...

    async def stop(self) -> None:
        """End it and all that it started."""
        ...


@value
class Output:
    """The output of a call or of a job as far as it is there: ``pieces`` in the store, then ``rest``.

    ``state`` is a sentence on how far it is; ``seen`` the lines of it that ``job_output`` has given before.
    """

    pieces: tuple[OutputPiece, ...]
    rest: str
    state: str
    seen: int = 0


class Jobs(Protocol):
    """The background programs of the session. See ``tui.engine.calls.jobs.Jobs``."""

    def check(self) -> None:
        """Raises ToolError when no more may be started now."""
        ...

    def start(self, call_id: str, command: str, program: Program) -> str:
        """Own a program from now on; the job's id."""
        ...

    def output(self, name: str) -> Output:
        """The output of a job or of an earlier call. Raises ToolError where nothing is called that."""
        ...

    def saw(self, name: str, lines: int) -> None:
        """The model has read so many lines of a job."""
        ...

    async def kill(self, name: str) -> str:
        """End a job, wait for it, and say how it ended. Raises ToolError where there is no such job."""
        ...


Confined = Literal["no", "partly", "whole"]
"""How far a sandbox holds commands. ``partly``: git's settings and hooks inside the workspace are not guarded."""


class Confines(Protocol):
    """What holds commands inside the workspace. See ``tui.tools.sandbox.Sandbox``."""

    @property
    def works(self) -> bool:
        """Whether commands are confined, as far as is known now: False before ``ready`` was awaited once."""
        ...

    @property
    def holds(self) -> Confined:
        """How far it holds commands, as far as is known now."""
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


NoteScope = Literal["person", "project"]


@value
class NotesChange:
    """What a change makes of a file of notes. ``before`` is None where there was no file."""

    path: Path
    before: str | None
    after: str


class Notebook(Protocol):
    """Notes that outlive sessions, of the person and of the project. Every method blocks: call it through the bridge.

    Each raises ToolError where the file cannot be read or written, or the change cannot be made. ``dry`` makes no
    change and tells what it would be.
    """

    def read(self, scope: NoteScope) -> tuple[str, ...]: ...

    def add(self, scope: NoteScope, text: str, *, dry: bool = False) -> NotesChange: ...

    def remove(self, scope: NoteScope, text: str, *, dry: bool = False) -> NotesChange: ...


@value
class Report:
    """What came of a sub-agent's work. ``answer`` is the text that it said last, ``error`` why it failed."""

    session_id: str
    outcome: TurnOutcome
    answer: str = ""
    error: str = ""


class Delegate(Protocol):
    """See ``tui.engine.calls.delegation.Delegation``."""

    async def __call__(self, prompt: str, title: str, model: str) -> Report:
        """Let a sub-agent do ``prompt`` and wait for its rest; cancelling it interrupts the sub-agent.

        Raises:
            ToolError: there can be none here, or not with this model.
        """
        ...


Ask = Callable[[str, tuple[str, ...]], Awaitable[str | None]]
"""Puts a question with options to the person; the answer, None where the person gave none."""


@value
class Kit:
    """What the program lends to the tools of all sessions. ``tui.program`` puts it together."""

    sandbox: Confines | None = None
    masks: Masks = field(default_factory=lambda: Masks(known=False))
    notes: Notebook | None = None
    web: "Web | None" = None


async def _before(path: Path) -> None:
    """Nobody keeps what was there."""


async def _after(path: Path, data: bytes | None) -> None:
    """Nobody wants to know."""


@value
class ToolContext:
    """What the engine lends to one running call.

    ``root`` is the workspace folder. ``output(text)`` shows text while the tool runs: plain call, cheap, never blocks.
    ``background(awaitable)`` hands over work that must finish although the call was cancelled (ending a process group).
    ``spool`` takes the output of what the call runs, ``jobs`` what goes on when the call has ended.
    ``ask`` is None where nobody can be asked, ``delegate`` where there are no sub-agents.
    ``before_write(path)`` keeps what a file is, so that it can be undone; the file may be changed when it has returned,
    and then ``after_write(path, bytes)`` says what it is now (None: gone). Paths are resolved ones.
    """

    cwd: Path
    root: Path
    call_id: str
    files: FileMemory
    output: Callable[[str], None]
    background: Callable[[Awaitable[None]], None]
    bridge: Bridge
    blobs: Blobs
    spool: Spool
    jobs: Jobs
    kit: Kit = Kit()
    ask: Ask | None = None
    delegate: Delegate | None = None
    before_write: Callable[[Path], Awaitable[None]] = _before
    after_write: Callable[[Path, bytes | None], Awaitable[None]] = _after


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


ToolFunction = Callable[[Any, ToolContext], Coroutine[Any, Any, ToolResult] | ToolResult]
PreviewFunction = Callable[[Any, ToolContext], Awaitable[tuple[Display, ...]]]


@value
class LoadedTool:
    """A tool after its lazy import. ``arguments`` is its pydantic model class.

    ``run`` is a coroutine's function, or a plain one, which runs in a thread.
    """

    run: ToolFunction
    arguments: Any
    preview: PreviewFunction | None = None

    @property
    def is_async(self) -> bool:
        return iscoroutinefunction(self.run)


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
