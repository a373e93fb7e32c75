"""Pictures of the inbox: a diff, a question with options, a failed turn, everything at once, and nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.inbox_stage import STATES, crowded
from tests.app.stage import Clock
from tests.scripts import call, text

Snap = Callable[..., bool]
LOOKS = [("80x24", (80, 24), "penstock-dark"), ("120x40", (120, 40), "penstock-light")]
OLD = "    print('open', litres)\n    flow = litres\n"
NEW = "    if litres <= 0:\n        raise ValueError('a valve opens for some water')\n    flow = min(litres, 40.0)\n"
EDIT = [[call("read", {"path": "src/valve.py"})], [call("edit", {"path": "src/valve.py", "old": OLD, "new": NEW})]]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    frozen = Clock().freeze(monkeypatch)
    for name in ("tui.app.screens.inbox.time", "tui.app.attention.watch.time"):
        monkeypatch.setattr(name, lambda: frozen.now)
    return frozen


@pytest.mark.parametrize(("name", "size", "theme"), LOOKS, ids=[look[0] for look in LOOKS])
async def test_a_change_that_one_of_many_asks_for(
    home: Path, snap: Snap, clock: Clock, name: str, size: tuple[int, int], theme: str
) -> None:
    async with crowded(home, more={"asking": [*EDIT, [text("Bounded.")]]}, size=size, theme=theme) as crowd:
        for number, state in enumerate(("asking", *(each for each in STATES if each not in ("asking", "retrying")))):
            await crowd.add(state)
            clock.now += 7.0 + 90 * number
        await crowd.opened()
        await crowd.stage.drawn()
        assert snap(crowd.stage.app)


@pytest.mark.parametrize("state", ["choosing", "failed", "budget", "held"])
@pytest.mark.parametrize(("name", "size", "theme"), LOOKS, ids=[look[0] for look in LOOKS])
async def test_what_waits_alone(
    home: Path, snap: Snap, clock: Clock, state: str, name: str, size: tuple[int, int], theme: str
) -> None:
    async with crowded(home, state, size=size, theme=theme) as crowd:
        clock.now += 200
        await crowd.opened()
        await crowd.stage.drawn()
        assert snap(crowd.stage.app)


@pytest.mark.parametrize(("name", "size", "theme"), LOOKS, ids=[look[0] for look in LOOKS])
async def test_nothing_waits_while_a_session_runs(
    home: Path, snap: Snap, name: str, size: tuple[int, int], theme: str
) -> None:
    async with crowded(home, "running", "idle", size=size, theme=theme) as crowd:
        await crowd.opened()
        await crowd.stage.drawn()
        assert snap(crowd.stage.app)
