"""What the prompt offers while a word is being typed: the list, and which word it is about.

The list is a few rows over the screen just above the prompt. It never takes the focus: the prompt
keeps it and steers the list.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Offset, Region
from textual.message import Message
from textual.widget import Widget

Kind = Literal["command", "file"]

MAX_ROWS = 8
MAX_WIDTH = 72

_COMMAND = re.compile(r"/(\S*)$")
_FILE = re.compile(r"(?:^|(?<=\s))@(\S*)$")


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer: ``value`` is what is put into the text, without the "/" or "@" before it."""

    value: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """The word before the cursor that can be completed. ``column`` is where its "/" or "@" stands."""

    kind: Kind
    query: str
    row: int
    column: int


def word_before(line: str, row: int, column: int) -> Word | None:
    """The completable word that ends at the cursor: "/..." at the very start, or "@..." after a space."""
    before = line[:column]
    if row == 0 and (found := _COMMAND.fullmatch(before)):
        return Word("command", found[1], row, 0)
    if found := _FILE.search(before):
        return Word("file", found[1], row, found.start())
    return None


def matching(commands: Sequence[Completion], query: str) -> list[Completion]:
    """The commands for ``query``: the one of that name, those that start with it, then those that contain it."""
    sought = query.casefold()
    starting = [c for c in commands if c.value.casefold().startswith(sought)]
    starting.sort(key=lambda c: c.value.casefold() != sought)
    return starting + [c for c in commands if sought in c.value.casefold() and c not in starting]


class CompletionList(Widget):
    """Told by ``offer``, ``move`` and ``close``; tells ``Picked`` when a row is clicked."""

    DEFAULT_CSS = """
    CompletionList {
        layer: _tooltips; display: none; width: 1; height: 1;
        background: $panel; color: $foreground; text-wrap: nowrap; text-overflow: clip;
    }
    """
    ALLOW_SELECT = False

    @dataclass
    class Picked(Message):
        """A row was clicked."""

        list: "CompletionList"
        item: Completion

        @property
        def control(self) -> "CompletionList":
            return self.list

    def __init__(self, owner: Widget) -> None:
        """``owner`` hears ``Picked``: the list is mounted on the screen, far from whom it serves."""
        super().__init__(classes="-textual-system")
        self._owner = owner
        self._items: tuple[Completion, ...] = ()
        self._sign = ""
        self._at = 0
        self._top = 0

    @property
    def is_open(self) -> bool:
        return bool(self._items)

    @property
    def highlighted(self) -> Completion | None:
        """The row that would be taken now."""
        return self._items[self._at] if self._items else None

    @property
    def items(self) -> tuple[Completion, ...]:
        return self._items

    def offer(self, items: Sequence[Completion], sign: str) -> None:
        """Show ``items``, each drawn with ``sign`` before it; none closes the list."""
        self._items, self._sign, self._at, self._top = tuple(items), sign, 0, 0
        self.display = bool(items)
        self.refresh()

    def close(self) -> None:
        self.offer((), "")

    def move(self, rows: int) -> None:
        """Move the highlight, around the ends."""
        if self._items:
            self._at = (self._at + rows) % len(self._items)
            self._top = min(max(self._top, self._at - MAX_ROWS + 1), self._at)
            self.refresh()

    def place(self, anchor: Region, screen: Region) -> None:
        """Stand right above ``anchor``, or below it where there is no room above."""
        if not self._items:
            return
        height = min(MAX_ROWS, len(self._items))
        width = max(cell_len(_one_line(f"  {self._sign}{item.value}   {item.detail} ")) for item in self._items)
        width = min(max(24, width), MAX_WIDTH, max(1, screen.right - anchor.x))
        above = anchor.y - height >= screen.y
        self.styles.width, self.styles.height = width, height
        self.absolute_offset = Offset(anchor.x, anchor.y - height if above else anchor.bottom)
        self.refresh(layout=True)

    def render(self) -> RenderResult:
        shown = self._items[self._top : self._top + MAX_ROWS]
        names = max((cell_len(_one_line(item.value)) for item in shown), default=0) + len(self._sign)
        names = min(names, max(8, self.size.width - 4))
        rows = [self._row(item, self._top + i == self._at, names) for i, item in enumerate(shown)]
        return Content("\n").join(rows)

    def _row(self, item: Completion, at: bool, names: int) -> Content:
        ground = "$block-cursor-foreground on $block-cursor-background" if at else ""
        name = _fitted(f"{self._sign}{_one_line(item.value)}", names)
        room = self.size.width - names - 4
        detail = _fitted(_one_line(item.detail), room) if room > 0 else ""
        return Content.assemble(
            (" " + name + "   ", ground or "bold"), (detail, ground or "$foreground 65%"), (" ", ground)
        )

    def on_click(self, event: events.Click) -> None:
        event.stop()
        index = self._top + event.y
        if 0 <= index < len(self._items):
            self._at = index
            self._owner.post_message(self.Picked(self, self._items[index]))


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _fitted(text: str, cells: int) -> str:
    """``text`` in exactly ``cells`` cells; a path keeps its end, which tells most."""
    if cell_len(text) <= cells:
        return set_cell_size(text, cells)
    if "/" in text[1:]:
        while text and cell_len(text) > cells - 1:
            text = text[1:]
        return "…" + set_cell_size(text, cells - 1)
    return set_cell_size(text, cells - 1) + "…"
