"""Where the three wire formats' events hold the next piece of a text, and which text it is.

For whoever looks at an answer's events without reading them: a text is told apart as the adapters do, by a block of
Anthropic's, an item of Responses, a field or a call of a choice of chat completions. Formats are known by their shape.
"""

from collections.abc import Iterator
from typing import Any

from tui.providers.wire import items, mapping, number, string

Path = tuple[str | int, ...]
"""Steps from an event's object to a string in it."""
Key = tuple[int | str, ...]
"""Which text of an answer. The first is the number of its block, item or choice."""

_FIELDS = ("text", "thinking", "partial_json", "content", "reasoning_content", "reasoning", "refusal", "arguments")


def growth(payload: dict[str, Any]) -> Iterator[tuple[Key, Path, str]]:
    """(which text, where it stands, the piece) for each piece of a growing text in an event."""
    kind = string(payload, "type")
    if kind == "content_block_start":
        yield from _fields((number(payload, "index"),), ("content_block",), mapping(payload, "content_block"))
    elif kind == "content_block_delta":
        yield from _fields((number(payload, "index"),), ("delta",), mapping(payload, "delta"))
    elif kind == "response.output_item.added":
        yield from _fields((number(payload, "output_index"),), ("item",), mapping(payload, "item"))
    elif kind.endswith(".delta") and (text := string(payload, "delta")):
        yield (number(payload, "output_index"),), ("delta",), text
    for place, choice in _numbered(payload, "choices"):
        yield from _choice(choice, ("choices", place, "delta"), _number(choice, place))


def bounds(payload: dict[str, Any]) -> tuple[list[int], list[int]]:
    """The blocks, items and choices of which nothing more comes: those over before an event, those over with it."""
    match string(payload, "type"):
        case "content_block_start":
            return [number(payload, "index")], []
        case "content_block_stop":
            return [], [number(payload, "index")]
        case "response.output_item.added":
            return [number(payload, "output_index")], []
        case "response.output_item.done":
            return [], [number(payload, "output_index")]
        case _:
            choices = _numbered(payload, "choices")
            return [], [_number(choice, place) for place, choice in choices if string(choice, "finish_reason")]


def _choice(choice: Any, path: Path, number: int) -> Iterator[tuple[Key, Path, str]]:
    delta = mapping(choice, "delta")
    for _, at, text in _fields((), path, delta):
        yield (number, at[-1]), at, text
    for place, call in _numbered(delta, "tool_calls"):
        key = (number, "call", _number(call, place))
        yield from _fields(key, (*path, "tool_calls", place, "function"), mapping(call, "function"))


def _fields(key: Key, path: Path, holder: dict[str, Any]) -> Iterator[tuple[Key, Path, str]]:
    for name in _FIELDS:
        if text := string(holder, name):
            yield key, (*path, name), text


def _numbered(holder: dict[str, Any], name: str) -> list[tuple[int, Any]]:
    return list(enumerate(holder[name])) if items(holder, name) else []


def _number(value: Any, otherwise: int) -> int:
    found = value.get("index") if isinstance(value, dict) else None
    return found if isinstance(found, int) else otherwise
