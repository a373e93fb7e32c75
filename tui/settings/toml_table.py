"""One table of a TOML file, read strictly: every key is taken out by name, and complaints name file and key.

A wrong setting is never skipped. What may be a secret is not repeated in a complaint.
"""

import math
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tui.errors import ConfigError

_SECRET = re.compile(r"(^|[_-])(key|apikey|token|secret|password|passwd)$", re.IGNORECASE)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NO_KEYS_HERE = (
    "Keys are never kept in a file: a provider's key_env names a variable, its key_command a command that prints the "
    "key."
)


class Table:
    """One table of the file, which takes its keys out one by one and complains about those left over."""

    def __init__(self, path: Path, name: str, values: Mapping[str, Any]) -> None:
        self._path = path
        self._name = name
        self._values = values
        self._known: list[str] = []

    def wrong(self, key: str, allowed: str, *, hint: str = "", hide: bool = False) -> ConfigError:
        """``hide``: what was found may be a secret."""
        if _SECRET.search(key):
            return self._unknown(key)
        found = "a text that may be a secret" if hide else shown(self._values[key])
        return ConfigError(f"{self._path}: {self._full(key)} is {found}, and must be {allowed}.", hint=hint)

    def missing(self, key: str, allowed: str) -> ConfigError:
        return ConfigError(f"{self._path}: {self._full(key)} is missing. It must be {allowed}.")

    def take(self, key: str) -> Any:
        """The raw value, None where the file says nothing."""
        self._known.append(key)
        return self._values.get(key)

    def text(self, key: str, allowed: str = "a text") -> str:
        value = self.take(key)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.wrong(key, allowed)
        return value

    def variable(self, key: str) -> str:
        allowed = "the name of a variable, such as WORK_KEY"
        name = self.text(key, allowed)
        if name and not _VARIABLE.fullmatch(name):  # the key itself, as like as not
            raise self.wrong(key, allowed, hint=_NO_KEYS_HERE, hide=True)
        return name

    def choice(self, key: str, choices: Iterable[str]) -> str:
        value = self.text(key, either(choices))
        if value and value not in choices:
            raise self.wrong(key, either(choices), hint=meant(value, choices))
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def number(self, key: str, default: float, *, most: float, whole: bool = False, unit: str = "seconds") -> float:
        """A number above 0 (a whole one: from 0)."""
        value = self.take(key)
        if value is None:
            return default
        kind = int if whole else (int, float)
        low_enough = isinstance(value, kind) and not isinstance(value, bool) and value <= most
        if not low_enough or not math.isfinite(value) or value < 0 or (value == 0 and not whole):
            allowed = f"a whole number from 0 to {most:g}" if whole else f"{unit}, above 0 and up to {most:g}"
            raise self.wrong(key, allowed)
        return int(value) if whole else float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.take(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(key, 'a list of texts, such as ["one", "two"]')
        return tuple(value)

    def place(self, key: str) -> str:
        """A file or folder, relative to the file's own folder; "" where it is not set."""
        found = self.text(key, "a path, such as tapes")
        try:
            return str(self._path.parent.absolute() / Path(found).expanduser()) if found else ""
        except (RuntimeError, ValueError):  # ~ of nobody
            raise self.wrong(key, "a path, such as tapes") from None

    def places(self, key: str) -> tuple[str, ...]:
        """Files or folders, as ``place``."""
        try:
            return tuple(str(self._path.parent.absolute() / Path(found).expanduser()) for found in self.texts(key))
        except (RuntimeError, ValueError):
            raise self.wrong(key, 'a list of paths, such as ["~/.cache"]') from None

    def table(self, key: str) -> "Table":
        value = self.take(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise self.wrong(key, f"a table: [{self._full(key)}]")
        return Table(self._path, self._full(key), value)

    def tables(self, key: str) -> "list[Table]":
        """An array of tables, each named by its number from 1; empty where it is not set."""
        value = self.take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.wrong(key, f"tables: [[{self._full(key)}]]")
        return [Table(self._path, f"{self._full(key)}[{number}]", item) for number, item in enumerate(value, 1)]

    def names(self) -> list[str]:
        return list(self._values)

    def end(self) -> None:
        """All keys that we know were taken. Raises ConfigError for any other."""
        for key in self._values:
            if key not in self._known:
                raise self._unknown(key)

    def _unknown(self, key: str) -> ConfigError:
        return ConfigError(f"{self._path}: there is no setting {self._full(key)}.", hint=self._advice(key))

    def _advice(self, key: str) -> str:
        if _SECRET.search(key):
            return _NO_KEYS_HERE
        return meant(key, self._known) or f"There are: {', '.join(sorted(self._known))}."

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key


def shown(value: object) -> str:
    text = "a table" if isinstance(value, dict) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def either(choices: Iterable[str]) -> str:
    *others, last = [repr(choice) for choice in choices]
    return f"{', '.join(others)} or {last}" if others else last


def meant(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1)
    return f"Did you mean {near[0]}?" if near else ""
