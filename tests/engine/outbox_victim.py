"""A process to be killed while prompts wait: ``python -m tests.engine.outbox_victim STORE FOLDER STATEMENT``.

It does one thing after another to a session's outbox and says after each, once that is on disk, where every prompt is.
At the STATEMENT-th statement that the store's writer begins it kills itself; 0 for never.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path

from tests.scripts import REFERENCE, Hold, call, image, scripted, text
from tui.engine.session import Session
from tui.engine.workspace import open_workspace
from tui.state import Prompt, SessionState
from tui.store.store import Store
from tui.tools.catalog import Catalog

WITHDRAWN = "four"
PLACES = ("queued", "edited", "moved", "steered", "unsteered", "steered again", "withdrawn", "joined", "begun", "ended")


def places(state: SessionState) -> dict[str, list[str]]:
    """Where each prompt is, by its id: ``outbox``, or the turns that it is in."""
    found: dict[str, list[str]] = {}
    for waiting in state.outbox:
        found.setdefault(waiting.prompt_id, []).append("outbox")
    for turn in state.turns:
        for item in turn.items:
            if isinstance(item, Prompt):
                found.setdefault(item.prompt_id, []).append(turn.turn_id)
    return found


async def deeds(session: Session, holds: list[Hold]) -> AsyncIterator[str]:
    """The outbox's whole way; what was done, each time before the next."""
    first, second, third = holds
    session.submit("one")
    await first.reached()
    two, three, four = (session.submit(name) for name in ("two", "three", WITHDRAWN))
    yield "queued"
    session.edit_queued(two, "two, edited", (image(),))
    yield "edited"
    session.move_queued(four, two)
    yield "moved"
    for steer, name in ((True, "steered"), (False, "unsteered"), (True, "steered again")):
        session.steer_queued(three, steer)
        yield name
    session.withdraw(four)
    yield "withdrawn"
    first.release()
    await second.reached()
    yield "joined"
    second.release()
    await third.reached()
    yield "begun"
    third.release()
    await session.rest()
    yield "ended"


async def main(path: Path, folder: Path, statement: int) -> None:
    store = await Store.open(path)
    if statement:
        await store._connection.set_trace_callback(_kill_at(statement))
    holds = [Hold(), Hold(), Hold()]
    models, _ = scripted([holds[0], call("list", {})], [holds[1], text("Yes.")], [holds[2], text("Done.")])
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        session = await workspace.new_session(REFERENCE)
        async for place in deeds(session, holds):
            await store.settle()
            said = {"place": place, "session": session.id, "prompts": places(session.state)}
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()
            if not statement:
                await asyncio.to_thread(sys.stdin.readline)


def _kill_at(statement: int) -> Callable[[str], None]:
    begun = count(1)

    def trace(said: str) -> None:
        if next(begun) == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    return trace


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
