"""The store in SQL: a query, its result, and the queries before it. It only reads.

A query runs in a thread of its own, and escape ends it. What came is held, ten thousand rows at the most, and the table
draws what is in sight; a file gets all rows.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, strftime
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tui.app.keymap import keys_label
from tui.app.keys import BY_ID
from tui.app.screens.edit_text import EditText
from tui.app.screens.query_cells import cells_of, columns_of, fitting, record_text
from tui.app.screens.sheet import Sheet, sheet_bindings
from tui.app.services import Program, QueryDesk
from tui.errors import PenstockError
from tui.query import Answer, Form
from tui.store.view_columns import VIEWS
from widgets.clean import clean
from widgets.picker import Item, Picker
from widgets.prompt import Prompt
from widgets.status_line import Segment
from widgets.virtual_table import Column, VirtualTable

MOST_KEPT = 200
"""Queries of the history."""
BEAT = 0.25
_AROUND = 50
"""Rows above and below those in sight that the table is given."""
_PLACEHOLDER = "SELECT … FROM sessions, turns, messages, tool_calls, approvals, usage or files_touched"
_FORMS: dict[str, Form] = {".json": "json", ".jsonl": "lines", ".ndjson": "lines"}


@dataclass(slots=True)
class QueryLook:
    """What the panel was left with; ``history`` is the oldest first."""

    text: str = ""
    history: list[str] = field(default_factory=list)

    def remember(self, sql: str) -> None:
        self.history = [*(kept for kept in self.history if kept != sql), sql][-MOST_KEPT:]


class QueryScreen(Sheet[None]):
    """``run``: at once what the look has. ``mask`` takes secrets out of what goes into a file."""

    PLACE = "query"
    BINDINGS = sheet_bindings("query")
    DEFAULT_CSS: ClassVar[str] = """
    QueryScreen {
        & > Prompt, & > Prompt:focus { width: 100%; min-height: 3; max-height: 10; }
        & > .wrong { display: none; height: auto; max-height: 6; padding: 0 1; color: $text-error; }
        & > .wrong.-said { display: block; }
    }
    """

    def __init__(
        self, program: Program, desk: QueryDesk, look: QueryLook, mask: Callable[[str], str], *, run: bool = False
    ) -> None:
        super().__init__(program.keymap)
        self._mask = mask
        self._program = program
        self._desk = desk
        self._look = look
        self._run_at_once = run
        self._answer: Answer | None = None
        self._asked = ""
        """What the answer is the answer to."""
        self._since: float | None = None
        self._first_column = 0
        self._columns: list[Column] = []
        self._beat: Timer | None = None

    def parts(self) -> ComposeResult:
        yield Prompt()
        yield Static(classes="wrong")
        yield VirtualTable()

    def on_mount(self) -> None:
        editor = self._editor
        editor.placeholder = _PLACEHOLDER
        editor.set_history(self._look.history)
        editor.value = self._look.text
        editor.focus()
        key = keys_label(BY_ID["query.columns"], self._program.keymap, first=True)
        self._table.show(0, 0, (), empty=f"The result stands here. {key} shows the views and their columns.")
        self._draw()
        if self._run_at_once and self._look.text.strip():
            self._ask(self._look.text)

    def on_unmount(self) -> None:
        self._desk.close()

    def on_resize(self) -> None:
        if self.is_mounted:
            if self._answer is not None:
                self._columns = columns_of(self._answer, self.size.width)
            self._show_rows()

    @property
    def _editor(self) -> Prompt:
        return self.query_one(Prompt)

    @property
    def _table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    @property
    def running(self) -> bool:
        return self._since is not None

    @property
    def answer(self) -> Answer | None:
        """What is on screen."""
        return self._answer

    # --- asking

    @on(Prompt.Submitted)
    def _entered(self, event: Prompt.Submitted) -> None:
        event.stop()
        self.action_run()

    @on(Prompt.Changed)
    def _typed(self) -> None:
        self._look.text = self._editor.value

    def action_run(self) -> None:
        sql = self._editor.value
        if sql.strip():
            self._ask(sql)

    @work(exclusive=True, group="query")
    async def _ask(self, sql: str) -> None:
        """What ran before is stopped."""
        self._look.remember(sql)
        self._editor.set_history(self._look.history)
        self._begin()
        try:
            self._answer, self._asked = await self._desk.ask(sql), sql
            self._first_column = 0
            self._columns = columns_of(self._answer, self.size.width)
            self._table.move_to(0)
        except PenstockError as error:
            self._say(error.sentence())
        finally:
            self._end()

    def _begin(self) -> None:
        self._since = monotonic()
        self._say("")
        self._beat = self._beat or self.set_interval(BEAT, self._draw)
        self._draw()

    def _end(self) -> None:
        self._since = None
        if self._beat is not None:
            self._beat.stop()
            self._beat = None
        if self.is_mounted:
            self._show_rows()

    def interrupted(self) -> bool:
        """What ctrl+c does here, while there is something to stop."""
        return self._desk.stop()

    def closed_something(self) -> bool:
        return self._desk.stop()

    @on(Prompt.Escaped)
    def _escaped(self, event: Prompt.Escaped) -> None:
        event.stop()
        self.action_close()

    # --- drawing

    def _say(self, sentence: str) -> None:
        wrong = self.query_one(".wrong", Static)
        wrong.set_class(bool(sentence), "-said")
        wrong.update(Content(clean(sentence)))

    @on(VirtualTable.Wanted)
    def _wanted(self, event: VirtualTable.Wanted) -> None:
        event.stop()
        self._show_rows()

    def _show_rows(self) -> None:
        answer, table = self._answer, self._table
        if answer is not None:
            table.set_columns(fitting(self._columns[self._first_column :], self.size.width))
            first = max(0, table.scroll_offset.y - _AROUND)
            rows = answer.rows[first : first + table.page + 2 * _AROUND]
            table.show(len(answer.rows), first, list(map(cells_of, rows)), empty="No row.")
        self._draw()

    def _draw(self) -> None:
        if self.is_mounted:
            self.draw_head([Segment("The store in SQL", "", 9, least=12)], self._facts())
            self.draw_foot()

    def _facts(self) -> list[Segment]:
        answer, facts = self._answer, []
        if self._since is not None:
            facts.append(Segment(f"running, {monotonic() - self._since:.0f} s", "accent", 8))
        elif answer is not None:
            count = len(answer.rows)
            facts.append(Segment(answer.cut or f"{count:,} row{'s' * (count != 1)}", "warn" if answer.cut else "", 8))
            facts.append(Segment(f"{answer.seconds * 1000:,.0f} ms", "dim", 4))
            first, count = self._first_column, len(fitting(self._columns[self._first_column :], self.size.width))
            if count < len(self._columns):
                shown = f"column {first + 1}" if count == 1 else f"columns {first + 1} to {first + count}"
                facts.append(Segment(f"{shown} of {len(self._columns)}", "dim", 5))
        return facts

    def keys(self) -> list[tuple[str, str] | Segment]:
        """Of where the person is."""
        if self.running:
            return [("query.close", "stops it")]
        if isinstance(self.focused, VirtualTable):
            told = [("table.open", "opens"), ("query.swap", "query"), ("query.left", ""), ("query.right", "columns")]
            told += [("query.copy", "copies"), ("query.save", "saves"), ("query.run", "runs again")]
        else:
            told = [("enter", "runs"), ("query.columns", "columns"), ("query.swap", "result")]
            told += [("query.close", "closes"), ("query.save", "saves")]
            return [*told, ("prompt.newline", "new line"), ("prompt.history", "history")]
        return [*told, ("query.close", "closes")]

    def on_descendant_focus(self) -> None:
        self._draw()

    # --- its keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("left", "right", "copy") and not (self.is_mounted and isinstance(self.focused, VirtualTable)):
            return False
        return super().check_action(action, parameters)

    def action_swap(self) -> None:
        (self._editor if self._table.has_focus else self._table).focus()

    @on(Prompt.LeaveWanted)
    def _leave_editor(self, event: Prompt.LeaveWanted) -> None:
        event.stop()
        self._table.focus()

    def action_left(self) -> None:
        self._shift(-1)

    def action_right(self) -> None:
        self._shift(1)

    def _shift(self, columns: int) -> None:
        if self._answer is not None:
            self._first_column = max(0, min(self._first_column + columns, len(self._answer.columns) - 1))
            self._show_rows()

    def action_copy(self) -> None:
        """The row, as JSON."""
        answer, at = self._answer, self._table.cursor
        if answer is not None and at < len(answer.rows):
            named = zip(answer.columns, answer.rows[at], strict=True)
            self._program.copy(json.dumps({n: v.hex() if isinstance(v, bytes) else v for n, v in named}))

    @on(VirtualTable.Chosen)
    def _open_row(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self._show_record(event.index)

    @work(group="ask")
    async def _show_record(self, index: int) -> None:
        from tui.app.screens.record import RecordScreen  # noqa: PLC0415

        if (answer := self._answer) is not None:
            title = f"Row {index + 1:,} of {len(answer.rows):,}"
            await self._program.ask(RecordScreen(title, record_text(answer.columns, answer.rows[index])))

    @work(group="ask")
    async def action_columns(self) -> None:
        """What is chosen is put into the query."""
        chosen = await self._program.ask(Picker("Views and columns", _items()))
        if chosen is not None:
            editor = self._editor
            words = str(chosen)
            if not editor.value.strip() and words in {view.name for view in VIEWS}:
                words = f"SELECT * FROM {words}"
            editor.focus()
            editor.insert(words)

    @work(group="ask")
    async def action_save(self) -> None:
        """All rows of the query whose result is on screen, asked again."""
        if self._answer is None or self.running:
            self.notify("There is no result yet: run a query first.")
            return
        name = f"query-{strftime('%Y%m%d-%H%M%S')}.csv"
        says = "A new file, all rows of it: .csv, .json (one array) or .jsonl (an object a line)."
        path = await self._program.ask(EditText("Save the result", name, says=says))
        if path is not None and path.strip():
            self._save(_path(self._program.root, path.strip()))

    @work(exclusive=True, group="query")
    async def _save(self, path: Path) -> None:
        self._begin()
        try:
            rows = await self._desk.write(self._asked, path, _FORMS.get(path.suffix.lower(), "csv"), self._mask)
            self.notify(f"{rows:,} row{'s' * (rows != 1)} in {path}", markup=False)
        except PenstockError as error:
            self._say(error.sentence())
        finally:
            self._end()


def _path(root: str, said: str) -> Path:
    return Path(root, Path(said).expanduser())


def _items() -> list[Item[str]]:
    views = [Item(view.name, view.name, view.meaning, "Views") for view in VIEWS]
    return views + [
        Item(column.name, f"{view.name}.{column.name}", column.meaning, view.name)
        for view in VIEWS
        for column in view.columns
    ]
