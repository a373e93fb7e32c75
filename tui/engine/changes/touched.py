"""Two sessions at one file: who else wrote it, from what the live sessions' states say.

A file is another session's concern from its first change in that session's last turn on: what that turn left is what
the next prompt there builds on. Only the tools that write files say so; what shell commands change is not known. The
same file in two worktrees is two files. Nothing is held up: both sessions are told, once for each file.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tui.engine.log import Log
from tui.events import FileShared
from tui.state import SessionState
from tui.value import value

MOST_NAMED = 3
"""Sessions that a question names."""


@value
class Touch:
    """A session's last change to a file. ``busy``: its turn still runs."""

    session_id: str
    slot: int
    title: str
    path: str
    at: float
    busy: bool


def writers(states: Iterable[SessionState], path: str, *, but: SessionState) -> list[Touch]:
    """The other sessions that wrote ``path`` since their last turn began, newest change first."""
    found = []
    for state in states:
        at = _written_at(state, path)
        if at is not None and state.session_id != but.session_id and not _are_kin(state, but):
            found.append(
                Touch(session_id=state.session_id, slot=state.slot, title=state.title, path=path, at=at,
                      busy=state.turn is not None)
            )  # fmt: skip
    return sorted(found, key=lambda touch: touch.at, reverse=True)


def tell_both(logs: Sequence[Log], writer: Log, path: str) -> list[Touch]:
    """Say to ``writer``, which just wrote ``path``, and to each other that wrote it, that they are two.

    Returns who was not known to ``writer`` before.
    """
    new = []
    mine = writer.state
    for touch in writers((log.state for log in logs), path, but=mine):
        other = next(log for log in logs if log.state.session_id == touch.session_id)
        if touch.session_id not in mine.shared.get(path, ()):
            writer.emit(FileShared(path=path, other=touch.session_id, slot=touch.slot, title=touch.title, last=False))
            new.append(touch)
        if mine.session_id not in other.state.shared.get(path, ()):
            other.emit(FileShared(path=path, other=mine.session_id, slot=mine.slot, title=mine.title, last=True))
    return new


def warning(states: Sequence[SessionState], paths: Iterable[Path], *, but: SessionState, now: float) -> str:
    """For a question about a call that writes ``paths``: who else changed them, "" for nobody."""
    found = [(path, writers(states, str(path), but=but)) for path in paths]
    several = len(found) > 1
    told = []
    for path, touches in found:
        for touch in touches[:MOST_NAMED]:
            what = path.name if several else "this file"
            when = "is at work on" if touch.busy else "changed"
            told.append(f"Session {touch.slot} {when} {what} ({_ago(now - touch.at)}).")
    return " ".join(told[:MOST_NAMED])


def _written_at(state: SessionState, path: str) -> float | None:
    """When the session last changed the file, None where it did not since its last turn began."""
    if not state.turns:
        return None
    since = max(state.turns[-1].started_at, state.opened_at)  # a fork's earlier turns are those of its parent
    found = [files[path] for files in state.files.values() if path in files]
    return max((file.at for file in found if file.at >= since and not file.restored), default=None)


def _are_kin(one: SessionState, other: SessionState) -> bool:
    """Whether one is the other's sub-agent: they work on the same task, and may share its files."""
    pairs = ((one, other), (other, one))
    return any(child.parent_call is not None and child.parent_call[0] == top.session_id for child, top in pairs)


def _ago(seconds: float) -> str:
    if seconds < 60:
        return f"{max(0.0, seconds):.0f} s ago"
    return f"{seconds / 60:.0f} min ago" if seconds < 5_400 else f"{seconds / 3_600:.0f} h ago"
