"""All that waits for the person, in every session: approvals, agents' questions, failed turns, budgets, held prompts.

``items_of`` says what waits in one session and is pure. ``Inbox`` remembers it for each: a session that has left
memory does not change, so what it waited for last is what it waits for. Of an open tab that was never in memory it
knows the strip's word alone, and the screen has that session loaded before it can be answered.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from tui.app.attention.questions import Waiting, id_of, waiting
from tui.app.words import call_line, one_line
from tui.engine.purse import DAY, Near
from tui.events import ApprovalRequested, QuestionAsked
from tui.state import CallState, Prompt, SessionState, TurnState
from tui.value import value
from widgets.clean import clean
from widgets.tab_strip import Tab

Kind = Literal["approval", "question", "failed", "budget", "day", "nearly", "held", "unread"]
LINE = 200


@value
class InboxItem:
    """One thing that waits. ``id`` is the approval's, the question's or the turn's; ``at`` is UTC epoch seconds.

    ``what`` says in a line what it is about. Of kind "unread" is what is not known until its session is loaded.
    """

    id: str
    session_id: str
    slot: int
    title: str
    kind: Kind
    what: str
    at: float
    call_id: str = ""
    near: Near | None = None
    """The limit that is nearly reached, of kind "nearly"."""

    @property
    def asks(self) -> bool:
        """Whether an agent stands still until it is answered."""
        return self.kind in ("approval", "question")


def items_of(state: SessionState, *, running: bool = False) -> tuple[InboxItem, ...]:
    """What waits in one session, oldest first. ``running``: a turn is about to begin, though the log has none yet."""
    found = [_asked(state, asked) for asked in waiting(state)]
    if not found and not running and not (state.closed or state.archived or state.parent_call):
        last = state.turns[-1] if state.turns else None
        if last is not None and last.outcome == "failed" and last.turn_id not in state.put_away:
            found.append(_failed(state, last))
        elif state.status == "queued":
            found.append(_held(state, last))
    return tuple(found)


def failed_turn(state: SessionState, turn_id: str) -> TurnState | None:
    """The turn of this id, while that it failed is the last thing that happened."""
    last = state.turns[-1] if state.turns else None
    return last if last is not None and last.turn_id == turn_id and last.outcome == "failed" else None


def held_id(state: SessionState) -> str:
    """By which held prompts are known: more of them, or others, are a new item."""
    return f"held {state.outbox[0].prompt_id}" if state.outbox else ""


def _asked(state: SessionState, asked: Waiting) -> InboxItem:
    call = state.calls[asked.call_id]
    if isinstance(asked, QuestionAsked):
        return _item(state, id_of(asked), "question", asked.text, call.started_at or call.requested_at, call)
    return _item(state, id_of(asked), "approval", _line(asked), call.asked_at or call.requested_at, call)


def _line(approval: ApprovalRequested) -> str:
    return call_line(approval.tool, approval.arguments)


def _failed(state: SessionState, turn: TurnState) -> InboxItem:
    kind: Kind = "budget" if turn.cause == "budget" else "day" if turn.cause == "day" else "failed"
    return _item(state, turn.turn_id, kind, turn.error or "It failed.", turn.ended_at or turn.started_at)


def _held(state: SessionState, last: TurnState | None) -> InboxItem:
    count = len(state.outbox)
    text = f"{count} prompt{'s'[: count != 1]}: {state.outbox[0].text}"
    at = (last.ended_at if last is not None else None) or state.opened_at
    return _item(state, held_id(state), "held", text, at)


def limit_item(state: SessionState, near: Near, what: str, at: float) -> InboxItem:
    """What says that a limit is nearly reached. Another limit is another item."""
    return replace(_item(state, f"near {near.of} {near.limit:g}", "nearly", what, at), near=near)


def _item(
    state: SessionState, item_id: str, kind: Kind, what: str, at: float, call: CallState | None = None
) -> InboxItem:
    return InboxItem(
        id=item_id,
        session_id=state.session_id,
        slot=state.slot,
        title=one_line(clean(state.title), 80),
        kind=kind,
        what=one_line(clean(what), LINE),
        at=at,
        call_id=call.call_id if call is not None else "",
    )


def first_words(turn: TurnState | None) -> str:
    """The prompt that a turn began with."""
    return next((item.text for item in turn.items if isinstance(item, Prompt)), "") if turn is not None else ""


class Inbox:
    """What waits in all sessions."""

    def __init__(self) -> None:
        self._items: dict[str, tuple[InboxItem, ...]] = {}
        self._near: dict[str, InboxItem] = {}

    def add_near(self, item: InboxItem) -> None:
        """A limit is nearly reached. It is said until it is put away, or the limit is another one."""
        self._near[item.id] = item

    def settle(self, item_id: str) -> None:
        self._near.pop(item_id, None)

    def update(self, state: SessionState, *, running: bool = False) -> bool:
        """Take over what a session waits for now; whether that changed."""
        items = items_of(state, running=running)
        for item in [item for item in self._near.values() if _is_over(item, state, items)]:
            self.settle(item.id)
        before = self._items.get(state.session_id)
        self._items[state.session_id] = items
        return items != (before or ())

    def knows(self, session_id: str) -> bool:
        return session_id in self._items

    def items(self, tabs: Iterable[Tab] = ()) -> list[InboxItem]:
        """All of it, oldest first. ``tabs``: the open ones, also those of sessions that were never in memory."""
        found = [item for items in (*self._items.values(), self._near.values()) for item in items]
        found += [
            InboxItem(
                id=f"unread {tab.id}", session_id=tab.id, slot=tab.slot, title=tab.clean_title, kind="unread",
                what=tab.state, at=0.0,
            )
            for tab in tabs
            if not tab.held and tab.id not in self._items and tab.state in ("failed", "queued")
        ]  # fmt: skip
        return sorted(found, key=lambda item: (item.at, item.slot, item.id))


def _is_over(item: InboxItem, state: SessionState, items: Iterable[InboxItem]) -> bool:
    """Whether a limit that was near is another one since, or has stopped the session."""
    near = item.near
    if near is None:
        return True
    if near.of == DAY:
        return any(each.kind == "day" for each in items)
    return near.of == state.session_id and (state.budget != near.limit or any(i.kind == "budget" for i in items))


def age(seconds: float) -> str:
    """``now``, ``14 s``, ``3 min``, ``2 h``, ``4 d``."""
    if seconds < 1:
        return "now"
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"
