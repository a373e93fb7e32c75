"""Values of settings as text to look at and to edit, and back."""

import tomllib
from typing import Any

from tui.errors import UsageError
from tui.settings.catalog import Setting
from tui.settings.writing import Value


def shown(value: Any) -> str:
    """On one line, to look at."""
    match value:
        case True | False:
            return "on" if value else "off"
        case None | "" | ():
            return "none"
        case tuple():
            return ", ".join(map(str, value))
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def as_text(setting: Setting, value: Any) -> str:
    """To edit. A list is written with commas, or as TOML does where an entry holds one."""
    if value is None or value == ():
        return ""
    if setting.kind == "list":
        entries = [str(entry) for entry in value]
        plain = not any("," in entry or entry != entry.strip() or entry[:1] == "[" for entry in entries)
        return ", ".join(entries) if plain else f"[{', '.join(map(_quoted, entries))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def value_of(setting: Setting, text: str) -> Value | None:
    """What was typed as a value; None for nothing. Whether it is allowed is judged where it is written.

    Raises:
        UsageError: it is no such value at all.
    """
    text = text.strip()
    if not text:
        return None
    if setting.kind == "number":
        try:
            return int(text) if setting.whole or text.isdigit() else float(text)
        except ValueError:
            kind = "a whole number" if setting.whole else "a number"
            raise UsageError(f"{text!r} is not {kind}.") from None
    if setting.kind == "list":
        return _entries(text)
    return text


def _entries(text: str) -> tuple[str, ...]:
    if not text.startswith("["):
        return tuple(entry.strip() for entry in text.split(",") if entry.strip())
    try:
        found = tomllib.loads(f"x = {text}")["x"]
    except tomllib.TOMLDecodeError:
        found = None
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise UsageError("That is no list.", hint='Write it with commas, or as ["one", "two"].')
    return tuple(found)


def _quoted(entry: str) -> str:
    if "'" not in entry and entry.isprintable():
        return f"'{entry}'"  # regular expressions stay readable
    escaped = entry.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
