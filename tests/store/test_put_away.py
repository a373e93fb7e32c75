"""A failure that the person has seen waits for nobody: the list of sessions says so, also of an older file."""

import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.store.histories import opened
from tests.store.test_schema import made_by
from tui.events import Entry, PromptSubmitted, SessionEvent, TurnEnded, TurnPutAway
from tui.store.codec import encode
from tui.store.put_away_column import add_put_away_column
from tui.store.schema import MIGRATIONS
from tui.store.store import Store

OpenStore = Callable[..., Awaitable[Store]]
FAILED = (PromptSubmitted(prompt_id="p", turn_id="t", text="Go"), TurnEnded(turn_id="t", outcome="failed"))
PUT_AWAY = TurnPutAway(turn_id="t")
AGAIN = (PromptSubmitted(prompt_id="q", turn_id="u", text="Go"), TurnEnded(turn_id="u", outcome="failed"))


def log(*events: SessionEvent) -> list[Entry]:
    return [opened(), *(Entry("s1", seq, float(seq), event) for seq, event in enumerate(events, 2))]


async def status(store: Store, *events: SessionEvent) -> str:
    for entry in log(*events):
        store.add(entry)
    await store.settle()
    (row,) = await store.sessions()
    return row.status


async def test_a_failed_turn_that_was_put_away_leaves_its_session_idle_in_the_list(open_store: OpenStore) -> None:
    store = await open_store()
    assert await status(store, *FAILED) == "failed"
    assert await status(store, *FAILED, PUT_AWAY) == "idle"
    assert await status(store, *FAILED, PUT_AWAY, *AGAIN) == "failed", "another failure is another matter"
    await store.rebuild()
    (row,) = await store.sessions()
    assert row.status == "failed"


async def test_what_was_put_away_in_an_older_file_stays_so(open_store: OpenStore, tmp_path: Path) -> None:
    path = tmp_path / "old" / "penstock.db"
    made_by(MIGRATIONS.index(add_put_away_column), path)
    raw = sqlite3.connect(path)
    raw.execute(
        "INSERT INTO sessions (id, workspace, cwd, title, model, slot, opened_at, changed_at, seq)"
        " VALUES ('s1', '/w', '/w', 't', 'm', 1, 1, 4, 4)"
    )
    raw.execute("INSERT INTO turns (session_id, turn_id, seq, started_at, outcome) VALUES ('s1', 't', 2, 2, 'failed')")
    kind, version, body, _ = encode(PUT_AWAY)
    raw.execute("INSERT INTO entries VALUES ('s1', 4, 4.0, ?, ?, ?)", (kind, version, body))
    raw.commit()
    raw.close()
    (row,) = await (await open_store(path)).sessions()
    assert row.status == "idle"
