"""Files on their way back: which ones would change, how, and what came of it for each.

A file that others have changed stays as it is unless the person insists on it; what they made of it is kept then, and
/changes brings it back. Nothing happens before enter.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual import work
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.app.footer import Told
from tui.app.keymap import screen_bindings, way_to
from tui.app.screens.files import FILE_VERBS, FilesScreen
from tui.app.words import one_line, relative
from tui.engine.changes.checkpoints import Undone
from tui.engine.changes.restoring import FileBack, Plan, restore
from tui.errors import PenstockError
from widgets.clean import clean
from widgets.diff_view import DiffView
from widgets.status_line import Segment

BACK, STAYS, INSISTED, DONE, FAILED = "↶", "!", "↯", "✓", "✗"


class RestoreScreen(FilesScreen[None]):
    """``told`` ends the sentence "Files back …"."""

    BINDINGS: ClassVar = screen_bindings(
        FILE_VERBS | {"restore.back": "restore", "restore.insist": "insist"}, first=["restore.back"]
    )

    def __init__(self, plan: Plan, cwd: str, told: str, keymap: Mapping[str, str]) -> None:
        super().__init__(keymap)
        self._plan = plan
        self._cwd = cwd
        self._told = told
        self._insisted: set[str] = set()
        self._ended: dict[str, Undone] = {}
        self._busy = False

    def options(self) -> Iterable[Option]:
        return (Option(self._line(file)) for file in self._plan.files)

    def on_mount(self) -> None:
        count = len(self._plan.files)
        self.draw_head(
            [Segment(one_line(clean(f"Files back {self._told}"), 200), "", 9, least=12)],
            [Segment(f"{count} file{'s' * (count != 1)}", "dim", 6)],
        )
        self.draw_foot()
        files = self.query_one(OptionList)
        files.highlighted = 0
        files.focus()

    @property
    def _file(self) -> FileBack:
        return self._plan.files[self.query_one(OptionList).highlighted or 0]

    # --- drawing

    def _line(self, file: FileBack) -> str:
        ended = self._ended.get(file.path)
        if ended is not None:
            glyph = DONE if ended.done else FAILED
        elif file.refusal:
            glyph = INSISTED if file.path in self._insisted else STAYS
        else:
            glyph = BACK
        turns = f" ({len(file.spans)} turns)" if len(file.spans) > 1 else ""
        return f" {glyph} {clean(relative(file.path, self._cwd))}{turns}"

    def _draw_files(self) -> None:
        files = self.query_one(OptionList)
        for index, file in enumerate(self._plan.files):
            files.replace_option_prompt_at_index(index, self._line(file))
        self._draw_said()
        self.draw_foot()

    def _draw_said(self) -> None:
        """What becomes, or became, of the file that is highlighted; and what could not be asked."""
        file = self._file
        unless = f", unless {way_to('restore.insist', self._keymap)} insists"
        ended = self._ended.get(file.path)
        if ended is not None:
            told, style = ended.told, "good" if ended.done else "warn"
        elif not file.refusal:
            told, style = f"{way_to('restore.back', self._keymap)} puts it back; until then nothing is touched.", "dim"
        elif file.path in self._insisted:
            told, style = f"{file.refusal} It goes back all the same; what stands there now is kept.", "warn"
        else:
            told, style = f"{file.refusal} It stays as it is{unless * file.forced}.", "warn"
        missing = [Segment(clean(sentence), "warn", 2, least=20) for sentence in self._plan.missing]
        self.line("said").show([Segment(clean(told), style, 5, least=20), *missing])

    def keys(self) -> Iterable[Told]:
        done = sum(ended.done for ended in self._ended.values())
        count = len(self._ended)
        said = [Segment(f"{done} of {count} file{'s' * (count != 1)} put back", "good" if done == count else "warn", 9)]
        if self._ended:
            return [*said, *self.actions("files.close", "files.side")]
        return self.actions("files.close", "restore.back", "restore.insist", "files.side")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.query_one(DiffView).show(self._file.diff.diff)
        self._draw_said()

    # --- its keys

    def closed_something(self) -> bool:
        return self._busy

    def action_insist(self) -> None:
        """Put the file back although others have changed it, or leave it after all."""
        file = self._file
        if file.forced and not self._ended and not self._busy:
            self._insisted ^= {file.path}
            self._draw_files()

    @work
    async def action_restore(self) -> None:
        if self._busy or self._ended:
            return
        self._busy = True
        try:
            self._ended = {one.path: one for one in await restore(self._plan, self._insisted)}
            self._draw_files()
        except PenstockError as error:
            self.line("said").show([Segment(clean(error.sentence()), "bad", 5, least=20)])
        finally:
            self._busy = False
