"""Calls and tools that are not as they should be: each gets one end, and a sentence for the model and the person."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.odd_tools import Arguments, ended, opened
from tests.engine.test_break import assert_whole
from tests.scripts import ScriptedModels, ScriptedProvider, call, cut, eventually, scripted, text
from tui.engine.calls import driven as driving
from tui.engine.calls import permit
from tui.engine.calls.approvals import strict_json
from tui.engine.calls.output import KEPT
from tui.engine.calls.permit import MOST_ARGUMENTS
from tui.engine.session import Session
from tui.engine.window.context import history
from tui.errors import ToolError
from tui.events import ToolEnded
from tui.messages import StopReason, TextDisplay, TextPart, ToolCallPart, ToolResultPart, Usage
from tui.providers import anthropic, openai, openai_chat
from tui.providers.base import Finish, PartChunk, PartClose, PartOpen, Request, StreamEvent
from tui.providers.scripted import Step
from tui.state import CallState, fold
from tui.store.store import Store
from tui.tools.base import ToolContext, ToolResult


async def check(session: Session, store: Store) -> None:
    """Everything has one end, on disk as in memory, and goes over every wire as UTF-8."""
    await store.settle()
    entries = await store.load(session.id)
    assert_whole(entries)
    assert fold(session.id, entries) == session.state
    ends = Counter(entry.event.call_id for entry in entries if isinstance(entry.event, ToolEnded))
    assert ends == Counter(session.state.calls.keys())
    request = Request(model="m", messages=history(session.state))
    for body in (
        anthropic.body(request, "anthropic"), openai.body(request, "openai"),
        openai_chat.body(request, "openai", at_openai=True),
    ):  # fmt: skip
        json.dumps(body, ensure_ascii=False).encode()


def told(state: CallState) -> str:
    assert state.ended is not None
    return state.ended.text


# --- calls


REFUSED = {
    "unknown tool": ("fly", "{}", "There is no tool named 'fly'. The tools are: fine"),
    "a name without end": ("x" * 100_000, "{}", "There is no tool named 'xxx"),
    "a field that is none": ("fine", '{"speed": 1}', "The arguments do not fit fine: speed: Extra inputs"),
    "a wrong type": ("fine", '{"number": "many"}', "The arguments do not fit fine: number: Input should be"),
    "many faults": ("fine", json.dumps({f"f{n}": 0 for n in range(9999)}), "The arguments do not fit fine: f0: Extra"),
    "a key that stands twice": ("fine", '{"text": "a", "text": "b"}', "the key 'text' stands in it twice"),
    "a list": ("fine", "[1]", "not a JSON object"),
    "no JSON": ("fine", "text=1", "The arguments are not JSON"),
    "JSON that was cut": ("fine", '{"text": "rm -rf build/x', "The arguments are not JSON"),
    "a number that is none": ("fine", '{"number": NaN}', "NaN is not a JSON value"),
    "nesting without end": ("fine", "[" * 200_000, "The arguments are not JSON"),
}


class Lumps(ScriptedProvider):
    """Sends one call in big chunks, as no model but some server might, and plays its script after that."""

    def __init__(self, arguments: str, *script: Step) -> None:
        super().__init__(script)
        self._arguments = arguments

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        arguments, self._arguments = self._arguments, ""
        if not arguments:
            async for event in super().stream(request):
                yield event
            return
        yield PartOpen(0, "tool_call", "fine", "big")
        for start in range(0, len(arguments), 65536):
            yield PartChunk(0, arguments[start : start + 65536])
            await asyncio.sleep(0)
        yield PartClose(0, ToolCallPart(call_id="big", name="fine", arguments=arguments))
        yield Finish(StopReason.TOOL_USE, Usage())


@pytest.mark.parametrize("sort", REFUSED)
async def test_a_call_that_cannot_run_is_refused_with_a_sentence_and_nothing_runs(
    store: Store, tmp_path: Path, sort: str
) -> None:
    name, arguments, sentence = REFUSED[sort]
    models, provider = scripted([call(name, arguments), call("fine", {"number": 1})], [text("I see.")])
    async with opened(store, tmp_path, models) as (_, session):
        session.submit("Go")
        refused, good = await ended(session)
        assert (refused.phase, refused.started_at, good.phase) == ("error", None, "ok")
        assert sentence in told(refused)
        assert len(told(refused)) < 2_200
        assert session.state.turns[-1].outcome == "done", "the rest of the turn goes on"
        results = [part for part in provider.requests[1].messages[-1].parts if isinstance(part, ToolResultPart)]
        assert [(part.is_error, part.text) for part in results] == [(True, told(refused)), (False, "fine 1")]
        await check(session, store)


@pytest.mark.parametrize("length", [1_900_000, 10_000_000])
async def test_arguments_without_end_hold_up_nobody_and_have_a_clear_result(
    store: Store, tmp_path: Path, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[tuple[bool, int]] = []

    def parse(arguments: str) -> Any:
        parsed.append((threading.current_thread() is threading.main_thread(), len(arguments)))
        return strict_json(arguments)

    monkeypatch.setattr(permit, "strict_json", parse)
    provider = Lumps(json.dumps({"text": "x" * length}), [text("Long.")])
    async with opened(store, tmp_path, ScriptedModels({"scripted": provider})) as (_, session):
        session.submit("Go")
        (only,) = await ended(session)
        expected = "fine 0" if length < MOST_ARGUMENTS else f"{MOST_ARGUMENTS:,} at most are taken. Nothing was run."
        assert told(only).endswith(expected)
        assert len(told(only)) < 200
        assert [(here, size > permit.LONG) for here, size in parsed] == [(False, True)] * (length < MOST_ARGUMENTS), (
            "what is long is parsed in a thread, and what is too long not at all"
        )
        await check(session, store)


async def test_a_call_that_was_cut_is_never_run_and_the_model_is_told(store: Store, tmp_path: Path) -> None:
    models, provider = scripted(
        [text("Now."), call("fine", '{"number": 7, "text": "ha', cut())], [text("Again, whole.")]
    )
    async with opened(store, tmp_path, models) as (_, session):
        session.submit("Go")
        assert await ended(session) == []
        assert session.state.turns[-1].outcome == "failed"
        assert "cut" in session.state.turns[-1].error
        session.carry_on()
        await session.rest()
        words = [part.text for message in provider.requests[1].messages for part in message.parts if
                 isinstance(part, TextPart)]  # fmt: skip
        assert "[Your call of fine was cut off before its arguments were whole. It was not run.]" in words
        await check(session, store)


async def test_an_id_that_comes_twice_stands_for_two_calls(store: Store, tmp_path: Path) -> None:
    models, provider = scripted(
        [call("fine", {"number": 1}, call_id="same"), call("fine", {"number": 2}, call_id="same")],
        [call("fine", {"number": 3}, call_id="same"), call("fine", {"number": 4}, call_id="")],
        [text("Four.")],
    )
    async with opened(store, tmp_path, models) as (_, session):
        session.submit("Go")
        calls = await ended(session)
        assert [told(one) for one in calls] == ["fine 1", "fine 2", "fine 3", "fine 4"]
        assert len({one.call_id for one in calls}) == 4
        for request, numbers in zip(provider.requests[1:], ((1, 2), (3, 4)), strict=True):
            results = [part for part in request.messages[-1].parts if isinstance(part, ToolResultPart)]
            assert [part.text for part in results] == [f"fine {number}" for number in numbers]
        await check(session, store)


@pytest.mark.parametrize("kind", ["coroutines", "threads"])
async def test_hundreds_of_calls_in_one_step_all_end_and_share_the_threads(
    store: Store, tmp_path: Path, kind: str
) -> None:
    def plain(args: Arguments, ctx: ToolContext) -> ToolResult:
        return ToolResult(text=f"fine {args.number}")

    name = "fine" if kind == "coroutines" else "plain"
    models, _ = scripted([call(name, {"number": number}) for number in range(300)], [text("Many.")])
    async with opened(store, tmp_path, models, plain=plain) as (workspace, session):
        session.submit("Go")
        calls = await ended(session)
        assert [told(one) for one in calls] == [f"fine {number}" for number in range(300)]
        facts = workspace.bridge.facts()
        assert facts.workers <= facts.size
        await check(session, store)


# --- tools


@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_text_that_no_encoding_takes_is_made_sound(store: Store, tmp_path: Path, kind: str) -> None:
    odd = ToolResult(text="a\ud800b\0c\ud83e\udd8a", display=(TextDisplay(text="\udfff", title="\0"),))

    async def returns(args: Arguments, ctx: ToolContext) -> ToolResult:
        ctx.output("shown \udcff\0")
        return odd

    def plain(args: Arguments, ctx: ToolContext) -> ToolResult:
        ctx.output("shown \udcff\0")
        return odd

    async def fails(args: Arguments, ctx: ToolContext) -> ToolResult:
        raise ToolError("no \ud800 here")

    models, _ = scripted([call("odd", {}), call("fails", {})], [text("Odd.")])
    async with opened(store, tmp_path, models, odd=returns if kind == "async" else plain, fails=fails) as (_, session):
        session.submit("Go")
        first, second = await ended(session)
        assert (told(first), told(second)) == ("a\ufffdb\ufffdc🦊", "no \ufffd here")
        assert first.ended is not None
        assert first.ended.display == (TextDisplay(text="\ufffd", title="\ufffd"),)
        await check(session, store)


class Mute(Exception):
    """Has no words."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


