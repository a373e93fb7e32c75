"""Files on their way back: which ones would change, how, and what came of it for each.

A file that others have changed stays as it is unless the person insists on it; what they made of it is kept then, and
/changes brings it back. Nothing happens before enter.
"""

from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.app.words import one_line, relative
from tui.engine.checkpoints import Undone
from tui.engine.restoring import FileBack, Plan, restore
from tui.errors import PenstockError
from widgets.clean import clean
from widgets.diff_view import DiffView
from widgets.status_line import Segment, StatusLine

LIST_CELLS = 36
"""Of the list of files; where the screen is narrower than three times that, it stands above the diff."""
BACK, STAYS, INSISTED, DONE, FAILED = "↶", "!", "↯", "✓", "✗"


class RestoreScreen(ModalScreen[None]):
    """``told`` ends the sentence "Files back …"."""

    BINDINGS: ClassVar = [
        Binding("escape,q", "close", show=False),
        Binding("enter", "restore", show=False, priority=True),
        Binding("F", "insist", show=False),
        Binding("s", "side", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
        Binding("g", "edge(False)", show=False),
        Binding("G", "edge(True)", show=False),
        Binding("ctrl+d", "diff(1)", show=False),
        Binding("ctrl+u", "diff(-1)", show=False),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    RestoreScreen {
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

    def __init__(self, plan: Plan, cwd: str, told: str) -> None:
        super().__init__()
        self._plan = plan
        self._cwd = cwd
        self._told = told
        self._insisted: set[str] = set()
        self._ended: dict[str, Undone] = {}
        self._busy = False

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="head")
        with Horizontal():
            yield OptionList(*(Option(self._line(file)) for file in self._plan.files), markup=False)
            yield DiffView()
        yield StatusLine(classes="said")
        yield StatusLine(classes="foot")

    def on_mount(self) -> None:
        count = len(self._plan.files)
        self.query_one(".head", StatusLine).show(
            [Segment(one_line(clean(f"Files back {self._told}"), 200), "", 9, least=12)],
            [Segment(f"{count} file{'s' * (count != 1)}", "dim", 6)],
        )
        self._draw_foot()
        files = self.query_one(OptionList)
        files.highlighted = 0
        files.focus()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < 3 * LIST_CELLS, "-narrow")

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
        self._draw_foot()

    def _draw_said(self) -> None:
        """What becomes, or became, of the file that is highlighted; and what could not be asked."""
        file = self._file
        ended = self._ended.get(file.path)
        if ended is not None:
            told, style = ended.told, "good" if ended.done else "warn"
        elif not file.refusal:
            told, style = "Enter puts it back; until then nothing is touched.", "dim"
        elif file.path in self._insisted:
            told, style = f"{file.refusal} It goes back all the same; what stands there now is kept.", "warn"
        else:
            told, style = f"{file.refusal} It stays as it is{', unless F insists' * file.forced}.", "warn"
        missing = [Segment(clean(sentence), "warn", 2, least=20) for sentence in self._plan.missing]
        self.query_one(".said", StatusLine).show([Segment(clean(told), style, 5, least=20), *missing])

    def _draw_foot(self) -> None:
        done = sum(ended.done for ended in self._ended.values())
        count = len(self._ended)
        said = [Segment(f"{done} of {count} files are as they were then", "good" if done == count else "warn", 9)]
        hints = ("esc closes", *(() if self._ended else ("enter puts them back", "F insists")), "s side by side")
        keys = [Segment(hint, "dim", -number) for number, hint in enumerate(hints)]
        self.query_one(".foot", StatusLine).show([*(said if self._ended else []), *keys])

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.query_one(DiffView).show(self._file.diff.diff)
        self._draw_said()

    # --- its keys

    def action_close(self) -> None:
        if not self._busy:
            self.dismiss(None)

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
            self.query_one(".said", StatusLine).show([Segment(clean(error.sentence()), "bad", 5, least=20)])
        finally:
            self._busy = False

    def action_side(self) -> None:
        view = self.query_one(DiffView)
        view.mode = "unified" if view.mode == "side_by_side" else "side_by_side"

    def action_move(self, step: int) -> None:
        files = self.query_one(OptionList)
        files.action_cursor_down() if step > 0 else files.action_cursor_up()

    def action_edge(self, last: bool) -> None:
        files = self.query_one(OptionList)
        files.action_last() if last else files.action_first()

    def action_diff(self, pages: int) -> None:
        view = self.query_one(DiffView)
        view.scroll_relative(y=pages * max(1, view.size.height // 2), animate=False)
