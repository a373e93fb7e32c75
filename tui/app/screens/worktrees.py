"""All worktrees of the repository: who works in them, how far they have come, and the ways back.

What would lose something from sight asks first; what cannot be done says why, and nothing has changed.
"""

from dataclasses import replace
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult

from tui.app.keymap import way_to
from tui.app.screens.sheet import TableSheet, sheet_bindings
from tui.app.screens.worktree_asks import CommitMessage, ConfirmRemoval
from tui.app.screens.worktree_diff import WorktreeDiff
from tui.app.services import Program
from tui.app.words import home_path, one_line
from tui.app.worktree_desk import TreeRow, WorktreeDesk
from tui.engine.worktrees.life import DROPPED
from tui.engine.worktrees.uncommitted import some_of
from tui.errors import PenstockError, WouldLose
from tui.value import value
from widgets.clean import clean
from widgets.status_line import Segment, StatusLine, Style
from widgets.virtual_table import WIDE, Cell, Column, TableRow, VirtualTable

COLUMNS = (
    Column("branch", "Branch", 18, priority=9, flex=True),
    Column("session", "Session", 22, priority=6),
    Column("ahead", "Ahead", 5, priority=7, right=True),
    Column("behind", "Behind", 6, priority=3, right=True),
    Column("dirty", "Uncommitted", 11, priority=5, right=True),
    Column("state", "State", 10, priority=8),
)
ROOMY = tuple(replace(column, width=40) if column.name == "session" else column for column in COLUMNS)
"""Where all columns have room."""


@value
class Wanted:
    """Where the person wants to go: to a session, or (``row``) to a new one in a worktree that has none."""

    session_id: str = ""
    row: TreeRow | None = None


