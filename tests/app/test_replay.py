"""A session again, as it went: any position is the fold of what came before it, on the screen that live ones have."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import call, scripted, text, usage
from tui.app.history.playback import COPIES, GAP, Playback, copied, window
from tui.app.screens.replay import SPEEDS, ReplayScreen
from tui.events import (
    Entry,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionOpened,
    StepEnded,
    StepStarted,
    TurnEnded,
)
from tui.messages import StopReason, TextPart, Usage
from tui.state import SessionState, fold
from widgets.scrub_bar import ScrubBar

TODO = {"items": [{"text": "Read the valve", "status": "done"}, {"text": "Write the check", "status": "doing"}]}
SCRIPT = (
    [text("I read it."), call("read", {"path": "README.md"}), call("todo", TODO), usage(3000, 40)],
    [text("It opens valves."), usage(3100, 20)],
    [text("Nothing else."), usage(3200, 20)],
)


def long_session(turns: int) -> list[Entry]:
    """Ten entries a turn, as a session of one model has them."""
    entries: list[Entry] = []

    def add(*events: object) -> None:
        for event in events:
            entries.append(Entry("long", len(entries) + 1, float(len(entries)), event))  # type: ignore[arg-type]

    add(SessionOpened(workspace="/w", cwd="/w", title="long", model="m/m", slot=1))
    for n in range(turns):
        add(
            PromptSubmitted(prompt_id=f"p{n}", turn_id=f"t{n}", text=f"Prompt {n}"),
            StepStarted(step_id=f"s{n}", turn_id=f"t{n}", model="m/m"),
        )
        for k in range(3):
            part = f"a{n}.{k}"
            add(
                PartStarted(part_id=part, step_id=f"s{n}", kind="text"),
                PartEnded(part_id=part, part=TextPart(text=f"Answer {n}, part {k}.")),
            )
        add(
            StepEnded(step_id=f"s{n}", stop=StopReason.END, usage=Usage(input_tokens=9, output_tokens=9), price=0.01),
            TurnEnded(turn_id=f"t{n}", outcome="done"),
        )
    return entries


# --- the head


def test_wherever_the_head_stands_the_state_is_the_fold_of_what_came_before() -> None:
    entries, dice = long_session(200), random.Random(5)
    playback = Playback("long", entries)
    for at in [0, len(entries), 1, *(dice.randrange(len(entries) + 1) for _ in range(120))]:
        playback.seek(at)
        assert playback.at == at and playback.state == fold("long", entries[:at])


def test_a_copy_goes_on_by_itself_at_any_moment() -> None:
    entries = long_session(3)
    entries[6:6] = [Entry("long", 6, 6.0, PartDelta(part_id="a0.1", text="Ans"))]
    for at in range(len(entries)):
        state = fold("long", entries[:at])
        other = copied(state)
        fold("long", entries[at:], onto=other)
        assert state == fold("long", entries[:at]), "the first one has not moved"
        assert other == fold("long", entries)


def test_a_step_back_folds_little_of_a_long_session_from_the_nearest_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entries = long_session(5_000)
    playback = Playback("long", entries)
    assert len(playback) == 50_001
    playback.seek(len(playback))
    folded: list[int] = []

    def counted(session_id: str, some: Sequence[Entry], **how: Any) -> SessionState:
        folded.append(len(some))
        return fold(session_id, some, **how)

    monkeypatch.setattr("tui.app.history.playback.fold", counted)
    for at in (50_000, 49_999, 31_337, 31_336, 600, 3):
        folded.clear()
        playback.seek(at)
        assert sum(folded) <= len(entries) // COPIES, at
        assert playback.state == fold("long", entries[:at])


def test_long_pauses_are_short_and_time_never_runs_back() -> None:
    entries = long_session(2)
    entries[5] = Entry("long", 6, 9_000.0, entries[5].event)
    playback = Playback("long", entries)
    assert playback.times == sorted(playback.times)
    assert max(b - a for a, b in zip(playback.times, playback.times[1:], strict=False)) == GAP
    assert playback.index_at(playback.length) == len(playback) and playback.index_at(-1.0) == 0


def test_turns_are_found_both_ways_and_the_window_begins_with_one() -> None:
    playback = Playback("long", long_session(400))
    playback.seek(playback.turn_after())
    assert playback.at == 2
    playback.seek(playback.turn_after())
    assert playback.at == 12 and playback.turn_before() == 2
    first = window(playback.entries, 2_000)
    assert 1_600 < first <= 1_700 and isinstance(playback.entries[first].event, PromptSubmitted)


def test_what_was_recorded_is_woven_in_between_the_beginning_and_the_end_of_each_part() -> None:
    entries = long_session(2)
    playback = Playback("long", entries)
    playback.seek(9)
    before = playback.state
    told = {"s0": [(0.1, 0, "Answer "), (0.3, 0, "0, part 0."), (9.0, 1, "Answer 0, part 1.")]}
    assert playback.weave(told) == 3
    assert playback.state == before, "the head stays where it is"
    playback.seek(5)
    assert playback.state.parts["a0.0"].text == "Answer "
    playback.seek(len(playback))
    assert playback.state == fold("long", entries)
    assert playback.times == sorted(playback.times)


# --- the screen


def words(screen: ReplayScreen) -> str:
    return "\n".join(f"{entry.block.title} {entry.block.source}" for entry in screen.transcript.view.entries)


def facts(screen: ReplayScreen) -> str:
    return " ".join(str(segment.text) for name in ("head", "where", "status") for segment in screen.line(name)._left)


async def replayed(stage: Stage, command: str = "/replay") -> ReplayScreen:
    await stage.send(command)
    await stage.until(lambda: isinstance(stage.app.screen, ReplayScreen) and stage.app.screen.playback.at)
    assert isinstance(stage.app.screen, ReplayScreen)
    return stage.app.screen


async def worked(stage: Stage) -> None:
    await stage.send("What does it do?")
    await stage.rested()
    await stage.send("And then?")
    await stage.rested(2)


async def test_a_session_is_stepped_through_and_everything_follows_the_position(home: Path) -> None:
    async with opened_app(home, *SCRIPT) as stage:
        await worked(stage)
        screen = await replayed(stage)
        assert "What does it do?" in words(screen) and "I read it." not in words(screen)
        assert not screen.playback.state.todo and screen.playback.state.status == "running"
        await stage.press("right_square_bracket")
        await stage.until(lambda: "It opens valves." in words(screen))
        assert "And then?" in words(screen) and "Nothing else" not in words(screen)
        await stage.press("left")
        await stage.until(lambda: "And then?" not in words(screen))
        await stage.press("dollar_sign")
        await stage.until(lambda: "Nothing else" in words(screen))
        live = [entry.block for entry in stage.pane.transcript.view.entries]
        assert [entry.block for entry in screen.transcript.view.entries] == live, "the end is what the live one shows"
        for _ in range(len(screen.playback)):
            await stage.press("h")
        assert screen.playback.at == 0 and not screen.transcript.view.entries
        seen = []
        while screen.playback.at < len(screen.playback):
            await stage.press("l")
            seen.append(len(screen.playback.state.todo))
        assert seen[0] == 0 and seen[-1] == 2
        assert screen.playback.state == stage.session.state
        assert [entry.block for entry in screen.transcript.view.entries] == live
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_it_plays_at_another_speed_pauses_and_has_a_timer_only_while_it_plays(home: Path) -> None:
    async with opened_app(home, *SCRIPT) as stage:
        await worked(stage)
        screen = await replayed(stage)
        assert not screen.playing
        for _ in range(len(SPEEDS)):
            await stage.press("plus")
        assert SPEEDS[screen._speed] == 100
        await stage.press("space")
        await stage.until(lambda: screen.playback.at == len(screen.playback))
        await stage.until(lambda: not screen.playing)
        await stage.press("0", "minus", "minus", "minus", "minus", "minus", "minus", "space")
        assert screen.playing
        await stage.press("space")
        assert not screen.playing and screen._timer is None


async def test_a_recorded_session_comes_token_by_token(home: Path) -> None:
    models = AppModels({"scripted": scripted(*SCRIPT)[1]}, window=200_000)
    async with opened_app(home, models=models) as stage:
        await worked(stage)
        screen = await replayed(stage)
        assert any("part by part" in str(segment.text) for segment in screen.line("where")._right)
        await stage.press("escape")
        step = next(iter(stage.session.state.steps))
        models.recordings = {step: [(0.0, 0, "I "), (0.1, 0, "read "), (0.2, 0, "it.")]}  # type: ignore[misc]
        screen = await replayed(stage)
        await stage.until(lambda: screen._pieces == 3)
        await stage.until(lambda: any("token by token" in str(segment.text) for segment in screen.line("where")._right))
        part = next(iter(stage.session.state.parts))
        texts = []
        while "I read it." not in words(screen):
            await stage.press("right")
            if part in screen.playback.state.parts:
                texts.append(screen.playback.state.parts[part].text)
        assert {"", "I ", "I read "} <= {*texts}


async def test_a_fork_begins_at_the_position_and_the_session_is_untouched(home: Path) -> None:
    async with opened_app(home, *SCRIPT) as stage:
        await worked(stage)
        first = stage.session
        entries = len(first.log.since(0))
        screen = await replayed(stage)
        await stage.press("right_square_bracket", "left")
        point = screen.playback.state.seq
        await stage.press("f")
        await stage.until(lambda: stage.main.session is not None and stage.session.id != first.id)
        assert stage.session.state.forked_from == (first.id, point)
        assert len(stage.session.state.turns) == 1 and len(first.log.since(0)) == entries


async def test_it_begins_at_the_block_that_is_pointed_at(home: Path) -> None:
    async with opened_app(home, *SCRIPT) as stage:
        await worked(stage)
        stage.pane.transcript.focus()
        stage.pane.transcript.cursor = next(iter(stage.session.state.parts))
        await stage.press("p")
        await stage.until(lambda: isinstance(stage.app.screen, ReplayScreen) and stage.app.screen.playback.at)
        screen = stage.app.screen
        assert isinstance(screen, ReplayScreen)
        assert "I read it." in words(screen) and "It opens valves." not in words(screen)
        await stage.press("i")
        assert stage.app.screen is screen, "nothing is pointed at: nothing is inspected"


async def test_a_click_on_the_bar_goes_there_and_the_live_session_goes_on(home: Path) -> None:
    async with opened_app(home, *SCRIPT) as stage:
        await stage.send("What does it do?")
        await stage.rested()
        screen = await replayed(stage, "/replay 3")
        assert screen.playback.state.seq == 3
        ahead = len(screen.playback)
        stage.session.submit("And then?")
        await stage.until(lambda: len(stage.session.state.turns) == 2 and not stage.session.running)
        await stage.press("dollar_sign")
        await stage.until(lambda: "Nothing else" in words(screen))
        assert len(screen.playback) > ahead
        bar = screen.query_one(ScrubBar)
        await stage.pilot.click(bar, offset=(bar.size.width // 2, 0))
        await stage.until(lambda: 0 < screen.playback.at < len(screen.playback) or screen.playback.length == 0)
