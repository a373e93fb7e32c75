"""The tables that a public view stands over give it their names: ``sessions`` becomes ``p_sessions``, and so on.

A view has to have the name that people write in their queries, and a table and a view cannot share one. What a table is
called is ours alone; what a view is called and holds is a promise (``tui.store.views``).
"""

import sqlite3

TABLES = ("sessions", "turns", "messages", "tool_calls", "approvals", "usage", "files_touched")


def free_public_names(connection: sqlite3.Connection) -> None:
    """Rows and indexes stay where they are: only the schema's text changes."""
    for name in TABLES:
        connection.execute(f"ALTER TABLE {name} RENAME TO p_{name}")
    # What a turn cost and how many requests it took is asked for each turn in sight.
    connection.execute("CREATE INDEX usage_of_turn ON p_usage (session_id, turn_id)")
