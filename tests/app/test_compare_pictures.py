"""Pictures of one prompt to several: the choice, the panes side by side, the figures, a difference, a question.

What the sessions say is put into their logs, so that first tokens and speeds are the same on every machine.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.stage import Clock, Stage, opened_app
from tests.app.test_compare import BLUE, RED, Priced, compared, difference
from tests.scripts import REFERENCE, scripted
from tui.app.screens.broadcast import CHOICE_KEY, BroadcastScreen, Target, choice_text
from tui.engine.session import Session
from tui.events import (
    GroupJoined,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptQueued,
    PromptSubmitted,
    SessionRenamed,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.messages import StopReason, TextPart, ToolCallPart, Usage

LOOKS = [((80, 24), "penstock-dark"), ((120, 40), "penstock-light"), ((200, 60), "penstock-dark")]
IDS = ["80x24", "120x40", "200x60"]
ASKED = "Why does the valve open too far?"
ANSWERS = (
    "The valve opens too far because `flow` takes any number of litres.\n\nBound it: `min(litres, 40.0)`.",
    "The valve opens too wide because `flow` takes any number of litres.\n\nBound it: `max(litres, 0.0)`.",
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().freeze(monkeypatch)


def begins(session: Session, label: str, slot: int) -> None:
    """It was sent the prompt, and asks the model."""
    log = session.log
    log.emit(SessionRenamed(title=f"{label}: {ASKED}", by="engine"))
    log.emit(PromptQueued(prompt_id="p", text=ASKED))
    log.emit(GroupJoined(group="g", label=label, prompt_id="p"))
    log.emit(PromptSubmitted(prompt_id="p", turn_id="t", text=ASKED))
    log.emit(StepStarted(step_id="s", turn_id="t", model=session.state.model))


def ends(session: Session, answer: str, clock: Clock, *, price: float | None, tokens: int) -> None:
    """It has looked at a file, and answered."""
    log = session.log
    call = ToolCallPart(call_id="c", name="read", arguments='{"path": "src/valve.py"}')
    log.emit(PartStarted(part_id="call", step_id="s", kind="tool_call", name="read"))
    log.emit(PartEnded(part_id="call", part=call))
    log.emit(ToolStarted(call_id="c", turn_id="t", tool="read", arguments=call.arguments))
    log.emit(ToolEnded(call_id="c", outcome=ToolOutcome.OK, text="def open_valve", duration=0.2))
    log.emit(PartStarted(part_id="x", step_id="s", kind="text"))
    log.emit(PartEnded(part_id="x", part=TextPart(text=answer)))
    usage = Usage(input_tokens=5_230, output_tokens=tokens)
    log.emit(StepEnded(step_id="s", stop=StopReason.END, usage=usage, first_token=0.8, duration=4.8, price=price))
    log.emit(TurnEnded(turn_id="t", outcome="done"))


async def three(stage: Stage, clock: Clock) -> list[Session]:
    """One is done, one streams, one has failed; side by side."""
    labels = ("one high", "two", "script")
    models = (RED, BLUE, REFERENCE)
    sessions = [await stage.workspace.new_session(model) for model in models]
    for slot, (session, label) in enumerate(zip(sessions, labels, strict=True), 2):
        begins(session, label, slot)
    clock.now += 0.5
    streaming = sessions[1].log
    streaming.emit(PartStarted(part_id="x", step_id="s", kind="text"))
    streaming.emit(PartDelta(part_id="x", text=ANSWERS[1][:90]))
    clock.now += 1.5
    ends(sessions[0], ANSWERS[0], clock, price=0.0123, tokens=248)
    sessions[2].log.emit(
        TurnEnded(turn_id="t", outcome="failed", error="The server failed (529).", hint="/continue asks again.")
    )
    await stage.main.show_together([session.id for session in sessions], shape="grid")
    await stage.drawn()
    return sessions


def priced() -> Priced:
    return Priced({name: scripted(repeat=True)[1] for name in ("red", "blue", "scripted")})


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=IDS)
async def test_side_by_side_and_compared(
    home: Path, clock: Clock, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    async with opened_app(home, models=priced(), size=size, theme=theme) as stage:
        await three(stage, clock)
        assert snap(stage.app)
        await compared(stage)
        await stage.press("space", "j", "space")
        await stage.drawn()
        assert snap(stage.app, "compared")
        await stage.press("p")
        await stage.drawn()
        assert snap(stage.app, "promote")
        await stage.press("n", "d")
        await difference(stage)
        await stage.drawn()
        assert snap(stage.app, "answers")


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=IDS)
async def test_who_is_to_answer(
    home: Path, clock: Clock, snap: Callable[..., bool], size: tuple[int, int], theme: str
) -> None:
    async with opened_app(home, models=priced(), size=size, theme=theme) as stage:
        await three(stage, clock)
        fresh = [Target(model=RED, effort="high"), Target(model=BLUE), Target(model=REFERENCE, marked=False)]
        stage.main.shelf.put(CHOICE_KEY, choice_text(fresh))
        await stage.send(f"/broadcast {ASKED}")
        await stage.until(lambda: isinstance(stage.app.screen, BroadcastScreen))
        await stage.press("j")
        await stage.drawn()
        assert snap(stage.app)
