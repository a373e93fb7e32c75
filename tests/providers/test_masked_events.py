"""A recording holds no secret, over however many events a model spells it, and is else what came, byte for byte."""

import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults import Answer, FaultServer
from tests.scripts import drain, prompt
from tests.wires import APIS, adapter, recorded
from tui.providers.anthropic import MessagesReading
from tui.providers.base import PartClose, Request
from tui.providers.faults import Site
from tui.providers.masked_events import MaskedEvents
from tui.providers.openai import ResponsesReading
from tui.providers.openai_chat import ChatReading
from tui.providers.recording import Recorder, Replay
from tui.providers.sse import EventDecoder
from tui.providers.tape import read_tape
from tui.secrets import Masks

OWN = 'own "key" / of-the-program'
STRUCK = "a-key-that-is-struck-out"
KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"
TOKEN = "ghp_" + "abcdefghijklmnopqrst0123456789ABCDEF"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{'MIIabc123+/' * 8}\n{'ABCabc987' * 7}==\n-----END RSA PRIVATE KEY-----"
SECRETS = {KEY: KEY[13:], TOKEN: TOKEN[4:], OWN: OWN, STRUCK: STRUCK, PEM: PEM.splitlines()[2]}
"""The texts, and what of them must not be seen."""
KINDS: tuple[str, ...] = ("text", "reasoning", "tool_call")

every_api = pytest.mark.parametrize("api", APIS)
Said = dict[str, list[str]]
"""By the kind of the part, the pieces in which a text comes."""


def masks() -> Masks:
    return Masks([OWN])


def wire(*payloads: dict[str, Any], ascii_only: bool = False, named: bool = True) -> bytes:
    events = (
        (f"event: {payload['type']}\n" if named and "type" in payload else "")
        + f"data: {json.dumps(payload, ensure_ascii=ascii_only)}\n\n"
        for payload in payloads
    )
    return "".join(events).encode()


def shuffled(said: Said, order: Random) -> Iterator[tuple[int, str, str]]:
    """The pieces of all texts in some order, each text's in its own: (place of the kind, kind, piece)."""
    left = {kind: list(pieces) for kind, pieces in said.items()}
    while any(left.values()):
        kind = order.choice([kind for kind in left if left[kind]])
        yield KINDS.index(kind), kind, left[kind].pop(0)


def anthropic(said: Said, order: Random) -> list[dict[str, Any]]:
    started = {
        "text": {"text": ""},
        "reasoning": {"thinking": ""},
        "tool_call": {"id": "c", "name": "read", "input": {}},
    }
    types = {"text": "text", "reasoning": "thinking", "tool_call": "tool_use"}
    fields = {"text": ("text_delta", "text"), "reasoning": ("thinking_delta", "thinking")}
    out: list[dict[str, Any]] = []
    for index, kind in enumerate(KINDS):
        block = {"type": types[kind], **started[kind]}
        out.append({"type": "content_block_start", "index": index, "content_block": block})
    for index, kind, piece in shuffled(said, order):
        name, key = fields.get(kind, ("input_json_delta", "partial_json"))
        out.append({"type": "content_block_delta", "index": index, "delta": {"type": name, key: piece}})
    out += [{"type": "content_block_stop", "index": index} for index in range(len(KINDS))]
    return [*out, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}]


def responses(said: Said, order: Random) -> list[dict[str, Any]]:
    types = {
        "text": "response.output_text.delta",
        "reasoning": "response.reasoning_summary_text.delta",
        "tool_call": "response.function_call_arguments.delta",
    }
    whole = {kind: "".join(pieces) for kind, pieces in said.items()}
    items = {
        "text": {"type": "message", "id": "m", "content": [{"type": "output_text", "text": whole["text"]}]},
        "reasoning": {
            "type": "reasoning",
            "id": "r",
            "summary": [{"type": "summary_text", "text": whole["reasoning"]}],
        },
        "tool_call": {"type": "function_call", "call_id": "c", "name": "read", "arguments": whole["tool_call"]},
    }
    out: list[dict[str, Any]] = []
    for index, kind in enumerate(KINDS):
        begun = {key: value for key, value in items[kind].items() if key not in ("content", "summary", "arguments")}
        out.append({"type": "response.output_item.added", "output_index": index, "item": begun})
    for index, kind, piece in shuffled(said, order):
        token = [{"token": piece, "logprob": 0.0}]
        out.append({"type": types[kind], "output_index": index, "item_id": kind, "delta": piece, "logprobs": token})
    for index, kind in enumerate(KINDS):
        out.append({"type": types[kind].replace("delta", "done"), "output_index": index, "text": whole[kind]})
        out.append({"type": "response.output_item.done", "output_index": index, "item": items[kind]})
    done = {"status": "completed", "output": list(items.values())}
    return [*out, {"type": "response.completed", "response": done}]


