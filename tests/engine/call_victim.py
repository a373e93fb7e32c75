"""A process to be killed in the middle of one call: ``python -m tests.engine.call_victim PLACE STORE FOLDER``.

It says the session's id when all that came before PLACE is on disk, and then waits there for its end. Places, in
order: asked, approved (nothing started), started (nothing done), done (not told yet), ended.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.scripts import REFERENCE, Hold, call, eventually, scripted
from tui.engine.calls import executor
from tui.engine.calls.permit import Permits
from tui.engine.workspace import open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog

PLACES = ("asked", "approved", "started", "done", "ended")
COMMAND = "echo ran >> ran.txt; sleep 0.01; echo seen"


class Stop:
    """The place to stop at."""

    def __init__(self, place: str, store: Store) -> None:
        self._place = place
        self._store = store
        self.session_id = ""

    async def reached(self, place: str) -> None:
        if place == self._place:
            await self._store.settle()
            sys.stdout.write(f"{self.session_id}\n")
            sys.stdout.flush()
            await asyncio.Event().wait()

    async def after(self, place: str, work: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
        result = await work(*arguments)
        await self.reached(place)
        return result


async def main(place: str, path: Path, folder: Path) -> None:
    store = await Store.open(path)
    stop = Stop(place, store)
    within_limit = executor.within_limit
    permit = Permits.permit
    Permits.permit = lambda self, *arguments: stop.after("approved", partial(permit, self), *arguments)  # type: ignore[method-assign]
    executor.within_limit = partial(stop.after, "done", within_limit)  # type: ignore[assignment]
    models, _ = scripted([call("shell", {"command": COMMAND})], [Hold()])
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        session = await workspace.new_session(REFERENCE)
        stop.session_id = session.id
        settle = session.log.settle
        session.log.settle = partial(stop.after, "started", settle)  # type: ignore[method-assign]
        session.submit("Go")
        await eventually(session.state.asking)
        await stop.reached("asked")
        approval = session.state.asking()[0].approval
        assert approval is not None
        session.decide(approval.approval_id, "allow")
        await eventually(lambda: all(call.ended for call in session.state.calls.values()), within=60)
        await stop.reached("ended")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
