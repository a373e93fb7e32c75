"""Beyond yes and no: an agent's own questions, edited calls, modes, and turns that are undone, by keyboard."""

from pathlib import Path
from typing import Any

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import call, text
from tui.app import pane
from tui.app.screens.changes import ChangesScreen
from tui.app.screens.edit_call import EditCall
from tui.events import ApprovalDecided, GrantRevoked
from widgets.picker import Picker
from widgets.status_line import StatusLine

WRITE = call("write", {"path": "src/new.py", "content": "x = 1\n"})
ASK = call("ask_user", {"question": "Which colour?", "options": ["red", "green"]})


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has typed for a while."""
    monkeypatch.setattr(pane, "QUIET_BEFORE_ASKING", 0.0)


async def answerable(stage: Stage) -> None:
    """A question is on screen, has the focus and takes keys."""
    await stage.until(lambda: stage.pane.ask_bar.request is not None)
    await stage.until(lambda: stage.pane.ask_bar.has_focus and stage.pane.ask_bar.hears)


def told(stage: Stage) -> str:
    """What the model reads as the result of the last call."""
    calls = list(stage.session.state.calls.values())
    return calls[-1].ended.text if calls[-1].ended else ""


def events(stage: Stage, kind: type) -> list[Any]:
    return [entry.event for entry in stage.session.log.since(0) if isinstance(entry.event, kind)]


async def test_a_digit_gives_one_of_the_options(home: Path) -> None:
    async with opened_app(home, [ASK], [text("Fine.")]) as stage:
        await stage.send("Go")
        await answerable(stage)
        assert stage.session.status == "asking"
        await stage.press("2")
        await stage.rested()
        assert "green" in told(stage)
        assert stage.pane.ask_bar.request is None


async def test_any_other_answer_is_typed(home: Path) -> None:
    async with opened_app(home, [ASK], [text("Fine.")]) as stage:
        await stage.send("Go")
        await answerable(stage)
        await stage.press("enter", *"blue", "enter")
        await stage.rested()
        assert "blue" in told(stage)


async def test_no_answer_lets_the_agent_go_on(home: Path) -> None:
    async with opened_app(home, [ASK], [text("Fine.")]) as stage:
        await stage.send("Go")
        await answerable(stage)
        await stage.press("n")
        await stage.rested()
        assert stage.session.state.turns[-1].outcome == "done"


async def test_a_question_that_is_put_off_comes_back(home: Path) -> None:
    async with opened_app(home, [ASK], [text("Fine.")]) as stage:
        await stage.send("Go")
        await answerable(stage)
        await stage.press("z")
        await stage.until(lambda: stage.pane.ask_bar.request is None)
        assert stage.session.status == "asking"
        await stage.press("ctrl+g")
        await answerable(stage)
        await stage.press("1")
        await stage.rested()
        assert "red" in told(stage)


async def test_an_edited_call_runs_as_it_was_edited(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        await stage.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, EditCall))
        await stage.press("tab", "down", *"y = 2", "ctrl+s")
        await stage.rested()
        assert (home / "project" / "src" / "new.py").read_text() == "x = 1\ny = 2"
        assert "y = 2" in events(stage, ApprovalDecided)[-1].arguments


async def test_an_edit_that_does_not_fit_is_said_and_nothing_runs(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        await stage.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, EditCall))
        await stage.press("ctrl+a", "ctrl+k", *".git/config", "ctrl+s")
        await stage.until(lambda: stage.app.screen.query_one(".wrong").has_class("-said"))
        assert stage.session.status == "asking"
        await stage.press("escape", "escape")  # the first one keeps what was typed
        await answerable(stage)
        await stage.press("n")
        await stage.rested()
        assert "did not allow" in told(stage)


async def test_a_grant_is_listed_and_taken_back(home: Path) -> None:
    again = call("write", {"path": "src/other.py", "content": "y = 2\n"})
    async with opened_app(home, [WRITE], [text("Done.")], [again], [text("Done.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        await stage.press("s")
        await stage.rested()
        await stage.send("/rules")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        first = stage.app.screen
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, Picker) and stage.app.screen is not first)
        await stage.press("down", "enter")
        await stage.until(lambda: events(stage, GrantRevoked))
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        await stage.send("Again")
        await answerable(stage)


async def test_a_mode_is_chosen_by_name_or_from_a_list(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("/mode accept-edits")
        await stage.until(lambda: stage.session.mode == "accept-edits")
        await stage.send("Write")
        await stage.rested()
        assert (home / "project" / "src" / "new.py").exists()
        await stage.send("/mode")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press(*"read-only", "enter")
        await stage.until(lambda: stage.session.mode == "read-only")
        await stage.send("/mode wild")
        await stage.until(lambda: any("no mode 'wild'" in n.message for n in stage.app._notifications))


async def test_a_turn_is_undone_and_done_again(home: Path) -> None:
    file = home / "project" / "src" / "new.py"
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("/mode accept-edits")
        await stage.send("Write")
        await stage.rested()
        assert file.exists()
        await stage.send("/changes")
        await stage.until(lambda: isinstance(stage.app.screen, ChangesScreen) and stage.app.screen._changes)
        await stage.press("u")
        await stage.until(lambda: not file.exists())
        await stage.press("r")
        await stage.until(file.exists)
        assert file.read_text() == "x = 1\n"
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_what_somebody_else_changed_is_undone_only_when_the_person_insists(home: Path) -> None:
    file = home / "project" / "src" / "new.py"
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("/mode accept-edits")
        await stage.send("Write")
        await stage.rested()
        file.write_text("x = 1\nmine = True\n")
        await stage.send("/changes")
        await stage.until(lambda: isinstance(stage.app.screen, ChangesScreen) and stage.app.screen._changes)
        await stage.press("U")
        said = stage.app.screen.query_one(".said", StatusLine)
        await stage.until(lambda: "Somebody else" in str(said.render()))
        assert "mine" in file.read_text()
        await stage.press("F")
        await stage.until(lambda: not file.exists())


async def test_nothing_to_undo_is_a_sentence(home: Path) -> None:
    async with opened_app(home, [text("Hi.")]) as stage:
        await stage.send("/changes")
        await stage.until(lambda: any("No turn here" in n.message for n in stage.app._notifications))
