"""The workspace: all that is open, and the task group that owns everything which runs.

``open_workspace`` is the only way in. It is opened around the app (or around ``penstock run``),
never by it; when it closes, turns are interrupted, their ends reach the disk, and nothing is left
behind. Sessions that nobody looks at and that do nothing are *cold*: they sit in a small cache
and leave memory from there; asking for one again folds it from the store.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from time import time
from typing import Any, Protocol, TypeVar

from cachetools import TTLCache

from tui.engine.budget import Budget, together
from tui.engine.calls.approvals import Approvals
from tui.engine.calls.bridge import Threads
from tui.engine.calls.delegation import Delegation
from tui.engine.calls.executor import Executor
from tui.engine.calls.jobs import Jobs, close_jobs
from tui.engine.calls.lending import Lender
from tui.engine.calls.permit import Permits
from tui.engine.calls.questions import Questions
from tui.engine.calls.side_calls import close_side_calls
from tui.engine.changes.checkpoints import Checkpoints
from tui.engine.changes.touched import Touch, tell_both, warning
from tui.engine.choice import ModelPlan
from tui.engine.following import FollowedLog, FollowedSession, Following, Source
from tui.engine.forks import begin_fork, entries_up_to, told_of_closing
from tui.engine.log import Journal, Log
from tui.engine.policy.rules import NoRules, RuleBook
from tui.engine.policy.rulings import CallHistory, Rulings
from tui.engine.purse import Purse, Treasury
from tui.engine.refusals import Refusals
from tui.engine.session import Session
from tui.engine.stream import Limits, Pace
from tui.engine.turn import Turn, close_turn
from tui.engine.window.compaction import ContextRules, close_compaction
from tui.engine.window.guidance import Guidance
from tui.engine.window.recall import Recall
from tui.engine.worktrees.life import Worktrees
from tui.errors import UnknownSession
from tui.events import Entry, Mode, SessionClosed, SessionOpened
from tui.ids import new_session_id
from tui.providers.base import Models, ToolSchema
from tui.state import SessionState, fold
from tui.tools.base import Blobs, Kit, Toolbox

S = TypeVar("S", bound=Session)

COLD_SESSIONS = 16
"""Cold sessions that are kept in memory, for quick switching back."""
COLD_SECONDS = 3600.0
CLOSING_SECONDS = 5.0
"""How long closing waits for turns to end before it gives up on them."""
WHOLE_SECONDS = 10.0
"""How long closing waits for what must not be stopped half way, before it is stopped all the same."""


class SessionStore(Journal, Blobs, CallHistory, Source, Treasury, Protocol):
    """What the workspace needs of the store beyond a log's journal."""

    async def load(self, session_id: str, *, through: int | None = None) -> list[Entry]: ...

    async def next_slot(self, workspace: str) -> int: ...

    async def delegated(self, session_id: str) -> dict[str, tuple[float, int]]: ...

    def claim(self, session_id: str) -> None: ...

    def release(self, session_id: str) -> None: ...


