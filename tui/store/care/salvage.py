"""What can still be read of a damaged store, in a new file that opens.

The log and the blobs come from ``pages``; the few values of the screen's are asked of SQLite as far as it answers.
Then each session is made one that opens: a long text that is gone is said in its place, a lost beginning is told
again from the list of sessions, and an entry that goes on from a lost one is put into ``aside``, where it can be
read but confuses nobody. Nothing that was read is thrown away, and what was not is counted.
"""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

from tui.errors import StoreError
from tui.events import Entry, SessionOpened
from tui.state import fold
from tui.store import codec
from tui.store.care.pages import BlobRow, LogRow, Pages
from tui.store.care.remake import new_file, project_all, put, reading, shared_columns
from tui.store.lineage import read_whole
from tui.store.schema import PROJECTIONS
from tui.value import value

_SMALL = ("ui", "slots", "redactions", "aside")
_BLOB = re.compile(r'\{"\$blob":"([0-9a-f]{64})","size":(\d+)\}')
_ENTRY = "INSERT INTO entries (session_id, seq, at, kind, version, body) VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING"


@value
class Salvaged:
    """What there is in the new file, and what could not be read. ``lost`` is None where nothing says what there was."""

    sessions: int
    entries: int
    scratch: int
    aside: int = 0
    lost: int | None = 0
    texts: int = 0
    unread_pages: int = 0
    pages: int = 0

    def sentence(self) -> str:
        said = f"{self.sessions} sessions with {self.entries} entries were read"
        gone = []
        if self.lost is None:
            gone.append("how many entries are lost cannot be known")
        elif self.lost:
            gone.append(f"{self.lost} entries are lost")
        elif self.aside or self.texts or self.unread_pages:
            gone.append("no entry is lost")
        if self.aside:
            gone.append(f"{self.aside} that went on from lost ones were put aside")
        if self.texts:
            gone.append(f"{self.texts} long texts are lost")
        if self.unread_pages:
            gone.append(f"{self.unread_pages} of {self.pages} pages are damaged")
        return f"{said}; {', '.join(gone)}." if gone else f"{said}; nothing is lost."


def salvage(damaged: Path, target: Path, stop: Event | None = None) -> Salvaged:
    """Make ``target`` of what can be read of ``damaged``, which nobody may be writing to.

    Raises:
        StoreError: ``stop`` was set meanwhile; the new file is gone then.
        OSError, sqlite3.Error: the new file cannot be written; it is gone then.
    """
    with new_file(target) as new:
        with Pages(damaged) as pages:
            for row in pages.rows():
                _take(new, row)
                if stop is not None and stop.is_set():
                    raise StoreError("Reading was broken off.")
        known: set[tuple[str, int]] | None = None
        lists: dict[str, tuple[Any, ...]] = {}
        try:
            with reading(damaged) as old:
                for table in _SMALL:
                    columns = shared_columns(old, new, table)
                    if columns:
                        put(new, table, columns, list(_tolerant(old, table, columns, columns[0])))
                lists = _listed(old)
                known = {(_text(sid), seq) for sid, seq in _all_of(old, "entries", ["session_id", "seq"])}
        except sqlite3.Error:
            pass  # the file's head is gone: the pages are all there is
        texts = _say_what_is_gone(new)
        lost = None if known is None else [key for key in known if not _there(new, key)]
        _begin_again(new, lists)
        aside = _put_aside(new, None if lost is None else {session_id for session_id, _ in lost})
        project_all(new)
        return Salvaged(
            sessions=_count(new, PROJECTIONS[0]), entries=_count(new, "entries"), scratch=_count(new, "scratch"),
            aside=aside, lost=None if lost is None else len(lost), texts=texts,
            unread_pages=pages.unread, pages=pages.count,
        )  # fmt: skip


def _take(new: sqlite3.Connection, row: LogRow | BlobRow) -> None:
    if isinstance(row, BlobRow):
        new.execute("INSERT INTO blobs VALUES (?,?,?,?) ON CONFLICT DO NOTHING", row)
        return
    values = (row.session_id, row.seq, row.at, row.kind, row.version, row.body)
    if row.owner is not None:
        sql = "INSERT INTO scratch VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING"
        new.execute(sql, (row.session_id, row.owner, *values[1:]))
        return
    sql = "INSERT INTO entries (rowid, session_id, seq, at, kind, version, body) VALUES (?,?,?,?,?,?,?)"
    if not new.execute(f"{sql} ON CONFLICT DO NOTHING", (row.rowid, *values)).rowcount:
        new.execute(_ENTRY, values)  # unless it was its number alone that was taken


def _tolerant(old: sqlite3.Connection, table: str, columns: list[str], key: str) -> Iterator[tuple[Any, ...]]:
    """Rows from the one end as far as they go, and then from the other."""
    for order in ("ASC", "DESC"):
        try:
            yield from old.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {key} {order}")
        except sqlite3.Error:
            continue
        return


def _all_of(old: sqlite3.Connection, table: str, columns: list[str]) -> list[tuple[Any, ...]]:
    """All rows or, where one cannot be read, sqlite3.Error."""
    return old.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(columns)}").fetchall()


def _listed(old: sqlite3.Connection) -> dict[str, tuple[Any, ...]]:
    """What the list of sessions says of each, by id."""
    columns = ["id", "workspace", "cwd", "title", "model", "slot"]
    rows = _tolerant(old, PROJECTIONS[0], columns, "rowid")
    return {_text(row[0]): (*map(_text, row[1:5]), row[5]) for row in rows}


