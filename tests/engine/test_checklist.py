"""The agent's checklist from a call to what the person reads of it."""

from collections.abc import Awaitable, Callable

from tests.scripts import call, scripted, text
from tests.tools.test_todo import ITEMS, PLAN
from tui.app.words import call_body
from tui.engine.session import Session
from tui.state import fold
from tui.store.export import to_markdown

OpenSession = Callable[..., Awaitable[Session]]


async def test_the_last_call_that_did_not_fail_says_what_the_list_is(session: OpenSession) -> None:
    script = [call("todo", {"items": PLAN})], [call("todo", {"items": [{"text": "x" * 400}]})], [text("Done.")]
    opened = await session(scripted(*script)[0])
    opened.submit("Go")
    await opened.rest()
    first, second = opened.state.calls.values()
    assert (first.phase, second.phase) == ("ok", "error")
    assert first.approval is None
    assert opened.state.todo == ITEMS
    assert fold(opened.id, opened.log.since(0)).todo == ITEMS
    assert call_body(first) == ("[x] Read\n[>] Write\n[ ] Test", "")
    assert "- [x] Read\n- [>] Write\n- [ ] Test" in to_markdown(opened.log.since(0))
