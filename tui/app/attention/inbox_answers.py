"""What the inbox asks about each thing that waits, and what its answers do.

Approvals and agents' questions are asked as in the pane (``tui.app.attention.questions``). A failed turn, a spent
budget and held prompts are put into the same form here. Answers go by the session's own verbs, which refuse what is no
longer open.
"""

from collections.abc import Iterable

from tui.app.attention.inbox import InboxItem, failed_turn, first_words, held_id
from tui.app.attention.limits import limit_request
from tui.app.attention.questions import answer, id_of, request_of, waiting
from tui.app.words import home_path, money, one_line
from tui.engine.session import Session
from tui.errors import AlreadyDecided, UsageError
from tui.events import ApprovalRequested
from tui.state import SessionState
from widgets.ask_bar import AskRequest, Choice
from widgets.clean import clean

_LATER = Choice("z", "later", "later")
_AWAY = Choice("x", "put away", "away")
SHOWN = 40
"""Lines of a prompt that is shown again."""


def request_for(item: InboxItem, session: Session) -> AskRequest | None:
    """What the ask bar shows; None for what is no longer open."""
    state = session.state
    if item.asks:
        asked = next((asked for asked in waiting(state) if id_of(asked) == item.id), None)
        return request_of(asked, session) if asked is not None else None
    if item.kind == "held":
        return _held_request(item, state) if held_id(state) == item.id else None
    if item.kind in ("day", "nearly"):
        return limit_request(item, session)
    return _failed_request(item, state)


def _failed_request(item: InboxItem, state: SessionState) -> AskRequest | None:
    turn = failed_turn(state, item.id)
    if turn is None:
        return None
    spent = item.kind == "budget"
    go_on = Choice("r", "raise the limit…", "raise") if spent else Choice("r", "go on from there", "go on")
    facts = ["" if spent else clean(turn.hint), f"Model: {clean(state.model)}."]
    if state.outbox:
        facts.append(f"{_prompts(len(state.outbox))} behind it.")
    return AskRequest(
        id=item.id,
        title="Its budget is spent" if spent else "The turn failed",
        why=" ".join(fact for fact in [*facts, f"In {home_path(state.cwd)}."] if fact),
        body=(*clean(turn.error).split("\n"), "", *_quoted(first_words(turn))),
        choices=(go_on, _AWAY, _LATER),
        text_hint="The new limit in USD, such as 5. enter sets it and goes on, escape goes back" if spent else "",
        default="z",
    )


def _held_request(item: InboxItem, state: SessionState) -> AskRequest:
    return AskRequest(
        id=item.id,
        title=f"{_prompts(len(state.outbox))} to be sent",
        why=f"After an interrupt nothing is sent by itself. In {home_path(state.cwd)}.",
        body=tuple(line for prompt in state.outbox for line in _quoted(prompt.text)),
        choices=(Choice("c", "send now", "send"), _LATER),
        text_hint="",
        default="z",
    )


def _prompts(count: int) -> str:
    return "1 prompt waits" if count == 1 else f"{count} prompts wait"


def _quoted(text: str) -> list[str]:
    lines = clean(text).split("\n")
    more = [f"> [... {len(lines) - SHOWN:,} more lines]"] if len(lines) > SHOWN else []
    return [*(f"> {line}" for line in lines[:SHOWN]), *more]


def give(session: Session, item: InboxItem, value: str, text: str) -> ApprovalRequested | None:
    """Give the answer that a choice stands for. An approval is returned where the answer needs another look first.

    Raises:
        PenstockError: it is no longer open, or cannot be done.
    """
    if item.asks:
        asked = next((asked for asked in waiting(session.state) if id_of(asked) == item.id), None)
        if asked is None:
            raise AlreadyDecided(
                "This question is no longer open.", hint="It was answered elsewhere, or its turn ended."
            )
        if isinstance(asked, ApprovalRequested) and value in ("always", "edit"):
            return asked
        answer(session, asked, value, text)
        return None
    if item.kind == "held":
        if held_id(session.state) != item.id or session.running:
            raise AlreadyDecided("These prompts wait no longer.")
        session.resume_queue()
        return None
    if failed_turn(session.state, item.id) is None or session.running:
        raise AlreadyDecided("This session has gone on since.")
    if value == "away":
        session.put_away(item.id)
        return None
    if value == "raise":
        session.change_budget(_limit(text, session.state))
    session.carry_on()
    return None


def _limit(text: str, state: SessionState) -> float:
    """Raises UsageError for what is no limit, or would stop the session at once again."""
    try:
        limit = float(text.strip().removeprefix("$").replace(",", "."))
    except ValueError:
        limit = 0.0
    if not state.cost < limit < 1e9:
        raise UsageError(
            f"{one_line(text, 30) or 'That'} is no limit that lets it go on.",
            hint=f"It has cost {money(state.cost, 0)}: write more, such as {max(1.0, 2 * state.cost):.2f}.",
        )
    return limit


def running_lines(sessions: Iterable[Session]) -> list[str]:
    """What runs meanwhile, a line each."""
    running = sorted((session.state for session in sessions if session.busy), key=lambda state: state.slot)
    if not running:
        return ["", "Nothing runs either."]
    return ["", "1 session runs:" if len(running) == 1 else f"{len(running)} sessions run:", *(
        f"  {state.slot}  {one_line(clean(state.title), 60)}" for state in running
    )]  # fmt: skip


def place_of(item: InboxItem) -> str:
    """Whose it is, in a sentence."""
    return f"{item.slot} {one_line(item.title, 40)}"
