"""Tables: columns fitted to the pane, cells wrapped, and plain records where the pane is too narrow for columns.

A Table is shared by the chunks that show its rows. Its column widths come from its first rows; while a table still
streams they are frozen after FREEZE_ROWS rows and settled when it closes, so that a row costs the same wherever in
the table it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

from widgets.doc_chunks import Chunk
from widgets.doc_lines import Line, Run, runs_width, slice_runs, wrap

FREEZE_ROWS = 20
SAMPLE_ROWS = 300
PIECE_ROWS = 8
SUBROW = 1 << 20  # rows of one table row are told apart by this step of `Line.at`
_BAR = Run(" │ ", "rule")
_LEAST = 4

Cell = tuple[Run, ...]
Parse = Callable[[str], Cell]


class Table:
    """Cells as their source text; parsed to runs when they are measured or shown."""

    def __init__(self, header: Sequence[str], aligns: Sequence[str], parse: Parse) -> None:
        self.columns = len(header)
        self.header = [parse(cell) for cell in header]
        self.aligns = [*aligns, *[""] * self.columns][: self.columns]
        self.parse = parse
        self.rows: list[list[Cell] | list[str]] = []
        self.open = False
        self.naturals = [runs_width(cell) for cell in self.header]
        self.measured = 0

    def add(self, cells: Sequence[str]) -> None:
        """One more row; missing cells are empty, more than there are columns are dropped."""
        self.rows.append([cell for cell, _ in zip_longest(cells[: self.columns], range(self.columns), fillvalue="")])

    def truncate(self, count: int) -> None:
        """Forget the rows from number `count` on (they are being streamed again)."""
        del self.rows[count:]
        if self.measured > count:
            self.measured = 0
            self.naturals = [runs_width(cell) for cell in self.header]

    def cells(self, number: int) -> list[Cell]:
        """A row's cells as runs, parsed once."""
        row = [self.parse(cell) if isinstance(cell, str) else cell for cell in self.rows[number]]
        self.rows[number] = row
        return row

    def measure(self) -> tuple[int, ...]:
        """The natural widths of the columns, as far as they are looked at."""
        for number in range(self.measured, min(len(self.rows), FREEZE_ROWS if self.open else SAMPLE_ROWS)):
            for column, cell in enumerate(self.cells(number)):
                self.naturals[column] = max(self.naturals[column], runs_width(cell))
            self.measured = number + 1
        return tuple(self.naturals)

    def widths(self, width: int) -> list[int] | None:
        """The columns' widths in a pane of `width` cells; None when columns make no sense there."""
        room = width - len(_BAR.text) * (self.columns - 1)
        if room < _LEAST * self.columns:
            return None
        naturals = [max(1, natural) for natural in self.measure()]
        if sum(naturals) <= room:
            return naturals
        widths = [0] * self.columns
        pending = list(range(self.columns))
        while pending:
            share = room // len(pending)
            small = [column for column in pending if naturals[column] <= share]
            if not small:
                for number, column in enumerate(pending):
                    widths[column] = share + (number < room % len(pending))
                break
            for column in small:
                widths[column] = naturals[column]
                room -= naturals[column]
                pending.remove(column)
        return widths

    def head(self, width: int, first: tuple[Run, ...] = (), rest: tuple[Run, ...] = (), index: int = 0) -> list[Line]:
        """The header's rows and the rule under it. Without columns: nothing, for each record names its fields; but
        the names alone where there are no records."""
        widths = self.widths(width - runs_width(rest))
        if widths is None:
            return [] if self.rows else self._record([()] * self.columns, width, first, index)
        bold = [tuple(Run(run.text, f"strong {run.style}".strip(), run.href) for run in cell) for cell in self.header]
        rows = self._grid(bold, widths, index, first, rest)
        rule = "─┼─".join("─" * cells for cells in widths)
        return [*rows, Line(runs=(Run(rule, "rule"),), prefix=rest, index=index, at=len(rows) * SUBROW, logical=rule)]

    def body(self, number: int, width: int, prefix: tuple[Run, ...] = (), index: int = 0) -> list[Line]:
        """One row of the table as rows of the pane."""
        widths = self.widths(width - runs_width(prefix))
        cells = self.cells(number)
        if widths is not None:
            return self._grid(cells, widths, index, prefix, prefix)
        return self._record(cells, width, prefix, index)

    def _record(self, cells: Sequence[Cell], width: int, prefix: tuple[Run, ...], index: int) -> list[Line]:
        """A row of the table in a pane too narrow for columns: a line for each field."""
        rows: list[Line] = []
        for column, cell in enumerate(cells):
            name = Run("".join(run.text for run in self.header[column]) + ": ", "strong")
            rows += wrap([name, *cell], width, index=index, first=prefix, offset=column * SUBROW)
        return rows

    def _grid(
        self, cells: list[Cell], widths: list[int], index: int, first: tuple[Run, ...], rest: tuple[Run, ...]
    ) -> list[Line]:
        wrapped = [wrap(cell, cells_wide, index=0) for cell, cells_wide in zip(cells, widths, strict=True)]
        rows: list[Line] = []
        for number in range(max(len(lines) for lines in wrapped)):
            runs: list[Run] = []
            for column, lines in enumerate(wrapped):
                if column:
                    runs.append(_BAR)
                content = lines[number].runs if number < len(lines) else ()
                runs += self._aligned(content, widths[column], self.aligns[column])
            logical = "".join(run.text for run in runs)
            rows.append(
                Line(
                    runs=slice_runs(runs, 0, len(logical)),
                    prefix=rest if rows else first,
                    index=index,
                    at=number * SUBROW,
                    logical=logical,
                )
            )
        return rows

    @staticmethod
    def _aligned(runs: tuple[Run, ...], width: int, align: str) -> list[Run]:
        space = width - runs_width(runs)
        if space <= 0:
            return list(runs)
        match align:
            case "right":
                return [Run(" " * space), *runs]
            case "center":
                return [Run(" " * (space // 2)), *runs, Run(" " * (space - space // 2))]
        return [*runs, Run(" " * space)]


class TableChunk(Chunk):
    """Rows `first` to `last` of a Table, the header above the first of them."""

    __slots__ = ("first", "last", "table")

    def __init__(self, source: str, start: int, table: Table, first: int, last: int, *, gap: int = 0) -> None:
        super().__init__(source, start, gap=gap)
        self.table = table
        self.first = first
        self.last = last

    def stamp(self, width: int) -> object:
        """All rows of a table depend on the widths of its columns."""
        return width, self.table.measure()

    def lay(self, width: int) -> list[Line]:
        """The rows, the header first where this is the table's beginning."""
        rows = self.table.head(width) if self.first == 0 else []
        for number in range(self.first, self.last):
            rows += self.table.body(number, width, index=number - self.first + 1)
        return rows or [Line(index=0)]

    def guess(self, width: int) -> int:
        """A row each, without measuring."""
        return self.last - self.first + 2 * (self.first == 0)

    def height(self, width: int) -> int:
        """As for any chunk; a table not yet measured is not measured for this."""
        if self._lines is not None and self._stamp == (width, tuple(self.table.naturals)):
            return len(self._lines)
        return self.gap + self.guess(width)
