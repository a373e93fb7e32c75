"""One transaction: what waits, as rows, all or nothing.

Scratch that its own batch supersedes is never encoded nor written; scratch that an earlier batch wrote is
pruned in the transaction of the event that supersedes it. Writing a batch twice changes nothing, so that a
commit whose answer got lost can be tried again.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tui.errors import StoreError
from tui.events import Entry, PartDelta, PartEnded, ToolEnded, ToolOutput
from tui.store import codec
from tui.store.projections import Statement, project, storable, touch

T = TypeVar("T")
Row = tuple[Any, ...]
Owner = tuple[str, str]  # session id, and the id of the part or call


@dataclass(frozen=True, slots=True)
class Setting:
    """A value of the screen's: layout, draft, anchor."""

    workspace: str
    key: str
    value: str


Item = Entry | Setting | codec.Blob


@dataclass(slots=True)
class _Rows:
    entries: list[Row] = field(default_factory=list)
    scratch: list[Row] = field(default_factory=list)
    pruned: list[Owner] = field(default_factory=list)
    blobs: dict[str, Row] = field(default_factory=dict)
    projections: list[Statement] = field(default_factory=list)
    settings: dict[tuple[str, str], str] = field(default_factory=dict)


class Batch:
    """``items`` in the order they were added. Everything here runs in the connection's thread."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items
        self._rows: _Rows | None = None

    def write(self, connection: sqlite3.Connection, *, durable: bool) -> None:
        """Commit all items. ``durable``: they survive a power cut too, not only the end of the process.

        Raises:
            sqlite3.Error, StoreError: nothing was committed.
        """
        rows = self._rows = self._rows or _make_rows(self.items)
        transact(connection, lambda open_: _insert(open_, rows), synchronous="FULL" if durable else "NORMAL")


def transact(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], *, synchronous: str = "") -> T:
    """``work`` and its commit, or nothing of it.

    A failing disk may refuse the rollback as well. What that leaves open is rolled back before the next try:
    inside it no other transaction can begin.
    """
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    if synchronous:
        connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _make_rows(items: Sequence[Item]) -> _Rows:
    rows = _Rows()
    scratch: dict[Owner, list[Entry]] = {}
    touched: dict[str, Entry] = {}
    for item in items:
        if isinstance(item, Setting):
            key = storable(item.workspace), storable(item.key)
            rows.settings[key] = storable(item.value)
            continue
        if isinstance(item, codec.Blob):
            rows.blobs[item.hash] = (item.hash, item.size, item.encoding, item.data)
            continue
        event = item.event
        if isinstance(event, PartDelta):
            scratch.setdefault((item.session_id, event.part_id), []).append(item)
            continue
        if isinstance(event, ToolOutput):
            scratch.setdefault((item.session_id, event.call_id), []).append(item)
            continue
        if isinstance(event, PartEnded | ToolEnded):
            owner = item.session_id, event.part_id if isinstance(event, PartEnded) else event.call_id
            scratch.pop(owner, None)
            rows.pruned.append((owner[0], storable(owner[1])))
        rows.entries.append((item.session_id, item.seq, *_encoded(item, rows)))
        rows.projections += project(item)
        touched[item.session_id] = item
    for (session_id, owner), entries in scratch.items():
        name = storable(owner)
        rows.scratch += [(session_id, name, entry.seq, *_encoded(entry, rows)) for entry in entries]
    rows.projections += map(touch, touched.values())
    return rows


def _encoded(entry: Entry, rows: _Rows) -> Row:
    kind, version, body, blobs = codec.encode(entry.event)
    for blob in blobs:
        rows.blobs[blob.hash] = (blob.hash, blob.size, blob.encoding, blob.data)
    return entry.at, kind, version, body


def _insert(connection: sqlite3.Connection, rows: _Rows) -> None:
    if rows == _Rows():  # a commit that changes nothing would not reach the disk
        connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'settled'")
    if rows.blobs:
        connection.executemany("INSERT INTO blobs VALUES (?,?,?,?) ON CONFLICT DO NOTHING", rows.blobs.values())
    if rows.entries:
        written = connection.executemany(
            "INSERT INTO entries VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING", rows.entries
        ).rowcount
        if written < len(rows.entries):
            _expect_same(connection, rows.entries)
    if rows.pruned:
        connection.executemany("DELETE FROM scratch WHERE session_id=? AND owner=?", rows.pruned)
    if rows.scratch:
        connection.executemany("INSERT INTO scratch VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", rows.scratch)
    for sql, values in rows.projections:
        connection.execute(sql, values)
    if rows.settings:
        connection.executemany(
            "INSERT INTO ui VALUES (?,?,?) ON CONFLICT DO UPDATE SET value=excluded.value",
            [(*key, value) for key, value in rows.settings.items()],
        )


def _expect_same(connection: sqlite3.Connection, entries: list[Row]) -> None:
    """Rows that were there already must be these very rows, from a commit whose answer got lost.

    Raises:
        StoreError: somebody else wrote to the session, which its lock should have made impossible.
    """
    for session_id, seq, *values in entries:
        found = connection.execute(
            "SELECT at, kind, version, body FROM entries WHERE session_id=? AND seq=?", (session_id, seq)
        ).fetchone()
        if found != tuple(values):
            raise StoreError(
                f"Another program wrote entry {seq} of session {session_id}.",
                hint="Nothing of it was overwritten: export the session and close the other program.",
            )
