"""Help: every action with its keys and its command, made from the keys table, with a filter."""

from collections.abc import Iterator
from textwrap import wrap

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.app.keymap import keys_label
from tui.app.keys import ACTIONS, Action
from tui.app.services import Program

GOOD_TO_KNOW = (
    ("copy", "drag, then ctrl+c; or c on a block of the transcript; shift+drag lets the terminal itself select"),
    ("escape", "closes what is open and returns to the prompt; twice within 2 s interrupts a running turn"),
    ("new line", "ctrl+j; enter sends, and queues while a turn runs"),
    ("a question", "blocks nothing; enter alone says no; z puts it off, ctrl+g comes back to it"),
)


_KEYS, _COMMAND = 31, 11  # cells
_BEFORE_TITLE = _KEYS + _COMMAND + 2


class HelpScreen(ModalScreen[None]):
    """Type to filter; escape or f1 closes."""

    BINDINGS = [Binding("escape,f1", "close", show=False)]
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle; background: $background 60%;
        & > Vertical { width: 100; max-width: 100%; height: 90%; background: $panel; padding: 1 0; }
        & .title { padding: 0 2; text-style: bold; height: 1; }
        & Input, & Input:focus { border: none; height: 1; padding: 0 2; margin: 0 0 1 0; background: $panel; }
        & VerticalScroll { padding: 0 2; height: 1fr; scrollbar-size-vertical: 1; }
        & #help-text { height: auto; width: 1fr; }
    }
    """

    def __init__(self, program: Program) -> None:
        super().__init__()
        self._program = program

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Help", classes="title", markup=False)
            query = Input(placeholder="Type to filter; up and down scroll, escape closes")
            query.cursor_blink = False
            yield query
            with VerticalScroll(can_focus=False):
                yield Static(id="help-text", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(lambda: self._show(self.query_one(Input).value))

    def on_key(self, event: events.Key) -> None:
        steps = {"up": -1, "down": 1, "pageup": -12, "pagedown": 12}
        if event.key in steps:
            event.stop()
            self.query_one(VerticalScroll).scroll_relative(y=steps[event.key], animate=False)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._show(event.value)

    def action_close(self) -> None:
        self.dismiss(None)

    def _show(self, query: str) -> None:
        lines = list(self._lines(query.casefold().split()))
        text = Content("\n").join(lines) if lines else Content("Nothing here matches.")
        self.query_one("#help-text", Static).update(text)

    def _lines(self, words: list[str]) -> Iterator[Content]:
        group = ""
        for action in ACTIONS:
            if not self._matches(action, words):
                continue
            if action.group != group:
                if group:
                    yield Content("")
                group = action.group
                yield Content.styled(group, "bold $text-accent")
            yield self._line(action)
        known = [(name, about) for name, about in GOOD_TO_KNOW if all(w in f"{name} {about}".casefold() for w in words)]
        if known:
            yield Content("")
            yield Content.styled("Good to know", "bold $text-accent")
        for name, about in known:
            yield Content.assemble((f"{name:<12}", "bold"), about)

    def _line(self, action: Action) -> Content:
        """A row, or several: a title that does not fit goes on under itself."""
        keys = keys_label(action, self._program.keymap)
        command = f"/{action.command}" if action.command else ""
        room = max(12, self.query_one(VerticalScroll).content_size.width - _BEFORE_TITLE)
        title = f"\n{' ' * _BEFORE_TITLE}".join(wrap(action.title, room))
        return Content.assemble((f"{keys:<{_KEYS}} ", "bold"), (f"{command:<{_COMMAND}} ", "$text-primary"), title)

    def _matches(self, action: Action, words: list[str]) -> bool:
        text = f"{keys_label(action, self._program.keymap)} /{action.command} {action.title} {action.group} {action.id}"
        return all(word in text.casefold() for word in words)
