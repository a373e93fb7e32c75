"""Find in a transcript: in the sources of all blocks, laid out or not.

The count and the order of matches come from the sources. What is highlighted comes from the rows, so a match that is
only in the markup (a link's target) is counted and jumped to, but not coloured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from widgets.doc_lines import BLANK, Line
from widgets.transcript_paint import Mark
from widgets.transcript_view import Place, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One match: in a block's title (offset -1) or at an offset of its source."""

    block_id: str
    offset: int


class Finder:
    """One search over a view."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.query = ""
        self.matches: list[Match] = []
        self.current = -1
        self.place: Place | None = None  # the row that was last jumped to
        self._pattern: re.Pattern[str] | None = None

    def search(self, query: str) -> int:
        """Look for `query`, not minding case. The number of matches."""
        self.query = query
        self._pattern = re.compile(re.escape(query), re.IGNORECASE) if query else None
        self.current = -1
        self.place = None
        self.refresh()
        return len(self.matches)

    def refresh(self) -> None:
        """Search again, for instance when text has come since."""
        self.matches = []
        if self._pattern is None:
            return
        for entry in self.view.entries:
            block = entry.block
            if block.title and self._pattern.search(block.title):
                self.matches.append(Match(block_id=block.id, offset=-1))
            self.matches += [
                Match(block_id=block.id, offset=found.start()) for found in self._pattern.finditer(block.source)
            ]

    def step(self, delta: int) -> Match | None:
        """The next (or previous) match, going round at the ends. The first time: the one nearest to the window."""
        if not self.matches:
            return None
        if self.current < 0:
            self.current = self._nearest(delta)
        else:
            self.current = (self.current + delta) % len(self.matches)
        return self.matches[self.current]

    def _nearest(self, delta: int) -> int:
        anchor = self.view.anchor
        if anchor is None or anchor.block_id not in self.view.by_id:
            return len(self.matches) - 1 if delta < 0 else 0
        at = self.view.by_id[anchor.block_id].index
        after = (n for n, match in enumerate(self.matches) if self.view.by_id[match.block_id].index >= at)
        first = next(after, 0)
        return first if delta > 0 else (first - 1) % len(self.matches)

    def locate(self, match: Match) -> Place:
        """The row of a match, from now on the current one."""
        self.place = self._row_of(match)
        return self.place

    def _row_of(self, match: Match) -> Place:
        """The row of a match: the n-th row with a match in its chunk, n counted in the source."""
        entry = self.view.by_id[match.block_id]
        document = self.view.document(entry)
        if not document.chunks or self._pattern is None:
            return Place(entry.id)
        number = document.chunk_at(match.offset)
        chunk = document.chunks[number]
        source = entry.block.source[max(0, chunk.start) : match.offset]
        nth = len(self._pattern.findall(source))
        lines = document.lines(number)
        hits = [line for line in lines for _ in self.marks(line)]
        line = hits[min(nth, len(hits) - 1)] if hits else next((line for line in lines if line.index >= 0), BLANK)
        return Place(entry.id, chunk.start, line.index, line.at)

    def marks(self, line: Line, *, current: bool = False) -> list[Mark]:
        """The matches in one row, those that a wrap has cut included."""
        if self._pattern is None or not line.runs:
            return []
        base = line.at if line.logical[line.at : line.end] == line.text else 0
        text = line.logical if base == line.at else line.text
        reach = len(self.query) * 2
        begin, end = base, base + len(line.text)
        style = "match-current" if current else "match"
        found = self._pattern.finditer(text, max(0, begin - reach), end + reach)
        return [
            (max(0, hit.start() - begin), min(end, hit.end()) - begin, style)
            for hit in found
            if hit.end() > begin and hit.start() < end
        ]
