"""From a file into the store: what is new is added, what is there already is known again, nothing is overwritten.

A session of another program has an id that follows from its own name there, so that the same file is never taken
twice. One that has gone on over there since comes in beside what was taken before. All goes through the store's own
writer in small pieces, under the session's lock; a file that was taken in part is finished the next time. What a
session of ours was allowed is taken back behind its last entry: a file gives nobody a permission on this machine.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

from tui.errors import SessionHeld, UsageError
from tui.events import SCRATCH, Entry, PromptSubmitted, SessionImported, SessionOpened, SessionRenamed, ToolEnded
from tui.ids import derived_session_id
from tui.store.imports import own
from tui.store.imports.found import Found
from tui.store.imports.story import Story, said_unread, tell

PIECE = 400
"""Entries that are added before others get their turn with the writer."""

What = Literal["new", "more", "there", "beside", "differs", "held"]


class Shelf(Protocol):
    """What importing needs of the store."""

    def add(self, entry: Entry) -> None: ...

    async def settle(self) -> None: ...

    async def keep(self, data: bytes) -> str: ...

    async def load(self, session_id: str) -> list[Entry]: ...

    async def next_slot(self, workspace: str) -> int: ...

    async def sessions(self, *, workspace: str | None = None) -> list[Any]: ...

    def claim(self, session_id: str) -> None: ...

    def release(self, session_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Brought:
    """What became, or would become, of one session of a file.

    ``beside``: an earlier state of it is there, and stays; ``differs``: it has gone on otherwise here, so that nothing
    was taken; ``held``: it is open somewhere.
    """

    session_id: str
    title: str
    program: str
    source: str
    what: What
    workspace: str
    prompts: int
    calls: int
    unread: tuple[str, ...] = ()
    sub_agent: bool = False


Home = Callable[[str], tuple[str, str]]
"""The workspace and the working folder for a session that worked in a folder, which may not exist here."""


@dataclass(slots=True)
class Taking:
    """One import of any number of files. ``dry``: only say what would come; ``live``: sessions that are open here."""

    shelf: Shelf
    home: Home
    dry: bool = False
    live: Container[str] = ()
    _ids: dict[str, str] = field(default_factory=dict)
    _slots: dict[str, set[int]] = field(default_factory=dict)

    async def take(self, found: Found) -> list[Brought]:
        """All sessions of a file.

        Raises:
            StoreError: the store cannot be read or written. What was taken by then stays, and is known again.
        """
        if found.archive is not None:
            return await self._take_archive(found.name, found.archive)
        stories = sorted(found.stories, key=lambda story: story.parent is not None)
        return [await self._take_story(story) for story in stories]

    # --- our own

    async def _take_archive(self, name: str, archive: own.Archive) -> list[Brought]:
        if not self.dry:
            for data in archive.blobs:
                await self.shelf.keep(data)
        unread, brought = said_unread(archive.unread), []
        for session_id, entries in archive.sessions.items():
            entries = await self._at_home(session_id, entries)
            what = await self._add(session_id, entries, own.without_permissions(archive, entries))
            last = session_id == next(reversed(archive.sessions))
            brought.append(_brought(session_id, own.PROGRAM, name, what, entries, unread if last else ()))
        return brought

    async def _at_home(self, session_id: str, entries: list[Entry]) -> list[Entry]:
        """One whose first entry was lost gets a folder and a slot; one whose slot is another's here gets a free one."""
        opened = entries[0].event
        if not isinstance(opened, SessionOpened):
            return entries
        there = await self._own_entries(session_id)
        if there:
            first = there[0].event
            known = isinstance(first, SessionOpened) and replace(opened, slot=first.slot) == first
            return [there[0], *entries[1:]] if known or not opened.workspace else entries
        workspace, cwd = (opened.workspace, opened.cwd) if opened.workspace else self.home("")
        taken, slot = await self._taken(workspace), opened.slot
        if not opened.workspace or slot in taken:
            slot = 0 if self.dry else await self.shelf.next_slot(workspace)
        taken.add(slot)
        return [replace(entries[0], event=replace(opened, workspace=workspace, cwd=cwd, slot=slot)), *entries[1:]]

    async def _taken(self, workspace: str) -> set[int]:
        """The slots that sessions of a workspace have."""
        if workspace not in self._slots:
            self._slots[workspace] = {row.slot for row in await self.shelf.sessions(workspace=workspace)}
        return self._slots[workspace]

    # --- other programs'

    async def _take_story(self, story: Story) -> Brought:
        seed = f"{story.program} {story.foreign_id}"
        session_id = derived_session_id(story.began, seed)
        there, beside = await self._own_entries(session_id), False
        if there and _digest(there) != story.digest:
            session_id, beside = derived_session_id(story.began, f"{seed} {story.digest}"), True
            there = await self._own_entries(session_id)
        entries = await self._told(story, session_id, there)
        what = await self._add(session_id, entries)
        if what == "differs":  # it was taken by an earlier Penstock, which read the file in another way
            what = "there"
        self._ids[story.foreign_id] = session_id
        what = "beside" if beside and what == "new" else what
        return _brought(session_id, story.program, story.source, what, entries, said_unread(story.unread))

    async def _told(self, story: Story, session_id: str, there: list[Entry]) -> list[Entry]:
        """The story as entries: in the place that it was given when it was taken first."""
        opened = there[0].event if there else None
        if isinstance(opened, SessionOpened):
            place = {"workspace": opened.workspace, "cwd": opened.cwd}
            return tell(story, session_id, slot=opened.slot, parent_call=opened.parent_call, **place)
        workspace, cwd = self.home(story.cwd)
        slot = 0 if self.dry else await self.shelf.next_slot(workspace)
        self._slots.get(workspace, set()).add(slot)
        parent = await self._parent_call(story)
        return tell(story, session_id, workspace=workspace, cwd=cwd, slot=slot, parent_call=parent)

    async def _parent_call(self, story: Story) -> tuple[str, str] | None:
        """The call that began a sub-agent: the one that is named, or whose result names the sub-agent."""
        if story.parent is None or story.parent[0] not in self._ids:
            return None
        parent, call_id = self._ids[story.parent[0]], story.parent[1]
        if not call_id:
            ends = [entry.event for entry in await self.shelf.load(parent) if isinstance(entry.event, ToolEnded)]
            call_id = next((end.call_id for end in ends if story.foreign_id in end.text), "")
        return (parent, call_id) if call_id else None

    # --- both

    async def _own_entries(self, session_id: str) -> list[Entry]:
        return [entry for entry in await self.shelf.load(session_id) if entry.session_id == session_id]

    async def _add(self, session_id: str, entries: list[Entry], behind: Sequence[Entry] = ()) -> What:
        """``behind``: what is written after them."""
        there = await self._own_entries(session_id)
        if there and not _follows(there, entries):
            return "there" if _follows(entries, there) else "differs"
        if len(_lasting(there)) == len(_lasting(entries)):
            return "there"
        if session_id in self.live:
            return "held"
        what: What = "more" if there else "new"
        if self.dry:
            return what
        try:
            self.shelf.claim(session_id)
        except SessionHeld:
            return "held"
        try:
            if await self._own_entries(session_id) != there:
                return "held"  # somebody went on with it a moment ago
            await self._write([entry for entry in (*entries, *behind) if not there or entry.seq > there[-1].seq])
        finally:
            self.shelf.release(session_id)
        return what

    async def _write(self, entries: list[Entry]) -> None:
        for at in range(0, len(entries), PIECE):
            for entry in entries[at : at + PIECE]:
                self.shelf.add(entry)
            await self.shelf.settle()


