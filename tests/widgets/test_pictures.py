"""Pictures of the widgets, each alone: what no assertion sees, such as a glyph out of line or a text too pale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from widgets.__main__ import EXHIBITS, Gallery
from widgets.blocks import GLYPHS, Block
from widgets.prompt import Prompt
from widgets.transcript import Transcript
from widgets.transcript_demo import BLOCKS

Snap = Callable[..., bool]
THEMES = ("textual-dark", "textual-light")

MORE = (
    Block(id="failed", kind="text", source="This is as far as it came", status="cut"),
    *(Block(id=f"s{n}", kind="tool", title=f"state {name or 'none'}", status=name) for n, name in enumerate(GLYPHS)),
    Block(
        id="wide",
        kind="text",
        source="世界 **太字** 👨‍👩‍👧 e\u0301 שלום\n\n- [x] done\n- [ ] not\n  > quoted\n\n<b>html</b>\n\n---\n\n"
        "### Third\n\n~~gone~~ ![a picture](https://a.example/x.png)",
    ),
)


class Stage(App[None]):
    TITLE = "widget"

    def __init__(self, widget: Widget, theme: str) -> None:
        super().__init__()
        self.widget = widget
        self.theme = theme

    def compose(self) -> ComposeResult:
        yield Static("", id="rest")
        yield self.widget


async def settled(pilot: Pilot[None]) -> None:
    """Until nothing waits to be drawn: what is drawn twice alike is drawn."""
    before = ""
    for _ in range(50):
        await pilot.pause()
        after = pilot.app.export_screenshot(simplify=True)
        if after == before:
            return
        before = after
    raise AssertionError("it never came to rest")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("density", ["line", "full"])
async def test_a_transcript_of_all_kinds(snap: Snap, density: str, theme: str) -> None:
    transcript = Transcript()
    app = Stage(transcript, theme)
    async with app.run_test(size=(80, 76)) as pilot:
        app.query_one("#rest").display = False
        transcript.put_all([*(replace(block, streaming=False) for block in BLOCKS[:-1]), *MORE])
        transcript.set_density("tool" if density == "line" else "all", "line" if density == "line" else "full")
        transcript.cursor = "edit"
        transcript.focus()
        if density == "full":
            transcript.find("clock")
        transcript.scroll_to_block("prompt")
        await settled(pilot)
        assert snap(app)


@pytest.mark.parametrize(
    ("name", "size", "light"),
    [
        ("ask_bar", (80, 24), False),
        ("ask_bar", (36, 12), True),
        ("ask_bar_shell", (80, 12), True),
        ("bar_plot", (60, 10), False),
        ("bar_plot", (30, 10), True),
        ("checklist", (60, 10), False),
        ("checklist", (60, 22), True),
        ("diff_view", (80, 16), True),
        ("diff_view_code", (80, 16), False),
        ("diff_view_code", (80, 16), True),
        ("diff_view_side", (100, 16), False),
        ("fact_tree", (60, 14), False),
        ("fact_tree", (60, 14), True),
        ("output_view", (60, 16), False),
        ("picker", (80, 20), False),
        ("tab_strip", (80, 4), False),
        ("tab_strip", (110, 4), True),
        ("virtual_table", (60, 14), False),
    ],
    ids=lambda value: "x".join(map(str, value)) if isinstance(value, tuple) else str(value),
)
async def test_a_widget_of_the_gallery(snap: Snap, name: str, size: tuple[int, int], light: bool) -> None:
    app = Gallery(name, light=light)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert snap(app)


@pytest.mark.parametrize("light", [False, True], ids=["dark", "light"])
async def test_a_prompt_that_offers_commands(snap: Snap, light: bool) -> None:
    app = Gallery("prompt", light=light)
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("/", "down")
        await settled(pilot)
        assert app.query_one(Prompt).text == "/"
        assert snap(app)


def test_the_gallery_shows_every_widget() -> None:
    assert {"transcript", "prompt", "split", "tab_strip", "ask_bar", "output_view", "diff_view", "picker"} <= set(
        EXHIBITS
    )
