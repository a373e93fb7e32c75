"""Every list and text moves by the same keys: j and k, g and G, half pages and pages, and the arrows."""

import pytest
from textual.app import App, ComposeResult

from tests.scripts import eventually
from widgets.diff_view import DiffView
from widgets.fact_tree import Fact, FactTree
from widgets.line_view import LineView
from widgets.output_view import OutputView
from widgets.picker import Item, Picker
from widgets.virtual_table import Cell, Column, VirtualTable

ROWS = 100
DIFF = "--- a/x\n+++ b/x\n@@ -1,100 +1,100 @@\n" + "\n".join(f"-old {n}\n+new {n}" for n in range(ROWS))


def _output() -> OutputView:
    view = OutputView()
    view.call_after_refresh(view.show, "\n".join(f"line {n}" for n in range(ROWS)))
    return view


def _diff() -> DiffView:
    view = DiffView()
    view.call_after_refresh(view.show, DIFF)
    return view


def _tree() -> FactTree:
    view = FactTree()
    view.call_after_refresh(view.show, [Fact(f"name {n}", n) for n in range(ROWS)])
    return view


def _table() -> VirtualTable:
    table = VirtualTable([Column("name", "Name", 10)])
    table.call_after_refresh(table.show, ROWS, 0, [{"name": Cell(str(n))} for n in range(ROWS)])
    return table


class Bare(App[None]):
    ENABLE_COMMAND_PALETTE = False


class Host(Bare):
    def __init__(self, view: LineView) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        yield self.view


@pytest.mark.parametrize("make", [_output, _diff, _tree, _table], ids=["output", "diff", "facts", "table"])
async def test_letters_arrows_and_pages_move(make) -> None:
    view = make()
    app = Host(view)
    async with app.run_test(size=(60, 12)) as pilot:
        view.focus()
        await eventually(lambda: view.virtual_size.height >= ROWS)

        def at() -> int:
            if isinstance(view, FactTree):
                return view._cursor
            return view.cursor if isinstance(view, VirtualTable) else view.scroll_offset.y

        async def leads(*keys: str) -> int:
            await pilot.press(*keys)
            await pilot.wait_for_scheduled_animations()
            await pilot.pause()
            return at()

        begin = await leads("g")
        assert await leads("j", "j", "j") == begin + 3
        assert await leads("k", "up") == begin + 1
        lower = await leads("ctrl+d")
        assert lower >= begin + 4
        assert await leads("ctrl+u") == begin + 1
        assert await leads("G") >= ROWS - 15
        assert await leads("pageup") >= ROWS // 2
        assert await leads("end") >= ROWS - 15
        assert await leads("home") == begin


async def test_a_list_that_is_typed_into_moves_by_ctrl_and_a_letter() -> None:
    app = Bare()
    async with app.run_test(size=(60, 20)) as pilot:
        picker = Picker("Choose", [Item(str(n), f"entry {n}") for n in range(30)])
        app.push_screen(picker)
        await eventually(lambda: picker.is_mounted and picker.at is not None)

        async def chosen(*keys: str) -> str | None:
            await pilot.press(*keys)
            return picker.at.value if picker.at else None

        assert await chosen("ctrl+j", "ctrl+n", "down", "tab") == "4"
        assert await chosen("ctrl+k", "ctrl+p", "up", "shift+tab") == "0"
        assert await chosen("pagedown") == "10"
        assert await chosen("pageup") == "0"
