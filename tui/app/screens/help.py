"""Help: every action with its keys and its command, made from the keys table, with a filter.

What works where the person stands comes first. Rebound keys are shown as they are now; those that ordinary terminals
do not send are marked.
"""

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import ClassVar, get_args

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from tui.app.action import Group
from tui.app.keymap import NUMBERED, is_rare, key_label, keys_label, keys_of, screen_bindings
from tui.app.keys import ACTIONS, HELP, Action
from tui.app.services import Program
from widgets.overlay import Overlay

GOOD_TO_KNOW = (
    ("copy", "drag, then ctrl+c; or c on a block of the transcript; shift+drag lets the terminal itself select"),
    ("escape", "closes what is open and returns to the prompt; twice within 2 s interrupts a running turn"),
    ("new line", "ctrl+j; enter sends, and queues while a turn runs"),
    ("a question", "blocks nothing; enter alone says no; z puts it off, ctrl+g comes back to it"),
    ("the mouse", "click a tab, pane or block; twice opens a row; drag a line between panes; the wheel scrolls"),
    ("other keys", '[keys] in config.toml binds an action, by the name at its end: session.new = "ctrl+t"'),
)
RARE = "°"
"""Behind a key that not every terminal sends."""

_KEYS, _FEW_KEYS, _COMMAND, _NAME = 31, 17, 15, 26  # cells at the most
_NAMES_FROM = 92
"""Cells from which on an action's name stands at the end of its row, and its keys have room side by side."""
_LOW = 30
"""Rows below which the box takes the whole screen."""


class HelpScreen(Overlay[None]):
    """Type to filter. ``here``: the groups of what the person was at, which come first."""

    BINDINGS: ClassVar = screen_bindings(
        {
            "help.close": "close",
            "help.down": "scroll(1)",
            "help.up": "scroll(-1)",
            "help.pagedown": "page(1)",
            "help.pageup": "page(-1)",
            "help.home": "edge(False)",
            "help.end": "edge(True)",
        },
        first=("help.pagedown", "help.pageup"),
    )
    DEFAULT_CSS = """
    HelpScreen {
        align: center middle; background: $background 60%;
        & > Vertical { width: 120; max-width: 100%; height: 90%; background: $panel; padding: 1 0; }
        & .title { padding: 0 2; text-style: bold; height: 1; }
        & Input, & Input:focus { border: none; height: 1; padding: 0 2; margin: 0 0 1 0; background: $panel; }
        & VerticalScroll { padding: 0 2; height: 1fr; scrollbar-size-vertical: 1; }
        & #help-text { height: auto; width: 1fr; }
        &.-low > Vertical { height: 100%; padding: 0; }
        &.-low Input, &.-low Input:focus { margin: 0; }
    }
    """

    def __init__(self, program: Program, here: Iterable[Group] = (), query: str = "") -> None:
        super().__init__(id=HELP)
        self._program = program
        self._query = query
        here = list(here)
        self._groups = [*here, *(group for group in get_args(Group) if group not in here)]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("Help", classes="title", markup=False)
            query = Input(self._query, placeholder="Type to filter; up and down scroll, escape closes")
            query.cursor_blink = False
            yield query
            with VerticalScroll(can_focus=False):
                yield Static(id="help-text", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.height < _LOW, "-low")
        self.call_after_refresh(lambda: self._show(self.query_one(Input).value))

    def on_click(self, event: events.Click) -> None:
        """Beside the box it closes."""
        if event.widget is self:
            self.dismiss(None)

    def action_scroll(self, rows: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=rows, animate=False)

    def action_page(self, direction: int) -> None:
        self.action_scroll(direction * max(1, self.query_one(VerticalScroll).size.height - 2))

    def action_edge(self, end: bool) -> None:
        text = self.query_one(VerticalScroll)
        text.scroll_end(animate=False) if end else text.scroll_home(animate=False)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._show(event.value)

    def action_close(self) -> None:
        self.dismiss(None)

    def _show(self, query: str) -> None:
        lines = list(self._lines(query.casefold().split()))
        text = Content("\n").join(lines) if lines else Content("Nothing here matches.")
        self.query_one("#help-text", Static).update(text)
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def _lines(self, words: list[str]) -> Iterator[Content]:
        first = True
        for group in self._groups:
            found = [a for a in ACTIONS if a.group == group and self._matches(a, words)]
            if found:
                if not first:
                    yield Content("")
                first = False
                yield Content.styled(group, "bold $text-accent")
                yield from self._rows(found)
        known = [(name, about) for name, about in GOOD_TO_KNOW if all(w in f"{name} {about}".casefold() for w in words)]
        if known:
            yield Content("")
            yield Content.styled("Good to know", "bold $text-accent")
        for name, about in known:
            yield self._known(name, about)
        if not first:
            yield Content("")
            yield Content.styled(f"{RARE} not sent by every terminal, nor through every tmux", "$foreground 60%")

    @property
    def _room(self) -> int:
        return self.query_one(VerticalScroll).content_size.width

    def _known(self, name: str, about: str) -> Content:
        rest = f"\n{' ' * 12}".join(wrap(about, max(12, self._room - 12)))
        return Content.assemble((f"{name:<12}", "bold"), rest)

    def _keys(self, action: Action) -> str:
        keys = keys_of(action, self._program.keymap)
        labels = [key_label(key) + (RARE if is_rare(key) else "") for key in keys]
        return f"{labels[0]} to {labels[-1]}" if action.id in NUMBERED and labels else ", ".join(labels)

    def _rows(self, actions: list[Action]) -> Iterator[Content]:
        """The columns of a group are as wide as what stands in them, up to a limit."""
        most = _KEYS if self._room >= _NAMES_FROM else _FEW_KEYS
        keys = min(most, max(len(self._keys(action)) for action in actions) + 1)
        said = min(_COMMAND, max(len(_command(action)) for action in actions) + 1)
        for action in actions:
            yield self._line(action, keys, said if said > 1 else 0)

    def _line(self, action: Action, wide: int, said_wide: int) -> Content:
        """A row, or several: what does not fit into its column goes on under itself."""
        named = _NAME if self._room >= _NAMES_FROM else 0
        room = max(12, self._room - wide - said_wide - 3 - named)
        columns = (
            wrap(self._keys(action), max(1, wide - 1)),
            wrap(_command(action), max(1, said_wide - 1)),
            wrap(action.title, room),
        )
        rows: list[Content] = []
        for number in range(max(1, *map(len, columns))):
            keys, said, title = (column[number] if number < len(column) else "" for column in columns)
            name = action.id if named and number == 0 else ""
            rows.append(
                Content.assemble(
                    (f"{keys:<{wide}} ", "bold"),
                    (f"{said:<{said_wide}}{' ' if said_wide else ''}", "$text-primary"),
                    f"{title:<{room + 1}}" if name else title,
                    (name, "$foreground 60%"),
                )
            )
        return Content("\n").join(rows)

    def _matches(self, action: Action, words: list[str]) -> bool:
        keys = f"{keys_label(action, self._program.keymap)} {self._keys(action)}"
        text = f"{keys} /{action.command} {action.takes} {action.title} {action.group} {action.id}"
        return all(word in text.casefold() for word in words)


def _command(action: Action) -> str:
    return f"/{action.command} {action.takes}".rstrip() if action.command else ""
