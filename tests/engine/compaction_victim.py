"""A process to be killed while it compacts: ``python -m tests.engine.compaction_victim PLACE STORE FOLDER``.

It says the session's id when all up to PLACE is on disk, and waits there for its end. Places: started (the summary
is being written), kept (it is on disk, the view has not changed), compacted. A prompt waits all the while.
"""

import asyncio
import sys
from pathlib import Path

from tests.scripts import REFERENCE, Hold, scripted, text
from tui.engine.session import Session
from tui.engine.workspace import open_workspace
from tui.events import ContextCompacted, Entry, SessionEvent
from tui.store.store import Store
from tui.tools.catalog import Catalog

PLACES = ("started", "kept", "compacted")


async def main(place: str, path: Path, folder: Path) -> None:
    store = await Store.open(path)
    hold = Hold()
    models, _ = scripted([text("gate " * 20_000)], [text("Two gates."), hold], [Hold()])
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        session = await workspace.new_session(REFERENCE)
        session.submit("Count the gates")
        await session.rest()
        came = stop_at(place, session, store)
        session.compact()
        session.submit("It waits")
        await hold.reached()
        if place == "started":
            await store.settle()
        else:
            hold.release()
            await came.wait()
            await store.settle()
        sys.stdout.write(f"{session.id}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def stop_at(place: str, session: Session, store: Store) -> asyncio.Event:
    """Nothing more is written once the event of the place is on disk."""
    came = asyncio.Event()
    settle, emit = session.log.settle, session.log.emit

    async def settled() -> None:
        await settle()
        if place == "kept" and session.state.summary is not None:
            came.set()
            await asyncio.Event().wait()

    def emitted(event: SessionEvent) -> Entry:
        entry = emit(event)
        if isinstance(event, ContextCompacted) and place == "compacted":
            session._go = False  # the prompt goes on waiting
            came.set()
        return entry

    session.log.settle = settled  # type: ignore[method-assign]
    session.log.emit = emitted  # type: ignore[method-assign]
    return came


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
