"""The frugal screen shows what Textual's own would show, and paints when it is told to."""

from random import Random
from typing import Any

import pyte
from textual._compositor import Compositor
from textual.app import App, ComposeResult
from textual.containers import Grid, Vertical
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.widgets import Static

from widgets.blocks import Block
from widgets.compositor import FrugalCompositor, FrugalScreen
from widgets.status_line import Segment, StatusLine
from widgets.transcript import Transcript

SIZE = (90, 24)


class Panes(FrugalScreen):
    CSS = """
    Panes { layers: base over; }
    Grid { grid-size: 2; border: round $accent; padding: 0 1; }
    #over { layer: over; width: 30; height: 5; offset: 25 8; border: solid $warning; }
    """

    def compose(self) -> ComposeResult:
        with Grid():
            for number in range(4):
                with Vertical():
                    yield StatusLine(id=f"title{number}")
                    yield Transcript(id=f"t{number}")
        yield Static("over [b]everything[/b]", id="over")


class Stage(App[None]):
    displays = 0

    def get_default_screen(self) -> Screen[None]:
        return Panes()

    def post_display_hook(self) -> None:
        self.displays += 1


def fill(screen: Screen[Any]) -> None:
    for number in range(4):
        screen.query_one(f"#title{number}", StatusLine).show([Segment(f"pane {number}", "accent")])
        source = f"**pane** {number} " * 90 + "\n\n```python\nx = 1\n```\n"
        screen.query_one(f"#t{number}", Transcript).put(Block(id="a", kind="text", source=source, streaming=True))


def painted(app: Stage, compositor: Compositor, regions: set[Region], kind: type[Compositor]) -> list[list[tuple]]:
    """The cells of an empty terminal after ``kind``'s partial update of ``regions``."""
    compositor._dirty_regions = set(regions)
    update = kind.render_partial_update(compositor)
    terminal = pyte.Screen(*SIZE)
    if update is not None:
        pyte.Stream(terminal).feed(update.render_segments(app.console))
    return [[tuple(terminal.buffer[y][x]) for x in range(SIZE[0])] for y in range(SIZE[1])]


def some_regions(random: Random, screen: Screen[Any]) -> set[Region]:
    """Rows and corners of widgets, as refreshes make them."""
    places = [region for region, _ in screen._compositor.visible_widgets.values()]
    regions: set[Region] = set()
    for place in random.choices(places, k=random.randint(1, 6)):
        x, y = random.randrange(place.width), random.randrange(place.height)
        size = Size(random.randint(1, place.width), random.randint(1, place.height))
        whole = place if random.random() < 0.3 else Region(place.x + x, place.y + y, *size)
        regions.add(whole.intersection(place))
    return regions


async def test_a_partial_update_shows_what_textuals_own_shows() -> None:
    app, random = Stage(), Random(8)
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        fill(screen)
        await pilot.pause()
        for _ in range(60):
            regions = some_regions(random, screen)
            ours = painted(app, screen._compositor, regions, type(screen._compositor))
            assert ours == painted(app, screen._compositor, regions, Compositor), regions


async def test_only_widgets_that_show_in_the_change_are_asked_for_rows() -> None:
    app = Stage()
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        fill(screen)
        await pilot.pause()
        transcript = screen.query_one("#t0", Transcript)
        row = Region(transcript.region.x, transcript.region.y + 1, transcript.region.width - 1, 2)
        compositor = screen._compositor
        assert isinstance(compositor, FrugalCompositor)
        compositor._changed = [row]
        renders = [*compositor._get_renders(row)]
        compositor._changed = None
        assert [(region, len(strips)) for region, _, strips in renders] == [(transcript.region, 2)]


async def test_what_asked_for_a_refresh_is_painted_at_once_and_once() -> None:
    app = Stage()
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        assert isinstance(screen, FrugalScreen)
        fill(screen)
        await pilot.pause()
        before = app.displays
        screen.query_one("#t2", Transcript).grow("a", "one more line\n\nand another")
        screen.paint_now()
        assert app.displays == before + 1
        screen.paint_now()
        assert app.displays == before + 1


async def test_a_screen_that_needs_layout_is_left_to_textual() -> None:
    app = Stage()
    async with app.run_test(size=SIZE) as pilot:
        screen = app.screen
        assert isinstance(screen, FrugalScreen)
        await pilot.pause()
        before = app.displays
        screen.refresh(layout=True)
        screen.paint_now()
        assert app.displays == before
