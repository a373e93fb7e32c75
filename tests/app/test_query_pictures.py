"""Pictures of the query panel, in two sizes and both themes: a result, an error, and a row in full."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.stage import Clock, Stage, opened_app
from tests.app.test_query import asked, opened_panel, wrong
from tests.scripts import call, text
from tui.app.screens.query import QueryScreen
from tui.app.screens.record import RecordScreen
from widgets.prompt import Prompt

TURN = [call("list", {"path": "src"}), call("read", {"path": "src/valve.py"})], [text("Done.")]
QUERY = """\
SELECT tool, outcome, count(*) AS calls, sum(output_bytes) AS bytes, max(line) AS last, max(output) AS output
FROM tool_calls GROUP BY tool, outcome ORDER BY calls DESC"""


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "penstock-dark"), ((120, 40), "penstock-light")], ids=["80x24", "120x40"]
)
async def test_the_query_panel(
    home: Path, monkeypatch: pytest.MonkeyPatch, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    Clock().freeze(monkeypatch)
    async with opened_app(home, *TURN, size=size, theme=theme) as stage:
        await stage.send("Look")
        await stage.rested()
        await stage.store.settle()
        screen = await opened_panel(stage)
        await stage.drawn()
        assert snap(stage.app, "empty")
        await asked(stage, screen, QUERY)
        await _timed(stage, screen)
        assert snap(stage.app, "result")
        await stage.press("tab", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, RecordScreen))
        await stage.drawn()
        assert snap(stage.app, "row")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is screen)
        screen.query_one(Prompt).value = QUERY.replace("count(*)", "cuont(*)")
        screen.query_one(Prompt).focus()
        await stage.press("enter")
        await stage.until(lambda: "No such function" in wrong(screen))
        await _timed(stage, screen)
        assert snap(stage.app, "error")


async def _timed(stage: Stage, screen: QueryScreen) -> None:
    """However long the query took, the picture says the same."""
    assert screen._answer is not None
    screen._answer = replace(screen._answer, seconds=0.012)
    screen._draw()
    await stage.drawn()
