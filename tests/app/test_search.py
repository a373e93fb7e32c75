"""The search over everything: typed, walked through, and from a row to the very block or call, wherever that is."""

from pathlib import Path
from typing import Any

from textual.screen import Screen
from textual.widgets import Input

from tests.app.stage import Stage, opened_app
from tests.scripts import call, text
from tui.app.screens.inspector import InspectorScreen
from tui.app.screens.search import SearchScreen
from widgets.status_line import StatusLine

LOOKS = [call("read", {"path": "src/valve.py"})], [text("The valve is shut.\n\nNothing else leaks.")]


async def searched(stage: Stage, typed: str = "", *, rows: int) -> SearchScreen:
    """F6, a text, and as many rows."""
    await stage.press("f6")
    await stage.until(lambda: isinstance(stage.app.screen, SearchScreen))
    screen = stage.app.screen
    assert isinstance(screen, SearchScreen)
    if typed:
        screen.query_one(Input).value = typed
    await stage.until(lambda: not screen.searching and screen.hits.count == rows)
    await stage.until(lambda: rows == 0 or screen.row(rows - 1) is not None)
    return screen


def kinds(screen: SearchScreen) -> list[str]:
    rows = (screen.row(index) for index in range(screen.hits.count))
    return sorted(row.kind for row in rows if row is not None)


def line_of(screen: Screen[Any], which: str) -> str:
    return screen.query_one(which, StatusLine).render().plain  # type: ignore[union-attr]


async def test_what_was_said_a_moment_ago_is_found_and_enter_goes_to_its_block(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        await stage.send("Look at the valve")
        await stage.rested()
        screen = await searched(stage, "valve", rows=5)
        assert kinds(screen) == ["answer", "arguments", "output", "prompt", "title"]
        assert "5 found" in line_of(screen, ".head")
        screen.query_one(Input).value = "leaks"
        await stage.until(lambda: kinds(screen) == ["answer"])
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is stage.main)
        transcript = stage.pane.transcript
        await stage.until(lambda: transcript.cursor is not None and transcript.has_focus)
        assert "Nothing else leaks" in transcript.source_of(transcript.cursor or "")
        assert transcript.finder.matches and transcript.finder.query == "leaks"
        await stage.until(lambda: "n next match" in line_of(stage.main, "#footer"))


async def test_a_result_opens_in_the_inspector_and_escape_comes_back_to_the_search(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        await stage.send("Look")
        await stage.rested()
        screen = await searched(stage, "valve in:output", rows=1)
        await stage.press("enter")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen))
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is screen)
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        again = await searched(stage, rows=1)
        assert again.query_one(Input).value == "valve in:output"


async def test_a_wrong_filter_is_said_and_orders_change_while_one_types(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        await stage.send("Look")
        await stage.rested()
        screen = await searched(stage, "valve colour:red", rows=0)
        assert "colour: is no filter" in line_of(screen, ".foot")
        screen.query_one(Input).value = "valve in:nothing"
        await stage.until(lambda: screen.hits.count == 3)
        assert "in: takes prompt, answer" in line_of(screen, ".foot")
        await stage.press("ctrl+r")
        await stage.until(lambda: "newest first" in line_of(screen, ".head"))
        await stage.press("f6")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_it_opens_over_another_screen_and_leads_into_an_archived_session(home: Path) -> None:
    async with opened_app(home, *LOOKS, [text("A weir.")]) as stage:
        await stage.send("Look")
        await stage.rested()
        first = stage.session
        await stage.send("/archive")
        await stage.until(lambda: stage.session is not None and stage.session is not first)
        await stage.press("f3")
        await stage.until(lambda: stage.app.screen is not stage.main)
        screen = await searched(stage, "shut", rows=1)
        found = screen.row(0)
        assert found is not None and found.archived and found.session_id == first.id
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is stage.main and stage.session.id == first.id)
        await stage.until(
            lambda: "valve is shut" in stage.pane.transcript.source_of(stage.pane.transcript.cursor or "")
        )


async def test_a_command_searches_at_once(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        await stage.send("Look")
        await stage.rested()
        await stage.send("/search shut")
        await stage.until(lambda: isinstance(stage.app.screen, SearchScreen))
        screen = stage.app.screen
        assert isinstance(screen, SearchScreen)
        await stage.until(lambda: kinds(screen) == ["answer"])
