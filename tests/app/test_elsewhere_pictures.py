"""Pictures of a session that another program runs: who runs it, what streams there, and what is not offered here."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import Clock, opened_app
from tests.app.test_elsewhere import other_program
from tests.scripts import Hold, call, text

LOOKS = [((80, 24), "penstock-dark"), ((120, 40), "penstock-light")]
IDS = ["80x24", "120x40"]
PID = 48213


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=IDS)
async def test_a_session_that_runs_elsewhere(
    size: tuple[int, int],
    theme: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    snap: Callable[..., bool],
) -> None:
    Clock().freeze(monkeypatch)
    monkeypatch.setattr(os, "getpid", lambda: PID)
    hold = Hold()
    script = [text("I will look at the valve first."), call("read", {"path": "src/valve.py"})]
    async with (
        other_program(home, script, [text("It opens **too far**: nothing bounds `flow`."), hold]) as other,
        opened_app(home, size=size, theme=theme) as stage,
    ):
        theirs = await other.begun()
        await hold.reached()
        await theirs.log.settle()
        await stage.main.show_session(theirs.id)
        await stage.until(lambda: stage.session.state.seq == theirs.state.seq)
        await stage.type("Would you bound it, too?")
        await stage.press("enter")
        await stage.until(lambda: any("only be read" in note.message for note in stage.app._notifications))
        assert snap(stage.app)
        hold.release()
