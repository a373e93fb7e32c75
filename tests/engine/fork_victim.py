"""A process to be killed around a fork: ``python -m tests.engine.fork_victim PLACE STORE FOLDER``.

It says the parent's id at its place, and waits there for its end. Places, in order: slot (reserved, nothing told yet),
added (told, perhaps not on disk), settled, turn (in the middle of the fork's own first turn).
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

from tests.scripts import REFERENCE, Hold, eventually, scripted, text
from tui.engine.workspace import open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog


async def main(place: str, path: Path, folder: Path) -> None:
    store = await Store.open(path)
    models, _ = scripted([text("Half an answer", Hold())], [text("Another", Hold())])
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        parent = await workspace.new_session(REFERENCE)

        async def reached(name: str) -> None:
            if name == place:
                sys.stdout.write(f"{parent.id}\n")
                sys.stdout.flush()
                await asyncio.Event().wait()

        async def next_slot(*arguments: Any) -> int:
            slot = await reserve(*arguments)
            await reached("slot")
            return slot

        reserve, store.next_slot = store.next_slot, next_slot  # type: ignore[method-assign]
        parent.submit("Go")
        await eventually(lambda: any(part.text == "Half an answer" for part in parent.state.parts.values()))
        await store.settle()
        child = await workspace.fork(parent.id)
        await reached("added")
        await store.settle()
        await reached("settled")
        child.submit("On")
        await eventually(lambda: any(part.text == "Another" for part in child.state.parts.values()))
        await store.settle()
        await reached("turn")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
