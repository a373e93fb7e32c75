"""What a worktree changed since it left the home checkout: committed or not, file by file."""

from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.app.words import home_path, one_line
from tui.engine.worktree_facts import Change, Worktree, changes, diff
from tui.errors import PenstockError
from widgets.clean import clean
from widgets.diff_view import DiffView
from widgets.status_line import Segment, StatusLine

GLYPHS = {"created": "+", "changed": "~", "deleted": "-", "untracked": "?"}
LIST_CELLS = 36
"""Of the list of files; where the screen is narrower than three times that, it stands above the diff."""


class WorktreeDiff(ModalScreen[None]):
    """``base`` is the commit that it is compared with. A file's diff is read when it is shown."""

    BINDINGS: ClassVar = [
        Binding("escape,q,d", "close", show=False),
        Binding("j,n", "file(1)", show=False),
        Binding("k,p", "file(-1)", show=False),
        Binding("g", "edge(0)", show=False),
        Binding("G", "edge(-1)", show=False),
        Binding("ctrl+d", "half(1)", show=False),
        Binding("ctrl+u", "half(-1)", show=False),
        Binding("s", "side", show=False),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    WorktreeDiff {
        background: $background;
        & > .head { background: $primary-muted; text-style: bold; }
        & > Horizontal { height: 1fr; }
        & OptionList, & OptionList:focus {
            width: 36; height: 1fr; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
        }
        & DiffView { width: 1fr; height: 1fr; }
        &.-narrow > Horizontal { layout: vertical; }
        &.-narrow OptionList, &.-narrow OptionList:focus { width: 1fr; height: auto; max-height: 30%; }
        & > .said { background: $surface; }
        & > .foot { background: $panel; }
    }
    """

    def __init__(self, tree: Worktree, base: str) -> None:
        super().__init__()
        self._tree = tree
        self._base = base
        self._changes: tuple[Change, ...] = ()

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="head")
        with Horizontal():
            yield OptionList(markup=False)
            yield DiffView()
        yield StatusLine(classes="said")
        yield StatusLine(classes="foot")

    def on_mount(self) -> None:
        hints = ("esc closes", "j k files", "ctrl+d ctrl+u scroll", "s side by side", "? a new file")
        self.query_one(".foot", StatusLine).show([Segment(hint, "dim", -number) for number, hint in enumerate(hints)])
        self.query_one(OptionList).focus()
        self._load()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < 3 * LIST_CELLS, "-narrow")

    @work(exclusive=True, group="files")
    async def _load(self) -> None:
        try:
            self._changes = await changes(self._tree, self._base)
        except PenstockError as error:
            self._say(error.sentence())
        files = self.query_one(OptionList)
        files.add_options([Option(f" {GLYPHS[one.kind]} {one_line(clean(one.name), 200)}") for one in self._changes])
        count = len(self._changes)
        self.query_one(".head", StatusLine).show(
            [Segment(f"Changes of {one_line(clean(self._tree.branch or self._tree.head[:9]), 60)}", "", 9, least=12)],
            [Segment(f"{count} file{'s'[: count != 1]}", "dim", 6), Segment(f"since {self._base[:9]}", "dim", 5)],
        )
        if self._changes:
            files.highlighted = 0
        else:
            self._say("Nothing differs.")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_file(self._changes[event.option_index])

    @work(exclusive=True, group="diff")
    async def _show_file(self, change: Change) -> None:
        try:
            text = await diff(self._tree, self._base, change)
        except PenstockError as error:
            self._say(error.sentence())
            return
        self.query_one(DiffView).show(text)
        self._say(home_path(f"{self._tree.path}/{change.name}"))

    def _say(self, sentence: str) -> None:
        self.query_one(".said", StatusLine).show([Segment(one_line(clean(sentence), 300), "dim", 1, least=20)])

    def action_close(self) -> None:
        self.dismiss(None)

    def action_file(self, step: int) -> None:
        files = self.query_one(OptionList)
        if step > 0:
            files.action_cursor_down()
        else:
            files.action_cursor_up()

    def action_edge(self, at: int) -> None:
        if self._changes:
            self.query_one(OptionList).highlighted = at % len(self._changes)

    def action_half(self, pages: int) -> None:
        view = self.query_one(DiffView)
        view.scroll_relative(y=pages * max(1, view.size.height // 2), animate=False)

    def action_side(self) -> None:
        view = self.query_one(DiffView)
        view.mode = "unified" if view.mode == "side_by_side" else "side_by_side"