RAISED: list[Callable[[], BaseException]] = [
    lambda: SystemExit(3), lambda: GeneratorExit(), lambda: asyncio.CancelledError("mine"),
    lambda: BaseExceptionGroup("both", [SystemExit(1), ValueError("x")]), lambda: StopIteration(1),
    lambda: StopAsyncIteration(), lambda: TimeoutError("its own"), Mute, lambda: RecursionError("deep"),
    lambda: MemoryError(), lambda: ValueError("y" * 1_000_000),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(RAISED)))
@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_whatever_a_tool_raises_its_call_alone_fails(
    store: Store, tmp_path: Path, kind: str, number: int
) -> None:
    async def odd(args: Arguments, ctx: ToolContext) -> ToolResult:
        await asyncio.sleep(0)
        raise RAISED[number]()

    def plain(args: Arguments, ctx: ToolContext) -> ToolResult:
        raise RAISED[number]()

    models, _ = scripted([call("odd", {}), call("fine", {})], [text("Odd.")])
    async with opened(store, tmp_path, models, odd=odd if kind == "async" else plain) as (_, session):
        session.submit("Go")
        failed, good = await ended(session)
        assert (failed.phase, good.phase) == ("error", "ok")
        assert told(failed).startswith("odd failed: ")
        assert len(told(failed)) < 5_000
        assert session.state.turns[-1].outcome == "done"
        await check(session, store)


