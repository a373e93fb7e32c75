"""The query panel: asked, stopped, told what is wrong, leafed through, saved; and its history lasts."""

import asyncio
import json
from pathlib import Path

from textual.widgets import Static

from tests.app.stage import Stage, opened_app
from tests.scripts import call, eventually, text
from tui.app.screens.edit_text import EditText
from tui.app.screens.query import QueryScreen
from tui.app.screens.record import RecordScreen
from tui.query import Row
from tui.store.readers import READERS
from widgets.picker import Picker
from widgets.prompt import Prompt
from widgets.status_line import StatusLine
from widgets.virtual_table import VirtualTable

LOOKS = [call("read", {"path": "src/valve.py"})], [text("Done.")]
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


async def opened_panel(stage: Stage, query: str = "") -> QueryScreen:
    await stage.send(f"/sql {query}".rstrip())
    await stage.until(lambda: isinstance(stage.app.screen, QueryScreen) and stage.app.screen.is_mounted)
    screen = stage.app.screen
    assert isinstance(screen, QueryScreen)
    return screen


async def asked(stage: Stage, screen: QueryScreen, sql: str) -> tuple[Row, ...]:
    """The rows that come; there must be an answer."""
    before = screen.answer
    screen.query_one(Prompt).value = sql
    screen.query_one(Prompt).focus()
    await stage.press("enter")
    await stage.until(lambda: screen.answer is not before and not screen.running)
    assert screen.answer is not None
    return screen.answer.rows


def line_of(screen: QueryScreen, which: str) -> str:
    return screen.query_one(which, StatusLine).render().plain  # type: ignore[union-attr]


def wrong(screen: QueryScreen) -> str:
    return str(screen.query_one(".wrong", Static).content)


async def test_a_query_is_asked_its_row_opened_and_copied(home: Path) -> None:
    async with opened_app(home, *LOOKS) as stage:
        await stage.send("Look")
        await stage.rested()
        await stage.store.settle()
        screen = await opened_panel(stage, "SELECT role, kind, text FROM messages ORDER BY seq")
        await stage.until(lambda: screen.answer is not None)
        assert screen.answer is not None
        assert screen.answer.rows[0] == ("user", "text", "Look") and screen.answer.rows[-1][2] == "Done."
        assert "3 rows" in line_of(screen, ".head")
        await stage.press("tab", "j", "enter")
        await stage.until(lambda: isinstance(stage.app.screen, RecordScreen))
        assert "src/valve.py" in stage.app.screen.query_one("TextArea").text  # type: ignore[attr-defined]
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is screen)
        await stage.press("g", "c")
        assert json.loads(stage.app.clipboard) == {"role": "user", "kind": "text", "text": "Look"}
        await stage.press("l")
        await stage.until(lambda: "columns 2 to 3 of 3" in line_of(screen, ".head"))
        await stage.press("q")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_what_is_wrong_is_said_with_its_place_and_the_result_stays(home: Path) -> None:
    async with opened_app(home) as stage:
        screen = await opened_panel(stage)
        assert await asked(stage, screen, 'SELECT 1 AS "[bold]one[/]"') == ((1,),)
        for sql, said in (
            ("SELECT titel FROM sessions", "No such column: titel (at column 8). Did you mean title?"),
            ("DELETE FROM entries", "Queries only read: DELETE is refused."),
        ):
            screen.query_one(Prompt).value = sql
            await stage.press("enter")
            await stage.until(lambda said=said: said in wrong(screen))
        assert screen.answer is not None and screen.answer.rows == ((1,),)
        await asked(stage, screen, "SELECT 2")
        assert wrong(screen) == ""


