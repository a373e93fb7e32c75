"""Forks by keyboard: at a block, from an earlier prompt, with files put back when the person wants it."""

from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.app.stage import Clock, Stage, opened_app, project
from tests.scripts import Hold, call, image, text
from tests.store.histories import histories
from tui.app.history.present import Draft, Presenter
from tui.app.screens.inspector import InspectorScreen
from tui.app.screens.restore import RestoreScreen
from tui.engine.forks import begin_fork, entries_up_to
from tui.engine.log import Log
from tui.engine.session import Session
from tui.events import Entry
from tui.state import fold
from widgets.diff_view import DiffView
from widgets.picker import Picker, PickerRows
from widgets.status_line import StatusLine

WRITE: list[list[Any]] = [
    [call("write", {"path": "plan.md", "content": "one\n"})],
    [text("The plan is written.")],
    [call("write", {"path": "plan.md", "content": "two\n"}), call("write", {"path": "more.md", "content": "more\n"})],
    [text("And more.")],
]

PATH_LENGTH = 160
"""Characters of the home folder's path in pictures, wherever the tests run."""


def sources(stage: Stage) -> list[str]:
    transcript = stage.pane.transcript
    return [transcript.source_of(block) or transcript.block(block).title for block in transcript.blocks]


def said(stage: Stage, which: str = ".said") -> str:
    return stage.app.screen.query_one(which, StatusLine).render().plain  # type: ignore[union-attr]


async def two_turns(stage: Stage, first: str = "First", second: str = "Second") -> Session:
    stage.session.change_mode("accept-edits")
    await stage.send(first)
    await stage.rested(1)
    await stage.send(second)
    await stage.rested(2)
    return stage.session


async def up_to(stage: Stage, source: str) -> None:
    """The transcript's cursor onto the block with that text."""
    if not stage.pane.transcript.has_focus:
        await stage.press("tab")
    for _ in range(20):
        cursor = stage.pane.transcript.cursor
        if cursor is not None and stage.pane.transcript.source_of(cursor) == source:
            return
        await stage.press("k")
    raise AssertionError(f"no block says {source!r}")


async def in_another(stage: Stage, session: Session) -> Session:
    """The session that came instead."""
    await stage.until(lambda: stage.main.session not in (None, session) and stage.pane.transcript.blocks)
    return stage.session


async def test_a_session_is_forked_at_the_block_that_is_pointed_at_and_both_go_on(home: Path) -> None:
    async with opened_app(home, [text("One.")], [text("Two.")], [text("Another two.")], [text("Three.")]) as stage:
        parent = await two_turns(stage)
        await up_to(stage, "One.")
        await stage.press("f")
        child = await in_another(stage, parent)
        assert sources(stage) == ["First", "One.", "forked from 1: First"]
        assert child.state.turns[0].outcome == "done", "an answer that is forked at its end is whole"
        await stage.send("Second, again")
        await stage.rested(2)
        assert sources(stage)[2:] == ["forked from 1: First", "Second, again", "Another two."]
        assert [tab.title for tab in stage.main.tabs.all()] == ["First", "↱ First"]
        await stage.press("f7")
        await stage.until(lambda: stage.session is parent)
        assert sources(stage) == ["First", "One.", "Second", "Two."]
        await stage.send("Third")
        await stage.rested(3)
        assert sources(stage)[-1] == "Three."
        assert len(child.state.turns) == 2


async def test_a_fork_from_the_prompt_begins_at_the_end_and_is_there_after_a_restart(home: Path) -> None:
    hold = Hold()
    async with opened_app(home, [text("Half", hold, " and half")]) as stage:
        await stage.send("/fork")
        await stage.until(lambda: any("Nothing has been said" in n.message for n in stage.app._notifications))
        parent = stage.session
        await stage.send("Go")
        await stage.until(lambda: "Half" in sources(stage))
        await stage.send("/fork")
        child = await in_another(stage, parent)
        assert sources(stage)[:3] == ["Go", "Half", "forked from 1: Go"]
        assert sources(stage)[3:] == ["This turn was still open there. /continue goes on with it here."]
        assert parent.running and not child.running
        hold.release()
        await stage.until(lambda: not parent.running)
    async with opened_app(home) as stage:
        assert stage.session.id == child.id
        assert sources(stage)[:3] == ["Go", "Half", "forked from 1: Go"]
        await stage.press("f7")
        await stage.until(lambda: stage.session.id == parent.id)
        assert sources(stage) == ["Go", "Half and half"]


