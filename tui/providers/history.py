"""History on its way to a wire: what every API demands of it, in one place.

A session's history may hold what an API refuses: empty texts, two user messages in a row, a call whose
arguments are not JSON, a call that never got a result. ``tidy`` makes it acceptable to all three
formats without losing a word that the model could use; the adapters then only translate.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from tui.messages import ImagePart, Message, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart

RAW = "_raw"
"""The key under which arguments that are no JSON object go back to the model."""

_NO_RESULT = "No result of this call was recorded."
_UNSAFE = re.compile(r"[^a-zA-Z0-9_-]")


def tidy(messages: Iterable[Message]) -> list[Message]:
    """The history such that every API takes it.

    It begins and ends with the user and the roles alternate; no text is empty; each call is followed, in
    the next message and before any other part, by exactly one result; a result without its call
    becomes text; no message ends in reasoning that lost what it led to.
    """
    kept = [Message(role=m.role, parts=_sound(m)) for m in messages]
    kept = [m for m in kept if m.parts]
    merged = [_merged(list(group)) for _, group in groupby(kept, key=lambda m: m.role)]
    if not merged or merged[0].role == "assistant":
        merged.insert(0, _user(TextPart(text="(The conversation goes on from here.)")))
    if merged[-1].role == "assistant":
        calls = any(isinstance(part, ToolCallPart) for part in merged[-1].parts)
        merged.append(Message(role="user", parts=() if calls else (TextPart(text="Go on."),)))
    return [_answered(merged[i - 1] if i else None, message) for i, message in enumerate(merged)]


def arguments_object(raw: str) -> dict[str, Any]:
    """The arguments as the object that APIs want; text that is none goes in whole under ``_raw``."""
    try:
        value = json.loads(raw, parse_constant=_no_number) if raw.strip() else {}
    except (ValueError, RecursionError):
        return {RAW: raw}
    return value if isinstance(value, dict) else {RAW: raw}


def arguments_text(raw: str) -> str:
    """The same for APIs that want text: as it came where it is an object."""
    value = arguments_object(raw)
    return raw if raw.strip() and RAW not in value else json.dumps(value, ensure_ascii=False)


def wire_id(call_id: str) -> str:
    """A call's id in the alphabet and length that every API takes. The same id gives the same text."""
    safe = _UNSAFE.sub("_", call_id)
    if safe == call_id and 0 < len(safe) <= 64:
        return safe
    return f"{safe[:50]}_{hashlib.sha256(call_id.encode(errors='replace')).hexdigest()[:12]}"


def wire_name(name: str) -> str:
    """A tool's name likewise; models make some up."""
    return _UNSAFE.sub("_", name)[:64] or "unknown"


def sealed(part: Part, provider: str, model: str) -> dict[str, Any]:
    """The part's own ``provider_data`` as an object, empty unless this provider and model made it."""
    if part.provider_data is None or part.provider_data[0] != provider:
        return {}
    try:
        data = json.loads(part.provider_data[1])
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) and data.get("model") in (None, model) else {}


def seal(provider: str, model: str, **data: Any) -> tuple[str, str]:
    """``provider_data`` that ``sealed`` opens again."""
    return provider, json.dumps({"model": model, **data}, ensure_ascii=False)


def encodable(value: Any) -> Any:
    """A request body whose every text is UTF-8: half a surrogate pair, as in odd file names, becomes ``?``."""
    match value:
        case str():
            return value.encode("utf-8", errors="replace").decode("utf-8")
        case dict():
            return {encodable(key): encodable(item) for key, item in value.items()}
        case list() | tuple():
            return [encodable(item) for item in value]
        case _:
            return value


def _merged(messages: list[Message]) -> Message:
    return Message(role=messages[0].role, parts=tuple(part for message in messages for part in message.parts))


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _user(*parts: Part) -> Message:
    return Message(role="user", parts=parts)


def _sound(message: Message) -> tuple[Part, ...]:
    parts = [part for part in message.parts if not (isinstance(part, TextPart) and not part.text.strip())]
    while parts and isinstance(parts[-1], ReasoningPart):
        parts.pop()
    return tuple(parts)


def _answered(before: Message | None, message: Message) -> Message:
    """A user message with the results that the message before it calls for, first."""
    if message.role == "assistant":
        return message
    wanted = [part.call_id for part in before.parts if isinstance(part, ToolCallPart)] if before else []
    given: dict[str, ToolResultPart] = {}
    others: list[Part] = []
    for part in message.parts:
        if not isinstance(part, ToolResultPart):
            others.append(part)
        elif part.call_id in wanted and part.call_id not in given:
            given[part.call_id] = part
        else:
            others.extend(_as_text(part))
    missing = (ToolResultPart(call_id=call_id, text=_NO_RESULT, is_error=True) for call_id in wanted)
    results = [given.get(part.call_id, part) for part in missing]
    return _user(*results, *others)


def _as_text(part: ToolResultPart) -> list[TextPart | ImagePart]:
    return [TextPart(text=f"(The result of an earlier call:)\n{part.text}"), *part.images]
