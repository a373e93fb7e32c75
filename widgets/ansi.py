"""Colours that a program wrote into its output, kept; everything else that a terminal would obey, dropped.

Only SGR sequences (``ESC [ ... m``) are read, into an Ink; nothing of them reaches the screen as it came. What
could hide text is not taken over: concealing, blinking, and a colour on the same colour. The text that
is left is exactly what ``clean`` leaves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color
from rich.style import Style

from widgets.clean import Cleaner, clean

_SGR = re.compile("\x1b\\[([0-9;:]*)m")
_BASIC = {30: 0, 90: 8, 40: 0, 100: 8}  # first code of eight -> first colour of eight
_ON = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 7: "reverse", 9: "strike", 21: "underline"}
_OFF = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 27: ("reverse",), 29: ("strike",)}

Paint = int | tuple[int, int, int] | None  # one of 256, or red green blue


class Ink(NamedTuple):
    """How text is to look."""

    front: Paint = None
    back: Paint = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = Ink()
Span = tuple[int, int, Ink]  # from which character to which


@dataclass(frozen=True, slots=True)
class Inked:
    """Clean text, and where it is not plain. Spans are in order and do not overlap."""

    text: str
    spans: tuple[Span, ...] = ()

    def __add__(self, other: Inked) -> Inked:
        at = len(self.text)
        moved = tuple((start + at, end + at, ink) for start, end, ink in other.spans)
        return Inked(self.text + other.text, self.spans + moved)

    def cut(self, start: int, end: int) -> Inked:
        """The stretch from one character to another."""
        return Inked(self.text[start:end], within(self.spans, start, end))


def within(spans: tuple[Span, ...], start: int, end: int) -> tuple[Span, ...]:
    """What of ``spans`` lies between two characters, counted from the first of them."""
    return tuple(
        (max(first, start) - start, min(last, end) - start, ink)
        for first, last, ink in spans
        if first < end and last > start
    )


class AnsiReader(Cleaner):
    """``Cleaner`` that keeps colours: whatever the cuts between chunks, the results joined are those of the whole."""

    def __init__(self, ink: Ink = PLAIN) -> None:
        super().__init__()
        self.ink = ink
        """As of the end of what was read."""

    def read(self, chunk: str) -> Inked:
        """The part of the text so far that can be judged."""
        return self._inked(self.judged(chunk))

    def rest(self) -> Inked:
        """What was held back, at the end of the stream."""
        return Inked(self.flush())

    def _inked(self, text: str) -> Inked:
        if "\x1b" not in text:
            text = clean(text)
            return Inked(text, ((0, len(text), self.ink),) if text and self.ink != PLAIN else ())
        pieces: list[str] = []
        spans: list[Span] = []
        size = 0
        for number, piece in enumerate(_SGR.split(text)):
            if number % 2:
                self.ink = after(self.ink, piece)
                continue
            piece = clean(piece)
            if piece and self.ink != PLAIN:
                goes_on = spans and spans[-1][1:] == (size, self.ink)
                begin = spans.pop()[0] if goes_on else size
                spans.append((begin, size + len(piece), self.ink))
            pieces.append(piece)
            size += len(piece)
        return Inked("".join(pieces), tuple(spans))


@lru_cache(4096)
def after(ink: Ink, parameters: str) -> Ink:
    """The ink after an SGR sequence."""
    codes = [0 if not code else int(code[:6].partition(":")[0] or 0) for code in parameters.split(";")]
    parts = parameters.split(";")
    at = 0
    while at < len(codes):
        code = codes[at]
        if code in (38, 48):
            paint, used = _paint(parts, at)
            if not used:  # what follows cannot be told from its missing parts
                break
            ink = ink._replace(**{"front" if code == 38 else "back": paint})
            at += used
            continue
        ink = _basic(ink, code)
        at += 1
    return ink


def _basic(ink: Ink, code: int) -> Ink:
    if code == 0:
        return PLAIN
    if code in _ON:
        return ink._replace(**{_ON[code]: True})
    if code in _OFF:
        return ink._replace(**dict.fromkeys(_OFF[code], False))
    if code in (39, 49):
        return ink._replace(**{"front" if code == 39 else "back": None})
    first = code // 10 * 10
    if first in _BASIC and code - first < 8:
        return ink._replace(**{"back" if first in (40, 100) else "front": _BASIC[first] + code - first})
    return ink


def _paint(parts: list[str], at: int) -> tuple[Paint, int]:
    """The colour that ``38`` or ``48`` at ``at`` begins, and how many parameters it takes; 0: it is none."""
    colons = parts[at].split(":")
    values = colons[1:] if len(colons) > 1 else parts[at + 1 : at + 5]
    numbers = [int(value[:6]) if value.isdigit() else 0 for value in values]
    used = 1 if len(colons) > 1 else 0
    match numbers:
        case [5, number, *_]:
            return min(number, 255), used or 3
        case [2, _, red, green, blue] if used:  # the colour space stands between
            return (min(red, 255), min(green, 255), min(blue, 255)), 1
        case [2, red, green, blue]:
            return (min(red, 255), min(green, 255), min(blue, 255)), used or 5
        case _:
            return None, 0


@lru_cache(1024)
def style_of(ink: Ink) -> Style:
    """The ink as Rich and Textual know it."""
    if ink.front is not None and ink.front == ink.back:  # it would hide the text
        ink = ink._replace(front=None, back=None)
    return Style(
        color=_color(ink.front),
        bgcolor=_color(ink.back),
        bold=ink.bold or None,
        dim=ink.dim or None,
        italic=ink.italic or None,
        underline=ink.underline or None,
        reverse=ink.reverse or None,
        strike=ink.strike or None,
    )


def _color(paint: Paint) -> Color | None:
    if paint is None:
        return None
    return Color.from_ansi(paint) if isinstance(paint, int) else Color.from_rgb(*paint)


def joined(one: Inked, two: Inked) -> Inked:
    """``one + two``, without a seam where the ink goes on."""
    both = one + two
    if one.spans and two.spans and one.spans[-1][1] == len(one.text) == both.spans[len(one.spans)][0]:
        left, right = both.spans[len(one.spans) - 1], both.spans[len(one.spans)]
        if left[2] == right[2]:
            seam = (left[0], right[1], left[2])
            spans = (*both.spans[: len(one.spans) - 1], seam, *both.spans[len(one.spans) + 1 :])
            return replace(both, spans=spans)
    return both
