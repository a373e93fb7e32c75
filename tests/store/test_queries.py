"""A person's own SQL: what it may read, what is refused by name, and that it ends when it has to."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest

from tests.store.test_schema import whole_turn
from tui.errors import StoreError, UsageError
from tui.events import Entry, PromptSubmitted
from tui.store.queries import QueryConnection, QueryStopped, Watch
from tui.store.query_desk import QueryDesk
from tui.store.result_text import written
from tui.store.schema import migrate
from tui.store.store import Store

OpenStore = Callable[..., Awaitable[Store]]
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A store's file with a full-text table in it."""
    path = tmp_path / "penstock.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    migrate(connection)
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(words)")
    connection.execute("INSERT INTO found VALUES ('open the valve')")
    connection.close()
    return path


@pytest.fixture
def query(made: Path) -> Iterator[QueryConnection]:
    with QueryConnection(made) as connection:
        yield connection


def ask(query: QueryConnection, sql: str, watch: Watch | None = None) -> list[tuple[object, ...]]:
    with query.run(sql, watch or Watch(20)) as (_, rows):
        return list(rows)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM sessions",
        "WITH x AS (SELECT 1) SELECT * FROM x",
        "VALUES (1)",
        "EXPLAIN QUERY PLAN SELECT * FROM messages",
        "PRAGMA table_info(sessions)",
        "SELECT * FROM pragma_table_info('turns')",
        "PRAGMA user_version",
        "SELECT value FROM json_each('[1]')",
        "SELECT snippet(found, 0, '[', ']', '…', 4) FROM found WHERE found MATCH 'valve'",
        "SELECT count(*) FROM entries",
    ],
)
def test_whatever_reads_is_answered(query: QueryConnection, sql: str) -> None:
    assert isinstance(ask(query, sql), list)


@pytest.mark.parametrize(
    ("sql", "refused"),
    [
        ("DELETE FROM entries", "DELETE"),
        ("WITH x AS (SELECT 1) DELETE FROM entries", "DELETE"),
        ("INSERT INTO meta VALUES ('a', 1)", "INSERT"),
        ("REPLACE INTO meta VALUES ('a', 1)", "INSERT"),
        ("UPDATE meta SET value = 1", "UPDATE"),
        ("DROP TABLE entries", "CREATE or DROP"),
        ("CREATE TEMP TABLE x (a)", "CREATE or DROP"),
        ("CREATE VIEW x AS SELECT 1", "CREATE or DROP"),
        ("ATTACH 'other.db' AS other", "ATTACH"),
        ("VACUUM INTO 'other.db'", "ATTACH"),
        ("BEGIN", "BEGIN or COMMIT"),
        ("PRAGMA query_only = OFF", "PRAGMA query_only"),
        ("PRAGMA user_version = 3", "PRAGMA user_version"),
        ("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode"),
        ("PRAGMA wal_checkpoint", "PRAGMA wal_checkpoint"),
        ("SELECT load_extension('x')", "load_extension"),
    ],
)
def test_whatever_would_change_something_is_refused_by_name(
    query: QueryConnection, made: Path, sql: str, refused: str
) -> None:
    before = made.read_bytes()
    with pytest.raises(UsageError, match=f"Queries only read: {refused} is refused."):
        ask(query, sql)
    assert made.read_bytes() == before
    assert {path.name for path in made.parent.iterdir()} <= {made.name, f"{made.name}-wal", f"{made.name}-shm"}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT 1 FORM x", "The query cannot be read at column 15, near “x”."),
        ("SELECT a,\n  b FROM sessions WHER x", "The query cannot be read at line 2, column 24, near “x”."),
        ("SELECT 'x' , FROM x", "The query cannot be read at column 14, near “FROM”."),
        ("SELECT titel FROM sessions", "No such column: titel (at column 8). Did you mean title?"),
        ("SELECT s.costs FROM sessions s", "No such column: s.costs (at column 10). Did you mean cost?"),
        ("SELECT session_id FROM sessions", "No such column: session_id (at column 8). Did you mean id?"),
        ("SELECT id FROM turns", "No such column: id (at column 8). SELECT * FROM contract"),
        ("SELECT * FROM session", "No such table: session (at column 15). Did you mean sessions?"),
        ("SELECT * FROM xyz", "No such table: xyz (at column 15). The views are sessions, turns"),
        ("SELECT nosuch(1)", "No such function: nosuch (at column 8)."),
        ("SELECT 'abc", 'Unrecognized token: "\'abc" at column 8.'),
        ("SELECT * FROM", "The query is not finished."),
        ("SELECT 1; SELECT 2", "That is more than one statement."),
        ("-- nothing", "There is no query in that."),
        ("SELECT 'a\0b'", "The query contains a null character."),
        ("SELECT '\ud800'", "That is no SQL"),
        ("SELECT json('{')", "Malformed JSON."),
        ("SELECT length(zeroblob(500000000))", "String or blob too big."),
    ],
)
def test_what_cannot_be_understood_is_said_in_a_sentence_with_its_place(
    query: QueryConnection, sql: str, said: str
) -> None:
    with pytest.raises(UsageError) as raised:
        ask(query, sql)
    assert raised.value.sentence().startswith(said)


