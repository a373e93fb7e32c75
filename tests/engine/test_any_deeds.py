"""Anything a person may do, in any order, with answers of every kind and kills between: nothing is lost or doubled."""

import asyncio
import os
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.outbox_victim import places
from tests.engine.test_break import assert_taken, assert_whole
from tests.engine.test_forks import rows
from tests.scripts import (
    REFERENCE,
    AuthFailed,
    ScriptedModels,
    ScriptedProvider,
    StopReason,
    call,
    cut,
    fail,
    finish,
    image,
    reasoning,
    text,
    usage,
)
from tui.engine.choice import ModelPlan
from tui.engine.forks import sent_prompts
from tui.engine.session import Session
from tui.engine.stream import Limits
from tui.engine.window.compaction import ContextRules
from tui.engine.workspace import Workspace, open_workspace
from tui.errors import ContextTooLong, PenstockError
from tui.events import SCRATCH, CompactionFailed, Entry, PromptQueued, PromptWithdrawn, StepEnded, SummaryKept
from tui.messages import ToolCallPart, ToolResultPart
from tui.providers.base import Request
from tui.providers.scripted import Step
from tui.state import SessionState, fold
from tui.store.store import Store
from tui.tools.catalog import Catalog

LONG = os.environ.get("PENSTOCK_LONG") == "1"
WINDOW = 4000
PRICE = 0.25
MOODS = (
    "short", "short", "long", "long", "calls", "calls", "asks", "cut", "cut call", "no", "too long", "max", "refusal",
)  # fmt: skip
DEEDS = (
    "submit", "submit", "submit", "image", "steer", "interrupt", "compact", "fork", "fork at", "rewind", "model",
    "decide", "edit", "move", "withdraw", "steer queued", "go", "carry on", "archive", "budget", "kill", "reopen",
    "settle", "settle",
)  # fmt: skip


class Answers:
    """What models say, one mood a request, over and over; and whether each request was sound."""

    def __init__(self, moods: list[str]) -> None:
        self.moods = moods
        self.asked = 0
        self.wrong: list[str] = []

    def __call__(self, request: Request) -> Step:
        mood = self.moods[self.asked % len(self.moods)]
        self.asked += 1
        self._check(request)
        if not request.tools and mood in ("calls", "asks", "cut call"):
            mood = "short"  # a summary
        match mood:
            case "short":
                return [text(f"Answer {self.asked}."), usage(900, 10)]
            case "long":
                return [reasoning("Hm."), text("gate " * 900), usage(1500, 900)]
            case "calls":
                return [call("list", {}), text("And "), call("read", {"path": "notes.txt"}), usage(700, 20)]
            case "asks":
                return [text("May I?"), call("shell", {"command": "touch made"}), usage(800, 20)]
            case "cut":
                return [text("Half an ans"), cut()]
            case "cut call":
                return [text("I"), call("read", '{"path": "no', cut())]
            case "no":
                return [fail(AuthFailed("No key.", status=401))]
            case "too long":
                return [fail(ContextTooLong("Too long.", status=400))]
            case "max":
                return [text("And so on"), finish(StopReason.MAX_TOKENS), usage(900, 900)]
            case _:
                return [text("I would rather not."), finish(StopReason.REFUSAL)]

    def _check(self, request: Request) -> None:
        open_calls: list[str] = []
        for message in request.messages:
            results = [part.call_id for part in message.parts if isinstance(part, ToolResultPart)]
            if results != open_calls:
                self.wrong.append(f"calls {open_calls} were answered by {results}")
            open_calls = [part.call_id for part in message.parts if isinstance(part, ToolCallPart)]
        if open_calls or not request.messages or request.messages[-1].role != "user":
            self.wrong.append("the last message is not the person's")


