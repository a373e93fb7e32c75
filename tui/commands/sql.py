"""``penstock sql``: the public views, asked in SQL, for people and for programs. It only reads.

Works while the program runs: a reader of the store waits for nobody and nobody waits for it.
"""

import argparse
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from tui.errors import UsageError
from tui.paths import store_path
from tui.plain import one_line, plain, write
from tui.query import Form, Row
from tui.settings.safety import usual_masks
from tui.store.queries import QueryConnection, Watch, bring_up_to_date
from tui.store.result_text import Mask, text_of, written

WIDEST = 60
"""Cells of a column of the table, where standard output is no terminal whose width could be shared."""
NARROWEST = 8
_LONGEST = 2_000
"""Characters of a value that the table looks at."""
_AT_ONCE = 64_000


def ask_store(options: argparse.Namespace) -> int:
    """Print what the query finds.

    Raises:
        UsageError: it is no statement that reads.
        StoreError: there is no store, it cannot be read, or the query took too long.
    """
    sql = _statement(options.query)
    mask = usual_masks().mask
    bring_up_to_date(store_path())
    form: Form | None = "json" if options.json else "csv" if options.csv else "lines" if options.lines else None
    watch = Watch(options.timeout)
    with QueryConnection(store_path()) as connection, connection.run(sql, watch) as (columns, rows):
        some = _Some(rows, options.limit)
        if form is None:
            _print_table(columns, list(some), mask)
        else:
            _print(written(form, columns, some, mask), raw=not sys.stdout.isatty())
    if some.cut:
        first = "row" if options.limit == 1 else f"{options.limit:,} rows"
        _tell(f"Only the first {first}: --limit allows more, --limit 0 all.")
    return 0


class _Some:
    """At most ``limit`` of the rows, or all for 0. ``cut``: there were more."""

    def __init__(self, rows: Iterator[Row], limit: int) -> None:
        self._rows, self._limit = rows, limit
        self.cut = False

    def __iter__(self) -> Iterator[Row]:
        for number, row in enumerate(self._rows):
            if self._limit and number >= self._limit:
                self.cut = True
                return
            yield row


def _statement(words: str) -> str:
    if words != "-":
        return words
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("The query should come from standard input, and that is a terminal.")
    return sys.stdin.read()


def _print(pieces: Iterable[str], *, raw: bool) -> None:
    """Many pieces at once: each write goes through to whoever reads."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece if raw else plain(piece))
        size += len(piece)
        if size > _AT_ONCE:
            write(sys.stdout, "".join(waiting))
            waiting, size = [], 0
    write(sys.stdout, "".join(waiting))


def _print_table(columns: Sequence[str], rows: Sequence[Row], mask: Mask) -> None:
    """As far as the terminal is wide, numbers to the right; a row below the other where that is too narrow."""
    cells = [[one_line(mask(text_of(value)[:_LONGEST])) for value in row] for row in rows]
    titles = [one_line(name) for name in columns]
    width = _width()
    widths = _shared([max(map(_cells, column)) for column in zip(titles, *cells, strict=True)], width)
    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        _print_records(titles, cells, width)
    else:
        numbers = [
            bool(rows) and all(isinstance(row[at], int | float | None) for row in rows) for at in range(len(columns))
        ]
        for line in [titles, ["-" * cells for cells in widths], *cells]:
            _print_line(line, widths, numbers)
    _tell(f"{len(rows):,} row{'s' * (len(rows) != 1)}")


def _print_records(titles: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    """A line for each value."""
    left = max(map(_cells, titles))
    for row in rows:
        for title, cell in zip(titles, row, strict=True):
            _print_line([title, cell], [left, min(_cells(cell), max(NARROWEST, width - left - 2))], [False, False])
        _print_line([""], [0], [False])


def _print_line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> None:
    fitted = [_fitted(*each) for each in zip(cells, widths, right, strict=True)]
    write(sys.stdout, "  ".join(fitted).rstrip() + "\n")


def _fitted(text: str, width: int, right: bool) -> str:
    if _cells(text) > width:
        while _cells(text) >= width:
            text = text[: min(len(text) - 1, width - 1)]
        text += "…"
    space = " " * (width - _cells(text))
    return space + text if right else text + space


def _cells(text: str) -> int:
    """How wide a terminal shows it: East Asian letters take two cells, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _shared(wanted: Sequence[int], width: int | None) -> list[int]:
    """What each column gets of the terminal: the widest give way, down to a few cells."""
    room = None if width is None else width - 2 * (len(wanted) - 1)
    most = WIDEST if room is None else max(wanted)
    while room is not None and most > NARROWEST and sum(min(cells, most) for cells in wanted) > room:
        most -= 1
    return [max(1, min(cells, most)) for cells in wanted]


def _width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _tell(sentence: str) -> None:
    write(sys.stderr, f"{sentence}\n")
