"""Sessions that another program runs: what is said of them, and how one passes to this program.

Two programs on one store never write the same session. What a person types here to one that runs elsewhere is kept
under a key of its own, so that neither program's draft is lost to the other's, and both meet when it passes over.
"""

from collections.abc import Sequence

from tui.app.tabs.layout import Shelf, anchor_key, draft_key, opened_key
from tui.engine.session import Session
from tui.errors import SessionHeld


def told_held(held: Sequence[SessionHeld]) -> str:
    """However many sessions others run, and however many others: their tabs show which."""
    pids = sorted({error.pid for error in held if error.pid})
    what = "A session" if len(held) == 1 else f"{len(held)} sessions"
    who = f"process {', '.join(map(str, pids))}" if pids else "another program"
    return f"{what} here: run by {who}. You can read along, and go on here once that is closed."


def told_taken(session: Session, pid: int | None, *, cut: bool) -> str:
    """``cut``: its turn ran when process ``pid`` (0 or None: unknown) went."""
    gone = f"Process {pid}" if pid else "The process that ran it"
    more = " What it was doing is marked as interrupted: /continue goes on." if cut else ""
    return f"{gone} is gone: session {session.state.slot} is run here now.{more}"


async def read_kept(shelf: Shelf, session_id: str) -> None:
    """A session has passed to this program: what the other one kept of its screen holds here."""
    await shelf.read_again(draft_key(session_id), anchor_key(session_id), opened_key(session_id))
    theirs, ours = shelf.get(draft_key(session_id)), shelf.get(draft_key(session_id, held=True))
    if ours:
        both = f"{theirs}\n\n{ours}" if theirs.strip() and theirs != ours else ours
        shelf.put(draft_key(session_id), both)
        shelf.put(draft_key(session_id, held=True), "")
