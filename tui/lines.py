"""A call in one line: what it does, made from its tool's name and its arguments alone.

The transcript's rows and the store's list of all calls say the same words, so both take them from here. Arguments
come from a model: they may be no JSON, of any length and any depth, and still give a line.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

LINE = 160
"""Characters of a line at the most."""
_PARSED = 1_000_000
"""Characters of arguments up to which they are parsed; longer ones are shown as they begin."""
_MAIN = ("command", "path", "pattern", "query", "url", "urls", "question", "title", "description", "prompt", "text")
_PATHS = ("path", "paths", "cwd")
_PATH_CHARS = 1_000

Arguments = Mapping[str, Any]


def one_line(text: str, limit: int = LINE) -> str:
    """Text on one line, cut with an ellipsis."""
    line = " ".join(text[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def call_line(tool: str, arguments: str) -> str:
    """What a call does, after its tool: ``read  src/app.py``."""
    return one_line(f"{tool}  {deed(tool, arguments)}")


def deed(tool: str, arguments: str) -> str:
    """What a call does, without the tool's name. Arguments that are not JSON are shown as they are."""
    values = _parsed(arguments)
    if values is None:
        return one_line(arguments)
    try:
        return one_line(_TELLERS.get(tool, _told)(values))
    except (ValueError, RecursionError):  # nested deeper than can be written out
        return one_line(arguments)


def named_paths(arguments: str) -> str:
    """The files and folders that the arguments name, a line each; empty where they name none."""
    values = _parsed(arguments) or {}
    found = [path for name in _PATHS for path in _texts(values.get(name))]
    return "\n".join(found)[:_PATH_CHARS]


def _parsed(arguments: str) -> Arguments | None:
    if len(arguments) > _PARSED:
        return None
    try:
        values = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, dict) else None


def _told(values: Arguments) -> str:
    """The arguments that mostly say it, else all of them by name."""
    main = [" ".join(_texts(values[name])) or str(values[name]) for name in _MAIN if values.get(name)]
    return "  ".join(main or [f"{name}={_short(value)}" for name, value in values.items()])


def _grep(values: Arguments) -> str:
    if "pattern" not in values:
        return _told(values)
    place = f"  in {values['path']}" if values.get("path") else ""
    return f"{values['pattern']}{place}"


def _multi_edit(values: Arguments) -> str:
    edits = values.get("edits")
    count = f"  {len(edits)} edit{'s' * (len(edits) != 1)}" if isinstance(edits, list) else ""
    return f"{values.get('path', '')}{count}"


def _todo(values: Arguments) -> str:
    """What is being done, and how far it all is."""
    given = values.get("items")
    if not isinstance(given, list):
        return _told(values)
    items = [item for item in given if isinstance(item, dict)]
    if not items:
        return "cleared"
    doing = next((str(item.get("text", "")) for item in items if item.get("status") == "doing"), "")
    done = sum(item.get("status") == "done" for item in items)
    return f"{done} of {len(items)} done{f' · {doing}' if doing else ''}"


def _memory(values: Arguments) -> str:
    """The verb first, then what it is about."""
    verb = next((str(values[name]) for name in ("action", "verb", "do") if values.get(name)), "")
    rest = {name: value for name, value in values.items() if name not in ("action", "verb", "do")}
    return f"{verb}  {_told(rest)}" if verb else _told(values)


def _job(values: Arguments) -> str:
    return next((str(values[name]) for name in ("job_id", "job", "id") if values.get(name)), "") or _told(values)


_TELLERS: Mapping[str, Callable[[Arguments], str]] = {
    "grep": _grep,
    "multi_edit": _multi_edit,
    "todo": _todo,
    "memory": _memory,
    "job_output": _job,
    "job_kill": _job,
}


def _texts(value: Any) -> list[str]:
    """A text, or the texts of a list."""
    if isinstance(value, str):
        return [value] if value else []
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _short(value: Any) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 40)
