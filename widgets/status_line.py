"""One row of short facts, left and right.

It is told often (several times a second while something streams), so telling it only repaints its
row: no layout, and nothing at all when the facts are the same. When the row is too narrow the least
important facts go, whole; a fact is cut only when it is the last one, or says that it may be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.style import Style as Look
from textual.widget import Widget

Style = Literal["", "dim", "good", "warn", "bad", "accent"]

STYLES: dict[Style, str] = {
    "": "$foreground",
    "dim": "$foreground 60%",
    "good": "$text-success",
    "warn": "$text-warning",
    "bad": "bold $text-error",
    "accent": "bold $text-accent",
}
GAP = 2  # cells between two facts
MIDDLE = 2  # cells at least between the left and the right group


@dataclass(frozen=True, slots=True)
class Segment:
    """One fact. The higher ``priority``, the longer it stays when room is short; of equals the last goes first.

    ``least``: cells to which it may be cut, when its turn comes, before it goes; 0 for never. ``key``: what a click
    on it presses; of several, with spaces between, each stands for a word of its own, and the last for the rest.
    """

    text: str | Text
    style: Style = ""
    priority: int = 0
    least: int = 0
    key: str = ""

    @property
    def plain(self) -> str:
        """The text on one line."""
        text = self.text if isinstance(self.text, str) else self.text.plain
        return " ".join(text.split("\n"))

    @property
    def width(self) -> int:
        """In cells."""
        return cell_len(self.plain)


class StatusLine(Widget):
    """The row itself. Told by ``show``; tells nothing."""

    DEFAULT_CSS = """
    StatusLine {
        height: 1; width: 1fr; padding: 0 1; background: $surface; color: $foreground;
        text-wrap: nowrap; text-overflow: clip;
    }
    """

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._left: tuple[Segment, ...] = ()
        self._right: tuple[Segment, ...] = ()

    def show(self, left: Sequence[Segment], right: Sequence[Segment] = ()) -> None:
        """Draw these facts from now on. Empty ones are left out."""
        new_left = tuple(segment for segment in left if segment.plain)
        new_right = tuple(segment for segment in right if segment.plain)
        if (new_left, new_right) == (self._left, self._right):
            return
        self._left, self._right = new_left, new_right
        self.refresh()

    def render(self) -> RenderResult:
        width = self.content_size.width
        left, right = fit(self._left, self._right, width)
        used = _width(left) + _width(right)
        if used > width:  # a single fact that is still too wide
            left, right = ([_cut((left or right)[0], width)] if width else []), []
            used = _width(left)
        return Content.assemble(*_row(left), " " * max(0, width - used), *_row(right))

    def on_click(self, event: events.Click) -> None:
        """On what names a key: press that."""
        key = event.style.meta.get("key")
        if isinstance(key, str) and event.button == 1:
            event.stop()
            self.app.simulate_key(key)


def fit(left: Sequence[Segment], right: Sequence[Segment], width: int) -> tuple[list[Segment], list[Segment]]:
    """The facts that have room in ``width`` cells; at least one is always left."""
    kept_left, kept_right = list(left), list(right)
    while len(kept_left) + len(kept_right) > 1:
        between = MIDDLE if kept_left and kept_right else 0
        if _width(kept_left) + between + _width(kept_right) <= width:
            break
        over = _width(kept_left) + between + _width(kept_right) - width
        everything = [(kept_left, i) for i in range(len(kept_left))] + [(kept_right, i) for i in range(len(kept_right))]
        group, index = min(reversed(everything), key=lambda place: place[0][place[1]].priority)
        segment = group[index]
        if segment.least and segment.width - over >= segment.least:
            group[index] = _cut(segment, segment.width - over)
            break
        del group[index]
    return kept_left, kept_right


def _width(segments: Sequence[Segment]) -> int:
    return sum(segment.width for segment in segments) + GAP * max(0, len(segments) - 1)


def _row(segments: Sequence[Segment]) -> list[Content]:
    parts: list[Content] = []
    for segment in segments:
        if parts:
            parts.append(Content(" " * GAP))
        part, end = Content.styled(segment.plain, STYLES[segment.style]), 0
        keys = segment.key.split()
        for number, key in enumerate(keys, 1):
            begin, end = end, end + len(_first_word(segment.plain[end:])) if number < len(keys) else len(segment.plain)
            part = part.stylize(Look.from_meta({"key": key}), begin, end)
        parts.append(part)
    return parts


def _first_word(text: str) -> str:
    """The first word of what names several keys, with the space behind it."""
    word, space, _ = text.partition(" ")
    return word + space


def _cut(segment: Segment, width: int) -> Segment:
    return replace(segment, text=set_cell_size(segment.plain, width - 1).rstrip() + "…")
