"""Every theme on one scene that has all it colours: states, code, a diff, a question, a selection; and without colour.

The scene is made of widgets alone, so that it changes with the themes and with nothing else. Each was looked at.
"""

from collections.abc import Callable

import pytest
from rich.color import Color, ColorSystem
from rich.segment import Segment as Piece
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color as TextualColor
from textual.containers import Horizontal
from textual.filter import LineFilter

from tests.app.stage import opened_app
from tests.scripts import text
from tui.app.screens.settings import SettingsScreen
from tui.app.screens.themes import ThemePicker
from tui.app.themes.house import HOUSE
from tui.app.themes.own import HIDDEN
from tui.app.themes.plain import PLAIN, Colourless
from tui.paths import config_path
from widgets.ask_bar import AskBar, AskRequest
from widgets.blocks import Block
from widgets.diff_view import DiffView
from widgets.prompt import Prompt
from widgets.status_line import Segment, StatusLine
from widgets.tab_strip import Tab, TabStrip
from widgets.transcript import Transcript
from widgets.virtual_table import Cell, Column, VirtualTable

DIFF = """\
--- a/valve.py
+++ b/valve.py
@@ -8,4 +8,5 @@ class Valve:
     def open(self, litres: float):
-        print("open")  # loud
+        if litres <= 0:
+            raise ValueError("dry")
         self.log.append(litres)
"""
CODE = """\
# The valve
It opens **too far**: `flow` [grows](https://a.example).
```python
def flow(litres: float) -> Pipe:
    return min(litres, 40.5)  # most
```
"""
BLOCKS = (
    Block(id="p", kind="prompt", source="Mend the valve"),
    Block(id="t", kind="reasoning", source="Read it first.", folded=True),
    Block(id="r", kind="tool", title="read valve.py", status="ok", detail="0.1 s", folded=True),
    Block(id="g", kind="tool", title="grep flow", status="error", detail="no match", folded=True),
    Block(id="e", kind="tool", title="edit valve.py", status="asking", detail="asks", folded=True),
    Block(id="s", kind="tool", title="shell make", status="running", detail="4 s", folded=True),
    Block(id="a", kind="text", source=CODE),
)
TABS = (
    Tab("a", 1, "Valve", "running"),
    Tab("b", 2, "Canal", "asking", unread=True),
    Tab("c", 3, "Notes", "idle", unread=True),
    Tab("d", 4, "Pumps", "failed"),
    Tab("e", 5, "Pond", "queued"),
)


class Scene(App[None]):
    """All that a theme colours, at 80 x 24."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #title { background: $primary-muted; text-style: bold; }
    #both { height: 14; }
    Transcript { width: 42; height: 14; }
    #side { width: 1fr; height: 14; layout: vertical; }
    DiffView { height: 9; }
    VirtualTable { height: 5; }
    AskBar { height: 4; }
    """

    def __init__(self, theme: str) -> None:
        super().__init__()
        for one in (*HOUSE, *HIDDEN):
            self.register_theme(one)
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield TabStrip()
        yield StatusLine(id="title")
        with Horizontal(id="both"):
            yield Transcript()
            with Horizontal(id="side"):
                yield DiffView(DIFF, highlight=True)
                yield VirtualTable((Column("what", "call", 12), Column("state", "state", 10, flex=True)))
        yield AskBar()
        yield Prompt()
        yield StatusLine(id="status")

    def on_mount(self) -> None:
        strip = self.query_one(TabStrip)
        strip.set_tabs(TABS)
        strip.active = "b"
        states = [Segment("▶ running", "good"), Segment("? asks", "warn"), Segment("✗ failed", "bad")]
        self.query_one("#title", StatusLine).show([Segment("2 Canal", "", 9), *states], [Segment("$0.02", "dim")])
        self.query_one("#status", StatusLine).show([*states, Segment("queued", "accent")], [Segment("ctx 42 %", "dim")])
        self.query_one(Transcript).put_all(BLOCKS)
        rows = [
            {"what": Cell("read"), "state": Cell("ok", "good")},
            {"what": Cell("grep"), "state": Cell("error", "bad")},
            {"what": Cell("list", "dim"), "state": Cell("asking", "warn")},
        ]
        self.query_one(VirtualTable).show(len(rows), 0, rows)
        self.query_one(AskBar).ask(AskRequest("1", "Edit valve.py", "It writes in the folder."), 1, 2)
        prompt = self.query_one(Prompt)
        prompt.insert("Open the lower gate")
        prompt.selection = prompt.selection._replace(start=(0, 5), end=(0, 9))
        self.query_one(VirtualTable).focus()


