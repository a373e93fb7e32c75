"""The scripted provider keeps the stream's promises, stops where it is told, and costs little."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripts import (
    REFERENCE,
    Hold,
    RateLimited,
    ScriptedProvider,
    call,
    cut,
    drain,
    fail,
    finish,
    prompt,
    reasoning,
    scripted,
    text,
    together,
    usage,
)
from tui.errors import RequestRejected
from tui.messages import ReasoningPart, StopReason, TextPart, ToolCallPart, Usage
from tui.providers.base import Finish, PartChunk, PartClose, PartOpen, Request
from tui.providers.scripted import tokens

REQUEST = Request(model="script", messages=(prompt(),))


async def test_a_step_becomes_parts_and_a_finish() -> None:
    provider = ScriptedProvider([[reasoning("Think."), text("One two."), call("read", {"path": "é"}), usage(7, 3)]])
    events, error = await drain(provider, REQUEST)
    assert error is None
    assert [event.part for event in events if isinstance(event, PartClose)] == [
        ReasoningPart(text="Think."),
        TextPart(text="One two."),
        ToolCallPart(call_id="call_1_3", name="read", arguments='{"path": "é"}'),
    ]
    assert events[-1] == Finish(StopReason.TOOL_USE, Usage(input_tokens=7, output_tokens=3))
    assert provider.endings == ["finished"]


async def test_chunks_join_to_the_part_and_follow_its_opening() -> None:
    provider = ScriptedProvider([[together(call("a", {"x": 1}), call("b", {"y": "z" * 40}), text("And text."))]])
    events, _ = await drain(provider, REQUEST)
    open_text: dict[int, str] = {}
    order = []
    for event in events:
        match event:
            case PartOpen():
                open_text[event.index] = ""
            case PartChunk():
                open_text[event.index] += event.text
                order.append(event.index)
            case PartClose():
                part = event.part
                whole = part.arguments if isinstance(part, ToolCallPart) else getattr(part, "text", None)
                assert open_text.pop(event.index) == whole
            case _:
                pass
    assert not open_text
    assert order[:3] == [0, 1, 2]


async def test_a_hold_stops_the_stream_exactly_there() -> None:
    hold = Hold()
    provider = ScriptedProvider([[text("before", hold, " after")]])
    seen: list[str] = []

    async def read() -> None:
        async for event in provider.stream(REQUEST):
            if isinstance(event, PartChunk):
                seen.append(event.text)

    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        await hold.reached()
        assert "".join(seen) == "before"
        hold.release()
    assert "".join(seen) == "before after"


async def test_a_cut_leaves_parts_open_and_says_no_finish() -> None:
    provider = ScriptedProvider([[call("read", '{"path": "a', cut())]])
    events, error = await drain(provider, REQUEST)
    assert error is None
    assert not [event for event in events if isinstance(event, PartClose | Finish)]
    assert provider.endings == ["cut"]


async def test_a_failure_comes_after_what_was_said_before_it() -> None:
    provider = ScriptedProvider([[text("so far", fail(RateLimited("slow down", status=429, retry_after=2)))]])
    events, error = await drain(provider, REQUEST)
    assert isinstance(error, RateLimited)
    assert isinstance(events[-1], PartChunk)
    assert provider.endings == ["failed"]


async def test_a_reader_that_leaves_closes_the_stream() -> None:
    provider = ScriptedProvider([[text("word " * 100)]])
    stream = provider.stream(REQUEST)
    await anext(stream)
    await stream.aclose()
    assert provider.endings == ["closed"]


async def test_the_nth_request_plays_the_nth_step_and_a_step_may_read_the_request() -> None:
    models, provider = scripted([text("one")], lambda request: [text(request.model), finish(StopReason.MAX_TOKENS)])
    found, name = await models.resolve(REFERENCE)
    assert found is provider and name == "script"
    await drain(provider, REQUEST)
    events, _ = await drain(provider, Request(model="other", messages=()))
    assert PartChunk(0, "other") in events
    assert events[-1] == Finish(StopReason.MAX_TOKENS, Usage())
    _, error = await drain(provider, REQUEST)
    assert isinstance(error, RequestRejected)
    assert [request.model for request in provider.requests] == ["script", "other", "script"]


@given(st.text())
def test_tokens_lose_nothing(content: str) -> None:
    assert "".join(tokens(content)) == content


@pytest.mark.parametrize("rate", [1_000, 20_000])
async def test_a_rate_is_kept_by_the_clock_and_the_loop_keeps_turning(rate: int) -> None:
    content = "abcde" * (rate // 4)
    provider = ScriptedProvider([[text(content)]], rate=rate)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.ensure_future(turn())
    began = time.monotonic()
    events, _ = await drain(provider, REQUEST)
    took = time.monotonic() - began
    other.cancel()
    assert sum(isinstance(event, PartChunk) for event in events) == rate // 4
    assert took >= 0.24  # never early; how late depends on the machine
    assert turns > 10
