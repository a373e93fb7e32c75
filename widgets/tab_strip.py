"""One row of tabs, each with the exact state of what stands behind it.

Every state has a glyph AND a colour, so that neither is needed to read the other. A changed state
repaints this one row and lays nothing out. Titles shrink together before any tab scrolls out of
sight; the active tab is always in sight. Nothing moves by itself: there is no spinner here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import RenderResult
from textual.color import Color
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

State = Literal["idle", "running", "asking", "queued", "failed"]

GLYPHS: dict[State, str] = {"idle": "○", "running": "▶", "asking": "?", "queued": "‖", "failed": "✗"}
COLOURS: dict[State, str] = {
    "idle": "$foreground 60%",
    "running": "$text-success",
    "asking": "bold $text-warning",
    "queued": "$text-primary",
    "failed": "bold $text-error",
}
DONE = "✓"
"""In place of idle's, while what was done there is unread."""
UNREAD = "•"
HELD = "⊘"
MIN_TITLE = 6  # cells: below that a title says nothing, and the row scrolls instead
MAX_TITLE = 32


@dataclass(frozen=True, slots=True)
class Tab:
    """One entry. ``held``: another process has it open, ``holder`` where it is known. ``lead`` and ``tail`` are "["
    and "]" where entries that are on screen together begin and end, in place of a space.
    """

    id: str
    slot: int
    title: str
    state: State = "idle"
    unread: bool = False
    held: bool = False
    holder: int = 0
    lead: str = ""
    tail: str = ""

    @property
    def glyph(self) -> str:
        return DONE if self.unread and self.state == "idle" else GLYPHS[self.state]

    @property
    def held_mark(self) -> str:
        """Who has it open, "" where nobody else has."""
        return f" {HELD}{self.holder or ''}" if self.held else ""

    @property
    def clean_title(self) -> str:
        """The title on one line, without what does not print."""
        return "".join(c if c.isprintable() else " " for c in self.title).strip() or "untitled"

    def width(self, title_cells: int) -> int:
        """Cells of this tab when its title has ``title_cells`` at the most."""
        title = cell_len(self.short_title(title_cells))
        return len(f" {self.slot} {GLYPHS[self.state]} ") + title + 2 * self.unread + len(self.held_mark) + 1

    def short_title(self, cells: int) -> str:
        """The title in ``cells`` at the most."""
        title = self.clean_title
        return title if cell_len(title) <= cells else set_cell_size(title, cells - 1).rstrip() + "…"


class TabStrip(Widget):
    """Told by ``set_tabs`` and ``active``; tells ``Selected`` when a tab is clicked."""

    DEFAULT_CSS = """
    TabStrip { height: 1; width: 1fr; background: $panel; color: $foreground; text-wrap: nowrap; text-overflow: clip; }
    """
    ALLOW_SELECT = False

    active: reactive[str] = reactive("", layout=False)
    """The id of the tab in front; an unknown id highlights none."""

    @dataclass
    class Selected(Message):
        """A tab was clicked."""

        strip: "TabStrip"
        id: str

        @property
        def control(self) -> "TabStrip":
            return self.strip

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._tabs: tuple[Tab, ...] = ()
        self._first = 0  # the leftmost tab in sight
        self._spans: list[tuple[int, int, str]] = []  # (from cell, to cell, tab id) as last drawn

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """What was told last."""
        return self._tabs

    def set_tabs(self, tabs: Sequence[Tab]) -> None:
        """Draw these tabs from now on, in this order."""
        if tuple(tabs) != self._tabs:
            self._tabs = tuple(tabs)
            self.refresh()

    def render(self) -> RenderResult:
        width = self.size.width
        self._spans = []
        if not self._tabs or width < 1:
            return Content("")
        title_cells = title_room(self._tabs, width)
        widths = [tab.width(title_cells) for tab in self._tabs]
        if sum(widths) <= width:
            first, last = 0, len(widths)
            self._first = 0
        else:
            active = next((i for i, tab in enumerate(self._tabs) if tab.id == self.active), 0)
            first, last = window(widths, active, self._first, width)
            self._first = first
        return self._row(first, last, title_cells, overflow=sum(widths) > width)

    def _row(self, first: int, last: int, title_cells: int, overflow: bool) -> Content:
        parts: list[tuple[str, str]] = []
        x = 0
        if overflow:
            parts.append(("‹" if first else " ", "bold $text-accent"))
            self._spans.append((0, 1, self._tabs[max(0, first - 1)].id))
            x = 1
        flat = self.styles.background == Color.parse(self.app.theme_variables["background"])
        for tab in self._tabs[first:last]:
            parts.extend(_tab_parts(tab, title_cells, tab.id == self.active, flat))
            self._spans.append((x, x + tab.width(title_cells), tab.id))
            x += tab.width(title_cells)
        if overflow and last < len(self._tabs):
            self._spans.append((self.size.width - 1, self.size.width, self._tabs[last].id))
            parts.append((" " * max(0, self.size.width - 1 - x) + "›", "bold $text-accent"))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.button != 1:
            return
        for start, end, tab_id in reversed(self._spans):
            if start <= event.x < end:
                self.post_message(self.Selected(self, tab_id))
                return


def title_room(tabs: Sequence[Tab], width: int) -> int:
    """The longest title, in cells, with which all ``tabs`` fit in ``width``; ``MIN_TITLE`` when none does."""
    for cells in range(MAX_TITLE, MIN_TITLE, -1):
        if sum(tab.width(cells) for tab in tabs) <= width:
            return cells
    return MIN_TITLE


def window(widths: Sequence[int], active: int, first: int, width: int) -> tuple[int, int]:
    """Which tabs to show, as (first, past the last), when not all fit: ``active`` is among them.

    It moves as little as it can from ``first``, where it stood. One cell at each end is kept for the arrows.
    """
    room = width - 2
    first = max(0, min(first, active, len(widths) - 1))
    while first < active and sum(widths[first : active + 1]) > room:
        first += 1
    last = first + 1
    while last < len(widths) and sum(widths[first : last + 1]) <= room:
        last += 1
    while first > 0 and last == len(widths) and sum(widths[first - 1 : last]) <= room:
        first -= 1  # the end is in sight: use what is free at the left
    return first, last


def _tab_parts(tab: Tab, title_cells: int, active: bool, flat: bool) -> list[tuple[str, str]]:
    """``flat``: strip and ground are of one colour, as where there are few or none."""
    ground = ("reverse" if flat else "on $background") if active else ""
    title = tab.short_title(title_cells)
    loud = active or tab.unread
    edge = f"bold $text-accent {ground}"
    parts = [
        (tab.lead or " ", edge),
        (f"{tab.slot} ", f"{'bold $text-accent' if active else '$foreground 60%'} {ground}"),
        (f"{tab.glyph} ", f"{COLOURS['running' if tab.glyph == DONE else tab.state]} {ground}"),
        (title, f"{'bold $foreground' if loud else '$foreground 75%'} {ground}"),
    ]
    if tab.unread:
        parts.append((f" {UNREAD}", f"bold $text-accent {ground}"))
    if tab.held:
        parts.append((tab.held_mark, f"$foreground 60% {ground}"))
    parts.append((tab.tail or " ", edge))
    return parts
