"""Notes: what a model may do with them, and that the files stay the person's."""

import os
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tools.conftest import Bench, needs_rights
from tui.errors import ToolError
from tui.messages import DiffDisplay
from tui.paths import notes_paths
from tui.tools.base import Kit, ToolContext
from tui.tools.memory import MemoryArgs, memory_tool, preview_memory
from tui.tools.notes import MOST_BYTES, Notes

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = "# Mine\n\nWords of my own.\n\n- tea, never coffee\n* tabs\n  of four\n\nMore words.\n"


@pytest.fixture
def notes(home: Path) -> Notes:
    return Notes(home / "memory" / "person.md", home / "memory" / "projects" / "p.md")


@pytest.fixture
def person(home: Path) -> Path:
    return home / "memory" / "person.md"


@pytest.fixture
def ctx(bench: Bench, notes: Notes) -> ToolContext:
    return replace(bench.ctx, kit=Kit(notes=notes))


async def told(ctx: ToolContext, action: str, text: str = "", scope: str = "project") -> str:
    return (await memory_tool(MemoryArgs.model_validate({"action": action, "text": text, "scope": scope}), ctx)).text


def by_hand(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def content(path: Path) -> str:
    return path.read_text()


# --- as a model sees it


async def test_what_was_noted_is_listed_by_scope_and_found(ctx: ToolContext) -> None:
    assert await told(ctx, "list") == "There are no notes yet."
    await told(ctx, "add", "Tests run with make test")
    await told(ctx, "add", "likes short answers", "person")
    assert await told(ctx, "list") == (
        "For the person:\n- likes short answers\nFor this project:\n- Tests run with make test"
    )
    assert await told(ctx, "search", "MAKE") == "- (project) Tests run with make test"
    assert await told(ctx, "search", "absent") == "No note has a word of 'absent'."


async def test_notes_with_more_of_the_words_come_first_and_then_the_newer_ones(ctx: ToolContext) -> None:
    for note in ("red valve", "blue pump", "blue valve", "red pump"):
        await told(ctx, "add", note)
    assert await told(ctx, "search", "blue valve") == (
        "- (project) blue valve\n- (project) blue pump\n- (project) red valve"
    )


async def test_a_note_is_removed_by_its_exact_text_alone(ctx: ToolContext) -> None:
    await told(ctx, "add", "red valve")
    with pytest.raises(ToolError, match="exact text"):
        await told(ctx, "remove", "red")
    with pytest.raises(ToolError, match="exact text"):
        await told(ctx, "remove", "red valve", "person")
    await told(ctx, "remove", "red valve")
    assert await told(ctx, "list") == "There are no notes yet."


@pytest.mark.parametrize(
    ("action", "text", "why"),
    [
        ("add", " \n ", "empty"),
        ("add", "x" * 1001, "1,000 characters at most"),
        ("add", "there already", "there already"),
        ("remove", "", "empty"),
        ("search", "  ", "words to search"),
    ],
)
async def test_what_cannot_be_done_is_said(ctx: ToolContext, action: str, text: str, why: str) -> None:
    await told(ctx, "add", "there already")
    with pytest.raises(ToolError, match=why):
        await told(ctx, action, text)
    assert await told(ctx, "list") == "For this project:\n- there already"


async def test_the_change_is_shown_before_it_happens_and_nothing_is_touched(ctx: ToolContext, person: Path) -> None:
    by_hand(person, BY_HAND)
    add = MemoryArgs(action="add", scope="person", text="a new one")
    (shown,) = await preview_memory(add, ctx)
    assert isinstance(shown, DiffDisplay)
    assert shown.diff.endswith("+- a new one")
    assert content(person) == BY_HAND
    (gone,) = await preview_memory(MemoryArgs(action="remove", scope="person", text="tabs of four"), ctx)
    assert isinstance(gone, DiffDisplay)
    assert [line for line in gone.diff.split("\n") if line.startswith("-")][1:] == ["-* tabs", "-  of four"]
    assert await preview_memory(MemoryArgs(action="list"), ctx) == ()
    assert (await memory_tool(add, ctx)).display == (shown,)


async def test_without_a_place_for_notes_that_is_said(bench: Bench) -> None:
    with pytest.raises(ToolError, match="No notes are kept here"):
        await told(bench.ctx, "list")


# --- the files


def test_what_a_person_wrote_between_the_notes_stays_as_it_is(notes: Notes, person: Path) -> None:
    by_hand(person, BY_HAND)
    assert notes.read("person") == ("tea, never coffee", "tabs of four")
    notes.add("person", "walks at noon")
    assert person.read_text() == f"{BY_HAND}- walks at noon\n"
    notes.remove("person", "tabs of four")
    notes.remove("person", "walks at noon")
    assert person.read_text() == BY_HAND.replace("* tabs\n  of four\n", "")


@pytest.mark.parametrize(
    "data",
    [b"- one\r\n- two\r\n", b"\xef\xbb\xbf- one\n- two\n", b"- one\n- caf\xe9\n", b"- one\n- two"],
    ids=["crlf", "byte order mark", "latin-1", "no newline at the end"],
)
def test_encoding_and_line_ends_of_a_file_stay(notes: Notes, person: Path, data: bytes) -> None:
    by_hand(person, "")
    person.write_bytes(data)
    notes.add("person", "three")
    end = b"\r\n" if b"\r\n" in data else b"\n"
    assert person.read_bytes() == data + (b"" if data.endswith(b"\n") else end) + b"- three" + end
    assert notes.read("person")[0] == "one"


def test_what_is_edited_by_hand_is_seen_at_the_next_look(notes: Notes, person: Path) -> None:
    notes.add("person", "one")
    assert notes.read("person") == ("one",)
    person.write_text(person.read_text().replace("one", "another"))
    assert notes.read("person") == ("another",)
    person.unlink()
    assert notes.read("person") == ()


def test_a_file_that_has_not_changed_is_not_read_again(
    notes: Notes, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.add("person", "one")
    notes.read("person")
    monkeypatch.setattr("tui.tools.notes.read_text", lambda path: pytest.fail("it was read"))
    assert notes.read("person") == ("one",)


def test_a_note_steers_no_terminal(notes: Notes, person: Path) -> None:
    notes.add("person", "red \x1b[31m\u202ealarm\nnext line")
    assert notes.read("person") == ("red ␛[31m<U+202E>alarm next line",)
    notes.remove("person", "red \x1b[31m\u202ealarm\nnext line")
    assert notes.read("person") == ()


def test_the_files_are_for_their_owner_alone_and_a_link_stays_a_link(notes: Notes, person: Path, home: Path) -> None:
    notes.add("project", "one")
    path = home / "memory" / "projects" / "p.md"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(child.name for child in path.parent.iterdir()) == [".lock", "p.md"]
    by_hand(home / "dotfiles" / "notes.md", "- mine\n")
    person.symlink_to(home / "dotfiles" / "notes.md")
    notes.add("person", "one")
    assert person.is_symlink()
    assert (home / "dotfiles" / "notes.md").read_text() == "- mine\n- one\n"


def test_notes_over_the_cap_are_not_added_and_may_still_be_removed(notes: Notes, person: Path) -> None:
    by_hand(person, "".join(f"- {number} {'x' * 1000}\n" for number in range(70)))
    assert person.stat().st_size > MOST_BYTES
    before = person.read_text()
    with pytest.raises(ToolError, match="65,536 is the most"):
        notes.add("person", "one more")
    assert person.read_text() == before
    notes.remove("person", f"3 {'x' * 1000}")
    assert len(notes.read("person")) == 69


@pytest.mark.parametrize("sort", ["fifo", "folder"])
def test_what_is_no_file_is_refused_at_once(notes: Notes, person: Path, sort: str) -> None:
    person.parent.mkdir(parents=True)
    if sort == "fifo":
        os.mkfifo(person)
    else:
        person.mkdir()
    for act in (lambda: notes.read("person"), lambda: notes.add("person", "x")):
        with pytest.raises(ToolError, match=r"not a regular file|is a folder"):
            act()


@needs_rights
def test_a_file_that_may_not_be_read_is_an_error_and_not_an_empty_list(notes: Notes, person: Path) -> None:
    by_hand(person, "- one\n")
    person.chmod(0)
    with pytest.raises(ToolError, match="cannot be read"):
        notes.read("person")


def test_two_projects_of_one_name_have_files_of_their_own(home: Path) -> None:
    first, second = notes_paths(home / "a" / "My garden!")[1], notes_paths(home / "b" / "My garden!")[1]
    assert first != second
    assert first.name.startswith("My-garden-")
    assert notes_paths(home / "a" / "My garden!")[1] == first
    assert notes_paths(home / "…")[1].name.startswith("folder-")


# --- several programs


WRITER = """
import sys
from pathlib import Path
from tui.tools.notes import Notes
notes = Notes(Path(sys.argv[1]), Path(sys.argv[1]))
for number in range(25):
    notes.add("person", f"{sys.argv[2]} {number}")
    if number % 2:
        notes.remove("person", f"{sys.argv[2]} {number}")
"""


def test_of_two_processes_that_write_at_once_nothing_is_lost(notes: Notes, person: Path) -> None:
    by_hand(person, BY_HAND)
    command = [sys.executable, "-c", WRITER, str(person)]
    writers = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("here", "there")]
    assert [writer.wait(30) for writer in writers] == [0, 0]
    assert person.read_text().startswith(BY_HAND)
    found = notes.read("person")[2:]
    for name in ("here", "there"):
        assert [note for note in found if note.startswith(name)] == [f"{name} {number}" for number in range(0, 25, 2)]


def test_a_lock_that_another_program_keeps_is_not_waited_for_for_ever(
    notes: Notes, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    notes.add("person", "one")
    monkeypatch.setattr("tui.tools.notes.LOCK_SECONDS", 0.05)
    with (person.parent / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ToolError, match="Another program has held the notes"):
            notes.add("person", "two")
    assert notes.read("person") == ("one",)
    notes.add("person", "two")
