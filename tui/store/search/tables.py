"""The tables of the index of words, as a migration makes them. Imports nothing: the schema is below everything."""

import sqlite3

TOKENIZER = "unicode61 remove_diacritics 2"
_TABLES = (
    f"CREATE VIRTUAL TABLE search_index USING fts5(text, tags, content='', tokenize='{TOKENIZER}')",
    "CREATE TABLE search_names (kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID",
)


def add_search_index(connection: sqlite3.Connection) -> None:
    """The migration. What is in the store is indexed afterwards, a piece at a time."""
    if has_fts5(connection):
        for statement in _TABLES:
            connection.execute(statement)


def has_fts5(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'").fetchone()[0])


def has_index(connection: sqlite3.Connection) -> bool:
    """Whether there is one. There is none where SQLite was built without FTS5."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'search_index'").fetchone()
    return found is not None
