"""What is asked around worktrees: what to take along, a commit's message, and whether one is to go."""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.app.footer import key_line, key_row
from tui.app.words import one_line
from tui.engine.worktrees.life import Outlook
from widgets.clean import clean
from widgets.overlay import Overlay
from widgets.picker import Item, Picker
from widgets.status_line import Segment, StatusLine

T = TypeVar("T")

MOST_NAMED = 8
BACK = "escape", "goes back"


class Box(Overlay[T | None]):
    """A small box in the middle."""

    DEFAULT_CSS: ClassVar[str] = """
    Box {
        align: center middle; background: $background 60%;
        & > Vertical { width: 90; max-width: 100%; height: auto; max-height: 90%; background: $panel; padding: 1 2; }
        & Static { height: auto; margin: 0 0 1 0; }
        & .title { text-style: bold; }
        & Input, & Input:focus { height: 1; border: none; padding: 0 1; background: $boost; margin: 0 0 1 0; }
        & .keys { background: $panel; padding: 0; }
    }
    """


class CommitMessage(Box[str]):
    """Dismissed with the message, or None. An empty one does not commit."""

    BINDINGS: ClassVar = [Binding("escape", "cancel", show=False)]

    def __init__(self, branch: str, dirty: Sequence[str], why: str = "") -> None:
        """``why``: what a commit is asked for."""
        super().__init__()
        self._why = f" {why}" if why else ""
        self._branch = branch
        self._dirty = dirty

    def compose(self) -> ComposeResult:
        count = len(self._dirty)
        names = [one_line(clean(name), 80) for name in self._dirty[:MOST_NAMED]]
        more = [f"and {count - MOST_NAMED} more"] if count > MOST_NAMED else []
        with Vertical():
            what = f"{count} file{'s'[: count != 1]} on {clean(self._branch)}{self._why}"
            yield Static(Content(f"Commit {what}"), classes="title")
            yield Static(Content("\n".join([*names, *more])))
            field = Input(placeholder="The commit's message")
            field.cursor_blink = False
            yield field
            yield key_line(("enter", "commits all of it"), BACK)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(event.value.strip())
        else:
            wrong = Segment("A commit needs a message: a few words.", "warn", 9)
            self.query_one(".keys", StatusLine).show(key_row([wrong, BACK], {}))

    def action_cancel(self) -> None:
        self.dismiss(None)


def beginning_list(outlook: Outlook) -> Picker[str]:
    """Before a worktree is made beside changes that no commit has; dismissed with ``without`` or ``carry``."""
    count = len(outlook.dirty)
    items = [
        Item("without", f"Begin at {outlook.base[:9]}", f"without {count} uncommitted file{'s'[: count != 1]}"),
        Item("carry", "Take copies of them along", "they stay here, too"),
    ]
    return Picker(f"New worktree, from {clean(outlook.branch) or 'a detached head'}", items)


class ConfirmRemoval(Box[bool]):
    """Dismissed with True when the worktree is to go. Enter alone does not remove it."""

    BINDINGS: ClassVar = [
        Binding("y", "answer(True)", show=False, id="confirm.yes"),
        Binding("n,escape,enter,q", "answer(False)", show=False, id="confirm.no"),
    ]

    def __init__(self, name: str, what: Sequence[str]) -> None:
        super().__init__()
        self._name = name
        self._what = what

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Content(f"Remove {clean(self._name)}?"), classes="title")
            for sentence in self._what:
                yield Static(Content(clean(sentence)))
            yield key_line(("y", "removes it"), ("n", "or enter: keeps it"))

    def action_answer(self, remove: bool) -> None:
        self.dismiss(remove)