class World:
    """A workspace that can be killed: what was on disk then is where the next one begins."""

    def __init__(self, folder: Path, moods: list[str]) -> None:
        self.folder = folder
        self.answers = Answers(moods)
        self.provider = ScriptedProvider([self.answers], repeat=True, remember=False)
        self.stack = AsyncExitStack()
        self.lives = 0
        self.store: Store
        self.work: Workspace
        self.ids: list[str] = []
        self.promised: dict[str, list[Entry]] = {}
        """What was surely on the disk, by session, but for scratch."""

    async def live(self) -> None:
        self.store = await Store.open(self.folder / f"life-{self.lives}.db")
        self.stack.push_async_callback(self.store.close)
        models = ScriptedModels({"scripted": self.provider}, price=PRICE, window=WINDOW)
        project = self.folder / "project"
        opened = open_workspace(
            store=self.store,
            models=models,
            toolbox=Catalog(),
            root=project,
            cwd=project,
            limits=Limits(retries=0),
            plan=ModelPlan(fallback=("scripted/other",)),
            context=ContextRules(compact_at=0.5, instructions=False),
        )
        self.work = await self.stack.enter_async_context(opened)

    async def die(self) -> None:
        """As by kill -9: what is in memory is gone, what is on disk is not."""
        before = self.folder / f"life-{self.lives}.db"
        self.lives += 1
        with (
            closing(sqlite3.connect(before)) as old,
            closing(sqlite3.connect(self.folder / f"life-{self.lives}.db")) as new,
        ):
            old.backup(new)
        await self.stack.aclose()
        self.stack = AsyncExitStack()
        await self.live()
        found = {row.id for row in await self.store.sessions()}
        self.ids = [one for one in self.ids if one in found]

        for session_id, entries in self.promised.items():
            kept = {entry.seq: entry for entry in await self.store.load(session_id)}
            assert all(kept.get(entry.seq) == entry for entry in entries), "what was settled outlives any kill"

    async def settle(self) -> None:
        """Be promised that all which is in memory now is on the disk."""
        logs = {session.id: session.log.since(0) for session in self.work.sessions}
        await self.store.settle()
        for session_id, entries in logs.items():
            self.promised[session_id] = [entry for entry in entries if not isinstance(entry.event, SCRATCH)]

    async def session(self, number: int) -> Session:
        if not self.ids:
            self.ids.append((await self.work.new_session(REFERENCE)).id)
        return await self.work.open_session(self.ids[number % len(self.ids)])


