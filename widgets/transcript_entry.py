"""One block in a transcript's list: its growing source, and its document while that is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from widgets.blocks import Block, Density, Kind
from widgets.doc_chunks import Document


class Entry:
    """One block in the list, its growing source, and its document while that is kept."""

    __slots__ = ("_block", "density", "document", "height", "index", "ordinal", "pieces", "words")

    def __init__(self, block: Block) -> None:
        self._block = block
        self.density: Density | None = None  # as set for this block alone
        self.document: Document | None = None
        self.height = 0  # rows with the gap, as counted in the view's total
        self.index = 0
        self.ordinal = 0
        self.pieces: list[str] = []  # what has been grown since `_block.source`
        self.words = -1

    @property
    def id(self) -> str:
        """The block's id."""
        return self._block.id

    @property
    def kind(self) -> Kind:
        """The block's kind."""
        return self._block.kind

    @property
    def streaming(self) -> bool:
        """Whether the block still grows."""
        return self._block.streaming

    @property
    def block(self) -> Block:
        """The block with its source as grown so far."""
        if self.pieces:
            self._block = replace(self._block, source=self._block.source + "".join(self.pieces))
            self.pieces.clear()
        return self._block

    @block.setter
    def block(self, block: Block) -> None:
        self._block = block
        self.pieces.clear()
        self.words = -1

    @property
    def head(self) -> Block:
        """The block without what has been grown since: cheap, for everything but its source."""
        return self._block

    def change(self, **changes: Any) -> None:
        """Replace fields of the block; what has been grown stays unless the source is among them."""
        if "source" in changes:
            self.pieces.clear()
            self.words = -1
        self._block = replace(self._block, **changes)

    def grow(self, text: str) -> None:
        """Append to the source."""
        if self.words >= 0:
            last = (self.pieces[-1] if self.pieces else self._block.source)[-1:]
            joined = last and not last.isspace() and not text[:1].isspace()
            self.words += len(text.split()) - bool(joined)
        self.pieces.append(text)

    def count_words(self) -> int:
        """The number of words in the source, counted once and then kept up to date."""
        if self.words < 0:
            self.words = len(self.block.source.split())
        return self.words
