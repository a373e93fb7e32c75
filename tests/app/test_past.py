"""A long session is presented from its end; when all of it is there, it is what presenting it in one go gives."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tests.app.stage import opened_app
from tests.store.histories import histories
from tui.app.history import past
from tui.app.history.past import Past, recent
from tui.app.history.present import Draft, Presenter
from tui.engine.log import Log
from tui.events import Entry, PartEnded, PartStarted, PromptQueued, PromptSubmitted, StepEnded, StepStarted, TurnEnded
from tui.messages import StopReason, TextPart
from tui.state import fold
from widgets.blocks import Block
from widgets.transcript import Transcript


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


def shown(transcript: Transcript) -> list[Block]:
    return [transcript.block(block_id) for block_id in transcript.blocks]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=histories(), piece=st.integers(1, 9), together=st.integers(1, 4), tail=st.integers(1, 12))
async def test_the_end_first_and_then_the_rest_is_the_same_as_all_at_once(
    monkeypatch: pytest.MonkeyPatch, entries: list[Entry], piece: int, together: int, tail: int
) -> None:
    for name, value in (("LONG", 3), ("RECENT", tail), ("PIECE", piece), ("PIECES_AT_ONCE", together)):
        monkeypatch.setattr(past, name, value)
    state = fold("s1", entries)
    whole = Draft()
    presenter = Presenter(state)
    presenter.show(entries, whole)
    cut = recent(entries)
    end, live = Draft(), Presenter(state)
    live.show(entries[cut:], end)
    async with Host().run_test() as pilot:
        transcript = pilot.app.query_one(Transcript)
        transcript.put_all(end.blocks())
        if cut and end.blocks():
            Past(entries[:cut], live, transcript, before=end.blocks()[0].id, opened={}).finish()
            assert shown(transcript) == whole.blocks()
            for call_id in state.calls:
                assert live.row_of(call_id) == presenter.row_of(call_id)
            for block in whole.blocks():
                assert live.point_of(block.id) == presenter.point_of(block.id)


def talk(log: Log, turns: int) -> None:
    for number in range(turns):
        prompt_id, turn_id = f"prompt_{number}", f"turn_{number}"
        log.emit(PromptQueued(prompt_id=prompt_id, text=f"question {number}"))
        log.emit(PromptSubmitted(prompt_id=prompt_id, turn_id=turn_id, text=f"question {number}"))
        log.emit(StepStarted(step_id=f"step_{number}", turn_id=turn_id, model="scripted/model"))
        log.emit(PartStarted(part_id=f"part_{number}", step_id=f"step_{number}", kind="text"))
        log.emit(PartEnded(part_id=f"part_{number}", part=TextPart(text=f"answer {number}")))
        log.emit(StepEnded(step_id=f"step_{number}", stop=StopReason.END))
        log.emit(TurnEnded(turn_id=turn_id, outcome="done"))


async def test_a_long_sessions_end_is_seen_before_the_rest_and_a_search_finds_its_beginning(home: Path) -> None:
    async with opened_app(home) as stage:
        talk(stage.session.log, 600)
        long = stage.session.id
        await stage.app.verbs.run("session.new")
        await stage.until(lambda: stage.session.id != long)
        pane = stage.pane
        session = await stage.workspace.open_session(long)
        pane.show_session(session)
        first = len(pane.transcript.blocks)
        assert pane.transcript.blocks[-1] == "part_599" and first < 300
        await stage.until(lambda: len(pane.transcript.blocks) == 1200)
        assert pane.transcript.blocks[0] == "prompt_0"
        pane.show_session(session)
        assert len(pane.transcript.blocks) == first
        pane.open_find("question 0")
        assert len(pane.transcript.blocks) == 1200


async def test_a_place_far_up_is_there_at_once_when_a_session_comes_back(home: Path) -> None:
    async with opened_app(home) as stage:
        talk(stage.session.log, 600)
        stage.pane.show_session(stage.session, anchor=("part_3", 0))
        assert stage.pane.transcript.anchor == ("part_3", 0)
        assert len(stage.pane.transcript.blocks) == 1200
