"""What whole screens have in common: rows are filtered as you type, and the key row is the table's, and clicked."""

from pathlib import Path

import pytest
from textual.geometry import Offset
from textual.theme import Theme
from textual.widgets import Input

from tests.app.inbox_stage import crowded
from tests.app.stage import Stage, opened_app
from tests.app.test_compare import cells, compared, sent, town
from tests.scripts import call, text
from tui.app.footer import key_row
from tui.app.keymap import takes_back, way_to
from tui.app.keys import BY_ID
from tui.app.screens.context import ContextScreen
from tui.app.screens.inspector import InspectorScreen
from tui.app.screens.sheet import Sheet
from tui.app.status import bare_title, marked_title
from tui.app.themes.contrast import Pair, ratio
from tui.app.themes.house import HOUSE
from widgets.fact_tree import FactTree
from widgets.status_line import StatusLine
from widgets.virtual_table import VirtualTable


def foot(stage: Stage) -> str:
    screen = stage.app.screen
    assert isinstance(screen, Sheet)
    return screen.line("foot").render().plain  # type: ignore[union-attr]


async def test_what_fills_the_window_is_filtered_and_escape_clears_the_filter_first(home: Path) -> None:
    async with opened_app(home, [call("read", {"path": "README.md"})], [text("Done.")]) as stage:
        await stage.send("Read it")
        await stage.rested()
        await stage.send("/context")
        await stage.until(lambda: isinstance(stage.app.screen, ContextScreen) and stage.app.screen._pieces)
        screen = stage.app.screen
        assert isinstance(screen, ContextScreen)
        whole = len(screen._pieces)
        await stage.press("slash", *"readme")
        await stage.until(lambda: 0 < len(screen._pieces) < whole)
        assert all("readme" in row["what"].text.casefold() for row in screen.table._rows[1:])
        assert foot(stage).strip().startswith("enter to the list  esc shows all")
        await stage.press(*" zzz")
        await stage.until(lambda: screen._pieces == [])
        await stage.press("escape")
        await stage.until(lambda: len(screen._pieces) == whole and screen.table.has_focus)
        await stage.press("slash", "c", "q", "enter")
        assert stage.app.screen is screen and screen.query_one(Input).value == "cq"
        await stage.press("escape", "escape")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_the_inbox_is_filtered_and_nothing_that_is_typed_there_answers(home: Path) -> None:
    async with crowded(home, "asking", "failed") as crowd:
        await crowd.opened()
        await crowd.answerable()
        both = crowd.names()
        await crowd.stage.press("slash", *"failed")
        await crowd.stage.until(lambda: crowd.names() == ["failed"])
        await crowd.stage.press("backspace", *"y")
        await crowd.stage.until(lambda: crowd.names() == [])
        assert crowd["asking"].state.asking()
        await crowd.stage.press("escape")
        await crowd.stage.until(lambda: crowd.names() == both)
        await crowd.stage.press("escape")


async def test_compared_sessions_are_filtered_and_the_answer_is_that_of_a_row_in_sight(home: Path) -> None:
    async with town(home, [[text("Red.")]], [[text("Blue.")]]) as stage:
        await sent(stage)
        screen = await compared(stage)
        models = cells(screen, "model")
        await stage.press("slash", *models[1])
        await stage.until(lambda: cells(screen, "model") == [models[1]])
        assert screen._current.model == models[1]
        await stage.press(*"zzz")
        await stage.until(lambda: cells(screen, "model") == [])
        await stage.press("escape")
        await stage.until(lambda: cells(screen, "model") == models)
        await stage.press("d")
        await stage.until(lambda: stage.app.screen is not screen and stage.app.screen.is_mounted)
        await stage.until(lambda: "s side by side  w wraps" in foot(stage))
        await stage.press("escape", "escape")


async def test_a_key_row_is_clicked_each_key_of_a_pair_by_itself(home: Path) -> None:
    async with opened_app(home, [text("One.")], keymap={"fills.close": "z", "fills.filter": ""}) as stage:
        await stage.send("Hello")
        await stage.rested()
        await stage.send("/context")
        await stage.until(lambda: isinstance(stage.app.screen, ContextScreen) and "z closes" in foot(stage))
        assert "filters" not in foot(stage) and "o enter goes there" in foot(stage)
        at = foot(stage).index("z closes") + 1
        await stage.pilot.click(".foot", offset=Offset(at, 0))
        await stage.until(lambda: stage.app.screen is stage.main)


def test_keys_of_a_row_are_those_of_the_table_as_they_are_now() -> None:
    told = [BY_ID["files.down"], BY_ID["inspector.tab"], ("enter", "sends"), ("files.close", "back")]
    assert [(one.text, one.key) for one in key_row(told, {"files.up": "K", "files.close": ""})] == [
        ("j K files", "j K"),
        ("1 to 6 tabs", "1 1 6"),
        ("enter sends", "enter"),
    ]
    line = StatusLine()
    line.show(key_row(told[:1], {}))
    assert way_to("session.new", {"session.new": "ctrl+t"}) == "ctrl+t" and way_to("branch.fork", {}) == "/fork"
    assert takes_back({"session.pick": "f12"}) == "ctrl+x in the list of sessions (f12, then ctrl+t)"


async def test_h_and_l_change_the_inspectors_tabs_and_a_trees_facts_come_first(home: Path) -> None:
    async with opened_app(home, [call("list", {"path": "."})], [text("Done.")]) as stage:
        await stage.send("Look")
        await stage.rested()
        await stage.send("/inspect")
        await stage.until(lambda: isinstance(stage.app.screen, InspectorScreen) and stage.app.screen._ready)
        screen = stage.app.screen
        assert isinstance(screen, InspectorScreen) and screen.tab_name == "Output"
        await stage.press("l", "l", "right")
        await stage.until(lambda: screen.tab_name == "Approval")
        await stage.press("h", "left", "h", "h")
        await stage.until(lambda: screen.tab_name == "Arguments")
        await stage.press("6")
        await stage.until(lambda: isinstance(screen.view, FactTree) and screen.view.shown and screen.view.has_focus)
        tree = screen.view
        assert isinstance(tree, FactTree) and tree.cursor is not None and tree.cursor.folds
        was = tree.cursor.open
        await stage.press("h" if was else "l")
        await stage.until(lambda: tree.cursor is not None and tree.cursor.open != was)
        assert screen.tab_name == "Raw"
        await stage.press("escape")


@pytest.mark.parametrize("theme", HOUSE, ids=lambda theme: theme.name)
def test_the_row_of_a_list_without_focus_stands_out_and_can_be_read(theme: Theme) -> None:
    assert "background: $foreground 10%" in VirtualTable.DEFAULT_CSS.partition("table--at")[2].partition("}")[0]
    colours = {**theme.to_color_system().generate(), **theme.variables}
    at = "foreground 10% on background"
    assert ratio(colours, Pair(text="foreground", ground=at, least=1)) > 4.5
    assert ratio(colours, Pair(text="foreground 10%", ground="background", least=1)) > 1.15


def test_a_fork_is_told_by_what_stands_before_its_title() -> None:
    assert marked_title("Valves (fork)", agent=False, fork=True) == "↱ Valves"
    assert marked_title("Valves (fork 12)", agent=False, fork=True) == "↱12 Valves"
    assert marked_title("My own", agent=False, fork=True) == "↱ My own"
    assert marked_title("Valves (fork)", agent=False, fork=False) == "Valves (fork)"
    assert [bare_title(one) for one in ("↱12 Valves", "↳ Counts", "My own")] == ["Valves", "Counts", "My own"]
