"""One setting written into config.toml, or taken out of it, with everything else there kept as it stands.

What is written was read back strictly before it takes the file's place: no setting that the program would refuse at
its next start can be written here. And nothing is overwritten unseen: who changes a value says which one was shown.
"""

from pathlib import Path
from typing import Any

from tui.errors import ConfigError
from tui.settings.config import Settings, parse_settings
from tui.settings.toml_file import rewrite

Value = str | bool | int | float | tuple[str, ...]
UNSEEN: Any = object()
"""Whatever stands there may be overwritten."""
HEAD = """\
# Settings of Penstock. /settings shows what there is, and writes here; what is left out is as it is built in.

"""


def write_setting(path: Path, section: str, key: str, value: Value, *, seen: Any = UNSEEN) -> Settings:
    """Set one value; ``section`` is "" for a key at the top. Returns the settings as they are now.

    ``seen``: the value that was shown (None: not set), see ``written``.

    Raises:
        ConfigError: it is not allowed, the file says something else than was seen, or it cannot be written.
    """

    def change(document: Any, text: str) -> bool:
        import tomlkit  # noqa: PLC0415

        _must_be_seen(path, document, section, key, seen)
        if section and section not in document:
            document[section] = tomlkit.table()
        table = document[section] if section else document
        if key in table and _plain(table[key]) == value and type(_plain(table[key])) is type(value):
            return False
        table[key] = list(value) if isinstance(value, tuple) else value
        return True

    return _write(path, change)


def unset_setting(path: Path, section: str, key: str, *, seen: Any = UNSEEN) -> Settings:
    """Take one value out, so that it is as it is built in. A comment behind it stays, on a line of its own.

    Raises:
        ConfigError: as ``write_setting``.
    """

    def change(document: Any, text: str) -> bool:
        _must_be_seen(path, document, section, key, seen)
        table = document.get(section, {}) if section else document
        if key not in table:
            return False
        _take_out(table, key)
        return True

    return _write(path, change)


def written(path: Path, section: str, key: str) -> Value | None:
    """What the file itself says, None where it says nothing. Raises ConfigError where it cannot be read."""
    return written_in(written_values(path), section, key)


def written_values(path: Path) -> dict[str, Any]:
    """All that the file itself says. Raises ConfigError where it cannot be read."""
    import tomllib  # noqa: PLC0415

    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not TOML: {error}.") from error


def _write(path: Path, change: Any) -> Settings:
    now: list[Settings] = []

    def check(text: str) -> None:
        now[:] = [parse_settings(path, text)]

    def changing(document: Any, text: str) -> bool:
        now[:] = [parse_settings(path, text)]
        return change(document, text)

    rewrite(path, changing, check, head=HEAD)
    return now[0]


def _must_be_seen(path: Path, document: Any, section: str, key: str, seen: Any) -> None:
    there = written_in(document, section, key)
    if seen is not UNSEEN and there != seen:
        name = f"{section}.{key}" if section else key
        raise ConfigError(
            f"{path}: {name} was changed meanwhile; it is {_said(there)} now.", hint="Nothing was written."
        )


def written_in(values: Any, section: str, key: str) -> Value | None:
    """One of ``written_values``, None where the file says nothing."""
    table = values.get(section, {}) if section else values
    return _plain(table.get(key)) if hasattr(table, "get") else None


def _plain(value: Any) -> Any:
    """A value of tomlkit's or of tomllib's as a plain one."""
    value = value.unwrap() if hasattr(value, "unwrap") else value
    return tuple(value) if isinstance(value, list) else value


def _said(value: Value | None) -> str:
    return "not set" if value is None else repr(list(value) if isinstance(value, tuple) else value)


def _take_out(table: Any, key: str) -> None:
    """Remove a key of a tomlkit table or document, but for a comment on its line."""
    import tomlkit  # noqa: PLC0415

    comment = table[key].trivia.comment if hasattr(table[key], "trivia") else ""
    body = getattr(table if hasattr(table, "body") else table.value, "body", None)  # a document is a container itself
    at = next((n for n, (name, _) in enumerate(body) if name is not None and name.key == key), -1) if body else -1
    del table[key]
    if comment and body is not None and at >= 0:
        body[at] = (None, tomlkit.comment(comment.lstrip("#").strip()))
