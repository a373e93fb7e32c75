"""Which of the programs that are open in one workspace at once this is, and whose arrangement it has.

Each keeps its own arrangement, under the number of its seat: the first free one, taken by a lock as a session is, so
that it is free again however its program ends. One that is alone has seat 0. Who takes that seat also takes in what
programs of other seats had open when they ended: whichever closed last, no tab of anybody's is forgotten.
"""

from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Protocol

from tui.app.tabs.arrangement import Arrangement
from tui.app.tabs.layout import LAYOUT_KEY, Shelf, layout_key
from tui.errors import SessionHeld, StoreError

MOST = 16
"""Programs with an arrangement of their own; more than that in one workspace share the last one."""


class Locks(Protocol):
    """What seats need of the store."""

    def claim(self, session_id: str) -> None: ...

    def holder(self, session_id: str) -> int | None: ...


def take_seat(locks: Locks, workspace: str) -> int:
    """The number of a seat that nobody else has until this process ends."""
    for seat in range(MOST):
        try:
            locks.claim(_name(workspace, seat))
        except SessionHeld:
            continue
        except StoreError:  # the folder of the locks is said where a session needs it
            return 0
        return seat
    return MOST


def free_seats(locks: Locks, workspace: str) -> list[int]:
    """Those that no program has now."""
    return [seat for seat in range(MOST + 1) if locks.holder(_name(workspace, seat)) is None]


def open_layout(shelf: Shelf, free: Iterable[int], known: Collection[str]) -> None:
    """Make the arrangement that this program begins with; ``known``: sessions worth a tab, that nobody has closed.

    In seat 0 it is the one that was left there, and what others left. In another seat it is what was left in that,
    or the one of seat 0.
    """
    text = shelf.get(shelf.layout_key) or shelf.get(LAYOUT_KEY)
    if shelf.layout_key == LAYOUT_KEY:
        arrangement = Arrangement.from_text(text)
        for key in map(layout_key, free):
            if key != LAYOUT_KEY and (left := shelf.get(key)):
                other = Arrangement.from_text(left)
                other.only(known)
                arrangement.take_in(other)
                shelf.put(key, "")
                text = arrangement.to_text()
    if text:
        shelf.put(shelf.layout_key, text)


def _name(workspace: str, seat: int) -> str:
    return f"seat-{sha256(workspace.encode('utf-8', 'surrogateescape')).hexdigest()[:16]}-{seat}"
