"""What the sub-agents of a session have cost, for its budget."""

import sqlite3

_BELOW = """
WITH RECURSIVE below (id) AS (
    SELECT id FROM p_sessions WHERE parent_session = ?1
    UNION SELECT s.id FROM p_sessions s JOIN below b ON s.parent_session = b.id)
SELECT below.id, total(price), coalesce(sum(ended_at IS NOT NULL AND price IS NULL), 0)
FROM below JOIN p_usage u ON u.session_id = below.id GROUP BY 1
"""


def delegated(connection: sqlite3.Connection, session_id: str) -> dict[str, tuple[float, int]]:
    """Of each session below one: USD over its priced requests, and how many have no known price."""
    rows = connection.execute(_BELOW, (session_id,)).fetchall()
    return {below: (float(cost), int(unpriced)) for below, cost, unpriced in rows}
