"""A table that holds a window: what it asks for, what it draws, and what stays in place."""

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult

from widgets.virtual_table import Cell, Column, TableRow, VirtualTable, fit_columns, fitted

COLUMNS = (
    Column("at", "at", 5, 2),
    Column("what", "what", 10, flex=True),
    Column("size", "size", 6, 1, right=True),
)


class Counted(Sequence[TableRow]):
    """Rows that are made when they are looked at, and count it."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.made: set[int] = set()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index):  # type: ignore[override]
        self.made.add(index)
        return {"at": Cell(f"{index}"), "what": Cell(f"row {index}"), "size": Cell("9")}


class Stage(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    def compose(self) -> ComposeResult:
        yield VirtualTable(COLUMNS)

    @property
    def table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    def on_mount(self) -> None:
        self.table.focus()

    def on_virtual_table_wanted(self, event: VirtualTable.Wanted) -> None:
        self.told.append((event.first, event.last))

    def on_virtual_table_chosen(self, event: VirtualTable.Chosen) -> None:
        self.told.append(event.index)

    def lines(self) -> list[str]:
        return [self.table.render_line(y).text.strip() for y in range(self.table.size.height)]


async def test_of_a_million_rows_those_in_sight_are_looked_at() -> None:
    app, rows = Stage(), Counted(1_000_000)
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(1_000_000, 0, rows)
        await pilot.pause()
        assert app.lines()[0].split() == ["at", "what", "size"] and app.lines()[1].split() == ["0", "row", "0", "9"]
        assert max(rows.made) < 25
        await pilot.press("end")
        await pilot.pause()
        assert "row 999999" in app.lines()[-1]
        assert len(rows.made) < 60


async def test_it_says_what_comes_into_sight_and_draws_dots_until_it_is_given() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(500, 0, Counted(30))
        await pilot.press("end")
        await pilot.pause()
        assert app.told[-1] == (481, 499)
        assert {*app.lines()[1:]} == {"…"}
        app.table.show(500, 470, Counted(30))
        assert "row 29" in app.lines()[-1] and "…" not in app.lines()


async def test_rows_that_come_above_move_nothing_that_is_read() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(100, 0, Counted(100))
        app.table.move_to(50)
        await pilot.pause()
        before, top = app.table.cursor, app.table.scroll_offset.y
        app.table.show(103, 0, Counted(103))
        app.table.shift(3)
        assert (app.table.cursor, app.table.scroll_offset.y) == (before + 3, top + 3)
        app.table.show(10, 0, Counted(10))
        assert app.table.cursor == 9


async def test_keys_and_the_mouse_move_and_choose() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(100, 0, Counted(100))
        await pilot.press("j", "down", "k", "enter")
        assert app.told[-1] == 1
        await pilot.press("pagedown")
        assert app.table.cursor == 19
        await pilot.press("G", "home")
        assert app.table.at_top
        await pilot.click(VirtualTable, offset=(3, 5))
        assert app.table.cursor == 4
        await pilot.click(VirtualTable, offset=(3, 7), times=2)
        await pilot.pause()
        assert app.told[-1] == 6
        await pilot.click(VirtualTable, offset=(3, 0))
        assert app.table.cursor == 6


async def test_an_empty_table_says_so_and_chooses_nothing() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(0, 0, (), empty="No water.")
        await pilot.press("enter", "down", "end")
        assert app.lines()[1] == "No water." and app.told[1:] == []


@pytest.mark.parametrize(
    ("width", "names"),
    [(60, ["at", "what", "size"]), (23, ["at", "what", "size"]), (22, ["at", "what"]), (15, ["what"]), (4, ["what"])],
)
def test_columns_go_where_room_is_short_the_least_important_first(width: int, names: list[str]) -> None:
    fitting = fit_columns(COLUMNS, width)
    assert [column.name for column, _ in fitting] == names
    assert sum(cells for _, cells in fitting) + len(fitting) - 1 == width


def test_text_is_cut_to_its_cells_wide_characters_whole() -> None:
    assert [fitted("運河の水", cells) for cells in (8, 7, 2, 9)] == ["運河の水", "運河の…", " …", "運河の水 "]
    assert fitted("12", 4, right=True) == "  12"
