"""A query's rows as the table shows them: everything from outside is cleaned, and a long text is cut."""

from collections.abc import Sequence
from dataclasses import replace

from tui.query import Answer, Row, Value
from widgets.clean import clean
from widgets.virtual_table import Cell, Column, TableRow, gap_of

WIDEST, NARROWEST, READABLE = 40, 4, 12
_LOOKED_AT = 200
"""Rows that say how wide a column of texts is."""
_LONGEST = 300
"""Characters of a value that the table looks at."""
_RECORD_CHARS = 20_000
"""Characters of a value that an opened row shows."""


def columns_of(answer: Answer, width: int) -> list[Column]:
    """As wide as what stands in them; a number is never cut."""
    made = []
    for at, name in enumerate(answer.columns):
        title = _line(name)
        values = [row[at] for row in answer.rows]
        number = bool(values) and all(isinstance(value, int | float | None) for value in values)
        seen = values if number else values[:_LOOKED_AT]
        widest = max([len(title), *(len(_line(_text(value, _LONGEST))) for value in seen)])
        made.append(Column(str(at), title, max(NARROWEST, min(widest, WIDEST, width - 4)), -at, right=number))
    return made


def fitting(columns: Sequence[Column], width: int) -> list[Column]:
    """The first ones that a table of this width has room for; a text that has not is cut where enough of it is left."""
    inner, shown = width - 3, list[Column]()
    left = inner
    for column in columns:
        if column.width > left:
            return [*shown, replace(column, width=left)] if left >= READABLE and not column.right else shown
        shown.append(column)
        left -= column.width + gap_of(inner)
    return shown


def cells_of(row: Row) -> TableRow:
    return {str(at): _cell(value) for at, value in enumerate(row)}


def record_text(columns: Sequence[str], row: Row) -> str:
    """All values of one row, each below its name."""
    return "\n".join(f"{_line(name)}\n{_indented(value)}" for name, value in zip(columns, row, strict=True))


def _indented(value: Value) -> str:
    text = _text(value, _RECORD_CHARS)
    if isinstance(value, str | bytes) and len(value) > _RECORD_CHARS:
        text += f"\n… {len(value):,} in all: ctrl+s in the query's result saves it whole"
    return "\n".join(f"    {line}" for line in clean(text).split("\n"))


def _cell(value: Value) -> Cell:
    return Cell(_line(_text(value, _LONGEST)), "dim" if value is None else "")


def _text(value: Value, most: int) -> str:
    if value is None:
        return "NULL"
    return value[: most // 2].hex() if isinstance(value, bytes) else str(value)[:most]


def _line(text: str) -> str:
    return " ".join(clean(text).split())
