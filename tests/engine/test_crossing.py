"""Eight sessions at once: whatever is done to them, in whatever order, none has an event of another's."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scripts import call, scripted, text
from tui.engine.workspace import Workspace
from tui.errors import PenstockError
from tui.providers.base import Request
from tui.state import fold
from tui.store.codec import to_plain
from tui.store.store import Store

MARK = re.compile(r"mark-\d")
DEEDS = ("submit", "steer", "interrupt", "carry_on", "withdraw", "rename", "answer")


def echo(request: Request) -> list[Any]:
    """Says and calls nothing but what bears the mark of the session that asks; one call, then an answer."""
    said = str([message for message in request.messages if message.role == "user"])
    mark = MARK.findall(said)[0]
    if "results" not in said and said.count(mark) % 3 == 1:
        return [
            text(f"{mark} looks. "),
            call("grep", json.dumps({"pattern": mark})),
            call("read", f'{{"path": "{mark}"}}'),
        ]
    return [text(f"{mark} says: ", *[f"{mark} word {n} " for n in range(5)])]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=st.lists(st.tuples(st.integers(0, 7), st.sampled_from(DEEDS), st.integers(0, 3)), max_size=40))
async def test_events_never_cross_sessions(
    work: Callable[..., Awaitable[Workspace]], store: Store, deeds: list[tuple[int, str, int]]
) -> None:
    workspace = await work(scripted(*[echo] * 400)[0])
    sessions = [await workspace.new_session("scripted/model", title=f"mark-{n}") for n in range(8)]
    for number, session in enumerate(sessions):
        session.submit(f"mark-{number} begins")
    for number, deed, turns in deeds:
        session, mark = sessions[number], f"mark-{number}"
        with suppress(PenstockError):  # nothing to continue, nothing that waits
            match deed:
                case "submit":
                    session.submit(f"{mark} more")
                case "steer":
                    session.steer(f"{mark} this way")
                case "interrupt":
                    session.interrupt()
                case "carry_on":
                    session.carry_on()
                case "withdraw" if session.state.outbox:
                    session.withdraw(session.state.outbox[-1].prompt_id)
                case "rename":
                    session.rename(f"{mark} renamed")
                case "answer" if session.state.asking():
                    asked = session.state.asking()[0].approval
                    assert asked is not None
                    session.decide(asked.approval_id, "deny", reason=mark)
        for _ in range(turns):
            await asyncio.sleep(0)
    await asyncio.gather(*(session.rest() for session in sessions))
    await store.settle()
    for number, session in enumerate(sessions):
        entries = await store.load(session.id)
        assert {entry.session_id for entry in entries} == {session.id}
        assert fold(session.id, entries) == session.state
        found = {mark for entry in entries for mark in MARK.findall(str(to_plain(entry.event)))}
        assert found == {f"mark-{number}"}
    turns = [turn.turn_id for session in sessions for turn in session.state.turns]
    assert len(turns) == len(set(turns)), "a turn belongs to one session"
