"""Pictures of the ledger, in two sizes and both themes: by day, by session within a day, by tool."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import NOON, Clock, opened_app
from tests.app.test_ledger import filled, has, opened_ledger


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "penstock-dark"), ((120, 40), "penstock-light")],
    ids=["80x24", "120x40"],
)
async def test_the_ledger(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    clock = Clock().freeze(monkeypatch)
    monkeypatch.setattr("tui.app.screens.ledger.time", lambda: clock.now)
    async with opened_app(home, size=size, theme=theme) as stage:
        await filled(stage, NOON)
        screen = await opened_ledger(stage, rows=16)
        await stage.press("down", "down")
        await stage.drawn()
        assert snap(stage.app, "days")
        await stage.press("m", "p")
        await has(stage, screen, 3)
        await stage.drawn()
        assert snap(stage.app, "models")
        await stage.press("t")
        await has(stage, screen, 3)
        await stage.drawn()
        assert snap(stage.app, "tools")
        await stage.press("enter")
        await has(stage, screen, 5)
        await stage.drawn()
        assert snap(stage.app, "sessions of a tool")
