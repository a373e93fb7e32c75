"""The search finds what was said, all of it and nothing else, however it was indexed and however that ended."""

import asyncio
import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from unittest.mock import patch

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.scripts import eventually
from tests.store.conftest import OpenStore
from tests.store.histories import opened
from tui.events import (
    CompactionStarted,
    ContextCompacted,
    Entry,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionEvent,
    SessionOpened,
    SessionRenamed,
    SideCall,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
)
from tui.messages import ImagePart, OutputPiece, ReasoningPart, TextPart, ToolCallPart
from tui.searching import KINDS, SearchOrder, SearchQuery, SearchRow, Word, read_search
from tui.store.batch import Batch, transact
from tui.store.connection import create_file
from tui.store.schema import migrate
from tui.store.search import index, indexer
from tui.store.search.find import find, rows_of
from tui.store.store import Store

LONG = bool(os.environ.get("PENSTOCK_LONG"))
DAY = 86_400.0
BEGAN = 1_790_000_000.0
WORDS = ("pipe", "Pipes", "valve", "Ventil", "café", "CAFE", "a_b", "7", "src/valve.py", "x-ray", "水路", "the")
MODELS = ("anthropic/claude-opus", "openai/gpt", "offline/tour")
TOOLS = ("shell", "read", "mcp.git_log")


@dataclass(frozen=True)
class Block:
    """What the reference knows of a block: a scan of these is the truth that the index is held against."""

    session: str
    seq: int
    at: float
    kind: str
    text: str
    model: str = ""
    tool: str = ""
    state: str = ""
    path: str = ""
    image: bool = False


@dataclass
class Writing:
    """Sessions that are written to, and what can be found in them."""

    blocks: list[Block] = field(default_factory=list)
    seqs: dict[str, int] = field(default_factory=dict)
    made: int = 0

    def say(self, session: str, at: float, kind: str, text: str, model: str, tool: str, ok: bool) -> list[Entry]:
        """The entries of one thing that was said."""
        self.made += 1
        name, entries = f"{session}_{self.made}", list[Entry]()
        outcome = ToolOutcome.OK if ok else ToolOutcome.ERROR

        def add(event: SessionEvent, found: str = "", said: str = "", **more: object) -> None:
            self.seqs[session] = seq = self.seqs.get(session, 0) + 1
            entries.append(Entry(session, seq, at, event))
            if found and said.strip():
                self.blocks.append(Block(session, seq, at, found, said, **more))  # type: ignore[arg-type]

        if session not in self.seqs:
            add(
                SessionOpened(workspace="/w", cwd="/w", title=f"Canal {session}", model=model, slot=int(session[1:])),
                "title",
                f"Canal {session}",
            )
        match kind:
            case "title":
                add(SessionRenamed(title=text), "title", text)
            case "prompt":
                images = (ImagePart(media_type="image/png", data=""),) if ok else ()
                add(PromptSubmitted(prompt_id=name, turn_id=name, text=text, images=images), "prompt", text, image=ok)
            case "summary":
                add(CompactionStarted(compaction_id=name, model=model, through_seq=1))
                add(ContextCompacted(summary=text, through_seq=1, compaction_id=name), "summary", text, model=model)
            case "answer" | "reasoning":
                make = TextPart if kind == "answer" else ReasoningPart
                add(StepStarted(step_id=f"{name}s", turn_id="t", model=model))
                add(PartStarted(part_id=name, step_id=f"{name}s", kind="text"))
                add(PartEnded(part_id=name, part=make(text=text), cut=ok), kind, text, model=model)
            case _:
                facts = {"model": model, "tool": tool, "state": outcome.value, "path": "src/valve.py"}
                call = ToolCallPart(call_id=name, name=tool, arguments='{"path": "src/valve.py", "n": ["\\ncafé"]}')
                add(StepStarted(step_id=f"{name}s", turn_id="t", model=model))
                add(PartStarted(part_id=f"{name}p", step_id=f"{name}s", kind="tool_call", name=tool))
                arguments = "path src/valve.py n café"
                add(PartEnded(part_id=f"{name}p", part=call), "arguments", arguments, **facts)
                add(ToolEnded(call_id=name, outcome=outcome, text=text), "output", text, **facts)
        return entries


def tokens(text: str) -> list[str]:
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if unicodedata.category(char) != "Mn")
    return re.findall(r"[^\W_]+", bare.lower())


