"""The list of sessions, read from the projection tables alone: no log is folded to show it."""

import sqlite3
from dataclasses import fields

from tui.errors import UnknownSession
from tui.state import Status
from tui.value import value


@value
class SessionRow:
    """One session as it stands on disk.

    ``left_open``: its turn has no end although no process runs it (that one died); opening it closes the turn.
    ``group`` is shared by those that were sent the same prompt. ``cost`` is USD over priced requests; ``unpriced``
    counts the others.
    """

    id: str
    workspace: str
    cwd: str
    title: str
    model: str
    slot: int
    archived: bool
    closed: bool
    parent_session: str | None
    forked_from: str | None
    last_prompt: str
    opened_at: float
    changed_at: float
    seq: int
    turns: int
    messages: int
    status: Status
    cost: float
    unpriced: int
    input_tokens: int
    output_tokens: int
    group: str | None = None
    left_open: bool = False

    def matches(self, text: str) -> bool:
        """Whether every word of ``text`` is in what a person sees of the row, in any case."""
        shown = f"{self.title}\n{self.last_prompt}\n{self.cwd}\n{self.model}\n{self.id}".casefold()
        return all(word in shown for word in text.casefold().split())


_PLAIN = (
    "id, workspace, cwd, title, model, slot, archived, closed, parent_session, forked_from, last_prompt,"
    " opened_at, changed_at, seq"
)
_SELECT = f"""
SELECT {_PLAIN},
    (SELECT count(*) FROM p_turns WHERE session_id = s.id),
    (SELECT count(*) FROM p_messages WHERE session_id = s.id AND kind = 'text'),
    CASE
        WHEN EXISTS (SELECT 1 FROM questions WHERE session_id = s.id AND answered_at IS NULL)
            OR EXISTS (
                SELECT 1 FROM p_approvals a
                JOIN p_tool_calls c ON c.session_id = a.session_id AND c.call_id = a.call_id
                WHERE a.session_id = s.id AND a.decided_at IS NULL
                    AND c.started_at IS NULL AND c.ended_at IS NULL) THEN 'asking'
        WHEN (SELECT outcome IS NULL FROM p_turns WHERE session_id = s.id ORDER BY seq DESC LIMIT 1) THEN 'running'
        WHEN EXISTS (SELECT 1 FROM prompts WHERE session_id = s.id AND state = 'queued') THEN 'queued'
        WHEN (SELECT outcome = 'failed' AND NOT put_away FROM p_turns WHERE session_id = s.id ORDER BY seq DESC LIMIT 1)
            THEN 'failed'
        ELSE 'idle' END,
    coalesce(u.cost, 0.0), coalesce(u.unpriced, 0), coalesce(u.input_tokens, 0), coalesce(u.output_tokens, 0),
    s.group_id
FROM p_sessions s LEFT JOIN (
    SELECT session_id, total(price) AS cost, sum(ended_at IS NOT NULL AND price IS NULL) AS unpriced,
        CAST(total(input_tokens) AS INTEGER) AS input_tokens, CAST(total(output_tokens) AS INTEGER) AS output_tokens
    FROM p_usage GROUP BY session_id) u ON u.session_id = s.id
"""
_NAMES = tuple(field.name for field in fields(SessionRow) if field.name != "left_open")


def list_sessions(
    connection: sqlite3.Connection, *, workspace: str | None, archived: bool | None, text: str
) -> list[SessionRow]:
    """Newest change first. None means "either"."""
    rows = connection.execute(
        f"{_SELECT} WHERE (?1 IS NULL OR workspace = ?1) AND (?2 IS NULL OR archived = ?2)"
        " ORDER BY changed_at DESC, id DESC",
        (workspace, archived),
    )
    return [row for row in map(_row, rows) if row.matches(text)]


def find_session(connection: sqlite3.Connection, prefix: str) -> SessionRow:
    """The session whose id starts with ``prefix``.

    Raises:
        UnknownSession: none does, or several do.
    """
    top = chr(0x10FFFF)
    found = connection.execute(
        f"{_SELECT} WHERE id >= ? AND id < ? ORDER BY id LIMIT 3", (prefix, prefix + top)
    ).fetchall()
    exact = [row for row in found if row[0] == prefix]
    if not found or not prefix:
        raise UnknownSession(f"No session's id starts with {prefix!r}.", hint="penstock sessions lists them.")
    if len(found) > 1 and not exact:
        names = " and ".join(row[0] for row in found[:2])
        raise UnknownSession(
            f"Several sessions start with {prefix!r}, {names} among them.", hint="Type one more letter."
        )
    return _row((exact or found)[0])


def next_slot(connection: sqlite3.Connection, workspace: str) -> int:
    """Reserve the workspace's next slot, inside the caller's transaction. A slot is never given twice."""
    (last,) = connection.execute(
        "SELECT max(coalesce((SELECT last FROM slots WHERE workspace = ?1), 0),"
        " coalesce((SELECT max(slot) FROM p_sessions WHERE workspace = ?1), 0))",
        (workspace,),
    ).fetchone()
    connection.execute(
        "INSERT INTO slots VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last", (workspace, last + 1)
    )
    return last + 1


def _row(values: tuple[object, ...]) -> SessionRow:
    row = dict(zip(_NAMES, values, strict=True))
    return SessionRow(**{**row, "archived": bool(row["archived"]), "closed": bool(row["closed"])})  # type: ignore[arg-type]