class Workspace:
    """The live sessions of one workspace folder."""

    def __init__(
        self,
        group: asyncio.TaskGroup,
        store: SessionStore,
        models: Models,
        toolbox: Toolbox,
        *,
        root: Path,
        cwd: Path,
        limits: Limits,
        pace: Pace,
        kit: Kit,
        attended: bool,
        bridge: Threads,
        book: RuleBook,
        mode: Mode,
        worktrees: Path | None,
        plan: ModelPlan,
        context: ContextRules,
        own_instructions: Path | None,
    ) -> None:
        self.root = root
        self.plan = plan
        self.purse = Purse(store, models.price, day=plan.day_budget, warn=plan.warn)
        self._context = context
        self._own_instructions = own_instructions
        self._refusals = Refusals()
        self.cwd = cwd
        self.models = models
        self.toolbox = toolbox
        self.bridge = bridge
        self.rulings = Rulings(book, bridge, store, toolbox, root=root, mode=mode)
        self.changed: Callable[[str], None] = lambda session_id: None
        """Called with a session's id at each event of it: cheap, synchronous. The app puts its frame clock here."""
        self.opened: Callable[[Session], None] = lambda session: None
        """Called with a session that an agent opened. The app gives it a tab."""
        self.shared: Callable[[SessionState, Touch], None] = lambda state, touch: None
        """Called when a session has written a file that another one wrote too: who wrote now, and who did before."""
        self.watchers: dict[str, Callable[[], None]] = {}
        """Called at each event of a session, by its id: who waits for it."""
        self.worktrees = Worktrees(root, worktrees or root.parent / f"{root.name}-worktrees", cwd)
        self.cut_off: list[str] = []
        """What had to be stopped half way when the workspace was closed."""
        self._whole: dict[asyncio.Task[None], str] = {}
        self._group = group
        self._store = store
        self._limits = limits
        self._pace = pace
        self._kit = kit
        self._attended = attended
        self.recall = Recall(kit.notes, self.bridge, lambda work: self.spawn(work, name="notes"))
        self._live: dict[str, Session] = {}
        self._cold: TTLCache[str, Session] = _ColdSessions(self._forget)
        self._visible: frozenset[str] = frozenset()
        self._loading: dict[str, asyncio.Lock] = {}
        self.following = Following(store, self._make_followed, partial(self.spawn, name="following"))

    @property
    def kit(self) -> Kit:
        """What all tools are lent."""
        return self._kit

    @property
    def sessions(self) -> tuple[Session, ...]:
        """All sessions in memory that this process runs."""
        return (*self._live.values(), *self._cold.values())

    def session(self, session_id: str) -> Session | None:
        """A session that is in memory, or None. It may be another process's: see ``Session.held_by``."""
        return self._ours(session_id) or self.following.get(session_id)

    def _ours(self, session_id: str) -> Session | None:
        return self._live.get(session_id) or self._cold.get(session_id)

    async def new_session(
        self,
        model: str,
        *,
        cwd: Path | None = None,
        title: str = "New session",
        parent_call: tuple[str, str] | None = None,
    ) -> Session:
        """Open a new session in the workspace's folder, or in ``cwd``.

        Args:
            parent_call: the session and the call whose sub-agent it is.

        Raises:
            StoreError: no slot could be reserved.
        """
        session_id = new_session_id()
        slot = await self._store.next_slot(str(self.root))
        self._store.claim(session_id)
        session = self._make(session_id, [])
        session.log.emit(
            SessionOpened(
                workspace=str(self.root),
                cwd=str(cwd or self.cwd),
                title=title,
                model=model,
                slot=slot,
                system="" if parent_call else self._context.system.strip(),
                parent_call=parent_call,
            )
        )
        if parent_call is None:
            session.change_effort(self.plan.effort)
            session.change_budget(self.plan.budget)
        self._live[session_id] = session
        return session

    def state_of(self, session_id: str) -> SessionState | None:
        """See ``tui.engine.budget.Family``."""
        session = self.session(session_id)
        return session.state if session is not None else None

    async def delegated(self, session_id: str) -> tuple[float, int]:
        """See ``tui.engine.budget.Family``. Of those in memory it is known to the last request."""
        stored = await self._store.delegated(session_id)
        return together(stored, session_id, [session.state for session in self.sessions])

    async def fork(self, session_id: str, through_seq: int | None = None) -> Session:
        """A new session that goes on from another as it stood after ``through_seq``, or as it stands now.

        That other one is only read: it may be running, archived, or another process's.

        Raises:
            UnknownSession: there is none.
            UsageError: nothing has happened up to there.
            StoreError: it cannot be read, or no slot could be reserved.
        """
        parent = self.session(session_id)
        entries = parent.log.since(0) if parent is not None else await self._store.load(session_id)
        if not entries:
            raise UnknownSession(f"There is no session {session_id}.", hint="penstock sessions lists them.")
        inherited = entries_up_to(entries, through_seq)  # before anything is awaited: what streams now is pruned later
        state = parent.state if parent is not None else fold(session_id, entries)
        slot = await self._store.next_slot(state.workspace)
        child_id = new_session_id()
        self._store.claim(child_id)
        child = self._make(child_id, inherited)
        begin_fork(child.log, state, slot)
        child.change_budget(state.budget if state.budget is not None else self.plan.budget)
        self._live[child_id] = child
        return child

    async def open_session(self, session_id: str) -> Session:
        """A session from memory or from the store, owned by this process.

        What a crash left open in it is closed: the turn as interrupted, started calls as unknown.

        Raises:
            SessionHeld: another live process owns it.
            UnknownSession: there is none.
            StoreError: it cannot be read.
        """
        lock = self._loading.setdefault(session_id, asyncio.Lock())
        async with lock:
            self._cold.expire()  # one that has grown too cold lets go of its lock now, and not once it is live again
            session = self._ours(session_id)
            if session is None:
                session = await self._load(session_id)
                self.following.drop(session_id)
            self._cold.pop(session_id, None)
            self._live[session_id] = session
        return session

    async def parent_call(self, session_id: str) -> tuple[str, str] | None:
        """The call whose sub-agent a session is, None for one that the person opened or that is not there."""
        session = self.session(session_id)
        if session is not None:
            return session.state.parent_call
        first = await self._store.load(session_id, through=1)
        return fold(session_id, [entry for entry in first if entry.session_id == session_id]).parent_call

    def tell_opened(self, session: Session) -> None:
        """Say that an agent opened a session."""
        self.opened(session)

    def show(self, visible: Iterable[str]) -> None:
        """Say which sessions are on screen. Others that do nothing go cold."""
        self._visible = frozenset(visible)
        self.following.show(self._visible)
        self._cold.expire()
        for session in list(self._live.values()):
            self._cool(session)

    def close_session(self, session: Session) -> None:
        """Close a session's tab: a running turn goes on, and the session leaves memory when it rests."""
        if session.held_by is not None:
            self.following.drop(session.id)
            return
        session.log.emit(SessionClosed())
        self._visible -= {session.id}
        self._cool(session)

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str = "") -> asyncio.Task[None]:
        """Run ``work`` in the workspace's task group."""
        return self._group.create_task(work, name=name or None)

    def spawn_whole(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        """Like ``spawn``, for what must not be stopped half way: closing waits for it, for ``WHOLE_SECONDS``."""
        task = self.spawn(work, name=name)
        self._whole[task] = name
        task.add_done_callback(lambda task: self._whole.pop(task, None))

    @property
    def unfinished(self) -> list[str]:
        """What closing would wait for."""
        return list(self._whole.values())

    def background(self, work: Awaitable[None]) -> None:
        """Run what must finish although its call was cancelled."""

        async def finish() -> None:
            await work

        self._group.create_task(finish(), name="background")

    async def rest(self) -> None:
        """Interrupt every turn and wait, for a bounded time, until all have ended."""
        for session in self.sessions:
            session.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_SECONDS):
                for session in self.sessions:
                    await session.rest()
                    await session.side_calls.rest()
                    await session.jobs.rest()
        if self._whole:
            _, late = await asyncio.wait(self._whole, timeout=WHOLE_SECONDS)
            self.cut_off += [self._whole[task] for task in late]
            for task in late:
                task.cancel()

    async def _load(self, session_id: str) -> Session:
        self._store.claim(session_id)
        try:
            await self._store.settle()  # a session that just left memory may still be on its way to disk
            entries = await self._store.load(session_id)
            if not entries:
                raise UnknownSession(f"There is no session {session_id}.", hint="penstock sessions lists them.")
            session = self._make(session_id, entries)
        except BaseException:
            self._store.release(session_id)
            raise
        close_compaction(session.log)
        if session.state.turn is not None:
            close_turn(session.log, "interrupted", told=told_of_closing(session.state))
        close_side_calls(session.log)
        close_jobs(session.log)
        return session

    def _make_followed(self, session_id: str, entries: list[Entry]) -> FollowedSession:
        log = FollowedLog(fold(session_id, entries), self._store, entries=entries, changed=self._notice)
        return self._around(log, FollowedSession)

    def _make(self, session_id: str, entries: list[Entry]) -> Session:
        return self._around(Log(fold(session_id, entries), self._store, entries=entries, changed=self._notice), Session)

    def _around(self, log: Log, kind: type[S]) -> S:
        session_id = log.state.session_id
        approvals, questions = Approvals(log), Questions(log)
        checkpoints = Checkpoints(log, self._store, self.bridge, partial(self._wrote, log))
        spawn = partial(self.spawn, name=f"of {session_id}")
        masks = self._kit.masks
        jobs = Jobs(log, self._store, spawn=spawn, masks=masks)
        lender = Lender(
            log,
            background=self.background,
            bridge=self.bridge,
            blobs=self._store,
            kit=self._kit,
            questions=questions if self._attended else None,
            delegation=Delegation(log, self, masks.mask),
            checkpoints=checkpoints,
            jobs=jobs,
        )
        permits = Permits(log, approvals, self.toolbox, self.rulings.book, partial(self._warning, log))
        executor = Executor(log, permits, lender.lend, self._store, masks=masks)
        tools = tuple(
            ToolSchema(name=spec.name, description=spec.description, parameters=json.dumps(spec.parameters))
            for spec in self.toolbox.specs()
        )
        turn = Turn(
            log,
            self.models,
            executor,
            tools,
            limits=self._limits,
            pace=self._pace,
            recall=self.recall,
            masks=masks,
            budget=Budget(log, self, self.purse),
            fallback=self.plan.fallback,
            refusals=self._refusals,
            guidance=Guidance(log, self.bridge, spawn, person=self._own_instructions, on=self._context.instructions),
            rules=self._context,
        )
        return kind(
            log,
            approvals,
            questions,
            turn,
            executor,
            checkpoints=checkpoints,
            rulings=self.rulings,
            jobs=jobs,
            spawn=spawn,
            mask=masks.mask,
        )

    def _wrote(self, log: Log, path: str) -> None:
        for touch in tell_both([session.log for session in self.sessions], log, path):
            self.shared(log.state, touch)

    def _warning(self, log: Log, paths: Iterable[Path]) -> str:
        return warning([session.state for session in self.sessions], paths, but=log.state, now=time())

    def _notice(self, session_id: str) -> None:
        self.changed(session_id)
        if session_id in self.watchers:
            self.watchers[session_id]()

    def _cool(self, session: Session) -> None:
        if session.id not in self._visible and not session.busy and not session.state.asking():
            self._live.pop(session.id, None)
            self._cold[session.id] = session

    def _forget(self, session: Session) -> None:
        """A cold session leaves memory. Its log is in the store, or on its way there."""
        self._store.release(session.id)


