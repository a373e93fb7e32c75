"""A query's result as CSV or JSON, a piece at a time, so that a million rows need no memory.

JSON is ASCII, and so obeyed by no terminal. Bytes are hexadecimal digits. NULL is an empty field in CSV, null in JSON.
"""

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from tui.query import Form, Row, Value

Mask = Callable[[str], str]
"""A text without its secrets."""


def written(form: Form, columns: Sequence[str], rows: Iterable[Row], mask: Mask) -> Iterator[str]:
    """The result's text, line ends and all."""
    if form == "csv":
        yield _record([mask(name) for name in columns])
        for row in rows:
            yield _record(["" if value is None else _masked(value, mask) for value in row])
        return
    keys = [json.dumps(name) for name in _unlike(columns)]
    if form == "lines":
        for row in rows:
            yield _object(keys, row, mask) + "\n"
        return
    before = "["
    for row in rows:
        yield f"{before}\n{_object(keys, row, mask)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def text_of(value: Value) -> str:
    """A value as people read it."""
    return "NULL" if value is None else value.hex() if isinstance(value, bytes) else str(value)


def _masked(value: Value, mask: Mask) -> str:
    return mask(value) if isinstance(value, str) else text_of(value)


def _record(fields: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(fields)
    return line.getvalue()


def _object(keys: Sequence[str], row: Row, mask: Mask) -> str:
    fields = ", ".join(f"{key}: {_json(value, mask)}" for key, value in zip(keys, row, strict=True))
    return f"{{{fields}}}"


def _json(value: Value, mask: Mask) -> str:
    if isinstance(value, float) and not math.isfinite(value):  # JSON has no word for it; SQLite writes it so
        return "9e999" if value > 0 else "-9e999"
    return json.dumps(mask(value) if isinstance(value, str) else value.hex() if isinstance(value, bytes) else value)


def _unlike(columns: Sequence[str]) -> list[str]:
    """Each name once: the second ``id`` is ``id_2``."""
    names: list[str] = []
    for name in columns:
        number, unlike = 1, name
        while unlike in names:
            number += 1
            unlike = f"{name}_{number}"
        names.append(unlike)
    return names
