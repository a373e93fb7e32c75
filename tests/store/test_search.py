"""The search finds what was said, all of it and nothing else, however it was indexed and however that ended."""

import os
import re
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

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
    StepStarted,
    ToolEnded,
    ToolOutcome,
)
from tui.messages import ImagePart, ReasoningPart, TextPart, ToolCallPart
from tui.searching import KINDS, SearchQuery, Word
from tui.store.batch import Batch, transact
from tui.store.connection import create_file
from tui.store.schema import migrate
from tui.store.search import index
from tui.store.search.find import find, rows_of

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
