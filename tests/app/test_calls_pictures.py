"""Pictures of the list of all calls, in two sizes and both themes: calls that are open above those of the store."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input

from bench.many_calls import write_calls
from tests.app.stage import AppModels, Clock, Stage, opened_app
from tests.app.test_calls import opened_list
from tests.scripts import call, scripted, text
from tui.app import pane
from tui.app.screens.calls import CallsScreen

LOOKS = (
    [call("list", {"path": "src"}), call("read", {"path": "src/gone.py", "offset": 0})],
    [call("shell", {"command": "make test && make lint"})],
    [text("Done.")],
)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pane, "QUIET_BEFORE_ASKING", 0.0)


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "penstock-dark"), ((120, 40), "penstock-light"), ((200, 60), "penstock-dark")],
    ids=["80x24", "120x40", "200x60"],
)
async def test_all_calls(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    clock = Clock().freeze(monkeypatch)
    models = AppModels({"scripted": scripted(*LOOKS)[1]}, price=0.0123, window=200_000)
    async with opened_app(home, models=models, size=size, theme=theme) as stage:
        write_calls(stage.store.path, 240, workspace=str(home / "project"))
        await stage.send("Test the valves")
        await stage.asking()
        clock.now += 75
        screen = await opened_list(stage, rows=243)
        await _rested(stage, screen)
        assert snap(stage.app)
        await stage.press("s")
        screen.query_one(Input).value = "state:err slower:100ms before:noon"
        await _rested(stage, screen)
        assert snap(stage.app, "filtered")
        await stage.press("escape")
        asking = stage.session.state.asking()[0].approval
        assert asking is not None
        stage.session.decide(asking.approval_id, "deny")
        await stage.rested()


async def _rested(stage: Stage, screen: CallsScreen) -> None:
    feed = screen._feed
    await stage.until(lambda: not screen._searching and not screen._busy and feed.counted and screen._mark)
    await stage.until(lambda: all(row.price is not None for row in (*feed.pinned, *feed.rows)))  # the step has ended
    await stage.drawn()
