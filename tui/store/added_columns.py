"""What a call's result added to the first request that read it: an estimate, since only whole requests have a price.

A result's tokens are its characters by four. A request's price is shared out by weights that hold for most models: what
comes from the cache counts a tenth, what is written to it a quarter more, and what the model writes five times.
"""

import sqlite3
from typing import Any

from tui.messages import Usage

CHARS_PER_TOKEN = 4.0
_CHANGES = (
    "ALTER TABLE p_tool_calls ADD COLUMN carried TEXT",  # the request that read its result first
    "ALTER TABLE p_tool_calls ADD COLUMN added REAL",
    "CREATE INDEX calls_not_carried ON p_tool_calls (session_id) WHERE carried IS NULL AND step_id IS NOT NULL",
)
_WAITING = "session_id = ?3 AND carried IS NULL AND step_id IS NOT NULL AND ended_seq < ?4"
_CARRY = f"""UPDATE p_tool_calls SET carried = ?1,
    added = ?2 * coalesce(chars, 0) / max(?5, (SELECT total(chars) FROM p_tool_calls WHERE {_WAITING}))
    WHERE {_WAITING}"""
_STEPS = """SELECT session_id, step_id, coalesce((SELECT min(e.seq) FROM entries e
        WHERE e.session_id = u.session_id AND e.seq > u.seq AND e.kind = 'StepEnded'), u.seq),
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, price
    FROM p_usage u WHERE ended_at IS NOT NULL AND turn_id <> '' ORDER BY session_id, seq"""

Statement = tuple[str, tuple[Any, ...]]


def carry(session_id: str, step_id: str, seq: int, usage: Usage, price: float | None) -> list[Statement]:
    """What a request that has ended says of the results that it was the first to read. Twice is as once."""
    if not usage.input_tokens:
        return []  # it was refused, or never answered: the next one reads them
    return [(_CARRY, (step_id, price, session_id, seq, _chars(usage)))]


def _chars(usage: Usage) -> float:
    """How many characters of a new result would cost as much as the whole request."""
    fresh = max(0, usage.input_tokens - usage.cache_read_tokens - usage.cache_write_tokens)
    new = 1.25 if usage.cache_write_tokens else 1.0
    weight = fresh + 0.1 * usage.cache_read_tokens + 1.25 * usage.cache_write_tokens + 5.0 * usage.output_tokens
    return max(1.0, weight * CHARS_PER_TOKEN / new)


def add_added_columns(connection: sqlite3.Connection) -> None:
    """Migration: requests are gone through in their order, about 20,000 a second."""
    for statement in _CHANGES:
        connection.execute(statement)
    for session_id, step_id, seq, given, put_out, read, written, price in connection.execute(_STEPS).fetchall():
        usage = Usage(input_tokens=given, output_tokens=put_out, cache_read_tokens=read, cache_write_tokens=written)
        for sql, values in carry(session_id, step_id, seq, usage, price):
            connection.execute(sql, values)
