"""The three adapters, and whole turns of the engine, against a server that others wrote."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.providers.aimock import Aimock, missing, running
from tests.providers.conftest import OpenAt
from tests.scripts import drain, eventually, image, prompt, said
from tests.wires import APIS, KEY, adapter
from tui.engine.session import CONTINUE, Session
from tui.engine.stream import Limits
from tui.errors import (
    ConnectionLost,
    ModelNotFound,
    Overloaded,
    ProviderError,
    RateLimited,
    ServerFailed,
    StreamBroken,
)
from tui.events import StepRetried
from tui.messages import Message, Part, ReasoningPart, StopReason, TextPart, ToolCallPart, ToolResultPart, Usage
from tui.providers.base import Finish, PartChunk, PartClose, Request, StreamEvent, ToolSchema
from tui.providers.models import Directory, ProviderConfig
from tui.providers.recording import Recorder
from tui.providers.tape import read_tape

pytestmark = [pytest.mark.skipif(bool(missing()), reason=missing()), pytest.mark.parametrize("api", APIS)]

MODEL = {"anthropic": "claude-opus-5-5", "openai": "gpt-6-sol", "openai-chat": "deepseek-reasoner"}
SUFFIX = {"anthropic": "", "openai": "/v1", "openai-chat": "/v1"}
PATH = {"anthropic": "/v1/messages", "openai": "/v1/responses", "openai-chat": "/v1/chat/completions"}
SPOKEN = "Grüße, 世界 👩‍💻: I will look at both of them."
QUICK = Limits(retries=2, retry_cap=0.02)
STALL = {"ttftMs": 0, "interChunkDelaysMs": [0, 0, 0, 0, 0, 0, 3_600_000], "totalDurationMs": 3_600_000}
"""Six chunks at once, then an hour before the next."""


@pytest.fixture(scope="module")
def server() -> Iterator[Aimock]:
    with running() as started:
        yield started


@pytest.fixture
def peer(server: Aimock) -> Aimock:
    server.script()
    return server


def schema(name: str) -> ToolSchema:
    parameters = {"type": "object", "properties": {"path": {"type": "string", "description": "Where: ü"}}}
    return ToolSchema(name=name, description=f"To {name}.", parameters=json.dumps(parameters))


def request(api: str, *messages: Message, **options: Any) -> Request:
    return Request(model=MODEL[api], messages=messages or (prompt("hello"),), **options)


def closed(events: list[StreamEvent]) -> list[Part]:
    return [event.part for event in events if isinstance(event, PartClose)]


def heard(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, PartChunk))


async def ask(
    api: str, peer: Aimock, asked: Request, tape: Path | None = None
) -> tuple[list[StreamEvent], ProviderError | None]:
    """All that came. The bytes on the wire go to ``tape``: the journal keeps no images and no reasoning."""
    provider = adapter(api, peer.url, transport=Recorder(tape, api=api) if tape else None)
    events, error = await drain(provider, asked)
    await provider.aclose()
    return events, error


# --- the adapters


async def test_an_answer_arrives_with_its_text_usage_and_stop(api: str, peer: Aimock) -> None:
    usage = {"prompt_tokens": 120, "completion_tokens": 34, "input_tokens": 120, "output_tokens": 34}
    peer.script({"match": {"userMessage": "hello"}, "response": {"content": SPOKEN, "usage": usage}})
    events, error = await ask(api, peer, request(api))
    assert error is None
    assert [part.text for part in closed(events) if isinstance(part, TextPart)] == [SPOKEN]
    assert heard(events) == SPOKEN
    assert sum(isinstance(event, PartChunk) for event in events) > 3
    assert events[-1] == Finish(StopReason.END, Usage(input_tokens=120, output_tokens=34))


@pytest.mark.parametrize(("word", "stop"), [("stop", StopReason.END), ("length", StopReason.MAX_TOKENS)])
async def test_why_it_stopped_is_understood(api: str, peer: Aimock, word: str, stop: StopReason) -> None:
    peer.script({"match": {"userMessage": "hello"}, "response": {"content": "So far", "finishReason": word}})
    events, error = await ask(api, peer, request(api))
    assert error is None
    assert isinstance(events[-1], Finish) and events[-1].stop is stop


async def test_parallel_calls_and_reasoning_come_and_their_results_go_back(
    api: str, peer: Aimock, tmp_path: Path
) -> None:
    calls = [
        {"id": "call_a", "name": "read", "arguments": {"path": "data/ü.txt"}},
        {"id": "call_b", "name": "list", "arguments": {}},
    ]
    thinking = "Let me see both of them first."
    peer.script(
        {"match": {"hasToolResult": True, "toolResultContains": "two files"}, "response": {"content": "Two files."}},
        {
            "match": {"userMessage": "hello"},
            "response": {"content": SPOKEN, "reasoning": thinking, "toolCalls": calls},
        },
    )
    tools = (schema("read"), schema("list"))
    events, error = await ask(api, peer, request(api, tools=tools, effort="high"))
    assert error is None
    parts = closed(events)
    assert [part.text for part in parts if isinstance(part, ReasoningPart)] == [thinking]
    assert [part.text for part in parts if isinstance(part, TextPart)] == [SPOKEN]
    made = [part for part in parts if isinstance(part, ToolCallPart)]
    assert [call.name for call in made] == ["read", "list"]
    assert [json.loads(call.arguments) for call in made] == [{"path": "data/ü.txt"}, {}]
    assert isinstance(events[-1], Finish) and events[-1].stop is StopReason.TOOL_USE

    texts = {made[0].call_id: "one\ntwo", made[1].call_id: "two files"}
    answers = Message(role="user", parts=tuple(ToolResultPart(call_id=i, text=text) for i, text in texts.items()))
    history = (prompt("hello"), said(*parts), answers)
    events, error = await ask(api, peer, request(api, *history, tools=tools, effort="high"), tmp_path / "tape")
    assert error is None
    assert heard(events) == "Two files."
    assert echoed_reasoning(api, tmp_path / "tape")
    sent = peer.journal()[-1]["body"]["messages"]
    results = {message["tool_call_id"]: message["content"] for message in sent if message["role"] == "tool"}
    assert results == texts
    announced = [call for message in sent for call in message.get("tool_calls") or ()]
    assert [(call["id"], call["function"]["name"]) for call in announced] == [
        (made[0].call_id, "read"),
        (made[1].call_id, "list"),
    ]


def echoed_reasoning(api: str, tape: Path) -> str:
    """What of the reasoning went back, in the form in which the format wants it."""
    body = json.loads(read_tape(tape).exchanges[0].request["body"])
    match api:
        case "anthropic":
            return body["messages"][1]["content"][0]["signature"]
        case "openai":
            return next(item["encrypted_content"] for item in body["input"] if item["type"] == "reasoning")
        case _:
            return body["messages"][1]["reasoning_content"]


async def test_the_system_prompt_the_tools_the_history_and_the_key_arrive(api: str, peer: Aimock) -> None:
    peer.script({"match": {"userMessage": "and now?"}, "response": {"content": "Now this."}})
    history = (prompt("first"), said("An answer."), prompt("and now?"))
    asked = request(api, *history, system="You are an agent.", tools=(schema("read"),), max_tokens=777)
    events, error = await ask(api, peer, asked)
    assert error is None and heard(events) == "Now this."
    (entry,) = peer.journal()
    body = entry["body"]
    assert entry["path"] == PATH[api]
    assert (body["model"], body["stream"], body["max_tokens"]) == (MODEL[api], True, 777)
    assert [(message["role"], message["content"]) for message in body["messages"]] == [
        ("system", "You are an agent."),
        ("user", "first"),
        ("assistant", "An answer."),
        ("user", "and now?"),
    ]
    (tool,) = body["tools"]
    assert tool["function"]["name"] == "read"
    assert tool["function"]["parameters"] == json.loads(schema("read").parameters)
    assert entry["headers"]["authorization"] == "[REDACTED]"
    assert KEY not in json.dumps(entry)


async def test_an_image_is_sent_and_taken(api: str, peer: Aimock, tmp_path: Path) -> None:
    peer.script({"match": {"userMessage": "hello"}, "response": {"content": "A pixel."}})
    events, error = await ask(api, peer, request(api, prompt("hello", image())), tmp_path / "tape")
    assert error is None and heard(events) == "A pixel."
    assert image().data in read_tape(tmp_path / "tape").exchanges[0].request["body"]
    if api == "openai-chat":  # of the other formats the journal keeps texts alone
        content = peer.journal()[0]["body"]["messages"][-1]["content"]
        assert [part["type"] for part in content] == ["text", "image_url"]
        assert content[1]["image_url"]["url"].endswith(image().data)


async def test_models_are_listed(api: str, peer: Aimock) -> None:
    peer.script(
        {"match": {"model": "large-1"}, "response": {"content": "."}},
        {"match": {"model": "small-1"}, "response": {"content": "."}},
    )
    provider = adapter(api, peer.url)
    assert [model.name for model in await provider.models()] == ["large-1", "small-1"]
    await provider.aclose()


@pytest.mark.parametrize(
    ("chaos", "kind"),
    [
        ({"rateLimitRate": 1}, RateLimited),
        ({"dropRate": 1}, ServerFailed),
        ({"malformedRate": 1}, StreamBroken),
        ({"disconnectRate": 1}, ConnectionLost),
    ],
    ids=["rate limit", "dropped", "malformed", "disconnected"],
)
async def test_each_fault_of_its_chaos_is_told_by_its_kind(
    api: str, peer: Aimock, chaos: dict[str, int], kind: type[ProviderError]
) -> None:
    peer.script({"match": {"userMessage": "hello"}, "response": {"content": "Never."}, "chaos": chaos})
    events, error = await ask(api, peer, request(api))
    assert events == [] and type(error) is kind
    assert len(peer.journal()) == 1  # nothing is tried again down here


@pytest.mark.parametrize(
    ("status", "kind"), [(429, RateLimited), (500, ServerFailed), (503, Overloaded), (529, Overloaded)]
)
async def test_each_refusal_is_told_by_its_kind(api: str, peer: Aimock, status: int, kind: type[ProviderError]) -> None:
    refused = {"error": {"message": "come back later", "type": "some_error"}, "status": status, "retryAfter": 7}
    peer.script({"match": {"userMessage": "hello"}, "response": refused})
    events, error = await ask(api, peer, request(api))
    assert events == [] and type(error) is kind
    assert error is not None and error.status == status and "come back later" in str(error)
    if isinstance(error, RateLimited):
        assert error.retry_after == 7


async def test_an_unknown_model_is_named(api: str, peer: Aimock) -> None:
    refused = {"error": {"message": f"model: {MODEL[api]}", "type": "not_found_error", "code": "model_not_found"}}
    peer.script({"match": {"userMessage": "hello"}, "response": {**refused, "status": 404}})
    _, error = await ask(api, peer, request(api))
    assert isinstance(error, ModelNotFound) and MODEL[api] in str(error)


async def test_a_disconnect_in_mid_stream_keeps_what_came(api: str, peer: Aimock) -> None:
    peer.script(
        {
            "match": {"userMessage": "hello"},
            "response": {"content": SPOKEN * 9},
            "latency": 2,
            "truncateAfterChunks": 12,
        }
    )
    events, error = await ask(api, peer, request(api))
    assert isinstance(error, ConnectionLost)
    assert heard(events) and (SPOKEN * 9).startswith(heard(events))
    assert not any(isinstance(event, Finish) for event in events)
    assert peer.journal()[0]["response"]["interrupted"] is True


# --- whole turns of the engine


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "notes.txt").write_text("the valve opens\nat noon\n")
    return folder


async def opened(api: str, peer: Aimock, open_at: OpenAt, folder: Path) -> Session:
    config = ProviderConfig(name="peer", api=api, base_url=peer.url + SUFFIX[api], local=True)  # type: ignore[arg-type]
    return await open_at(Directory([config]), f"peer/{MODEL[api]}", folder, limits=QUICK)


def texts(session: Session) -> list[str]:
    return [part.text for step in session.state.steps.values() for part in step.parts if part.kind == "text"]


READ = {
    "match": {"userMessage": "When?", "hasToolResult": False},
    "response": {
        "content": "I read the notes.",
        "reasoning": "The notes should say.",
        "toolCalls": [
            {"id": "call_a", "name": "read", "arguments": {"path": "notes.txt"}},
            {"id": "call_b", "name": "grep", "arguments": {"pattern": "val.e"}},
        ],
    },
}


async def test_a_turn_reads_a_real_file_and_answers_from_it(
    api: str, peer: Aimock, open_at: OpenAt, folder: Path
) -> None:
    peer.script(
        {"match": {"toolResultContains": "notes.txt:1:the valve"}, "response": {"content": "At noon."}},
        READ,
    )
    session = await opened(api, peer, open_at, folder)
    session.submit("When?")
    await session.rest()
    assert session.state.turns[-1].outcome == "done", session.state.turns[-1].error
    assert texts(session) == ["I read the notes.", "At noon."]
    assert [(call.tool, call.phase) for call in session.state.calls.values()] == [("read", "ok"), ("grep", "ok")]
    first, second = peer.journal()
    assert str(folder) in first["body"]["messages"][0]["content"]
    assert {tool["function"]["name"] for tool in first["body"]["tools"]} >= {"read", "grep", "edit", "shell"}
    results = [message["content"] for message in second["body"]["messages"] if message["role"] == "tool"]
    assert "1  the valve opens" in results[0] and "notes.txt:1:the valve opens" in results[1]


async def test_a_fault_is_tried_again_in_the_open_and_the_turn_goes_on(
    api: str, peer: Aimock, open_at: OpenAt, folder: Path
) -> None:
    peer.script({"match": {"userMessage": "When?"}, "response": {"content": "At noon."}})
    peer.fail_once(500, "a hiccup")
    session = await opened(api, peer, open_at, folder)
    session.submit("When?")
    await session.rest()
    assert (session.state.turns[-1].outcome, texts(session)) == ("done", ["At noon."])
    retries = [entry.event for entry in session.log.since(0) if isinstance(entry.event, StepRetried)]
    assert len(retries) == 1 and "a hiccup" in retries[0].reason
    assert [entry["response"]["status"] for entry in peer.journal()] == [500, 200]


async def test_a_call_that_was_cut_is_never_run_and_continue_goes_on(
    api: str, peer: Aimock, open_at: OpenAt, folder: Path
) -> None:
    write = {"id": "call_a", "name": "write", "arguments": {"path": "made.txt", "content": "x" * 400}}
    peer.script(
        {"match": {"userMessage": CONTINUE}, "response": {"content": "The rest."}},
        {
            "match": {"userMessage": "Write it"},
            "response": {"content": "I write it.", "toolCalls": [write]},
            "latency": 2,
            "truncateAfterChunks": 24,
        },
    )
    session = await opened(api, peer, open_at, folder)
    session.submit("Write it")
    await session.rest()
    assert session.state.turns[-1].outcome == "failed"
    parts = [part for step in session.state.steps.values() for part in step.parts]
    shown = [(part.kind, part.cut) for part in parts if part.kind != "reasoning"]
    assert shown == [("text", False), ("tool_call", True)]
    assert not session.state.calls and not (folder / "made.txt").exists()
    session.carry_on()
    await session.rest()
    assert session.state.turns[-1].outcome == "done"
    assert texts(session)[-1] == "The rest."
    last = peer.journal()[-1]["body"]["messages"]
    assert not any(message.get("tool_calls") for message in last)
    assert [message["content"] for message in last if message["role"] == "assistant"] == ["I write it."]


async def test_an_interrupt_in_mid_stream_closes_the_socket_and_keeps_the_text(
    api: str, peer: Aimock, open_at: OpenAt, folder: Path
) -> None:
    peer.script(
        {"match": {"userMessage": "Tell"}, "response": {"content": "word " * 99}, "recordedTimings": STALL},
        {"match": {"userMessage": CONTINUE}, "response": {"content": "The rest."}},
    )
    session = await opened(api, peer, open_at, folder)
    session.submit("Tell")
    await eventually(lambda: texts(session) and texts(session)[0])
    assert len(sockets_to(peer)) == 1
    assert session.interrupt()
    await session.rest()
    assert sockets_to(peer) == []
    assert session.state.turns[-1].outcome == "interrupted"
    kept = texts(session)[0]
    assert kept and ("word " * 99).startswith(kept)
    session.carry_on()
    await session.rest()
    assert texts(session)[-1] == "The rest."
    assert kept.strip() in [str(m["content"]).strip() for m in peer.journal()[-1]["body"]["messages"]]


def sockets_to(peer: Aimock) -> list[int]:
    """The ports of this process' open connections to it."""
    found = psutil.Process(os.getpid()).net_connections("tcp")
    return [c.laddr.port for c in found if c.status == "ESTABLISHED" and c.raddr and c.raddr.port == peer.port]
