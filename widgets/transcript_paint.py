"""From a row to a strip: names of styles become colours, selection and search hits are laid over.

Styles are the transcript's component classes ("transcript--code"), so any theme works. The painter keeps the strips
of plain rows; a theme change makes it forget them.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from widgets.doc_lines import Line, Run, cells
from widgets.lean_strip import LeanStrip

GUTTER = 2
EMPTY = 1  # the column at the right in which nothing is ever written
MARGIN = EMPTY + 1  # and the one under the scroll bar, which no strip has
KEPT_WINDOWS, KEPT_MORE = 2, 32
"""How many strips are kept: so many windows of them, and some. All the rows of the window are asked for at each row
that it moves on by; the last one is another at each frame, and nobody asks for it again."""
SELECTED = "selected"

_Look = tuple[tuple[Run, ...], tuple[Run, ...], tuple[Run, ...], str, int, bool]
"""All that a plain row's strip depends on. Not the Line itself: an open paragraph lays out equal ones at each tick."""
Mark = tuple[int, int, str]  # characters of a row's text, and the style over them

STYLES = (
    "h1", "h2", "h3", "h4", "h5", "h6", "em", "strong", "strike", "code", "link", "muted", "bullet", "rule",
    "quote-bar", "codeblock", "code-label", "code-keyword", "code-string", "code-number", "code-comment",
    "code-function", "code-type", "code-inserted", "code-deleted", "code-muted", "prompt", "prompt-bar", "reasoning",
    "notice", "tool-name", "tool-summary", "detail", "state", "state-none", "state-waiting", "state-asking",
    "state-running", "state-ok", "state-error", "state-denied", "state-cancelled", "state-timed_out", "state-unknown",
    "state-cut", "cursor", "match", "match-current",
)  # fmt: skip
COMPONENTS = {f"transcript--{name}" for name in STYLES}

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


class Painter:
    """Makes strips for one widget."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget
        self._styles: dict[tuple[str, str], Style] = {}
        self._strips: OrderedDict[_Look, Strip] = OrderedDict()

    def forget(self) -> None:
        """The theme, or what is under the widget, has changed."""
        self._styles.clear()
        self._strips.clear()

    def style(self, fill: str, names: str = "") -> Style:
        """The style of text in a row: the pane's own, the row's fill over it, then each name in turn."""
        key = fill, names
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._resolve(f"{fill} {names}".split())
        return style

    def _resolve(self, names: Iterable[str]) -> Style:
        widget = self.widget
        background = widget.background_colors[1]
        color = widget.styles.color
        text_style = Style()
        for name in names:
            styles = (
                widget.screen.get_component_styles("screen--selection")
                if name == SELECTED
                else widget.get_component_styles(f"transcript--{name}")
            )
            if styles.has_rule("background"):
                background = background + styles.background
            if styles.has_rule("color") and styles.color.a:  # the selection's is wholly transparent
                color = styles.color
            if styles.has_rule("auto_color") and styles.auto_color:
                color = background.get_contrast_text(styles.color.a)
            text_style += styles.text_style
        foreground: Color = background + color
        return Style(color=foreground.rich_color, bgcolor=background.rich_color) + text_style

    def strip(self, line: Line, width: int, *, cursor: bool, marks: list[Mark] | None = None) -> Strip:
        """A row as a strip of exactly `width` cells, the bar's not among them. `marks`: styles over its text."""
        if marks:
            return self._build(line, width, cursor, marks)
        key = line.runs, line.prefix, line.right, line.fill, width, cursor
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._build(line, width, cursor, [])
            kept = KEPT_WINDOWS * self.widget.size.height + KEPT_MORE
            while len(self._strips) > kept:
                self._strips.popitem(last=False)
        else:
            self._strips.move_to_end(key)
        return strip

    def _build(self, line: Line, width: int, cursor: bool, marks: list[Mark]) -> Strip:
        plain = self.style("")
        segments = [Segment("▌ " if cursor else "  ", self.style("", "cursor") if cursor else plain)]
        segments += [Segment(_safe(run.text), self.style("", run.style)) for run in line.prefix if run.text]
        for text, style in _marked(line.runs, marks):
            segments.append(Segment(_safe(text), self.style(line.fill, style)))
        used = sum(cells(segment.text) for segment in segments)
        right = [Segment(_safe(run.text), self.style(line.fill, run.style)) for run in line.right]
        free = width - EMPTY - used - sum(cells(segment.text) for segment in right)
        if free > 0:
            segments.append(Segment(" " * free, self.style(line.fill)))
        segments += right
        if free >= 0:
            segments.append(Segment(" " * EMPTY, plain))
        else:
            segments = Segment.adjust_line_length(segments, width, plain)
        background = self.widget.background_colors[1]
        for line_filter in self.widget.get_line_filters():
            segments = line_filter.apply(segments, background)
        return LeanStrip(segments, width)

    def hit_strip(self, line: Line, width: int, key: int) -> Strip:
        """The same cells with a place in the text behind each, for the mouse: (character, `key`).

        A cell each in front of the text, so that pointing there means the row's beginning.
        """
        meta = Style.from_meta({"offset": (line.at, key)})
        lead = GUTTER + sum(cells(run.text) for run in line.prefix)
        segments = [Segment(" ", meta)] * lead
        if line.runs:
            segments.append(Segment(_safe(line.text), meta))
        else:
            segments.append(Segment(" ", meta))
        return Strip(segments).adjust_cell_length(width)

    def end_strip(self, line: Line, width: int, key: int) -> Strip:
        """The empty space under the last row: all of it means that row's end."""
        return Strip([Segment(" ", Style.from_meta({"offset": (line.end, key)}))] * width, width)

    def href_at(self, line: Line, x: int) -> str:
        """The link under a column of the text, '' for none."""
        for run in (*line.prefix, *line.runs):
            x -= cells(run.text)
            if x < 0:
                return run.href
        return ""


def _safe(text: str) -> str:
    return _CONTROLS.sub("", text) if not text.isprintable() else text


def _marked(runs: Iterable[Run], marks: list[Mark]) -> Iterable[tuple[str, str]]:
    """The runs cut at the marks' edges, with their styles."""
    if not marks:
        for run in runs:
            yield run.text, run.style
        return
    position = 0
    for run in runs:
        after = position + len(run.text)
        edges = {position, after}
        for start, end, _ in marks:
            edges |= {min(max(start, position), after), min(max(end, position), after)}
        ordered = sorted(edges)
        for begin, until in pairwise(ordered):
            over = [name for start, end, name in marks if start <= begin and until <= end]
            yield run.text[begin - position : until - position], " ".join([run.style, *over])
        position = after
