"""Pictures of what a person decides on: questions, edited calls, rules, modes, changes and the checklist."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.app.stage import Clock, Stage, opened_app
from tests.scripts import call, text
from tui.app import pane
from tui.app.screens.changes import ChangesScreen
from tui.app.screens.edit_call import EditCall
from tui.app.screens.rules import ConfirmRule
from tui.engine.policy.rules import Rule
from widgets.picker import Picker

Snap = Callable[..., bool]
SIZES = {"80x24": (80, 24), "120x40": (120, 40)}
LOOKS = [("80x24", "penstock-dark"), ("120x40", "penstock-light")]

OLD = "    print('open', litres)\n    flow = litres\n"
NEW = "    if litres <= 0:\n        raise ValueError('a valve opens for some water')\n    flow = min(litres, 40.0)\n"
TODO = call(
    "todo",
    {
        "items": [
            {"text": "Read the valve's code", "status": "done"},
            {"text": "Bound the flow at both ends, and say so in the error", "status": "doing"},
            {"text": "Write down what changed", "status": "open"},
        ]
    },
)
COLOUR = call("ask_user", {"question": "Two gates could carry the pipe.\nWhich one?", "options": ["north", "south"]})
COMMAND = call("shell", {"command": "pip install pipework && python -m pipework check src"})


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pane, "QUIET_BEFORE_ASKING", 0.0)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().freeze(monkeypatch)


async def asking(stage: Stage) -> None:
    await stage.until(lambda: stage.pane.ask_bar.request is not None)
    await stage.until(lambda: stage.pane.ask_bar.has_focus)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_checklist_and_an_agents_question(home: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, [TODO, COLOUR], [text("Good.")], size=SIZES[size], theme=theme) as stage:
        await stage.send("Bound the flow")
        await asking(stage)
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_command_is_asked_about(home: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, [text("It needs a package."), COMMAND], size=SIZES[size], theme=theme) as stage:
        await stage.send("Check the pipes")
        await asking(stage)
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_call_is_edited(home: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, [COMMAND], size=SIZES[size], theme=theme) as stage:
        await stage.send("Check the pipes")
        await asking(stage)
        await stage.until(lambda: stage.pane.ask_bar.hears)
        await stage.press("e")
        await stage.until(lambda: isinstance(stage.app.screen, EditCall) and stage.app.screen.focused)
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_a_rule_is_shown_before_it_is_written(home: Path, snap: Snap, size: str, theme: str) -> None:
    rule = Rule(action="allow", tool="shell", command="python -m pipework check")
    async with opened_app(home, [text("Hi.")], size=SIZES[size], theme=theme) as stage:
        stage.app.push_screen(ConfirmRule(rule, 12))
        await stage.until(lambda: isinstance(stage.app.screen, ConfirmRule))
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_modes_are_offered(home: Path, snap: Snap, size: str, theme: str) -> None:
    async with opened_app(home, [text("Hi.")], size=SIZES[size], theme=theme) as stage:
        await stage.send("/mode")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.drawn()
        assert snap(stage.app)


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_the_changes_of_a_turn(
    home: Path, snap: Snap, size: str, theme: str, settled: Callable[[Stage], Awaitable[None]]
) -> None:
    script = (
        [call("read", {"path": "src/valve.py"})],
        [
            call("edit", {"path": "src/valve.py", "old": OLD, "new": NEW}, call_id="a"),
            call("write", {"path": "docs/flow.md", "content": "# Flow\n\nBounded at both ends.\n"}, call_id="b"),
        ],
        [text("Done.")],
    )
    async with opened_app(home, *script, size=SIZES[size], theme=theme) as stage:
        await stage.send("/mode accept-edits")
        await stage.send("Bound the flow")
        await stage.rested()
        await stage.send("/changes")
        await stage.until(lambda: isinstance(stage.app.screen, ChangesScreen) and len(stage.app.screen._changes) == 2)
        await stage.press("down")
        await settled(stage)
        assert snap(stage.app)


@pytest.fixture
def settled() -> Callable[[Stage], Awaitable[None]]:
    async def settle(stage: Stage) -> None:
        await stage.until(lambda: not stage.app._notifications)
        await stage.drawn()

    return settle
