"""The one file format for scripts and recordings: JSON lines that a person can read and edit.

    {"penstock_tape": 1, "api": "anthropic"}                          the header; ``api`` as in the configuration,
                                                                      or "events" for a script of our own events
    {"exchange": 0, "at": 0.0, "step": "step_1", "request": {"method", "url", "headers", "body"}}
                                                                      ``step``: which one of a session it was made for
    {"exchange": 0, "at": 0.31, "response": {"status", "headers"}}
    {"exchange": 0, "at": 0.32, "bytes": "event: message_start\\n..."}  or "base64", where it is not UTF-8
    {"exchange": 0, "at": 0.33, "event": {"kind": "chunk", "index": 0, "text": "Hel"}}
    {"exchange": 0, "at": 1.90, "end": "whole"}                       or "broken", or "closed" by us

``at`` is seconds since the exchange began. Exchanges of parallel requests may interleave. Unknown
fields are passed over, so a newer tape of version 1 still plays.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, assert_never

from tui.errors import ConfigError
from tui.messages import Part, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage
from tui.providers.base import Finish, PartChunk, PartClose, PartOpen, StreamEvent
from tui.providers.scripted import Cut, Pause, Step, Word

VERSION = 1

End = Literal["whole", "broken", "closed"]


@dataclass(slots=True)
class Exchange:
    """One request and what came back. ``pieces`` are (seconds, bytes), ``events`` (seconds, event).

    ``status`` 0: the server never answered.
    """

    request: dict[str, Any] = field(default_factory=dict)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    events: list[tuple[float, StreamEvent]] = field(default_factory=list)
    end: End = "broken"
    step: str = ""


@dataclass(slots=True)
class Tape:
    """A whole file. A recording that was killed simply lacks its last lines: it plays as far as it goes."""

    api: str
    exchanges: list[Exchange] = field(default_factory=list)


def read_tape(path: Path) -> Tape:
    """Load a tape.

    Raises:
        ConfigError: there is no such file, or it is no tape of a version that is known here.
    """
    try:
        *lines, _ = path.read_bytes().decode("utf-8").split("\n")  # what a killed recorder had half written is left
        header = json.loads(lines[0]) if lines else {}
        if not isinstance(header, dict) or header.get("penstock_tape") != VERSION:
            raise ConfigError(f"{path} is not a recording of version {VERSION}.")
        tape = Tape(api=str(header.get("api", "events")))
        exchanges: dict[int, Exchange] = {}
        for line in lines[1:]:
            record = json.loads(line)
            number = record.get("exchange", 0)
            if number not in exchanges:
                exchanges[number] = Exchange()
                tape.exchanges.append(exchanges[number])
            _take(exchanges[number], record)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} cannot be read as a recording: {error}") from error
    return tape


def _take(exchange: Exchange, record: dict[str, Any]) -> None:
    at = float(record.get("at", 0.0))
    if "request" in record:
        exchange.request = record["request"]
        exchange.step = str(record.get("step", ""))
    elif "response" in record:
        exchange.status = int(record["response"]["status"])
        exchange.headers = dict(record["response"]["headers"])
    elif "bytes" in record:
        exchange.pieces.append((at, record["bytes"].encode()))
    elif "base64" in record:
        exchange.pieces.append((at, base64.b64decode(record["base64"])))
    elif "event" in record:
        exchange.events.append((at, _event(record["event"])))
    elif "end" in record:
        exchange.end = record["end"]


def header_line(api: str) -> str:
    """The first line of a file."""
    return json.dumps({"penstock_tape": VERSION, "api": api}) + "\n"


def record_line(exchange: int, at: float, **record: Any) -> str:
    """Any other line; bytes under ``bytes`` are written as text where they are text."""
    raw = record.get("bytes")
    if isinstance(raw, bytes):
        try:
            record["bytes"] = raw.decode("utf-8")
        except UnicodeDecodeError:
            record = {"base64": base64.b64encode(raw).decode("ascii")}
    return json.dumps({"exchange": exchange, "at": round(at, 6), **record}, ensure_ascii=False) + "\n"


def event_line(exchange: int, at: float, event: StreamEvent) -> str:
    """A line of one of our own events."""
    return record_line(exchange, at, event=_record(event))


def script_of(tape: Tape, *, timed: bool = True, speed: float = 1.0) -> list[Step]:
    """A tape of events as a script, with its pauses where ``timed``. What was not whole ends as a cut."""
    return [_step(exchange, speed=speed if timed else 0.0) for exchange in tape.exchanges]


def _step(exchange: Exchange, *, speed: float) -> Step:
    words: list[Word] = []
    before = 0.0
    for at, event in exchange.events:
        if speed and at > before:
            words.append(Pause((at - before) / speed))
        before = at
        words.append(event)
    if exchange.end != "whole":
        words.append(Cut())
    return words


def write_events(path: Path, steps: Iterable[Iterable[tuple[float, StreamEvent]]]) -> None:
    """Write steps of (seconds, event) as a tape; those that hold a Finish are whole."""
    lines = [header_line("events")]
    for number, step in enumerate(steps):
        at, end = 0.0, "broken"
        for at, event in step:
            lines.append(record_line(number, at, event=_record(event)))
            end = "whole" if isinstance(event, Finish) else end
        lines.append(record_line(number, at, end=end))
    path.write_text("".join(lines), encoding="utf-8")


def _record(event: StreamEvent) -> dict[str, Any]:
    match event:
        case PartOpen():
            return {"kind": "open", "index": event.index, "part": event.kind, "name": event.name, "id": event.call_id}
        case PartChunk():
            return {"kind": "chunk", "index": event.index, "text": event.text}
        case PartClose():
            part = {"type": type(event.part).__name__, **asdict(event.part)}
            return {"kind": "close", "index": event.index, "part": part}
        case Finish():
            return {"kind": "finish", "stop": event.stop.value, "usage": asdict(event.usage)}
        case _:
            assert_never(event)


def _event(record: dict[str, Any]) -> StreamEvent:
    match record["kind"]:
        case "open":
            return PartOpen(record["index"], record["part"], record.get("name", ""), record.get("id", ""))
        case "chunk":
            return PartChunk(record["index"], record["text"])
        case "close":
            return PartClose(record["index"], _part(dict(record["part"])))
        case "finish":
            return Finish(StopReason(record["stop"]), Usage(**record.get("usage", {})))
        case kind:
            raise ValueError(f"no event is called {kind!r}")


def _part(record: dict[str, Any]) -> Part:
    kinds = {kind.__name__: kind for kind in (TextPart, ReasoningPart, ToolCallPart)}
    made = kinds[record.pop("type")]
    data = record.pop("provider_data", None)
    return made(**record, provider_data=tuple(data) if data else None)
