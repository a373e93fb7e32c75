"""The ledger's sums: requests by day, session or model, calls by tool, and what has been spent since a moment.

Sums are made where the rows are. ``spent`` counts what still waits for the disk as well: a budget that looked at the
disk alone would be a request behind.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from tui.events import CompactionFailed, CompactionStarted, Entry, StepEnded, StepStarted, SummaryKept
from tui.ledger import By, Ledger, LedgerQuery, LedgerRow

Sums = tuple[float, int]
"""USD over requests of known price, and how many have none."""
_FREE = "model LIKE 'offline/%'"
"""What is no model has no price to know."""
_SUMS = f"""count(*) AS requests, total(ended_at IS NULL) AS running,
    total(ended_at IS NOT NULL AND price IS NULL AND NOT {_FREE}) AS unpriced,
    count(DISTINCT u.session_id) AS sessions, total(input_tokens) AS input, total(output_tokens) AS output,
    total(cache_read_tokens) AS cache_read, total(cache_write_tokens) AS cache_write,
    total(reasoning_tokens) AS reasoning, sum(price) AS cost, avg(first_token) AS first_token,
    total(duration) AS duration, max(started_at) AS last"""
_DAY = "date(started_at, 'unixepoch', 'localtime')"
_KEYS: Mapping[By, str] = {"day": _DAY, "session": "u.session_id", "model": "u.model"}
_CALLS = """count(*) AS calls, count(DISTINCT c.session_id) AS sessions,
    total(c.outcome IN ('error', 'timed_out', 'unknown')) AS failed, total(c.duration) AS duration,
    sum(c.added) AS cost, sum(c.price) AS asked,
    total(c.added IS NULL AND c.carried IS NOT NULL) AS unpriced, max(c.requested_at) AS last"""
_WHOLE = frozenset(("requests", "running", "unpriced", "sessions", "calls", "failed", "input", "output", "cache_read",
                    "cache_write", "reasoning", "slot"))  # fmt: skip


def read_ledger(connection: sqlite3.Connection, query: LedgerQuery) -> Ledger:
    """Rows, their sum, and the days. Dearest first; days newest first."""
    where, values = _requests_of(query)
    total = _rows(connection, f"SELECT '' AS key, {_SUMS} FROM p_usage u{where}", values)[0]
    days = _rows(connection, f"SELECT {_DAY} AS key, {_SUMS} FROM p_usage u{where} GROUP BY 1 ORDER BY 1", values)
    if query.by == "day":
        rows = days[::-1]
    elif query.by == "tool":
        rows = _tools(connection, query)
    else:
        order = "ORDER BY cost DESC, input + output DESC, last DESC"
        sql = f"SELECT {_KEYS[query.by]} AS key, {_SUMS} FROM p_usage u{where} GROUP BY 1 {order}"
        if query.by == "session":
            named = "LEFT JOIN p_sessions s ON s.id = l.key"
            sql = f"SELECT l.*, s.title, s.slot, s.workspace FROM ({sql}) l {named} {order}"
        rows = _rows(connection, sql, values)
    return Ledger(rows=tuple(rows), total=total, days=tuple(days))


def _requests_of(query: LedgerQuery) -> tuple[str, list[Any]]:
    used = "u.session_id IN (SELECT session_id FROM p_tool_calls WHERE tool = ?)"
    return _where(
        ("started_at >= ?", query.since),
        ("started_at < ?", query.until),
        ("u.session_id = ?", query.session or None),
        ("u.model = ?", query.model or None),
        (used, query.tool or None),
    )


def _tools(connection: sqlite3.Connection, query: LedgerQuery) -> list[LedgerRow]:
    """Of a tool's calls the cost is what their results added. The person's own calls are read by no model."""
    asked = "(c.session_id, c.step_id) IN (SELECT session_id, step_id FROM p_usage WHERE model = ?)"
    where, values = _where(
        ("c.requested_at >= ?", query.since),
        ("c.requested_at < ?", query.until),
        ("c.session_id = ?", query.session or None),
        ("c.tool = ?", query.tool or None),
        (asked, query.model or None),
    )
    sql = f"SELECT c.tool AS key, 1 AS estimated, {_CALLS} FROM p_tool_calls c{where} GROUP BY 1"
    return _rows(connection, f"{sql} ORDER BY cost DESC, calls DESC", values)


def _where(*conditions: tuple[str, Any]) -> tuple[str, list[Any]]:
    kept = [(sql, wanted) for sql, wanted in conditions if wanted is not None]
    text = " WHERE " + " AND ".join(sql for sql, _ in kept) if kept else ""
    return text, [wanted for _, wanted in kept]


def _rows(connection: sqlite3.Connection, sql: str, values: list[Any]) -> list[LedgerRow]:
    found = connection.execute(sql, values)
    names = [each[0] for each in found.description]
    return [_row(dict(zip(names, row, strict=True))) for row in found]


def _row(values: dict[str, Any]) -> LedgerRow:
    kept = {name: int(each) if name in _WHOLE else each for name, each in values.items() if each is not None}
    return LedgerRow(**{"key": "", **kept, "estimated": bool(values.get("estimated"))})


# --- for budgets


def spent(connection: sqlite3.Connection, since: float, waiting: Iterable[Entry]) -> Sums:
    """What requests that were sent since then have cost; ``waiting`` are entries that may not be on disk yet.

    Taken before the disk is read: what reached it meanwhile is counted once.
    """
    late, begun = _ended(waiting), _begun(waiting)
    cost, unpriced = connection.execute(
        f"SELECT total(price), total(ended_at IS NOT NULL AND price IS NULL AND NOT {_FREE})"
        " FROM p_usage WHERE started_at >= ?",
        (since,),
    ).fetchone()
    for key, price in late.items():
        row = connection.execute(
            "SELECT started_at, ended_at FROM p_usage WHERE session_id = ? AND step_id = ?", key
        ).fetchone()
        started = row[0] if row is not None else begun.get(key, since)
        if started < since or (row is not None and row[1] is not None):
            continue
        cost, unpriced = cost + (price or 0.0), unpriced + (price is None)
    return float(cost), int(unpriced)


def _ended(waiting: Iterable[Entry]) -> dict[tuple[str, str], float | None]:
    found: dict[tuple[str, str], float | None] = {}
    for entry in waiting:
        match entry.event:
            case StepEnded(step_id=own, price=price):
                found[entry.session_id, own] = price
            case SummaryKept(compaction_id=own, price=price) | CompactionFailed(compaction_id=own, price=price):
                found.setdefault((entry.session_id, own), price)
            case _:
                pass
    return found


def _begun(waiting: Iterable[Entry]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for entry in waiting:
        match entry.event:
            case StepStarted(step_id=own) | CompactionStarted(compaction_id=own):
                found[entry.session_id, own] = entry.at
            case _:
                pass
    return found
