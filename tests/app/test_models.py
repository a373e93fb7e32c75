"""Models on screen: another one in mid-session, how much it reasons, what it may cost, and what is said of each."""

from pathlib import Path

import pytest

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import (
    REFERENCE,
    Hold,
    Overloaded,
    ScriptedProvider,
    call,
    fail,
    text,
)
from tui.app.status import pane_status
from tui.app.verbs.model import amount
from tui.engine.choice import ModelPlan
from tui.engine.stream import Limits
from tui.errors import EffortRefused, ModelNotFound, UsageError
from widgets.picker import Picker

SPARE = "spare/m"
BUSY = fail(Overloaded("It is overloaded (529).", status=529))


def notices(stage: Stage) -> list[str]:
    return [str(notification.message) for notification in stage.app._notifications]


def transcript(stage: Stage) -> str:
    """All sources and titles of the focused pane's transcript."""
    shown = stage.pane.transcript
    return "\n".join(str(shown.source_of(block)) for block in shown.blocks)


def status(stage: Stage) -> str:
    left, right = pane_status(stage.session.state, None, 0.0, mode=stage.session.mode)
    return " | ".join(str(segment.text) for segment in (*left, *right))


async def test_an_effort_is_set_by_its_command_shown_beside_the_model_and_sent(home: Path) -> None:
    provider = ScriptedProvider([[text("Thought.")]])
    async with opened_app(home, models=AppModels({"scripted": provider})) as stage:
        await stage.send("/effort high")
        await stage.until(lambda: stage.session.state.effort == "high")
        assert f"{REFERENCE} | high | ask" in status(stage)
        assert any(f"{REFERENCE} reasons: high." in notice for notice in notices(stage))
        await stage.send("Go")
        await stage.rested()
        assert provider.requests[0].effort == "high"
        await stage.send("/effort auto")
        await stage.until(lambda: stage.session.state.effort == "")
        assert "high" not in status(stage)


async def test_an_effort_is_chosen_from_a_list_by_a_key(home: Path) -> None:
    async with opened_app(home) as stage:
        await stage.press("alt+e")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press(*"xhi", "enter")
        await stage.until(lambda: stage.session.state.effort == "xhigh")
        await stage.press("alt+e")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("enter")  # the one in use is the one that is lit
        await stage.until(lambda: len(notices(stage)) == 2)
        assert stage.session.state.effort == "xhigh"


async def test_a_word_that_is_no_effort_names_those_that_are(home: Path) -> None:
    async with opened_app(home) as stage:
        await stage.send("/effort huge")
        await stage.until(lambda: notices(stage))
        assert notices(stage) == ["There is no effort 'huge'. There are: low, medium, high, xhigh, max, auto."]
        assert stage.session.state.effort == ""


async def test_a_refused_effort_is_said_in_the_transcript_and_the_answer_comes(home: Path) -> None:
    async with opened_app(home, [fail(EffortRefused("No [b]effort[/b] here."))], [text("Plain answer.")]) as stage:
        await stage.send("/effort max")
        await stage.until(lambda: stage.session.state.effort == "max")
        await stage.send("Go")
        await stage.rested()
        shown = transcript(stage)
        assert "No [b]effort[/b] here. The effort 'max' is not taken, and left out from now on." in shown
        assert "Plain answer." in shown


async def test_a_fallback_is_said_in_the_transcript_and_the_status_line(home: Path) -> None:
    models = AppModels(
        {"scripted": ScriptedProvider([[BUSY]]), "spare": ScriptedProvider([[text("Here I am.")], [text("Still.")]])}
    )
    plan = ModelPlan(fallback=(SPARE,))
    async with opened_app(home, models=models, plan=plan, limits=Limits(retries=0)) as stage:
        await stage.send("Go")
        await stage.rested()
        shown = transcript(stage)
        assert f"{REFERENCE} failed: It is overloaded (529). Going on with {SPARE}." in shown
        assert shown.index("Going on with") < shown.index("Here I am.")
        assert SPARE in status(stage)
        await stage.send(f"/model {REFERENCE}")  # and back by hand
        await stage.until(lambda: stage.session.state.model == REFERENCE)


