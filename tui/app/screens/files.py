"""What the screens of changed files have in common: a list of files beside the diff of one, and the keys of both."""

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.app.keys import BY_ID, Action
from tui.app.screens.sheet import Sheet
from widgets.diff_view import DiffView
from widgets.status_line import StatusLine

LIST_CELLS = 36
"""Of the list of files; where the screen is narrower than three times that, it stands above the diff."""
FILE_VERBS: dict[str, str] = {
    "files.down": "file(1)",
    "files.up": "file(-1)",
    "files.home": "edge(False)",
    "files.end": "edge(True)",
    "files.lower": "scroll_diff(1)",
    "files.higher": "scroll_diff(-1)",
    "files.side": "side",
    "files.wrap": "wrap",
    "files.close": "close",
}
V = TypeVar("V")


class FilesScreen(Sheet[V]):
    """With one ``OptionList`` of files and one ``DiffView``. Arrows move in what has the focus, letters anywhere."""

    DEFAULT_CSS: ClassVar[str] = """
    FilesScreen {
        & > Horizontal { height: 1fr; }
        & OptionList, & OptionList:focus {
            width: 36; height: 1fr; border: none; padding: 0; background: $surface; scrollbar-size-vertical: 1;
        }
        & DiffView { width: 1fr; height: 1fr; }
        &.-narrow > Horizontal { layout: vertical; }
        &.-narrow OptionList, &.-narrow OptionList:focus { width: 1fr; height: auto; max-height: 30%; }
    }
    """

    def parts(self) -> ComposeResult:
        with Horizontal():
            yield OptionList(*self.options(), markup=False)
            yield self.view()
        yield StatusLine(classes="said")

    def options(self) -> Iterable[Option]:
        """The files that are known already."""
        return ()

    def view(self) -> DiffView:
        return DiffView()

    def actions(self, *names: str) -> list[Action]:
        """What the key row shows."""
        return [BY_ID[name] for name in names]

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < 3 * LIST_CELLS, "-narrow")

    def action_file(self, step: int) -> None:
        files = self.query_one(OptionList)
        files.action_cursor_down() if step > 0 else files.action_cursor_up()

    def action_edge(self, last: bool) -> None:
        files = self.query_one(OptionList)
        files.action_last() if last else files.action_first()

    def action_scroll_diff(self, direction: int) -> None:
        self.query_one(DiffView).action_half_page(direction)

    def action_side(self) -> None:
        view = self.query_one(DiffView)
        view.mode = "unified" if view.mode == "side_by_side" else "side_by_side"

    def action_wrap(self) -> None:
        view = self.query_one(DiffView)
        view.wrap = not view.wrap
