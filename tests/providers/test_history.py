"""What goes out to each API: a history it takes, whatever happened in the session, with what it must see again."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults import Answer, FaultServer
from tests.scripts import called, drain, image, prompt, results, said
from tests.wires import APIS, Bytes, adapter, recorded
from tui.messages import ImagePart, Message, Part, ReasoningPart, TextPart, ToolCallPart, ToolResultPart
from tui.providers import anthropic, openai, openai_chat
from tui.providers.base import Finish, PartClose, Request, ToolSchema
from tui.providers.history import RAW, arguments_object, arguments_text, tidy, wire_id, wire_name

Body = dict[str, Any]
TOOLS = (
    ToolSchema(name="read", description="To read.", parameters='{"type": "object"}'),
    ToolSchema(name="list", description="To list.", parameters='{"type": "object"}'),
)
every_api = pytest.mark.parametrize("api", APIS)


def body_of(api: str, *messages: Message, provider: str = "neutral", model: str = "neutral-1", **options: Any) -> Body:
    request = Request(model=model, messages=messages, **options)
    match api:
        case "anthropic":
            return anthropic.body(request, provider)
        case "openai":
            return openai.body(request, provider)
        case _:
            return openai_chat.body(request, provider, at_openai=False)


# --- any history becomes one that every API takes

_texts = st.text(st.characters(exclude_categories=()), max_size=12)
_ids = st.integers(0, 10_000).map(lambda number: f"call_{number}")
_data = st.none() | st.sampled_from(
    [("neutral", '{"model": "neutral-1", "signature": "s", "encrypted": "e", "field": "reasoning_content"}'),
     ("neutral", '{"model": "older", "signature": "s"}'), ("other", "{}"), ("neutral", "not json"), ("neutral", "[]")]
)  # fmt: skip


def _assistant(ids: list[str]) -> st.SearchStrategy[Message]:
    calls = [
        st.builds(ToolCallPart, call_id=st.just(i), name=_texts, arguments=_texts | st.just('{"a": 1}')) for i in ids
    ]
    other = st.builds(TextPart, text=_texts) | st.builds(ReasoningPart, text=_texts, provider_data=_data)
    return st.lists(other, max_size=3).flatmap(
        lambda parts: st.tuples(*calls).map(lambda made: Message(role="assistant", parts=(*parts, *made)))
    )


_images = st.builds(ImagePart, media_type=st.just("image/png"), data=st.just("AAAA"))
_results = st.builds(
    ToolResultPart, call_id=_ids, text=_texts, is_error=st.booleans(), images=st.lists(_images, max_size=1).map(tuple)
)
_user = st.lists(st.builds(TextPart, text=_texts) | _images | _results, max_size=4).map(
    lambda parts: Message(role="user", parts=tuple(parts))
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Message, ...]:
    """Messages in any order; call ids are unique, as the engine makes them, and some get their results at once."""
    free = draw(st.lists(_ids, unique=True, max_size=6))
    messages: list[Message] = []
    for _ in range(draw(st.integers(0, 6))):
        if draw(st.booleans()):
            messages.append(draw(_user))
            continue
        mine, free = free[:2], free[2:]
        messages.append(draw(_assistant(mine)))
        if draw(st.booleans()):
            answers = (ToolResultPart(call_id=call_id, text=draw(_texts)) for call_id in mine)
            messages.append(Message(role="user", parts=tuple(answers)))
    return tuple(messages)


@given(histories())
def test_roles_alternate_between_two_users_and_every_call_has_one_result_right_after_it(
    history: tuple[Message, ...],
) -> None:
    tidied = tidy(history)
    assert [message.role for message in tidied] == ["user", "assistant"] * (len(tidied) // 2) + ["user"]
    for before, message in zip([None, *tidied], tidied, strict=False):
        assert message.parts
        assert not any(isinstance(part, TextPart) and not part.text.strip() for part in message.parts)
        assert not isinstance(message.parts[-1], ReasoningPart)
        wanted = [part.call_id for part in before.parts if isinstance(part, ToolCallPart)] if before else []
        answers = [part.call_id for part in message.parts if isinstance(part, ToolResultPart)]
        assert answers == (wanted if message.role == "user" else [])
        leading = message.parts[: len(answers)]
        assert all(isinstance(part, ToolResultPart) for part in leading)


@given(histories())
def test_tidying_loses_no_words_and_a_second_time_changes_nothing(history: tuple[Message, ...]) -> None:
    tidied = tidy(history)
    assert tidy(tidied) == tidied
    kept = "\0".join(_words(tidied))
    assert all(text in kept for text in _words(history) if text.strip())


def _words(messages: Any) -> Iterator[str]:
    for message in messages:
        for part in message.parts:
            if isinstance(part, TextPart | ToolResultPart):
                yield part.text


@given(histories())
def test_anthropic_gets_calls_and_results_side_by_side(history: tuple[Message, ...]) -> None:
    wire = body_of("anthropic", *history, tools=TOOLS)
    messages = wire["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] * (len(messages) // 2) + ["user"]
    for before, message in zip([{"content": []}, *messages], messages, strict=False):
        used = [block["id"] for block in before["content"] if block["type"] == "tool_use"]
        given_ = [block["tool_use_id"] for block in message["content"] if block["type"] == "tool_result"]
        assert given_ == (used if message["role"] == "user" else [])
        assert [block["type"] for block in message["content"][: len(given_)]] == ["tool_result"] * len(given_)
        for block in message["content"]:
            assert block["type"] != "text" or block["text"].strip()
            assert block["type"] != "tool_use" or isinstance(block["input"], dict)
    assert json.dumps(wire).count('"cache_control"') <= 4  # the API's limit


@given(histories())
def test_openai_gets_every_call_with_its_output(history: tuple[Message, ...]) -> None:
    items = body_of("openai", *history, tools=TOOLS)["input"]
    made = [item["call_id"] for item in items if item["type"] == "function_call"]
    given_ = [item["call_id"] for item in items if item["type"] == "function_call_output"]
    assert sorted(made) == sorted(given_) and len(set(made)) == len(made)
    announced: set[str] = set()
    for item in items:
        if item["type"] == "function_call":
            announced.add(item["call_id"])
            assert isinstance(json.loads(item["arguments"]), dict)
        if item["type"] == "function_call_output":
            assert item["call_id"] in announced and item["output"]
    assert items[-1]["type"] in ("message", "function_call_output")


@given(histories())
def test_chat_completions_get_tool_messages_right_after_their_calls(history: tuple[Message, ...]) -> None:
    messages = body_of("openai-chat", *history, tools=TOOLS)["messages"]
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop(0) and message["content"]
            continue
        assert waiting == []
        waiting = [call["id"] for call in message.get("tool_calls", ())]
        for call in message.get("tool_calls", ()):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
        assert message["content"] or waiting
    assert waiting == [] and messages[-1]["role"] in ("user", "tool")


@every_api
async def test_half_characters_go_out_as_valid_text(api: str) -> None:
    history = (prompt("odd \ud83d name"), said(called("a\udc00", "re\ud800ad", '{"p": "\udfff"}')), results(x="\ud800"))
    async with FaultServer(Answer(body=recorded(api))) as server:
        provider = adapter(api, server.url)
        events, error = await drain(provider, Request(model="neutral-1", messages=history, system="\ud800 ok"))
        await provider.aclose()
    assert error is None and isinstance(events[-1], Finish)
    assert "odd ? name" in json.dumps(json.loads(server.asked[0].body.decode("utf-8")))


# --- calls and their names


@given(_texts)
def test_arguments_are_an_object_on_every_wire_and_no_text_of_theirs_is_lost(raw: str) -> None:
    value = arguments_object(raw)
    assert value == {} if not raw.strip() else isinstance(value, dict)
    assert json.loads(arguments_text(raw)) == value
    if RAW in value:
        assert value[RAW] == raw


@pytest.mark.parametrize("raw", ['{"a": 1}', '{ "a":1,\n "ü": [null] }', '{"big": 123456789012345678901234567890}'])
def test_arguments_that_are_sound_go_back_as_they_came(raw: str) -> None:
    assert arguments_text(raw) == raw


@pytest.mark.parametrize("raw", ['{"a": ', "[1]", '"x"', "NaN", '{"a": NaN}', "[" * 100_000, "null"])
def test_arguments_that_are_none_go_back_whole_and_marked(raw: str) -> None:
    assert arguments_object(raw) == {RAW: raw}


@given(_texts, _texts)
def test_ids_and_names_fit_every_api_and_stay_apart(one: str, other: str) -> None:
    for text in (one, other, one * 40):
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wire_id(text))
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", wire_name(text))
    assert (wire_id(one) == wire_id(other)) == (one.encode(errors="replace") == other.encode(errors="replace"))


# --- hints for the cache


def marked(wire: Body) -> list[str]:
    """Where Anthropic's cache marks stand."""
    found = [f"tool {tool['name']}" for tool in wire.get("tools", ()) if "cache_control" in tool]
    found += ["system" for block in wire.get("system", ()) if "cache_control" in block]
    for number, message in enumerate(wire["messages"]):
        found += [f"{number}.{i}" for i, block in enumerate(message["content"]) if "cache_control" in block]
    return found


