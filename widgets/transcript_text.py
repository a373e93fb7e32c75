"""A place in a chunk's rows by what is shown there: for when rows are numbered anew and the text is all that stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from widgets.doc_lines import BLANK, Line
from widgets.doc_table import SUBROW

READ = 60  # characters by which a place is known again


def flat(lines: Sequence[Line]) -> Iterator[tuple[int, Line]]:
    """A chunk's rows with the number of characters shown in the logical lines before, and in the row's own."""
    before = 0
    last: Line | None = None
    for line in lines:
        if last is not None and last.index != line.index and last.index >= 0:
            before += len(last.logical) + 1
        yield before + line.at % SUBROW, line
        last = line


def read_at(line: Line, index: int, at: int) -> str:
    """What a reader sees at character `at` of logical line `index`, which `line` is a row of."""
    begin = max(line.at, at) if line.index == index else line.at
    return line.logical[begin % SUBROW :][:READ]


def find_text(text: str, lines: Sequence[Line], near: int) -> tuple[int, int] | None:
    """Where a text stands in rows: (logical line, character), of several the one nearest to `near` characters behind
    the beginning."""
    found: list[tuple[int, int, int]] = []
    last = BLANK
    for before, line in flat(lines):
        if text and line.index != last.index:  # the first row of a logical line
            at = line.logical.find(text)
            while at >= 0:
                found.append((abs(before + at - near), line.index, at))
                at = line.logical.find(text, at + 1)
        last = line
    return min(found)[1:] if found else None
