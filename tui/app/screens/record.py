"""One row of a query's result, in full: to read, to search through, to select from."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import TextArea

from widgets.clean import clean
from widgets.overlay import Overlay
from widgets.status_line import Segment, StatusLine


class RecordScreen(Overlay[None]):
    """``text`` has only clean characters."""

    BINDINGS: ClassVar = [
        Binding("escape,q,enter", "dismiss(None)", show=False),
        Binding("j", "scroll('down')", show=False),
        Binding("k", "scroll('up')", show=False),
        Binding("ctrl+d", "scroll('page_down')", show=False, priority=True),
        Binding("ctrl+u", "scroll('page_up')", show=False, priority=True),
        Binding("g", "scroll('home')", show=False),
        Binding("G", "scroll('end')", show=False),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    RecordScreen {
        background: $background;
        & > .head { background: $primary-muted; text-style: bold; }
        & > .foot { background: $panel; }
        & > TextArea, & > TextArea:focus { height: 1fr; border: none; padding: 0 1; background: $background; }
    }
    """

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="head")
        yield TextArea(self._text, read_only=True, soft_wrap=True, highlight_cursor_line=False, tab_behavior="focus")
        yield StatusLine(classes="foot")

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.cursor_blink = False
        area.focus()
        self.query_one(".head", StatusLine).show([Segment(clean(self._title), "", 9)])
        self.query_one(".foot", StatusLine).show([Segment("j k g G move", "dim", 2), Segment("esc closes", "dim", 3)])

    def action_scroll(self, where: str) -> None:
        getattr(self.query_one(TextArea), f"scroll_{where}")(animate=False)