async def test_an_unknown_model_fails_with_what_to_do_and_the_models_are_one_key_away(home: Path) -> None:
    unknown = fail(ModelNotFound("Nobody knows it.", hint="Choose another with /model; /continue then goes on."))
    models = AppModels({"scripted": ScriptedProvider([[unknown]]), "spare": ScriptedProvider([[text("I do.")]])})
    async with opened_app(home, models=models) as stage:
        await stage.send("Go")
        await stage.rested()
        assert "Nobody knows it. Choose another with /model; /continue then goes on." in transcript(stage)
        await stage.press("alt+m")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
        await stage.send(f"/model {SPARE}")
        await stage.until(lambda: stage.session.state.model == SPARE)
        await stage.press("ctrl+r")
        await stage.rested(2)
        assert "I do." in transcript(stage)


async def test_another_model_in_mid_turn_is_a_divider_and_answers_the_next_step(home: Path) -> None:
    hold = Hold()
    first = ScriptedProvider([[text("I look. ", hold), call("read", {"path": "README.md"})]])
    models = AppModels({"scripted": first, "spare": ScriptedProvider([[text("A garden.")]])})
    async with opened_app(home, models=models) as stage:
        await stage.send("Go")
        await hold.reached()
        await stage.send(f"/model {SPARE}")
        await stage.until(lambda: stage.session.state.model == SPARE)
        hold.release()
        await stage.rested()
        assert stage.session.state.turns[-1].outcome == "done"
        assert "A garden." in transcript(stage)
        assert SPARE in stage.app.export_screenshot()


async def test_a_budget_is_told_set_and_stops_the_turn_which_goes_on_when_it_is_raised(home: Path) -> None:
    look = [call("read", {"path": "README.md"})]
    models = AppModels({"scripted": ScriptedProvider([look, look, [text("All read.")]])}, price=1.5)
    async with opened_app(home, models=models) as stage:
        await stage.send("/budget")
        await stage.until(lambda: len(notices(stage)) == 1)
        assert notices(stage)[-1] == "So far: $0.00. There is no limit: /budget 5 sets one."
        await stage.send("/budget $2.50")
        await stage.until(lambda: stage.session.state.budget == 2.5)
        await stage.send("Read it")
        await stage.rested()
        assert "$3.00 of $2.50" in status(stage)
        assert "The budget is spent: this session has cost $3.00 of $2.50." in transcript(stage)
        await stage.send("/budget 9")
        await stage.until(lambda: stage.session.state.budget == 9.0)
        await stage.press("ctrl+r")
        await stage.rested(2)
        assert "All read." in transcript(stage)
        await stage.send("/budget off")
        await stage.until(lambda: stage.session.state.budget is None)
        assert "$4.50" in status(stage) and "of" not in status(stage).rpartition("|")[2]


async def test_costs_that_nobody_knows_are_unknown_everywhere(home: Path) -> None:
    async with opened_app(home, models=AppModels({"scripted": ScriptedProvider([[text("Hi.")]])}, price=None)) as stage:
        await stage.send("Go")
        await stage.rested()
        assert "cost unknown" in status(stage) and "$" not in status(stage)
        await stage.send("/budget 1")
        await stage.until(lambda: notices(stage))
        assert notices(stage)[-1] == (
            "So far: cost unknown of $1.00 (requests without a known price are not counted). "
            "/budget off lifts the limit."
        )


@pytest.mark.parametrize(
    ("typed", "found"),
    [("3", 3.0), ("$3.50", 3.5), ("3,5", 3.5), (" 2 USD ", 2.0), ("off", None), ("None", None)],
)
def test_amounts_are_read_as_people_write_them(typed: str, found: float | None) -> None:
    assert amount(typed) == found


@pytest.mark.parametrize("typed", ["much", "0", "-3", "nan", "inf", "1.000,50", "$"])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(UsageError, match="is no amount in USD"):
        amount(typed)
