"""What the ledger asks by: when requests were sent, over all sessions. A migration of its own."""

import sqlite3


def add_ledger_index(connection: sqlite3.Connection) -> None:
    """A budget sums today's requests before each of them; a span of days is found without reading all."""
    connection.execute("CREATE INDEX usage_by_time ON p_usage (started_at)")
    connection.execute("CREATE INDEX calls_by_tool ON p_tool_calls (tool, session_id)")
