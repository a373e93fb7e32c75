"""Files back to where they were at an entry of a session: what later turns did to them is undone, newest turn first.

Nothing new is done to a file here: each step is an undo of one turn (see ``checkpoints``), so each is
kept, can be redone, and stops at what others have changed. A fork goes on beside its parent, and what the parent did to
files after the fork counts as later too.
"""

from collections.abc import Awaitable, Callable, Iterable
from itertools import pairwise

from tui.engine.changes.checkpoints import FileChange, Undone
from tui.engine.session import Session
from tui.errors import PenstockError, SessionBusy
from tui.messages import DiffDisplay
from tui.state import FileState, SessionState
from tui.value import value

BETWEEN = "Somebody else has changed it between these turns."
_BACK = ("same", "undone")


@value
class Span:
    """A turn (or a call that the person ran again) of a session that changed files. ``began``: time and entry."""

    session: Session
    turn_id: str
    began: tuple[float, int]

    @property
    def files(self) -> dict[str, FileState]:
        return self.session.state.files.get(self.turn_id, {})


@value
class FileBack:
    """What putting a file back would do. ``diff`` leads from what it was then to what is there now.

    ``spans`` are the turns that changed it since, newest first. ``refusal`` says why it stays as it is, "" where it
    does not; ``forced``: it goes when the person insists.
    """

    path: str
    spans: tuple[Span, ...]
    diff: DiffDisplay
    refusal: str = ""
    forced: bool = False


@value
class Plan:
    """``files`` in the order of their paths; ``missing`` are sentences about sessions that could not be asked."""

    files: tuple[FileBack, ...]
    missing: tuple[str, ...] = ()


async def plan_restore(session: Session, through_seq: int, open_session: Callable[[str], Awaitable[Session]]) -> Plan:
    """What there is to put back so that files are as they were after an entry of the session.

    Raises:
        SessionBusy: one of the sessions is at work.
        StoreError: what was kept cannot be read.
    """
    spans, missing = await _later(session, through_seq, open_session)
    seen: dict[tuple[str, str], dict[str, FileChange]] = {}
    files = []
    for path in sorted({path for span in spans for path, file in span.files.items() if not file.restored}):
        mine = tuple(span for span in spans if path in span.files and not span.files[path].restored)
        for span in (mine[0], mine[-1]):
            key = (span.session.id, span.turn_id)
            if key not in seen:
                seen[key] = {change.path: change for change in await span.session.changes(span.turn_id)}
        newest, oldest = (seen[span.session.id, span.turn_id][path] for span in (mine[0], mine[-1]))
        if oldest.state not in _BACK:
            refusal, forced = _refusal(path, mine, newest)
            files.append(FileBack(path=path, spans=mine, diff=oldest.diff, refusal=refusal, forced=forced))
    return Plan(files=tuple(files), missing=missing)


async def restore(plan: Plan, insisted: Iterable[str] = ()) -> tuple[Undone, ...]:
    """Put the plan's files back, newest turn first; of those that are refused only the ``insisted``.

    How it ended for each file is judged by what then stands there. Raises as ``plan_restore``.
    """
    wanted = set(insisted)
    stuck = {file.path: file.refusal for file in plan.files if file.refusal and file.path not in wanted}
    spans = {(span.session.id, span.turn_id): span for file in plan.files for span in file.spans}
    for span in sorted(spans.values(), key=lambda span: span.began, reverse=True):
        _must_rest(span.session.state)
        for force in (False, True):
            paths = [f.path for f in plan.files if span in f.spans and (f.path in wanted) is force]
            stuck |= await _undo(span, [path for path in paths if path not in stuck], force)
    return tuple([await _ended(file, stuck.get(file.path, "")) for file in plan.files])


async def _undo(span: Span, paths: list[str], force: bool) -> dict[str, str]:
    """The paths that could not be undone, each with the reason."""
    if not paths:
        return {}
    refused = {one.path: one.told for one in await span.session.undo(span.turn_id, paths, force=force) if not one.done}
    if not refused:
        return {}
    now = {change.path: change.state for change in await span.session.changes(span.turn_id)}
    return {path: told for path, told in refused.items() if now.get(path) not in _BACK}


async def _ended(file: FileBack, told: str) -> Undone:
    oldest = file.spans[-1]
    now = {change.path: change for change in await oldest.session.changes(oldest.turn_id)}[file.path]
    if now.state in _BACK:
        return Undone(path=file.path, done=True, told="It is as it was then.")
    return Undone(path=file.path, done=False, told=told or "Somebody else has changed it meanwhile.")


async def _later(
    session: Session, through_seq: int, open_session: Callable[[str], Awaitable[Session]]
) -> tuple[list[Span], tuple[str, ...]]:
    """What changed files after that entry, in this session and in those that it was forked from; newest first."""
    _must_rest(session.state)
    spans, missing = _spans(session, through_seq), list[str]()
    fork = session.state.forked_from
    while fork is not None and through_seq <= fork[1]:
        parent_id, through_seq = fork
        try:
            parent = await open_session(parent_id)
        except PenstockError as error:
            missing.append(f"What the session that this was forked from has changed since stays: {error}")
            break
        _must_rest(parent.state)
        spans += _spans(parent, through_seq)
        fork = parent.state.forked_from
    return sorted(spans, key=lambda span: span.began, reverse=True), tuple(missing)


def _spans(session: Session, after: int) -> list[Span]:
    state = session.state
    began = {turn.turn_id: (turn.started_at, turn.seq) for turn in state.turns}
    began |= {call.call_id: (call.requested_at, call.seq) for call in state.calls.values() if call.aside}
    return [
        Span(session=session, turn_id=turn_id, began=began[turn_id])
        for turn_id in state.files
        if turn_id in began and began[turn_id][1] > after
    ]


def _must_rest(state: SessionState) -> None:
    """What runs may be about to change a file again."""
    if state.turn is not None or state.open_calls:
        raise SessionBusy(f"Session {state.slot} is at work.", hint="When it rests, /restore puts files back.")


def _refusal(path: str, spans: tuple[Span, ...], newest: FileChange) -> tuple[str, bool]:
    """Why a file would not go all the way back, and whether it would if the person insists."""
    states = [span.files[path] for span in spans]
    if skipped := next((state.before.skipped for state in states if state.before.skipped), ""):
        return skipped, False
    if newest.state not in _BACK and newest.refusal:
        return newest.refusal, newest.forced
    if any(state.between for state in states):
        return "Somebody else has changed it while one of these turns ran.", True
    apart = (newer.before.blob != older.left for newer, older in pairwise(states))
    return (BETWEEN, True) if any(apart) else ("", False)