@pytest.mark.parametrize("result", [None, "text", 7])
async def test_a_tool_that_returns_no_result_has_failed(store: Store, tmp_path: Path, result: Any) -> None:
    models, _ = scripted([call("odd", {})], [text("Odd.")])
    async with opened(store, tmp_path, models, odd=lambda args, ctx: result) as (_, session):
        session.submit("Go")
        (failed,) = await ended(session)
        assert f"it returned {type(result).__name__} and no result" in told(failed)


# --- tools that do not end


async def swallow(args: Arguments, ctx: ToolContext) -> ToolResult:
    """Goes on after every cancellation."""
    ctx.output("here to stay")
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            ctx.output(", still here")


async def swallow_all(args: Arguments, ctx: ToolContext) -> ToolResult:
    """Goes on after being closed, too."""
    while True:
        try:
            await asyncio.sleep(600)
        except BaseException:  # noqa: BLE001 - on purpose
            continue


@pytest.mark.parametrize("tool", [swallow, swallow_all])
async def test_a_tool_that_swallows_its_interrupt_is_left(
    store: Store, tmp_path: Path, tool: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "GRACE", 0.05)
    models, _ = scripted([call("stay", {})], [text("On.")])
    async with opened(store, tmp_path, models, stay=tool) as (_, session):
        session.submit("Go")
        await eventually(lambda: any(one.started_at for one in session.state.calls.values()))
        session.interrupt()
        (left,) = await ended(session)
        assert left.phase == "cancelled"
        assert session.state.turns[-1].outcome == "interrupted"
        await check(session, store)


