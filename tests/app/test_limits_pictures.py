"""Pictures of budgets in the inbox: the day's that has stopped a session, and one that is nearly spent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import Clock, opened_app
from tests.app.test_limits import models, opened_inbox, spent_day
from tui.engine.choice import ModelPlan


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "penstock-dark"), ((120, 40), "penstock-light")],
    ids=["80x24", "120x40"],
)
async def test_budgets_in_the_inbox(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    clock = Clock().freeze(monkeypatch)
    for place in ("tui.app.attention.limits.time", "tui.app.screens.inbox.time", "tui.engine.workspace.time"):
        monkeypatch.setattr(place, lambda: clock.now)
    plan = ModelPlan(budget=1.2, day_budget=0.5, warn=0.4)
    async with opened_app(home, models=models(0.6), size=size, theme=theme, plan=plan) as stage:
        stage.workspace.purse._now = lambda: clock.now
        await spent_day(stage)
        clock.now += 75
        await opened_inbox(stage, "nearly")
        await stage.until(lambda: len(stage.app.attention.items()) == 2)
        stage.app.clear_notifications()
        await stage.drawn()
        assert snap(stage.app, "nearly")
        await stage.press("down")
        await stage.drawn()
        assert snap(stage.app, "day")