def test_anthropic_is_told_to_cache_tools_system_and_the_last_two_user_messages() -> None:
    history = [prompt("one", image()), said("two"), prompt("three"), said(called("a", "read", "{}")), results(a="four")]
    assert marked(body_of("anthropic", *history, tools=TOOLS, system="You are.")) == [
        "tool list",
        "system",
        "2.0",
        "4.0",
    ]
    assert marked(body_of("anthropic", history[0])) == ["0.1"]


def test_each_request_finds_the_mark_of_the_one_before() -> None:
    """A cache is read up to a mark that was written earlier: so the older of the two marks must stay where it was."""
    turn = [
        prompt("one"),
        said("two"),
        prompt("three"),
        said(called("a", "read", "{}")),
        results(a="four"),
        said("five"),
    ]
    longer = [*turn, prompt("six")]
    for end in (1, 3, 5):
        before, after = body_of("anthropic", *longer[:end]), body_of("anthropic", *longer[: end + 2])
        assert marked(before)[-1] == marked(after)[-2]
        assert _plain(before["messages"]) == _plain(after["messages"])[: len(before["messages"])]


def _plain(messages: list[Body]) -> list[Any]:
    return [[{k: v for k, v in block.items() if k != "cache_control"} for block in m["content"]] for m in messages]


