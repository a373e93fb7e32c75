"""One prompt to several sessions at once, so that their answers can be compared; and one of them promoted.

A group is kept nowhere by itself: the log of each member says which one it belongs to, so it is found again after a
restart. The prompt goes to all or to none: whatever can fail is tried before it is sent. It goes through the
outbox like any other, so that a session which is busy answers it after its turn.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tui.engine.session import Session
from tui.engine.worktrees.life import Worktrees
from tui.errors import EngineError, UsageError
from tui.events import GroupJoined, SessionRenamed
from tui.ids import new_id
from tui.messages import Effort, ImagePart
from tui.providers.base import Models
from tui.value import value

MOST = 16
"""Sessions of one group."""


@value
class Fresh:
    """A session to be opened: on ``model``, asked to reason with ``effort`` ("" for as much as it does by itself)."""

    model: str
    effort: Effort = ""
    worktree: bool = False
    """In one of its own, which begins as the workspace's folder is, with what is not committed there."""


@value
class Sent:
    """What was sent: ``sessions`` in the order they were asked for; ``waiting`` those whose own turn comes first."""

    group: str
    sessions: tuple[Session, ...]
    waiting: tuple[Session, ...] = ()


class Home(Protocol):
    """What a group needs of the workspace."""

    models: Models
    worktrees: Worktrees

    async def new_session(self, model: str, *, cwd: Path | None = None) -> Session: ...

    async def open_session(self, session_id: str) -> Session: ...

    def close_session(self, session: Session) -> None: ...


async def broadcast(
    home: Home,
    text: str,
    *,
    marked: Sequence[Session] = (),
    fresh: Sequence[Fresh] = (),
    images: tuple[ImagePart, ...] = (),
    cwd: Path | None = None,
) -> Sent:
    """Send one prompt to ``marked`` sessions and to ``fresh`` ones, which work in ``cwd``.

    Raises:
        UsageError: there is no prompt, nobody to send it to, or too many.
        PenstockError: a model, a session or a worktree cannot be had. Then nothing was sent.
    """
    if not text.strip() and not images:
        raise UsageError("The prompt is empty.")
    count = len(marked) + len(fresh)
    if not count:
        raise UsageError("Nobody is chosen.", hint="Space marks a session, a adds a model.")
    if count > MOST:
        raise UsageError(f"These are {count} sessions, and {MOST} is the most.", hint="Take some away.")
    for model in dict.fromkeys(one.model for one in fresh):
        await home.models.resolve(model)
    names = labels([*((one.model, one.effort) for one in fresh), *((s.state.model, s.state.effort) for s in marked)])
    opened = await _open(home, fresh, cwd, names)
    try:  # those may have left memory since they were marked: making worktrees takes its time
        sessions = (*opened, *[await home.open_session(session.id) for session in marked])
    except BaseException:
        for session in opened:
            await _take_back(home, session)
        raise
    waiting = tuple(session for session in sessions if session.running or session.state.outbox)
    group = new_id("group")
    for session, label in zip(sessions, names, strict=True):
        prompt_id = session.submit(text, images)
        if session in opened:
            session.log.emit(SessionRenamed(title=f"{label}: {session.state.title}", by="engine"))
        session.log.emit(GroupJoined(group=group, label=label, prompt_id=prompt_id))
    return Sent(group=group, sessions=sessions, waiting=waiting)


async def _open(home: Home, fresh: Sequence[Fresh], cwd: Path | None, names: Sequence[str]) -> tuple[Session, ...]:
    """All of the new sessions, or none. Branches have the labels' names: a prompt may hold what is secret."""
    opened: list[Session] = []
    try:
        outlook = await home.worktrees.outlook() if any(one.worktree for one in fresh) else None
        for one, name in zip(fresh, names, strict=False):
            session = await home.new_session(one.model, cwd=cwd)
            opened.append(session)
            if one.effort:
                session.change_effort(one.effort)
            if one.worktree:
                await home.worktrees.give(session, outlook, words=name, carry=True)
    except BaseException:
        for session in opened:
            await _take_back(home, session)
        raise
    return tuple(opened)


async def _take_back(home: Home, session: Session) -> None:
    made = session.state.worktree
    if made is not None:
        with suppress(EngineError):  # /worktrees still lists it
            session.log.emit(await home.worktrees.end(made.path, "dropped", force=True, ours=True))
    session.archive()
    home.close_session(session)


async def promote(home: Home, chosen: str, others: Iterable[str]) -> Session:
    """Go on with one session of a group; the others are archived, and what still runs in them is interrupted.

    Raises:
        SessionHeld: another process has one of them. Then nothing happened.
        StoreError: one of them cannot be read. Then nothing happened.
    """
    session = await home.open_session(chosen)
    rest = [await home.open_session(other) for other in others if other != chosen]
    for other in rest:
        other.stop()
        other.archive()
    group = session.state.group
    if group is not None:
        session.log.emit(GroupJoined(group=group.group, label=group.label, prompt_id=group.prompt_id, promoted=True))
    return session


def labels(chosen: Sequence[tuple[str, str]]) -> list[str]:
    """A short name for each (model, effort), different from all others: ``sonnet-4-5 high``, ``gpt-5 #2``."""
    names = [f"{short_model(model)} {effort}".strip() for model, effort in chosen]
    shared = Counter(names)
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(f"{name} #{seen[name]}" if shared[name] > 1 else name)
    return found


def short_model(reference: str) -> str:
    """A model's own name without its provider's."""
    return reference.rpartition("/")[2] or reference