async def test_an_earlier_prompt_stands_in_the_draft_to_be_said_another_way(home: Path) -> None:
    async with opened_app(home, [text("One.")], [text("Two.")]) as stage:
        parent = await two_turns(stage)
        await stage.press("tab")
        await up_to(stage, "Second")
        await stage.press("b")
        child = await in_another(stage, parent)
        await stage.until(lambda: stage.pane.prompt.value == "Second")
        assert stage.pane.prompt.has_focus
        assert sources(stage) == ["First", "One.", "forked from 1: First"]
        assert len(child.state.turns) == 1 and len(parent.state.turns) == 2
    async with opened_app(home) as stage:
        assert (stage.session.id, stage.pane.prompt.value) == (child.id, "Second")


async def test_the_prompt_to_go_back_to_is_chosen_from_a_list(home: Path) -> None:
    async with opened_app(home, [text("One.")], [text("Two.")]) as stage:
        parent = await two_turns(stage)
        await stage.send("/rewind")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        assert [item.text for item in stage.app.screen.query_one(PickerRows).items] == ["Second", "First"]
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.session is parent, "escape changes nothing"
        await stage.send("/rewind")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("down", "enter")
        child = await in_another(stage, parent)
        await stage.until(lambda: stage.pane.prompt.value == "First")
        assert child.state.turns == []


async def test_an_image_goes_back_into_the_draft_also_when_its_file_is_gone(home: Path) -> None:
    folder = project(home)
    picture = folder / "dot.png"
    picture.write_bytes(b64decode(image().data))
    async with opened_app(home, [text("A dot.")], [text("Still a dot.")]) as stage:
        await stage.send("See [image: dot.png]")
        await stage.rested()
        picture.unlink()
        parent = stage.session
        await up_to(stage, "See [image: dot.png]")
        await stage.press("b")
        child = await in_another(stage, parent)
        await stage.until(lambda: "dot.png" in stage.pane.prompt.value)
        await stage.press("enter")
        await stage.rested(1)
        prompt = child.state.turns[0].items[0]
        assert prompt.images == parent.state.turns[0].items[0].images != ()  # type: ignore[union-attr]


async def test_files_go_back_too_when_the_person_wants_it(home: Path) -> None:
    folder = project(home)
    async with opened_app(home, *WRITE) as stage:
        parent = await two_turns(stage)
        await up_to(stage, "Second")
        await stage.press("b")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        question = stage.app.screen.query_one(PickerRows)
        assert question.highlighted is not None and question.highlighted.value == "leave"
        await stage.press("down", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, RestoreScreen))
        assert (folder / "plan.md").read_text() == "two\n", "nothing happens before enter"
        assert "+more" in stage.app.screen.query_one(DiffView).source, "the first of them"
        await stage.press("enter")
        await stage.until(lambda: "2 of 2 files put back" in said(stage, ".foot"))
        assert (folder / "plan.md").read_text() == "one\n"
        assert not (folder / "more.md").exists()
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        assert stage.pane.prompt.value == "Second"
        assert stage.session is not parent and len(parent.state.turns) == 2


async def test_what_others_changed_goes_back_only_when_the_person_insists(home: Path) -> None:
    folder = project(home)
    async with opened_app(home, *WRITE) as stage:
        parent = await two_turns(stage)
        (folder / "plan.md").write_text("mine\n")
        await up_to(stage, "First")
        await stage.send("/restore")  # from the prompt: it asks before which one
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("down", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, RestoreScreen))
        await stage.press("j")
        await stage.until(lambda: "Somebody else has changed it since. It stays as it is, unless F" in said(stage))
        await stage.press("enter")
        await stage.until(lambda: "1 of 2 files put back" in said(stage, ".foot"))
        assert "Somebody else has changed it since." in said(stage)
        assert (folder / "plan.md").read_text() == "mine\n"
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        await stage.send("/restore")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("down", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, RestoreScreen))
        await stage.press("F", "enter")
        await stage.until(lambda: "1 of 1 file put back" in said(stage, ".foot"))
        assert not (folder / "plan.md").exists()
        await stage.press("escape")
        assert stage.session is parent


