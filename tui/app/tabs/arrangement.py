"""Which session stands where: tabs, each of them panes side by side and one above the other, as plain values.

Every open session stands in exactly one tab, once. The strip shows them in this order; one tab is in front, and in
each tab one session has the focus. Nothing here knows a widget: the screen shows what this says.
"""

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any, Literal

from textual.geometry import Size

from widgets import split_tree as tree
from widgets.split_tree import Axis, Branch, Leaf, Node

Direction = Literal["right", "down"]
Shape = Literal["columns", "rows", "grid", "main"]
SHAPES: tuple[Shape, ...] = ("grid", "columns", "rows", "main")
MOST_PANES = 16
"""In one tab: more could not be read anywhere."""
_AXES: dict[Direction, Axis] = {"right": "x", "down": "y"}


@dataclass(slots=True)
class PaneTab:
    """``zoomed``: the session that is shown alone, None for all."""

    root: Node
    focused: str
    zoomed: str | None = None

    @property
    def ids(self) -> list[str]:
        return list(tree.leaves(self.root))


class Arrangement:
    """Tabs in their order. A session that is not there is a KeyError."""

    def __init__(self, tabs: Iterable[PaneTab] = (), front: int = 0) -> None:
        self.tabs = list(tabs)
        self._front = front

    @property
    def ids(self) -> list[str]:
        """All sessions, in the strip's order."""
        return [session_id for tab in self.tabs for session_id in tab.ids]

    def __contains__(self, session_id: str) -> bool:
        return any(session_id in tab.ids for tab in self.tabs)

    @property
    def front(self) -> PaneTab | None:
        """The tab that is shown; None while there is none."""
        return self.tabs[min(self._front, len(self.tabs) - 1)] if self.tabs else None

    @property
    def focused(self) -> str:
        return self.front.focused if self.front else ""

    def tab_of(self, session_id: str) -> PaneTab:
        for tab in self.tabs:
            if session_id in tab.ids:
                return tab
        raise KeyError(session_id)

    def bring_to_front(self, session_id: str) -> None:
        """Show its tab, with the focus on it."""
        tab = self.tab_of(session_id)
        self._front = self.tabs.index(tab)
        tab.focused = session_id
        if tab.zoomed is not None:
            tab.zoomed = session_id

    def step(self, step: int) -> str:
        """The session that has the focus in the tab ``step`` places further, around the ends; "" without tabs."""
        if not self.tabs:
            return ""
        return self.tabs[(min(self._front, len(self.tabs) - 1) + step) % len(self.tabs)].focused

    # --- changing it

    def add(self, session_id: str) -> None:
        """A tab of its own, after all others. One that is there stays where it is."""
        if session_id not in self:
            self.tabs.append(PaneTab(Leaf(session_id), session_id))

    def add_beside(self, session_id: str, other: str, direction: Direction) -> None:
        """Halve the pane of ``other``."""
        tab = self.tab_of(other)
        tab.root = tree.replace(tab.root, other, Branch(_AXES[direction], Leaf(other), Leaf(session_id)))
        tab.zoomed = None

    def replace(self, old: str, new: str) -> None:
        """Put another session where ``old`` stands."""
        tab = self.tab_of(old)
        tab.root = tree.replace(tab.root, old, Leaf(new))
        tab.focused = new if tab.focused == old else tab.focused
        tab.zoomed = new if tab.zoomed == old else tab.zoomed

    def remove(self, session_id: str) -> None:
        """Take it away; what stood beside it takes the room, and a tab without panes goes."""
        tab = self.tab_of(session_id)
        at, ids = self.tabs.index(tab), tab.ids
        root = tree.without(tab.root, session_id)
        if root is None:
            del self.tabs[at]
            if at < self._front or self._front >= len(self.tabs):
                self._front = max(0, self._front - 1)
            return
        tab.root = root
        tab.zoomed = None if tab.zoomed == session_id else tab.zoomed
        if tab.focused == session_id:
            here = ids.index(session_id)
            tab.focused = (ids[here + 1 :] + ids[:here][::-1])[0]

    def take_out(self, session_id: str) -> None:
        """A tab of its own, behind the one where it stands. The tab in front stays in front."""
        tab = self.tab_of(session_id)
        if len(tab.ids) == 1:
            return
        self.remove(session_id)
        at = self.tabs.index(tab) + 1
        self.tabs.insert(at, PaneTab(Leaf(session_id), session_id))
        if at <= self._front:
            self._front += 1

    def move_beside(self, session_id: str, other: str, direction: Direction = "right") -> None:
        """Bring a session from wherever it stands to the side of another."""
        if session_id == other:
            return
        front = self.front
        self.tab_of(other)
        self.remove(session_id)
        self.add_beside(session_id, other, direction)
        if front in self.tabs:
            self._front = self.tabs.index(front)

    def swap(self, one: str, other: str) -> None:
        """Exchange the places of two sessions, also of different tabs. The focus stays on its place."""
        tabs = [self.tab_of(one), self.tab_of(other)]
        for tab in tabs[: 1 if tabs[0] is tabs[1] else 2]:
            tree.swap(tab.root, one, other)
            if tabs[0] is not tabs[1]:
                names = {one: other, other: one}
                tab.focused = names.get(tab.focused, tab.focused)
                tab.zoomed = names.get(tab.zoomed, tab.zoomed) if tab.zoomed else None

    def gather(self, ids: Sequence[str], shape: Shape, size: Size) -> None:
        """One tab of these sessions, at the place of the first, in front."""
        first = ids[0]
        self.add(first)
        for session_id in ids[1:MOST_PANES]:
            if session_id in self:
                self.move_beside(session_id, first)
            else:
                self.add_beside(session_id, first, "right")
        tab = self.tab_of(first)
        for stranger in tab.ids:
            if stranger not in ids:
                self.take_out(stranger)
        tab.root = shaped(list(ids[:MOST_PANES]), shape, size)
        self.bring_to_front(first)

    def reshape(self, shape: Shape, size: Size) -> None:
        """Lay the front tab's panes out anew, evenly, in their order."""
        if self.front is not None:
            self.front.root, self.front.zoomed = shaped(self.front.ids, shape, size), None

    def take_in(self, other: "Arrangement") -> None:
        """Put what stands there and not here behind everything, in tabs as there where a whole tab is new."""
        for tab in other.tabs:
            if not any(session_id in self for session_id in tab.ids):
                self.tabs.append(tab)
            for session_id in tab.ids:
                self.add(session_id)

    def only(self, known: Container[str]) -> None:
        """Forget sessions that are not ``known``."""
        for session_id in [each for each in self.ids if each not in known]:
            self.remove(session_id)

    # --- as a value

    def to_text(self) -> str:
        tabs = [[tree.to_value(tab.root), tab.focused, tab.zoomed or ""] for tab in self.tabs]
        return json.dumps({"tabs": tabs, "front": self._front}, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "Arrangement":
        """What ``to_text`` wrote; an empty one where the text is anything else."""
        try:
            value = json.loads(text or "{}")
            if "panes" in value:
                return _earlier(value)
            found = cls([_tab(*tab) for tab in value["tabs"]], int(value["front"]))
            if len(found.ids) != len(set(found.ids)) or not 0 <= found._front <= max(0, len(found.tabs) - 1):
                return cls()
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
            return cls()
        return found


def shaped(ids: Sequence[str], shape: Shape, size: Size) -> Node:
    """A tree of these panes for an area. ``main``: the first takes half, the others stand in a column beside it."""
    if shape == "main" and len(ids) > 1:
        return Branch("x", Leaf(ids[0]), _even("y", [Leaf(session_id) for session_id in ids[1:]]))
    if shape == "grid":
        return _grid(ids, size)
    return _rows(ids, len(ids) if shape == "columns" else 1)


def _grid(ids: Sequence[str], size: Size) -> Node:
    """About a square: as far from one as it must be for every pane to be roomy, or at least to fit."""
    square = sqrt(len(ids))
    grids = [_rows(ids, columns) for columns in sorted(range(1, len(ids) + 1), key=lambda each: abs(each - square))]
    fitting = [grid for pane in (tree.ROOMY, tree.LEAST) for grid in grids if tree.fits(grid, size, pane)]
    return (fitting or grids)[0]


def _rows(ids: Sequence[str], columns: int) -> Node:
    count = ceil(len(ids) / columns)
    rows = [ids[row * len(ids) // count : (row + 1) * len(ids) // count] for row in range(count)]
    return _even("y", [_even("x", [Leaf(session_id) for session_id in row]) for row in rows])


def _even(axis: Axis, nodes: Sequence[Node]) -> Node:
    if len(nodes) == 1:
        return nodes[0]
    return Branch(axis, nodes[0], _even(axis, nodes[1:]), 1 / len(nodes))


def _tab(root: Any, focused: str, zoomed: str) -> PaneTab:
    node = tree.from_value(root)
    ids = list(tree.leaves(node))
    return PaneTab(node, focused if focused in ids else ids[0], zoomed if zoomed in ids else None)


def _earlier(value: Any) -> Arrangement:
    """What was kept when all panes stood in one tab: the tabs in order, and which session each pane showed."""
    shown = {str(pane): str(session) for pane, session in value["panes"].items()}
    found = Arrangement()
    for session_id in map(str, value["tabs"]):
        found.add(session_id)
    split = value.get("split")
    panes = [pane for pane in (tree.leaves(tree.from_value(split)) if split is not None else shown) if pane in shown]
    ids = [shown[pane] for pane in dict.fromkeys(panes)]
    if ids:
        found.gather(list(dict.fromkeys(ids)), "columns", Size())
        if split is not None and set(shown) == set(tree.leaves(tree.from_value(split))) and len(set(ids)) == len(ids):
            root = tree.from_value(split)
            for pane, session_id in shown.items():
                root = tree.replace(root, pane, Leaf(session_id))
            found.tab_of(ids[0]).root = root
        found.bring_to_front(shown.get(str(value.get("focused", "")), ids[0]))
    return found
