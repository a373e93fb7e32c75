"""What SQLite says of a query that it does not understand, as a sentence with the place.

Python gives the words alone and not where they belong. For a word that comes at the wrong place that is found by
asking: it is the last one before which the query might have gone on.
"""

import re
import sqlite3
from difflib import get_close_matches

from tui.store.view_columns import VIEWS

_NEAR = re.compile(r'^near "(.*)": syntax error$', re.S)
_NAMED = re.compile(r"^(?:no such (column|table|function)|ambiguous column name): (.+)$", re.S)
_TOKEN = re.compile(r'^unrecognized token: "(.*)"$', re.S)
_MOST_TRIES = 200


def place_of(connection: sqlite3.Connection, sql: str, message: str) -> int | None:
    """Where in ``sql`` the error is, in characters from its beginning, where that can be told."""
    if found := _NEAR.match(message):
        return _near(connection, sql, found[1])
    if found := _TOKEN.match(message):
        return sql.find(found[1]) if found[1] in sql else None
    if message.startswith("incomplete input"):
        return len(sql.rstrip())
    if found := _NAMED.match(message):
        last = found[2].rpartition(".")[2]
        word = re.search(rf'(?<![\w"]){re.escape(last)}(?!\w)', sql, re.I) or re.search(re.escape(last), sql, re.I)
        return word.start() if word else None
    return None


def sentence_of(error: Exception, sql: str, place: int | None) -> tuple[str, str]:
    """(what is wrong and where, what to do about it)"""
    message = str(error)
    if "one statement at a time" in message:
        return "That is more than one statement.", "Ask them one by one."
    where = f" {_line_and_column(sql, place)}" if place is not None else ""
    if message == "incomplete input":
        return "The query is not finished.", ""
    if found := _NEAR.match(message):
        return f"The query cannot be read{where}, near {_quoted(found[1])}.", ""
    if found := _NAMED.match(message):
        said = f"{message[0].upper()}{message[1:]}{f' ({where.strip()})' if where else ''}."
        return said, _hint(found[1], found[2], sql)
    return f"{message[0].upper()}{message[1:]}{where}.", ""


def _line_and_column(sql: str, place: int) -> str:
    before = sql[:place]
    column = place - (before.rfind("\n") + 1) + 1
    line = before.count("\n") + 1
    return f"at line {line}, column {column}" if "\n" in sql.strip() else f"at column {column}"


def _quoted(word: str) -> str:
    return f"“{word}”"


def _near(connection: sqlite3.Connection, sql: str, word: str) -> int | None:
    if not word:
        return None
    found = None
    places = [match.start() for match in re.finditer(re.escape(word), sql)][:_MOST_TRIES]
    for place in places:
        if _might_go_on(connection, sql[:place]):
            found = place
    return found if found is not None else (places[0] if len(places) == 1 else None)


def _might_go_on(connection: sqlite3.Connection, beginning: str) -> bool:
    """EXPLAIN reads a statement and runs nothing of it."""
    try:
        connection.execute(f"EXPLAIN {beginning}").close()
    except sqlite3.Error as error:
        return _NEAR.match(str(error)) is None and _TOKEN.match(str(error)) is None
    return True


def _hint(kind: str | None, name: str, sql: str) -> str:
    views = {view.name: [column.name for column in view.columns] for view in VIEWS}
    if kind == "table":
        like = get_close_matches(name.lower(), views, 1)
        return f"Did you mean {like[0]}?" if like else f"The views are {', '.join(views)}."
    if kind == "column":
        asked = [names for view, names in views.items() if re.search(rf"\b{view}\b", sql, re.I)] or views.values()
        wanted = name.rpartition(".")[2].lower()
        columns = sorted({column for names in asked for column in names} - {wanted})
        like = get_close_matches(wanted, columns, 1, 0.7)
        if wanted == "session_id" and "id" in columns:
            like = ["id"]
        if like:
            return f"Did you mean {like[0]}? SELECT * FROM contract tells all."
        return "SELECT * FROM contract tells all columns."
    return ""
