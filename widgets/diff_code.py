"""The code in a diff, highlighted: each hunk as its old and its new text, when one of its lines is about to be seen.

A hunk shows a stretch from the middle of a file, so a string that began above it may be coloured wrongly; the
characters are never touched. What a lexer would change (line ends, say) stays as it is, without colours.
"""

from collections.abc import Sequence
from typing import Protocol

from widgets.doc_code import MAX_LEXED_LINE, lexed, lexer_of_file
from widgets.doc_lines import Run

MAX_HUNK = 40_000
"""Characters of a hunk that are highlighted; a longer one is a whole file or data."""


class Line(Protocol):
    """A line of a diff; see ``widgets.diff_view.DiffLine``."""

    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


class DiffCode:
    """The runs of a diff's lines."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._hunk_of: list[int] = []
        self._begins: list[int] = []
        self._names: list[str] = []
        self._runs: dict[int, dict[int, list[Run]]] = {}
        name = ""
        for number, line in enumerate(lines):
            if line.kind == "file":
                name = _name(line.text, name)
            if line.kind in ("file", "hunk", "text"):
                self._begins.append(number)
                self._names.append(name)
            self._hunk_of.append(len(self._begins) - 1)

    def runs(self, number: int) -> list[Run]:
        """The line in pieces of one style each (a name such as "code-keyword", or "")."""
        line = self._lines[number]
        hunk = self._hunk_of[number]
        if hunk < 0 or line.kind not in ("context", "add", "remove"):
            return [Run(line.text)]
        if hunk not in self._runs:
            self._runs[hunk] = self._read(hunk)
        return self._runs[hunk].get(number) or [Run(line.text)]

    def _read(self, hunk: int) -> dict[int, list[Run]]:
        begin = self._begins[hunk] + 1
        end = self._begins[hunk + 1] if hunk + 1 < len(self._begins) else len(self._lines)
        lexer = lexer_of_file(self._names[hunk]) if self._names[hunk] else None
        if lexer is None or sum(len(self._lines[n].text) for n in range(begin, end)) > MAX_HUNK:
            return {}
        found: dict[int, list[Run]] = {}
        for kinds in (("context", "remove"), ("context", "add")):
            side = [n for n in range(begin, end) if self._lines[n].kind in kinds]
            texts = [self._lines[n].text for n in side]
            if not texts or any(len(text) > MAX_LEXED_LINE for text in texts):
                continue
            for number, text, runs in zip(side, texts, lexed("\n".join(texts), lexer), strict=False):
                if "".join(run.text for run in runs) == text:
                    found[number] = runs
        return found


def _name(line: str, before: str) -> str:
    """The name of the file that a header line is about; ``before`` where it does not say."""
    if not line.startswith(("--- ", "+++ ")):
        return before
    name = line[4:].split("\t", 1)[0].strip().rsplit("/", 1)[-1]
    return before if name == "null" and line[4:].startswith("/dev/null") else name
