"""The tables of the store, as numbered migrations.

Events are the truth: ``entries`` holds them for ever, ``scratch`` those that their part's or call's end
will supersede. Everything else except ``blobs``, ``ui``, ``slots`` and ``meta`` is a projection, written in
the transaction of its event and rebuildable from the log. A projection holds facts and sequence numbers, not
text: the text stays in the event, once, and a view finds it by ``seq``.

``PRAGMA user_version`` is the number of the last migration that ran. A released migration is never
edited: the next one is appended.
"""

import sqlite3
from collections.abc import Callable

from tui.errors import SchemaTooNew, StoreError
from tui.store.added_columns import add_added_columns
from tui.store.call_columns import add_call_columns
from tui.store.care_tables import add_care_tables
from tui.store.group_columns import add_group_columns
from tui.store.ledger_index import add_ledger_index
from tui.store.private_names import free_public_names
from tui.store.put_away_column import add_put_away_column
from tui.store.search.tables import add_search_index
from tui.store.views import CONTRACT, install_views, installed_contract, remove_views

APPLICATION_ID = 0x50454E53
"""``PENS``: what ``file`` and SQLite itself can tell our files by."""

_FIRST = (
    # Rowids give the order of arrival over all sessions; bodies are too long for a table without them.
    """CREATE TABLE entries (
        session_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (session_id, seq))""",
    # Clustered by owner: a whole part or call is appended to one place and pruned as one range.
    """CREATE TABLE scratch (
        session_id TEXT NOT NULL, owner TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        kind TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (session_id, owner, seq)) WITHOUT ROWID""",
    """CREATE TABLE blobs (
        hash TEXT PRIMARY KEY, size INTEGER NOT NULL, encoding TEXT NOT NULL, data BLOB NOT NULL)""",
    """CREATE TABLE ui (
        workspace TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (workspace, key)) WITHOUT ROWID""",
    "CREATE TABLE slots (workspace TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "INSERT INTO meta VALUES ('created_at', julianday('now')), ('settled', 0)",
    # --- projections
    """CREATE TABLE sessions (
        id TEXT PRIMARY KEY, workspace TEXT NOT NULL, cwd TEXT NOT NULL, title TEXT NOT NULL,
        model TEXT NOT NULL, slot INTEGER NOT NULL, archived INTEGER NOT NULL DEFAULT 0,
        closed INTEGER NOT NULL DEFAULT 0, parent_session TEXT, parent_call TEXT,
        forked_from TEXT, forked_through INTEGER, last_prompt TEXT NOT NULL DEFAULT '',
        opened_at REAL NOT NULL, changed_at REAL NOT NULL, seq INTEGER NOT NULL)""",
    "CREATE INDEX sessions_by_workspace ON sessions (workspace, changed_at)",
    """CREATE TABLE prompts (
        session_id TEXT NOT NULL, prompt_id TEXT NOT NULL, seq INTEGER NOT NULL, at REAL NOT NULL,
        state TEXT NOT NULL, steer INTEGER NOT NULL DEFAULT 0, turn_id TEXT, ended_seq INTEGER,
        PRIMARY KEY (session_id, prompt_id)) WITHOUT ROWID""",
    "CREATE INDEX prompts_waiting ON prompts (session_id) WHERE state = 'queued'",
    """CREATE TABLE turns (
        session_id TEXT NOT NULL, turn_id TEXT NOT NULL, seq INTEGER NOT NULL, started_at REAL NOT NULL,
        ended_at REAL, ended_seq INTEGER, outcome TEXT, error TEXT, hint TEXT,
        PRIMARY KEY (session_id, turn_id)) WITHOUT ROWID""",
    "CREATE INDEX turns_in_order ON turns (session_id, seq, outcome)",
    """CREATE TABLE usage (
        session_id TEXT NOT NULL, step_id TEXT NOT NULL, seq INTEGER NOT NULL, turn_id TEXT NOT NULL,
        model TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL, stop TEXT, retries INTEGER NOT NULL DEFAULT 0,
        input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
        reasoning_tokens INTEGER, first_token REAL, duration REAL, price REAL,
        PRIMARY KEY (session_id, step_id)) WITHOUT ROWID""",
    """CREATE TABLE messages (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, source_id TEXT NOT NULL, seq INTEGER NOT NULL,
        at REAL NOT NULL, role TEXT NOT NULL, kind TEXT NOT NULL, turn_id TEXT, step_id TEXT, call_id TEXT,
        ended_seq INTEGER, ended_at REAL, chars INTEGER NOT NULL DEFAULT 0, images INTEGER NOT NULL DEFAULT 0,
        cut INTEGER NOT NULL DEFAULT 0, UNIQUE (session_id, source_id))""",
    """CREATE TABLE tool_calls (
        id INTEGER PRIMARY KEY, session_id TEXT NOT NULL, call_id TEXT NOT NULL, seq INTEGER NOT NULL,
        turn_id TEXT, step_id TEXT, tool TEXT NOT NULL, original TEXT NOT NULL DEFAULT '',
        requested_at REAL NOT NULL, started_at REAL, started_seq INTEGER, ended_at REAL, ended_seq INTEGER,
        outcome TEXT, duration REAL, chars INTEGER, output_bytes INTEGER, UNIQUE (session_id, call_id))""",
    """CREATE TABLE approvals (
        session_id TEXT NOT NULL, approval_id TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL,
        tool TEXT, effect TEXT, why TEXT, asked_at REAL, decided_at REAL, decided_seq INTEGER,
        decision TEXT, decided_by TEXT, scope TEXT, reason TEXT,
        PRIMARY KEY (session_id, approval_id)) WITHOUT ROWID""",
    "CREATE INDEX approvals_open ON approvals (session_id, call_id) WHERE decided_at IS NULL",
    """CREATE TABLE questions (
        session_id TEXT NOT NULL, question_id TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL,
        asked_at REAL NOT NULL, answered_at REAL, answered_seq INTEGER,
        PRIMARY KEY (session_id, question_id)) WITHOUT ROWID""",
    "CREATE INDEX questions_open ON questions (session_id) WHERE answered_at IS NULL",
    """CREATE TABLE files_touched (
        session_id TEXT NOT NULL, path TEXT NOT NULL, seq INTEGER NOT NULL, call_id TEXT NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (session_id, path, seq)) WITHOUT ROWID""",
)

