"""What a search comes to: ids of entries, and a page of them as rows.

Newest first is the order of the index read backwards, and stops when there are enough, whatever the word. Ranked means
the newest ``RANKED`` matches by bm25, newer ones counting up to twice as much; a word that stands nearly everywhere
ranks nothing, and then it is newest first. Entries that are not indexed yet are searched in a table in memory, by the
same tokenizer, and stand before all others.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import NamedTuple

from tui.errors import StoreError
from tui.events import Entry
from tui.searching import Found, SearchOrder, SearchQuery, SearchRow
from tui.store.search.expression import Asked, Condition, asked
from tui.store.search.index import INDEXABLE, Mark, fits, names_of, read_mark
from tui.store.search.marks import snippets
from tui.store.search.tables import TOKENIZER, has_index
from tui.store.search.texts import KINDS_OF_ENTRIES, Block, Origins, Text, block_of, read_event, text_of

RANKED = 1_500
"""Matches that are compared with each other: bm25 takes some 7 us for each."""
COMMON = 400_000
"""Matches of a query's words, all together and estimated, up to which it is ranked: bm25 counts every one of them."""
TAIL_ENTRIES = 1_000
TAIL_BYTES = 4_000_000
"""What is searched of that which is not indexed yet, the newest first."""
_COLUMNS = "e.rowid, e.session_id, e.seq, e.at, e.kind, e.version, e.body"
_NO_FTS5 = "This SQLite was built without full-text search."


class _Late(NamedTuple):
    """A block that is not indexed. ``rowid``: None where it is not on disk either."""

    rowid: int | None
    entry: Entry
    text: Text
    block: Block


def find(
    connection: sqlite3.Connection,
    query: SearchQuery,
    order: SearchOrder,
    *,
    waiting: Sequence[Entry],
    limit: int,
    before: int | None,
    now: float,
) -> Found:
    """At most ``limit`` blocks that match (ranked: at most ``RANKED``); ``before``: of those older than that id.

    Raises:
        StoreError: this SQLite cannot search.
    """
    if not has_index(connection):
        raise StoreError(_NO_FTS5, hint="penstock doctor names the one that Python uses.")
    mark = read_mark(connection)
    if not fits(connection, mark):  # its rows are other entries by now: it is about to be made again
        mark = Mark(0, "", 0)
    tail, unread = _tail(connection, mark, waiting)
    names = {*connection.execute("SELECT kind, name FROM search_names")}
    names |= {name for late in tail for name in names_of(late.block)}
    wanted = asked(connection, query, names, now)
    if wanted.match is None:
        return Found(unindexed=unread)
    late = [] if before is not None and before <= mark.rowid else _late(connection, tail, wanted, before)
    ids = tuple(each.rowid for each in late if each.rowid is not None)
    common = order == "ranked" and _common(connection, wanted.phrases, mark.rowid)
    found, ranked = _indexed(connection, wanted, order == "ranked" and not common, mark.rowid, limit, before)
    rows = [(each.entry, each.text) for each in late if each.rowid is None]
    return Found(
        ids=(*ids, *found),
        late=tuple(_shown(connection, rows, query, Origins(connection, waiting))),
        more=len(found) == limit if not ranked else ranked > RANKED,
        ranked=min(ranked, RANKED),
        common=common,
        unindexed=unread,
    )


def rows_of(connection: sqlite3.Connection, ids: Sequence[int], query: SearchQuery) -> dict[int, SearchRow]:
    """Entries by their ids, as rows; one that cannot be read any more is not among them."""
    marks = ", ".join("?" for _ in ids)
    origins, found = Origins(connection), dict[int, tuple[Entry, Text]]()
    for rowid, *row in connection.execute(f"SELECT {_COLUMNS} FROM entries e WHERE e.rowid IN ({marks})", tuple(ids)):
        read = _read(connection, row, origins)
        if read is not None:
            found[rowid] = read
    return dict(zip(found, _shown(connection, found.values(), query, origins), strict=True))


def _shown(
    connection: sqlite3.Connection, found: Iterable[tuple[Entry, Text]], query: SearchQuery, origins: Origins
) -> list[SearchRow]:
    pairs = list(found)
    sessions = {entry.session_id: _session(connection, entry.session_id) for entry, _ in pairs}
    marked = snippets([text.text for _, text in pairs], query.words)
    return [
        SearchRow(
            session_id=entry.session_id,
            seq=entry.seq,
            at=entry.at,
            kind=text.kind,
            place=text.place,
            call_id=text.call_id,
            tool=origins.tool_of(entry.session_id, text),
            title=sessions[entry.session_id][0],
            slot=sessions[entry.session_id][1],
            workspace=sessions[entry.session_id][2],
            archived=bool(sessions[entry.session_id][3]),
            snippet=snippet,
        )
        for (entry, text), snippet in zip(pairs, marked, strict=True)
    ]


def _session(connection: sqlite3.Connection, session_id: str) -> tuple[str, int, str, int]:
    found = connection.execute(
        "SELECT title, slot, workspace, archived FROM p_sessions WHERE id = ?", (session_id,)
    ).fetchone()
    return found or ("", 0, "", 0)


def _read(connection: sqlite3.Connection, row: Sequence[object], origins: Origins) -> tuple[Entry, Text] | None:
    session_id, seq, at, kind, version, body = row
    event = read_event(connection, kind, version, body)  # type: ignore[arg-type]
    if event is None:
        return None
    entry = Entry(session_id, seq, at, event)  # type: ignore[arg-type]
    text = text_of(connection, entry, origins)
    return None if text is None else (entry, text)


