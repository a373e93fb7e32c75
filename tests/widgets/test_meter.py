"""The gauge: exactly as wide as asked, and honest at its ends."""

import math

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.meter import EMPTY, FULL, meter_level, meter_text


@given(st.floats() | st.none(), st.integers(0, 40))
def test_it_is_as_wide_as_asked_whatever_the_number(fraction: float | None, width: int) -> None:
    assert cell_len(meter_text(fraction, width).plain) == width


def test_an_unknown_fraction_is_a_question_mark() -> None:
    assert meter_text(None, 4).plain == "?   "
    assert meter_text(math.nan, 4).plain == "?   "
    assert meter_level(None) == "dim"


def test_something_is_never_drawn_as_nothing_and_not_quite_full_never_as_full() -> None:
    assert meter_text(0.001, 8).plain == FULL + EMPTY * 7
    assert meter_text(0.999, 8).plain == FULL * 7 + EMPTY
    assert meter_text(0.0, 8).plain == EMPTY * 8
    assert meter_text(1.0, 8).plain == FULL * 8


def test_the_level_rises_with_the_fraction() -> None:
    assert [meter_level(fraction) for fraction in (0.1, 0.79, 0.8, 0.9, 1.5)] == ["good", "good", "warn", "bad", "bad"]
