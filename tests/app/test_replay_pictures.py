"""Pictures of a replay: in the middle of a session, with what the screen said of it at that moment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import AppModels, Clock, opened_app
from tests.app.test_replay import TODO, replayed
from tests.scripts import call, scripted, text, usage

Snap = Callable[..., bool]
LOOKS = [((80, 24), "penstock-dark"), ((120, 40), "penstock-light")]
SCRIPT = (
    [text("I read the valve's code."), call("read", {"path": "src/valve.py"}), call("todo", TODO), usage(61_000, 400)],
    [text("Nothing bounds the flow. " * 8), usage(84_300, 310)],
    [text("Both ends are tested now."), usage(85_000, 120)],
)  # fmt: skip


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=["80x24", "120x40"])
async def test_a_replay_in_the_middle(
    home: Path, snap: Snap, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], theme: str
) -> None:
    clock = Clock().freeze(monkeypatch)
    models = AppModels({"scripted": scripted(*SCRIPT)[1]}, window=100_000)
    async with opened_app(home, models=models, size=size, theme=theme) as stage:
        await stage.send("Bound the flow of the valve at both ends")
        await stage.rested()
        clock.now += 1.5
        await stage.send("Test both ends")
        await stage.rested(2)
        screen = await replayed(stage)
        await stage.press("right_square_bracket", "left", "left", "j")
        await stage.until(lambda: screen.playback.state.todo and not stage.app._notifications)
        await stage.drawn()
        assert snap(stage.app)