class _ColdSessions(TTLCache[str, Session]):
    """Cold sessions, least recently used first out, each told to ``forget`` as it goes."""

    def __init__(self, forget: Callable[[Session], None]) -> None:
        super().__init__(maxsize=COLD_SESSIONS, ttl=COLD_SECONDS)
        self._forget = forget

    def popitem(self) -> tuple[str, Session]:
        key, session = super().popitem()
        self._forget(session)
        return key, session

    def expire(self, time: float | None = None) -> list[tuple[str, Session]]:
        gone = super().expire(time)
        for _, session in gone:
            self._forget(session)
        return gone


@asynccontextmanager
async def open_workspace(
    *,
    store: SessionStore,
    models: Models,
    toolbox: Toolbox,
    root: Path,
    cwd: Path,
    limits: Limits | None = None,
    pace: Pace | None = None,
    kit: Kit | None = None,
    book: RuleBook | None = None,
    mode: Mode = "ask",
    plan: ModelPlan | None = None,
    context: ContextRules | None = None,
    own_instructions: Path | None = None,
    attended: bool = True,
    worktrees: Path | None = None,
) -> AsyncGenerator[Workspace, None]:
    """The workspace, for as long as the block runs. ``attended``: a person is there to answer what agents ask.

    ``worktrees`` is the folder for sessions' own worktrees: one beside ``root`` where it is None.
    On leaving, whatever the reason, turns are interrupted and closed in the log. The caller closes store
    and models, which outlive it.
    """
    bridge = Threads()
    try:
        async with asyncio.TaskGroup() as group:
            workspace = Workspace(
                group,
                store,
                models,
                toolbox,
                root=root,
                cwd=cwd,
                limits=limits or Limits(),
                pace=pace or Pace(),
                kit=kit or Kit(),
                book=book or NoRules(),
                mode=mode,
                plan=plan or ModelPlan(),
                context=context or ContextRules(),
                own_instructions=own_instructions,
                attended=attended,
                worktrees=worktrees,
                bridge=bridge,
            )
            workspace.recall.start()
            try:
                yield workspace
            finally:
                workspace.recall.stop()
                workspace.following.stop()
                await workspace.rest()
                for session in workspace.sessions:
                    store.release(session.id)
    except BaseExceptionGroup as failures:
        first, *others = failures.exceptions
        if others:
            raise
        raise first from None  # the block's own error, as the block raised it
    finally:
        await bridge.close()
