"""Panes side by side and one above the other, that never lose their state.

All panes are children of this one container; where each stands is computed by its own layout from a
tree (``split_tree``). So splitting, swapping, resizing and zooming move widgets and never re-mount
one. Where the area is too small for the tree, the focused pane alone is shown, and the others wait,
undisplayed and intact.

A leaf of the tree names a pane by its key: the widget's own id, or whatever ``show`` says. With ``show`` one container
serves many trees in turn, and widgets that a tree does not name wait, undisplayed, for one that does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich.segment import Segment
from textual import events
from textual.await_complete import AwaitComplete
from textual.await_remove import AwaitRemove
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.message import Message
from textual.strip import Strip
from textual.widget import AwaitMount, Widget

from widgets import split_tree as tree
from widgets.split_tree import Axis, Divider, Tiling

SMALL = Size(100, 28)
"""A smaller area than this shows panes beside each other only where each is roomy."""
# Lines that meet in a cell, as bits: up 1, down 2, left 4, right 8.
_LINES = {3: "│", 12: "─", 11: "├", 7: "┤", 14: "┬", 13: "┴", 15: "┼", 1: "│", 2: "│", 4: "─", 8: "─"}


class _TreeLayout(Layout):
    """Asks the container where its panes stand."""

    name = "split"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        assert isinstance(parent, Split)
        regions = parent.tile(size).panes
        return [
            WidgetPlacement(regions[key], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (key := parent.key_of(child)) in regions
        ]


class Split(Widget, can_focus=False):
    """Told by ``show``, or by ``split``, ``remove``, ``swap``...; and by ``zoom`` and ``resize``."""

    DEFAULT_CSS = """
    Split { width: 1fr; height: 1fr; background: $background; overflow: hidden hidden; }
    Split > .split--divider { color: $foreground 25%; }
    Split > .split--divider-focused { color: $accent; }
    """
    COMPONENT_CLASSES = {"split--divider", "split--divider-focused"}
    ALLOW_SELECT = False

    @dataclass
    class LayoutChanged(Message):
        """Panes came, went or moved: what ``layout_value`` says is new."""

        split: "Split"

        @property
        def control(self) -> "Split":
            return self.split

    @dataclass
    class PaneFocused(Message):
        """Another pane is the focused one."""

        split: "Split"
        pane_id: str

        @property
        def control(self) -> "Split":
            return self.split

    def __init__(self, *panes: Widget, name: str | None = None, id: str | None = None) -> None:
        """``panes``: none or one to begin with (more come from ``build``)."""
        super().__init__(*panes, name=name, id=id)
        self._tree_layout = _TreeLayout()
        self._root: tree.Node | None = None
        self._widgets = {_id_of(pane): pane for pane in panes}
        for pane in panes:
            leaf = tree.Leaf(_id_of(pane))
            self._root = leaf if self._root is None else tree.Branch("x", self._root, leaf)
        self._focused = next(tree.leaves(self._root), "")
        self._zoomed: str | None = None
        self._tiled: tuple[Size, Tiling] | None = None
        self._dragged: Divider | None = None
        self._last_focus: dict[str, Widget] = {}  # pane -> the widget in it that had the focus last

    @classmethod
    def build(cls, value: Any, make: Callable[[str], Widget], *, id: str | None = None) -> "Split":
        """A container laid out as ``layout_value`` said; ``make`` gives the pane with that id.

        Raises:
            ValueError: ``value`` is not a layout.
        """
        if value is None:
            return cls(id=id)
        root = tree.from_value(value)
        split = cls(*(make(pane_id) for pane_id in tree.leaves(root)), id=id)
        split._root = root
        return split

    @property
    def layout(self) -> Layout:
        return self._tree_layout

    # -- what it says

    @property
    def panes(self) -> list[str]:
        """Ids, left to right and top to bottom."""
        return list(tree.leaves(self._root))

    @property
    def focused_pane(self) -> str:
        """The pane that has, or had last, the focus; empty when there is none."""
        return self._focused

    @property
    def zoomed(self) -> str | None:
        return self._zoomed

    @property
    def shown(self) -> list[str]:
        """The panes that have a place on the screen now."""
        return [pane_id for pane_id in self.panes if pane_id in self.tile(self.size).panes]

    def pane(self, pane_id: str) -> Widget:
        """The widget of a pane. Raises KeyError when there is none."""
        return self._widgets[pane_id]

    def key_of(self, widget: Widget | None) -> str:
        """The key of the pane that is this widget; "" for one that the tree does not name."""
        return next((key for key, pane in self._widgets.items() if pane is widget), "")

    def layout_value(self) -> Any:
        """The tree as a value for JSON; None when it is empty."""
        return None if self._root is None else tree.to_value(self._root)

    # -- what it is told

    def show(
        self, root: tree.Node, panes: Mapping[str, Widget], *, focused: str = "", zoomed: str | None = None
    ) -> None:
        """Show this tree from now on, with these children as its panes. The tree is changed in place by ``resize``."""
        self._root, self._widgets = root, dict(panes)
        self._last_focus = {key: widget for key, widget in self._last_focus.items() if key in self._widgets}
        self._focused = focused if focused in self._widgets else next(tree.leaves(root))
        self._zoomed = zoomed
        self._changed()

    def split(self, pane_id: str, direction: Literal["right", "down"], new_widget: Widget) -> AwaitMount:
        """Halve ``pane_id`` and put ``new_widget`` at its right or below. In an empty container it takes all.

        Raises:
            KeyError: no such pane.
        """
        leaf = tree.Leaf(_id_of(new_widget))
        if self._root is not None and pane_id not in self.panes:
            raise KeyError(pane_id)
        self._widgets[leaf.pane_id] = new_widget
        if self._root is None:
            self._root, self._focused = leaf, leaf.pane_id
        else:
            branch = tree.Branch("x" if direction == "right" else "y", tree.Leaf(pane_id), leaf)
            self._root = tree.replace(self._root, pane_id, branch)
        self._zoomed = None
        self._changed()
        return self.mount(new_widget)

    def remove(self, pane_id: str | None = None) -> AwaitRemove:
        """Take a pane away; its sibling takes the room. Without an id the whole container goes, as with any widget.

        Raises:
            KeyError: no such pane.
        """
        if pane_id is None:
            return super().remove()
        pane = self.pane(pane_id)
        assert self._root is not None
        before = self.panes
        self._root = tree.without(self._root, pane_id)
        self._last_focus.pop(pane_id, None)
        del self._widgets[pane_id]
        if self._zoomed == pane_id:
            self._zoomed = None
        if self._focused == pane_id:
            index = before.index(pane_id)
            self._focused = (before[index + 1 :] + before[:index][::-1] or [""])[0]
            if self._focused:
                self.call_after_refresh(self.focus_pane, self._focused)
        self._changed()
        return pane.remove()

    def replace(self, pane_id: str, new_widget: Widget) -> AwaitComplete:
        """Put another widget where ``pane_id`` stands. Raises KeyError when there is none."""
        old = self.pane(pane_id)
        assert self._root is not None
        new_id = _id_of(new_widget)
        self._root = tree.replace(self._root, pane_id, tree.Leaf(new_id))
        del self._widgets[pane_id]
        self._widgets[new_id] = new_widget
        self._last_focus.pop(pane_id, None)
        self._zoomed = new_id if self._zoomed == pane_id else self._zoomed
        self._focused = new_id if self._focused == pane_id else self._focused
        mounted = self.mount(new_widget)
        self._changed()
        return AwaitComplete(mounted, old.remove())

    def zoom(self, pane_id: str | None) -> None:
        """Show one pane alone; None shows all again. Raises KeyError when there is no such pane."""
        if pane_id is not None:
            self.pane(pane_id)
        if pane_id == self._zoomed:
            return
        self._zoomed = pane_id
        if pane_id is not None:
            self.focus_pane(pane_id)
        self._changed()

    def resize(self, pane_id: str, delta_cells: int, axis: Axis) -> bool:
        """Grow a pane (shrink it, if negative) against its nearest neighbour along ``axis``. False: it cannot."""
        assert self._root is not None
        areas = {id(divider.branch): divider.area for divider in self.tile(self.size).dividers}
        for branch, is_first in reversed(tree.path_to(self._root, pane_id)):
            area = areas.get(id(branch))
            if branch.axis != axis or area is None:
                continue
            cells = tree.first_cells(branch, area, branch.ratio) + (delta_cells if is_first else -delta_cells)
            if tree.set_cells(branch, area, cells):
                self._changed()
                return True
        return False

    def swap(self, one: str, other: str) -> None:
        """Exchange the places of two panes. Raises KeyError when one of them is not there."""
        assert self.pane(one) is not None and self.pane(other) is not None and self._root is not None
        tree.swap(self._root, one, other)
        self._changed()

    def focus_next(self) -> None:
        """The focus goes to the next pane, around the end."""
        self._focus_by(1)

    def focus_previous(self) -> None:
        self._focus_by(-1)

    def _focus_by(self, step: int) -> None:
        panes = self.panes
        if panes:
            here = panes.index(self._focused) if self._focused in panes else -step
            self.focus_pane(panes[(here + step) % len(panes)])

    def focus_pane(self, pane_id: str, target: Widget | None = None) -> None:
        """Make a pane the focused one; the focus goes to ``target`` there, or to what had it last. Unknown ids are
        ignored."""
        if pane_id not in self.panes:
            return
        self._mark_focused(pane_id)
        pane = self.pane(pane_id)
        target = target or self._last_focus.get(pane_id)
        if target is None or not target.is_attached or not target.focusable:
            target = pane if pane.focusable else next((w for w in pane.query("*") if w.focusable), None)
        if target is not None and self.screen.focused is not target:
            self.screen.set_focus(target, scroll_visible=False)

    # -- inside

    def tile(self, size: Size) -> Tiling:
        """Where panes and dividers stand in ``size``; only one pane when it is zoomed or nothing else fits."""
        if self._tiled is None or self._tiled[0] != size:
            self._tiled = (size, self._tile(size))
        return self._tiled[1]

    def _tile(self, size: Size) -> Tiling:
        if self._root is None or not size:
            return Tiling()
        if self._zoomed is not None:
            return Tiling({self._zoomed: size.region})
        small = size.width < SMALL.width or size.height < SMALL.height
        if not tree.fits(self._root, size, tree.ROOMY if small else tree.LEAST):
            return Tiling({self._focused or self.panes[0]: size.region})
        return tree.tile(self._root, size.region)

    def _arrange_again(self) -> None:
        self._tiled = None
        self._clear_arrangement_cache()
        self._show_panes()
        self.refresh(layout=True)

    def _changed(self) -> None:
        self._arrange_again()
        self.post_message(self.LayoutChanged(self))

    def _show_panes(self) -> None:
        """Panes without a place are not displayed: they cost nothing and cannot take the focus."""
        if not self.size:
            return
        regions = self.tile(self.size).panes
        for child in self.children:
            child.display = self.key_of(child) in regions

    def on_resize(self) -> None:
        self._tiled = None
        self._show_panes()

    def on_mount(self) -> None:
        self._show_panes()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        widget = event.widget
        if self.screen.focused is not widget:
            return  # it has already gone elsewhere
        pane = next((node for node in widget.ancestors_with_self if node.parent is self), None)
        key = self.key_of(pane) if isinstance(pane, Widget) else ""
        if key:
            self._last_focus[key] = widget
            self._mark_focused(key)

    def _mark_focused(self, pane_id: str) -> None:
        if pane_id == self._focused:
            return
        self._focused = pane_id
        if self._zoomed is not None and self._zoomed != pane_id:
            self._zoomed = pane_id
        if pane_id in self.tile(self.size).panes and self._zoomed is None and len(self.shown) > 1:
            self.refresh()  # the accent moves
        else:
            self._arrange_again()
        self.post_message(self.PaneFocused(self, pane_id))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self.rich_style
        tiling = self.tile(self.size)
        on_row = [d.region for d in tiling.dividers if d.region.y <= y < d.region.bottom]
        if not on_row:
            return Strip.blank(width, base)
        plain = self.get_component_rich_style("split--divider")
        accent = self.get_component_rich_style("split--divider-focused")
        focused = tiling.panes.get(self._focused, Region()).grow((1, 1, 1, 1))
        cells = [Segment(" ", base)] * width
        for region in on_row:
            for x in range(region.x, min(region.right, width)):
                style = accent if focused.contains(x, y) else plain
                cells[x] = Segment(_LINES[_meeting(tiling.dividers, x, y)], style)
        return Strip(cells, width).simplify()

    def _divider_at(self, x: int, y: int) -> Divider | None:
        return next((d for d in self.tile(self.size).dividers if d.region.contains(x, y)), None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._dragged = self._divider_at(event.x, event.y)
        if self._dragged is not None:
            event.stop()
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragged is None:
            return
        event.stop()
        branch, area = self._dragged.branch, self._dragged.area
        cells = event.x - area.x if branch.axis == "x" else event.y - area.y
        if tree.set_cells(branch, area, cells):
            self._arrange_again()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self._dragged is not None:
            event.stop()
            self._dragged = None
            self.release_mouse()
            self.post_message(self.LayoutChanged(self))


def _id_of(pane: Widget) -> str:
    if not pane.id:
        raise ValueError("a pane needs an id")
    return pane.id


def _meeting(dividers: Sequence[Divider], x: int, y: int) -> int:
    """Which lines meet in a divider's cell, as bits of ``_LINES``."""

    def along(px: int, py: int, axis: Axis | None = None) -> bool:
        return any(d.region.contains(px, py) and (axis is None or d.branch.axis == axis) for d in dividers)

    bits = 0
    vertical, horizontal = along(x, y, "x"), along(x, y, "y")
    if along(x, y - 1) and (vertical or along(x, y - 1, "x")):
        bits |= 1
    if along(x, y + 1) and (vertical or along(x, y + 1, "x")):
        bits |= 2
    if along(x - 1, y) and (horizontal or along(x - 1, y, "y")):
        bits |= 4
    if along(x + 1, y) and (horizontal or along(x + 1, y, "y")):
        bits |= 8
    return bits or (3 if vertical else 12)
