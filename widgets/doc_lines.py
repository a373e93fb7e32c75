"""Runs, lines and wrapping: how flowing text becomes rows of cells.

A *logical line* is text as its author wrote it (a paragraph's line, one line of code); a `Line` is the piece of it
that fits the pane. A Line knows its logical text and its place in it, so that a selection, a search hit or a scroll
anchor means the same text at every width. Nothing here knows colours or Textual's screen: styles are names.

Widths are cells as Rich counts them (the same that Textual uses when it paints), so no line is wider than asked,
except that a single character wider than the pane stands alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes

TAB = 4
WORD_SEARCH = 256  # how far back a break looks for a space, in characters; keeps very long words cheap


class Run(NamedTuple):
    """A stretch of text in one style. `style` is a blank-separated list of style names; `href` a link or ''."""

    text: str
    style: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the pane.

    `index` is the logical line's number in its chunk (-1: an empty row between blocks), `at` the offset in characters
    of `runs` in `logical`. `joined` says that the row continues the one above (a wrap, not a new line). `fill` names
    the background of the whole row; `right` is drawn at the right edge.
    """

    runs: tuple[Run, ...] = ()
    prefix: tuple[Run, ...] = ()
    right: tuple[Run, ...] = ()
    fill: str = ""
    index: int = -1
    at: int = 0
    joined: bool = False
    logical: str = ""

    @property
    def text(self) -> str:
        """The row's text without its prefix."""
        return "".join(run.text for run in self.runs)

    @property
    def end(self) -> int:
        """The offset in `logical` at which the row's text ends."""
        return self.at + sum(len(run.text) for run in self.runs)


BLANK = Line()


def cells(text: str) -> int:
    """The width of `text` in cells. Rich keeps every text that it measures: not one that streams by."""
    return len(text) if text.isascii() and text.isprintable() else cell_len(text)


def runs_width(runs: Iterable[Run]) -> int:
    """The width of runs in cells, as they will be painted (one by one)."""
    return sum(cells(run.text) for run in runs)


def break_offsets(text: str, width: int, *, words: bool = True) -> list[tuple[int, int]]:
    """Where to cut `text` into rows of at most `width` cells: (start, end) offsets, the blank at a cut left out.

    `words` prefers cuts after a space (or beside a wide character); without it the text is cut hard.
    """
    width = max(1, width)
    if len(text) <= width and (text.isascii() or cell_len(text) <= width):
        return [(0, len(text))]
    if text.isascii():
        return _break_ascii(text, width, words)
    return _break_cells(text, width, words)


def _break_ascii(text: str, width: int, words: bool) -> list[tuple[int, int]]:
    rows: list[tuple[int, int]] = []
    start, total = 0, len(text)
    while total - start > width:
        cut = text.rfind(" ", max(start + 1, start + width - WORD_SEARCH), start + width + 1) if words else -1
        if cut == -1 or not text[start:cut].strip():
            rows.append((start, start + width))
            start += width
        else:
            rows.append((start, cut))
            start = cut + 1
    rows.append((start, total))
    return rows


def _break_cells(text: str, width: int, words: bool) -> list[tuple[int, int]]:
    rows: list[tuple[int, int]] = []
    start = used = 0
    cut: tuple[int, int, int] | None = None  # (end of row, start of the next, cells used up to the next)
    previous_wide = False
    for begin, end, cells in split_graphemes(text)[0]:
        wide = cells > 1
        if words and begin > start and (wide or previous_wide) and text[begin] not in "，。、；：！？）」』】》":
            cut = (begin, begin, used)
        if text[begin] == " " and words and used <= width:
            if text[start:begin].strip():
                cut = (begin, end, used + cells)
            if used + cells > width and cut is not None and cut[0] == begin:
                rows.append((start, begin))
                start, used, cut, previous_wide = end, 0, None, False
                continue
        if used + cells > width and begin > start:
            if cut is not None and cut[0] > start:
                rows.append((start, cut[0]))
                start, used = cut[1], used - cut[2]
            if used + cells > width and begin > start:
                rows.append((start, begin))
                start, used = begin, 0
            cut = None
        used += cells
        previous_wide = wide
    rows.append((start, len(text)))
    return rows


def slice_runs(runs: Sequence[Run], start: int, end: int) -> tuple[Run, ...]:
    """The part of `runs` between two offsets in characters."""
    if len(runs) == 1:
        text, style, href = runs[0]
        return (Run(text[start:end], style, href),) if end > start else ()
    taken: list[Run] = []
    position = 0
    for text, style, href in runs:
        after = position + len(text)
        if after > start and position < end:
            taken.append(Run(text[max(0, start - position) : end - position], style, href))
        if after >= end:
            break
        position = after
    return tuple(taken)


def wrap(
    runs: Sequence[Run],
    width: int,
    *,
    index: int,
    first: tuple[Run, ...] = (),
    rest: tuple[Run, ...] | None = None,
    fill: str = "",
    words: bool = True,
    offset: int = 0,
) -> list[Line]:
    """One logical line as rows of at most `width` cells, its first row behind `first`, the others behind `rest`.

    `offset` is added to each row's place (for a logical line that is laid out in slices).
    """
    rest = first if rest is None else rest
    taken = max(runs_width(first), runs_width(rest))
    if taken > width - 2:  # a pane narrower than the indent: the text matters more
        first = rest = ()
        taken = 0
    logical = runs[0].text if len(runs) == 1 else "".join(run.text for run in runs)
    return [
        Line(
            runs=slice_runs(runs, start, end),
            prefix=rest if number else first,
            fill=fill,
            index=index,
            at=offset + start,
            joined=number > 0,
            logical=logical,
        )
        for number, (start, end) in enumerate(break_offsets(logical, width - taken, words=words))
    ]


def expand_tabs(text: str) -> str:
    """Tabs as spaces up to the next stop."""
    return text.expandtabs(TAB) if "\t" in text else text


def fit(text: str, width: int) -> str:
    """`text` cut to `width` cells, an ellipsis standing for what is left out."""
    if width <= 0:
        return ""
    if len(text) <= width and text.isascii():
        return text
    text = text[: width * 8 + 16]  # zero-width characters aside, no more can be seen
    if cell_len(text) <= width:
        return text
    _, end = break_offsets(text, width - 1, words=False)[0] if width > 1 else (0, 0)
    return text[:end] + "…"


def slices(text: str, size: int) -> list[tuple[int, int]]:
    """Cut one very long line into pieces of about `size` characters, at spaces where there are any."""
    pieces: list[tuple[int, int]] = []
    start = 0
    while len(text) - start > size:
        cut = text.rfind(" ", start + size // 2, start + size) + 1
        cut = cut if cut > 0 else start + size
        while cut < len(text) and _JOINS.match(text[cut]):
            cut += 1
        pieces.append((start, cut))
        start = cut
    pieces.append((start, len(text)))
    return pieces


_JOINS = re.compile("[\u0300-\u036f\u200d\ufe0f\U0001f3fb-\U0001f3ff]")
