"""Pictures of the main screens, in the sizes and themes that people use. Each was looked at before it was committed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.app.stage import NOON, AppModels, Clock, Stage, opened_app
from tests.scripts import Hold, call, reasoning, scripted, text, usage
from tui.app import pane
from tui.messages import Message, TextPart
from tui.providers.base import Request

SIZES = {"80x24": (80, 24), "120x40": (120, 40), "200x60": (200, 60)}
THEMES = ("penstock-dark", "penstock-light")

ANSWER = """\
The valve opens **too far**: `flow` takes any number of litres.

1. `open_valve` prints before it checks
2. nothing bounds `litres`

```python
def open_valve(litres: float, most: float = 40.0) -> None:
    if litres <= 0:
        raise ValueError("a valve opens for some water")
    flow = min(litres, most)  # never more than the pipe takes
```

| place | finds | so |
|---|---:|---|
| `src/valve.py` | 3 | change |
| `README.md` | 1 | leave |

> Water that has gone through the turbine does not come back.
"""
OLD = "    print('open', litres)\n    flow = litres\n"
NEW = "    if litres <= 0:\n        raise ValueError('a valve opens for some water')\n    flow = min(litres, 40.0)\n"

_Answer = Callable[[Request], list]


class Town:
    """Answers by what the prompt says, so that several sessions show several things."""

    def __init__(self) -> None:
        self.hold = Hold()

    def __call__(self, request: Request) -> list:
        asked = _last_prompt(request.messages)
        steps = sum(message.role == "assistant" for message in request.messages)
        match asked, steps:
            case "Review the valve", 0:
                return [reasoning("Read it first."), text("I will look."), call("list", {}),
                        call("grep", {"pattern": "litres"}), call("read", {"path": "src/valve.py"})]  # fmt: skip
            case "Review the valve", _:
                return [text(ANSWER), usage(input_tokens=5_230, output_tokens=412)]
            case "Bound the flow", 0:
                return [text("Reading the file before I change it."), call("read", {"path": "src/valve.py"})]
            case "Bound the flow", 1:
                return [text("One change:"), call("edit", {"path": "src/valve.py", "old": OLD, "new": NEW})]
            case "Explain the garden", _:
                return [reasoning("Begin with the water."), text("## The garden\n\nWater comes from the **north "
                        "canal**, and each valve opens", self.hold, " slowly.")]  # fmt: skip
            case _:
                return [text("Yes.")]


def _last_prompt(messages: tuple[Message, ...]) -> str:
    texts = [part.text for m in messages if m.role == "user" for part in m.parts if isinstance(part, TextPart)]
    known = [t for t in texts if t in ("Review the valve", "Bound the flow", "Explain the garden")]
    return known[-1] if known else ""


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pane, "QUIET_BEFORE_ASKING", 0.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().freeze(monkeypatch)


@pytest.fixture
def town(home: Path, clock: Clock) -> Callable[..., object]:
    """``async with town(size, theme) as stage``: one session, with a model of two prices and a window."""

    @asynccontextmanager
    async def opened(size: str, theme: str = THEMES[0]) -> AsyncIterator[Stage]:
        answers = Town()
        _, provider = scripted(answers, repeat=True)
        models = AppModels({"scripted": provider}, price=0.0123, window=200_000)
        async with opened_app(home, models=models, size=SIZES[size], theme=theme) as stage:
            yield stage
            answers.hold.release()
            await stage.until(lambda: not any(s.running and not s.state.asking() for s in stage.workspace.sessions))

    return opened


async def review(stage: Stage) -> None:
    await stage.send("Review the valve")
    await stage.rested()


async def split_and_ask(stage: Stage) -> None:
    await stage.press("ctrl+backslash")
    await stage.until(lambda: len(stage.main.panes) == 2)
    await stage.send("Bound the flow")
    await stage.asking()
    await stage.until(lambda: stage.pane.ask_bar.has_focus)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_one_session_that_has_answered(town, snap: Callable[..., bool], size: str, theme: str) -> None:
    async with town(size, theme) as stage:
        await review(stage)
        assert snap(stage.app)


@pytest.mark.parametrize("size", SIZES)
async def test_an_empty_session(town, snap: Callable[..., bool], size: str) -> None:
    async with town(size) as stage:
        assert snap(stage.app)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
async def test_two_panes_of_which_one_asks(town, snap: Callable[..., bool], size: str, theme: str) -> None:
    async with town(size, theme) as stage:
        await review(stage)
        await split_and_ask(stage)
        assert snap(stage.app)


@pytest.mark.parametrize("size", ["120x40", "200x60"])
async def test_four_panes_that_stream_ask_rest_and_wait(
    town, clock: Clock, snap: Callable[..., bool], size: str
) -> None:
    async with town(size) as stage:
        await review(stage)
        await split_and_ask(stage)
        await stage.press("escape", "ctrl+underscore")
        await stage.until(lambda: len(stage.main.panes) == 3)
        await stage.send("Explain the garden")
        await stage.until(lambda: "valve opens" in _shown(stage))
        clock.now = NOON + 14
        await stage.press("f9")
        await stage.press("ctrl+underscore")
        await stage.until(lambda: len(stage.main.panes) == 4)
        await stage.type("Which valve feeds the pond? @src/")
        stage.main.focused_pane.prompt._close_list()
        for each in stage.main.panes:
            each.draw()
        await stage.drawn()
        assert snap(stage.app)


def _shown(stage: Stage) -> str:
    blocks = stage.pane.transcript.blocks
    return stage.pane.transcript.source_of(blocks[-1]) if blocks else ""


Opening = Callable[[Stage], Awaitable[None]]


async def _help(stage: Stage) -> None:
    await stage.press("f1")


async def _palette(stage: Stage) -> None:
    await stage.press("ctrl+p")


async def _sessions(stage: Stage) -> None:
    await stage.press("ctrl+n")
    await stage.until(lambda: not stage.session.state.turns)
    await stage.send("Plan the canals")
    await stage.rested()
    await stage.press("ctrl+s")
    await stage.until(lambda: len(stage.app.screen.query("PickerRows")) == 1)


async def _call(stage: Stage) -> None:
    await stage.send("/inspect")


async def _completion(stage: Stage) -> None:
    await stage.type("/re")


async def _files(stage: Stage) -> None:
    await stage.type("Look at @va")


async def _tools_in_full(stage: Stage) -> None:
    await stage.press("ctrl+o", "ctrl+o", "tab", "g")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("opening", [_help, _palette, _sessions, _call, _files, _tools_in_full])
async def test_what_opens_over_a_session(town, snap: Callable[..., bool], opening: Opening, theme: str) -> None:
    async with town("80x24" if theme == THEMES[0] else "120x40", theme) as stage:
        await review(stage)
        await opening(stage)
        if opening not in (_files, _tools_in_full, _completion):
            await stage.until(lambda: stage.app.screen is not stage.main)
        await stage.drawn()
        await stage.pilot.pause(0.05)
        assert snap(stage.app)