def chat(said: Said, order: Random) -> list[dict[str, Any]]:
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "read", "arguments": ""}}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "tool_calls": [call]}]
    for _, kind, piece in shuffled(said, order):
        if kind == "tool_call":
            deltas.append({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]})
        else:
            deltas.append({"content" if kind == "text" else "reasoning_content": piece})
    ends = {"index": 0, "delta": {}, "finish_reason": "stop"}
    return [*({"choices": [{"index": 0, "delta": delta}]} for delta in deltas), {"choices": [ends]}]


WIRES: dict[str, tuple[Callable[[Said, Random], list[dict[str, Any]]], Callable[[Site, str], Any]]] = {
    "anthropic": (anthropic, MessagesReading),
    "openai": (responses, ResponsesReading),
    "openai-chat": (chat, ChatReading),
}


def taped(body: bytes, size: int) -> bytes:
    """What is written of a body that comes in pieces of ``size``."""
    events = MaskedEvents(masks(), [STRUCK])
    pieces = [piece for at in range(0, len(body), size) for piece in events.feed(float(at), body[at : at + size])]
    pieces += events.finish()
    times = [at for at, _ in pieces]
    assert times == sorted(times)
    return b"".join(data for _, data in pieces)


def heard(api: str, tape: bytes) -> dict[str, str]:
    """What the adapter makes of it: the texts by kind."""
    reading = WIRES[api][1](Site(provider="neutral", base_url=""), "neutral-1")
    texts = {kind: "" for kind in KINDS}
    for data in EventDecoder().feed(tape):
        for event in reading.feed(json.loads(data)):
            if isinstance(event, PartClose):
                kind = next(kind for kind in KINDS if kind.replace("_", "") in type(event.part).__name__.lower())
                texts[kind] += getattr(event.part, "arguments", "") or getattr(event.part, "text", "")
    assert reading.whole
    return texts


def cut(text: str, places: list[int]) -> list[str]:
    bounds = sorted({0, len(text), *(place % (len(text) or 1) for place in places)})
    return [text[first:last] for first, last in pairwise(bounds)]


PLACES = st.lists(st.integers(0, 5000), max_size=20)
AROUND = st.one_of(st.text(max_size=12), st.sampled_from(["key: ", "s", "sk-", "KEY=", "risk-", "\n", "Grüße 👩‍💻 "]))
PLAIN = st.lists(
    st.sampled_from(["the ", "folders ", "risk-", "sk", "://", "s", "\n", "ü", "👩‍💻", '"', "KEY"]), max_size=12
)


@st.composite
def told(draw: st.DrawFn) -> tuple[str, str, Said]:
    """(kind that tells a secret, the secret, what is said)."""
    secret, kind = draw(st.sampled_from(sorted(SECRETS))), draw(st.sampled_from(KINDS))
    said: Said = {one: draw(PLAIN) for one in KINDS}
    text = draw(AROUND) + " " + secret + " " + draw(AROUND) + " " + draw(st.sampled_from(["", secret]))
    if kind == "tool_call":
        text = json.dumps({"text": text}, ensure_ascii=draw(st.booleans()))
    every = draw(st.integers(0, 3)) == 0
    said[kind] = list(text) if every else cut(text, draw(PLACES))
    return kind, secret, said


@every_api
@given(told(), st.randoms(use_true_random=False), st.integers(1, 400), st.booleans())
def test_a_secret_spelled_over_any_number_of_events_is_not_on_the_tape(
    api: str, what: tuple[str, str, Said], order: Random, size: int, ascii_only: bool
) -> None:
    kind, secret, said = what
    tape = taped(wire(*WIRES[api][0](said, order), ascii_only=ascii_only), size)
    unseen = SECRETS[secret]
    spelled = {unseen, json.dumps(unseen)[1:-1], json.dumps(json.dumps(unseen))[3:-3]}
    text = tape.decode()
    assert not [one for one in spelled if one in text]
    texts = heard(api, tape)
    for one in KINDS:
        whole = "".join(said[one])
        assert not [spelling for spelling in spelled if spelling in texts[one]]
        if one != kind or secret != STRUCK:
            assert texts[one] in (masks().mask(whole), "{}")  # a call that says nothing has no arguments
    tokens = [event.get("logprobs", []) for event in map(json.loads, EventDecoder().feed(tape))]
    assert unseen not in "".join(one["token"] for found in tokens for one in found)