class WorktreesScreen(TableSheet[Wanted]):
    """Dismissed with what is wanted, or None."""

    PLACE = "worktrees"
    FILTERS = "Words of branch, session, folder or state"
    BINDINGS: ClassVar = sheet_bindings("worktrees")

    def __init__(self, program: Program, desk: WorktreeDesk, at: str = "") -> None:
        """``at``: the folder whose row is chosen at first."""
        super().__init__(program.keymap)
        self._program = program
        self._desk = desk
        self._begin_at = at
        self._rows: list[TreeRow] = []
        self._listed: list[TreeRow] = []
        self._busy = False

    def parts(self) -> ComposeResult:
        yield self.filter_field()
        yield VirtualTable(COLUMNS)
        yield StatusLine(classes="where")
        yield StatusLine(classes="said")

    def on_resize(self) -> None:
        if self.is_mounted:
            self.table.set_columns(ROOMY if self.size.width > WIDE else COLUMNS)

    def on_mount(self) -> None:
        self.table.focus()
        self.draw_foot()
        self._load()

    @property
    def at(self) -> TreeRow | None:
        """The row that the keys are about."""
        return self._listed[self.table.cursor] if self.table.cursor < len(self._listed) else None

    @work(exclusive=True, group="rows")
    async def _load(self) -> None:
        await self._reload()

    async def _reload(self) -> None:
        """First what there is, then how far each has come: git has to look at every file for that."""
        try:
            self._show(await self._desk.rows())
            self._show(await self._desk.measured(self._rows))
        except PenstockError as error:
            self._say(error.sentence(), "bad")

    def _show(self, rows: list[TreeRow]) -> None:
        self._rows = rows
        self.refilter()
        if self._begin_at:
            self.table.move_to(next((n for n, row in enumerate(self._listed) if row.tree.path == self._begin_at), 0))
            self._begin_at = ""
        count = len(rows) - 1
        self.draw_head(
            [Segment("Worktrees", "", 9), Segment(home_path(str(self._desk.trees.root)), "dim", 3, least=10)],
            [Segment(f"{count} beside this folder" if count else "none beside this folder", "dim", 5)],
        )

    def refilter(self) -> None:
        every = [(row, table_row(row)) for row in self._rows]
        rows = [(row, of) for row, of in every if self.found(row.tree.path, *(cell.text for cell in of.values()))]
        self._listed = [row for row, _ in rows]
        empty = "No worktree matches." if self.filtered else "There are no worktrees."
        self.table.show(len(rows), 0, [cells for _, cells in rows], empty=empty)
        self._draw_where()

    @on(VirtualTable.Moved)
    def _moved(self) -> None:
        self._say("")  # it was about another row
        self._draw_where()

    def _draw_where(self) -> None:
        row = self.at
        if row is None:
            self.line("where").show([])
        else:
            place = Segment(clean(home_path(row.tree.path)), "dim", 9, least=20)
            self.line("where").show([place], [Segment(f"at {row.tree.head[:9]}", "dim", 1)])

    def _say(self, sentence: str, style: Style = "dim") -> None:
        self.line("said").show([Segment(one_line(clean(sentence), 400), style, 1, least=20)])

    # --- its keys

    @on(VirtualTable.Chosen)
    def _chosen(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        row = self.at
        if row is not None:
            there = row.occupant
            self.dismiss(Wanted(session_id=there.id) if there is not None else Wanted(row=row))

    def action_open(self) -> None:
        self.table.action_choose()

    def action_reload(self) -> None:
        self._say("")
        self._load()

    @work
    async def action_diff(self) -> None:
        await self._do(self._diff)

    @work
    async def action_merge(self) -> None:
        await self._do(self._merge)

    @work
    async def action_commit(self) -> None:
        await self._do(self._commit)

    @work
    async def action_keep(self) -> None:
        await self._do(self._keep)

    @work
    async def action_remove(self) -> None:
        await self._do(self._remove)

    async def _do(self, what: Any) -> None:
        """One thing at a time, on the row that is chosen; what comes of it is said, and the list read again."""
        row = self.at
        if row is None or self._busy:
            return
        self._busy = True
        try:
            (row,) = await self._desk.measured([row])  # as it is now: nothing that came since may go unasked
            told = await what(row)
            if told:
                self._say(told, "good")
        except PenstockError as error:
            self._say(error.sentence(), "warn")
        finally:
            self._busy = False
        await self._reload()

    async def _diff(self, row: TreeRow) -> str:
        await self._program.ask(WorktreeDiff(row.tree, await self._desk.base(row), self._program.keymap))
        return ""

    @property
    def _remove_key(self) -> str:
        return way_to("worktrees.remove", self._keymap)

    async def _merge(self, row: TreeRow) -> str:
        if row.here:
            return "This is the folder that others are merged into."
        if row.standing is not None and row.standing.dirty and not await self._commit(row, "first, then it is merged"):
            return ""
        merged = await self._desk.merge(row)
        files = f"{merged.files} file{'s'[: merged.files != 1]}"
        return f"Merged into {merged.into} ({files}, {merged.commit[:9]}). {self._remove_key} removes the worktree."

    async def _commit(self, row: TreeRow, why: str = "") -> str:
        """Returns what to say, "" where the person went back."""
        dirty = row.standing.dirty if row.standing is not None else ()
        if not dirty:
            return "There is nothing to commit."
        message = await self._program.ask(CommitMessage(row.tree.branch or row.tree.head[:9], dirty, why))
        if not message:
            return ""
        commit = await self._desk.commit(row, message)
        return f"Committed as {commit[:9]}."

    async def _keep(self, row: TreeRow) -> str:
        dirty = row.standing is not None and row.standing.dirty and not row.here
        if dirty and not await self._commit(row, "first, then its folder goes"):
            return ""
        if not await self._may_go(row):
            return ""
        ended = await self._desk.end(row, "kept")
        return f"The folder is gone; {ended.branch or 'the commit'} stays at {ended.commit[:9]}."

    async def _remove(self, row: TreeRow) -> str:
        try:
            if not await self._may_go(row):
                return ""
            ended = await self._desk.end(row, "dropped")
        except WouldLose as error:
            kept = f"All of it stays in the repository, out of sight: under {DROPPED}/."
            if not await self._asked(row, str(error), kept):
                return ""
            ended = await self._desk.end(row, "dropped", force=True)
        if ended.how == "dropped":
            return f"Removed. All of it stays at {DROPPED}/{ended.branch or 'detached'}/{ended.commit[:12]}."
        return f"Removed: {ended.branch} was merged."

    async def _may_go(self, row: TreeRow) -> bool:
        """Files that git ignores go with the folder, and stand nowhere else."""
        standing = row.standing
        if standing is None or not standing.ignored or row.here:
            return True
        told = f"What git ignores would be deleted with it, and be nowhere else: {some_of(standing.ignored)}."
        return await self._asked(row, told)

    async def _asked(self, row: TreeRow, *what: str) -> bool:
        return bool(await self._program.ask(ConfirmRemoval(row.tree.branch or row.tree.head[:9], what)))


def table_row(row: TreeRow) -> TableRow:
    """One row as the table shows it."""
    tree, standing = row.tree, row.standing
    there = row.occupant
    more = len([one for one in row.occupants if not one.side]) - 1
    who = f"{there.slot} {one_line(clean(there.title), 40)}" if there is not None else ""
    cells = {
        "branch": Cell(one_line(clean(tree.branch), 60) if tree.branch else f"detached at {tree.head[:9]}"),
        "session": Cell(f"{'▶ ' if there is not None and there.busy else ''}{f'+{more} ' if more > 0 else ''}{who}"),
        "state": Cell(*_state(row)),
    }
    if standing is not None and not row.here:
        cells["ahead"] = Cell(f"+{standing.ahead}" if standing.ahead else "0", "good" if standing.ahead else "dim")
        cells["behind"] = Cell(f"-{standing.behind}" if standing.behind else "0", "dim")
    if standing is not None:
        dirty = len(standing.dirty)
        cells["dirty"] = Cell(f"{dirty} file{'s'[: dirty != 1]}" if dirty else "", "warn")
    return cells


def _state(row: TreeRow) -> tuple[str, Style]:
    tree, standing = row.tree, row.standing
    if tree.gone:
        return "gone", "bad"
    if tree.locked is not None:
        return "locked", "warn"
    if row.here:
        return "here", "accent"
    if standing is None:
        return "", "dim"
    if standing.merged:
        return ("unmerged", "warn") if standing.dirty else ("merged", "good")
    return "unmerged", "accent"
