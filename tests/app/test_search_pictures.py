"""Pictures of the search over everything: what is found, and what stands there before anything is looked for."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.app.stage import Clock, opened_app
from tests.app.test_search import LOOKS, searched


@pytest.mark.parametrize(
    ("size", "theme"),
    [((80, 24), "penstock-dark"), ((120, 40), "penstock-light")],
    ids=["80x24", "120x40"],
)
async def test_what_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    Clock().freeze(monkeypatch)
    async with opened_app(home, *LOOKS, size=size, theme=theme) as stage:
        await stage.send("Look at the valve")
        await stage.rested()
        screen = await searched(stage, rows=0)
        await stage.drawn()
        assert snap(stage.app, "empty")
        await stage.store.search.finish()
        screen.query_one(Input).value = "valve colour:red"
        await stage.until(lambda: not screen.searching)
        screen.query_one(Input).value = "valve"
        await stage.until(lambda: not screen.searching and screen.hits.count == 5 and screen.row(4) is not None)
        await stage.press("down", "down")
        await stage.drawn()
        assert snap(stage.app, "found")