async def test_a_fork_puts_back_later_what_its_parent_changed_after_it(home: Path) -> None:
    folder = project(home)
    async with opened_app(home, *WRITE) as stage:
        parent = await two_turns(stage)
        await up_to(stage, "Second")
        await stage.press("b")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is stage.main and stage.session is not parent)
        assert (folder / "plan.md").read_text() == "two\n"
        stage.pane.prompt.value = ""
        await stage.send("/restore")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        offered = [item.text for item in stage.app.screen.query_one(PickerRows).items]
        assert offered == ["Where this session was forked", "First"]
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, RestoreScreen))
        await stage.press("enter")
        await stage.until(lambda: "2 of 2 files" in said(stage, ".foot"))
        assert (folder / "plan.md").read_text() == "one\n"


async def test_a_call_of_the_parent_can_be_looked_into_and_run_again_in_the_fork(home: Path) -> None:
    async with opened_app(home, [call("read", {"path": "README.md"})], [text("Read.")]) as stage:
        await stage.send("Look")
        await stage.rested()
        parent = stage.session
        await stage.send("/fork")
        child = await in_another(stage, parent)
        await stage.send("/inspect")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen))
        await stage.press("r")
        await stage.until(lambda: len(child.state.calls) == 2 and not child.side_calls.running)
        for tab in "123456":
            await stage.press(tab)
            await stage.drawn()
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        await stage.send("/calls")
        await stage.until(lambda: stage.app.screen is not stage.main)
        await stage.press("escape")
        assert len(parent.state.calls) == 1


@settings(max_examples=60)
@given(entries=histories(), at=st.integers(1, 400))
def test_a_fork_of_any_history_at_any_of_its_blocks_shows_the_blocks_up_to_there(entries: list[Entry], at: int) -> None:
    whole = Presenter(fold("s1", entries))
    whole.show(entries, drawn := Draft())
    every = [block.id for block in drawn.blocks()]
    pointed = [block_id for block_id in every if whole.point_of(block_id) is not None]
    if not pointed:
        return
    block_id = pointed[at % len(pointed)]
    inherited = entries_up_to(entries, whole.point_of(block_id))
    log = Log(fold("s2", inherited), Journal(), entries=inherited)  # type: ignore[arg-type]
    begin_fork(log, fold("s1", entries), slot=2)
    Presenter(log.state).show(log.since(0), drawn := Draft())
    blocks = [block.id for block in drawn.blocks()]
    divider = next(index for index, name in enumerate(blocks) if name.startswith("fork-"))
    assert block_id in blocks[:divider], "what is pointed at is in the fork"
    assert set(blocks[:divider]) <= set(every)
    assert not any(block.streaming for block in drawn.blocks() if block.kind in ("text", "reasoning"))


class Journal:
    """A store that forgets."""

    def add(self, entry: Entry) -> None:
        pass


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "penstock-dark"), ((120, 40), "penstock-light")], ids=["80x24", "120x40"]
)
async def test_how_going_back_looks(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    home = home / ("h" * (PATH_LENGTH - len(str(home))))  # what a write says has its path, and its size is drawn
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    clock = Clock().freeze(monkeypatch)
    monkeypatch.setattr("tui.app.screens.branches.time", lambda: clock.now)
    folder = project(home)
    async with opened_app(home, *WRITE, size=size, theme=theme) as stage:
        parent = await two_turns(stage, "Write a plan", "Write a better plan, and more")
        clock.now += 200
        (folder / "more.md").write_text("mine\n")
        await stage.send("/rewind")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.drawn()
        assert snap(stage.app, "prompts")
        await stage.press("enter")
        await in_another(stage, parent)
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.drawn()
        assert snap(stage.app, "question")
        await stage.press("down", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, RestoreScreen))
        await stage.drawn()
        assert snap(stage.app, "files")
        await stage.press("enter")
        await stage.until(lambda: "1 of 2 files" in said(stage, ".foot"))
        await stage.drawn()
        assert snap(stage.app, "back")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        stage.app.clear_notifications()
        await stage.drawn()
        assert snap(stage.app, "fork")
