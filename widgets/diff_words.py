"""Which words of a changed line are other words: prose is one long line, and a diff of lines says only that it changed.

A removed line is compared with the added one that takes its place, word by word, in bounded time: pairs that are
too long, or have too little in common, stay as they are.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Protocol

from widgets.doc_lines import Run

WORD_STYLES = {"add": "word-add", "remove": "word-remove"}
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_LONGEST = 20_000
"""Characters of a line that is looked at."""
_PAIR = 250_000
"""Words times words of one pair."""
_ALL = 600_000
"""Words times words of a whole diff."""
_ALIKE = 0.3
"""Below that, two lines are not one line changed."""


class ChangedLine(Protocol):
    """A line of a diff."""

    @property
    def kind(self) -> str: ...

    @property
    def text(self) -> str: ...


def word_runs(lines: Sequence[ChangedLine]) -> dict[int, tuple[Run, ...]]:
    """The runs of lines in which words were changed, by the lines' ``id``."""
    found: dict[int, tuple[Run, ...]] = {}
    left = _ALL
    for old, new in _pairs(lines):
        if max(len(old.text), len(new.text)) > _LONGEST:
            continue
        before, after = _WORD.findall(old.text), _WORD.findall(new.text)
        work = len(before) * len(after)
        if not work or work > min(_PAIR, left):
            continue
        left -= work
        matcher = SequenceMatcher(None, before, after, autojunk=False)
        if matcher.ratio() >= _ALIKE:
            codes = matcher.get_opcodes()
            found[id(old)] = _runs(before, [(i, j, tag != "equal") for tag, i, j, _, _ in codes], WORD_STYLES["remove"])
            found[id(new)] = _runs(after, [(i, j, tag != "equal") for tag, _, _, i, j in codes], WORD_STYLES["add"])
    return found


def _pairs(lines: Sequence[ChangedLine]) -> Iterator[tuple[ChangedLine, ChangedLine]]:
    """Removed lines with the added ones that follow, first with first."""
    removed: list[ChangedLine] = []
    added: list[ChangedLine] = []
    for line in lines:
        if line.kind == "add":
            added.append(line)
            continue
        if added or line.kind != "remove":
            yield from zip(removed, added, strict=False)
            removed, added = [], []
        if line.kind == "remove":
            removed.append(line)
    yield from zip(removed, added, strict=False)


def _runs(words: Sequence[str], stretches: Sequence[tuple[int, int, bool]], style: str) -> tuple[Run, ...]:
    return tuple(Run("".join(words[i:j]), style if changed else "") for i, j, changed in stretches if i < j)
