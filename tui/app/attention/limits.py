"""Budgets in the inbox: one that is nearly reached, and the day's when it has stopped a session. What answers do."""

from collections.abc import Callable
from time import time

from tui.app.attention.inbox import InboxItem, failed_turn, limit_item
from tui.app.words import home_path, money, one_line
from tui.engine.budget import dollars
from tui.engine.purse import DAY, Near, Purse
from tui.engine.session import Session
from tui.errors import AlreadyDecided, UsageError
from widgets.ask_bar import AskRequest, Choice
from widgets.clean import clean

_LATER = Choice("z", "later", "later")
_AWAY = Choice("x", "put away", "away")
_RAISE = Choice("r", "raise it for today…", "raise")
_FREE = Choice("s", "this session goes on", "free")
_HINT = "The new limit in USD, such as 5. enter sets it, escape goes back"


def near_item(near: Near, session: Session) -> InboxItem:
    """A limit that is nearly reached, as the inbox lists it."""
    return limit_item(session.state, near, near_sentence(near), time())


def near_sentence(near: Near) -> str:
    whose = "all sessions together have cost" if near.of == DAY else "this session has cost"
    spent = f"{dollars(near.spent)} of {dollars(near.limit)}"
    return f"{whose[0].upper()}{whose[1:]} {spent}{' today' if near.of == DAY else ''}. Nothing has stopped."


def limit_request(item: InboxItem, session: Session) -> AskRequest | None:
    """What the ask bar shows; None for what is no longer open."""
    state, near = session.state, item.near
    if near is not None:
        day = near.of == DAY
        return AskRequest(
            id=item.id,
            title="The day's budget is nearly spent" if day else "Its budget is nearly spent",
            why=f"It stops at the limit, before the next request. In {home_path(state.cwd)}.",
            body=(near_sentence(near),),
            choices=(_RAISE if day else Choice("r", "raise the limit…", "raise"), _AWAY, _LATER),
            text_hint=_HINT,
            default="z",
        )
    turn = failed_turn(state, item.id)
    if turn is None:
        return None
    return AskRequest(
        id=item.id,
        title="The day's budget is spent",
        why=f"Model: {clean(state.model)}. In {home_path(state.cwd)}.",
        body=tuple(clean(turn.error).split("\n")),
        choices=(_RAISE, _FREE, Choice("x", "end it here", "away"), _LATER),
        text_hint=_HINT,
        default="z",
    )


async def answer_limit(
    session: Session, purse: Purse, item: InboxItem, value: str, text: str, settled: Callable[[str], None]
) -> None:
    """Do what was answered; ``settled`` is told the id of what waits no longer.

    Raises:
        PenstockError: it is no longer open, or the limit is none.
    """
    if item.near is not None:
        await _answer_near(session, purse, item.near, value, text)
        settled(item.id)
        return
    if failed_turn(session.state, item.id) is None or session.running:
        raise AlreadyDecided("This session has gone on since.")
    if value == "away":
        session.put_away(item.id)
        return
    if value == "raise":
        await purse.limit_today(limit_of(text, (await purse.today()).spent))
    else:
        await purse.free(session.id)
    session.carry_on()


async def _answer_near(session: Session, purse: Purse, near: Near, value: str, text: str) -> None:
    if value != "raise":
        await purse.put_away(near)
    elif near.of == DAY:
        await purse.limit_today(limit_of(text, near.spent))
    else:
        session.change_budget(limit_of(text, near.spent))


def limit_of(text: str, spent: float) -> float:
    """Raises UsageError for what is no limit, or would stop at once again."""
    try:
        limit = float(text.strip().removeprefix("$").replace(",", "."))
    except ValueError:
        limit = 0.0
    if not spent < limit < 1e9:
        raise UsageError(
            f"{one_line(text, 30) or 'That'} is no limit that lets it go on.",
            hint=f"{money(spent, 0)} is spent: write more, such as {max(1.0, 2 * spent):.2f}.",
        )
    return limit