async def do(world: World, number: int, deed: str, n: int) -> None:
    session = await world.session(number)
    state = session.state
    waiting = state.outbox[n % len(state.outbox)].prompt_id if state.outbox else "none"
    match deed:
        case "submit":
            session.submit(f"prompt {n}")
        case "image":
            session.submit(f"picture {n}", (image(),))
        case "steer":
            session.steer(f"steer {n}")
        case "interrupt":
            session.interrupt()
        case "compact":
            session.compact("keep the gates" if n % 2 else "")
        case "fork":
            world.ids.append((await world.work.fork(session.id)).id)
        case "fork at":
            world.ids.append((await world.work.fork(session.id, 1 + n * state.seq // 12)).id)
        case "rewind":
            sent = sent_prompts(state)
            if sent:
                world.ids.append((await world.work.fork(session.id, sent[n % len(sent)].seq - 1)).id)
        case "model":
            session.change_model(("scripted/script", "scripted/other", "nobody/there")[n % 3])
        case "decide":
            for asking in state.asking():
                assert asking.approval is not None
                session.decide(asking.approval.approval_id, "allow" if n % 2 else "deny")
        case "edit":
            session.edit_queued(waiting, f"edited {n}", (image(),) if n % 3 == 0 else ())
        case "move":
            session.move_queued(waiting, state.outbox[0].prompt_id if n % 2 and state.outbox else None)
        case "withdraw":
            session.withdraw(waiting)
        case "steer queued":
            session.steer_queued(waiting, bool(n % 2))
        case "go":
            session.resume_queue()
        case "carry on":
            session.carry_on()
        case "archive":
            session.archive(bool(n % 2))
        case "budget":
            session.change_budget((None, 1.0, 100.0)[n % 3])
        case "kill":
            await world.die()
        case "settle":
            await world.settle()
        case "reopen":
            world.work.show(())
        case _:
            raise AssertionError(deed)


async def checked(world: World, session_id: str) -> list[Entry]:
    """What the disk has of a session is what the screen shows, and all of it is in its place."""
    live = world.work.session(session_id)
    entries = await world.store.load(session_id)
    state = fold(session_id, entries)
    assert live is None or live.state == state
    own = [entry.event for entry in entries if entry.session_id == session_id]
    withdrawn = {event.prompt_id for event in own if isinstance(event, PromptWithdrawn)}
    queued = {event.prompt_id for event in own if isinstance(event, PromptQueued)}
    found = {prompt_id: len(where) for prompt_id, where in places(state).items()}
    assert {key: found.get(key, 0) for key in queued} == {key: int(key not in withdrawn) for key in queued}
    assert set(found.values()) <= {1}
    assert_costs(state, own)
    assert_taken(state)
    return entries


def assert_costs(state: SessionState, own: Sequence[object]) -> None:
    """What was spent for this session's own requests, each once."""
    paid = [event for event in own if isinstance(event, StepEnded | SummaryKept | CompactionFailed)]
    assert state.cost == pytest.approx(sum(event.price or 0.0 for event in paid))
    assert state.unpriced_steps == sum(event.price is None for event in paid)


async def at_rest(world: World) -> None:
    """Every question is answered with no, every queue is sent to its end."""
    for session_id in world.ids:
        session = await world.work.open_session(session_id)
        session.change_budget(None)
        for _ in range(60):
            if not session.running and not session.state.outbox:
                break
            if not session.running:
                session.resume_queue()
            for asking in session.state.asking():
                assert asking.approval is not None
                session.decide(asking.approval.approval_id, "deny")
            with suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    await session.rest()
        assert not session.state.outbox and not session.running
        assert session.state.status in ("idle", "failed")


async def lived(folder: Path, moods: list[str], deeds: list[tuple[int, str, int, int]]) -> None:
    (folder / "project").mkdir()
    (folder / "project" / "notes.txt").write_text("one\n")
    world = World(folder, moods)
    await world.live()
    try:
        for number, deed, n, turns in deeds:
            with suppress(PenstockError):  # nothing to continue, to edit or to compact
                await do(world, number, deed, n)
            for _ in range(turns * turns):
                await asyncio.sleep(0)
        world.answers.moods = ["short"]
        await at_rest(world)
        await world.store.settle()
        listed = {row.id: row for row in await world.store.sessions()}
        total = Counter[str]()
        for session_id in world.ids:
            entries = await checked(world, session_id)
            assert_whole(entries)
            state = fold(session_id, entries)
            assert listed[session_id].cost == pytest.approx(state.cost)
            assert listed[session_id].unpriced == state.unpriced_steps
            total.update(
                entry.event.prompt_id
                for entry in entries
                if entry.session_id == session_id and isinstance(entry.event, PromptQueued)
            )
        assert set(total.values()) <= {1}
        assert not world.answers.wrong
        before = await rows(world.store)
        await world.store.rebuild()
        assert await rows(world.store) == before
        assert await world.store.check() == []
    finally:
        await world.stack.aclose()


@settings(max_examples=400 if LONG else 25, deadline=None)
@given(
    moods=st.lists(st.sampled_from(MOODS), min_size=1, max_size=12),
    deeds=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(DEEDS), st.integers(0, 11), st.integers(0, 12)),
        min_size=1,
        max_size=40,
    ),
)
def test_whatever_is_done_nothing_is_lost_or_doubled(moods: list[str], deeds: list[tuple[int, str, int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(lived(Path(folder), moods, deeds))
