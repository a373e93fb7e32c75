"""The arguments of a call, each in a field of its own, to be changed before it runs.

A text stands there as it is, everything else as JSON; so does a text with control characters, which a field
would show wrongly. What does not fit the tool is said below, and the fields stay as they are.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Label, Static, TextArea

from tui.app.footer import key_line, key_row
from widgets.clean import clean
from widgets.overlay import Overlay
from widgets.status_line import StatusLine

RUN = "ctrl+s", "runs it so"
Check = Callable[[str], Awaitable[str]]
"""Gives "" for arguments that could run, else a sentence that says what is wrong."""


class EditCall(Overlay[str | None]):
    """Dismissed with the arguments as JSON text, None when nothing is to be run."""

    BINDINGS = [
        Binding("escape", "close", show=False, id="edit.close"),
        # At once, so that what is typed right behind it goes to the next field.
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", show=False, priority=True),
        Binding("ctrl+s", "run", show=False, id="edit.keep"),  # no priority: behind what was typed before it
    ]
    DEFAULT_CSS: ClassVar[str] = """
    EditCall {
        align: center middle; background: $background 60%;
        & > Vertical { width: 100; max-width: 100%; height: auto; max-height: 90%; background: $panel; padding: 1 2; }
        & VerticalScroll { height: auto; scrollbar-size-vertical: 1; }
        & .title { text-style: bold; height: 1; }
        & Label { height: 1; margin: 1 0 0 0; color: $foreground 70%; }
        & TextArea, & TextArea:focus {
            height: auto; max-height: 14; min-height: 1; border: none; padding: 0 1; background: $background;
        }
        & .wrong { height: auto; color: $text-error; margin: 1 0 0 0; display: none; }
        & .wrong.-said { display: block; }
        & .keys { background: $panel; padding: 0; margin: 1 0 0 0; }
    }
    """

    def __init__(self, title: str, arguments: str, check: Check) -> None:
        super().__init__()
        self._title = title
        self._values = values_of(arguments)
        self._check = check
        self._as_json = {name for name, value in self._values.items() if not _is_plain(value)}
        self._checking = False
        self._begun: list[str] = []
        self._left: list[str] | None = None

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(clean(self._title)), classes="title")
            with VerticalScroll(can_focus=False):
                for number, (name, value) in enumerate(self._values.items()):
                    form = " (JSON)" if name in self._as_json else ""
                    yield Label(Content(f"{clean(name)}{form}"))
                    text = json.dumps(value, indent=2) if name in self._as_json else value
                    yield TextArea(text, id=f"field-{number}", tab_behavior="focus", compact=True)
            yield Static(classes="wrong")
            yield key_line(RUN, ("tab", "next field"), ("escape", "leaves it as it was"))

    def on_mount(self) -> None:
        for area in self.query(TextArea):
            area.cursor_blink = False
        first = next(iter(self.query(TextArea)), None)
        if first is not None:
            first.focus()
        self._begun = self._texts()

    def action_close(self) -> None:
        """What was typed is left by a second escape only."""
        texts = self._texts()
        if texts in (self._begun, self._left):
            self.dismiss(None)
            return
        self._left = texts
        self.query_one(".keys", StatusLine).show(key_row([RUN, ("escape", "again leaves it as it was")], {}))

    def _texts(self) -> list[str]:
        return [area.text for area in self.query(TextArea)]

    async def action_run(self) -> None:
        """Check, and go; once, however often the key comes."""
        if self._checking or not self.is_mounted:
            return
        self._checking = True
        try:
            arguments, wrong = self._arguments()
            wrong = wrong or await self._check(arguments)
        finally:
            self._checking = False
        if not wrong:
            self.dismiss(arguments)
            return
        said = self.query_one(".wrong", Static)
        said.update(Content(clean(wrong)))
        said.add_class("-said")

    def _arguments(self) -> tuple[str, str]:
        """The JSON text, and what is wrong with it."""
        values: dict[str, Any] = {}
        for number, name in enumerate(self._values):
            text = self.query_one(f"#field-{number}", TextArea).text
            if name not in self._as_json:
                values[name] = text
                continue
            try:
                values[name] = json.loads(text)
            except (ValueError, RecursionError) as error:
                return "", f"{name} is not JSON: {error}."
        return json.dumps(values, ensure_ascii=False), ""


def values_of(arguments: str) -> dict[str, Any]:
    """A call's arguments by name; whatever cannot be read as such is one field of JSON.

    A call that can be asked about has an object; only a re-run of one that could not run may have less.
    """
    try:
        values = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        values = None
    return values if isinstance(values, dict) else {"arguments": arguments}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) and all(c.isprintable() or c in "\n\t" for c in value)
