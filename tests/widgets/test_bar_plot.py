"""The plot of bars over time: as high as there is room, honest about what is small, missing or unknown."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.bar_plot import Bar, drawn, joined

VALUES = st.lists(st.none() | st.floats(0, 1e9), max_size=90)


@given(VALUES, st.integers(1, 60), st.integers(1, 9))
def test_it_never_leaves_its_room(values: list[float | None], width: int, height: int) -> None:
    bars = joined([Bar(str(number), value) for number, value in enumerate(values)], width)
    rows = drawn([bar.value for bar in bars], width, height)
    assert len(rows) == height and all(cell_len(row) <= width for row in rows)


def test_the_largest_fills_its_column_and_something_is_never_nothing() -> None:
    assert drawn([100.0, 0.001, 0.0, None], 8, 2) == ["█", "█ ▁   ?"]


@given(VALUES, st.integers(1, 20))
def test_what_is_joined_is_the_same_sum(values: list[float | None], width: int) -> None:
    bars = joined([Bar("", value) for value in values], width)
    before = sum(value for value in values if value is not None)
    assert abs(sum(bar.value for bar in bars if bar.value is not None) - before) <= 1e-6 * max(1.0, before)
