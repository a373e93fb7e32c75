"""Search among a million blocks: how long until the first page stands there, and what the index costs.

The store is made at once, entries and index, of made-up words that are as unequally common as those of a language.
A figure is the whole way from the typed text to a page of rows with their snippets. The yardstick, on the same disk
and the same texts, is what a program does that fills FTS5 by a trigger with each message: a table with a copy of every
text, and the first page ordered by rank, or by time.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from random import Random

from bench.figures import Figure, figure
from tui.events import Entry, PartEnded, PromptSubmitted, SessionEvent, ToolEnded, ToolOutcome
from tui.messages import ReasoningPart, TextPart, ToolCallPart
from tui.searching import SearchOrder, read_search
from tui.store import codec, schema
from tui.store.search.find import find, rows_of
from tui.store.search.index import INSERT, Mark, next_piece, read_mark, set_mark, write_piece
from tui.store.search.texts import Origins, block_of, text_of

NAMES = ("search_rare", "search_common", "search_newest", "index_rate", "index_size", "index_pause_p99")
BLOCKS = 1_000_000
FEW = 60_000
SESSIONS = 200
PAGE = 50
BEGAN = 1_780_000_000.0
RARE, COMMON = "penstockish", "turbine"
PIECES = 20_000
"""Blocks that are indexed as the store does it, in pieces, for the rate."""


def measure(*, repeats: int = 5, blocks: int = BLOCKS) -> dict[str, Figure]:
    """ms until the first page; blocks a second; bytes of the index for a byte of text; ms of one piece."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "penstock.db"
        rate, pieces, text = write_blocks(path, blocks)
        with closing(_connect(path)) as ours, closing(_yardstick(Path(folder) / "peer.db", blocks)) as theirs:
            size = _index_bytes(ours)
            rare = [_ours(ours, RARE, "ranked") for _ in range(repeats)]
            common = [_ours(ours, COMMON, "ranked") for _ in range(repeats)]
            newest = [_ours(ours, COMMON, "newest") for _ in range(repeats)]
            others = [_theirs(theirs, word, order) for word, order in ((RARE, "rank"), (COMMON, "rank"))]
            by_time = _theirs(theirs, COMMON, "at DESC")
            peer_size = _index_bytes(theirs)
    pieces.sort()
    return {
        "search_rare": figure(rare, "ms", [others[0]]),
        "search_common": figure(common, "ms", [others[1]]),
        "search_newest": figure(newest, "ms", [by_time]),
        "index_rate": figure([rate], "blocks/s", [_peer_rate(blocks)]),
        "index_size": figure([size / text], "bytes/byte of text", [(peer_size + text) / text]),
        "index_pause_p99": figure([1000 * pieces[int(len(pieces) * 0.99)]], "ms"),
    }


def write_blocks(path: Path, count: int) -> tuple[float, list[float], int]:
    """``count`` blocks, all indexed, into a new store; blocks a second, seconds of each piece, bytes of all texts."""
    with closing(_connect(path)) as connection:
        schema.migrate(connection)
        _sessions(connection)
        connection.execute("PRAGMA synchronous = OFF")
        rows = _entries(count)
        _insert(connection, islice(rows, min(PIECES, count)))
        began, pieces = time.perf_counter(), list[float]()
        _index(connection, pieces)
        rate = min(PIECES, count) / (time.perf_counter() - began)
        while chunk := list(islice(rows, 20_000)):
            connection.execute("BEGIN")
            _insert(connection, chunk)
            _index_at_once(connection, chunk)
            connection.execute("COMMIT")
        _index(connection, [])
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (text,) = connection.execute("SELECT sum(length(body)) FROM entries").fetchone()
        return rate, pieces, text


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


def _sessions(connection: sqlite3.Connection) -> None:
    connection.executemany(
        "INSERT INTO p_sessions (id, workspace, cwd, title, model, slot, opened_at, changed_at, seq)"
        " VALUES (?,'/w','/w',?,'offline/tour',?,?,?,1)",
        [(f"made{n:011}", f"Canal {n}", n + 1, BEGAN, BEGAN + BLOCKS) for n in range(SESSIONS)],
    )


def _entries(count: int) -> Iterator[Entry]:
    for number, text in enumerate(_texts(count)):
        yield Entry(f"made{number % SESSIONS:011}", number + 10, BEGAN + number, _event(number, text))


def _event(number: int, text: str) -> SessionEvent:
    match number % 5:
        case 0:
            return PromptSubmitted(prompt_id=f"p{number}", turn_id=f"t{number}", text=text)
        case 1:
            return PartEnded(part_id=f"r{number}", part=ReasoningPart(text=text))
        case 2:
            call = ToolCallPart(call_id=f"c{number}", name="shell", arguments=f'{{"command": "{text}"}}')
            return PartEnded(part_id=f"a{number}", part=call)
        case 3:
            return ToolEnded(call_id=f"c{number - 1}", outcome=ToolOutcome.OK, text=text)
        case _:
            return PartEnded(part_id=f"a{number}", part=TextPart(text=text))


