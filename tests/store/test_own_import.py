"""Our own JSON lines, exported and taken again: nothing is lost, and of a damaged file all that can be read."""

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.bringing import CLAUDE, CODEX, OLD_CODEX, bring, dumped, take
from tests.store.conftest import OpenStore
from tests.store.histories import EVENTS, histories, opened, values
from tui.events import (
    Entry,
    FileKept,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionEvent,
    SessionForked,
    SessionImported,
    SessionOpened,
    SessionRenamed,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    TurnEnded,
)
from tui.messages import OutputPiece, TextPart, ToolCallPart
from tui.state import fold
from tui.store.codec import Blob
from tui.store.export import to_json_lines
from tui.store.export_blobs import Blobs, collect
from tui.store.imports.fitting import fits
from tui.store.imports.found import read_bytes
from tui.store.imports.lines import read
from tui.store.imports.own import Archive, read_archive
from tui.store.imports.story import Story

FILE_BYTES = {path: path.read_bytes() for path in (CLAUDE, CODEX, OLD_CODEX)}


def exported(entries: Iterable[Entry], blobs: Blobs | None = None) -> bytes:
    return "".join(f"{line}\n" for line in to_json_lines(entries, blobs=blobs)).encode()


def archive_of(data: bytes) -> Archive:
    return read_archive(read("export.jsonl", data))


def log(session_id: str, *events: SessionEvent, after: int = 1) -> list[Entry]:
    return [Entry(session_id, seq, 100.0 + seq, event) for seq, event in enumerate(events, after + 1)]


def turn(name: str, *parts: TextPart | ToolCallPart) -> list[SessionEvent]:
    """A turn that came to its end, and calls that did not."""
    events: list[SessionEvent] = [
        PromptSubmitted(prompt_id=f"p{name}", turn_id=name, text=f"Prompt {name}"),
        StepStarted(step_id=f"s{name}", turn_id=name, model="m"),
    ]
    for number, part in enumerate(parts):
        kind = "text" if isinstance(part, TextPart) else "tool_call"
        events.append(PartStarted(part_id=f"{name}-{number}", step_id=f"s{name}", kind=kind))
        events.append(PartEnded(part_id=f"{name}-{number}", part=part))
    return [*events, TurnEnded(turn_id=name, outcome="done")]


# --- whole files


@given(entries=histories())
def test_any_history_comes_back_entry_for_entry_and_gives_the_same_file_again(entries: list[Entry]) -> None:
    data = exported(entries)
    archive = archive_of(data)
    assert archive.sessions == {"s1": entries} and not archive.unread
    assert exported(archive.sessions["s1"]) == data


@given(data=st.data())
def test_every_event_that_the_program_could_write_is_known_as_one(data: st.DataObject) -> None:
    assert fits(data.draw(st.sampled_from(EVENTS).flatmap(values)))


@pytest.mark.asyncio
async def test_an_export_taken_into_an_empty_store_is_the_same_session_and_the_same_export(
    open_store: OpenStore, tmp_path: Path
) -> None:
    one, other = await open_store(), await open_store(tmp_path / "other" / "penstock.db")
    pieces = [await one.keep(data) for data in (b"a long output\n" * 9000, b"\x00\xff binary", "Grüße".encode())]
    call = ToolCallPart(call_id="c", name="shell", arguments='{"command": "seq"}')
    ended = ToolEnded(
        call_id="c",
        outcome=ToolOutcome.OK,
        text="x" * 70_000,
        pieces=(OutputPiece(hash=pieces[0], size=126_000, lines=9000),),
    )
    kept = [FileKept(turn_id="t", call_id="c", path=f"/w/{name}", blob=name) for name in pieces[1:]]
    entries = [opened(), *log("s1", *turn("t", TextPart(text="Hi"), call), ended, *kept)]
    for entry in entries:
        one.add(entry)
    await one.settle()
    data = exported(await one.load("s1"), await collect(entries, one.kept, lambda text: text))
    assert [each.what for each in await take(other, read_bytes("f", data))] == ["new"]
    assert await other.load("s1") == entries and fold("s1", await other.load("s1")) == fold("s1", entries)
    assert [await other.kept(name) for name in pieces] == [await one.kept(name) for name in pieces]
    assert exported(await other.load("s1"), await collect(entries, other.kept, lambda text: text)) == data
    assert [each.what for each in await take(other, read_bytes("f", data))] == ["there"]


@pytest.mark.asyncio
async def test_a_fork_comes_with_what_it_goes_on_from(open_store: OpenStore) -> None:
    parent = [opened(), *log("s1", *turn("t"))]
    events = [SessionForked(parent="s1", through_seq=parent[-1].seq), *turn("u")]
    child_opened = Entry("s2", 5, 200.0, SessionOpened(workspace="/w", cwd="/w", title="Fork", model="m", slot=2))
    whole = [*parent, child_opened, *log("s2", *events, after=5)]
    store = await open_store()
    assert [each.what for each in await take(store, read_bytes("f", exported(whole)))] == ["new", "new"]
    assert await store.load("s2") == whole
    assert exported(await store.load("s2")) == exported(whole)


