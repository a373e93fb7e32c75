"""Our own JSON lines, read back: the same entries and the same kept bytes, or as much of them as can be read.

A whole file gives exactly what was exported. Of a damaged one every line that still says something is taken as far as
it can follow what is there: an end without its beginning is kept as it stands, and said; what is left open by that is
closed, so that the session can be opened.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from tui.errors import StoreError
from tui.events import (
    Entry,
    GrantRevoked,
    ModeChanged,
    QuestionAnswered,
    SessionEvent,
    SessionForked,
    SessionImported,
    SessionOpened,
    ToolEnded,
    ToolOutcome,
    TurnEnded,
)
from tui.state import SessionState, fold
from tui.store.codec import from_plain
from tui.store.imports.fitting import fits
from tui.store.imports.lines import File, Line, Plain, object_of, text_of
from tui.store.imports.story import said_unread

PROGRAM = "penstock"
LATEST = 1e11
"""No entry is of a later time: a calendar ends there."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""What a session may be called: it becomes the name of files, and is shown as it stands."""
_LOST = "The end of this call could not be read."
_UNFIT = (KeyError, StopIteration, IndexError, AttributeError, TypeError, ValueError)
"""What the fold raises for an event that does not follow from those before it."""


@dataclass(slots=True)
class Archive:
    """Sessions in the order in which a fork comes after what it goes on from."""

    sessions: dict[str, list[Entry]] = field(default_factory=dict)
    blobs: list[bytes] = field(default_factory=list)
    unread: list[tuple[str, Line]] = field(default_factory=list)


def is_ours(file: File) -> bool:
    """Whether a file looks like an export of ours."""
    seen = [line.value for line in file.lines[:200] if line.value is not None]
    return any({"session", "seq", "kind", "event"} <= value.keys() for value in seen)


def read_archive(file: File) -> Archive:
    """All that the file holds."""
    archive = Archive()
    found: dict[str, dict[int, tuple[Line, Entry]]] = {}
    for line in file.lines:
        if line.value is not None and "blob" in line.value:
            _take_blob(archive, line, line.value)
            continue
        entry = _entry(line.value) if line.value is not None else None
        if entry is None:
            archive.unread.append(("entry that cannot be read" if line.value else "broken line", line))
            continue
        _, other = found.setdefault(entry.session_id, {}).setdefault(entry.seq, (line, entry))
        if other != entry:
            archive.unread.append(("entry in another's place", line))
    for name in _in_order(found):
        _take_session(archive, name, [found[name][seq] for seq in sorted(found[name])])
    if archive.unread and archive.sessions:
        _tell_unread(archive, file)
    return archive


def _entry(row: Plain) -> Entry | None:
    name, seq, at, version = text_of(row.get("session")), row.get("seq"), row.get("at"), row.get("version")
    if not _NAME.fullmatch(name) or not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at < LATEST:
        return None
    if type(seq) is not int or type(version) is not int or not 0 < seq < 2**62 or version < 1:
        return None
    try:
        event = from_plain(text_of(row.get("kind")), version, object_of(row.get("event")))
    except StoreError:
        return None
    return Entry(name, seq, at, event) if fits(event) else None


def _take_blob(archive: Archive, line: Line, value: Plain) -> None:
    try:
        data = b64decode(text_of(value.get("base64")), validate=True) if "base64" in value else b""
    except (Base64Error, ValueError):
        data = b""
    data = data or text_of(value.get("text")).encode("utf-8", "surrogatepass")
    if sha256(data).hexdigest() == value.get("blob"):
        archive.blobs.append(data)
    else:
        archive.unread.append(("kept text that is not what its hash says", line))


def _in_order(found: dict[str, dict[int, tuple[Line, Entry]]]) -> list[str]:
    """Names such that what a fork goes on from comes before it; a circle is cut anywhere."""
    order: dict[str, None] = {}
    for first in found:
        line, name = dict[str, None](), first
        while name in found and name not in order and name not in line:
            line[name] = None
            parent = _parent(entry for _, entry in found[name].values())
            name = parent.parent if parent is not None else ""
        order |= dict.fromkeys(reversed(line))
    return list(order)


def _parent(entries: Iterable[Entry]) -> SessionForked | None:
    return next((entry.event for entry in entries if isinstance(entry.event, SessionForked)), None)