PROJECTIONS = (
    "p_sessions",
    "prompts",
    "p_turns",
    "p_usage",
    "p_messages",
    "p_tool_calls",
    "p_approvals",
    "questions",
    "p_files_touched",
)
"""What ``projections.rebuild`` empties and fills again."""


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in _FIRST:
        connection.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _create,
    add_call_columns,
    add_group_columns,
    add_put_away_column,
    free_public_names,
    add_care_tables,
    add_search_index,
    add_ledger_index,
    add_added_columns,
)
VERSION = len(MIGRATIONS)


def check(connection: sqlite3.Connection) -> int:
    """The schema's number in this file, 0 for an empty one. Reads only.

    Raises:
        SchemaTooNew: a newer Penstock wrote it.
        StoreError: it is the database of another program.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute(
        "PRAGMA application_id"
    ).fetchone()  # last: another process may be making it now
    if application != APPLICATION_ID and (tables or application or version):
        raise StoreError(
            "The store's file is the database of another program.",
            hint="Move it away, or name another folder in PENSTOCK_HOME.",
        )
    if version > VERSION:
        raise SchemaTooNew(
            f"This store has format {version}, and this Penstock knows up to {VERSION}.",
            hint="Nothing was changed; open it with the newer one, or name another folder in PENSTOCK_HOME meanwhile.",
        )
    return version


def up_to_date(connection: sqlite3.Connection) -> bool:
    """Whether it has the tables and views of this program. Reads only; raises as ``check``."""
    return check(connection) == VERSION and installed_contract(connection) >= CONTRACT


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to ``VERSION`` and its views to ``CONTRACT``, all in one transaction.

    Safe against another process that does the same. Views are made of text alone: each time they are made anew.

    Raises:
        SchemaTooNew, StoreError: as ``check``.
    """
    if up_to_date(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        remove_views(connection)
        for number in range(check(connection), VERSION):
            MIGRATIONS[number](connection)
        install_views(connection)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
