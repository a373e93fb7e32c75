"""A lean strip looks like any other however it is cut, is gone when nobody has it, and few are kept by a transcript."""

import gc
from random import Random

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from widgets.blocks import Block
from widgets.lean_strip import LeanStrip
from widgets.transcript import Transcript
from widgets.transcript_paint import KEPT_MORE, KEPT_WINDOWS, Painter

_STYLES = (Style(bold=True), Style(color="red"), Style())


def some_segments(random: Random) -> list[Segment]:
    words = ("pipe ", "水 gate ", "v", "  ", "flow 水")
    return [Segment(random.choice(words), random.choice(_STYLES)) for _ in range(random.randint(1, 9))]


def test_it_is_cut_joined_and_styled_like_any_strip() -> None:
    random = Random(4)
    for _ in range(200):
        segments = some_segments(random)
        plain, lean = Strip(segments), LeanStrip(segments)
        width = plain.cell_length
        start, end = sorted(random.choices(range(width + 3), k=2))
        assert lean == plain and lean.cell_length == width
        for _ in range(2):  # the second time Textual's comes from its caches
            assert lean.crop(start, end) == plain.crop(start, end)
            assert lean.crop_extend(start, end, _STYLES[0]) == plain.crop_extend(start, end, _STYLES[0])
            assert lean.adjust_cell_length(end) == plain.adjust_cell_length(end)
            assert list(lean.divide([start, width])) == list(plain.divide([start, width]))
            assert lean.apply_style(_STYLES[1]) == plain.apply_style(_STYLES[1])
            assert lean.apply_offsets(start, 3) == plain.apply_offsets(start, 3)
        assert Strip.join([lean, lean]) == Strip.join([plain, plain])


def test_it_is_gone_when_nobody_has_it() -> None:
    gc.collect()
    gc.disable()
    try:
        for kind, left in ((LeanStrip, 0), (Strip, 1)):
            strip = kind([Segment("pipe")])
            strip.divide([4])
            strip.adjust_cell_length(4)
            del strip
            assert min(gc.collect(), 1) == left  # Textual's holds itself: should it do so no more, ours is not needed
    finally:
        gc.enable()


class Stage(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()


async def test_of_a_growing_text_a_few_windows_are_kept_and_what_is_in_sight_is_made_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    build = Painter._build

    def counted(painter: Painter, *args: object) -> Strip:
        made.append("")
        return build(painter, *args)  # type: ignore[arg-type]

    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        transcript = app.query_one(Transcript)
        transcript.put(Block(id="a", kind="text", streaming=True))
        await pilot.pause()
        monkeypatch.setattr(Painter, "_build", counted)
        for number in range(900):
            transcript.grow("a", f"{number}" + "\n\n" * (number % 15 == 14))
            strips = transcript.render_lines(Region(0, 0, 60, 20))
            assert all(type(strip) is LeanStrip for strip in strips)
        assert len(transcript.painter._strips) <= KEPT_WINDOWS * 20 + KEPT_MORE
        assert len(made) == 900  # the last row each time; no other again
