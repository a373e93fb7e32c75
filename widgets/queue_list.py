"""What waits to be sent, a row each, above the prompt; with the focus it can be reordered, edited and taken back.

Told by ``show``; tells ``Wanted`` and ``Left``. It changes nothing itself: the owner does what was wanted and shows
what came of it. It is hidden while nothing waits, and asks for layout only when its number of rows changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from widgets.clean import clean

State = Literal["queued", "steers", "held"]
Deed = Literal["edit", "send", "steer", "withdraw", "up", "down"]

LABELS: dict[State, str] = {"queued": "queued", "steers": "steers at the next step", "held": "held"}
_STYLES: dict[State, str] = {"queued": "$foreground 60%", "steers": "$text-accent", "held": "bold $text-warning"}
EDITING = "edited below"
ROWS = 4
"""Prompts in sight at most."""
TIGHT_ROWS = 2
TIGHT_BELOW = 18
"""Rows of what it stands in, below which only TIGHT_ROWS are shown."""
KEYS = "j k · J K move · e edit · s steer · x take back · enter {enter} · esc"


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One prompt that waits; ``text`` is cut to a row. ``editing``: it stands in the prompt just now."""

    id: str
    text: str
    state: State = "queued"
    editing: bool = False


class QueueList(Widget, can_focus=True):
    """See the module."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "step(1)", "Next", id="queue.down", show=False),
        Binding("k,up", "step(-1)", "Previous", id="queue.up", show=False),
        Binding("g,home", "step(-1000000)", "First", id="queue.home", show=False),
        Binding("G,end", "step(1000000)", "Last", id="queue.end", show=False),
        Binding("J,alt+down", "want('down')", "Later", id="queue.later", show=False),
        Binding("K,alt+up", "want('up')", "Sooner", id="queue.sooner", show=False),
        Binding("e", "want('edit')", "Edit", id="queue.edit", show=False),
        Binding("enter", "enter", "Edit, or send", id="queue.enter", show=False),
        Binding("s", "want('steer')", "Steer", id="queue.steer", show=False),
        Binding("x,delete", "want('withdraw')", "Take back", id="queue.withdraw", show=False),
        Binding("escape,tab,shift+tab", "leave", "Back", id="queue.leave", show=False),
    ]
    DEFAULT_CSS = """
    QueueList {
        display: none; height: auto; width: 1fr; padding: 0 1; background: $surface; color: $foreground;
        text-wrap: nowrap; text-overflow: clip;
        &:focus { background: $panel; }
    }
    """
    ALLOW_SELECT = False

    @dataclass
    class Wanted(Message):
        """Something is to be done with the prompt ``id``."""

        list: "QueueList"
        deed: Deed
        id: str

        @property
        def control(self) -> "QueueList":
            return self.list

    @dataclass
    class Left(Message):
        """Escape, tab, or there is nothing left to choose from: the focus belongs elsewhere."""

        list: "QueueList"

        @property
        def control(self) -> "QueueList":
            return self.list

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._items: tuple[QueueItem, ...] = ()
        self._hint = ""
        self._at = 0
        self.keys = KEYS
        """What the last row says while it has the focus; ``{enter}`` stands for what that does."""

    def show(self, items: Sequence[QueueItem], hint: str = "") -> None:
        """Draw these from now on; none hides the list. ``hint`` stands in the last row while it has no focus."""
        new = tuple(items)
        if (new, hint) == (self._items, self._hint):
            return
        rows, chosen = self._height, self.chosen
        self._items, self._hint = new, hint
        ids = [item.id for item in new]
        kept = ids.index(chosen.id) if chosen is not None and chosen.id in ids else self._at
        self._at = max(0, min(kept, len(new) - 1))
        self.display = bool(new)
        self.refresh(layout=self._height != rows)
        if not new and self.has_focus:
            self.post_message(self.Left(self))

    @property
    def chosen(self) -> QueueItem | None:
        """The prompt that keys act on."""
        return self._items[self._at] if self._items else None

    @property
    def items(self) -> tuple[QueueItem, ...]:
        return self._items

    # --- keys and mouse

    def action_step(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._items) - 1))
        self.refresh()

    def action_want(self, deed: Deed) -> None:
        if self.chosen is not None:
            self.post_message(self.Wanted(self, deed, self.chosen.id))

    def action_enter(self) -> None:
        self.action_want("send" if self._is_held else "edit")

    def action_leave(self) -> None:
        self.post_message(self.Left(self))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        first, count = self._window  # as it was drawn: with the focus another one may be in sight
        if event.y < count:
            self._at = first + event.y
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.chain == 2 and event.y < self._height - 1:
            self.action_enter()

    # --- drawing

    @property
    def _is_held(self) -> bool:
        return any(item.state == "held" for item in self._items)

    @property
    def _window(self) -> tuple[int, int]:
        """The first prompt in sight, and how many are: the chosen one is among them."""
        tight = isinstance(self.parent, Widget) and 0 < self.parent.size.height < TIGHT_BELOW
        count = min(TIGHT_ROWS if tight else ROWS, len(self._items))
        at = self._at if self.has_focus else 0
        return max(0, min(at - count + 1, len(self._items) - count)) if at >= count else 0, count

    @property
    def _height(self) -> int:
        _, count = self._window
        return count + 1 if count else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self._height

    def render(self) -> RenderResult:
        width = self.content_size.width
        first, count = self._window
        rows = [self._row(number, self._items[number], width) for number in range(first, first + count)]
        return Content("\n").join([*rows, self._last_row(len(self._items) - count, width)])

    def _last_row(self, left: int, width: int) -> Content:
        more = f"+{left} more" if left else ""
        if self.has_focus:
            keys = self.keys.format(enter="sends" if self._is_held else "edits")
            return Content.styled(_fit(" · ".join(part for part in (more, keys) if part), width), "$text-accent")
        said = " · ".join(part for part in (more, self._hint) if part)
        return Content.styled("    " + _fit(said, width - 4), "$foreground 60%")

    def _row(self, number: int, item: QueueItem, width: int) -> Content:
        at = self.has_focus and number == self._at
        label = EDITING if item.editing else LABELS[item.state]
        head = f"{'▸' if at else ' '} {number + 1} "
        room = max(8, width - cell_len(head) - cell_len(label) - 2)
        return Content.assemble(
            (head, "bold $text-accent" if at else "$text-accent"),
            (_fit(item.text, room), "bold" if at else ""),
            "  ",
            (label[: max(0, width - cell_len(head) - room - 2)], _STYLES[item.state]),
        )


def _fit(text: str, width: int) -> str:
    """``text`` on one line in exactly ``width`` cells."""
    line = " ".join(clean(text).split())
    if cell_len(line) <= width:
        return set_cell_size(line, width)
    return set_cell_size(line, max(0, width - 1)) + "…"
