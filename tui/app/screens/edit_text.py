"""A text of several lines, to be changed: dismissed with it, or with None when it stays as it was."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from tui.app.footer import key_line, key_row
from widgets.clean import clean
from widgets.overlay import Overlay
from widgets.status_line import StatusLine

KEEP = "ctrl+s", "keeps it"


class EditText(Overlay[str | None]):
    """``says`` is a sentence or two about the text, ``empty`` about what it means to leave it empty."""

    BINDINGS: ClassVar = [
        Binding("escape", "close", show=False, id="edit.close"),
        Binding("ctrl+s", "keep", show=False, id="edit.keep"),  # no priority: it comes behind what was typed before it
    ]
    DEFAULT_CSS: ClassVar[str] = """
    EditText {
        align: center middle; background: $background 60%;
        & > Vertical { width: 100; max-width: 100%; height: auto; max-height: 90%; background: $panel; padding: 1 2; }
        & .title { text-style: bold; height: 1; }
        & .says { height: auto; margin: 0 0 1 0; color: $foreground 70%; }
        & TextArea, & TextArea:focus {
            height: auto; min-height: 5; max-height: 14; border: none; padding: 0 1; background: $background;
        }
        & .keys { background: $panel; padding: 0; margin: 1 0 0 0; }
    }
    """

    def __init__(self, title: str, text: str, *, says: str = "", empty: str = "") -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._says = says
        self._empty = empty
        self._begun = clean(text)
        self._left: str | None = None

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(clean(self._title)), classes="title")
            yield Static(Content(clean(self._says)), classes="says")
            yield TextArea(clean(self._text), tab_behavior="focus", compact=True)
            if self._empty:
                yield Static(Content(clean(f"Empty: {self._empty}.")), classes="says")
            yield key_line(KEEP, ("escape", "leaves it as it was"))

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.cursor_blink = False
        area.focus()
        self._begun = area.text

    def action_close(self) -> None:
        """What was typed is left by a second escape only."""
        text = next((area.text for area in self.query(TextArea)), self._begun)
        if text in (self._begun, self._left):
            self.dismiss(None)
            return
        self._left = text
        self.query_one(".keys", StatusLine).show(key_row([KEEP, ("escape", "again leaves it as it was")], {}))

    def action_keep(self) -> None:
        self.dismiss(self.query_one(TextArea).text)
