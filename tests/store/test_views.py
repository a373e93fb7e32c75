"""The SQL contract: what is promised is there, says what the log says, and is not changed unnoticed."""

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from tests.store.contracts import FOLDER, columns_of, contract_text
from tests.store.histories import histories, opened
from tests.store.test_schema import made_by, whole_turn
from tui.events import (
    ApprovalDecided,
    ApprovalRequested,
    Entry,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolOutput,
    ToolStarted,
)
from tui.messages import OutputPiece, TextPart, ToolCallPart
from tui.state import fold
from tui.store import codec, views
from tui.store.connection import open_reader
from tui.store.projections import rebuild, storable
from tui.store.schema import VERSION, migrate
from tui.store.store import Store
from tui.store.view_columns import VIEWS

OpenStore = Callable[..., Awaitable[Store]]


# --- the promise


def test_a_view_does_not_change_without_a_new_version() -> None:
    written = FOLDER / f"{views.CONTRACT}.txt"
    assert written.exists(), "a new version is written down by python -m tests.store.contracts"
    assert contract_text() == written.read_text(), (
        "a view changed: raise CONTRACT in tui/store/views.py, append a migration, and write it down with"
        " python -m tests.store.contracts"
    )


def test_a_new_version_keeps_every_column_of_the_older_ones() -> None:
    today = columns_of(contract_text())
    older = [columns_of(path.read_text()) for path in FOLDER.glob("*.txt")]
    assert len(older) == views.CONTRACT
    assert [columns - today for columns in older] == [set()] * len(older)


def test_the_promise_is_in_the_file_itself() -> None:
    with closing(empty()) as connection:
        told = connection.execute("SELECT view, \"column\", type FROM contract WHERE meaning != ''").fetchall()
        assert set(told) == columns_of(contract_text())
        assert connection.execute("SELECT DISTINCT version FROM contract").fetchall() == [(views.CONTRACT,)]
        for view in VIEWS:
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({view.name})")]
            assert names == [column.name for column in view.columns]