async def test_a_tool_that_swallows_its_time_limit_is_left_and_the_turn_goes_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "GRACE", 0.05)
    models, _ = scripted([call("stay", {})], [text("On.")])
    async with opened(store, tmp_path, models, timeout=0.05, stay=swallow) as (_, session):
        session.submit("Go")
        (left,) = await ended(session)
        assert left.phase == "timed_out"
        assert "stay did not end within 0.05 s" in told(left)
        assert session.state.turns[-1].outcome == "done"


async def test_a_tool_with_time_limits_of_its_own_is_not_taken_for_one_that_stays(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "GRACE", 0.02)

    async def tries(args: Arguments, ctx: ToolContext) -> ToolResult:
        for _ in range(5):
            try:
                async with asyncio.timeout(0.03):
                    await asyncio.sleep(600)
            except TimeoutError:
                continue
        await asyncio.sleep(0.06)
        return ToolResult(text="tried")

    models, _ = scripted([call("tries", {})], [text("On.")])
    async with opened(store, tmp_path, models, tries=tries) as (_, session):
        session.submit("Go")
        (only,) = await ended(session)
        assert told(only) == "tried"


async def test_more_plain_tools_that_hang_than_threads_do_not_stop_the_rest(store: Store, tmp_path: Path) -> None:
    gate = threading.Event()

    def hang(args: Arguments, ctx: ToolContext) -> ToolResult:
        gate.wait()
        return ToolResult(text="back")

    def plain(args: Arguments, ctx: ToolContext) -> ToolResult:
        ctx.output("seen")
        return ToolResult(text="fine, too")

    many, before = 30, sum(thread.name == "bridge" for thread in threading.enumerate())
    models, _ = scripted([call("hang", {})] * many, [call("plain", {})], [text("On.")])
    async with opened(store, tmp_path, models, timeout=0.1, hang=hang, plain=plain) as (workspace, session):
        try:
            session.submit("Go")
            *hung, last = await ended(session)
            assert [one.phase for one in hung] == ["timed_out"] * many
            assert told(last) == "fine, too"
            facts = workspace.bridge.facts()
            assert 0 < len(facts.lost) <= many, "what was never begun was never lost"
            assert {lost.name for lost in facts.lost} == {"hang"}
            alive = sum(thread.name == "bridge" for thread in threading.enumerate())
            assert alive - before <= facts.workers + len(facts.lost)
            await eventually(lambda: "hang (hang, " in workspace.bridge.facts().told)
            await check(session, store)
        finally:
            gate.set()
        await eventually(lambda: not workspace.bridge.facts().lost)
        assert workspace.bridge.facts().told == ""


async def test_a_call_that_is_stopped_keeps_its_long_output(store: Store, tmp_path: Path) -> None:
    said = "".join(f"line {number}\n" for number in range(30_000))

    async def talk(args: Arguments, ctx: ToolContext) -> ToolResult:
        await ctx.spool.add(said)
        await asyncio.Event().wait()
        raise AssertionError

    models, _ = scripted([call("talk", {})])
    async with opened(store, tmp_path, models, talk=talk) as (_, session):
        session.submit("Go")
        await eventually(lambda: any(one.output for one in session.state.calls.values()))
        session.interrupt()
        (stopped,) = await ended(session)
        assert stopped.phase == "cancelled" and stopped.ended is not None
        kept = [await store.kept(piece.hash) for piece in stopped.ended.pieces]
        assert b"".join(kept).decode() == said
        assert stopped.ended.output_bytes == len(said) > 2 * KEPT
        assert told(stopped).endswith("line 29999\n")
        assert f"job_output with id '{stopped.call_id}' reads all of it" in told(stopped)
        await check(session, store)
