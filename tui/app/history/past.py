"""The earlier part of a long session, presented piece by piece above what is seen.

A person who goes to a session looks at its end, so the end comes first, whole, and what was before it follows while
nothing else is to be done: a session of 10,000 messages comes to the front as quickly as one of a hundred. What is
seen does not move meanwhile. Whatever needs all of it (a search, a place far up) asks for the rest at once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tui.app.history.present import Draft, Presenter
from tui.events import Entry, PromptSubmitted
from widgets.blocks import Block, Density
from widgets.transcript import Transcript

LONG = 1_500
"""Entries up to which a session is presented in one go: some 30 ms."""
RECENT = 400
"""Entries of a long one that are presented first, and turns that began before them are among them whole."""
PIECE = 250
PIECES_AT_ONCE = 12
"""Pieces that are put in together: each time the blocks below are numbered anew."""


def recent(entries: Sequence[Entry]) -> int:
    """Where to begin so that the end of a session is seen first: at the start of a turn, or 0."""
    if len(entries) <= LONG:
        return 0
    at = len(entries) - RECENT
    while at > 0 and not isinstance(entries[at].event, PromptSubmitted):
        at -= 1
    return at


class Past:
    """What came before a transcript's first block. ``entries`` are a session's from the beginning to there."""

    def __init__(
        self,
        entries: Sequence[Entry],
        live: Presenter,
        transcript: Transcript,
        *,
        before: str,
        opened: Mapping[str, Density],
    ) -> None:
        self._entries = entries
        self._presenter = live.earlier()
        self._live = live
        self._transcript = transcript
        self._before = before
        self._opened = opened
        self._draft = _Above(transcript)
        self._at = 0
        self._pieces = 0

    def step(self) -> bool:
        """Present the next piece, a few milliseconds' work. Whether there is more to do."""
        end = self._at + PIECE
        self._presenter.show(list(self._entries[self._at : end]), self._draft)
        self._at, self._pieces = end, self._pieces + 1
        more = end < len(self._entries)
        if not more or self._pieces % PIECES_AT_ONCE == 0:
            self._put()
        return more

    def finish(self) -> None:
        """Present all of the rest now."""
        while self.step():
            pass

    def _put(self) -> None:
        self._transcript.insert_before(self._before, self._draft.blocks())
        self._draft = _Above(self._transcript)
        self._live.learn(self._presenter)
        if self._opened:
            self._transcript.open_blocks(self._opened)


class _Above(Draft):
    """A draft of blocks that go in above others: what concerns one that is in already goes to the transcript."""

    def __init__(self, transcript: Transcript) -> None:
        super().__init__()
        self._transcript = transcript
        self._there = set(transcript.blocks)

    def put(self, block: Block) -> None:
        if block.id in self._there:
            self._transcript.put(block)
        else:
            super().put(block)

    def grow(self, block_id: str, text: str) -> None:
        if block_id in self._there:
            self._transcript.grow(block_id, text)
        else:
            super().grow(block_id, text)

    def finish(self, block_id: str, source: str | None = None) -> None:
        if block_id in self._there:
            self._transcript.finish(block_id, source)
        else:
            super().finish(block_id, source)

    def mark(self, block_id: str, **changes: Any) -> None:
        if block_id in self._there:
            self._transcript.mark(block_id, **changes)
        else:
            super().mark(block_id, **changes)