async def test_a_store_of_an_older_contract_gets_the_new_views(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store()
    await store.close()
    shorter = replace(VIEWS[0], columns=VIEWS[0].columns[:3])
    monkeypatch.setattr("tui.store.views.VIEWS", (shorter, *VIEWS[1:]))
    monkeypatch.setattr("tui.store.views.CONTRACT", views.CONTRACT + 1)
    monkeypatch.setattr("tui.store.schema.CONTRACT", views.CONTRACT)
    again = await open_store()
    names = await again.read(lambda db: [name for name, *_ in db.execute("SELECT * FROM sessions").description])
    assert names == [column.name for column in shorter.columns]
    assert await again.read(lambda db: db.execute("SELECT DISTINCT version FROM contract").fetchone()) == (
        views.CONTRACT,
    )


@pytest.mark.parametrize("version", [1, 3])
async def test_a_store_of_an_older_schema_has_the_views(open_store: OpenStore, tmp_path: Path, version: int) -> None:
    made_by(version, tmp_path / "data" / "penstock.db")
    store = await open_store()
    for entry in whole_turn():
        store.add(entry)
    await store.settle()
    for view in VIEWS:
        assert await store.read(lambda db, name=view.name: db.execute(f"SELECT count(*) FROM {name}").fetchone())


def test_a_view_takes_no_row() -> None:
    with closing(empty()) as connection, pytest.raises(sqlite3.OperationalError, match="view"):
        connection.execute("DELETE FROM messages")


# --- what they say


@cache
def _blank() -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        return connection.serialize()


def empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(_blank())
    return connection


def filled(history: list[Entry]) -> sqlite3.Connection:
    """A store's tables with this log, scratch in its own table."""
    connection = empty()
    rebuild(connection, history)
    for entry in history:
        kind, version, body, blobs = codec.encode(entry.event)
        row = (entry.session_id, entry.seq, entry.at, kind, version, body)
        if isinstance(entry.event, PartDelta | ToolOutput):
            event = entry.event
            owner = storable(event.part_id if isinstance(event, PartDelta) else event.call_id)
            connection.execute("INSERT OR IGNORE INTO scratch VALUES (?,?,?,?,?,?,?)", (row[0], owner, *row[1:]))
        else:
            connection.execute("INSERT INTO entries VALUES (?,?,?,?,?,?)", row)
        for blob in blobs:
            values = (blob.hash, blob.size, blob.encoding, blob.data)
            connection.execute("INSERT OR IGNORE INTO blobs VALUES (?,?,?,?)", values)
    return connection


def rows(connection: sqlite3.Connection, sql: str) -> list[dict[str, Any]]:
    cursor = connection.execute(sql)
    return [dict(zip([name for name, *_ in cursor.description], row, strict=True)) for row in cursor]


def seen(text: str) -> str:
    """As a view shows it: SQLite would end the text at a null character."""
    return text.replace("\x00", "␀")


@given(history=histories())
def test_any_log_gives_the_types_that_are_promised_and_says_of_calls_what_the_fold_says(history: list[Entry]) -> None:
    state = fold("s1", history)
    with closing(filled(history)) as connection:
        for view in VIEWS:
            kinds = ", ".join(f"typeof({column.name}) AS {column.name}" for column in view.columns)
            for row in rows(connection, f"SELECT DISTINCT {kinds} FROM {view.name}"):
                assert [c.name for c in view.columns if row[c.name] not in (c.type, "null")] == [], view.name
        found = {row["call_id"]: row for row in rows(connection, "SELECT * FROM tool_calls")}
    assert found.keys() == {storable(name) for name in state.calls}
    for name, call in state.calls.items():
        row = found[storable(name)]
        assert row["arguments"] == seen(call.arguments) or row["arguments_kept"] in ("blob", "base64")
        if call.ended is not None:
            assert row["output"] == seen(call.ended.text) or row["output_kept"] in ("blob", "base64")
        assert row["title"] == storable(state.title)


async def test_a_text_is_here_or_the_row_says_where_it_is(open_store: OpenStore) -> None:
    store = await open_store()
    texts = ["plain", "a\x00b\\u0000 \x1b[31m", "long " * 20_000, "half \ud83d", ""]
    events: list[Any] = [StepStarted(step_id="step", turn_id="t", model="m")]
    for number, text in enumerate(texts):
        events += [
            PartStarted(part_id=f"p{number}", step_id="step", kind="text"),
            PartEnded(part_id=f"p{number}", part=TextPart(text=text)),
        ]
    events += [PartStarted(part_id="late", step_id="step", kind="text"), PartDelta(part_id="late", text="it gr")]
    events += [PartDelta(part_id="late", text="ows")]
    for entry in [opened(), *(Entry("s1", seq, float(seq), event) for seq, event in enumerate(events, 2))]:
        store.add(entry)
    await store.settle()
    found = await store.read(lambda db: rows(db, "SELECT text, text_kept, text_blob FROM messages ORDER BY seq"))
    kept = [row["text_kept"] for row in found]
    assert kept == ["here", "here", "blob", "base64", "here", "stream"]
    assert [row["text"] for row in found] == ["plain", "a␀b\\u0000 \x1b[31m", None, None, "", "it grows"]
    (name,) = [row["text_blob"] for row in found if row["text_blob"]]
    assert (await store.kept(name)).decode() == texts[2]
    await store._writer.run(lambda db: db.execute("UPDATE entries SET body = '{' WHERE seq = 4").rowcount, 10)
    damaged = await store.read(lambda db: rows(db, "SELECT text, text_kept FROM messages ORDER BY seq"))
    assert damaged[0] == {"text": None, "text_kept": "damaged"} and len(damaged) == 6


async def test_a_call_tells_what_was_asked_what_ran_and_what_comes_out(open_store: OpenStore) -> None:
    store = await open_store()
    part = ToolCallPart(call_id="c", name="shell", arguments='{"command": "ls"}')
    asked = ApprovalRequested(
        approval_id="a", call_id="c", tool="shell", arguments=part.arguments, effect="run", why="it runs", digest="d"
    )
    events: list[Any] = [
        StepStarted(step_id="step", turn_id="t", model="m"),
        PartStarted(part_id="p", step_id="step", kind="tool_call", name="shell"),
        PartEnded(part_id="p", part=part),
        asked,
        ApprovalDecided(approval_id="a", call_id="c", decision="allow", by="person"),
        ToolStarted(call_id="c", turn_id="t", tool="shell", arguments='{"command": "ls -l"}'),
        ToolOutput(call_id="c", text="total 0\n"),
    ]
    for entry in [opened(), *(Entry("s1", seq, float(seq), event) for seq, event in enumerate(events, 2))]:
        store.add(entry)
    await store.settle()

    async def call() -> dict[str, Any]:
        return (await store.read(lambda db: rows(db, "SELECT * FROM tool_calls")))[0]

    row = await call()
    assert (row["asked_arguments"], row["arguments"]) == ('{"command": "ls"}', '{"command": "ls -l"}')
    assert (row["state"], row["output"], row["output_kept"]) == ("running", "total 0\n", "stream")
    piece = OutputPiece(hash="ab" * 32, size=9, lines=1)
    ended = ToolEnded(call_id="c", outcome=ToolOutcome.OK, text="total…", pieces=(piece,), output_bytes=9)
    store.add(Entry("s1", 30, 30.0, ended))
    await store.settle()
    row = await call()
    assert (row["state"], row["output"], row["output_kept"]) == ("ok", "total…", "here")
    assert row["output_pieces"] == '[{"hash":"' + "ab" * 32 + '","size":9,"lines":1}]'
    (decided,) = await store.read(lambda db: rows(db, "SELECT * FROM approvals"))
    assert (decided["asked"], decided["decision"], decided["waited"], decided["line"]) == (1, "allow", 1.0, row["line"])


async def test_sums_and_times_can_be_read(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in whole_turn():
        store.add(entry)
    await store.settle()
    (turn,) = await store.read(lambda db: rows(db, "SELECT * FROM turns"))
    assert (turn["prompt"], turn["outcome"], turn["cost"], turn["tool_calls"]) == ("Go", "done", 0.5, 1)
    assert turn["started_utc"] == "1970-01-01T00:00:03.000Z"
    (session,) = await store.read(lambda db: rows(db, "SELECT * FROM sessions"))
    listed = (await store.sessions())[0]
    sums = ("turns", "messages", "state", "cost", "unpriced", "input_tokens", "output_tokens")
    assert [session[name] for name in sums] == [
        *(listed.turns, listed.messages, listed.status, listed.cost, listed.unpriced),
        *(listed.input_tokens, listed.output_tokens),
    ]
    store.add(Entry("s2", 1, 1.0, replace(whole_turn()[0].event, title="No price")))  # type: ignore[type-var]
    store.add(Entry("s2", 2, 2.0, PromptSubmitted(prompt_id="p", turn_id="t", text="Hm")))
    await store.settle()
    assert await store.read(lambda db: rows(db, "SELECT cost FROM sessions WHERE id = 's2'")) == [{"cost": None}]


# --- for others


def test_what_a_query_does_not_ask_for_costs_nothing() -> None:
    with closing(empty()) as connection:

        def plan(sql: str) -> str:
            return "\n".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))

        for sql in ("SELECT count(*) FROM messages", "SELECT kind, sum(chars) FROM messages GROUP BY kind"):
            assert "SEARCH" not in plan(sql) and "entries" not in plan(sql)
        assert "entries" not in plan("SELECT tool, count(*), sum(cost_estimate) FROM tool_calls GROUP BY tool")
        turns = plan("SELECT cost, requests FROM turns WHERE session_id = 's1'")
        assert "usage_of_turn (session_id=? AND turn_id=?)" in turns and "SCAN" not in turns
        whole = plan("SELECT * FROM tool_calls WHERE session_id = 's1'")
        assert "sqlite_autoindex_entries_1 (session_id=? AND seq=?)" in whole and "SCAN" not in whole


