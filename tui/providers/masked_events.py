"""A provider's answer as it goes on a tape: without its secrets, also those that a model spells over many events.

    events = MaskedEvents(masks, struck)
    events.feed(at, data) + ... + events.finish()       (seconds, bytes) to write down

What one text of the answer says is looked at as one, however many events bring it: a block of Anthropic's, an item of
Responses, a field or a call's arguments of chat completions. An event waits until its text cannot be the beginning of
a secret any more, and keeps its time. Nothing is written anew but events that a secret touches: theirs is what is
left of it, in the event in which it ended. What else an event holds is masked for itself.
"""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tui.providers.growing_texts import Key, Path, bounds, growth
from tui.secrets import Masks, MaskStream

STRUCK = "[removed]"
Piece = tuple[float, bytes]

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n|\r\n\n")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)', re.DOTALL)


class Strikes:
    """Text in chunks, without the given secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(filter(None, secrets))
        self._kept = ""

    @property
    def held(self) -> int:
        """Characters that came and are not out yet."""
        return len(self._kept)

    def feed(self, text: str) -> str:
        """What can be written now."""
        text = self.whole(self._kept + text)
        beginnings = (n for secret in self._secrets for n in range(1, len(secret)) if text.endswith(secret[:n]))
        keep = max(beginnings, default=0)
        self._kept = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """The rest."""
        rest, self._kept = self._kept, ""
        return rest

    def whole(self, text: str) -> str:
        """A text of which nothing more comes."""
        for secret in self._secrets:
            text = text.replace(secret, STRUCK)
        return text


@dataclass(slots=True)
class _Slot:
    """Where an event holds a piece of a text. ``masked`` is what it will say, once that is known."""

    path: Path
    text: str
    masked: str | None = None


@dataclass(slots=True)
class _Event:
    pieces: list[Piece]
    payload: dict[str, Any] | None
    slots: list[_Slot] = field(default_factory=list)

    @property
    def raw(self) -> bytes:
        return b"".join(data for _, data in self.pieces)


class _Text:
    """One text of the answer. ``slots`` wait for what will be left of them."""

    def __init__(self, strikes: Strikes, stream: MaskStream) -> None:
        self._strikes, self._stream = strikes, stream
        self._slots: deque[_Slot] = deque()
        self._out = ""

    @property
    def waiting(self) -> str:
        return "".join(slot.text for slot in self._slots)

    def add(self, slot: _Slot) -> None:
        self._slots.append(slot)
        self._out += self._stream.feed(self._strikes.feed(slot.text))
        self._settle(whole=not self._strikes.held and not self._stream.held)

    def finish(self) -> None:
        self._out += self._stream.feed(self._strikes.finish()) + self._stream.finish()
        self._settle(whole=True)

    def _settle(self, *, whole: bool) -> None:
        raw = self.waiting
        if raw.startswith(self._out):
            while self._slots and len(self._slots[0].text) <= len(self._out):
                slot = self._slots.popleft()
                slot.masked = slot.text
                self._out = self._out[len(slot.text) :]
        elif whole:
            _share(raw, self._out, self._slots)
            self._slots.clear()
            self._out = ""


def _share(raw: str, out: str, slots: Iterable[_Slot]) -> None:
    """What stands before and behind all that was masked stays where it was; the rest is said where that ends."""
    before = _same(raw, out)
    behind = _same(raw[before:][::-1], out[before:][::-1])
    end, start = len(raw) - behind, 0
    for slot in slots:
        stop = start + len(slot.text)
        middle = out[before : len(out) - behind] if start < end <= stop or start == end == 0 else ""
        slot.masked = raw[start : min(stop, before)] + middle + raw[max(start, end) : stop]
        start = stop


def _same(one: str, other: str) -> int:
    """Characters that two texts begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


