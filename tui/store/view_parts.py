"""What the columns of the public views are made of: SQL for facts, moments, and texts that stand in an event's JSON.

Whatever reads JSON here asks first whether it is some: one damaged entry must not make every query fail.
"""

from tui.value import value


@value
class ViewColumn:
    """``type`` is what ``typeof`` says of every value that is not NULL: text, integer or real."""

    name: str
    type: str
    sql: str
    meaning: str


@value
class View:
    name: str
    meaning: str
    source: str
    columns: tuple[ViewColumn, ...]


def as_it_is(table: str, type: str, **meanings: str) -> tuple[ViewColumn, ...]:
    return tuple(ViewColumn(name=n, type=type, sql=f"{table}.{n}", meaning=m) for n, m in meanings.items())


def made(name: str, type: str, sql: str, meaning: str) -> ViewColumn:
    return ViewColumn(name=name, type=type, sql=sql, meaning=meaning)


def moment(name: str, sql: str, meaning: str) -> tuple[ViewColumn, ViewColumn]:
    """A moment twice: ``NAME_at`` for reckoning, ``NAME_utc`` for reading."""
    epoch, written = (f"{name}_at", f"{name}_utc") if name else ("at", "utc")
    iso = f"strftime('%Y-%m-%dT%H:%M:%fZ', {sql}, 'unixepoch')"
    return (
        made(epoch, "real", sql, f"{meaning}, in UTC epoch seconds"),
        made(written, "text", iso, f"{epoch} as ISO 8601, to the millisecond"),
    )


def text_of_entry(
    name: str, path: str, where: str, meaning: str, *, stream: tuple[str, str] | None = None
) -> tuple[ViewColumn, ...]:
    """A text of the entry e that ``where`` finds: itself, where it is kept, and the blob that it is where it is long.

    ``stream``: the condition under which it still grows, and the id of what its scratch belongs to.
    """
    kind, blob = f"json_type(e.body, {path})", f"""json_extract(e.body, {path} || '."$blob"')"""
    here = f"json_valid(e.body) AND {kind} = 'text'"
    kept = (
        f"CASE WHEN NOT json_valid(e.body) THEN 'damaged' WHEN {kind} = 'text' THEN 'here'"
        f" WHEN {blob} IS NOT NULL THEN 'blob' WHEN {kind} = 'object' THEN 'base64' END"
    )
    text = from_entry(f"CASE WHEN {here} THEN json_extract({_WITHOUT_NULL}, {path}) END", where)
    place = from_entry(kept, where)
    told = (
        f"where {name} is: here; blob (over 64 KB: {name} is NULL, see {name}_blob); base64 (no UTF-8: {name} is NULL,"
        f" the entry has it); {'stream (it still grows); ' * bool(stream)}damaged. NULL where there is none"
    )
    if stream is not None:
        text = f"CASE WHEN {stream[0]} THEN {_streamed(stream[1])} ELSE {text} END"
        place = f"CASE WHEN {stream[0]} THEN 'stream' ELSE {place} END"
    return (
        made(name, "text", text, meaning),
        made(f"{name}_kept", "text", place, told),
        made(
            f"{name}_blob",
            "text",
            from_entry(f"CASE WHEN json_valid(e.body) THEN {blob} END", where),
            f"the hash of the row of blobs that {name} is, where that is too long to stand here",
        ),
    )


_WITHOUT_NULL = (
    r"CASE WHEN instr(e.body, '\u0000') THEN replace(replace(e.body, '\\', '\u005c'), '\u0000', '\u2400')"
    " ELSE e.body END"
)
"""SQLite ends a text at a null character. It is shown by its picture instead."""


def from_entry(sql: str, where: str) -> str:
    """A lookup of its own for each column: a join would be made for every row, also where nobody asks for the text."""
    return f"(SELECT {sql} FROM entries e WHERE {where})"


def _streamed(owner: str) -> str:
    """In the order of scratch's key, which ends with seq."""
    return (
        "(SELECT group_concat(CASE WHEN json_valid(d.body) AND json_type(d.body, '$.text') = 'text'"
        " THEN json_extract(d.body, '$.text') END, '') FROM scratch d"
        f" WHERE d.session_id = {owner.partition('.')[0]}.session_id AND d.owner = {owner})"
    )


def session_columns(row: str) -> tuple[ViewColumn, ...]:
    found = f"FROM p_sessions s WHERE s.id = {row}.session_id"
    return (
        made("title", "text", f"(SELECT s.title {found})", "the session's title"),
        made("workspace", "text", f"(SELECT s.workspace {found})", "the folder that the session's workspace is"),
    )


def model_of_step(row: str, meaning: str) -> ViewColumn:
    sql = f"(SELECT u.model FROM p_usage u WHERE u.session_id = {row}.session_id AND u.step_id = {row}.step_id)"
    return made("model", "text", sql, meaning)


def from_call(name: str, row: str, meaning: str) -> ViewColumn:
    sql = f"(SELECT c.{name} FROM p_tool_calls c WHERE c.session_id = {row}.session_id AND c.call_id = {row}.call_id)"
    return made(name, "text", sql, meaning)
