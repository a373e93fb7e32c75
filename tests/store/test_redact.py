"""After a redaction no byte of the secret is left in any of the store's files, however it was spelled."""

import asyncio
import json
import sqlite3
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.keeping import SECRET, grown, log, rows, session, streaming, turn
from tui.errors import StoreError, UsageError
from tui.events import Entry, SessionRenamed, ToolEnded, ToolOutcome
from tui.messages import OutputPiece
from tui.state import fold
from tui.store.care.redact import SCREEN, look, redact, still_in
from tui.store.care.spelling import Spelling
from tui.store.store import Store

RAW = SECRET.encode()
HALVES = SECRET[:9], SECRET[9:]


def json_of(text: str, depth: int, *, ascii_only: bool) -> str:
    for _ in range(depth):
        text = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    return text


def spellings() -> Iterator[str]:
    yield SECRET
    for depth in (1, 2, 3):
        yield json_of(SECRET, depth, ascii_only=True)
        yield json_of(SECRET, depth, ascii_only=False)
    yield json_of(SECRET, 1, ascii_only=True).replace("/", "\\/")
    yield "".join(f"\\u{ord(c):04X}" for c in SECRET)
    for before in ("", "x", "xx", "user:"):
        yield b64encode(f"{before}{SECRET}".encode()).decode()
        yield urlsafe_b64encode(f"{before}{SECRET} and more".encode()).decode()
    yield RAW.hex()
    yield RAW.hex().upper()
    yield quote(SECRET, safe="")
    yield quote(SECRET, safe="").lower()
    yield escape(SECRET)


@pytest.mark.parametrize("spelled", spellings())
def test_every_spelling_is_found_and_covered_by_as_many_bytes(spelled: str) -> None:
    whole = f"before {spelled} after".encode()
    clean, places = Spelling(SECRET).cover(whole)
    assert places == 1 and len(clean) == len(whole)
    assert clean.startswith(b"before ") and clean.endswith(b" after")
    assert Spelling(SECRET).cover(clean) == (clean, 0)


@given(secret=st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=60), depth=st.integers(0, 3))
def test_any_secret_is_found_however_deep_in_json(secret: str, depth: int) -> None:
    if not secret.strip():
        return
    for ascii_only in (True, False):
        spelled = json_of(secret, depth, ascii_only=ascii_only).encode()
        assert Spelling(secret).cover(b"[" + spelled + b"]")[1] >= 1


def test_json_stays_json_and_base64_stays_base64() -> None:
    inner = json.dumps({"password": SECRET, "packed": b64encode(RAW).decode()})
    clean, places = Spelling(SECRET).cover(json.dumps({"arguments": inner}).encode())
    found = json.loads(json.loads(clean)["arguments"])
    assert places == 2 and set(found["packed"].rstrip("=")) <= {"A", *b64encode(RAW).decode()[-3:]}


def test_the_beginning_of_a_secret_that_a_title_was_cut_in_is_covered() -> None:
    assert Spelling(SECRET).cover(f"Log in with {SECRET[:14]}…".encode()) == (
        f"Log in with [redacted]{'*' * 4}…".encode(),
        1,
    )
    assert Spelling(SECRET).cover(b"correct is correct...")[1] == 0


def test_a_secret_that_is_too_short_is_refused() -> None:
    with pytest.raises(UsageError, match="ordinary text"):
        Spelling("abc")


# --- in a store


async def telling(path: Path) -> None:
    """A store whose sessions hold the secret in every place and spelling."""
    everything = " | ".join(spellings())
    said = turn(1, everything, output=SECRET)
    await grown(
        path,
        [*session("s1", 1), *log("s1", list(said), after=11)],
        [*session("s2", 1), *streaming("s2", 11, [f"my {HALVES[0]}", HALVES[1][:5], HALVES[1][5:] + " ok", SECRET])],
        [*session("s3", 1), *log("s3", list(turn(2, "long", "x" * 70_000 + everything)), after=11)],
        session("s4", 2),
    )
    store = await Store.open(path)
    pieces = [f"{'a' * 70_000}{HALVES[0]}".encode(), f"{HALVES[1]}{'b' * 70_000}".encode()]
    hashes = [await store.keep(data) for data in pieces]
    named = tuple(OutputPiece(hash=name, size=len(data), lines=0) for name, data in zip(hashes, pieces, strict=True))
    store.add(Entry("s4", 22, 1.0, ToolEnded(call_id="call_1", outcome=ToolOutcome.OK, text="see", pieces=named)))
    store.add(Entry("s4", 23, 1.0, SessionRenamed(title=f"lone \ud800 {SECRET}")))
    store.save_ui("/w", "draft", json.dumps({"text": SECRET}))
    await store.keep(RAW + b" of a file that no event names")
    await store.close()


