"""What a worktree changed since it left the home checkout: committed or not, file by file."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual import work
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.app.footer import Told
from tui.app.keymap import screen_bindings
from tui.app.screens.files import FILE_VERBS, FilesScreen
from tui.app.words import home_path, one_line
from tui.engine.worktrees.facts import Change, Worktree, changes, diff
from tui.errors import PenstockError
from widgets.clean import clean
from widgets.diff_view import DiffView
from widgets.status_line import Segment

GLYPHS = {"created": "+", "changed": "~", "deleted": "-", "untracked": "?"}


class WorktreeDiff(FilesScreen[None]):
    """``base`` is the commit that it is compared with. A file's diff is read when it is shown."""

    BINDINGS: ClassVar = screen_bindings(FILE_VERBS)

    def __init__(self, tree: Worktree, base: str, keymap: Mapping[str, str]) -> None:
        super().__init__(keymap)
        self._tree = tree
        self._base = base
        self._changes: tuple[Change, ...] = ()

    def keys(self) -> Iterable[Told]:
        new = Segment("? a new file", "dim")
        return [*self.actions("files.close", "files.down", "files.lower", "files.side"), new]

    def on_mount(self) -> None:
        self.draw_foot()
        self.query_one(OptionList).focus()
        self._load()

    @work(exclusive=True, group="files")
    async def _load(self) -> None:
        try:
            self._changes = await changes(self._tree, self._base)
        except PenstockError as error:
            self._say(error.sentence())
        files = self.query_one(OptionList)
        files.add_options([Option(f" {GLYPHS[one.kind]} {one_line(clean(one.name), 200)}") for one in self._changes])
        count = len(self._changes)
        self.draw_head(
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
        self.line("said").show([Segment(one_line(clean(sentence), 300), "dim", 1, least=20)])
