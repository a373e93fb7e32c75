"""What comes back from a person's own SQL query: values only."""

from typing import Literal

from tui.value import value

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
Form = Literal["csv", "json", "lines"]
"""As what a result is written: ``json`` is one array of objects, ``lines`` one object a line."""
FORMS: tuple[Form, ...] = ("csv", "json", "lines")


@value
class Answer:
    """``cut`` is empty, or says why there are not all rows."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    cut: str = ""
    seconds: float = 0.0
