"""The last calls of a tool, with their arguments: what a rule is tried on before it is written.

Arguments stay in the event, once; a call's row knows which. One that cannot be read is left out: this only counts.
"""

import json
import sqlite3
from typing import Any

from tui.errors import StoreError
from tui.messages import ToolCallPart
from tui.store import codec
from tui.store.log_rows import fetch_blob


def past_calls(connection: sqlite3.Connection, tool: str, most: int) -> list[tuple[dict[str, Any], str, str]]:
    """Arguments, workspace folder and working folder of the last ``most`` ended calls of ``tool``, newest first."""
    rows = connection.execute(
        "SELECT e.kind, e.version, e.body, s.workspace, s.cwd FROM"
        " (SELECT session_id, seq FROM p_tool_calls WHERE tool=? AND ended_at IS NOT NULL ORDER BY id DESC LIMIT ?) c"
        " JOIN entries e ON e.session_id = c.session_id AND e.seq = c.seq JOIN p_sessions s ON s.id = c.session_id",
        (tool, most),
    )
    found = []
    for kind, version, body, workspace, cwd in rows:
        arguments = _arguments(connection, kind, version, body)
        if arguments is not None:
            found.append((arguments, workspace, cwd))
    return found


def _arguments(connection: sqlite3.Connection, kind: str, version: int, body: str) -> dict[str, Any] | None:
    try:
        event = codec.decode(kind, version, body, lambda name: fetch_blob(connection, name))
        part = getattr(event, "part", None)
        text = part.arguments if isinstance(part, ToolCallPart) else getattr(event, "arguments", "")
        values = json.loads(text or "{}")
    except (StoreError, ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None