async def test_a_query_keeps_no_reader_and_escape_and_ctrl_c_stop_it_and_then_close(home: Path) -> None:
    async with opened_app(home) as stage:
        screen = await opened_panel(stage)
        screen.query_one(Prompt).value = ENDLESS
        for key in ("escape", "ctrl+c"):
            screen.action_run()
            await eventually(lambda: screen.running and "stops it" in line_of(screen, ".foot"))
            assert await asyncio.gather(*(stage.store.sessions() for _ in range(READERS)))
            assert screen.running
            stage.app.simulate_key(key)  # a pilot waits for a processor that is idle
            await eventually(lambda: not screen.running and "stopped" in wrong(screen))
            assert stage.app.screen is screen
        screen.action_run()
        await eventually(lambda: screen.running)
        screen.query_one(Prompt).value = "SELECT 3"
        screen.action_run()
        await eventually(lambda: screen.answer is not None and screen.answer.rows == ((3,),))  # the other gave way
        await stage.press("ctrl+c")
        await stage.until(lambda: stage.app.screen is stage.main)


async def test_many_rows_are_cut_and_drawn_where_they_are_looked_at(home: Path) -> None:
    async with opened_app(home) as stage:
        screen = await opened_panel(stage)
        numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT i FROM n"
        assert len(await asked(stage, screen, numbers)) == 10_000
        assert "only the first 10,000 rows" in line_of(screen, ".head")
        await stage.press("tab", "G")
        table = screen.query_one(VirtualTable)
        await stage.until(lambda: "10000" in "".join(s.text for s in table.render_line(table.page)))


async def test_history_lasts_and_columns_are_put_into_the_query(home: Path) -> None:
    async with opened_app(home) as stage:
        screen = await opened_panel(stage)
        await asked(stage, screen, "SELECT 4")
        await asked(stage, screen, "SELECT 5")
        await stage.press("escape")
        await stage.until(lambda: stage.app.screen is stage.main)
    async with opened_app(home) as stage:
        screen = await opened_panel(stage)
        editor = screen.query_one(Prompt)
        await stage.press("up", "up")
        await stage.until(lambda: editor.value == "SELECT 4")
        editor.value = ""
        await stage.press("ctrl+l")
        await stage.until(lambda: isinstance(stage.app.screen, Picker))
        await stage.press(*"files_touched", "enter")
        await stage.until(lambda: editor.value.startswith("SELECT * FROM files_touched"))


async def test_the_whole_result_is_saved_and_no_file_is_overwritten(home: Path) -> None:
    async with opened_app(home) as stage:
        screen = await opened_panel(stage)
        await asked(stage, screen, "SELECT 1 AS a, NULL AS b, 'x,y' AS c UNION ALL SELECT 2, 2.5, 'z'")
        for name, content in (
            ("out.csv", 'a,b,c\n1,,"x,y"\n2,2.5,z\n'),
            ("out.jsonl", '{"a": 1, "b": null, "c": "x,y"}\n{"a": 2, "b": 2.5, "c": "z"}\n'),
        ):
            await stage.press("ctrl+s")
            await stage.until(lambda: isinstance(stage.app.screen, EditText))
            stage.app.screen.query_one("TextArea").text = name  # type: ignore[attr-defined]
            await stage.press("ctrl+s")
            file = Path(stage.app.root, name)
            await stage.until(lambda file=file: file.exists() and not screen.running)
            assert _text_of(file) == content
        await stage.press("ctrl+s")
        await stage.until(lambda: isinstance(stage.app.screen, EditText))
        stage.app.screen.query_one("TextArea").text = "out.csv"  # type: ignore[attr-defined]
        await stage.press("ctrl+s")
        await stage.until(lambda: "is there already" in wrong(screen))


def _text_of(file: Path) -> str:
    return file.read_text()


async def test_a_text_that_has_no_room_is_cut_and_what_is_not_in_sight_is_counted(home: Path) -> None:
    async with opened_app(home, size=(80, 24)) as stage:
        screen = await opened_panel(stage)
        await asked(stage, screen, f"SELECT '{'a' * 40}' AS one, '{'b' * 60}' AS two, 3 AS three")
        await stage.until(lambda: "columns 1 to 2 of 3" in line_of(screen, ".head"))
        table = screen.query_one(VirtualTable)
        await stage.until(lambda: table.render_line(1).text.rstrip().endswith("bbb…"))
