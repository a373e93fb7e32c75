"""Sessions that another process runs, shown here as they grow.

Such a session is read, and never written: its log refuses every event, so whatever verb a person tries says who runs
it. While one is on screen, the store is asked four times a second whether something came; while none is, nothing
runs. When its owner is gone (the kernel lets go of its lock), that is told once, and whoever shows it may open it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any, Protocol

from tui.engine.changes.checkpoints import Undone
from tui.engine.log import Log
from tui.engine.policy.rules import Rule
from tui.engine.session import Session
from tui.errors import SessionHeld, StoreError, UnknownSession
from tui.events import Decision, Entry, Scope, SessionEvent

EVERY = 0.25
"""Seconds between two looks."""


class Source(Protocol):
    """What following needs of the store."""

    async def load(self, session_id: str) -> list[Entry]: ...

    async def arrived(self, after: Mapping[str, int]) -> list[Entry]: ...

    def holder(self, session_id: str) -> int | None: ...


class FollowedLog(Log):
    """A log that another process writes. ``take`` is how it grows here."""

    holder = 0
    """The pid of that process, 0 where it is unknown."""

    def emit(self, event: SessionEvent) -> Entry:
        """Raises SessionHeld, always."""
        raise self.refusal()

    def refusal(self) -> SessionHeld:
        who = f"process {self.holder}" if self.holder else "another process"
        return SessionHeld(
            f"Session {self.state.slot} is run by {who}: here it can only be read.",
            hint="Do it there, or close it there and go on here.",
            pid=self.holder,
        )

    def take(self, entry: Entry) -> None:
        """What the other process has emitted."""
        self._append(entry)
        self._changed(entry.session_id)


class FollowedSession(Session):
    """A session that can be read. Verbs that begin with an event raise SessionHeld by that; here are the others."""

    @property
    def held_by(self) -> int | None:
        return self.followed.holder

    def check_ours(self) -> None:
        raise self.followed.refusal()

    def resume_queue(self) -> None:
        self.check_ours()

    def steer_queued(self, prompt_id: str, steer: bool) -> None:
        self.check_ours()

    def rerun(self, call_id: str, arguments: str | None = None) -> str:
        raise self.followed.refusal()

    def cancel_call(self, call_id: str) -> bool:
        raise self.followed.refusal()

    def decide(
        self,
        approval_id: str,
        decision: Decision,
        *,
        scope: Scope = "once",
        reason: str = "",
        arguments: str | None = None,
    ) -> None:
        self.check_ours()

    async def allow_always(self, approval_id: str, rule: Rule | None = None) -> None:
        self.check_ours()

    def answer(self, question_id: str, text: str | None) -> None:
        self.check_ours()

    def compact(self, wish: str = "") -> None:
        self.check_ours()

    async def read_instructions(self) -> None:
        """They are the other process's affair."""

    async def undo(
        self, turn_id: str, paths: Iterable[str] | None = None, *, force: bool = False
    ) -> tuple[Undone, ...]:
        raise self.followed.refusal()

    async def redo(self, turn_id: str, paths: Iterable[str] | None = None) -> tuple[Undone, ...]:
        raise self.followed.refusal()

    def retry_now(self) -> None:
        self.check_ours()

    def _start(self) -> None:
        """Nothing of it ever runs here."""

    @property
    def followed(self) -> FollowedLog:
        assert isinstance(self.log, FollowedLog)
        return self.log


class Following:
    """The followed sessions that are on screen. ``make`` gives one from its entries."""

    def __init__(
        self,
        source: Source,
        make: Callable[[str, list[Entry]], FollowedSession],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._source = source
        self._make = make
        self._spawn = spawn
        self._sessions: dict[str, FollowedSession] = {}
        self._shown: frozenset[str] = frozenset()
        self._free: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self.freed: Callable[[str], object] = lambda session_id: None
        """Called once with a session that is on screen and that nobody runs any more."""

    @property
    def running(self) -> bool:
        """Whether it looks for news now."""
        return self._task is not None

    def get(self, session_id: str) -> FollowedSession | None:
        return self._sessions.get(session_id)

    async def follow(self, session_id: str) -> FollowedSession:
        """A session as it stands on the disk, which grows while ``show`` says that it is on screen.

        Raises:
            UnknownSession: there is none.
            StoreError: it cannot be read.
        """
        if session_id not in self._sessions:
            entries = await self._source.load(session_id)
            if not entries:
                raise UnknownSession(f"There is no session {session_id}.", hint="penstock sessions lists them.")
            self._sessions[session_id] = self._make(session_id, entries)
        session = self._sessions[session_id]
        self._free.discard(session_id)
        session.followed.holder = self._source.holder(session_id) or 0
        self._begin()
        return session

    def show(self, visible: frozenset[str]) -> None:
        """These are on screen. Others are forgotten: they cost nothing until they are chosen again."""
        for session_id in self._sessions.keys() & self._shown - visible:
            self.drop(session_id)
        self._shown = visible
        self._begin()

    def drop(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)

    def stop(self) -> None:
        """Look no more: the program closes."""
        self._sessions.clear()
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> None:
        if self._task is None and self._sessions.keys() & self._shown:
            self._task = self._spawn(self._look())
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled():
            self._begin()

    async def _look(self) -> None:
        while wanted := {each: self._sessions[each].state.seq for each in self._sessions.keys() & self._shown}:
            gone = [each for each in wanted if self._source.holder(each) is None]  # before reading: it wrote all it had
            with suppress(StoreError):  # it cannot be read now: tried again, and said where the store is used
                for entry in await self._source.arrived(wanted):
                    session = self._sessions.get(entry.session_id)
                    if session is not None and entry.seq > session.state.seq:  # not read anew meanwhile
                        session.followed.take(entry)
            for session_id in gone:
                if session_id in self._sessions and session_id not in self._free:
                    self._free.add(session_id)
                    self.freed(session_id)
            await asyncio.sleep(EVERY)
