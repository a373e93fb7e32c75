"""A session's log: the one place where something becomes true.

``emit`` gives an event its number and time, moves the state on, keeps the entry for readers in
this process, hands it to the store and says that the session changed. It is one synchronous
call that never suspends, so nobody ever sees half of it. Readers hold a cursor (the last seq that
they saw) and ask ``since``; the log knows no reader and drops nothing.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from time import time
from typing import Protocol

from tui.events import (
    Entry,
    PartDelta,
    PartEnded,
    PartStarted,
    SessionEvent,
    SideCall,
    ToolEnded,
    ToolOutput,
    ToolStarted,
)
from tui.messages import ToolCallPart
from tui.state import SessionState, apply


class Journal(Protocol):
    """What a log needs of the store."""

    def add(self, entry: Entry) -> None: ...

    async def drain(self) -> None: ...

    async def settle(self) -> None: ...


class Log:
    """The live log of one session. ``entries`` are what the store already holds, ``state`` their fold."""

    def __init__(
        self,
        state: SessionState,
        journal: Journal,
        *,
        entries: Iterable[Entry] = (),
        changed: Callable[[str], None] = lambda session_id: None,
    ) -> None:
        self.state = state
        self._journal = journal
        self._entries = list(entries)
        self._changed = changed

    def emit(self, event: SessionEvent) -> Entry:
        """Append an event. Everything that the program does to a session goes through here."""
        entry = Entry(self.state.session_id, self.state.seq + 1, time(), event)
        self._append(entry)
        self._journal.add(entry)
        self._changed(entry.session_id)
        return entry

    def _append(self, entry: Entry) -> None:
        apply(self.state, entry)
        if isinstance(entry.event, (PartEnded, ToolEnded)):
            self._drop_scratch(entry.event)
        self._entries.append(entry)

    def since(self, seq: int) -> list[Entry]:
        """Entries after ``seq``, oldest first. Scratch that has been superseded is not among them."""
        entries = self._entries
        if not entries or entries[-1].seq <= seq:
            return []
        return entries[bisect_right(entries, seq, key=lambda entry: entry.seq) :]

    async def drain(self) -> None:
        """Wait while the store is too far behind to take more."""
        await self._journal.drain()

    async def settle(self) -> None:
        """Wait until all that was emitted is on disk.

        Raises:
            StoreError: the store cannot write; nothing that must be recorded first may start.
        """
        await self._journal.settle()

    def _drop_scratch(self, ended: PartEnded | ToolEnded) -> None:
        """Forget the scratch that ``ended`` supersedes, as the store does. Costs the distance back to its first."""

        def superseded(event: SessionEvent) -> bool:
            if isinstance(ended, PartEnded):
                return isinstance(event, PartDelta) and event.part_id == ended.part_id
            return isinstance(event, ToolOutput) and event.call_id == ended.call_id

        entries, first = self._entries, len(self._entries)
        for index in range(len(entries) - 1, -1, -1):
            event = entries[index].event
            if superseded(event):
                first = index
            elif _opens(event, ended):
                break
        if first < len(entries):
            entries[first:] = [entry for entry in entries[first:] if not superseded(entry.event)]


def _opens(event: SessionEvent, ended: PartEnded | ToolEnded) -> bool:
    """Whether no scratch of what ``ended`` ends can stand further back than ``event``."""
    match event:
        case PartStarted():
            return isinstance(ended, PartEnded) and event.part_id == ended.part_id
        case ToolStarted() | SideCall():
            return isinstance(ended, ToolEnded) and event.call_id == ended.call_id
        case PartEnded(part=ToolCallPart(call_id=call_id)):
            return isinstance(ended, ToolEnded) and call_id == ended.call_id
        case _:
            return False
