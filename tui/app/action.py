"""What a row of the keys table is, and the places where keys work."""

from collections.abc import Mapping
from typing import Literal

from tui.value import value

Place = Literal[
    "app", "prompt", "transcript", "queue", "ask", "view", "tree", "table", "picker", "sessions", "calls", "inspector",
    "inbox", "broadcast", "compare", "context", "worktrees", "settings", "files", "changes", "restore", "difference",
    "edit", "confirm", "help", "query", "search",
    "replay", "ledger",
]  # fmt: skip
Group = Literal[
    "Sessions", "Panes", "Worktrees",
    "Turn", "Context", "Transcript", "Comparing", "All calls", "One call", "Changed files", "Inbox", "Queue", "Prompt",
    "Answering", "Lists and texts",
    "Settings", "Program", "Query", "Search", "In and out",
    "Replay", "Ledger",
]  # fmt: skip


@value
class Action:
    """One thing that a person can do.

    ``id`` is what config.toml names. ``keys`` are Textual key names, comma separated. ``title`` is a short
    verb phrase for help and palette, ``hint`` one or two words for the footer (empty: not there).
    ``command`` is its ``/`` command, ``takes`` what may stand behind that. ``place``: where its keys work; actions of
    other places than "app" are bound by the widgets themselves and stand here for help, footer and rebinding.
    ``twin``: the id of the action whose key stands beside its own in a key row, as that of the way back.
    """

    id: str
    keys: str
    title: str
    group: Group
    hint: str = ""
    command: str = ""
    takes: str = ""
    place: Place = "app"
    palette: bool = True
    twin: str = ""


BESIDE: Mapping[Place, tuple[Place, ...]] = {
    "calls": ("table",),
    "inbox": ("table", "ask"),
    "broadcast": ("table",),
    "compare": ("table",),
    "context": ("table",),
    "worktrees": ("table",),
    "settings": ("table",),
    "inspector": ("view", "tree"),
    "changes": ("files",),
    "restore": ("files",),
    "difference": ("files",),
    "sessions": ("picker",),
    "query": ("table",),
    "search": ("table",),
    "ledger": ("table",),
    "replay": ("transcript",),
}
"""Places whose keys work at the same time as a place's own."""
WORKSPACE: frozenset[Place] = frozenset({"prompt", "transcript", "queue", "ask"})
"""Places of the workspace itself: there the program's own keys come first."""
