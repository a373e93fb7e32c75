"""The bytes that a session's events name by hash, as lines of its export.

An export is whole only with them: the outputs that were too long for an event, and what files were before a turn
changed them. What is secret is masked in outputs, whose hash then follows; a file that holds a secret stays out,
because putting it back would write the mask over the secret.
"""

import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from tui.errors import StoreError
from tui.events import Entry, FileKept, FileRestored, JobEnded, SessionEvent, ToolEnded
from tui.messages import OutputPiece

_dump = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


@dataclass(slots=True)
class Blobs:
    """``data`` by hash; ``missing`` could not be read, ``withheld`` hold a secret; ``named_anew``: see ``masked``."""

    data: dict[str, bytes] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    named_anew: dict[str, OutputPiece] = field(default_factory=dict)

    def said(self) -> str:
        """What the export lacks, as a sentence; empty where it is whole."""
        gone = f"{len(self.missing)} kept texts could not be read" if self.missing else ""
        secret = f"{len(self.withheld)} kept files hold a secret and stay out" if self.withheld else ""
        told = "; ".join(filter(None, (gone, secret)))
        return f"The export lacks something: {told}." if told else ""


async def collect(
    entries: Iterable[Entry], kept: Callable[[str], Awaitable[bytes]], mask: Callable[[str], str]
) -> Blobs:
    """All that ``entries`` name. What cannot be read is noted, and is no error: the rest can still be exported."""
    blobs = Blobs()
    outputs = {piece.hash for entry in entries for piece in _pieces(entry.event)}
    for name in dict.fromkeys(name for entry in entries for name in names_in(entry.event)):
        try:
            data = await kept(name)
        except StoreError:
            blobs.missing.append(name)
            continue
        masked = _masked(data, mask)
        if masked == data:
            blobs.data[name] = data
        elif name in outputs:
            hash_ = sha256(masked).hexdigest()
            blobs.named_anew[name] = OutputPiece(hash=hash_, size=len(masked), lines=masked.count(b"\n"))
            blobs.data[hash_] = masked
        else:
            blobs.withheld.append(name)
    return blobs


def names_in(event: SessionEvent) -> Iterator[str]:
    """The hashes that an event names."""
    yield from (piece.hash for piece in _pieces(event))
    if isinstance(event, FileKept) and event.blob:
        yield event.blob
    if isinstance(event, FileRestored) and event.replaced:
        yield event.replaced


def masked_entry(entry: Entry, named_anew: Mapping[str, OutputPiece]) -> Entry:
    """The entry with outputs named as they stand in the export."""
    event = entry.event
    if not named_anew or not isinstance(event, ToolEnded | JobEnded) or not event.pieces:
        return entry
    pieces = tuple(named_anew.get(piece.hash, piece) for piece in event.pieces)
    return replace(entry, event=replace(event, pieces=pieces))


def line_of(name: str, data: bytes) -> str:
    """One line: as text where it is text, so that other programs can read it."""
    try:
        return _dump({"blob": name, "text": data.decode()})
    except UnicodeDecodeError:
        return _dump({"blob": name, "base64": b64encode(data).decode()})


def _pieces(event: SessionEvent) -> tuple[OutputPiece, ...]:
    return event.pieces if isinstance(event, ToolEnded | JobEnded) else ()


def _masked(data: bytes, mask: Callable[[str], str]) -> bytes:
    try:
        return mask(data.decode("utf-8", "strict")).encode()
    except UnicodeError:
        return data
