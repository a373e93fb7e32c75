"""Questions on the screen: who gets the focus, what each key does, and that a question blocks nothing."""

from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import call, text
from tui.app import pane
from tui.messages import ToolResultPart

WRITE = call("write", {"path": "src/new.py", "content": "x = 1\n"})


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has typed for a while."""
    monkeypatch.setattr(pane, "QUIET_BEFORE_ASKING", 0.0)


async def answerable(stage: Stage) -> None:
    """A question is on screen, has the focus and takes keys."""
    await stage.asking()
    await stage.until(lambda: stage.pane.ask_bar.has_focus and stage.pane.ask_bar.hears)


def told(stage: Stage) -> str:
    """What the model reads as the result of the last call."""
    calls = list(stage.session.state.calls.values())
    return calls[-1].ended.text if calls[-1].ended else ""


async def test_yes_runs_the_call_once(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        await stage.press("y")
        await stage.rested()
        assert (home / "project" / "src" / "new.py").read_text() == "x = 1\n"
        assert stage.pane.ask_bar.request is None
        assert stage.pane.prompt.has_focus
        assert not stage.session.state.grants


async def test_enter_alone_says_no(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Fine.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        await stage.press("enter")
        await stage.rested()
        assert "did not allow" in told(stage)
        assert not (home / "project" / "src" / "new.py").exists()


async def test_no_with_a_reason_tells_the_model_why(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Fine.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        await stage.press("r", *"tests first", "enter")
        await stage.rested()
        assert "tests first" in told(stage)


async def test_for_this_session_is_not_asked_again(home: Path) -> None:
    second = call("write", {"path": "src/other.py", "content": "y = 2\n"})
    async with opened_app(home, [WRITE], [second], [text("Done.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        request = stage.pane.ask_bar.request
        assert request is not None and "s allows, for this session: write ~/project/**" in request.why
        await stage.press("s")
        await stage.rested()
        assert (home / "project" / "src" / "other.py").exists()
        assert len(stage.session.state.grants) == 1


async def test_later_puts_it_off_and_ctrl_g_brings_it_back(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        await stage.press("z")
        await stage.until(lambda: not stage.pane.ask_bar.display)
        assert stage.session.status == "asking"
        await stage.type("meanwhile")
        assert stage.pane.prompt.value == "meanwhile"
        await stage.press("ctrl+g")
        await answerable(stage)
        await stage.press("y")
        await stage.rested()
        assert (home / "project" / "src" / "new.py").exists()


async def test_a_question_never_takes_the_focus_from_someone_who_writes(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.type("half a sentence")
        stage.session.submit("Write")
        await stage.asking()
        assert stage.pane.prompt.has_focus
        await stage.press("y")
        await stage.drawn()
        assert stage.pane.prompt.value == "half a sentencey"
        assert stage.session.status == "asking"


async def test_while_it_asks_everything_else_works(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        asked = stage.session
        await stage.press("f5")
        await stage.until(lambda: stage.app.screen is not stage.main)
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        await stage.press("ctrl+n")
        await stage.until(lambda: stage.session is not asked)
        await stage.send("Something else")
        await stage.rested()
        assert asked.status == "asking"
        await stage.press("ctrl+g")
        await stage.until(lambda: stage.session is asked)


async def test_an_interrupt_takes_the_question_away(home: Path) -> None:
    async with opened_app(home, [WRITE], [text("Done.")]) as stage:
        await stage.send("Write")
        await answerable(stage)
        await stage.press("escape")
        await stage.until(lambda: stage.pane.prompt.has_focus)
        await stage.press("ctrl+c")
        await stage.rested()
        assert stage.pane.ask_bar.request is None
        state = stage.session.state
        assert [c.phase for c in state.calls.values()] == ["cancelled"]
        assert state.turns[0].outcome == "interrupted"


async def test_the_call_that_was_shown_is_the_call_that_runs(home: Path) -> None:
    command = "printf 'a\\tb' > made && cat made"
    async with opened_app(home, [call("shell", {"command": command})], [text("Done.")]) as stage:
        await stage.send("Run")
        await answerable(stage)
        request = stage.pane.ask_bar.request
        assert request is not None and request.body == (f"command: {command}",)
        await stage.press("y")
        await stage.rested()
        assert (home / "project" / "made").read_text() == "a\tb"
        results = [p for c in stage.session.state.calls.values() for p in (c.ended,) if p]
        assert not isinstance(results[0], ToolResultPart) and results[0].outcome == "ok"
