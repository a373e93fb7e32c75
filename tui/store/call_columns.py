"""The columns of ``tool_calls`` that the list of all calls needs, added to a store that was made without them.

What they hold is in the log already: a call's line comes from its arguments, everything else from the other tables.
They are filled in the migration's transaction by reading the entries of calls alone, about 30,000 calls a second.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import groupby

from tui.errors import StoreError
from tui.events import PartEnded, SideCall, ToolStarted
from tui.lines import deed, named_paths
from tui.messages import ToolCallPart
from tui.store import codec
from tui.store.log_rows import fetch_blob

TOUCHED_CHARS = 2_000
"""Characters of the changed files' paths that a call's row keeps for searching."""
_AT_ONCE = 200
"""Calls whose entries are read together: each may hold 64 KB of arguments."""

_CHANGES = (
    "ALTER TABLE tool_calls ADD COLUMN line TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE tool_calls ADD COLUMN path TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE tool_calls ADD COLUMN touched TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE tool_calls ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting'",
    "ALTER TABLE tool_calls ADD COLUMN price REAL",
    # One for each order of the list; a rowid, which ends every index entry, settles the order of equals.
    "CREATE INDEX calls_by_time ON tool_calls (requested_at)",
    "CREATE INDEX calls_by_duration ON tool_calls (coalesce(duration, -1))",
    "CREATE INDEX calls_by_bytes ON tool_calls (coalesce(output_bytes, -1))",
    "CREATE INDEX calls_by_price ON tool_calls (coalesce(price, -1))",
    "CREATE INDEX calls_of_session ON tool_calls (session_id, requested_at)",
    "CREATE INDEX calls_by_state ON tool_calls (state, requested_at)",
    "CREATE INDEX calls_of_step ON tool_calls (session_id, step_id)",
)
_FILLED = (
    """UPDATE tool_calls SET state = CASE
        WHEN outcome IS NOT NULL THEN outcome WHEN started_at IS NOT NULL THEN 'running'
        WHEN EXISTS (SELECT 1 FROM approvals a WHERE a.session_id = tool_calls.session_id
            AND a.call_id = tool_calls.call_id AND a.decided_at IS NULL) THEN 'asking' ELSE 'waiting' END""",
    """UPDATE tool_calls SET price = (SELECT u.price FROM usage u
        WHERE u.session_id = tool_calls.session_id AND u.step_id = tool_calls.step_id) / (SELECT count(*)
        FROM tool_calls o WHERE o.session_id = tool_calls.session_id AND o.step_id = tool_calls.step_id)
        WHERE step_id IS NOT NULL""",
)


def add_call_columns(connection: sqlite3.Connection) -> None:
    """Migration 2."""
    for statement in (*_CHANGES, *_FILLED):
        connection.execute(statement)
    for first in range(0, _last_id(connection) + 1, _AT_ONCE):
        said = list(_said(connection, first, first + _AT_ONCE))
        connection.executemany("UPDATE tool_calls SET line=?, path=? WHERE id=?", said)
    changed = connection.execute("SELECT session_id, call_id, path FROM files_touched").fetchall()
    for (session_id, call_id), rows in groupby(sorted(changed), key=lambda row: row[:2]):
        values = (touched_text(path for _, _, path in rows), session_id, call_id)
        connection.execute("UPDATE tool_calls SET touched=? WHERE session_id=? AND call_id=?", values)


def touched_text(paths: Iterable[str]) -> str:
    """Changed files as their call's row keeps them: in order, each once, a line each."""
    return "\n".join(sorted({*paths}))[:TOUCHED_CHARS]


def _last_id(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT coalesce(max(id), 0) FROM tool_calls").fetchone()[0]


def _said(connection: sqlite3.Connection, first: int, end: int) -> Iterator[tuple[str, str, int]]:
    """(line, path, id) of calls, from the arguments that ran, or else were asked for."""
    found = connection.execute(
        "SELECT c.id, e.kind, e.version, e.body FROM tool_calls c JOIN entries e"
        " ON e.session_id = c.session_id AND e.seq = coalesce(c.started_seq, c.seq) WHERE c.id >= ? AND c.id < ?",
        (first, end),
    )
    for row_id, kind, version, body in found.fetchall():
        try:
            event = codec.decode(kind, version, body, lambda name: fetch_blob(connection, name))
        except StoreError:  # damaged: the call keeps an empty line, and doctor will name the entry
            continue
        part = event.part if isinstance(event, PartEnded) else event
        if isinstance(part, ToolCallPart | ToolStarted | SideCall):
            tool = part.name if isinstance(part, ToolCallPart) else part.tool
            yield _storable(deed(tool, part.arguments)), _storable(named_paths(part.arguments)), row_id


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
