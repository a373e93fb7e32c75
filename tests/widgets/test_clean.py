"""Text from outside reaches the terminal without anything that it would obey."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color

from widgets.clean import Cleaner, CleanFilter, clean

HOSTILE = [
    ("\x1b[31mred\x1b[0m", "red"),
    ("\x1b]0;title\x07text", "text"),
    ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
    ("\x1b]52;c;ZXZpbA==\x07x", "x"),
    ("\x1bP1$qm\x1b\\x", "x"),
    ("\x9b2Jx", "x"),
    ("\x9d0;t\x9cx", "x"),
    ("\x1b(0x\x1bcx", "xx"),
    ("a\x00b\x08c\x7fd\x85e", "abcde"),
    ("tab\tnew\nline\r\nend\r", "tab\tnew\nline\nend"),
    ("\u202eevil\u2066x\u2069\u200f", "evilx"),
    ("tag\U000e0041\U000e007f", "tag"),
    ("\x1b[38;5;1", ""),
    ("\x1b]unended text", "]unended text"),
    ("👨‍👩‍👧 é 世界 עברית [@click=app.quit]x[/]", "👨‍👩‍👧 é 世界 עברית [@click=app.quit]x[/]"),
]


def test_control_sequences_are_taken_out_whole() -> None:
    for text, expected in HOSTILE:
        assert clean(text) == expected, repr(text)


def test_clean_text_is_returned_as_it_is() -> None:
    text = "nothing to do\n" * 1000
    assert clean(text) is text


ALPHABET = "ab;0[]()\\Pm?\r\n\t\x1b\x9b\x9c\x9d\x90\x07\x00\x18\u202e世"


@settings(max_examples=400, deadline=None)
@given(text=st.text(ALPHABET, max_size=40))
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    assert not set(clean(text)) & set("\x00\x07\x08\r\x18\x1b\x90\x9b\x9c\x9d\u202e")
    assert clean(clean(text)) == clean(text)


@settings(max_examples=800, deadline=None)
@given(text=st.text(ALPHABET, max_size=40), cuts=st.lists(st.integers(0, 40), max_size=10))
def test_a_sequence_cut_between_two_chunks_does_not_leak(text: str, cuts: list[int]) -> None:
    cleaner = Cleaner()
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    parts = [cleaner.feed(text[a:b]) for a, b in pairwise(edges)]
    assert "".join(parts) + cleaner.flush() == clean(text)


def test_a_stream_holds_back_no_more_than_a_sequence() -> None:
    cleaner = Cleaner()
    assert cleaner.feed("text \x1b]") == "text "
    assert cleaner.feed("x" * 10_000) != ""


def test_the_last_wall_drops_controls_from_painted_rows_and_leaves_clean_rows_alone() -> None:
    wall = CleanFilter()
    clean_row = [Segment("fine ✓")]
    assert wall.apply(clean_row, Color(0, 0, 0)) is clean_row
    dirty = wall.apply([Segment("a\x1b[2Jb\x9b\u202e"), Segment("\x1b[1m", None, [(1,)])], Color(0, 0, 0))  # type: ignore[list-item]
    assert dirty[0].text == "a[2Jb"
    assert dirty[1].text == "\x1b[1m"
