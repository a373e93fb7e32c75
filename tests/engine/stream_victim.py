"""Processes to be killed in mid-stream: ``python -m tests.engine.stream_victim`` forks one for each line on its input.

A line is ``STORE FOLDER SETTLES``, with tabs between; the victim's pid is the answer. Each token that its model gives
is the time on the victim's own clock, and goes to ``FOLDER/received`` before anything else knows it: written by the
kernel's hand, it outlives the process. A victim that settles says in ``FOLDER/settled`` which seq was promised.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from time import monotonic

from tests.scripts import REFERENCE, ScriptedModels
from tui.engine.session import Session
from tui.engine.workspace import open_workspace
from tui.messages import StopReason, TextPart, Usage
from tui.providers.base import Finish, ModelInfo, PartChunk, PartClose, PartOpen, Request, StreamEvent
from tui.store.store import Store
from tui.tools.catalog import Catalog

TOKENS = 120
"""In one answer."""
GAP = 0.003


class Stamps:
    """A model that says what time it is, over and over."""

    name = "scripted"
    local = False

    def __init__(self, received: int) -> None:
        self._received = received

    async def stream(self, request: Request) -> AsyncGenerator[StreamEvent, None]:
        yield PartOpen(index=0, kind="text")
        told: list[str] = []
        for _ in range(TOKENS):
            told.append(f"{monotonic():.5f} ")
            os.write(self._received, told[-1].encode())
            yield PartChunk(index=0, text=told[-1])
            await asyncio.sleep(GAP)
        yield PartClose(index=0, part=TextPart(text="".join(told)))
        yield Finish(stop=StopReason.END, usage=Usage(input_tokens=1, output_tokens=TOKENS))

    async def models(self) -> tuple[ModelInfo, ...]:
        return ()

    async def aclose(self) -> None:
        pass


async def main(path: Path, folder: Path, settles: bool) -> None:
    received, settled = (opened(folder / name) for name in ("received", "settled"))
    models = ScriptedModels({"scripted": Stamps(received)})
    store = await Store.open(path)
    async with open_workspace(store=store, models=models, toolbox=Catalog(), root=folder, cwd=folder) as workspace:
        session = await workspace.new_session(REFERENCE)
        if settles:
            workspace.spawn(promise(session, store, settled))
        while True:
            session.submit("And now?")
            await session.rest()


async def promise(session: Session, store: Store, settled: int) -> None:
    """Say now and then what is surely on the disk."""
    while True:
        seq = session.state.seq
        await store.settle()
        os.write(settled, f"{seq} ".encode())
        await asyncio.sleep(0.07)


def opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are gone at once
    for line in sys.stdin:
        where, work, how = line.rstrip("\n").split("\t")
        pid = os.fork()
        if not pid:
            asyncio.run(main(Path(where), Path(work), how == "settles"))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
