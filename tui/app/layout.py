"""What of the screen is worth keeping over a restart, as one JSON value.

Tabs in order, which session each pane shows, the split tree, the focused pane. Drafts and scroll
anchors are kept by session, under keys of their own, so that typing never rewrites the layout.
A value that cannot be read (an older program wrote it, or half of it is missing) is no layout: the
sessions themselves are in the store and lose nothing by it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from tui.settings.config import MODEL_KEY
from widgets.blocks import Density

LAYOUT_KEY = "layout"
THEME_KEY = "theme"
DENSITY_KEY = "density"
DENSITIES: tuple[Density, ...] = ("line", "summary", "full")
"""From the least to the most."""
MOST_OPENED = 200
EVERYWHERE = ""
"""Stands for the workspace where a value holds in every one of them."""
_SHARED = frozenset({MODEL_KEY, THEME_KEY, DENSITY_KEY})


def draft_key(session_id: str) -> str:
    return f"draft:{session_id}"


def opened_key(session_id: str) -> str:
    return f"opened:{session_id}"


def anchor_key(session_id: str) -> str:
    return f"anchor:{session_id}"


@dataclass(slots=True)
class Layout:
    """``panes`` maps a pane's id to its session's; ``split`` is the widget's own value, None for one pane."""

    tabs: list[str] = field(default_factory=list)
    panes: dict[str, str] = field(default_factory=dict)
    split: Any = None
    focused: str = ""

    def to_text(self) -> str:
        return json.dumps(
            {"tabs": self.tabs, "panes": self.panes, "split": self.split, "focused": self.focused},
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str | None) -> "Layout":
        """The layout that ``to_text`` wrote; an empty one where the text is anything else."""
        try:
            value = json.loads(text or "{}")
            layout = cls(
                tabs=[str(tab) for tab in value.get("tabs", [])],
                panes={str(pane): str(session) for pane, session in value.get("panes", {}).items()},
                split=value.get("split"),
                focused=str(value.get("focused", "")),
            )
        except (ValueError, AttributeError, TypeError):
            return cls()
        return layout


def anchor_text(anchor: tuple[str, int] | None) -> str:
    return json.dumps(anchor) if anchor is not None else ""


def anchor_value(text: str | None) -> tuple[str, int] | None:
    """The anchor that ``anchor_text`` wrote, else None."""
    try:
        block_id, line = json.loads(text or "null")
        return str(block_id), int(line)
    except (ValueError, TypeError):
        return None


def density_named(name: str) -> Density | None:
    """The density of that name."""
    found: Density | None = None
    for density in DENSITIES:
        if density == name:
            found = density
    return found


def opened_text(opened: Mapping[str, Density]) -> str:
    """The blocks that were opened or folded by hand, the last of them where there are many."""
    return json.dumps(dict(list(opened.items())[-MOST_OPENED:])) if opened else ""


def opened_value(text: str | None) -> dict[str, Density]:
    """What ``opened_text`` wrote, as far as it can be read."""
    try:
        found = json.loads(text or "{}")
        return {str(name): density for name, density in found.items() if density in DENSITIES}
    except (ValueError, AttributeError):
        return {}


class Keeper(Protocol):
    """What keeps these values: the store."""

    def save_ui(self, workspace: str, key: str, value: str) -> None: ...


class Shelf:
    """The kept values of one workspace: read once at the start, written as they change. Some hold in every one."""

    def __init__(self, keeper: Keeper, workspace: str, values: dict[str, str]) -> None:
        self._keeper = keeper
        self._workspace = workspace
        self._values = values

    def get(self, key: str) -> str:
        return self._values.get(key, "")

    def put(self, key: str, value: str) -> None:
        """Keep a value; nothing is written when it is what was kept already."""
        if self.get(key) != value:
            self._values[key] = value
            self._keeper.save_ui(EVERYWHERE if key in _SHARED else self._workspace, key, value)
