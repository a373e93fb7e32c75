"""What the notes say reaches the models, and nothing waits for the disk that holds them."""

import os
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from tests.scripts import REFERENCE, ScriptedModels, call, eventually, scripted, text
from tui.engine.window import recall
from tui.engine.window.context import instructions
from tui.engine.window.recall import told
from tui.engine.workspace import Workspace, open_workspace
from tui.state import SessionState
from tui.store.store import Store
from tui.tools.base import Kit, Notebook, NotesChange, NoteScope
from tui.tools.catalog import Catalog
from tui.tools.notes import Notes

Opening = Callable[..., Awaitable[Workspace]]


class SlowNotes:
    """Notes on a disk that does not answer until ``free`` is set."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.free = threading.Event()
        self.reads = 0

    def read(self, scope: NoteScope) -> tuple[str, ...]:
        self.reads += 1
        self.asked.set()
        self.free.wait(30)
        return (f"about the {scope}",)

    def add(self, scope: NoteScope, text: str, *, dry: bool = False) -> NotesChange:
        raise NotImplementedError

    def remove(self, scope: NoteScope, text: str, *, dry: bool = False) -> NotesChange:
        raise NotImplementedError


@pytest.fixture
def notes(home: Path) -> Notes:
    return Notes(home / "memory" / "person.md", home / "memory" / "project.md")


@pytest_asyncio.fixture
async def opening(store: Store, tmp_path: Path) -> AsyncIterator[Opening]:
    async with AsyncExitStack() as stack:

        async def open_(models: ScriptedModels, book: Notebook) -> Workspace:
            return await stack.enter_async_context(
                open_workspace(
                    store=store, models=models, toolbox=Catalog(), root=tmp_path, cwd=tmp_path, kit=Kit(notes=book)
                )
            )

        yield open_


async def turn(workspace: Workspace) -> None:
    session = await workspace.new_session(REFERENCE)
    session.submit("Go")
    await session.rest()


# --- what a model is told


async def test_every_step_is_told_what_the_notes_say_by_then(opening: Opening, notes: Notes, home: Path) -> None:
    notes.add("person", "likes tea")
    models, provider = scripted([call("list", {})], [text("Done.")], [text("Again.")])
    workspace = await opening(models, notes)
    await turn(workspace)
    first, second = (request.system for request in provider.requests)
    assert first == second
    assert "About the person:\n- likes tea" in first
    path = home / "memory" / "person.md"
    path.write_text(path.read_text().replace("tea", "coffee"))  # by hand, while the program runs
    notes.add("project", "uses make")
    await turn(workspace)
    assert "- likes coffee" in provider.requests[-1].system
    assert "About this project:\n- uses make" in provider.requests[-1].system


async def test_the_agents_own_note_is_told_to_its_next_step(opening: Opening, notes: Notes) -> None:
    models, provider = scripted([call("memory", {"action": "add", "text": "uses make"})], [text("Noted.")])
    workspace = await opening(models, notes)
    session = await workspace.new_session(REFERENCE)
    session.submit("Go")
    await eventually(session.state.asking)
    approval = session.state.asking()[0].approval
    assert approval is not None
    assert "+- uses make" in str(approval.preview)
    assert notes.read("project") == ()
    session.decide(approval.approval_id, "allow")
    await session.rest()
    assert "uses make" not in provider.requests[0].system
    assert "- uses make" in provider.requests[1].system


async def test_notes_are_read_unasked_and_changed_only_when_the_person_says_so(opening: Opening, notes: Notes) -> None:
    notes.add("person", "likes tea")
    script = (
        [call("memory", {"action": "list"}), call("memory", {"action": "search", "text": "tea"})],
        [call("memory", {"action": "remove", "scope": "person", "text": "likes tea"})],
        [text("Fine.")],
    )
    workspace = await opening(scripted(*script)[0], notes)
    session = await workspace.new_session(REFERENCE)
    session.submit("Go")
    await eventually(session.state.asking)
    listed, found, removal = session.state.calls.values()
    assert (listed.phase, found.phase, removal.phase) == ("ok", "ok", "asking")
    assert removal.approval is not None
    session.decide(removal.approval.approval_id, "deny")
    await session.rest()
    assert notes.read("person") == ("likes tea",)


def test_of_many_notes_the_newest_are_told_and_that_there_are_more() -> None:
    many = tuple(f"{number} {'x' * 90}" for number in range(1000))
    said = told({"person": many, "project": ()})
    assert len(said.encode()) < 2 * recall.BYTES
    lines = said.split("\n")
    assert lines[-1] == f"- {many[-1]}"
    kept = sum(line.startswith("- ") for line in lines)
    assert f"({1000 - kept} older ones are not shown here: memory searches them.)" in lines
    assert "project" not in said


def test_one_note_of_any_length_and_any_characters_fits() -> None:
    said = told({"person": ("é" * 100_000,), "project": ("\ud800",)})
    assert len(said) < 2 * recall.BYTES
    assert "…" in said


def test_without_notes_nothing_is_said_of_them() -> None:
    assert told({}) == told({"person": (), "project": ()}) == ""
    state = SessionState("one", system="Own words.")
    assert instructions(state) == "Own words."
    assert instructions(state, "Notes.") == "Own words.\n\nNotes."


# --- what does not wait


async def test_nothing_waits_for_a_disk_that_hangs(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "WAIT", 0.01)
    book = SlowNotes()
    models, provider = scripted([text("Hello.")], repeat=True)
    try:
        workspace = await opening(models, book)
        await eventually(book.asked.is_set)
        for _ in range(3):
            await turn(workspace)
        assert all("Notes from" not in request.system for request in provider.requests)
        assert book.reads == 1, "whoever comes next does not ask a disk that hangs again"
        monkeypatch.setattr(recall, "WAIT", 5.0)
        book.free.set()
        await eventually(lambda: workspace.recall._told)
        await turn(workspace)
        assert "about the person" in provider.requests[-1].system
    finally:
        book.free.set()


async def test_a_step_waits_once_for_a_read_that_hangs_and_never_again(
    opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recall, "WAIT", 0.01)
    book = SlowNotes()
    try:
        workspace = await opening(scripted()[0], book)
        assert await workspace.recall.told() == ""
        monkeypatch.setattr(recall, "WAIT", 3600.0)
        for _ in range(3):
            with pytest.raises(StopIteration):  # it returns without giving the loop a turn
                workspace.recall.told().send(None)
    finally:
        book.free.set()


async def test_closing_does_not_wait_for_the_notes(store: Store, tmp_path: Path) -> None:
    book = SlowNotes()
    try:
        async with open_workspace(
            store=store, models=scripted()[0], toolbox=Catalog(), root=tmp_path, cwd=tmp_path, kit=Kit(notes=book)
        ):
            await eventually(book.asked.is_set)
        assert not book.free.is_set()
    finally:
        book.free.set()


@pytest.mark.parametrize("sort", ["fifo", "folder"])
async def test_a_file_that_is_none_costs_only_its_own_notes(
    opening: Opening, notes: Notes, home: Path, sort: str, caplog: pytest.LogCaptureFixture
) -> None:
    notes.add("project", "uses make")
    person = home / "memory" / "person.md"
    if sort == "fifo":
        os.mkfifo(person)
    else:
        person.mkdir()
    models, provider = scripted([text("Hello.")])
    await turn(await opening(models, notes))
    assert "- uses make" in provider.requests[0].system
    assert "notes for the person are not told" in caplog.text