def _texts(count: int) -> Iterator[str]:
    """Some 45 words each; the rare one in a block of 1,000, the common one in a block of three."""
    random = Random(7)
    words = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(3, 10))) for _ in range(30_000)]
    drawn = random.choices(words, weights=[1 / (n + 3) for n in range(len(words))], k=1_000_000)
    for number in range(count):
        start = random.randrange(len(drawn) - 80)
        text = " ".join(drawn[start : start + random.randint(8, 80)])
        text += f" {COMMON}" if number % 3 == 0 else ""
        yield f"{text} {RARE}" if number % 1_000 == 7 else text


def _insert(connection: sqlite3.Connection, entries: Iterator[Entry] | list[Entry]) -> None:
    rows = ((e.session_id, e.seq, e.at, *codec.encode(e.event)[:3]) for e in entries)
    connection.executemany("INSERT INTO entries VALUES (?,?,?,?,?,?)", rows)


def _index(connection: sqlite3.Connection, took: list[float]) -> None:
    """As the store does it; ``took``: seconds of each transaction."""
    while (piece := next_piece(connection)) is not None:
        began = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        write_piece(connection, piece)
        connection.execute("COMMIT")
        took.append(time.perf_counter() - began)


def _index_at_once(connection: sqlite3.Connection, entries: list[Entry]) -> None:
    """The same rows in one transaction."""
    origins, first = Origins(connection), read_mark(connection).rowid + 1
    for rowid, entry in enumerate(entries, first):
        text = text_of(connection, entry, origins)
        if text is not None:
            block = block_of(entry, text, origins)
            connection.execute(INSERT, (rowid, block.text, block.tags))
    last = entries[-1]
    set_mark(connection, Mark(first + len(entries) - 1, last.session_id, last.seq))


def _ours(connection: sqlite3.Connection, typed: str, order: SearchOrder) -> float:
    """ms from the text to a page."""
    began = time.perf_counter()
    query = read_search(typed, time.time()).query
    found = find(connection, query, order, waiting=(), limit=1_000, before=None, now=time.time())
    rows = rows_of(connection, found.ids[:PAGE], query)
    took = time.perf_counter() - began
    assert len(rows) == PAGE
    return 1000 * took


# --- the yardstick


def _yardstick(path: Path, count: int) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    _peer_tables(connection)
    texts = enumerate(_texts(count))
    while chunk := list(islice(texts, 20_000)):
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO messages (at, text) VALUES (?,?)", [(BEGAN + n, text) for n, text in chunk])
        connection.execute("COMMIT")
    return connection


def _peer_tables(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, at REAL, text TEXT)")
    connection.execute("CREATE VIRTUAL TABLE found USING fts5(text, content='messages', content_rowid='id')")
    connection.execute(
        "CREATE TRIGGER added AFTER INSERT ON messages BEGIN"
        " INSERT INTO found (rowid, text) VALUES (new.id, new.text); END"
    )


def _peer_rate(count: int) -> float:
    """Messages a second, a commit for every ten of them."""
    with tempfile.TemporaryDirectory() as folder, closing(_connect(Path(folder) / "rate.db")) as connection:
        _peer_tables(connection)
        texts = enumerate(_texts(min(count, 5_000)))
        began = time.perf_counter()
        while chunk := list(islice(texts, 10)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO messages (at, text) VALUES (?,?)", chunk)
            connection.execute("COMMIT")
        return min(count, 5_000) / (time.perf_counter() - began)


def _theirs(connection: sqlite3.Connection, word: str, order: str) -> float:
    began = time.perf_counter()
    rows = connection.execute(
        "SELECT m.id, m.at, snippet(found, 0, '[', ']', '…', 30) FROM found JOIN messages m ON m.id = found.rowid"
        f" WHERE found MATCH ? ORDER BY {order} LIMIT ?",
        (word, PAGE),
    ).fetchall()
    assert len(rows) == PAGE
    return 1000 * (time.perf_counter() - began)


def _index_bytes(connection: sqlite3.Connection) -> int:
    """Of the tables that FTS5 keeps."""
    shadow = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%_data'")]
    return sum(connection.execute(f"SELECT sum(length(block)) FROM {name}").fetchone()[0] for name in shadow)


if __name__ == "__main__":
    import json

    print(json.dumps(measure(repeats=3, blocks=int(os.environ.get("BLOCKS", FEW))), indent=2))
