"""The list of all tool calls, a page at a time, from the projection tables alone.

A page is found by the key of the row before it (keyset paging), in the order of an index, so that the thousandth
page costs what the first does. A filter that few rows pass makes SQLite look at all of them: that is done in
a reader's thread and ends when it is cancelled.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from tui.calls import CallFilter, CallKey, CallOrder, CallQuery, CallRow, slot_number
from tui.value import value

_PLACES: Mapping[CallOrder, str] = {
    "time": "c.requested_at",
    "duration": "coalesce(c.duration, -1)",
    "bytes": "coalesce(c.output_bytes, -1)",
    "cost": "coalesce(c.price, -1)",
}
"""As the indexes have them."""
_OTHER_NAMES = {"bytes": "c.output_bytes", "title": "s.title", "slot": "s.slot", "workspace": "s.workspace"}
_NAMES = [field.name for field in fields(CallRow)]
_COLUMNS = ", ".join(_OTHER_NAMES.get(name, f"c.{name}") for name in _NAMES)
_UNKNOWN_SESSION = {"title": "", "slot": 0, "workspace": ""}


@value
class _Where:
    sql: tuple[str, ...]
    values: tuple[object, ...]

    def __and__(self, other: "_Where") -> "_Where":
        return _Where(sql=self.sql + other.sql, values=self.values + other.values)

    def __str__(self) -> str:
        return " AND ".join(self.sql) or "1"


def list_calls(
    connection: sqlite3.Connection,
    query: CallQuery,
    *,
    after: CallKey | None = None,
    before: CallKey | None = None,
    offset: int = 0,
    limit: int,
) -> list[CallRow]:
    """At most ``limit`` rows in the query's order: those that follow the row ``after``, or the last ones before the
    row ``before``, or, where neither is given, from ``offset`` on (from the end where that is negative)."""
    backwards = before is not None or offset < 0
    key = before if backwards else after
    way = "DESC" if query.descending != backwards else "ASC"
    place, where = _PLACES[query.order], _wanted(query)
    if key is not None:
        where &= _beyond(place, key, way)
    order = f"ORDER BY {place} {way}, c.id {way}"
    # The ids first: rows that are skipped or sorted away are not looked at for anything else.
    rows = connection.execute(
        f"WITH page AS (SELECT c.id FROM p_tool_calls c WHERE {where} {order} LIMIT ? OFFSET ?) SELECT {_COLUMNS}"
        f" FROM page CROSS JOIN p_tool_calls c ON c.id = page.id LEFT JOIN p_sessions s ON s.id = c.session_id {order}",
        (*where.values, limit, max(0, offset)),
    )
    found = list(map(_row, rows))
    return found[::-1] if backwards else found


def count_calls(connection: sqlite3.Connection, query: CallQuery, *, before: CallKey | None = None) -> int:
    """How many rows there are, or stand before that key."""
    where = _wanted(query)
    if before is not None:
        where &= _beyond(_PLACES[query.order], before, "ASC" if query.descending else "DESC")
    return connection.execute(f"SELECT count(*) FROM p_tool_calls c WHERE {where}", where.values).fetchone()[0]


def ended_calls(connection: sqlite3.Connection, keys: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these calls have their end on disk."""
    sql = "SELECT 1 FROM p_tool_calls WHERE session_id=? AND call_id=? AND ended_at IS NOT NULL"
    return {key for key in keys if connection.execute(sql, key).fetchone()}


def calls_mark(connection: sqlite3.Connection) -> tuple[object, ...]:
    """Something else after any event of any session, whichever process wrote it."""
    return connection.execute("SELECT count(*), total(seq), max(changed_at) FROM p_sessions").fetchone()


def _row(values: tuple[object, ...]) -> CallRow:
    row = dict(zip(_NAMES, values, strict=True))
    if row["title"] is None:
        row |= _UNKNOWN_SESSION
    return CallRow(**row)  # type: ignore[arg-type]


def _beyond(place: str, key: CallKey, way: str) -> _Where:
    """The first comparison is for SQLite, which searches an index of an expression by nothing else."""
    than = "<" if way == "DESC" else ">"
    return _Where(sql=(f"{place} {than}= ?", f"({place}, c.id) {than} (?, ?)"), values=(key[0], *key))


def _wanted(query: CallQuery) -> _Where:
    wanted = query.filter
    where = _Where(sql=(), values=())
    if wanted.only:
        where &= _Where(sql=("c.session_id = ?",), values=(wanted.only,))
    if wanted.states:
        where &= _states(query)
    if wanted.tools:
        where &= _any("substr(lower(c.tool), 1, length(?)) = ?", [(tool, tool) for tool in wanted.tools])
    if wanted.before is not None:
        where &= _Where(sql=("c.requested_at < ?",), values=(wanted.before,))
    if wanted.after is not None:
        where &= _Where(sql=("c.requested_at >= ?",), values=(wanted.after,))
    if wanted.bigger is not None:
        where &= _Where(sql=("c.output_bytes > ?",), values=(wanted.bigger,))
    if query.without:
        pairs = ", ".join("(?, ?)" for _ in query.without)
        values = tuple(part for key in query.without for part in key)
        where &= _Where(sql=(f"(c.session_id, c.call_id) NOT IN (VALUES {pairs})",), values=values)
    return where & _slower(wanted, query.now) & _sessions(wanted) & _texts(wanted)


def _states(query: CallQuery) -> _Where:
    """By the index of states, unless most rows would come from it only to be sorted again."""
    states = query.filter.states
    hidden = "+" if "ok" in states and (len(states) > 1 or query.order != "time") else ""
    return _Where(sql=(f"{hidden}c.state IN ({_marks(states)})",), values=states)


def _slower(wanted: CallFilter, now: float) -> _Where:
    """A call that runs is as slow as it has run."""
    if wanted.slower is None:
        return _Where(sql=(), values=())
    sql = "(c.duration > ? OR (c.ended_at IS NULL AND c.started_at < ?))"
    return _Where(sql=(sql,), values=(wanted.slower, now - wanted.slower))


def _sessions(wanted: CallFilter) -> _Where:
    if not wanted.sessions:
        return _Where(sql=(), values=())
    each = "slot = ? OR (? IS NULL AND (instr(lower(title), ?) OR substr(id, 1, length(?)) = ?))"
    slots = [slot_number(name) for name in wanted.sessions]
    values = [(slot, slot, name, name, name) for name, slot in zip(wanted.sessions, slots, strict=True)]
    found = _any(each, values)
    return _Where(sql=(f"+c.session_id IN (SELECT id FROM p_sessions WHERE {found})",), values=found.values)


def _texts(wanted: CallFilter) -> _Where:
    paths = "(instr(lower(c.path), ?) OR instr(lower(c.touched), ?))"
    words = f"(instr(lower(c.line), ?) OR instr(lower(c.tool), ?) OR {paths})"
    sql = (paths,) * len(wanted.paths) + (words,) * len(wanted.words)
    values = [path for path in wanted.paths for _ in range(2)] + [word for word in wanted.words for _ in range(4)]
    return _Where(sql=sql, values=tuple(values))


def _any(sql: str, values: Sequence[tuple[object, ...]]) -> _Where:
    return _Where(sql=(f"({' OR '.join([sql] * len(values))})",), values=tuple(part for row in values for part in row))


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
