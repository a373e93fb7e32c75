"""What a terminal says of its background is heard, and never typed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tui.app.themes import ground
from tui.app.themes.ground import AnswerParser, GroundTold, dark_by, is_dark

KEYS = (
    "a",
    "]",
    "1",
    "é",
    "\r",
    "\x1b[A",
    "\x1bOP",
    "\x1b[15~",
    "\x1bx",
    "\x1b[200~pasted ]11;\x1b[201~",
    "\x1b[?2026;2$y",
)
LIGHT = ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "\x1b]11;rgb:fb/fb/f9\x07", "\x1b[?997;2n", "\x1b]11;rgba:f/f/f/f\x9c")
DARK = ("\x1b]11;rgb:1414/1818/1d1d\x1b\\", "\x1b]11;rgb:0/0/0\x07", "\x1b[?997;1n")


class Time:
    """Stands still until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    time = Time()
    monkeypatch.setattr(ground, "monotonic", time)
    monkeypatch.setattr(AnswerParser, "expected_until", time.now + 3)
    return time


def heard(parser: XTermParser, *chunks: str) -> tuple[list[str], list[bool]]:
    """The keys (and pastes) that came, and what was said of the ground."""
    keys, told = [], []
    for chunk in chunks:
        for message in parser.feed(chunk):
            if isinstance(message, GroundTold):
                told.append(message.dark)
            else:
                keys.append(message.key if isinstance(message, events.Key) else repr(message))
    return keys, told


@given(
    parts=st.lists(st.sampled_from([*KEYS, *LIGHT, *DARK]), max_size=8),
    cuts=st.sets(st.integers(min_value=1, max_value=200), max_size=12),
)
def test_answers_are_taken_out_of_the_keys_however_they_are_cut(parts: list[str], cuts: set[int]) -> None:
    text = "".join(parts)
    edges = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    chunks = [text[a:b] for a, b in pairwise(edges) if a < b]
    alone = "".join(part for part in parts if part in KEYS)
    AnswerParser.expected_until = float("inf")
    try:
        keys, told = heard(AnswerParser(), *chunks)
    finally:
        AnswerParser.expected_until = 0.0
    assert keys == heard(XTermParser(), *([alone] if alone else []))[0]
    assert told == [part in DARK for part in parts if part not in KEYS]


@pytest.mark.parametrize("begun", ["\x1b", "\x1b]", "\x1b]1", "\x1b]11;rgb:1414/18", "\x1b[", "\x1b[?99"])
def test_what_only_looked_like_an_answer_is_a_key_after_a_moment(time: Time, begun: str) -> None:
    parser = AnswerParser()
    assert heard(parser, begun) == ([], [])
    assert list(parser.tick()) == []
    time.now += ground.HELD
    list(parser.tick())
    plain = XTermParser()
    assert heard(parser, "x")[0] == [*heard(plain, begun)[0], *heard(plain, "x")[0]]


def test_escape_waits_for_nothing_once_no_answer_is_expected(time: Time) -> None:
    time.now += 10
    parser = AnswerParser()
    heard(parser, "\x1b")
    assert parser._begun == ""


def test_an_answer_that_is_none_is_swallowed(time: Time) -> None:
    assert heard(AnswerParser(), "a\x1b]11;?\x07b\x1b]11;red\x1b\\c") == (["a", "b", "c"], [])


@pytest.mark.parametrize(
    ("colour", "dark"),
    [
        ("rgb:0000/0000/0000", True),
        ("rgb:ffff/ffff/ffff", False),
        ("rgb:fd/f6/e3", False),
        ("RGB:2e/34/40", True),
        ("rgb:0/f/0", False),
        ("rgb:7f/7f/7f", True),
        ("#ffffff", None),
        ("", None),
        (None, None),
    ],
)
def test_a_colour_is_dark_or_light_as_eyes_see_it(colour: str | None, dark: bool | None) -> None:
    assert is_dark(colour) is dark


@pytest.mark.parametrize(
    ("said", "dark"),
    [
        ("15;0", True),
        ("0;15", False),
        ("0;default;15", False),
        ("12;8", True),
        ("0;7", False),
        ("", None),
        ("15;default", None),
        ("0;²", None),
    ],
)
def test_the_environment_may_say_it(said: str, dark: bool | None) -> None:
    assert dark_by({"COLORFGBG": said}) is dark
    assert dark_by({}) is None
