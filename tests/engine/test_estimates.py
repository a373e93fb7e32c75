"""What a prompt may cost: sizes, ranges, and None where nobody knows."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripts import REFERENCE, ScriptedModels, call, scripted, text, usage
from tui.engine.session import Session
from tui.engine.window.estimates import FIRST_ANSWER, FIRST_TURN, IMAGE_TOKENS, Estimate, estimate, tokens_of
from tui.messages import Usage
from tui.providers.base import ToolSchema
from tui.providers.models import Directory, ProviderConfig
from tui.state import SessionState

OpenSession = Callable[..., Awaitable[Session]]
TOOL = ToolSchema(name="read", description="Reads a file.", parameters='{"type": "object"}')
KNOWN = "anthropic/claude-sonnet-4-5"


class Priced(ScriptedModels):
    """One dollar a thousand tokens in, ten a thousand out."""

    def price(self, reference: str, usage: Usage) -> float | None:
        return usage.input_tokens / 1_000 + usage.output_tokens / 100


def cost(tokens_in: int, tokens_out: int) -> float:
    return pytest.approx(tokens_in / 1_000 + tokens_out / 100)  # type: ignore[return-value]


def fresh(prompt: str, **more: Any) -> Estimate:
    return estimate(Priced({}), REFERENCE, prompt, **more)


def test_a_fresh_session_holds_its_instructions_its_tools_and_the_prompt() -> None:
    bare = fresh("")
    assert bare.tokens_in > 100  # what every session is told
    assert fresh("x" * 4000).tokens_in == bare.tokens_in + 1000
    assert fresh("", images=2).tokens_in == bare.tokens_in + 2 * IMAGE_TOKENS
    assert fresh("", tools=(TOOL,)).tokens_in > bare.tokens_in


def test_without_tools_it_is_one_request_and_with_them_several_which_read_what_was_said_before() -> None:
    short, long = FIRST_ANSWER
    bare = fresh("Hello")
    assert (bare.requests, bare.low, bare.high) == (1, cost(bare.tokens_in, short), cost(bare.tokens_in, long))
    tooled = fresh("Hello", tools=(TOOL,))
    inputs = sum(tooled.tokens_in + i * long for i in range(FIRST_TURN))
    assert (tooled.requests, tooled.high) == (FIRST_TURN, cost(inputs, FIRST_TURN * long))


def test_the_caller_may_know_better_how_long_answers_are() -> None:
    found = fresh("Hello", answer=(1, 2))
    assert (found.low, found.high) == (cost(found.tokens_in, 1), cost(found.tokens_in, 2))


async def test_a_session_is_as_large_as_its_provider_last_counted(session: OpenSession) -> None:
    opened = await session(scripted([text("Hi."), usage(5_000, 60)])[0])
    opened.submit("Hello")
    await opened.rest()
    assert fresh("y" * 40, state=opened.state).tokens_in == 5_060 + 10


async def test_a_session_that_was_not_counted_is_as_large_as_its_texts(session: OpenSession) -> None:
    opened = await session(scripted([text("z" * 4_000)])[0])
    before = fresh("", state=opened.state).tokens_in
    opened.submit("x" * 400)
    await opened.rest()
    assert fresh("", state=opened.state).tokens_in == before + 1_100


async def test_how_long_answers_and_turns_are_is_learned_from_the_session(session: OpenSession) -> None:
    look = call("read", {"path": "notes.txt"})
    turn = [[look, usage(900, 100)], [look, usage(900, 200)], [text("."), usage(900, 300)]]
    opened = await session(scripted(*turn * 4)[0])
    for _ in range(4):
        opened.submit("Go")
        await opened.rest()
    found = fresh("", state=opened.state, tools=(TOOL,))
    assert (found.requests, found.low) == (3, cost(found.tokens_in, 100))
    assert found.high == cost(3 * found.tokens_in + 3 * 300, 3 * 300)


@pytest.mark.parametrize("reference", ["nobody/model", "work/large", "ollama/qwen3", "offline/tour"])
def test_an_unknown_price_is_none_and_never_nothing(reference: str) -> None:
    work = ProviderConfig(name="work", api="openai", base_url="http://127.0.0.1:9/v1")
    found = estimate(Directory([work]), reference, "Hello")
    assert (found.low, found.high) == (None, None)
    assert found.tokens_in > 0


def test_a_known_model_has_a_range() -> None:
    found = estimate(Directory(), KNOWN, "Hello", tools=(TOOL,))
    assert found.low is not None and found.high is not None
    assert 0 < found.low < found.high < 1


@given(prompt=st.text(), images=st.integers(0, 9), tools=st.sampled_from([(), (TOOL,), (TOOL, TOOL)]))
def test_more_never_costs_less_and_low_is_never_above_high(
    prompt: str, images: int, tools: tuple[ToolSchema, ...]
) -> None:
    found, more = fresh(prompt, images=images, tools=tools), fresh(prompt + "?" * 40, images=images + 1, tools=tools)
    assert found.low is not None and found.high is not None and more.low is not None and more.high is not None
    assert 0 < found.low <= found.high
    assert (more.tokens_in, more.low, more.high) > (found.tokens_in, found.low, found.high)


@pytest.mark.parametrize(("words", "tokens"), [("", 0), ("x" * 400, 100), ("世" * 300, 200), ("x" * 40 + "é" * 15, 20)])
def test_other_scripts_take_more_tokens(words: str, tokens: int) -> None:
    assert tokens_of(words) == tokens


def test_it_leaves_the_state_alone() -> None:
    state = SessionState("s")
    before = repr(state)
    fresh("Hello", state=state)
    assert repr(state) == before