@pytest.mark.asyncio
async def test_an_imported_session_is_exported_and_imported_like_any_other(
    open_store: OpenStore, tmp_path: Path
) -> None:
    one, other = await open_store(), await open_store(tmp_path / "other" / "penstock.db")
    for brought in await bring(one, CLAUDE, CODEX, OLD_CODEX):
        await take(other, read_bytes("f", exported(await one.load(brought.session_id))))
    assert await dumped(other) == await dumped(one)


@pytest.mark.asyncio
async def test_a_longer_export_is_taken_on_and_a_shorter_one_is_known(open_store: OpenStore) -> None:
    store, entries = await open_store(), [opened(), *log("s1", *turn("t"), *turn("u"))]
    for data, what in ((entries[:4], "new"), (entries, "more"), (entries[:4], "there"), (entries, "there")):
        assert [each.what for each in await take(store, read_bytes("f", exported(data)))] == [what]
    assert await store.load("s1") == entries


@pytest.mark.asyncio
async def test_what_was_brought_is_named_as_the_session_is_named_now(open_store: OpenStore) -> None:
    store, entries = await open_store(), [opened(), *log("s1", *turn("t"), SessionRenamed(title="Valves", by="engine"))]
    brought = [await take(store, read_bytes("f", exported(entries))) for _ in range(2)]
    assert [(each.what, each.title) for (each,) in brought] == [("new", "Valves"), ("there", "Valves")]


