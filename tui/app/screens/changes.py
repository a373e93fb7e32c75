"""What a turn did to files: one diff for each, and the way back, one file or all.

An undo asks nothing where it can be taken back itself. A file that others have changed since is not touched
until the person insists, and then what they made of it is kept too.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.app.footer import Told
from tui.app.keymap import screen_bindings, way_to
from tui.app.screens.files import FILE_VERBS, FilesScreen
from tui.app.words import duration, one_line
from tui.engine.changes.checkpoints import FileChange, Undone
from tui.engine.session import Session
from tui.errors import PenstockError
from tui.state import Prompt, TurnState
from widgets.clean import clean
from widgets.diff_view import DiffView
from widgets.status_line import Segment

GLYPHS = {"created": "+", "changed": "~", "deleted": "-", "same": "=", "undone": "↶", "skipped": "?"}


class ChangesScreen(FilesScreen[None]):
    """The changes of one turn of a session; the other turns that changed files are a key away."""

    BINDINGS: ClassVar = screen_bindings(FILE_VERBS | {
        "changes.next": "turn(1)", "changes.previous": "turn(-1)", "changes.undo": "undo(False)",
        "changes.undo_all": "undo(True)", "changes.redo": "redo", "changes.insist": "force",
    })  # fmt: skip

    def __init__(self, session: Session, keymap: Mapping[str, str], turn_id: str = "") -> None:
        super().__init__(keymap)
        self._session = session
        self._turns = changing_turns(session)
        self._at = max(0, len(self._turns) - 1)
        for index, turn in enumerate(self._turns):
            if turn.turn_id == turn_id:
                self._at = index
        self._changes: tuple[FileChange, ...] = ()
        self._busy = False

    def keys(self) -> Iterable[Told]:
        deeds = (f"changes.{deed}" for deed in ("undo", "undo_all", "redo", "previous", "insist"))
        return self.actions("files.close", *deeds, "files.side")

    async def on_mount(self) -> None:
        self.draw_foot()
        self.query_one(OptionList).focus()
        await self._load()

    @property
    def _turn(self) -> TurnState:
        return self._turns[self._at]

    @property
    def _change(self) -> FileChange | None:
        at = self.query_one(OptionList).highlighted
        return self._changes[at] if at is not None and at < len(self._changes) else None

    async def _load(self) -> None:
        """Read what the files are now. The highlighted one stays."""
        files = self.query_one(OptionList)
        at = files.highlighted or 0
        try:
            self._changes = await self._session.changes(self._turn.turn_id)
        except PenstockError as error:
            self._changes = ()
            self._say(error.sentence(), "bad")
        files.clear_options()
        files.add_options([Option(file_line(change, self._session.state.cwd)) for change in self._changes])
        files.highlighted = min(at, len(self._changes) - 1) if self._changes else None
        turn, prompt = self._turn, first_prompt(self._turn)
        took = duration((turn.ended_at or turn.started_at) - turn.started_at)
        self.draw_head(
            [Segment(f"Changes · {one_line(clean(prompt), 60)}", "", 9, least=12)],
            [Segment(f"{len(self._changes)} file{'s'[: len(self._changes) != 1]}", "dim", 6),
             Segment(took, "dim", 1), Segment(f"turn {self._at + 1} of {len(self._turns)}", "dim", 5)],
        )  # fmt: skip
        self._show_file()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_file()

    def _show_file(self) -> None:
        change = self._change
        self.query_one(DiffView).show(change.diff.diff if change is not None else "")
        if change is not None:
            insists = f" {way_to('changes.insist', self._keymap)} insists." if change.forced else ""
            self._say(change.refusal + insists, "warn" if change.others else "dim")

    def _say(self, sentence: str, style: str = "dim") -> None:
        kind = "bad" if style == "bad" else "warn" if style == "warn" else "dim"
        self.line("said").show([Segment(clean(sentence), kind, 1)])

    async def action_turn(self, step: int) -> None:
        if len(self._turns) > 1 and not self._busy:
            self._at = (self._at + step) % len(self._turns)
            self.query_one(OptionList).highlighted = None
            await self._load()

    async def action_undo(self, everything: bool) -> None:
        await self._restore(None if everything else self._paths())

    async def action_force(self) -> None:
        await self._restore(self._paths(), force=True)

    async def action_redo(self) -> None:
        await self._restore(self._paths(), again=True)

    def _paths(self) -> list[str]:
        return [self._change.path] if self._change is not None else []

    async def _restore(self, paths: list[str] | None, *, force: bool = False, again: bool = False) -> None:
        """One at a time: a second key while files are written would ask for the same again."""
        if self._busy or not self._changes or paths == []:
            return
        self._busy = True
        try:
            turn_id = self._turn.turn_id
            if again:
                ended = await self._session.redo(turn_id, paths)
            else:
                ended = await self._session.undo(turn_id, paths, force=force)
            await self._load()
            self._say(told(ended), "dim" if all(one.done for one in ended) else "warn")
        except PenstockError as error:
            self._say(error.sentence(), "bad")
        finally:
            self._busy = False


def changing_turns(session: Session) -> list[TurnState]:
    """The turns that changed files, oldest first."""
    return [turn for turn in session.state.turns if session.state.files.get(turn.turn_id)]


def first_prompt(turn: TurnState) -> str:
    return next((item.text for item in turn.items if isinstance(item, Prompt)), "")


def file_line(change: FileChange, cwd: str) -> str:
    """One row of the list: what happened, and to which file."""
    path = Path(change.path)
    name = str(path.relative_to(cwd)) if path.is_relative_to(cwd) else change.path
    flag = " !" if change.others else ""
    return f" {GLYPHS[change.state]} {clean(name)}{flag}"


def told(ended: tuple[Undone, ...]) -> str:
    """How undoing went: one sentence for one file, a count for several and the first that was refused."""
    if len(ended) == 1:
        return ended[0].told
    refused = [one for one in ended if not one.done]
    text = f"{len(ended) - len(refused)} of {len(ended)} files restored."
    return f"{text} {Path(refused[0].path).name}: {refused[0].told}" if refused else text