class MaskedEvents:
    """One answer of server-sent events.

    Args:
        struck: texts that must not be on the tape, whatever ``masks`` says.
    """

    def __init__(self, masks: Masks, struck: Iterable[str]) -> None:
        self._masks = masks
        self._struck = tuple(struck)
        self._strikes = Strikes(self._struck)
        self._pieces: deque[Piece] = deque()
        self._buffer = bytearray()
        self._looked = 0
        self._texts: dict[Key, _Text] = {}
        self._queue: deque[_Event] = deque()

    def feed(self, at: float, data: bytes) -> list[Piece]:
        """What can be written now. ``at``: when ``data`` came, which is kept."""
        self._pieces.append((at, data))
        self._buffer += data
        while (end := _END.search(self._buffer, max(0, self._looked - 3))) is not None:
            self._event(self._cut(end.end()))
            self._looked = 0
        self._looked = len(self._buffer)
        return self._ready()

    def finish(self) -> list[Piece]:
        """The rest. Half an event at the end that goes on with a secret is left: nobody would have read it."""
        tail = bytes(self._buffer)
        pieces = self._cut(len(tail))
        if self._goes_on(tail):
            pieces = []
        for text in self._texts.values():
            text.finish()
        self._texts.clear()
        ready = self._ready()
        return [*ready, *self._masked(_Event(pieces, None))] if pieces else ready

    def _cut(self, size: int) -> list[Piece]:
        """The first ``size`` bytes, in the pieces in which they came."""
        del self._buffer[:size]
        cut: list[Piece] = []
        while size > 0:
            at, data = self._pieces.popleft()
            if len(data) > size:
                self._pieces.appendleft((at, data[size:]))
            cut.append((at, data[:size]))
            size -= len(data)
        return cut

    def _event(self, pieces: list[Piece]) -> None:
        event = _Event(pieces, None)
        self._queue.append(event)
        event.payload = payload = _payload(event.raw)
        if payload is None:
            return
        begun, ended = bounds(payload)
        self._end(begun)
        for key, path, text in growth(payload):
            slot = _Slot(path, text)
            event.slots.append(slot)
            if key not in self._texts:
                self._texts[key] = _Text(Strikes(self._struck), MaskStream(self._masks))
            self._texts[key].add(slot)
        self._end(ended)

    def _end(self, numbers: Iterable[int]) -> None:
        for over in [key for number in numbers for key in self._texts if key[0] == number]:
            self._texts.pop(over).finish()

    def _ready(self) -> list[Piece]:
        out: list[Piece] = []
        while self._queue and all(slot.masked is not None for slot in self._queue[0].slots):
            for at, data in self._masked(self._queue.popleft()):
                if out and out[-1][0] == at:
                    out[-1] = (at, out[-1][1] + data)
                else:
                    out.append((at, data))
        return out

    def _text(self, text: str) -> str:
        return self._masks.mask(self._strikes.whole(text))

    def _masked(self, event: _Event) -> list[Piece]:
        raw = event.raw
        if event.payload is None:
            new = self._raw(raw)
        else:
            payload = self._payload(event.payload, event.slots)
            new = b"".join(self._lines(raw, payload))
        return event.pieces if new == raw else [(event.pieces[-1][0], new)]

    def _raw(self, raw: bytes) -> bytes:
        """What is no event with an object in it."""
        try:
            return self._text(raw.decode()).encode()
        except UnicodeDecodeError:
            return self._text(raw.decode("latin-1")).replace("…", "...").encode("latin-1")

    def _payload(self, payload: dict[str, Any], slots: list[_Slot]) -> dict[str, Any] | None:
        """The event's object without secrets, None where it has none."""
        for slot in slots:
            _put(payload, slot.path, "")
        others = self._walk(payload)
        text = json.dumps(others, ensure_ascii=False)
        masked = self._text(text)
        if masked == text and others == payload and all(slot.masked == slot.text for slot in slots):
            return None
        try:
            found = json.loads(masked)
        except ValueError:  # the person's own expressions may take in what holds the object together
            found = others
        for slot in slots:
            _put(found, slot.path, slot.masked or "")
        return _without_logprobs(found)

    def _walk(self, value: Any) -> Any:
        match value:
            case str():
                return self._text(value)
            case dict():
                return {key: self._walk(one) for key, one in value.items()}
            case list():
                return [self._walk(one) for one in value]
            case _:
                return value

    def _lines(self, raw: bytes, payload: dict[str, Any] | None) -> Iterator[bytes]:
        """An event's lines; ``payload`` is what its data shall be, None: what it is."""
        said = payload is None
        for line in raw.splitlines(keepends=True):
            if not _is_data(line):
                yield self._raw(line)
            elif payload is None:
                yield line
            elif not said:
                said = True
                yield b"data: " + _dumped(payload) + line[len(line.rstrip(b"\r\n")) :]

    def _goes_on(self, tail: bytes) -> bool:
        """Whether half an event may hold the rest of a secret that events before it began."""
        waiting = {text.waiting for text in self._texts.values()} - {""}
        if not tail or not waiting:
            return False
        strings = {_unescaped(found[1]) for found in _STRING.finditer(tail.decode("utf-8", "replace"))}
        return any(
            self._text(before + one) != self._text(before) + self._text(one) for before in waiting for one in strings
        )


def _is_data(line: bytes) -> bool:
    return line.removeprefix(b"\xef\xbb\xbf").partition(b":")[0].rstrip(b"\r\n") == b"data"


def _payload(raw: bytes) -> dict[str, Any] | None:
    lines = (line.rstrip(b"\r\n").partition(b":")[2].removeprefix(b" ") for line in raw.splitlines() if _is_data(line))
    try:
        found = json.loads(b"\n".join(lines).decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _dumped(payload: dict[str, Any]) -> bytes:
    try:
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half a character, whose other half is in the next event
        return json.dumps(payload, separators=(",", ":")).encode()


def _unescaped(text: str) -> str:
    try:
        return json.loads(f'"{text}"', strict=False)
    except ValueError:
        return text


def _put(value: Any, path: Path, text: str) -> None:
    for step in path[:-1]:
        value = value[step]
    value[path[-1]] = text


def _without_logprobs(value: Any) -> Any:
    """They spell the text once more."""
    match value:
        case dict():
            return {key: _without_logprobs(one) for key, one in value.items() if key != "logprobs"}
        case list():
            return [_without_logprobs(one) for one in value]
        case _:
            return value
