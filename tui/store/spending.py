"""What the sub-agents of a session have cost, for its budget."""

import sqlite3

_BELOW = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM p_sessions WHERE parent_session = ?1
    UNION SELECT s.id FROM p_sessions s JOIN below b ON s.parent_session = b.id)
SELECT total(price), coalesce(sum(ended_at IS NOT NULL AND price IS NULL), 0)
FROM p_usage WHERE session_id IN (SELECT id FROM below)
"""


def delegated(connection: sqlite3.Connection, session_id: str) -> tuple[float, int]:
    """USD over the priced requests of all sessions below one, and how many requests there have no known price."""
    cost, unpriced = connection.execute(_BELOW, (session_id,)).fetchone()
    return float(cost), int(unpriced)
