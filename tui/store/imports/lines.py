"""A file as numbered lines of JSON, and careful looks into what they hold: nothing in a file is taken on trust."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """``value`` is the object that stands there, None where there is none that can be read."""

    number: int
    text: str
    value: Plain | None


@dataclass(frozen=True, slots=True)
class File:
    name: str
    digest: str
    lines: tuple[Line, ...]


def read(name: str, data: bytes) -> File:
    """All lines but empty ones. Bytes that are no UTF-8 stay what they are, as lone surrogates."""
    text = data.decode("utf-8-sig", "surrogateescape")
    lines = (Line(number, line, _object(line)) for number, line in enumerate(text.split("\n"), 1) if line.strip())
    return File(name, sha256(data).hexdigest(), tuple(lines))


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def object_of(value: Any) -> Plain:
    return value if isinstance(value, dict) else {}


def objects_of(value: Any) -> Iterator[Plain]:
    """The objects in a list; nothing of what is none."""
    yield from (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def count_of(value: Any) -> int:
    return max(0, value) if isinstance(value, int) and not isinstance(value, bool) else 0


def time_of(value: Any) -> float | None:
    """Seconds since 1970 of an ISO time, or of a number of seconds or milliseconds; None for what is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e14:
        return value / 1000 if value > 1e11 else float(value)
    try:
        at = datetime.fromisoformat(value).timestamp() if isinstance(value, str) else 0.0
    except (ValueError, OverflowError, OSError):
        return None
    return at if 0 < at < 1e11 else None


def dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _object(line: str) -> Plain | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