def holds(block: Block, word: Word) -> bool:
    wanted, there = tokens(word.text), tokens(block.text)
    for start in range(len(there) - len(wanted) + 1):
        piece = there[start : start + len(wanted)]
        if piece == wanted or (
            word.prefix and piece[:-1] == wanted[:-1] and piece and piece[-1].startswith(wanted[-1])
        ):
            return True
    return False


def matches(block: Block, query: SearchQuery, titles: dict[str, str]) -> bool:
    return (
        all(holds(block, word) for word in query.words)
        and not any(holds(block, word) for word in query.without)
        and (not query.kinds or block.kind in query.kinds)
        and (not query.models or (any(part in block.model for part in query.models) and bool(block.model)))
        and (not query.tools or (block.tool.startswith(query.tools) and bool(block.tool)))
        and (not query.states or block.state in query.states)
        and all(path in block.path for path in query.paths)
        and (query.after is None or block.at >= query.after)
        and (query.before is None or block.at < query.before)
        and (not query.image or block.image)
        and (not query.sessions or any(is_session(block.session, name, titles) for name in query.sessions))
    )


def is_session(session: str, name: str, titles: dict[str, str]) -> bool:
    if name.isdigit():
        return session == f"s{name}" and session in titles
    return name in titles.get(session, "").lower() or (session.startswith(name) and session in titles)


texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
deeds = st.one_of(
    st.tuples(
        st.just("say"),
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from([0.0, 0.5, 3.0, 40.0, 400.0]),
        st.sampled_from([*KINDS, "call"]),
        texts,
        st.sampled_from(MODELS),
        st.sampled_from(TOOLS),
        st.booleans(),
    ),
    st.sampled_from(["index", "index", "index", "forget", "killed", "vacuum", "again"]).map(lambda deed: (deed,)),
)
words = st.builds(Word, text=st.one_of(st.sampled_from(WORDS), texts), prefix=st.booleans())
moments = st.sampled_from([0.0, 0.5, 2.0, 39.0, 41.0, 401.0]).map(lambda day: BEGAN + day * DAY)
parts = st.one_of(
    st.tuples(st.just("words"), st.lists(words, min_size=1, max_size=2).map(tuple)),
    st.tuples(st.just("without"), st.lists(words, min_size=1, max_size=2).map(tuple)),
    st.tuples(st.just("kinds"), st.lists(st.sampled_from(KINDS), min_size=1, max_size=3).map(tuple)),
    st.tuples(st.just("models"), st.sampled_from([("opus",), ("o", "tour")])),
    st.tuples(st.just("tools"), st.sampled_from([("s",), ("mcp.git", "read")])),
    st.tuples(st.just("states"), st.sampled_from([("ok",), ("error", "unknown")])),
    st.tuples(st.just("sessions"), st.sampled_from([("1",), ("canal s2", "s3")])),
    st.tuples(st.just("paths"), st.sampled_from([("valve",), ("nowhere",)])),
    st.tuples(st.sampled_from(["before", "after"]), moments),
    st.tuples(st.just("image"), st.just(True)),
)
queries = st.lists(parts, min_size=1, max_size=3).map(lambda chosen: SearchQuery(**dict(chosen)))
ALL = SearchQuery(kinds=KINDS)
"""Finds everything."""


@contextmanager
def disk() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "penstock.db"
        create_file(path)
        with closing(connect(path)) as connection:
            migrate(connection)
        yield path


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def found_in(connection: sqlite3.Connection, query: SearchQuery, late: list[Entry]) -> list[tuple[str, int]]:
    """Where what is found stands, the newest first."""
    asked = {"waiting": late, "limit": 10_000, "before": None, "now": BEGAN + 402 * DAY}
    newest = find(connection, query, "newest", **asked)
    rows = rows_of(connection, newest.ids, query)
    assert list(rows) == sorted(rows) and set(rows) == set(newest.ids)
    places = [*((row.session_id, row.seq) for row in newest.late)]
    places += [(rows[each].session_id, rows[each].seq) for each in newest.ids]
    ranked = find(connection, query, "ranked", **asked)
    assert sorted(ranked.ids) == sorted(newest.ids) and ranked.late == newest.late
    return places