def test_a_query_ends_when_its_time_is_over_or_somebody_stops_it(query: QueryConnection) -> None:
    with pytest.raises(StoreError, match=r"took longer than 0\.05 s"):
        ask(query, ENDLESS, Watch(0.05))
    watch = Watch(20)
    timer = Timer(0.05, watch.stop)
    timer.start()
    with pytest.raises(QueryStopped):
        ask(query, ENDLESS, watch)
    timer.join()
    with query.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n", watch := Watch(20)
    ):
        watch.stop()  # while nobody takes rows
    assert ask(query, "SELECT 1") == [(1,)]


def test_numbers_that_json_has_no_word_for_and_bytes_are_written() -> None:
    rows = [(1e999, b"\x00\xff", None, "é\x1b")]
    assert (
        "".join(written("lines", "abcd", rows, str)) == '{"a": 9e999, "b": "00ff", "c": null, "d": "\\u00e9\\u001b"}\n'
    )
    assert "".join(written("json", "a", [], str)) == "[]\n"
    assert "".join(written("csv", ["a", "a"], [("x\n", 'y"')], str)) == 'a,a\n"x\n","y"""\n'
    assert "".join(written("csv", ["a"], [("key",)], lambda text: text.replace("key", "…"))) == "a\n…\n"


async def test_a_long_text_can_be_asked_for_and_an_answer_is_bounded(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in whole_turn():
        store.add(entry)
    long = "valve " * 20_000
    store.add(Entry("s1", 40, 40.0, PromptSubmitted(prompt_id="p2", turn_id="t2", text=long)))
    await store.settle()
    desk = store.query_desk()
    answer = await desk.ask("SELECT blob_text(text_blob) FROM messages WHERE text_kept = 'blob'")
    assert answer.rows == ((long,),)
    assert (await desk.ask("SELECT blob_text('none'), blob_text(NULL)")).rows == ((None, None),)
    cut = await desk.ask("SELECT seq FROM entries", rows=3)
    assert len(cut.rows) == 3 and cut.cut == "only the first 3 rows"
    heavy = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50) SELECT hex(zeroblob(1000000)) FROM n"
    )
    assert 10 <= len((await desk.ask(heavy)).rows) <= 20
    desk.close()


async def test_a_desk_is_closed_while_a_query_runs_and_writing_goes_on(open_store: OpenStore) -> None:
    store = await open_store()
    desk: QueryDesk = store.query_desk()
    running = asyncio.create_task(desk.ask(ENDLESS))
    for entry in whole_turn():
        store.add(entry)
    await store.settle()
    assert await store.load("s1") == whole_turn()
    assert not running.done()
    desk.close()
    with pytest.raises(QueryStopped):
        await running


async def test_what_is_half_written_is_removed_again(open_store: OpenStore, tmp_path: Path) -> None:
    desk = (await open_store()).query_desk()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with pytest.raises(StoreError, match="took longer"):
        await desk.write(endless, tmp_path / "out.csv", "csv", str, seconds=0.2)
    assert not (tmp_path / "out.csv").exists()
    with pytest.raises(UsageError, match="Cannot write"):
        await desk.write("SELECT 1", tmp_path / "no" / "out.csv", "csv", str)
    assert await desk.write("SELECT 1 AS a", tmp_path / "out.csv", "csv", str) == 1
    with pytest.raises(UsageError, match="is there already"):
        await desk.write("SELECT 2 AS a", tmp_path / "out.csv", "csv", str)
    desk.close()