@every_api
@given(st.fixed_dictionaries({kind: PLAIN for kind in KINDS}), st.randoms(use_true_random=False), st.integers(1, 400))
def test_a_stream_without_secrets_is_written_byte_for_byte(api: str, said: Said, order: Random, size: int) -> None:
    body = wire(*WIRES[api][0](said, order), named=size % 2 == 0)
    if size % 3 == 0:
        body = b": a note\n\n" + body.replace(b"\n", b"\r\n")
    for end in (len(body), len(body) * size // 400):
        assert taped(body[:end], size) == body[:end]


@every_api
def test_events_before_and_after_a_secret_stay_where_and_when_they_were(api: str) -> None:
    pieces = ["I use ", "the ", "key ", KEY[:9], KEY[9:30], KEY[30:], " for", " it", "."]
    events = [wire(one) for one in WIRES[api][0]({"text": pieces, "reasoning": [], "tool_call": []}, Random(1))]
    masked = MaskedEvents(masks(), [])
    written = [piece for at, event in enumerate(events) for piece in masked.feed(float(at), event)] + masked.finish()
    assert [at for at, _ in written] == [float(at) for at in range(len(events))]
    first = next(at for at, event in enumerate(events) if b"I use" in event)
    changed = {at for at, (event, (_, data)) in enumerate(zip(events, written, strict=True)) if event != data}
    spelled = {at for at in range(first + 3, first + 6)}
    assert spelled - {first + 3} <= changed
    assert changed - spelled <= {at for at, event in enumerate(events) if KEY.encode() in event}
    assert b"[masked ~64]" in written[first + 5][1]


@every_api
def test_a_stream_that_breaks_inside_a_secret_does_not_show_its_rest(api: str) -> None:
    body = wire(*WIRES[api][0]({"text": ["the key ", KEY[:25], KEY[25:]], "reasoning": [], "tool_call": []}, Random(1)))
    at = body.index(KEY[25:].encode())
    for end in range(at, at + len(KEY) - 25 + 2):
        tape = taped(body[:end], 50)
        assert KEY[25:36].encode() not in tape
        assert b"the key " in tape


@every_api
async def test_what_was_recorded_with_a_spelled_secret_plays(api: str, tmp_path: Path) -> None:
    said: Said = {
        "text": list(f"Use {KEY} so."),
        "reasoning": ["Hm."],
        "tool_call": cut(json.dumps({"key": TOKEN}), [9, 20]),
    }
    body = wire(*WIRES[api][0](said, Random(3))) + (b"data: [DONE]\n\n" if api == "openai-chat" else b"")
    asked = Request(model="neutral-1", messages=(prompt(),))
    async with FaultServer(Answer(body=body, chunk=11)) as server:
        recorder = Recorder(tmp_path / "tape", api=api, masks=masks())
        provider = adapter(api, server.url, transport=recorder)
        live, _ = await drain(provider, asked)
        await provider.aclose()
    assert KEY in repr(live) or KEY[20:] in "".join(getattr(event, "text", "") for event in live)
    provider = adapter(api, "http://nowhere.invalid", key="", transport=Replay(tmp_path / "tape"))
    events, error = await drain(provider, asked)
    await provider.aclose()
    assert error is None
    assert type(events[-1]) is type(live[-1])
    parts = [event.part for event in events if isinstance(event, PartClose)]
    (call,) = [part for part in parts if hasattr(part, "arguments")]
    assert json.loads(getattr(call, "arguments")) == {"key": "ghp_…[masked ~64]"}  # noqa: B009
    texts = "".join(getattr(part, "text", "") for part in parts if type(part).__name__ == "TextPart")
    assert texts == "Use sk-ant-…[masked ~64] so."
    (exchange,) = read_tape(tmp_path / "tape").exchanges
    assert exchange.end == "whole"


@pytest.mark.parametrize(
    "body", [b"data: {\n\n", b"data: [1]\n\n", b"data\n\n", b"\n\n\n", b"data: {}\r\rdata: {}\r\n\r\n"]
)
def test_odd_events_are_written_as_they_came(body: bytes) -> None:
    assert taped(body, 3) == body
    assert taped(body + b": \xff sk-" + b"ant-" + b"a1" * 20, 3).startswith(body + b": \xff sk-ant-...[masked")


@pytest.mark.parametrize(
    "value", [None, 7, "x", [], [None], [7], {}, [{"delta": 7}], [{"delta": {"tool_calls": [7, {}]}}]]
)
def test_shapes_that_no_adapter_knows_pass(value: object) -> None:
    for key in ("choices", "delta", "content_block", "item"):
        for kind in ("content_block_delta", "content_block_start", "response.output_item.added", "response.x.delta", 7):
            body = wire({"type": kind, "index": "x", "output_index": None, key: value}, named=False)
            assert taped(body, 30) == body


def test_a_secret_in_the_structure_of_an_event_is_masked_and_the_event_stays_one() -> None:
    tape = taped(wire({"type": "ping", "x-api-key": "abcdefghijklmnop0123456789", KEY: 1}), 9)
    (found,) = map(json.loads, EventDecoder().feed(tape))
    assert found == {"type": "ping", "x-api-key": "…[masked ~32]", "sk-ant-…[masked ~64]": 1}


@every_api
def test_the_answers_that_were_recorded_for_the_tests_stay_as_they_are(api: str) -> None:
    for size in (1, 37, 10_000):
        assert taped(recorded(api), size) == recorded(api)
