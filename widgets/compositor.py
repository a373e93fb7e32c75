"""A screen that paints often at little cost: Textual's, with three of its habits changed.

Textual renders every visible widget within the bounding box of what changed. With eight panes that stream this is the
whole screen, sixty times a second: titles, prompts and scroll bars that did not change, and containers of which
not a cell shows. ``FrugalCompositor`` asks a widget for the rows of the changed regions alone, from the front to the
back, and not at all once what lies before it covers them. Half of a frame's cost goes.

Textual's way of cutting rows at the edges of widgets makes a row that needs no cut hold itself, in a cycle that only
the garbage collector ends: fifty rows a second while text streams. Here such a row is taken as it is.

And Textual paints by a timer of its own: text that a frame clock has brought waits for it up to a frame longer.
``FrugalScreen.paint_now`` lets that clock paint. What is shown is the same, which tests hold; both stand on private
names of the one version of Textual that the project pins.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip


class FrugalCompositor(Compositor):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self._changed: list[Region] | None = None

    def render_partial_update(self) -> ChopsUpdate | None:
        """See ``Compositor``."""
        self._changed = [*self._dirty_regions]
        try:
            update = super().render_partial_update()
        finally:
            self._changed = None
        return update and _Update(update.chops, update.spans, update.chop_ends)

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """(region, clip, strips) of each widget that shows in what changed, front to back."""
        if self._changed is None:
            yield from super()._get_renders(crop)
            return
        screen = self.size.region
        left = [shown for region in self._changed if (shown := region.intersection(screen))]
        for widget, (region, clip) in self.visible_widgets.items():
            shown = region.intersection(clip)
            over = [changed for changed in left if changed.overlaps(shown)]
            if not over:
                continue
            top, bottom = min(changed.y for changed in over), max(changed.bottom for changed in over)
            rows = shown.intersection(Region(shown.x, top, shown.width, bottom - top))
            yield region, rows, widget.render_lines(rows.translate(-region.offset))
            left = [changed for changed in left if not shown.contains_region(changed)]
            if not left:
                return

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        """For each row of the screen: where a piece begins, and the piece; nothing for rows that are not painted."""
        cuts = self.cuts
        chops: list[dict[int, Any]] = [
            dict.fromkeys(edges[:-1]) if is_rendered_line(y) else {} for y, edges in enumerate(cuts)
        ]
        for region, clip, strips in self._get_renders(crop):
            shown = region.intersection(clip)
            left, right = shown.column_span
            for y, strip in zip(shown.line_range, strips, strict=False):
                if is_rendered_line(y):
                    edges = [edge for edge in cuts[y] if left <= edge <= right]
                    row = chops[y]
                    for edge, piece in zip(edges, _pieces(strip, edges, left), strict=False):
                        if row[edge] is None:  # else a widget in front has it
                            row[edge] = piece
        return chops


def _pieces(strip: Strip, edges: Sequence[int], left: int) -> Sequence[Strip]:
    """A strip that begins at ``left``, cut at the edges after the first."""
    within = [edge - left for edge in edges[1:] if edge - left <= strip.cell_length]
    return (strip,) if within == [strip.cell_length] else strip.divide(within)


class _Update(ChopsUpdate):
    """Textual makes an object of Rich's for each place to write to: a tenth of the painting."""

    def render_segments(self, console: Console) -> str:
        """See ``ChopsUpdate``."""
        sequences: list[str] = []
        for y, x1, x2 in self.spans:
            for end, (x, strip) in zip(self.chop_ends[y], self.chops[y].items(), strict=False):
                if strip is None or x >= x2 or end <= x1:
                    continue
                if x < x1 or end > x2:  # from the chop's beginning, so that no wide character is cut in two there
                    strip = strip.crop(0, min(end, x2) - x)
                sequences.append(f"\x1b[{y + 1};{x + 1}H{strip.render(console)}")
        return "".join(sequences)


def paint_frugally(screen: Screen[Any]) -> None:
    """Before it is shown: let a screen that is no ``FrugalScreen`` paint as one."""
    screen._compositor = FrugalCompositor()


class FrugalScreen(Screen[None]):
    """See the module. A base for screens on which text streams."""

    def __init__(self) -> None:
        super().__init__()
        paint_frugally(self)

    def paint_now(self) -> None:
        """Put on the terminal what has asked for a refresh. Whatever needs layout is left to Textual."""
        if self._layout_required or self._scroll_required or not self.is_current:
            return
        for widget in self._compositor.visible_widgets:
            if widget._repaint_required and not widget._layout_required:
                widget._repaint_required = False
                self._dirty_widgets.add(widget)
        if self._dirty_widgets:
            self._on_timer_update()
