"""The full screen, from the command line to its exit code: the engine is opened around the app.

The door that loads Textual. Everything that can be said before the screen opens (a store that cannot be
opened, say) is raised to ``cli``, which says it on a terminal that is still its own.
"""

import asyncio
import sys
from functools import partial

from tui.app.app import PenstockApp
from tui.app.status import marked_title
from tui.app.tabs.layout import EVERYWHERE, Shelf
from tui.app.tabs.seats import free_seats, open_layout, take_seat
from tui.engine.workspace import WHOLE_SECONDS
from tui.errors import PenstockError, StoreDamaged
from tui.paths import THEMES_FOLDER, config_path
from tui.program import Launch, Program, opened
from tui.store.sessions import SessionRow
from widgets.tab_strip import Tab

CRASHED = 1
"""What Textual returns after it has shown an exception that nothing caught."""


def run_screen(launch: Launch) -> int:
    """Open the workspace and stay until the person leaves. Returns the exit code.

    Raises:
        PenstockError: the program could not be opened, failed, or could not write everything at its end.
    """
    code = asyncio.run(_run(launch))
    if code is None:
        from tui.store.care.repair import set_aside  # noqa: PLC0415

        set_aside(launch.store_path)
        code = asyncio.run(_run(launch))
    if code is None:
        raise StoreDamaged("The new store is damaged, too.", hint="Look at the disk, and run penstock doctor.")
    return code


async def _run(launch: Launch) -> int | None:
    """None: the store opens, and is too damaged to say what is in it."""
    async with opened(launch) as program:
        try:
            app = await make_app(launch, program)
        except StoreDamaged:
            return None
        program.told.listen(partial(_tell, app))
        await app.run_async()
        if waits := program.workspace.unfinished:
            sys.stderr.write(f"Waiting for {' and '.join(waits)}, {WHOLE_SECONDS:g} s at the most.\n")
    if cut_off := program.workspace.cut_off:
        told = f"git did not end in time: {' and '.join(cut_off)} was stopped half way."
        raise PenstockError(told, hint="/worktrees shows how things stand.")
    if app.return_code == CRASHED:
        raise PenstockError(
            "Penstock failed, in the way shown above. What had come is kept.", hint="Start it again to go on."
        )
    return app.return_code or 0


def _tell(app: PenstockApp, sentence: str) -> None:
    """On the screen, once there is one."""
    app.call_later(app.notify, sentence, title="Store", severity="warning", timeout=30, markup=False)


async def make_app(launch: Launch, program: Program) -> PenstockApp:
    """The app over an open program, with what the store remembers of this workspace."""
    root = str(launch.root)
    settings = launch.settings
    rows = await program.store.sessions(workspace=root)
    values = {**await program.store.ui_values(EVERYWHERE), **await program.store.ui_values(root)}
    seat = take_seat(program.store, root)
    shelf = Shelf(program.store, root, values, seat=seat)
    begun = {row.id for row in rows if row.last_prompt and not (row.closed or row.archived)}
    open_layout(shelf, free_seats(program.store, root), begun)
    return PenstockApp(
        program.workspace,
        program.models,
        program.store,
        shelf,
        known={row.id: tab_of_row(row) for row in rows},
        model=settings.model,
        wanted=launch.model,
        keymap=settings.keys,
        theme=settings.theme,
        notify=settings.notify,
        prompt=settings.prompt,
        config=config_path().parent,
        screen=settings.screen,
        themes=config_path().parent / THEMES_FOLDER,
    )


def tab_of_row(row: SessionRow) -> Tab:
    """A stored session as the strip shows it before it is loaded."""
    title = marked_title(row.title, agent=bool(row.parent_session), fork=bool(row.forked_from))
    return Tab(row.id, row.slot, title, row.status)
