"""What of an event is looked through: its text, and tags that the filters of a search ask for.

An entry is one block at the most, so that the index needs no table of its own: the rowid of the entry is the block's.
Tags are words beside the text: what a block is, whose tool and model it came by, its session and its day.
"""

import json
import sqlite3
from collections.abc import Iterable
from hashlib import blake2b
from time import gmtime
from typing import Any, NamedTuple

from tui.errors import StoreError
from tui.events import (
    CompactionStarted,
    ContextCompacted,
    Entry,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionEvent,
    SessionOpened,
    SessionRenamed,
    SideCall,
    StepStarted,
    ToolEnded,
    ToolStarted,
)
from tui.messages import OutputPiece, ReasoningPart, TextPart, ToolCallPart
from tui.searching import Kind
from tui.store import codec
from tui.store.log_rows import fetch_blob
from tui.store.projections import storable

MOST_CHARS = 128 * 1024
"""Characters of a block that are indexed: of a long output the text that the model saw, and then its beginning."""
KINDS_OF_ENTRIES = (
    "PromptSubmitted",
    "PartEnded",
    "ToolStarted",
    "ToolEnded",
    "SideCall",
    "ContextCompacted",
    "SessionOpened",
    "SessionRenamed",
)
"""Events that may be blocks; the others are passed over unread."""
_LAST = 253_402_300_799.0
_DAY = 86_400
_PARSED = 1_000_000


class Text(NamedTuple):
    """A block's text. ``place``, ``call_id``, ``tool``: as in ``tui.searching.SearchRow``."""

    kind: Kind
    text: str
    place: str = ""
    call_id: str = ""
    tool: str = ""
    image: bool = False


class Block(NamedTuple):
    """A row of the index, and the names of its model and tool."""

    text: str
    tags: str
    model: str
    tool: str


class Origins:
    """Whose work a block is: its tool and model. ``waiting``: entries that are not on disk yet, in order."""

    def __init__(self, connection: sqlite3.Connection, waiting: Iterable[Entry] = ()) -> None:
        self._connection = connection
        self._models: dict[tuple[str, str], str] = {}
        self._parts: dict[tuple[str, str], str] = {}
        self._calls: dict[tuple[str, str], tuple[str, str, str]] = {}
        for entry in waiting:
            self._learn(entry.session_id, entry.event)

    def _learn(self, sid: str, event: SessionEvent) -> None:
        match event:
            case StepStarted():
                self._models[sid, event.step_id] = event.model
            case CompactionStarted():
                self._models[sid, event.compaction_id] = event.model
            case PartStarted():
                self._parts[sid, event.part_id] = event.step_id
            case PartEnded(part=ToolCallPart() as part, cut=False):
                step = self._parts.get((sid, event.part_id)) or self._step_of(sid, event.part_id)
                self._calls[sid, part.call_id] = (part.name, step, part.arguments)
            case SideCall():
                self._calls[sid, event.call_id] = (event.tool, "", event.arguments)
            case _:
                pass

    def model_of(self, session_id: str, text: Text) -> str:
        """Which model wrote a block, or asked for the call that it belongs to; "" for what people wrote."""
        if text.kind in ("prompt", "title"):
            return ""
        if text.kind == "summary":
            return self._model(session_id, text.place)
        if text.kind in ("answer", "reasoning"):
            step = self._parts.get((session_id, text.place)) or self._step_of(session_id, text.place)
            return self._model(session_id, step)
        return self._model(session_id, self._call(session_id, text.call_id)[1])

    def tool_of(self, session_id: str, text: Text) -> str:
        return text.tool or (self._call(session_id, text.call_id)[0] if text.call_id else "")

    def asked(self, session_id: str, call_id: str) -> str | None:
        """The arguments as the model sent them, None where they cannot be read."""
        known = self._calls.get((session_id, call_id))
        if known is not None:
            return known[2]
        found = self._connection.execute(
            "SELECT e.kind, e.version, e.body FROM p_tool_calls c JOIN entries e ON e.session_id = c.session_id"
            " AND e.seq = c.seq WHERE c.session_id=? AND c.call_id=?",
            (session_id, storable(call_id)),
        ).fetchone()
        event = None if found is None else read_event(self._connection, *found)
        if isinstance(event, SideCall):
            return event.arguments
        part = event.part if isinstance(event, PartEnded) else None
        return part.arguments if isinstance(part, ToolCallPart) else None

    def _call(self, sid: str, call_id: str) -> tuple[str, str]:
        known = self._calls.get((sid, call_id))
        if known is not None:
            return known[:2]
        found = self._connection.execute(
            "SELECT tool, coalesce(step_id, '') FROM p_tool_calls WHERE session_id=? AND call_id=?",
            (sid, storable(call_id)),
        ).fetchone()
        return found or ("", "")

    def _step_of(self, sid: str, part_id: str) -> str:
        found = self._connection.execute(
            "SELECT step_id FROM p_messages WHERE session_id=? AND source_id=?", (sid, storable(part_id))
        ).fetchone()
        return (found[0] or "") if found else ""

    def _model(self, sid: str, step_id: str) -> str:
        if not step_id:
            return ""
        if (sid, step_id) not in self._models:
            found = self._connection.execute(
                "SELECT model FROM p_usage WHERE session_id=? AND step_id=?", (sid, storable(step_id))
            ).fetchone()
            if found is None:
                return ""
            self._models[sid, step_id] = found[0]
        return self._models[sid, step_id]