def test_openais_cache_key_is_that_of_the_conversation() -> None:
    def key(*messages: Message, system: str = "You are.") -> str:
        return body_of("openai", *messages, system=system)["prompt_cache_key"]

    first = prompt("one")
    assert key(first) == key(first, said("two"), prompt("three"))
    assert len({key(first), key(prompt("other")), key(first, system="Else.")}) == 3


# --- what a provider must see again, and others must not


async def answered(api: str) -> tuple[Part, ...]:
    """The parts of the recorded answer, as this adapter made them."""
    provider = adapter(api, transport=Bytes(recorded(api)))
    events, _ = await drain(provider, Request(model="neutral-1", messages=(prompt(),)))
    return tuple(event.part for event in events if isinstance(event, PartClose))


def round_trip(parts: tuple[Part, ...]) -> tuple[Message, ...]:
    answers = tuple(ToolResultPart(call_id=p.call_id, text="ok") for p in parts if isinstance(p, ToolCallPart))
    return (prompt(), Message(role="assistant", parts=parts), Message(role="user", parts=answers))


SEEN_AGAIN: dict[str, Callable[[Body], Any]] = {
    "anthropic": lambda wire: [b for b in wire["messages"][1]["content"] if "thinking" in b["type"]],
    "openai": lambda wire: [item for item in wire["input"] if item["type"] == "reasoning"],
    "openai-chat": lambda wire: [m[f] for m in wire["messages"] for f in ("reasoning_content", "reasoning") if f in m],
}


