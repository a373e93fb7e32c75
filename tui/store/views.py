"""The SQL contract: the views that people and other programs may query, and what each column of them means.

The views use nothing of ours, so that any SQLite program can read them. They say what the tables hold, with the texts
that stay in the events: one that is too long for its event is named by its hash, and is a row of ``blobs``. Whatever
changes in a view, be it a name, a type or what makes it, needs another ``CONTRACT``: a test compares them with the text
that was written down for that number. Columns may be added in a new version, and those that are there stay.
"""

import sqlite3

from tui.store.view_columns import VIEWS, View

CONTRACT = 1
"""The version of all views together. It stands in ``meta``, and in the view ``contract``."""
_NAMES = tuple(view.name for view in VIEWS)
CONTRACT_COLUMNS = ("version", "view", "place", "column", "type", "meaning")


def installed_contract(connection: sqlite3.Connection) -> int:
    """The version of the views that this file has; 0 where it has none."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'contract'").fetchone()
    return int(found[0]) if found else 0


def remove_views(connection: sqlite3.Connection) -> None:
    """A table that a view stands over cannot be changed freely."""
    for name in (*_NAMES, "contract"):
        (kind,) = connection.execute("SELECT max(type) FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        if kind == "view":
            connection.execute(f"DROP VIEW {name}")
    connection.execute("DROP TABLE IF EXISTS p_contract")


def install_views(connection: sqlite3.Connection) -> None:
    """Make all views of this version, inside the caller's transaction. There must be none."""
    for view in VIEWS:
        connection.execute(statement(view))
    connection.execute(
        """CREATE TABLE p_contract (view TEXT, place INTEGER, "column" TEXT, type TEXT, meaning TEXT,
        PRIMARY KEY (view, place)) WITHOUT ROWID"""
    )
    connection.executemany("INSERT INTO p_contract VALUES (?,?,?,?,?)", _rows())
    connection.execute(
        """CREATE VIEW contract AS SELECT (SELECT value FROM meta WHERE key = 'contract') AS version,
        view, place, "column", type, meaning FROM p_contract"""
    )
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('contract', ?)", (CONTRACT,))


def statement(view: View) -> str:
    """The SQL that makes one view."""
    columns = ",\n    ".join(f"{column.sql} AS {column.name}" for column in view.columns)
    return f"CREATE VIEW {view.name} AS SELECT\n    {columns}\nFROM {view.source}"


def _rows() -> list[tuple[str, int, str, str, str]]:
    return [
        (view.name, place, column.name, column.type, column.meaning)
        for view in VIEWS
        for place, column in enumerate(view.columns, 1)
    ]
