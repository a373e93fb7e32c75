"""The Markdown parsers, made when the first text is parsed: loading them takes longer than drawing a first frame.

``flow_parser`` reads a block with all that is in it; ``block_parser`` finds where blocks begin and end, and leaves
what is inside them alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_NESTING = 24


@lru_cache
def flow_parser() -> MarkdownIt:
    """CommonMark with tables and strikethrough that takes file: links for links, too; anything else unsafe stays the
    text that it is."""
    parser = _parser()
    usual = parser.validateLink
    parser.validateLink = lambda url: usual(url) or url.lower().startswith("file:")  # type: ignore[method-assign]
    return parser


@lru_cache
def block_parser() -> MarkdownIt:
    """The same blocks; their text is not looked into."""
    parser = _parser()
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415

    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.options["maxNesting"] = _NESTING
    return parser