async def drawn(app: Scene, snap: Callable[..., bool]) -> bool:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.pause()
        return snap(app)


@pytest.mark.parametrize("theme", [theme.name for theme in HOUSE])
async def test_a_theme(snap: Callable[..., bool], theme: str) -> None:
    assert await drawn(Scene(theme), snap)


async def test_no_colour_at_all(snap: Callable[..., bool]) -> None:
    app = Scene(PLAIN.name)
    app._filters.append(Colourless())
    assert await drawn(app, snap)


class Fewer(LineFilter):
    """What a terminal of few colours makes of them."""

    def __init__(self, system: ColorSystem) -> None:
        super().__init__()
        self._system = system

    def apply(self, segments: list[Piece], background: TextualColor) -> list[Piece]:
        return [Piece(text, style and self._fewer(style), control) for text, style, control in segments]

    def _fewer(self, style: Style) -> Style:
        return style + Style(color=self._down(style.color), bgcolor=self._down(style.bgcolor))

    def _down(self, colour: Color | None) -> Color | None:
        return colour and Color.from_triplet(colour.downgrade(self._system).get_truecolor())


@pytest.mark.parametrize(
    ("theme", "colours"),
    [
        ("sixteen-dark", ColorSystem.STANDARD),
        ("sixteen-light", ColorSystem.STANDARD),
        ("penstock-dark", ColorSystem.EIGHT_BIT),
        ("penstock-light", ColorSystem.EIGHT_BIT),
    ],
    ids=["16-dark", "16-light", "256-dark", "256-light"],
)
async def test_few_colours(snap: Callable[..., bool], colours: ColorSystem, theme: str) -> None:
    app = Scene(theme)
    app._filters.append(Fewer(colours))
    assert await drawn(app, snap)


# --- the screens


@pytest.mark.parametrize("theme", ["penstock-dark", "penstock-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_the_settings(snap: Callable[..., bool], size: tuple[int, int], theme: str, monkeypatch) -> None:
    monkeypatch.setattr("tui.app.screens.settings.home_path", lambda path: "~/.config/penstock/config.toml")
    path = config_path()
    path.parent.mkdir(parents=True)
    path.write_text(
        '[screen]\ntheme_dark = "harbour-dark"\nmotion = "reduced"\n[models]\nfallback = ["a/one", "b/two"]\n'
    )
    async with opened_app(path.parent, [text("x")], size=size, theme=theme) as stage:
        await stage.send("/settings")
        await stage.until(lambda: isinstance(stage.app.screen, SettingsScreen) and stage.app.screen.listed)
        await stage.press("j", "j", "j", "j")
        await stage.drawn()
        assert snap(stage.app)
        await stage.press("slash", *"idle", "enter", "enter")
        await stage.until(lambda: stage.app.screen.query_one(".edit").has_focus)
        await stage.press("backspace", "backspace", "0", "enter")
        await stage.drawn()
        assert snap(stage.app, "edited")


@pytest.mark.parametrize(
    ("size", "theme"), [((80, 24), "penstock-dark"), ((120, 40), "ember-light")], ids=["80x24", "120x40"]
)
async def test_the_list_of_themes(home, snap: Callable[..., bool], size: tuple[int, int], theme: str) -> None:
    async with opened_app(home, [text("x")], size=size, theme=theme) as stage:
        await stage.send("/theme")
        await stage.until(lambda: isinstance(stage.app.screen, ThemePicker) and stage.app.screen.is_mounted)
        await stage.press("down")
        await stage.drawn()
        assert snap(stage.app)
