"""The column of ``turns`` that says that the person has seen a failure, added to a store that was made without it.

Such a turn waits for nobody: the list of sessions and the inbox have to agree about it.
"""

import sqlite3

_FILLED = """UPDATE turns SET put_away = 1 WHERE (session_id, turn_id) IN (
    SELECT session_id, json_extract(body, '$.turn_id') FROM entries WHERE kind = 'TurnPutAway' AND json_valid(body))"""


def add_put_away_column(connection: sqlite3.Connection) -> None:
    """The log knows already which. Its entries' kinds are read once, for no index has them."""
    connection.execute("ALTER TABLE turns ADD COLUMN put_away INTEGER NOT NULL DEFAULT 0")
    connection.execute(_FILLED)
