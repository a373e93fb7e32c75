"""How soon a turn has ended after the person interrupts it, over real sockets, and whether the server hears of it.

Three moments: in mid-stream, before the first byte of an answer, and while a shell command runs. The yardstick is the
least that can be done: a bare task that reads a stream of httpx2, cancelled, its response closed.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx2

from bench.app import wire_models
from bench.figures import Figure, figure
from bench.terminal import percentile
from bench.wire_server import WireServer
from tui.engine.session import Session
from tui.engine.workspace import Workspace, open_workspace
from tui.store.store import Store
from tui.tools.catalog import Catalog

MOMENTS = ("stream", "hang", "shell")
"""Models of the wire server; what each leads to."""
NAMES = (
    "interrupt_p99",
    "interrupt_p50",
    *(f"interrupt_{moment}_p99" for moment in MOMENTS),
    "interrupt_socket_closed",
)
_HEARD_WITHIN = 2.0  # seconds
_RATE = 200.0  # tokens a second


def measure(*, times: int = 24) -> dict[str, Figure]:
    """Milliseconds from ``interrupt()`` to the turn's end, ``times`` at each moment; the share of sockets closed."""
    return asyncio.run(_measure(times))


async def _measure(times: int) -> dict[str, Figure]:
    taken: dict[str, list[float]] = {}
    heard: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        async with WireServer(_RATE) as server:
            url = f"http://127.0.0.1:{server.port}"
            bare = await _bare(url, times)
            store, models = await Store.open(root / "penstock.db"), wire_models("openai-chat", url)
            async with open_workspace(store=store, models=models, toolbox=Catalog(), root=root, cwd=root) as workspace:
                for moment in MOMENTS:
                    taken[moment] = [await _interrupt(workspace, moment, server, heard) for _ in range(times)]
            await models.aclose()
            await store.close()
    everything = [took for moment in MOMENTS for took in taken[moment]]
    return {
        "interrupt_p99": _at(everything, 0.99, bare),
        "interrupt_p50": _at(everything, 0.50, bare),
        **{f"interrupt_{moment}_p99": _at(taken[moment], 0.99, bare) for moment in MOMENTS},
        "interrupt_socket_closed": Figure(
            value=sum(heard) / len(heard), unit="share", yardstick=None, ratio=None, n=len(heard)
        ),
    }


def _at(taken: list[float], share: float, bare: list[float]) -> Figure:
    ours = figure([1000 * percentile(taken, share)], "ms", [1000 * percentile(bare, share)])
    return {**ours, "n": len(taken)}


async def _interrupt(workspace: Workspace, moment: str, server: WireServer, heard: list[bool]) -> float:
    """Bring a new session to the moment, interrupt it; seconds until its turn had ended."""
    session = await workspace.new_session(f"bench/{moment}")
    ended, asked = asyncio.Event(), server.asked

    def look(session_id: str) -> None:
        if session_id == session.id and session.state.turns and session.state.turn is None:
            ended.set()

    workspace.changed = look
    session.submit("Go on.")
    await _until(lambda: _reached(session, moment, server.asked > asked))
    hung_up, began = server.hung_up, time.perf_counter()
    session.interrupt()
    await ended.wait()
    took = time.perf_counter() - began
    await session.rest()
    if moment != "shell":  # its answer is whole by then: the socket waits for the next request
        heard.append(await _soon(lambda: server.hung_up > hung_up))
    workspace.close_session(session)
    return took


def _reached(session: Session, moment: str, asked: bool) -> bool:
    state = session.state
    if moment == "shell":
        for call in state.asking():
            if call.approval is not None:
                session.decide(call.approval.approval_id, "allow")
        return any("up" in "".join(call.output) for call in state.open_calls.values())
    if moment == "hang":
        return asked
    return any(len(part.text) > 200 for part in state.parts.values())


async def _until(fact: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not fact():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def _soon(fact: Callable[[], bool]) -> bool:
    try:
        async with asyncio.timeout(_HEARD_WITHIN):
            while not fact():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
    except TimeoutError:
        return False
    return True


async def _bare(url: str, times: int) -> list[float]:
    """Seconds from cancelling a reader of a stream to its end, ``times`` in mid-stream and as often before it."""
    taken: list[float] = []
    async with httpx2.AsyncClient(trust_env=False) as client:
        for model in ("stream", "hang") * times:
            begun = asyncio.Event()
            task = asyncio.create_task(_read(client, url, model, begun))
            if model == "stream":
                await begun.wait()
            await asyncio.sleep(0.02)
            began = time.perf_counter()
            task.cancel()
            await asyncio.wait([task])
            taken.append(time.perf_counter() - began)
    return taken


async def _read(client: httpx2.AsyncClient, url: str, model: str, begun: asyncio.Event) -> None:
    async with client.stream("POST", f"{url}/v1/chat/completions", json={"model": model}) as response:
        async for _ in response.aiter_bytes():
            begun.set()


if __name__ == "__main__":
    import json

    print(json.dumps(measure(times=6), indent=2))