def index_some(connection: sqlite3.Connection, *, committed: bool) -> None:
    """One piece of the index; where it is not ``committed``, its process died in it."""
    if not index.fits(connection, index.read_mark(connection)):
        transact(connection, index.clear)
    piece = index.next_piece(connection)
    if piece is not None:
        connection.execute("BEGIN IMMEDIATE")
        index.write_piece(connection, piece)
        connection.execute("COMMIT" if committed else "ROLLBACK")


def do(deed: tuple[object, ...], path: Path, connection: sqlite3.Connection, writing: Writing) -> sqlite3.Connection:
    match deed:
        case ("say", session, days, *rest):
            entries = writing.say(session, BEGAN + days * DAY, *rest)  # type: ignore[arg-type, operator]
            Batch(entries).write(connection, durable=False)
        case ("index",):
            index_some(connection, committed=True)
        case ("killed",):
            index_some(connection, committed=False)
            connection.close()
            return connect(path)
        case ("forget",):
            row = connection.execute("SELECT max(rowid), session_id, seq FROM entries").fetchone()
            if row[0] is not None and row[2] > 1:
                transact(connection, lambda open_: delete(open_, row[0]))
                writing.blocks = [b for b in writing.blocks if (b.session, b.seq) != row[1:]]
                writing.seqs[row[1]] -= 1
        case ("vacuum",):
            connection.execute("VACUUM")
        case _:
            transact(connection, index.clear)
    return connection


def delete(connection: sqlite3.Connection, rowid: int) -> None:
    index.forget(connection, [rowid])
    connection.execute("DELETE FROM entries WHERE rowid = ?", (rowid,))


@settings(max_examples=400 if LONG else 40, deadline=None, phases=[p for p in Phase if p is not Phase.shrink])
@given(
    done=st.lists(deeds, min_size=3, max_size=16), asked=st.lists(queries, min_size=4, max_size=8), late=st.booleans()
)
def test_a_search_finds_what_a_scan_finds(done: list[tuple[object, ...]], asked: list[SearchQuery], late: bool) -> None:
    with disk() as path, patch.object(index, "PIECE_ENTRIES", 3), patch.object(index, "WORTH_IT", 1):
        connection, writing = connect(path), Writing()
        for deed in done:
            connection = do(deed, path, connection, writing)
        with closing(connection):
            titles = dict(connection.execute("SELECT id, title FROM p_sessions"))
            waiting = writing.say("s1", BEGAN, "answer", "pipe café", MODELS[0], TOOLS[0], True) if late else []
            for query in (ALL, *asked):
                wanted = {(b.session, b.seq) for b in writing.blocks if matches(b, query, titles)}
                places = found_in(connection, query, waiting)
                assert len(places) == len(set(places))
                assert set(places) == wanted, query


# --- the store around it


def said(*texts: str, session: str = "s1") -> list[Entry]:
    """A session with these prompts."""
    prompts = [PromptSubmitted(prompt_id=f"p{n}", turn_id=f"t{n}", text=each) for n, each in enumerate(texts)]
    return [opened(session), *(Entry(session, n, BEGAN + n, prompt) for n, prompt in enumerate(prompts, 2))]


async def texts_found(store: Store, typed: str, order: SearchOrder = "newest") -> list[str]:
    query = read_search(typed, time()).query
    found = await store.search.find(query, order)
    rows = await store.search.rows(found.ids, query)
    ordered: list[SearchRow] = [*found.late, *(rows[each] for each in found.ids)]
    return ["".join(f"[{text}]" if match else text for text, match in row.snippet) for row in ordered]


async def test_what_waits_what_is_on_disk_and_what_is_indexed_is_found_alike(open_store: OpenStore) -> None:
    store = await open_store()
    begin, *first = said("a valve", "no pipe", "VALVE two")
    store.add(begin)
    store.add(first[0])
    await store.settle()
    await store.search.finish()
    store.add(first[1])
    await store.settle()
    store.add(first[2])
    assert await texts_found(store, "valve") == ["[VALVE] two", "a [valve]"]
    assert await texts_found(store, "pipe") == ["no [pipe]"]


async def test_the_index_follows_by_itself_and_goes_on_where_an_earlier_process_ended(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "FIRST", 0.01)
    monkeypatch.setattr(indexer, "QUIET", 0.01)
    store = await open_store()
    for entry in said("a valve"):
        store.add(entry)
    await store.settle()
    await eventually(lambda: store.search.indexer.idle)
    assert (await store.read(index.read_mark)).seq == 2
    await store.close()
    again = await open_store()
    again.add(Entry("s1", 3, BEGAN, PromptSubmitted(prompt_id="p", turn_id="t", text="another valve")))
    await again.settle()
    await eventually(lambda: again.search.indexer.idle)
    assert (await again.read(index.read_mark)).seq == 3
    assert await texts_found(again, "valve") == ["another [valve]", "a [valve]"]


