"""The ledger on screen: summed by four things, gone down into and up again, of several spans of days, and live."""

from pathlib import Path
from time import time

from textual.widgets import Input

from tests.app.stage import AppModels, Stage, opened_app
from tests.scripts import scripted, text
from tests.store.ledgers import three_weeks
from tui.app.screens.ledger import LedgerScreen
from tui.errors import UsageError
from tui.ledger import midnight
from widgets.bar_plot import BarPlot
from widgets.status_line import StatusLine


async def opened_ledger(stage: Stage, rest: str = "", *, rows: int) -> LedgerScreen:
    """`/ledger`, and as many rows."""
    await stage.send(f"/ledger {rest}".strip())
    await stage.until(lambda: isinstance(stage.app.screen, LedgerScreen))
    screen = stage.app.screen
    assert isinstance(screen, LedgerScreen)
    await has(stage, screen, rows)
    return screen


async def has(stage: Stage, screen: LedgerScreen, rows: int) -> None:
    await stage.until(lambda: screen.ledger is not None and len(screen._rows) == rows)


async def filled(stage: Stage, now: float, *, ago: int = 0) -> None:
    """Until noon of today, or so many days ago: requests that are some hours apart are of one day then."""
    for entry in three_weeks(midnight(now, ago) + 43_200):
        stage.store.add(entry)
    await stage.store.settle()


def line_of(screen: LedgerScreen, which: str) -> str:
    return screen.query_one(which, StatusLine).render().plain  # type: ignore[union-attr]


def keys(screen: LedgerScreen) -> list[str]:
    return [row.key for row in screen._rows]


async def test_each_key_sums_by_something_else_and_the_span_goes_around(home: Path) -> None:
    async with opened_app(home) as stage:
        await filled(stage, time())
        screen = await opened_ledger(stage, rows=16)
        assert "Ledger › by day" in line_of(screen, ".head") and "30 days" in line_of(screen, ".head")
        assert "without a known price" in line_of(screen, ".said")
        await stage.press("m")
        await has(stage, screen, 3)
        assert set(keys(screen)) == {"anthropic/claude-opus-5", "openai/gpt-6-luna", "company/unheard-of"}
        assert screen._rows[-1].cost is None and screen._rows[-1].unpriced
        await stage.press("t")
        await has(stage, screen, 3)
        assert set(keys(screen)) == {"shell", "read", "edit"}
        assert "estimate" in line_of(screen, ".said") or stage.app.size.width < 160
        await stage.press("s")
        await has(stage, screen, 5)
        await stage.press("f", "f")
        await stage.until(lambda: "today" in line_of(screen, ".head"))
        await stage.press("f", "d")
        await stage.until(lambda: "7 days" in line_of(screen, ".head"))
        await has(stage, screen, 6)


async def test_enter_goes_down_to_the_session_itself_and_escape_goes_up(home: Path) -> None:
    async with opened_app(home, [text("Done.")]) as stage:
        await stage.send("Go")
        await stage.rested()
        mine = stage.session.id
        await filled(stage, time(), ago=1)
        await stage.press("ctrl+n")
        await stage.until(lambda: stage.session.id != mine)
        screen = await opened_ledger(stage, rows=17)
        await stage.press("enter")
        await has(stage, screen, 1)
        assert keys(screen) == [mine]
        await stage.press("escape")
        await has(stage, screen, 17)
        await stage.press("m")
        await has(stage, screen, 4)
        screen.table.move_to(keys(screen).index("scripted/script"))
        await stage.press("enter")
        await has(stage, screen, 1)
        await stage.press("enter")
        await stage.until(lambda: stage.app.screen is stage.main and stage.session.id == mine)


async def test_it_is_live_while_sessions_run_and_has_no_timer_when_none_does(home: Path) -> None:
    models = AppModels({"scripted": scripted([text("One.")], [text("Two.")])[1]}, price=0.25)
    async with opened_app(home, models=models) as stage:
        await stage.send("Go")
        await stage.rested()
        session = stage.session
        screen = await opened_ledger(stage, "models", rows=1)
        assert screen._rows[0].cost == 0.25
        await stage.until(lambda: screen._soon is None)
        session.submit("More")
        await stage.until(lambda: screen._rows and screen._rows[0].cost == 0.5)
        await stage.until(lambda: screen._soon is None)


async def test_words_narrow_it_and_the_plot_shows_cost_or_tokens(home: Path) -> None:
    async with opened_app(home) as stage:
        await filled(stage, time())
        screen = await opened_ledger(stage, "session", rows=5)
        plot = screen.query_one(BarPlot)
        assert plot._title.startswith("cost a day") and len(plot._bars) == 30
        await stage.press("p")
        assert plot._title.startswith("tokens a day")
        await stage.press("slash", *"pump")
        await has(stage, screen, 1)
        assert screen.query_one(Input).value == "pump"
        await stage.press("escape")
        await has(stage, screen, 5)
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_a_ledger_by_something_else_is_refused_in_words(home: Path) -> None:
    async with opened_app(home) as stage:
        try:
            await stage.app.verbs._groups["ledger"].open("weeks")  # type: ignore[attr-defined]
        except UsageError as error:
            assert "/ledger day, /ledger session" in error.hint
        else:
            raise AssertionError("it was opened")


async def test_where_nothing_was_asked_it_says_so(home: Path) -> None:
    async with opened_app(home) as stage:
        screen = await opened_ledger(stage, rows=0)
        assert "f looks at other days" in screen._nothing()
