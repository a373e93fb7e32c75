"""What the three adapters make of recorded answers, whole or cut anywhere."""

import os
import random

import httpx2
import pytest

from tests.scripts import drain, prompt
from tests.wires import APIS, Bytes, adapter, recorded
from tui.errors import ConnectionLost, StreamBroken
from tui.messages import Part, ReasoningPart, StopReason, TextPart, ToolCallPart, Usage
from tui.providers.base import Finish, PartChunk, PartClose, PartOpen, Request, StreamEvent

REQUEST = Request(model="neutral-1", messages=(prompt(),))
SPOKEN = "Grüße, 世界 👩‍💻: I will look."
USAGE = Usage(input_tokens=442, output_tokens=88, cache_read_tokens=400, cache_write_tokens=30, reasoning_tokens=20)
OFFSETS = 500 if os.environ.get("PENSTOCK_LONG") == "1" else 50

pytestmark = pytest.mark.parametrize("api", APIS)


async def events_of(api: str, *pieces: bytes, error: Exception | None = None) -> tuple[list[StreamEvent], object]:
    transport = Bytes(*pieces, error=error)
    provider = adapter(api, transport=transport)
    events, failure = await drain(provider, REQUEST)
    await provider.aclose()
    assert transport.closed >= 1
    return events, failure


def closed(events: list[StreamEvent]) -> list[Part]:
    return [event.part for event in events if isinstance(event, PartClose)]


def texts(events: list[StreamEvent]) -> dict[int, str]:
    found: dict[int, str] = {}
    for event in events:
        if isinstance(event, PartOpen):
            found[event.index] = ""
        elif isinstance(event, PartChunk):
            found[event.index] += event.text
    return found


async def test_a_whole_answer_becomes_parts_usage_and_a_stop(api: str) -> None:
    events, error = await events_of(api, recorded(api))
    assert error is None
    parts = closed(events)
    assert isinstance(parts[0], ReasoningPart) and parts[0].text and parts[0].provider_data
    assert [part.text for part in parts if isinstance(part, TextPart)] == [SPOKEN]
    calls = [part for part in parts if isinstance(part, ToolCallPart)]
    assert (calls[0].name, calls[0].arguments) == ("read", '{"path": "data/ü.txt", "limit": 20}')
    expected = ("list", "{}") if api == "anthropic" else ("grep", '{"pattern": "valve"}')
    assert (calls[1].name, calls[1].arguments) == expected
    assert calls[0].call_id != calls[1].call_id
    assert events[-1] == Finish(StopReason.TOOL_USE, USAGE)


async def test_every_part_opens_once_grows_to_its_text_and_closes_once(api: str) -> None:
    events, _ = await events_of(api, recorded(api))
    grown = texts(events)
    opened = [event.index for event in events if isinstance(event, PartOpen)]
    ended = {event.index: event.part for event in events if isinstance(event, PartClose)}
    assert len(opened) == len(set(opened)) == len(ended)
    for index, part in ended.items():
        assert grown[index] == (part.arguments if isinstance(part, ToolCallPart) else getattr(part, "text", ""))
    assert sum(isinstance(event, Finish) for event in events) == 1


async def test_how_bytes_are_split_on_the_way_changes_nothing(api: str) -> None:
    body = recorded(api)
    whole, _ = await events_of(api, body)
    for size in (1, 7, 64):
        pieces = [body[at : at + size] for at in range(0, len(body), size)]
        assert (await events_of(api, *pieces))[0] == whole
    assert (await events_of(api, body.replace(b"\n", b"\r\n")))[0] == whole


async def test_a_cut_at_any_event_or_byte_gives_a_prefix_and_no_finish(api: str) -> None:
    body = recorded(api)
    whole, _ = await events_of(api, body)
    boundaries = [at + 2 for at in range(len(body)) if body[at : at + 2] == b"\n\n"]
    chosen = random.Random(20261101).sample(range(len(body)), OFFSETS)
    terminal = _terminal(api, body)
    for at in [*boundaries[:-1], *chosen]:
        for error in (None, httpx2.RemoteProtocolError("peer closed connection"), httpx2.ReadError("reset")):
            events, failure = await events_of(api, body[:at], error=error)
            if at >= terminal:
                assert failure is None and isinstance(events[-1], Finish)
                assert events[:-1] == whole[:-1]
                continue
            assert events == whole[: len(events)], f"cut at {at}"
            assert not any(isinstance(event, Finish) for event in events)
            assert isinstance(failure, ConnectionLost) if error else failure is None
            assert all(_is_whole(part) for part in closed(events))


def _terminal(api: str, body: bytes) -> int:
    """The first byte after the event that makes the answer whole."""
    mark = {"anthropic": b'"message_stop"', "openai": b'"response.completed",', "openai-chat": b'"tool_calls"}]'}[api]
    return body.index(b"\n\n", body.rindex(mark)) + 2


def _is_whole(part: Part) -> bool:
    return not isinstance(part, ToolCallPart) or part.arguments.endswith("}")


async def test_a_page_in_place_of_a_stream_is_broken_and_names_the_address(api: str) -> None:
    transport = Bytes(b"<html>Welcome</html>", headers={"content-type": "text/html; charset=utf-8"})
    events, error = await drain(adapter(api, transport=transport), REQUEST)
    assert events == []
    assert isinstance(error, StreamBroken)
    assert "model.invalid" in str(error) and "text/html" in str(error) and "base_url" in error.hint
    assert transport.closed >= 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"data: {nonsense\n\n",
        b"data: [1, 2]\n\n",
        b"event: x\ndata: " + b"[" * 200_000 + b"\n\n",
        b"data: \xff\xfe\n\n",
    ],
)
async def test_garbage_in_the_stream_is_broken_and_keeps_what_came(api: str, garbage: bytes) -> None:
    body = recorded(api)
    cut = body.index(b"\n\n", len(body) // 2) + 2
    before, _ = await events_of(api, body[:cut])
    events, failure = await events_of(api, body[:cut], garbage, body[cut:])
    assert isinstance(failure, StreamBroken)
    assert events == before


async def test_payloads_of_the_wrong_shape_are_passed_over(api: str) -> None:
    odd = b"".join(
        b"data: " + payload + b"\n\n"
        for payload in (
            b"{}",
            b'{"type": 7}',
            b'{"type": "content_block_start", "index": "x", "content_block": []}',
            b'{"type": "content_block_delta", "index": 99, "delta": {"type": "text_delta", "text": "lost"}}',
            b'{"type": "content_block_stop", "index": 99}',
            b'{"type": "message_delta", "usage": null, "delta": null}',
            b'{"type": "response.output_text.delta", "output_index": 1, "delta": null}',
            b'{"type": "response.output_item.done", "output_index": 77, "item": null}',
            b'{"type": "response.function_call_arguments.delta", "output_index": 78, "delta": "{}"}',
            b'{"choices": null}',
            b'{"choices": [null, {"delta": {"tool_calls": [{"index": 9, "function": {"arguments": "{}"}}, 5]}}]}',
            b'{"choices": [{"delta": {"content": null, "tool_calls": null}, "finish_reason": null}], "usage": []}',
        )
    )
    whole, _ = await events_of(api, recorded(api))
    body = recorded(api)
    start = body.index(b"\n\n") + 2
    events, error = await events_of(api, body[:start], odd, body[start:])
    assert error is None
    assert events == whole