async def test_the_best_match_stands_first_and_of_equals_the_newer_one(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in said("valve valve valve", "valve and very much else besides it", "pipe", "valve", "valve"):
        store.add(entry)
    await store.settle()
    await store.search.finish()
    query = read_search("valve", time()).query
    found = await store.search.find(query, "ranked")
    assert found.ranked == 4 and not found.more
    rows = await store.search.rows(found.ids, query)
    seqs = [rows[each].seq for each in found.ids]
    assert seqs.index(6) < seqs.index(5) < seqs.index(3)


async def test_long_output_that_is_kept_by_its_hash_is_found_to_the_bound(open_store: OpenStore) -> None:
    store = await open_store()
    text = "begin " + "x y " * 40_000 + "beyond"
    name = await store.keep(text.encode())
    pieces = (OutputPiece(hash=name, size=len(text), lines=0),)
    store.add(opened())
    store.add(Entry("s1", 2, BEGAN, SideCall(call_id="c", original="", tool="shell", arguments="{}")))
    store.add(Entry("s1", 3, BEGAN, ToolEnded(call_id="c", outcome=ToolOutcome.OK, text="the end", pieces=pieces)))
    await store.settle()
    await store.search.finish()
    assert len(await texts_found(store, "begin")) == 1
    assert await texts_found(store, "beyond") == []
    assert await texts_found(store, "end tool:shell state:ok") != []


async def test_what_ran_with_other_arguments_than_were_asked_for_is_found(open_store: OpenStore) -> None:
    store = await open_store()
    part = ToolCallPart(call_id="c", name="shell", arguments='{"command": "make test"}')
    events: list[SessionEvent] = [
        StepStarted(step_id="s", turn_id="t", model="m"),
        PartStarted(part_id="p", step_id="s", kind="tool_call", name="shell"),
        PartEnded(part_id="p", part=part),
        ToolStarted(call_id="c", turn_id="t", tool="shell", arguments='{"command": "make lint"}'),
    ]
    for entry in [opened(), *(Entry("s1", seq, BEGAN, event) for seq, event in enumerate(events, 2))]:
        store.add(entry)
    await store.settle()
    assert await texts_found(store, "make in:arguments") == ["command: [make] lint", "command: [make] test"]


async def test_pages_of_a_long_list_follow_each_other_without_a_gap(open_store: OpenStore) -> None:
    store = await open_store()
    for entry in said(*(f"valve {n}" for n in range(25))):
        store.add(entry)
    await store.settle()
    await store.search.finish()
    query = read_search("valve", time()).query
    ids: list[int] = []
    while page := (await store.search.find(query, "newest", limit=10, before=ids[-1] if ids else None)).ids:
        ids += page
    assert len(ids) == 25 and ids == sorted(ids, reverse=True)


async def test_two_programs_that_index_one_store_do_each_entry_once(open_store: OpenStore) -> None:
    one, two = await open_store(), await open_store()
    for entry in said(*(f"valve {n}" for n in range(40))):
        one.add(entry)
    await one.settle()
    with patch.object(index, "PIECE_ENTRIES", 3):
        await asyncio.gather(one.search.finish(), two.search.finish())
    assert len(await texts_found(two, "valve")) == 40
    rows = await one.read(lambda c: c.execute("SELECT count(*) FROM search_index_docsize").fetchone())
    assert rows == (41,)


def test_no_trace_of_a_word_stays_in_the_file_when_the_index_was_cleared() -> None:
    with disk() as path, closing(connect(path)) as connection:
        Batch(said("Xyzzyplugh")).write(connection, durable=False)
        index_some(connection, committed=True)
        transact(connection, lambda open_: delete(open_, 2))
        transact(connection, index.clear)
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        lines = connection.execute("SELECT last_prompt FROM p_sessions").fetchall()
        assert lines == [("Xyzzyplugh",)]  # that is a projection's to forget
        blocks = connection.execute("SELECT block FROM search_index_data").fetchall()
        assert not any(b"xyzzy" in block for (block,) in blocks)
