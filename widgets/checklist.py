"""A short checklist with its progress, in as few rows as there is room for.

The first row says how far it is and what is being done; rows for items follow, the one being done always among
them. Told by ``show``; a click folds it to its first row and back. It asks for layout only when its number of rows
changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import set_cell_size
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from widgets.clean import clean

State = Literal["open", "doing", "done"]

GLYPHS: dict[State, str] = {"open": "○", "doing": "◐", "done": "✓"}
_STYLES: dict[State, str] = {"open": "$foreground 85%", "doing": "bold $text-accent", "done": "$foreground 50%"}
ROWS = 5
"""Items in sight at most."""
TIGHT_BELOW = 18
"""Rows of what it stands in, below which only the first row is shown."""


@dataclass(frozen=True, slots=True)
class CheckItem:
    text: str
    state: State = "open"


class Checklist(Widget):
    """Hidden while it has no items."""

    DEFAULT_CSS = """
    Checklist {
        display: none; height: auto; width: 1fr; padding: 0 1; background: $surface; color: $foreground;
        text-wrap: nowrap; text-overflow: clip;
    }
    """
    ALLOW_SELECT = False

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._items: tuple[CheckItem, ...] = ()
        self._folded = False

    def show(self, items: Sequence[CheckItem]) -> None:
        """Draw these items from now on; none hides the list."""
        new = tuple(items)
        if new != self._items:
            rows = self._rows
            self._items = new
            self.display = bool(new)
            self.refresh(layout=self._rows != rows)

    @property
    def is_done(self) -> bool:
        return all(item.state == "done" for item in self._items)

    @property
    def _rows(self) -> int:
        """Items in sight."""
        if self._folded or self.is_done or self._is_tight:
            return 0
        return min(ROWS, len(self._items))

    @property
    def _is_tight(self) -> bool:
        return isinstance(self.parent, Widget) and 0 < self.parent.size.height < TIGHT_BELOW

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1 + self._rows

    def render(self) -> RenderResult:
        width = self.content_size.width
        done = sum(item.state == "done" for item in self._items)
        now = next((item for item in self._items if item.state == "doing"), None)
        head = f"todo {done}/{len(self._items)}"
        rest = f"  {clean(now.text)}" if now is not None and not self._rows else ""
        rows = [Content.assemble((head, "bold"), (_fit(rest, width - len(head)), _STYLES["doing"]))]
        for item in visible(self._items, self._rows):
            mark = f"{GLYPHS[item.state]} "
            rows.append(Content(mark + _fit(clean(item.text), width - len(mark))).stylize(_STYLES[item.state]))
        return Content("\n").join(rows)

    def on_click(self) -> None:
        self._folded = not self._folded
        self.refresh(layout=True)


def visible(items: Sequence[CheckItem], rows: int) -> Sequence[CheckItem]:
    """``rows`` neighbours of the list: from the item before the first that is not done, as far as there are any."""
    first = next((i for i, item in enumerate(items) if item.state == "doing"), None)
    if first is None:
        first = next((i for i, item in enumerate(items) if item.state == "open"), 0)
    start = max(0, min(first - 1, len(items) - rows))
    return items[start : start + rows]


def _fit(text: str, width: int) -> str:
    line = " ".join(text.split("\n"))
    fitted = set_cell_size(line, max(0, width))
    return line if fitted.rstrip() == line.rstrip() else set_cell_size(line, max(0, width - 1)).rstrip() + "…"