def text_of(connection: sqlite3.Connection, entry: Entry, origins: Origins) -> Text | None:
    """What of an entry can be found; None where there is nothing."""
    found = _text_of(connection, entry, origins)
    return None if found is None or not (found.text.strip() or found.image) else found


def block_of(entry: Entry, text: Text, origins: Origins) -> Block:
    """As the index has it."""
    model = storable(origins.model_of(entry.session_id, text)).lower()
    tool = storable(origins.tool_of(entry.session_id, text)).lower()
    tags = [kind_tag(text.kind), tag("s", entry.session_id), *time_tags(entry.at)]
    tags += [tag("m", model)] if model else []
    tags += [tag("t", tool)] if tool else []
    tags += [IMAGE_TAG] if text.image else []
    return Block(storable(text.text[:MOST_CHARS]), " ".join(tags), model, tool)


def read_event(connection: sqlite3.Connection, kind: str, version: int, body: str) -> SessionEvent | None:
    """An event of the log, or None where it cannot be read: a search passes it over, and doctor names it."""
    try:
        return codec.decode(kind, version, body, lambda name: fetch_blob(connection, name))
    except StoreError:
        return None


# --- tags


IMAGE_TAG = "himage"


def kind_tag(kind: Kind) -> str:
    return f"k{kind}"


def tag(letter: str, name: str) -> str:
    """A word of letters and digits that stands for a name."""
    return letter + blake2b(name.encode("utf-8", "replace"), digest_size=6).hexdigest()


def time_tags(at: float) -> tuple[str, str]:
    """Day and month, of UTC."""
    return day_tag(day_of(at)), month_tag(month_of(at))


def day_of(at: float) -> int:
    return int(_in_range(at)) // _DAY


def month_of(at: float) -> int:
    then = gmtime(_in_range(at))
    return then.tm_year * 12 + then.tm_mon


def day_tag(day: int) -> str:
    return f"d{day}"


def month_tag(month: int) -> str:
    return f"y{month}"


def _in_range(at: float) -> float:
    return min(max(at, 0.0), _LAST) if at == at else 0.0


# --- texts


def _text_of(connection: sqlite3.Connection, entry: Entry, origins: Origins) -> Text | None:
    event = entry.event
    match event:
        case PromptSubmitted():
            return Text("prompt", event.text, event.prompt_id, image=bool(event.images))
        case PartEnded(part=TextPart() as part):
            return Text("answer", part.text, event.part_id)
        case PartEnded(part=ReasoningPart() as part):
            return Text("reasoning", part.text, event.part_id)
        case PartEnded(part=ToolCallPart() as part):
            place = part.call_id if not event.cut else event.part_id
            return Text("arguments", said(part.arguments), place, part.call_id, part.name)
        case SideCall():
            return Text("arguments", said(event.arguments), event.call_id, event.call_id, event.tool)
        case ToolStarted() if origins.asked(entry.session_id, event.call_id) not in (None, event.arguments):
            return Text("arguments", said(event.arguments), event.call_id, event.call_id, event.tool)
        case ToolEnded():
            return Text("output", _output(connection, event), event.call_id, event.call_id, image=bool(event.images))
        case ContextCompacted():
            return Text("summary", event.summary, event.compaction_id)
        case SessionOpened() | SessionRenamed():
            return Text("title", event.title)
        case _:
            return None


def said(arguments: str) -> str:
    """Arguments as words: JSON's escapes are undone, which would else grow together with what follows them."""
    if len(arguments) > _PARSED:
        return arguments
    try:
        return "\n".join(_lines(json.loads(arguments)))
    except (ValueError, RecursionError):
        return arguments


def _lines(value: Any, name: str = "") -> Iterable[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _lines(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _lines(inner, name)
    else:
        text = value if isinstance(value, str) else json.dumps(value)
        yield f"{name}: {text}" if name else text


def _output(connection: sqlite3.Connection, event: ToolEnded) -> str:
    if not event.pieces:
        return event.text
    return f"{event.text}\n{_beginning(connection, event.pieces)}"


def _beginning(connection: sqlite3.Connection, pieces: Iterable[OutputPiece]) -> str:
    found, size = [], 0
    for piece in pieces:
        if size >= MOST_CHARS:
            break
        try:
            found.append(fetch_blob(connection, piece.hash).text())
        except (StoreError, UnicodeDecodeError):  # damaged, or still on its way to the disk
            break
        size += len(found[-1])
    return "".join(found)