def _take_session(archive: Archive, name: str, rows: list[tuple[Line, Entry]]) -> None:
    """Of what is told of a session, that which follows from what is told before it."""
    taken: list[Entry] = []
    if not isinstance(rows[0][1].event, SessionOpened):
        if rows[0][1].seq == 1:
            archive.unread.append(("entry before the session's first", rows.pop(0)[0]))
        taken.append(Entry(name, 1, rows[0][1].at if rows else 0.0, _opening(name)))
    fork = _parent(entry for _, entry in rows)
    known = fork is not None and fork.parent in archive.sessions
    inherited = inherited_by(fork, archive.sessions) if fork is not None and known else []
    for line, entry in rows:
        if isinstance(entry.event, SessionForked) and not known:
            archive.unread.append(("fork of a session that is not in the file", line))
            continue
        taken.append(entry)
    archive.sessions[name] = _folding(archive, name, inherited, taken, {id(entry): line for line, entry in rows})


def inherited_by(fork: SessionForked, sessions: dict[str, list[Entry]]) -> list[Entry]:
    """What a fork goes on from, its parent's own parents included."""
    parts: list[list[Entry]] = []
    further: SessionForked | None = fork
    while further is not None:
        through = further.through_seq
        parts.append([entry for entry in sessions.get(further.parent, []) if entry.seq <= through])
        further = _parent(parts[-1])
    return [entry for part in reversed(parts) for entry in part]


def _folding(
    archive: Archive, name: str, inherited: list[Entry], entries: list[Entry], lines: dict[int, Line]
) -> list[Entry]:
    """The entries that the fold takes. A whole session is folded once; a damaged one again without what it refuses."""
    while True:
        reached, refused = 0, list[Entry]()

        def counted(told: Iterable[Entry]) -> Iterable[Entry]:
            nonlocal reached
            for reached, entry in enumerate(told):  # noqa: B007
                yield entry

        try:
            fold(name, counted((*inherited, *entries)), refused)
        except (*_UNFIT, RuntimeError):
            refused = [entries[max(0, reached - len(inherited))]]
        gone = {id(entry) for entry in refused}
        if not gone:
            return entries
        archive.unread += (
            ("entry that follows from nothing", lines[id(entry)])
            for entry in entries
            if id(entry) in gone and id(entry) in lines
        )
        entries = [entry for entry in entries if id(entry) not in gone]


def _opening(name: str) -> SessionOpened:
    return SessionOpened(workspace="", cwd="", title=f"Recovered {name}", model="", slot=0)


def without_permissions(archive: Archive, entries: list[Entry]) -> list[Entry]:
    """What takes back, behind a session's entries, what its person allowed: that was on their machine, or is forged."""
    state = fold(entries[0].session_id, [*_before(archive, entries), *entries])
    taken = list(entries)
    _write(taken, *(GrantRevoked(grant_id=grant_id) for grant_id in list(state.grants)))
    if state.mode in ("accept-edits", "autonomous"):
        _write(taken, ModeChanged(mode="ask"))
    return taken[len(entries) :]


def _tell_unread(archive: Archive, file: File) -> None:
    """Close what a damaged file leaves open in its sessions, and keep in the last one what could not be read."""
    for name, entries in archive.sessions.items():
        _write(entries, *_closing(fold(name, [*_before(archive, entries), *entries])))
    last = next(reversed(archive.sessions))
    told = SessionImported(
        program=PROGRAM,
        source=file.name,
        digest=file.digest,
        foreign_id=last,
        records=len(file.lines),
        unread=said_unread(archive.unread),
        raw="\n".join(line.text for _, line in archive.unread),
    )
    _write(archive.sessions[last], told)


def _before(archive: Archive, entries: list[Entry]) -> list[Entry]:
    fork = _parent(entries)
    return inherited_by(fork, archive.sessions) if fork is not None else []


def _closing(state: SessionState) -> Iterable[SessionEvent]:
    for question in state.questions.values():
        yield QuestionAnswered(question_id=question.question_id, answer=None)
    for call in state.open_calls.values():
        yield ToolEnded(call_id=call.call_id, outcome=ToolOutcome.UNKNOWN, text=_LOST)
    if state.turn is not None:
        yield TurnEnded(turn_id=state.turn.turn_id, outcome="interrupted")


def _write(entries: list[Entry], *events: SessionEvent) -> None:
    for event in events:
        last = entries[-1]
        entries.append(Entry(last.session_id, last.seq + 1, last.at, event))
