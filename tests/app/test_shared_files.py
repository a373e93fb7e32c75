"""Two sessions at one file: both transcripts say so, the screen does once, and it is found again after a restart."""

from pathlib import Path

import pytest

from tests.app.stage import Stage, opened_app
from tests.scripts import call, text
from tui.app import pane

READ = call("read", {"path": "src/valve.py"})


def edit(old: str, new: str) -> object:
    return call("edit", {"path": "src/valve.py", "old": old, "new": new})


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pane, "QUIET_BEFORE_ASKING", 0.0)


def notes(stage: Stage) -> list[str]:
    """What the focused transcript says of shared files."""
    transcript = stage.pane.transcript
    return [said for said in map(transcript.source_of, transcript.blocks) if said.startswith("Session ")]


async def test_both_are_told_and_the_question_before_says_it(home: Path) -> None:
    first_edit, second_edit = edit("flow = litres", "flow = 1"), edit("flow = 1", "flow = 2")
    scripts = ([READ], [first_edit], [text("Done.")], [READ], [second_edit], [text("Done.")])
    async with opened_app(home, *scripts) as stage:  # type: ignore[arg-type]
        one = stage.session
        one.change_mode("accept-edits")
        await stage.send("Bound it")
        await stage.rested()
        await stage.press("ctrl+n")
        await stage.until(lambda: stage.session is not one)
        two = stage.session
        await stage.send("Bound it better")
        await stage.asking()
        request = stage.pane.ask_bar.request
        assert request is not None and f"Session {one.state.slot} changed this file (" in request.why
        await stage.until(lambda: stage.pane.ask_bar.has_focus and stage.pane.ask_bar.hears)
        await stage.press("y")
        await stage.rested()
        assert [said.partition(" had changed ")[2].partition(" ")[0] for said in notes(stage)] == ["src/valve.py"]
        told = [note.message for note in stage.app._notifications if note.title == "Two sessions, one file"]
        who = f"Session {two.state.slot} has written src/valve.py, which session {one.state.slot}"
        assert told == [f"{who} changed in its last turn."]
        await stage.main.show_session(one.id)
        await stage.drawn()
        assert len(notes(stage)) == 1 and "has changed src/valve.py too" in notes(stage)[0]
        ids = one.id, two.id
    async with opened_app(home) as stage:
        for session_id in ids:
            await stage.main.show_session(session_id)
            await stage.drawn()
            assert len(notes(stage)) == 1
