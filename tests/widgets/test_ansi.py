"""Colours of a program's output: kept, and nothing else with them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color

from widgets.ansi import PLAIN, AnsiReader, Ink, after, style_of
from widgets.clean import clean

TEXTS = ("a", "Ж世", "\n", "\r\n", "[", "9m", "\u202e")
COLOURS = ("\x1b[31m", "\x1b[1;4;38;5;200m", "\x1b[0m", "\x1b[m", "\x1b[38:2::1:2:3m")
OTHERS = ("\x1b", "\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;http://a\x1b\\", "\x9b31m", "\x1bP1$r\x1b\\", "\x1b(0")
PIECES = st.lists(st.sampled_from([*TEXTS, *COLOURS, *OTHERS]), max_size=14)


def read(*chunks: str) -> tuple[str, list[Ink]]:
    """The text, and the ink of each character."""
    reader = AnsiReader()
    text, inks = "", list[Ink]()
    for inked in [*map(reader.read, chunks), reader.rest()]:
        own = [PLAIN] * len(inked.text)
        for start, end, ink in inked.spans:
            own[start:end] = [ink] * (end - start)
        text, inks = text + inked.text, inks + own
    return text, inks


def inks(text: str) -> list[Ink]:
    return read(text)[1]


@given(PIECES)
def test_the_text_is_what_cleaning_leaves(pieces: list[str]) -> None:
    assert read("".join(pieces))[0] == clean("".join(pieces))


@given(PIECES, st.lists(st.integers(0, 60), max_size=4))
def test_any_cuts_give_the_same_colours(pieces: list[str], cuts: list[int]) -> None:
    whole = "".join(pieces)
    edges = [0, *sorted(min(cut, len(whole)) for cut in cuts), len(whole)]
    assert read(*(whole[a:b] for a, b in pairwise(edges))) == read(whole)


def test_the_forms_in_which_programs_write_colours() -> None:
    assert inks("\x1b[31mx")[0].front == 1
    assert inks("\x1b[97;44mx")[0] == Ink(front=15, back=4)
    assert inks("\x1b[38;5;208mx")[0].front == 208
    assert inks("\x1b[48;2;1;2;3;1mx")[0] == Ink(back=(1, 2, 3), bold=True)
    assert inks("\x1b[38:2::1:2:3mx")[0].front == (1, 2, 3)
    assert inks("\x1b[38:5:9;4mx")[0] == Ink(front=9, underline=True)
    assert inks("\x1b[1;2;3;9mx\x1b[22mx\x1b[23;29mx") == [
        Ink(bold=True, dim=True, italic=True, strike=True),
        Ink(italic=True, strike=True),
        PLAIN,
    ]
    assert inks("\x1b[31;42mx\x1b[39;49mx\x1b[31mx\x1b[mx")[1:] == [PLAIN, Ink(front=1), PLAIN]


def test_what_is_no_colour_changes_nothing() -> None:
    for parameters in ("38", "38;5", "38;2;1;2", "48;9;9", "999999999999", ":::", "38:2", "5", "8"):
        assert after(PLAIN, parameters) == PLAIN, parameters


def test_nothing_hides_text() -> None:
    assert style_of(Ink(front=1, back=1)) == style_of(PLAIN)
    assert style_of(after(PLAIN, "8")) == style_of(PLAIN)
    assert style_of(Ink(front=1, back=2)).bgcolor == Color.from_ansi(2)