@every_api
async def test_reasoning_goes_back_sealed_to_the_model_that_made_it(api: str) -> None:
    parts = await answered(api)
    thought = next(part for part in parts if isinstance(part, ReasoningPart))
    assert thought.provider_data is not None
    sent = SEEN_AGAIN[api](body_of(api, *round_trip(parts)))
    assert len(sent) == sum(isinstance(part, ReasoningPart) for part in parts)
    sealed = json.loads(thought.provider_data[1])
    match api:
        case "anthropic":
            assert sent[0] == {"type": "thinking", "thinking": thought.text, "signature": sealed["signature"]}
        case "openai":
            assert sent[0]["encrypted_content"] == sealed["encrypted"] and sent[0]["id"] == sealed["id"]
        case _:
            assert sent == [thought.text]


@every_api
@pytest.mark.parametrize("stranger", [{"provider": "another"}, {"model": "neutral-2"}], ids=["provider", "model"])
async def test_another_provider_or_model_gets_the_words_and_calls_but_not_the_reasoning(
    api: str, stranger: dict[str, str]
) -> None:
    parts = await answered(api)
    thought = next(part for part in parts if isinstance(part, ReasoningPart))
    assert thought.provider_data is not None
    for target in APIS:
        wire = body_of(target, *round_trip(parts), **stranger)
        assert SEEN_AGAIN[target](wire) == []
        written = json.dumps(wire, ensure_ascii=False)
        assert thought.text not in written
        for value in json.loads(thought.provider_data[1]).values():
            assert value in ("neutral-1", [], "reasoning_content", "reasoning") or str(value) not in written
        assert "I will look" in written and "data/ü.txt" in written


async def test_chat_reasoning_is_sent_back_only_while_its_turn_goes_on() -> None:
    parts = await answered("openai-chat")
    turn = round_trip(parts)
    assert SEEN_AGAIN["openai-chat"](body_of("openai-chat", *turn))
    assert not SEEN_AGAIN["openai-chat"](body_of("openai-chat", *turn, said("Done."), prompt("And now?")))


def test_redacted_thinking_goes_back_as_it_is() -> None:
    sealed = ReasoningPart(text="", provider_data=("neutral", '{"model": "neutral-1", "redacted": "opaque"}'))
    wire = body_of("anthropic", *round_trip((sealed, called("a", "read", "{}"))))
    assert wire["messages"][1]["content"][0] == {"type": "redacted_thinking", "data": "opaque"}


# --- failures, images, tools that are gone


def test_a_failed_call_is_marked_in_each_format() -> None:
    failed = Message(role="user", parts=(ToolResultPart(call_id="a", text="no such file", is_error=True),))
    history = (prompt(), said(called("a", "read", "{}")), failed)
    assert body_of("anthropic", *history)["messages"][-1]["content"][0]["is_error"] is True
    assert body_of("openai", *history)["input"][-1]["output"] == "Error: no such file"
    assert body_of("openai-chat", *history)["messages"][-1]["content"] == "Error: no such file"


@every_api
def test_images_of_prompts_and_results_are_sent(api: str) -> None:
    shown = Message(role="user", parts=(ToolResultPart(call_id="a", text="", images=(image(),)),))
    wire = body_of(api, prompt("look", image()), said(called("a", "read", "{}")), shown)
    assert json.dumps(wire).count(image().data) == 2


def test_tools_of_the_history_are_declared_to_anthropic_when_none_is_offered() -> None:
    history = (prompt(), said(called("a", "read", "{}"), called("b", "no such!", "{}")), results(a="1", b="2"))
    wire = body_of("anthropic", *history)
    assert [tool["name"] for tool in wire["tools"]] == ["no_such_", "read"]
    assert wire["tool_choice"] == {"type": "none"}
