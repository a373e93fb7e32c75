"""The filter of the list of calls: what it understands, and that it never fails."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.calls import FILTER_WORDS, STATES, CallFilter, read_filter

NOW = datetime(2026, 11, 24, 15, 0).timestamp()


def read(text: str) -> CallFilter:
    return read_filter(text, NOW).filter


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", CallFilter()),
        ("Valve  SRC", CallFilter(words=("valve", "src"))),
        ('"make test" x', CallFilter(words=("make test", "x"))),
        ('"still typing', CallFilter(words=("still typing",))),
        ("tool:shell tool:web", CallFilter(tools=("shell", "web"))),
        ("state:error", CallFilter(states=("error",))),
        ("state:err", CallFilter(states=("error",))),
        ("state:timed-out", CallFilter(states=("timed_out",))),
        ("state:open", CallFilter(states=("waiting", "asking", "running"))),
        ("state:failed", CallFilter(states=("error", "timed_out", "unknown"))),
        ("slower:5s", CallFilter(slower=5.0)),
        ("slower:200ms", CallFilter(slower=0.2)),
        ("slower:2m", CallFilter(slower=120.0)),
        ("slower:3", CallFilter(slower=3.0)),
        ("bigger:64kb", CallFilter(bigger=64_000)),
        ("path:src/ session:api session:3", CallFilter(paths=("src/",), sessions=("api", "3"))),
        ("after:2h", CallFilter(after=NOW - 7200)),
        ("before:14:30", CallFilter(before=NOW - 1800)),
        ("after:today", CallFilter(after=NOW - 15 * 3600)),
        ("after:2026-11-24 before:2026-11-24T12:00", CallFilter(after=NOW - 15 * 3600, before=NOW - 3 * 3600)),
        ("http://a.example/x", CallFilter(words=("http://a.example/x",))),
    ],
)
def test_what_is_typed_is_understood(text: str, meant: CallFilter) -> None:
    assert read_filter(text, NOW).filter == meant
    assert read_filter(text, NOW).hints == ()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("colour:red", "colour: is no filter"),
        ("state:", "state: takes waiting"),
        ("state:blue", "state: takes waiting"),
        ("slower:soon", "slower: takes a time"),
        ("slower:", "slower: takes a time"),
        ("before:2026-02-31", "before: takes a time"),
        ("bigger:much", "bigger: takes a size"),
        ("tool:", "tool: takes the beginning"),
    ],
)
def test_what_is_not_understood_gets_a_hint_and_filters_no_calls_away(text: str, hint: str) -> None:
    reading = read_filter(text, NOW)
    (said,) = reading.hints
    assert said.startswith(hint)
    assert reading.filter == CallFilter(words=("colour:red",) if text == "colour:red" else ())


_PIECES = st.one_of(
    st.sampled_from([f"{name}:" for name in (*FILTER_WORDS, "made")]),
    st.sampled_from([*STATES, '"', "'", "\\", " ", ":", "5s", "2026-11-24", "14:30", "#", "9" * 400, "-1"]),
    st.text(st.characters(exclude_categories=()), max_size=5),
)


@given(text=st.lists(_PIECES, max_size=10).map("".join))
def test_no_text_is_an_error(text: str) -> None:
    reading = read_filter(text, NOW, only="s1")
    assert reading.filter.only == "s1"
    assert {*reading.filter.states} <= {*STATES}
    assert all(reading.filter.words) and all(hint.endswith(".") for hint in reading.hints)


@given(words=st.lists(st.text("abcxyz/.-", min_size=1, max_size=6), max_size=5))
def test_the_order_of_what_is_typed_does_not_matter(words: list[str]) -> None:
    typed = ["tool:shell", "slower:2s", *(f"path:{word}" for word in words)]
    there, back = read(" ".join(typed)), read(" ".join(reversed(typed)))
    assert (there.tools, there.slower, {*there.paths}) == (back.tools, back.slower, {*back.paths})
