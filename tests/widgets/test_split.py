"""Panes: every cell is somebody's, nothing is re-mounted, and a small screen shows the one that matters."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Input, Static

from tests.scripts import eventually
from widgets import split_tree as tree
from widgets.split import Split


class Pane(Widget):
    def compose(self) -> ComposeResult:
        yield Static("pane")
        field = Input()
        field.cursor_blink = False
        yield field


class Host(App[None]):
    def __init__(self, value: Any = "a") -> None:
        super().__init__()
        self.value = value
        self.focused_panes: list[str] = []
        self.changes = 0

    def compose(self) -> ComposeResult:
        yield Split.build(self.value, lambda pane_id: Pane(id=pane_id))

    @property
    def split(self) -> Split:
        return self.query_one(Split)

    def on_split_pane_focused(self, event: Split.PaneFocused) -> None:
        assert isinstance(event.control, Split)
        self.focused_panes.append(event.pane_id)

    def on_split_layout_changed(self) -> None:
        self.changes += 1


def width(app: Host, pane_id: str) -> int:
    return app.split.pane(pane_id).region.width


TWO = ["x", 0.5, "a", "b"]
FOUR = ["x", 0.5, ["y", 0.5, "a", "b"], ["y", 0.5, "c", "d"]]


def layouts(ids: list[str]) -> st.SearchStrategy[Any]:
    """Trees of which every id is a leaf."""
    if len(ids) == 1:
        return st.just(ids[0])

    def cut(at: int) -> st.SearchStrategy[Any]:
        sides = layouts(ids[:at]), layouts(ids[at:])
        return st.tuples(st.sampled_from("xy"), st.floats(0, 1), *sides).map(list)

    return st.integers(1, len(ids) - 1).flatmap(cut)


some_layouts = st.integers(1, 7).flatmap(lambda n: layouts([f"p{i}" for i in range(n)]))


@given(some_layouts, st.integers(0, 200), st.integers(0, 60))
def test_every_cell_belongs_to_exactly_one_pane_or_divider(value: Any, extra_x: int, extra_y: int) -> None:
    root = tree.from_value(value)
    least = tree.minimum(root)
    area = Region(0, 0, least.width + extra_x, least.height + extra_y)
    tiling = tree.tile(root, area)
    regions = [*tiling.panes.values(), *(divider.region for divider in tiling.dividers)]
    assert sum(region.area for region in regions) == area.area
    assert not any(one.overlaps(other) for i, one in enumerate(regions) for other in regions[i + 1 :])
    assert all(r.width >= tree.LEAST.width and r.height >= tree.LEAST.height for r in tiling.panes.values())
    assert list(tiling.panes) == list(tree.leaves(root))


@given(some_layouts)
def test_a_layout_survives_json(value: Any) -> None:
    root = tree.from_value(value)
    stored = json.loads(json.dumps(tree.to_value(root)))
    assert tree.to_value(tree.from_value(stored)) == stored
    assert list(tree.leaves(tree.from_value(stored))) == list(tree.leaves(root))


@given(some_layouts, st.data())
def test_removing_leaves_the_others_in_their_order(value: Any, data: st.DataObject) -> None:
    root = tree.from_value(value)
    ids = list(tree.leaves(root))
    gone = data.draw(st.sampled_from(ids))
    assert list(tree.leaves(tree.without(root, gone))) == [pane for pane in ids if pane != gone]


@pytest.mark.parametrize("value", ["", 3, ["x", 0.5, "a"], ["z", 0.5, "a", "b"], ["x", 2, "a", "b"], [*TWO[:3], "a"]])
def test_what_is_no_layout_is_refused(value: Any) -> None:
    with pytest.raises(ValueError):
        tree.from_value(value)


async def test_splitting_never_mounts_a_pane_again() -> None:
    app = Host()
    async with app.run_test(size=(120, 40)):
        first = app.split.pane("a")
        first.query_one(Input).value = "kept"
        await app.split.split("a", "right", Pane(id="b"))
        await app.split.split("b", "down", Pane(id="c"))
        await eventually(lambda: app.split.pane("c").region.height == 19)
        assert app.split.shown == ["a", "b", "c"]
        assert app.split.pane("a") is first and first.query_one(Input).value == "kept"
        assert first.region.width == 60 and app.split.pane("c").region.height == 19
        assert app.split.layout_value() == ["x", 0.5, "a", ["y", 0.5, "b", "c"]]


async def test_the_sibling_takes_the_room_and_the_focus_of_a_removed_pane() -> None:
    app = Host(TWO)
    async with app.run_test(size=(120, 40)):
        app.split.focus_pane("b")
        await app.split.remove("b")
        await eventually(lambda: width(app, "a") == 120 and app.split.focused_pane == "a")
        await eventually(lambda: app.focused is app.split.pane("a").query_one(Input))
        await app.split.remove("a")
        assert app.split.panes == [] and app.split.layout_value() is None
        await app.split.split("", "right", Pane(id="z"))
        await eventually(lambda: width(app, "z") == 120)


async def test_zoom_shows_one_pane_and_back_shows_all() -> None:
    app = Host(FOUR)
    async with app.run_test(size=(120, 40)):
        app.split.zoom("c")
        await eventually(lambda: app.split.pane("c").region == app.split.region)
        assert app.split.shown == ["c"] and not app.split.pane("a").display
        app.split.focus_next()
        await eventually(lambda: app.split.shown == ["d"])
        app.split.zoom(None)
        await eventually(lambda: app.split.shown == ["a", "b", "c", "d"])


async def test_resizing_moves_the_divider_and_stops_at_the_minimum() -> None:
    app = Host(TWO)
    async with app.run_test(size=(121, 40)):
        assert app.split.resize("a", 10, "x")
        await eventually(lambda: width(app, "a") == 70)
        assert app.split.resize("b", 5, "x")
        await eventually(lambda: width(app, "a") == 65)
        assert app.split.resize("a", -1000, "x")
        await eventually(lambda: width(app, "a") == tree.LEAST.width)
        assert not app.split.resize("a", -1, "x") and not app.split.resize("a", 3, "y")


async def test_a_divider_is_dragged_by_the_mouse() -> None:
    app = Host(TWO)
    async with app.run_test(size=(121, 40)) as pilot:
        changes = app.changes
        await pilot.mouse_down(Split, offset=(60, 5))
        await pilot.hover(Split, offset=(80, 6))
        await pilot.mouse_up(Split, offset=(80, 6))
        await eventually(lambda: width(app, "a") == 80 and app.changes == changes + 1)


async def test_swapping_exchanges_places_and_keeps_the_widgets() -> None:
    app = Host(TWO)
    async with app.run_test(size=(121, 40)):
        one = app.split.pane("a")
        app.split.swap("a", "b")
        await eventually(lambda: one.region.x == 61)
        assert app.split.panes == ["b", "a"] and app.split.pane("a") is one


async def test_replacing_puts_another_pane_in_the_same_place() -> None:
    app = Host(TWO)
    async with app.run_test(size=(121, 40)):
        await app.split.replace("b", Pane(id="z"))
        await eventually(lambda: app.split.pane("z").region.x == 61)
        assert app.split.panes == ["a", "z"]


async def test_focus_goes_around_and_returns_to_what_had_it() -> None:
    app = Host(TWO)
    async with app.run_test(size=(120, 40)):
        app.split.focus_pane("a")
        for expected in ("b", "a", "b"):
            app.split.focus_next()
            await eventually(lambda expected=expected: app.split.focused_pane == expected)
            await eventually(lambda e=expected: app.focused is app.split.pane(e).query_one(Input))
        app.split.focus_previous()
        await eventually(lambda: app.focused_panes == ["b", "a", "b", "a"])


async def test_a_click_into_a_pane_makes_it_the_focused_one() -> None:
    app = Host(TWO)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.click(app.split.pane("b").query_one(Input))
        await eventually(lambda: app.focused_panes == ["b"])


async def test_too_small_an_area_shows_the_focused_pane_and_a_bigger_one_all_again() -> None:
    eight = ["x", 0.5, FOUR, ["x", 0.5, ["y", 0.5, "e", "f"], ["y", 0.5, "g", "h"]]]
    app = Host(eight)
    async with app.run_test(size=(80, 24)) as pilot:
        app.split.focus_pane("f")
        await eventually(lambda: app.split.shown == ["f"])
        pane = app.split.pane("f")
        await eventually(lambda: pane.region == app.split.region)
        assert not app.split.pane("a").display
        app.split.focus_next()
        await eventually(lambda: app.split.shown == ["g"] and app.split.pane("g").display)
        await pilot.resize_terminal(200, 60)
        await eventually(lambda: len(app.split.shown) == 8 and app.split.pane("a").display)
        assert app.split.pane("f") is pane
        await pilot.resize_terminal(10, 3)
        await eventually(lambda: app.split.shown == ["g"] and app.split.pane("g").region.width == 10)
        assert app.split.layout_value() == eight


async def test_the_dividers_beside_the_focused_pane_are_marked() -> None:
    app = Host(TWO)
    async with app.run_test(size=(120, 40)):
        app.split.focus_pane("b")
        await eventually(lambda: app.split.focused_pane == "b")
        strip = app.split.render_line(3)
        assert strip.text[60] == "│"
        assert len({segment.style.color for segment in strip if segment.style}) == 2


async def test_dividers_meet_in_junctions() -> None:
    app = Host(FOUR)
    async with app.run_test(size=(121, 41)) as pilot:
        await pilot.pause()
        assert app.split.render_line(20).text == "─" * 60 + "┼" + "─" * 60