# --- the index


def _indexed(
    connection: sqlite3.Connection, wanted: Asked, rank: bool, top: int, limit: int, before: int | None
) -> tuple[tuple[int, ...], int]:
    """Ids in their order, and how many were ranked (one more than ``RANKED`` where there are others)."""
    if rank:
        rows = _rows(connection, wanted, "bm25(search_index, 1.0, 0.0)", top, RANKED + 1, before)
        best = sorted(rows[:RANKED], key=lambda row: (row[1] * (1 + row[0] / top), -row[0]))
        return tuple(rowid for rowid, _ in best), len(rows)
    return tuple(rowid for rowid, _ in _rows(connection, wanted, "0", top, limit, before)), 0


def _rows(
    connection: sqlite3.Connection, wanted: Asked, score: str, top: int, limit: int, before: int | None
) -> list[tuple[int, float]]:
    end = top + 1 if before is None else min(before, top + 1)
    if wanted.condition is None:
        sql = f"SELECT rowid, {score} FROM search_index WHERE search_index MATCH ? AND rowid < ?"
        values: tuple[object, ...] = (wanted.match, end)
        name = "rowid"
    else:  # the index is the outer loop, or its order is lost
        name = "search_index.rowid"
        sql = (
            f"SELECT {name}, {score} FROM search_index CROSS JOIN entries e ON e.rowid = {name}"
            f" WHERE search_index MATCH ? AND {name} < ? AND {wanted.condition.sql}"
        )
        values = (wanted.match, end, *wanted.condition.values)
    return connection.execute(f"{sql} ORDER BY {name} DESC LIMIT ?", (*values, limit)).fetchall()


def _common(connection: sqlite3.Connection, phrases: Sequence[str], top: int) -> bool:
    """Whether the words stand in so many blocks that to rank by them takes long; from how densely they stand last."""
    expected = 0.0
    for phrase in phrases:
        last = connection.execute(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? ORDER BY rowid DESC LIMIT ?", (phrase, RANKED)
        ).fetchall()
        full = len(last) == RANKED
        expected += len(last) / (top - last[-1][0] + 1) * top if full else len(last)
    return expected > COMMON


# --- what is not indexed yet


def _tail(connection: sqlite3.Connection, mark: Mark, waiting: Sequence[Entry]) -> tuple[list[_Late], int]:
    """Blocks behind the mark, the newest last, and about how many entries before them were left out."""
    (top,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM entries").fetchone()
    origins, size, rows = Origins(connection, waiting), 0, list[tuple[int, Entry, Text]]()
    left = 0
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM entries e WHERE e.rowid > ? AND e.{INDEXABLE} ORDER BY e.rowid DESC LIMIT ?",
        (mark.rowid, TAIL_ENTRIES),
    )
    last, count = top + 1, 0
    for rowid, *row in found:
        last, count = rowid, count + 1
        read = _read(connection, row, origins)
        if read is not None:
            rows.append((rowid, *read))
            size += len(read[1].text)
            if size > TAIL_BYTES:
                break
    if count == TAIL_ENTRIES or size > TAIL_BYTES:
        left = last - 1 - mark.rowid
    late = [_Late(rowid, entry, text, block_of(entry, text, origins)) for rowid, entry, text in reversed(rows)]
    for entry in waiting[-TAIL_ENTRIES:]:
        if type(entry.event).__name__ in KINDS_OF_ENTRIES and not _on_disk(connection, entry):
            text = text_of(connection, entry, origins)
            if text is not None:
                late.append(_Late(None, entry, text, block_of(entry, text, origins)))
    return late, left


def _on_disk(connection: sqlite3.Connection, entry: Entry) -> bool:
    """It was committed since it was asked what waits."""
    key = (entry.session_id, entry.seq)
    return connection.execute("SELECT 1 FROM entries WHERE session_id=? AND seq=?", key).fetchone() is not None


def _late(connection: sqlite3.Connection, tail: Sequence[_Late], wanted: Asked, before: int | None) -> list[_Late]:
    """Those of the tail that match, the newest first."""
    if not tail:
        return []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        memory.execute(f"CREATE VIRTUAL TABLE t USING fts5(text, tags, content='', tokenize='{TOKENIZER}')")
        rows = [(number, late.block.text, late.block.tags) for number, late in enumerate(tail)]
        memory.executemany("INSERT INTO t (rowid, text, tags) VALUES (?,?,?)", rows)
        found = memory.execute("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rowid DESC", (wanted.match,)).fetchall()
    late = [tail[number] for (number,) in found]
    if before is not None:
        late = [each for each in late if each.rowid is not None and each.rowid < before]
    return late if wanted.condition is None else _that_hold(connection, late, wanted.condition)


def _that_hold(connection: sqlite3.Connection, late: Sequence[_Late], condition: Condition) -> list[_Late]:
    rowids = [each.rowid for each in late if each.rowid is not None]
    marks = ", ".join("?" for _ in rowids)
    found = connection.execute(
        f"SELECT e.rowid FROM entries e WHERE e.rowid IN ({marks}) AND {condition.sql}", (*rowids, *condition.values)
    )
    kept = {rowid for (rowid,) in found}
    return [
        each
        for each in late
        if each.rowid in kept or (each.rowid is None and condition.holds(each.entry.session_id, each.entry.at))
    ]
