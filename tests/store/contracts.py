"""Writes the SQL contract down: ``python -m tests.store.contracts`` after the version was raised.

``contract/N.txt`` is what version N promises, for a test to hold; the tables of docs/sql.md are made from the same.
"""

import re
from hashlib import sha256
from pathlib import Path

from tui.store.view_columns import VIEWS
from tui.store.views import CONTRACT, statement

FOLDER = Path(__file__).parent / "contract"
PAGE = Path(__file__).parents[2] / "docs" / "sql.md"
_TABLES = re.compile(r"(<!-- views -->\n).*(<!-- /views -->)", re.DOTALL)


def contract_text() -> str:
    """Each view with its columns and their types, and a digest of what makes it."""
    lines = [f"contract {CONTRACT}"]
    for view in VIEWS:
        lines += ["", f"{view.name}  {sha256(statement(view).encode()).hexdigest()[:16]}"]
        lines += [f"  {column.name} {column.type}" for column in view.columns]
    return "\n".join(lines) + "\n"


def columns_of(text: str) -> set[tuple[str, str, str]]:
    """(view, column, type) of a contract that was written down."""
    found, view = set(), ""
    for line in text.splitlines()[1:]:
        if line.startswith("  "):
            name, kind = line.split()
            found.add((view, name, kind))
        elif line:
            view = line.split()[0]
    return found


def page_with_tables(page: str) -> str:
    """The page with the views as they are."""
    made = []
    for view in VIEWS:
        rows = [f"| `{column.name}` | {column.type} | {column.meaning} |" for column in view.columns]
        made += [f"### {view.name}", "", view.meaning, "", "| column | type | |", "|---|---|---|", *rows, ""]
    return _TABLES.sub(lambda found: found[1] + "\n".join(made) + found[2], page)


if __name__ == "__main__":
    (FOLDER / f"{CONTRACT}.txt").write_text(contract_text())
    PAGE.write_text(page_with_tables(PAGE.read_text("utf-8")), "utf-8")
