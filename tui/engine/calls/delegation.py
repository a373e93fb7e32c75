"""Sub-agents: a call of ``task`` opens a session of its own, gives it a prompt and waits until it rests.

The child is a session like any other, with its own log: the person sees it, steers it, answers what it asks and may
interrupt it alone. Its parent reads its last answer. Interrupting the parent's call interrupts the child; what a crash
left is closed in each of the two logs for itself.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tui.engine.log import Log
from tui.engine.session import Session
from tui.errors import PenstockError, ToolError
from tui.events import ApprovalRequested, ModeChanged, PartEnded, QuestionAsked, SessionRenamed, ToolStarted
from tui.messages import TextPart
from tui.plain import one_line
from tui.providers.base import Models
from tui.state import SessionState, StepState
from tui.tools.base import Report

MAX_DEPTH = 2
"""A session has sub-agents, and those have some; theirs have none."""
AT_ONCE = 8
"""Sub-agents of one session that work at the same time. Others wait for a place."""
_LINE = 120
_LOOKED_AT = 8192


class Home(Protocol):
    """What a delegation needs of the workspace."""

    @property
    def models(self) -> Models: ...

    @property
    def watchers(self) -> dict[str, Callable[[], None]]: ...

    async def new_session(
        self, model: str, *, cwd: Path | None = None, parent_call: tuple[str, str] | None = None
    ) -> Session: ...

    async def parent_call(self, session_id: str) -> tuple[str, str] | None: ...

    def tell_opened(self, session: Session) -> None: ...


class Delegation:
    """The sub-agents of one session."""

    def __init__(self, log: Log, home: Home, mask: Callable[[str], str] = lambda text: text) -> None:
        self._log = log
        self._mask = mask
        self._home = home
        self._places = asyncio.Semaphore(AT_ONCE)

    async def run(self, call_id: str, show: Callable[[str], None], prompt: str, title: str, model: str) -> Report:
        """See ``tui.tools.base.Delegate``. ``show`` is told what the sub-agent does, a line at a time."""
        if self._places.locked():
            show(f"{AT_ONCE} sub-agents work already: this one waits for a place.\n")
        async with self._places:
            child = await self._open(call_id, title, model)
            progress = self._home.watchers[child.id] = Progress(child, show, self._mask)
            try:
                child.submit(prompt)
                self._home.tell_opened(
                    child
                )  # it runs: nothing takes it for one that does nothing and may leave memory
                progress()
                await child.rest()
            except asyncio.CancelledError:
                child.interrupt()
                raise
            finally:
                del self._home.watchers[child.id]
        return _report(child.state)

    async def _open(self, call_id: str, title: str, model: str) -> Session:
        state = self._log.state
        if await self._depth(state) >= MAX_DEPTH:
            raise ToolError("You are a sub-agent of a sub-agent, and cannot have one yourself: do the work here.")
        if model:
            try:
                await self._home.models.resolve(model)
            except PenstockError as error:
                raise ToolError(f"The model {model!r} cannot be used: {error}", hint=error.hint) from error
        child = await self._home.new_session(
            model or state.model, cwd=Path(state.cwd), parent_call=(state.session_id, call_id)
        )
        if state.worktree is not None and state.worktree_ended is None:
            child.log.emit(state.worktree)  # it works where its parent does
        if title:
            child.log.emit(SessionRenamed(title=title, by="engine"))
        if state.mode is not None:
            child.log.emit(ModeChanged(mode=state.mode))
        child.change_effort(state.effort)
        return child

    async def _depth(self, state: SessionState) -> int:
        depth, above = 0, state.parent_call
        while above is not None and depth < MAX_DEPTH:
            depth += 1
            above = await self._home.parent_call(above[0])
        return depth


class Progress:
    """Says what a sub-agent does, in lines of its parent's row. Called at each of its events."""

    def __init__(self, child: Session, show: Callable[[str], None], mask: Callable[[str], str]) -> None:
        self._child = child
        self._mask = mask
        self._show = show
        self._cursor = 0
        show(f"session {child.id}\n")

    def __call__(self) -> None:
        for entry in self._child.log.since(self._cursor):
            self._cursor = entry.seq
            match entry.event:
                case ToolStarted(tool=tool, arguments=arguments):
                    self._say(f"{tool} {arguments}")
                case ApprovalRequested(tool=tool, arguments=arguments):
                    self._say(f"asks you in its session: {tool} {arguments}")
                case QuestionAsked(text=text):
                    self._say(f"asks you in its session: {text}")
                case PartEnded(part=TextPart(text=text)) if text.strip():
                    self._say(text)
                case _:
                    pass

    def _say(self, text: str) -> None:
        line = one_line(self._mask(text[:_LOOKED_AT])[: _LINE * 4])  # before it is cut: half a key is not known as one
        self._show(f"{line if len(line) <= _LINE else line[: _LINE - 1] + '…'}\n")


def _report(state: SessionState) -> Report:
    turn = state.turns[-1] if state.turns else None
    if turn is None or turn.outcome is None:
        return Report(session_id=state.session_id, outcome="interrupted")
    answer = ""
    for item in turn.items:
        if isinstance(item, StepState):
            text = "\n\n".join(part.text for part in item.parts if part.kind == "text" and part.text.strip())
            answer = text or answer
    error = f"{turn.error} {turn.hint}".strip()
    return Report(session_id=state.session_id, outcome=turn.outcome, answer=answer, error=error)
