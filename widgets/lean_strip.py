"""A painted row that is kept, without Textual's caches in it.

Each of Textual's strips carries seven caches, two objects each, whether anything is put into them or not; and one that
is painted whole puts itself into its own, a cycle that only the garbage collector can end. A transcript keeps
hundreds of rows a pane: of all that the collector had to walk while eight panes streamed, two thirds was this.
"""

from collections.abc import Iterable
from typing import Any

from rich.segment import Segment
from textual.cache import FIFOCache
from textual.strip import Strip


class _Nothing(FIFOCache[Any, Any]):
    """A cache that keeps nothing, for all strips alike. (It may count its misses: nobody reads them.)"""

    def set(self, key: Any, value: Any) -> None:
        """See ``FIFOCache``."""

    __setitem__ = set


_NOTHING = _Nothing(0)


class LeanStrip(Strip):
    """Behaves like a ``Strip``; what is derived from it is made anew each time, but for what goes to the terminal."""

    __slots__ = ()

    def __init__(self, segments: Iterable[Segment], cell_length: int | None = None) -> None:
        self._segments = list(segments)
        self._cell_length = cell_length
        self._divide_cache = self._crop_cache = self._style_cache = self._filter_cache = _NOTHING
        self._line_length_cache = self._crop_extend_cache = self._offsets_cache = _NOTHING
        self._render_cache = None
        self._link_ids = None
        self._cell_count = None
