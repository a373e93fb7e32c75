"""The transcript: a whole session in one widget, drawn line by line.

It promises that streaming costs the same however long the transcript and the message are: `grow` lays out the open
tail of one block, compares the rows that are seen with those shown before, and repaints the rows that differ. It
never asks for layout, never sets a virtual size, and runs no timers. The owner decides when to call: once a frame.

The window stands on a place in the text (see `transcript_view`); blocks that nobody has seen are only their source.
The widget's CSS must give it no border and no padding: put those around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from textual.binding import BindingType
from textual.selection import Selection

from widgets import transcript_look
from widgets.blocks import Block, Density, Kind
from widgets.transcript_moves import Moves
from widgets.transcript_paint import COMPONENTS
from widgets.transcript_select import selected_text


class Transcript(Moves, can_focus=True, inherit_bindings=False):
    """Shows blocks; see the module."""

    ALLOW_SELECT = True
    BLANK = False
    COMPONENT_CLASSES: ClassVar[set[str]] = COMPONENTS
    DEFAULT_CSS = transcript_look.CSS
    BINDINGS: ClassVar[list[BindingType]] = transcript_look.BINDINGS

    # -- what is shown

    def put(self, block: Block) -> None:
        """Add a block at the end, or replace the one with the same id in its place."""
        entry = self.view.by_id.get(block.id)
        if entry is None:
            self.view.append([block])
        else:
            self.view.put(entry, block)
        self.sync()

    def put_all(self, blocks: Sequence[Block]) -> None:
        """`put` for many at once."""
        fresh: list[Block] = []
        for block in {block.id: block for block in blocks}.values():
            if (entry := self.view.by_id.get(block.id)) is None:
                fresh.append(block)
            else:
                self.view.put(entry, block)
        self.view.append(fresh)
        self.sync()

    def insert_before(self, block_id: str, blocks: Sequence[Block]) -> None:
        """Put blocks in above another; what is seen does not move. Raises KeyError for an unknown block."""
        self.view.insert(self.view.by_id[block_id].index, [b for b in blocks if b.id not in self.view.by_id])
        self._asked_earlier = False
        self.sync()

    def grow(self, block_id: str, text: str) -> None:
        """Append text to a block that streams. Raises KeyError for an unknown block."""
        if text:
            entry = self.view.by_id[block_id]
            self.view.grow(entry, text)
            if self.view.anchor is None or self._seen(entry):
                self.sync()

    def finish(self, block_id: str, source: str | None = None) -> None:
        """A block has stopped growing; `source`, where given, is its authoritative text. Raises KeyError."""
        self.view.finish(self.view.by_id[block_id], source)
        self.sync()

    def mark(self, block_id: str, **changes: Any) -> None:
        """Change fields of a block (`Block`'s names), such as status, detail, folded. Raises KeyError."""
        self.view.mark(self.view.by_id[block_id], **changes)
        self.sync()

    def remove_block(self, block_id: str) -> None:
        """Take a block out. Raises KeyError for an unknown block."""
        entry = self.view.by_id[block_id]
        if self._cursor == block_id:
            self._cursor = None
        self.view.remove(entry)
        self.sync()

    def clear(self) -> None:
        """Take all blocks out."""
        self.view.clear()
        self._cursor = None
        self._asked_earlier = False
        self.sync()

    def source_of(self, block_id: str) -> str:
        """A block's source as it is by now. Raises KeyError for an unknown block."""
        return self.view.by_id[block_id].block.source

    def block(self, block_id: str) -> Block:
        """A block as it is by now. Raises KeyError for an unknown block."""
        return self.view.by_id[block_id].block

    @property
    def blocks(self) -> Sequence[str]:
        """The ids of all blocks, from the top."""
        return [entry.id for entry in self.view.entries]

    @property
    def all_loaded(self) -> bool:
        """Whether there is nothing earlier to ask for."""
        return self._all_loaded

    @all_loaded.setter
    def all_loaded(self, loaded: bool) -> None:
        self._all_loaded = loaded
        self._asked_earlier = False

    # -- densities

    def set_density(self, kind: Kind | Literal["all"], density: Density) -> None:
        """How much to show of all tools, of all reasoning, or of both ("all")."""
        self.view.set_density(kind, density)
        self.sync()

    @property
    def opened(self) -> dict[str, Density]:
        """Blocks whose density was set for them alone."""
        return {entry.id: entry.density for entry in self.view.entries if entry.density is not None}

    def open_blocks(self, densities: Mapping[str, Density]) -> None:
        """Set the density of blocks, each for itself. Unknown ids are left out."""
        for block_id, density in densities.items():
            if (entry := self.view.by_id.get(block_id)) is not None:
                self.view.open(entry, density)
        self.sync()

    # -- selection

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The selected text (whole blocks as their source, wrapped rows joined), and what ends it."""
        return selected_text(self.view, selection), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        self.refresh()
