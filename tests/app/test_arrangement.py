"""Sessions in tabs: each stands in one place, whatever is done to them, and all of it survives its text."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Size

from tui.app.tabs.arrangement import MOST_PANES, SHAPES, Arrangement, shaped
from widgets import split_tree as tree

NAMES = [f"ses_{n}" for n in range(8)]
names = st.sampled_from(NAMES)
WIDE = Size(200, 58)


def do(arrangement: Arrangement, verb: str, one: str, other: str) -> None:
    """One thing that a person can do, where it can be done."""
    here, there = one in arrangement, other in arrangement
    changes: dict[str, Callable[[], Any]] = {
        "add": lambda: arrangement.add(one),
        "remove": lambda: here and arrangement.remove(one),
        "go": lambda: here and arrangement.bring_to_front(one),
        "out": lambda: here and arrangement.take_out(one),
        "right": lambda: there and not here and arrangement.add_beside(one, other, "right"),
        "down": lambda: there and not here and arrangement.add_beside(one, other, "down"),
        "move": lambda: here and there and arrangement.move_beside(one, other),
        "swap": lambda: here and there and arrangement.swap(one, other),
        "replace": lambda: there and not here and arrangement.replace(other, one),
        "gather": lambda: arrangement.gather(list(dict.fromkeys([one, other])), "grid", WIDE),
        "reshape": lambda: arrangement.reshape("main", WIDE),
    }
    changes[verb]()


VERBS = ["add", "remove", "go", "out", "right", "down", "move", "swap", "replace", "gather", "reshape"]
steps = st.lists(st.tuples(st.sampled_from(VERBS), names, names), max_size=30)


@given(steps)
def test_every_session_stands_in_one_place_and_one_of_each_tab_has_the_focus(done: list[tuple[str, str, str]]) -> None:
    arrangement, expected = Arrangement(), set[str]()
    for verb, one, other in done:
        before = set(arrangement.ids)
        do(arrangement, verb, one, other)
        if verb in ("add", "right", "down", "gather") and one in arrangement:
            before |= {one} | ({other} if verb == "gather" else set())
        elif verb == "remove":
            before -= {one}
        elif verb == "replace" and other in before and one not in before:
            before = (before - {other}) | {one}
        expected = before
        ids = arrangement.ids
        assert len(ids) == len(set(ids)) and set(ids) == expected
        assert all(tab.focused in tab.ids for tab in arrangement.tabs)
        assert all(tab.zoomed is None or tab.zoomed in tab.ids for tab in arrangement.tabs)
        assert (arrangement.front is None) == (not ids)
        assert arrangement.focused == "" or arrangement.focused in arrangement.front.ids  # type: ignore[union-attr]


@given(steps)
def test_an_arrangement_survives_its_text(done: list[tuple[str, str, str]]) -> None:
    arrangement = Arrangement()
    for step in done:
        do(arrangement, *step)
    again = Arrangement.from_text(arrangement.to_text())
    assert again.to_text() == arrangement.to_text()
    assert again.focused == arrangement.focused


_ODD = ["[]", "7", '{"tabs": 3}', '{"panes": []}', '{"tabs": [], "panes": {"a": 1}}', "null", '{"tabs": [[]]}']


@given(
    st.one_of(
        st.text(), st.sampled_from(_ODD), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)
    )
)
def test_a_text_that_is_no_arrangement_gives_an_empty_one(text: str) -> None:
    assert Arrangement.from_text(text).ids in ([], ["1"])  # half of an older one


@pytest.mark.parametrize("tabs", [[["a", "a", ""], ["a", "a", ""]], [[["x", 0.5, "a", "a"], "a", ""]], [[{}, "a", ""]]])
def test_a_session_in_two_places_is_no_arrangement(tabs: object) -> None:
    assert Arrangement.from_text(json.dumps({"tabs": tabs, "front": 0})).ids == []


def test_a_closed_pane_leaves_the_focus_beside_it() -> None:
    arrangement = Arrangement()
    arrangement.gather(["a", "b", "c"], "columns", WIDE)
    arrangement.bring_to_front("b")
    arrangement.remove("b")
    assert arrangement.focused == "c"
    arrangement.remove("c")
    assert arrangement.focused == "a"
    arrangement.remove("a")
    assert arrangement.front is None


def test_a_session_moved_to_a_tab_of_its_own_leaves_the_tab_in_front() -> None:
    arrangement = Arrangement()
    arrangement.gather(["a", "b"], "columns", WIDE)
    arrangement.add("c")
    arrangement.bring_to_front("c")
    arrangement.take_out("b")
    assert [tab.ids for tab in arrangement.tabs] == [["a"], ["b"], ["c"]]
    assert arrangement.focused == "c"


def test_swapping_over_tabs_leaves_the_focus_where_it_stands() -> None:
    arrangement = Arrangement()
    arrangement.gather(["a", "b"], "columns", WIDE)
    arrangement.add("c")
    arrangement.bring_to_front("b")
    arrangement.swap("b", "c")
    assert [tab.ids for tab in arrangement.tabs] == [["a", "c"], ["b"]]
    assert arrangement.focused == "c"


@given(st.integers(1, MOST_PANES), st.sampled_from(SHAPES))
def test_every_shape_has_all_panes_in_order(count: int, shape: Any) -> None:
    ids = [str(n) for n in range(count)]
    assert list(tree.leaves(shaped(ids, shape, WIDE))) == ids


@pytest.mark.parametrize(
    ("count", "width", "height"), [(4, 80, 22), (2, 80, 22), (8, 120, 38), (16, 120, 38), (16, 200, 58), (16, 300, 88)]
)
def test_a_grid_fits_the_screens_that_people_have(count: int, width: int, height: int) -> None:
    grid = shaped([str(n) for n in range(count)], "grid", Size(width, height))
    assert tree.fits(grid, Size(width, height))


def test_what_an_older_program_kept_is_one_tab_and_the_hidden_sessions() -> None:
    kept = {"tabs": ["a", "b", "c"], "panes": {"pane-1": "a", "pane-2": "c"}, "focused": "pane-2"}
    split = ["y", 0.25, "pane-2", "pane-1"]
    arrangement = Arrangement.from_text(json.dumps({**kept, "split": split}))
    assert sorted(map(sorted, (tab.ids for tab in arrangement.tabs))) == [["a", "c"], ["b"]]
    assert arrangement.focused == "c"
    assert arrangement.front is not None and tree.to_value(arrangement.front.root) == ["y", 0.25, "c", "a"]
