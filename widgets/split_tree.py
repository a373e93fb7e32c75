"""A rectangle cut in two, and in two again: which pane stands where, as plain values.

Pure arithmetic, so that ``split`` (the widget) has none. Every cell of the area belongs to exactly
one pane or one divider; no pane is ever smaller than the minimum, or the tree says that it does not fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from textual.geometry import Region, Size

Axis = Literal["x", "y"]

LEAST = Size(24, 7)
"""No pane is made smaller: below that a transcript shows nothing beside its prompt."""
ROOMY = Size(38, 10)
"""What a pane needs to be worked in."""
DIVIDER = 1  # cells


@dataclass(slots=True)
class Leaf:
    pane_id: str


@dataclass(slots=True, eq=False)
class Branch:
    """Two sides along ``axis``; ``ratio`` of what the divider leaves goes to ``first``."""

    axis: Axis
    first: "Node"
    second: "Node"
    ratio: float = 0.5


Node = Leaf | Branch


@dataclass(frozen=True, slots=True)
class Divider:
    """The line between the sides of ``branch``, which fill ``area``."""

    branch: Branch
    region: Region
    area: Region


@dataclass(slots=True)
class Tiling:
    """Where everything stands."""

    panes: dict[str, Region] = field(default_factory=dict)
    dividers: list[Divider] = field(default_factory=list)


def leaves(node: Node | None) -> Iterator[str]:
    """Pane ids, left to right and top to bottom."""
    match node:
        case Leaf():
            yield node.pane_id
        case Branch():
            yield from leaves(node.first)
            yield from leaves(node.second)


def minimum(node: Node, pane: Size = LEAST) -> Size:
    """The smallest area in which every pane has the size ``pane``."""
    if isinstance(node, Leaf):
        return pane
    first, second = minimum(node.first, pane), minimum(node.second, pane)
    if node.axis == "x":
        return Size(first.width + DIVIDER + second.width, max(first.height, second.height))
    return Size(max(first.width, second.width), first.height + DIVIDER + second.height)


def fits(node: Node, size: Size, pane: Size = LEAST) -> bool:
    """Whether every pane has at least the size ``pane``. With the usual one: whether ``tile`` can be called."""
    least = minimum(node, pane)
    return least.width <= size.width and least.height <= size.height


def tile(node: Node, area: Region) -> Tiling:
    """Cut ``area``, which ``fits``."""
    tiling = Tiling()
    _tile(node, area, tiling)
    return tiling


def _tile(node: Node, area: Region, tiling: Tiling) -> None:
    if isinstance(node, Leaf):
        tiling.panes[node.pane_id] = area
        return
    x, y, width, height = area
    size = first_cells(node, area, node.ratio)
    if node.axis == "x":
        _tile(node.first, Region(x, y, size, height), tiling)
        divider = Region(x + size, y, DIVIDER, height)
        _tile(node.second, Region(divider.right, y, width - size - DIVIDER, height), tiling)
    else:
        _tile(node.first, Region(x, y, width, size), tiling)
        divider = Region(x, y + size, width, DIVIDER)
        _tile(node.second, Region(x, divider.bottom, width, height - size - DIVIDER), tiling)
    tiling.dividers.append(Divider(node, divider, area))


def first_cells(branch: Branch, area: Region, ratio: float) -> int:
    """Cells of the first side for ``ratio``, so that both sides keep their minimum."""
    first, second = minimum(branch.first), minimum(branch.second)
    if branch.axis == "x":
        room, least, most = area.width - DIVIDER, first.width, area.width - DIVIDER - second.width
    else:
        room, least, most = area.height - DIVIDER, first.height, area.height - DIVIDER - second.height
    return max(least, min(most, round(room * ratio)))


def set_cells(branch: Branch, area: Region, cells: int) -> bool:
    """Give the first side ``cells``, as far as the minima allow; True if that changed anything."""
    room = (area.width if branch.axis == "x" else area.height) - DIVIDER
    if room < 1:
        return False
    before = first_cells(branch, area, branch.ratio)
    after = first_cells(branch, area, cells / room)
    if after == before:
        return False
    branch.ratio = after / room
    return True


def replace(node: Node, pane_id: str, new: Node) -> Node:
    """``node`` with ``new`` in place of the leaf ``pane_id``. Branches are changed in place."""
    if isinstance(node, Leaf):
        return new if node.pane_id == pane_id else node
    node.first = replace(node.first, pane_id, new)
    node.second = replace(node.second, pane_id, new)
    return node


def without(node: Node, pane_id: str) -> Node | None:
    """``node`` without the leaf ``pane_id``; its sibling takes the room."""
    if isinstance(node, Leaf):
        return None if node.pane_id == pane_id else node
    first, second = without(node.first, pane_id), without(node.second, pane_id)
    if first is None or second is None:
        return first or second
    node.first, node.second = first, second
    return node


def swap(node: Node, one: str, other: str) -> None:
    """Exchange two leaves."""
    match node:
        case Leaf():
            node.pane_id = {one: other, other: one}.get(node.pane_id, node.pane_id)
        case Branch():
            swap(node.first, one, other)
            swap(node.second, one, other)


def path_to(node: Node, pane_id: str) -> list[tuple[Branch, bool]]:
    """Branches from the top to the leaf, each with whether the leaf is on its first side. Empty if not found."""
    if isinstance(node, Leaf):
        return []
    for side, is_first in ((node.first, True), (node.second, False)):
        if pane_id in leaves(side):
            return [(node, is_first), *path_to(side, pane_id)]
    return []


def to_value(node: Node) -> Any:
    """A nested value for JSON: a pane id, or [axis, ratio, first, second]."""
    if isinstance(node, Leaf):
        return node.pane_id
    return [node.axis, round(node.ratio, 4), to_value(node.first), to_value(node.second)]


def from_value(value: Any) -> Node:
    """The tree that ``to_value`` wrote.

    Raises:
        ValueError: it is something else, or a pane is in it twice.
    """
    node = _from_value(value)
    ids = list(leaves(node))
    if len(ids) != len(set(ids)):
        raise ValueError("the layout names a pane twice")
    return node


def _from_value(value: Any) -> Node:
    match value:
        case str() if value:
            return Leaf(value)
        case [("x" | "y") as axis, (int() | float()) as ratio, first, second] if 0 <= ratio <= 1:
            return Branch(axis, _from_value(first), _from_value(second), float(ratio))
        case _:
            raise ValueError(f"not a layout of panes: {value!r:.80}")