def _say_what_is_gone(new: sqlite3.Connection) -> int:
    """In place of a long text that is not there, a sentence. How many."""
    gone: set[str] = set()
    there = {name for (name,) in new.execute("SELECT hash FROM blobs") if _is_whole(new, name)}
    for table in ("entries", "scratch"):
        key = "rowid" if table == "entries" else "session_id, owner, seq"
        rows = new.execute(f"SELECT body, {key} FROM {table} WHERE body LIKE '%$blob%'").fetchall()
        for body, *found in rows:
            names = {name for name, _ in _BLOB.findall(body)} - there
            if not names:
                continue
            gone |= names
            said = _BLOB.sub(lambda m: m[0] if m[1] in there else f'"[{m[2]} bytes of text were lost]"', body)
            where = " AND ".join(f"{name}=?" for name in key.split(", "))
            new.execute(f"UPDATE {table} SET body=? WHERE {where}", (said, *found))
    return len(gone)


def _is_whole(new: sqlite3.Connection, name: str) -> bool:
    size, encoding, data = new.execute("SELECT size, encoding, data FROM blobs WHERE hash=?", (name,)).fetchone()
    try:
        codec.Blob(hash=name, size=size, encoding=encoding, data=data).raw()
    except StoreError:
        new.execute("DELETE FROM blobs WHERE hash=?", (name,))
        return False
    return True


def _begin_again(new: sqlite3.Connection, lists: dict[str, tuple[Any, ...]]) -> None:
    """A session whose beginning is lost begins with what its list said of it."""
    headless = new.execute(
        "SELECT session_id, min(seq), min(at) FROM entries GROUP BY session_id"
        " HAVING NOT max(kind = 'SessionOpened') AND min(seq) > 1"
    ).fetchall()
    for session_id, first, at in headless:
        workspace, cwd, title, model, slot = lists.get(session_id) or (*(str(Path.home()),) * 2, "", "offline/tour", 0)
        opened = SessionOpened(
            workspace=workspace, cwd=cwd, title=title or "Salvaged session", model=model, slot=slot or _free_slot(new)
        )
        kind, version, body, _ = codec.encode(opened)
        new.execute(_ENTRY, (session_id, first - 1, at, kind, version, body))


def _free_slot(new: sqlite3.Connection) -> int:
    """One above all that were ever given, in any workspace."""
    (last,) = new.execute(
        "SELECT max(coalesce((SELECT max(last) FROM slots), 0),"
        " coalesce((SELECT max(json_extract(body, '$.slot')) FROM entries WHERE kind = 'SessionOpened'), 0))"
    ).fetchone()
    return int(last) + 1


def _put_aside(new: sqlite3.Connection, holed: set[str] | None) -> int:
    """Entries that go on from lost ones leave their session. How many. ``holed``: the sessions that lost any."""
    order = new.execute("SELECT session_id FROM entries GROUP BY session_id ORDER BY min(rowid)").fetchall()
    count = 0
    for (session_id,) in order:
        if holed is not None and session_id not in holed:
            if not _parents(new, session_id) & holed:
                continue
            holed.add(session_id)
        for seq, why in _unfit(new, session_id):
            count += 1
            new.execute(
                "INSERT INTO aside (session_id, seq, at, kind, version, body, why) SELECT session_id, seq, at, kind,"
                " version, body, ?3 FROM entries WHERE session_id=?1 AND seq=?2 UNION ALL SELECT session_id, seq, at,"
                " kind, version, body, ?3 FROM scratch WHERE session_id=?1 AND seq=?2",
                (session_id, seq, why),
            )
            new.execute("DELETE FROM entries WHERE session_id=? AND seq=?", (session_id, seq))
            new.execute("DELETE FROM scratch WHERE session_id=? AND seq=?", (session_id, seq))
    return count


def _parents(new: sqlite3.Connection, session_id: str) -> set[str]:
    """The session that this one was forked from, if it was."""
    sql = "SELECT json_extract(body, '$.parent') FROM entries WHERE session_id=? AND kind='SessionForked'"
    return {parent for (parent,) in new.execute(sql, (session_id,))}


def _unfit(new: sqlite3.Connection, session_id: str) -> list[tuple[int, str]]:
    """Seq of what does not fit in the session, and why."""
    unfit: list[tuple[int, str]] = []
    while True:
        try:
            entries = read_whole(new, session_id, {})
        except StoreError:
            bad = [(seq, why) for seq, why in _unreadable(new, session_id) if seq not in dict(unfit)]
            return unfit + bad
        gone = {seq for seq, _ in unfit}
        refused: list[Entry] = []
        fold(session_id, (entry for entry in entries if entry.seq not in gone), refused)
        own = [entry for entry in refused if entry.session_id == session_id]
        if not own:
            return unfit
        unfit += [(entry.seq, "it goes on from an entry that is lost") for entry in own]


def _unreadable(new: sqlite3.Connection, session_id: str) -> Iterator[tuple[int, str]]:
    columns = "SELECT seq, kind, version, body FROM"
    rows = new.execute(
        f"{columns} entries WHERE session_id=?1 UNION ALL {columns} scratch WHERE session_id=?1", (session_id,)
    )
    for seq, kind, version, body in rows.fetchall():
        try:
            codec.decode(kind, version, body, lambda name: codec.Blob(hash=name, size=0, encoding="zlib", data=b""))
        except StoreError as error:
            if "stored text" not in str(error):
                yield seq, str(error)


def _there(new: sqlite3.Connection, key: tuple[str, int]) -> bool:
    return new.execute("SELECT 1 FROM entries WHERE session_id=? AND seq=?", key).fetchone() is not None


def _count(new: sqlite3.Connection, table: str) -> int:
    return new.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
