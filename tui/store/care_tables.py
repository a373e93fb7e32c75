"""Two tables that care writes: what was redacted, and what a repair found but could put in no session.

Both are as true as the log and are never rebuilt. ``redactions`` says when, where and how many characters, never
what; ``aside`` holds entries as they were found whose session lost so much that they fit nowhere in it.
"""

import sqlite3


def add_care_tables(connection: sqlite3.Connection) -> None:
    connection.execute("""CREATE TABLE redactions (
        id INTEGER PRIMARY KEY, at REAL NOT NULL, session_id TEXT NOT NULL, places INTEGER NOT NULL,
        characters INTEGER NOT NULL)""")
    connection.execute("""CREATE TABLE aside (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL, why TEXT NOT NULL)""")