@pytest.mark.asyncio
async def test_nothing_is_overwritten_where_the_session_went_another_way_or_is_open(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store, entries = await open_store(), [opened(), *log("s1", *turn("t"))]
    await take(store, read_bytes("f", exported(entries)))
    differs = [*entries[:2], *log("s1", *turn("other"), after=2)]
    assert [each.what for each in await take(store, read_bytes("f", exported(differs)))] == ["differs"]
    second = await open_store()  # as another process would hold it
    second.claim("s1")
    longer = [*entries, *log("s1", *turn("u"), after=len(entries))]
    assert [each.what for each in await take(store, read_bytes("f", exported(longer)))] == ["held"]
    assert await store.load("s1") == entries


# --- kept bytes and secrets


@pytest.mark.asyncio
async def test_a_secret_is_masked_in_an_output_and_keeps_a_file_out(open_store: OpenStore) -> None:
    store = await open_store()
    output, file = [await store.keep(data) for data in (b"key hush\nend\n", b"KEY=hush\n")]
    piece = OutputPiece(hash=output, size=13, lines=2)
    ended = ToolEnded(call_id="c", outcome=ToolOutcome.OK, text="", pieces=(piece,))
    entries = [opened(), *log("s1", ended, FileKept(turn_id="t", call_id="c", path="/w/.env", blob=file))]
    blobs = await collect(entries, store.kept, lambda text: text.replace("hush", "[masked]"))
    assert "1 kept files hold a secret" in blobs.said()
    data = exported(entries, blobs)
    assert b"hush" not in data
    archive = archive_of(data)
    (taken,) = archive.blobs
    event = archive.sessions["s1"][1].event
    assert isinstance(event, ToolEnded) and taken == b"key [masked]\nend\n" and not archive.unread
    assert event.pieces == (OutputPiece(hash=Blob.of(taken).hash, size=17, lines=2),)


@pytest.mark.asyncio
async def test_kept_bytes_that_cannot_be_read_do_not_keep_the_rest_from_being_exported(open_store: OpenStore) -> None:
    store = await open_store()
    entries = [opened(), *log("s1", FileKept(turn_id="t", call_id="c", path="/w/a", blob="0" * 64))]
    blobs = await collect(entries, store.kept, lambda text: text)
    assert blobs.said() == "The export lacks something: 1 kept texts could not be read."
    assert archive_of(exported(entries, blobs)).sessions["s1"] == entries


# --- damaged files


def assert_sound(archive: Archive) -> None:
    """Every session begins, folds and rests or was left open by a whole file; numbers rise."""
    for name, entries in archive.sessions.items():
        assert isinstance(entries[0].event, SessionOpened)
        assert [entry.seq for entry in entries] == sorted({entry.seq for entry in entries})
        state = fold(name, entries)
        if archive.unread:
            assert not state.open_calls and state.turn is None and not state.questions


def test_an_entry_that_follows_from_nothing_is_kept_as_it_stands_and_what_it_left_open_is_closed() -> None:
    call = ToolCallPart(call_id="c", name="shell", arguments="{}")
    entries = [opened(), *log("s1", *turn("t", call, TextPart(text="Hi")))]
    lines = exported(entries).splitlines(keepends=True)
    lines[3] = b'{"broken\n'  # the call's part begins there
    archive = archive_of(b"".join(lines))
    assert_sound(archive)
    told = archive.sessions["s1"][-1].event
    assert isinstance(told, SessionImported) and told.program == "penstock"
    assert told.unread == ("1 x broken line", "1 x entry that follows from nothing")
    assert [row["kind"] for row in map(json.loads, told.raw.splitlines()[1:])] == ["PartEnded"]
    assert fold("s1", archive.sessions["s1"]).turns[0].outcome == "done"


def test_a_session_without_its_first_entry_gets_another() -> None:
    lines = exported([opened(), *log("s1", *turn("t", TextPart(text="Hi")))]).splitlines(keepends=True)
    archive = archive_of(b"x" + b"".join(lines))
    assert_sound(archive)
    assert fold("s1", archive.sessions["s1"]).title == "Recovered s1"


@given(entries=histories(), seed=st.integers(0, 2**32))
def test_no_damage_to_an_export_makes_its_reading_fail_or_lose_a_line(entries: list[Entry], seed: int) -> None:
    data = damaged(exported(entries), random.Random(seed))
    archive = archive_of(data)
    assert_sound(archive)
    text = data.decode("utf-8-sig", "surrogateescape")
    kept = [line.text for _, line in archive.unread]
    taken = sum(not isinstance(entry.event, SessionImported) for each in archive.sessions.values() for entry in each)
    lines = {line for line in text.split("\n") if line.strip()}
    assert len(kept) + taken >= len(lines) - 1


@pytest.mark.parametrize("path", FILE_BYTES, ids=["claude-code", "codex", "old-codex"])
@given(seed=st.integers(0, 2**32))
def test_no_damage_to_another_programs_file_makes_its_reading_fail_or_lose_a_whole_record(
    path: Path, seed: int
) -> None:
    whole = FILE_BYTES[path].split(b"\n")
    data = damaged(b"\n".join(whole), random.Random(seed))
    found = read_bytes("damaged", data)
    assert found.stories or found.problem
    told = "\n".join(filter(None, (text for story in found.stories for text in texts_of(story))))
    for line in set(data.split(b"\n")) & set(whole) if found.stories else ():
        assert all(text in told for text in said_in(line)), line


def texts_of(story: Story) -> Iterator[str]:
    """All that became of a file, the lines that were kept as they stand included."""
    yield story.title
    for item in story.items:
        yield getattr(item, "text", "") or getattr(item, "summary", "") or getattr(item, "error", "")
        for _, part in getattr(item, "parts", ()):
            yield getattr(part, "text", "") or getattr(part, "arguments", "")
    yield from (result.text for call_id, result in story.results.items() if call_id in story.called)
    for _, line in story.unread:
        yield line.text
        yield from said_in(line.text.encode("utf-8", "surrogateescape"))


def said_in(line: bytes) -> list[str]:
    """What a record says in words."""
    try:
        row = json.loads(line)
    except ValueError:
        return []
    found: list[str] = []

    def look(value: object, name: str = "") -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                look({} if key == "base_instructions" else inner, key)  # that program's own system prompt
        elif isinstance(value, list):
            for inner in value:
                look(inner, name)
        elif isinstance(value, str) and name in ("text", "thinking", "message") and len(value) > 3:
            found.extend([] if value.startswith("[Request interrupted") else [value])  # that is how a turn ended

    if isinstance(row, dict):
        look(row.get("message") or row.get("payload") or row)
    return found


def damaged(data: bytes, dice: random.Random) -> bytes:
    """The file with some bytes changed, lines gone, doubled, torn or swapped, or its end missing."""
    lines: Sequence[bytes] = data.split(b"\n")
    for _ in range(dice.randint(1, 6)):
        rows, at = list(lines), dice.randrange(len(lines))
        match dice.randrange(6):
            case 0 if rows[at]:
                spot = dice.randrange(len(rows[at]))
                rows[at] = rows[at][:spot] + bytes([dice.randrange(256)]) + rows[at][spot + 1 :]
            case 1 if len(rows) > 1:
                del rows[at]
            case 2:
                rows.insert(dice.randrange(len(rows)), rows[at])
            case 3:
                rows[at] = rows[at][: len(rows[at]) // 2]
            case 4:
                other = dice.randrange(len(rows))
                rows[at], rows[other] = rows[other], rows[at]
            case _:
                rows[at] = swapped(rows[at], dice)
        lines = rows
    return b"\n".join(lines)


def swapped(line: bytes, dice: random.Random) -> bytes:
    """A line whose JSON still stands, with one of its values become another kind of thing."""
    try:
        row = json.loads(line)
    except ValueError:
        return line
    place = row
    while isinstance(place, dict) and place:
        name = dice.choice(list(place))
        if not isinstance(place[name], dict) or not place[name] or dice.random() < 0.3:
            place[name] = dice.choice([None, 7, -1, "odd", [], {}, True, 1e300, [{"type": 3}]])
            break
        place = place[name]
    return json.dumps(row).encode()


@pytest.mark.asyncio
@pytest.mark.parametrize("path", FILE_BYTES, ids=["claude-code", "codex", "old-codex"])
async def test_what_is_left_of_a_damaged_file_is_a_session_that_opens(open_store: OpenStore, path: Path) -> None:
    store, whole = await open_store(), FILE_BYTES[path]
    for seed in range(12):
        for each in await take(store, read_bytes("damaged", damaged(whole, random.Random(seed)))):
            state = fold(each.session_id, await store.load(each.session_id))
            assert state.turn is None and not state.open_calls
    assert await store.check() == []