def every_byte(folder: Path) -> bytes:
    """Of all files, and of what is compressed in their blobs."""
    found = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    for path in folder.rglob("*.db"):
        found += [zlib.decompress(data) for *_, data in rows(path, "blobs")]
    return b"\n".join(found)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("told") / "penstock.db"
    asyncio.run(telling(path))
    return path


@pytest.fixture
def path(told: Path, tmp_path: Path) -> Path:
    (tmp_path / "penstock.db").write_bytes(told.read_bytes())
    return tmp_path / "penstock.db"


def test_no_byte_of_it_is_left_and_every_session_folds_as_before(path: Path) -> None:
    assert RAW in every_byte(path.parent)
    before = look(path, SECRET)
    assert set(before.places) == {"s1", "s2", "s3", "s4", SCREEN} and before.places["s2"] == 2
    assert redact(path, SECRET, at=2e9) == before
    left = every_byte(path.parent)
    for spelled in spellings():
        assert spelled.encode() not in left, spelled
    assert HALVES[0].encode() not in left and HALVES[1].encode() not in left
    assert not still_in(path, Spelling(SECRET)) and look(path, SECRET).total == 0

    async def opened() -> None:
        store = await Store.open(path)
        assert await store.check() == []
        assert len(await store.sessions()) == 4
        for name in ("s1", "s2", "s3", "s4"):
            state = fold(name, await store.load(name))
            assert state.turns
        pieces = next(
            e.event.pieces for e in await store.load("s4") if isinstance(e.event, ToolEnded) and e.event.pieces
        )
        kept = [await store.kept(piece.hash) for piece in pieces]
        assert [len(data) for data in kept] == [piece.size for piece in pieces]
        assert b"".join(kept).strip(b"ab") == b"[redacted]".ljust(len(RAW), b"*")
        assert "[redacted]" in (await store.load_ui("/w", "draft") or "")
        await store.close()

    asyncio.run(opened())


def test_a_row_says_when_where_and_how_much_and_never_what(path: Path) -> None:
    found = redact(path, SECRET, at=2e9)
    noted = {row[2]: (row[1], row[3], row[4]) for row in rows(path, "redactions")}
    assert noted == {name: (2e9, places, len(SECRET)) for name, places in found.places.items()}
    assert redact(path, "another secret that is nowhere", at=3e9).total == 0
    assert len(rows(path, "redactions")) == len(noted)
    redact(path, "I did 1.", at=3e9)
    assert {row[1] for row in rows(path, "redactions")} == {2e9, 3e9}, "older rows stay"


def test_all_other_text_is_as_it_was(path: Path) -> None:
    before = {row[:2]: row[2:] for row in rows(path)}
    redact(path, SECRET, at=2e9)
    after = {row[:2]: row[2:] for row in rows(path)}
    assert after.keys() == before.keys()
    changed = {key for key in before if before[key] != after[key]}
    assert changed and all(
        "redacted" in str(after[key])
        or "blob" in str(after[key])
        or "pieces" in str(after[key])
        or "bytes" in str(after[key])
        for key in changed
    )


def test_it_is_refused_while_another_process_has_the_store_open(path: Path) -> None:
    async def main() -> None:
        store = await Store.open(path)
        with pytest.raises(StoreError, match="open"):
            redact(path, SECRET, at=2e9)
        await store.close()

    asyncio.run(main())
    assert look(path, SECRET).total > 0


def test_a_disk_without_room_leaves_the_store_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    before = path.read_bytes()
    monkeypatch.setattr("tui.store.care.redact.project_all", full)
    with pytest.raises(StoreError) as caught:
        redact(path, SECRET, at=2e9)
    assert "full" in str(caught.value) and "as it was" in caught.value.hint
    assert path.read_bytes() == before
    assert not {"penstock.db.making", "penstock.db.ready"} & {found.name for found in path.parent.iterdir()}