def at_home(root: Path, cwd: Path, root_of: Callable[[Path], Path]) -> Home:
    """Where imported sessions live: in their own folder where that is on this machine, else in this one."""

    def home(folder: str) -> tuple[str, str]:
        there = Path(folder) if folder.startswith("/") and "\0" not in folder else None
        try:
            if there is not None and there.is_dir():
                return str(root_of(there)), str(there)
        except (OSError, ValueError, UsageError):  # it may not be looked at, or is the whole disk
            pass
        return str(root), str(cwd)

    return home


def _lasting(entries: list[Entry]) -> list[Entry]:
    return [entry for entry in entries if not isinstance(entry.event, SCRATCH)]


def _follows(earlier: list[Entry], later: list[Entry]) -> bool:
    """Whether ``later`` is ``earlier`` and perhaps more. Scratch does not count: it goes when it is superseded."""
    before, after = _lasting(earlier), _lasting(later)
    return len(before) <= len(after) and after[: len(before)] == before


def _digest(entries: list[Entry]) -> str:
    return next((entry.event.digest for entry in entries if isinstance(entry.event, SessionImported)), "")


def _brought(
    session_id: str, program: str, source: str, what: What, entries: list[Entry], unread: tuple[str, ...]
) -> Brought:
    opened = entries[0].event
    assert isinstance(opened, SessionOpened)
    titles = [entry.event.title for entry in entries if isinstance(entry.event, SessionOpened | SessionRenamed)]
    return Brought(
        session_id=session_id,
        title=titles[-1],
        program=program,
        source=source,
        what=what,
        workspace=opened.workspace,
        prompts=sum(isinstance(entry.event, PromptSubmitted) for entry in entries),
        calls=sum(isinstance(entry.event, ToolEnded) for entry in entries),
        unread=unread,
        sub_agent=opened.parent_call is not None,
    )
