"""The whole log of a session that was forked from another: the other's entries up to the fork, and then its own.

A fork copies nothing, so what a person reads as one conversation stands in several sessions' rows. How far each
reaches is told by the fork's own second entry. All spans are read in one transaction, so that they fit together; what
still waits for the disk is given as ``waiting``.
"""

import sqlite3
from collections.abc import Mapping, Sequence

from tui.errors import StoreDamaged
from tui.events import Entry, PartDelta, PartEnded, SessionEvent, SessionForked, ToolEnded, ToolOutput
from tui.store.log_rows import first_entries, read_log

Waiting = Mapping[str, Sequence[Entry]]
"""By session, in order: what was added to the store and may not be on disk yet."""


def read_whole(
    connection: sqlite3.Connection, session_id: str, waiting: Waiting, *, after: int = 0, through: int | None = None
) -> list[Entry]:
    """Entries with ``after < seq <= through`` in order, those that a fork inherited among them.

    Raises:
        StoreError, StoreDamaged: an entry cannot be read, or the session that this one goes on from is not there.
    """
    entries: list[Entry] = []
    for name, top in reversed(_spans(connection, session_id, waiting, after, through)):
        entries = _without_superseded(entries, own := _own(connection, name, waiting, after, top)) + own
    return entries


def _spans(
    connection: sqlite3.Connection, session_id: str, waiting: Waiting, after: int, through: int | None
) -> list[tuple[str, int | None]]:
    """The session, the one that it goes on from, and so on, each with the last seq that is wanted of it."""
    spans = [(session_id, through)]
    while (fork := _fork_of(connection, spans[-1][0], waiting)) is not None:
        top = spans[-1][1]
        top = fork.through_seq if top is None else min(top, fork.through_seq)
        if top <= after:
            break
        if any(name == fork.parent for name, _ in spans) or not _own(connection, fork.parent, waiting, 0, None, most=1):
            raise StoreDamaged(
                f"Session {spans[-1][0]} goes on from {fork.parent}, which is not in the store.",
                hint="penstock doctor says what is.",
            )
        spans.append((fork.parent, top))
    return spans


def _fork_of(connection: sqlite3.Connection, session_id: str, waiting: Waiting) -> SessionForked | None:
    for entry in _own(connection, session_id, waiting, 0, None, most=2):
        if isinstance(entry.event, SessionForked):
            return entry.event
    return None


def _own(
    connection: sqlite3.Connection,
    session_id: str,
    waiting: Waiting,
    after: int,
    through: int | None,
    *,
    most: int | None = None,
) -> list[Entry]:
    if most is None:
        found = read_log(connection, session_id, after=after, through=through)
    else:
        found = first_entries(connection, session_id, most)
    last = found[-1].seq if found else after
    late = [e for e in waiting.get(session_id, ()) if e.seq > last and (through is None or e.seq <= through)]
    return [*found, *late][:most]


def _without_superseded(inherited: list[Entry], own: list[Entry]) -> list[Entry]:
    """The scratch of a part or call goes where the fork ended that: the parent's own end of it is another."""
    parts = {entry.event.part_id for entry in own if isinstance(entry.event, PartEnded)}
    calls = {entry.event.call_id for entry in own if isinstance(entry.event, ToolEnded)}

    def stays(event: SessionEvent) -> bool:
        if isinstance(event, PartDelta):
            return event.part_id not in parts
        return not isinstance(event, ToolOutput) or event.call_id not in calls

    return [entry for entry in inherited if stays(entry.event)]