_BARE = """
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
for view in db.execute("SELECT DISTINCT view FROM contract").fetchall():
    print(view[0], len(db.execute(f"SELECT * FROM {view[0]}").fetchall()))
"""


async def said(*command: str) -> str:
    """What a program prints; it must succeed."""
    ran = partial(subprocess.run, command, capture_output=True, text=True, timeout=60, check=False)
    done = await asyncio.to_thread(ran)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_any_sqlite_reads_the_views_while_the_store_is_open(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in whole_turn():
        store.add(entry)
    await store.settle()
    told = (await said(sys.executable, "-I", "-S", "-c", _BARE, str(store.path))).split("\n")
    assert sorted(told) == [
        *("", "approvals 0", "files_touched 1", "messages 3", "sessions 1", "tool_calls 1", "turns 1", "usage 1"),
    ]
    if shell := shutil.which("sqlite3"):
        sql = "SELECT title, text FROM messages WHERE role = 'assistant' AND kind = 'text'"
        shown = await said(shell, "-readonly", "-json", str(store.path), sql)
        assert "I look." in shown


def test_the_schema_stays_small_for_every_connection_that_reads_it(tmp_path: Path) -> None:
    made_by(VERSION, tmp_path / "penstock.db")
    with closing(sqlite3.connect(tmp_path / "penstock.db", isolation_level=None)) as connection:
        migrate(connection)
    with closing(open_reader(tmp_path / "penstock.db")) as connection:
        (size,) = connection.execute("SELECT sum(length(sql)) FROM sqlite_master WHERE type = 'view'").fetchone()
    assert size < 24_000
