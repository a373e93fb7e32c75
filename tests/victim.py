"""A process to be killed: ``python -m tests.victim STORE FOLDER`` runs turns for ever and says what is on disk.

A line for each thing that was settled: the session's id and the seq that is safe.
"""

import asyncio
import sys
from pathlib import Path

from tests.scripts import REFERENCE, call, reasoning, scripted, text
from tui.engine.session import Session
from tui.engine.workspace import open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog


async def main(path: Path, folder: Path) -> None:
    models, _ = scripted(
        [
            reasoning("Look first."),
            text("I will look around. " * 20),
            call("list", {}),
            call("shell", {"command": "ls"}),
        ],
        [text("The folder holds a few things. " * 20), call("read", {"path": "notes.txt"})],
        [text("All done. " * 20)],
        rate=2000,
        repeat=True,
    )
    store = await Store.open(path)
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        session = await workspace.new_session(REFERENCE)
        while True:
            session.submit("Go")
            ended = [call.call_id for call in session.state.calls.values() if call.ended is not None]
            if ended and not session.side_calls.running:
                session.rerun(ended[-1])
            while session.running:
                await tell(session, store)


async def tell(session: Session, store: Store) -> None:
    """Allow what is asked, and say what is on disk."""
    for asking in session.state.asking():
        if asking.approval is not None:
            session.decide(asking.approval.approval_id, "allow")
    seq = session.state.seq
    await store.settle()
    print(session.id, seq, flush=True)
    await asyncio.sleep(0)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
