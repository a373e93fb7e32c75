"""A store as the present code writes it: ``python -m tests.store.log_writer`` puts it under ``tests/store/logs``.

Run once for each format that is released, by the code of that release; what it wrote is never written again. The store
is dumped while a turn runs in one session and a prompt waits there, so that a log has scratch and open ends, too.
"""

import asyncio
import re
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from tests.scripts import REFERENCE, call, eventually, reasoning, scripted, text
from tui.engine.session import Session
from tui.engine.workspace import open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog

LOGS = Path(__file__).with_name("logs")
PLACE = "/home/ada/garden"
"""What a log says in place of the folder where it was made, made as long as that: lengths stand in it, too."""


async def main(folder: Path) -> None:
    (folder / "notes.txt").write_text("The gate sticks.\n")
    script = [
        [reasoning("Look first."), text("I will look at the notes."), call("read", {"path": "notes.txt"}),
         call("shell", {"command": "echo oiled > gate.txt"})],
        [text("The gate is oiled.\n\n```python\nprint('é, 水, 🔧')\n```")],
        [call("write", {"path": "valve.py", "content": "flow = 1\n"})],
        [text("Written.")],
        [text("water " * 4000)],
    ]  # fmt: skip
    models, _ = scripted(*script, price=0.0125, rate=400)
    store = await Store.open(folder / "data" / "penstock.db")
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        one = await workspace.new_session(REFERENCE)
        for prompt in ("Oil the gate, please: é 水", "Now write a valve."):
            one.submit(prompt)
            await allowed(one)
        one.rerun(next(iter(one.state.calls)))
        await eventually(lambda: not one.side_calls.running)
        (await workspace.fork(one.id)).rename("A branch of it")
        two = await workspace.new_session(REFERENCE)
        two.submit("Say something long")
        await eventually(lambda: any(len(part.text) > 200 for part in two.state.parts.values()))
        two.submit("This waits in the outbox")
        await store.settle()
        written = dump(store.path, folder)
        two.interrupt()
    await store.close()
    (version,) = re.findall(r"user_version = (\d+)", written)
    path = LOGS / f"format-{version}.sql"
    with path.open("x", encoding="utf-8") as file:  # never over one that is there
        file.write(written)


async def allowed(session: Session) -> None:
    """Answer what is asked with yes until the turn has ended."""
    while session.running:
        for asking in session.state.asking():
            if asking.approval is not None:
                session.decide(asking.approval.approval_id, "allow")
        await asyncio.sleep(0.005)


def dump(path: Path, folder: Path) -> str:
    with closing(sqlite3.connect(path)) as store:
        pragmas = [(name, *store.execute(f"PRAGMA {name}").fetchone()) for name in ("application_id", "user_version")]
        lines = [*(f"PRAGMA {name} = {number};" for name, number in pragmas), *store.iterdump()]
    return ("\n".join(lines) + "\n").replace(str(folder), PLACE.ljust(len(str(folder)), "n"))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(main(Path(made)))
