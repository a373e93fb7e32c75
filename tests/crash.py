"""The real program with a fault put in on purpose: ``python -m tests.crash PLACE`` runs until the fault's turn comes.

``verb``: /theme raises in a worker of the app. ``callback``: /theme makes Textual call what raises.
``frame``: after /theme the drawing of the next frame raises.
"""

import sys
from typing import Any

from tui.app.screens.workspace import WorkspaceScreen
from tui.app.verbs.base import Group
from tui.app.verbs.whole import ProgramVerbs
from tui.cli import main


class Fault(Exception):
    """Nothing catches it."""


def fault(*_: Any, **__: Any) -> bool:
    raise Fault("a fault on purpose")


async def in_a_worker(verbs: Group, rest: str) -> None:
    fault()


async def in_a_callback(verbs: Group, rest: str) -> None:
    verbs._screen.call_after_refresh(fault)


async def in_a_frame(verbs: Group, rest: str) -> None:
    WorkspaceScreen._draw_strip = fault  # type: ignore[assignment]
    session = verbs._screen.session
    assert session is not None
    session.rename("Another title")


if __name__ == "__main__":
    faults = {"verb": in_a_worker, "callback": in_a_callback, "frame": in_a_frame}
    ProgramVerbs.theme = faults[sys.argv[1]]  # type: ignore[method-assign]
    sys.exit(main([]))
