"""A process to be killed: ``python -m tests.engine.delegating STORE FOLDER`` runs a sub-agent that never ends.

Prints the parent's and the child's id once all that came before is on disk.
"""

import asyncio
import sys
from pathlib import Path

from tests.scripts import REFERENCE, Hold, ScriptedModels, ScriptedProvider, call, eventually, text
from tui.engine.workspace import open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog


async def main(path: Path, folder: Path) -> None:
    hold = Hold()
    models = ScriptedModels(
        {
            "scripted": ScriptedProvider([[call("task", {"prompt": "Look", "model": "child/m"})]]),
            "child": ScriptedProvider([[call("list", {})], [text("I see ", hold, "nothing.")]]),
        }
    )
    store = await Store.open(path)
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        parent = await workspace.new_session(REFERENCE)
        parent.submit("Go")
        await hold.reached()
        child = next(session for session in workspace.sessions if session is not parent)
        await eventually(lambda: child.state.steps and len(child.state.steps) == 2)
        await store.settle()
        sys.stdout.write(f"{parent.id} {child.id}\n")
        sys.stdout.flush()
        await parent.rest()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
