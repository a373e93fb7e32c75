"""The columns of ``sessions`` that say which sessions were sent the same prompt, added to a store made without them.

No log of that time holds such an event, so there is nothing to fill them with.
"""

import sqlite3


def add_group_columns(connection: sqlite3.Connection) -> None:
    """Migration 3."""
    connection.execute("ALTER TABLE sessions ADD COLUMN group_id TEXT")
