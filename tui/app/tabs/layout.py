"""What of the screen is worth keeping over a restart, as values by their keys.

The arrangement (``tui.app.tabs.arrangement``) is one value, and so are the named ones. Drafts and scroll
anchors are kept by session, under keys of their own, so that typing never rewrites the arrangement.
A value that cannot be read (an older program wrote it, or half of it is missing) counts as none: the
sessions themselves are in the store and lose nothing by it.
"""

import json
from collections.abc import Mapping
from typing import Protocol

from tui.errors import UsageError
from tui.settings.config import MODEL_KEY
from widgets.blocks import Density

LAYOUT_KEY = "layout"
NAMED_KEY = "layouts"
BEFORE = "before broadcast"
"""The name of the arrangement that a broadcast to open sessions changed."""
THEME_KEY = "theme"
DENSITY_KEY = "density"
GROUND_KEY = "ground"
"""How a kind of terminal was the last time: see ``tui.app.themes.looks``."""
DENSITIES: tuple[Density, ...] = ("line", "summary", "full")
"""From the least to the most."""
MOST_OPENED = 200
EVERYWHERE = ""
"""Stands for the workspace where a value holds in every one of them."""
_SHARED = frozenset({MODEL_KEY, THEME_KEY, DENSITY_KEY, GROUND_KEY})


def draft_key(session_id: str, *, held: bool = False) -> str:
    """``held``: of what is typed here to a session that another process runs, which keeps a draft of its own."""
    return f"{'beside' if held else 'draft'}:{session_id}"


def opened_key(session_id: str) -> str:
    return f"opened:{session_id}"


def anchor_key(session_id: str) -> str:
    return f"anchor:{session_id}"


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

    async def load_ui(self, workspace: str, key: str) -> str | None: ...


def layout_key(seat: int) -> str:
    """Where the arrangement of the program in that seat is kept: see ``tui.app.tabs.seats``."""
    return f"{LAYOUT_KEY}@{seat}" if seat else LAYOUT_KEY


class Shelf:
    """The kept values of one workspace: read once at the start, written as they change. Some hold in every one."""

    def __init__(self, keeper: Keeper, workspace: str, values: dict[str, str], *, seat: int = 0) -> None:
        self._keeper = keeper
        self._workspace = workspace
        self._values = values
        self.layout_key = layout_key(seat)
        """Of this program's arrangement: programs that are open at once each have one."""

    def get(self, key: str) -> str:
        return self._values.get(key, "")

    async def read_again(self, *keys: str) -> None:
        """Another process may have kept these since: take over what it kept."""
        for key in keys:
            self._values[key] = await self._keeper.load_ui(self._workspace, key) or ""

    def put(self, key: str, value: str) -> None:
        """Keep a value; nothing is written when it is what was kept already."""
        if self.get(key) != value:
            self._values[key] = value
            self._keeper.save_ui(EVERYWHERE if key in _SHARED else self._workspace, key, value)


class Named:
    """Arrangements that were kept by name, in this workspace."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        try:
            found = json.loads(shelf.get(NAMED_KEY) or "{}")
            self._texts = {str(name): str(text) for name, text in found.items()}
        except (ValueError, AttributeError):
            self._texts = {}

    @property
    def names(self) -> list[str]:
        return sorted(self._texts)

    def get(self, name: str) -> str:
        """Raises UsageError where none has this name."""
        if name not in self._texts:
            raise UsageError(f"No layout is called {name!r}.", hint=f"There are: {', '.join(self.names)}.")
        return self._texts[name]

    def put(self, name: str, text: str) -> None:
        self._texts[name] = text
        self._keep()

    def remove(self, name: str) -> None:
        """Raises UsageError where none has this name."""
        self.get(name)
        del self._texts[name]
        self._keep()

    def _keep(self) -> None:
        self._shelf.put(NAMED_KEY, json.dumps(self._texts))
