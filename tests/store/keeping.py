"""Stores to look after, such as a few days of work leave, and children that die while they do."""

import os
import random
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.conftest import LONG
from tui.events import (
    Entry,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptSubmitted,
    SessionArchived,
    SessionEvent,
    SessionOpened,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.messages import StopReason, TextPart, ToolCallPart
from tui.store.store import Store

SECRET = 'corr"ect/horse é battery\\staple'


def turn(number: int, said: str, output: str = "fine") -> Iterator[SessionEvent]:
    """A turn with an answer and one call."""
    t, s, p, c = (f"{word}_{number}" for word in ("turn", "step", "part", "call"))
    yield PromptSubmitted(prompt_id=f"prompt_{number}", turn_id=t, text=f"Do {number}: {said}")
    yield StepStarted(step_id=s, turn_id=t, model="here/m")
    yield PartStarted(part_id=p, step_id=s, kind="text")
    yield PartEnded(part_id=p, part=TextPart(text=f"I did {number}. {said}"))
    yield PartStarted(part_id=f"{p}c", step_id=s, kind="tool_call", name="shell")
    yield PartEnded(part_id=f"{p}c", part=ToolCallPart(call_id=c, name="shell", arguments='{"command": "make"}'))
    yield StepEnded(step_id=s, stop=StopReason.TOOL_USE)
    yield ToolStarted(call_id=c, turn_id=t, tool="shell", arguments='{"command": "make"}')
    yield ToolEnded(call_id=c, outcome=ToolOutcome.OK, text=output)
    yield TurnEnded(turn_id=t, outcome="done")


def log(session_id: str, events: list[SessionEvent], *, at: float = 1e9, after: int = 0) -> list[Entry]:
    return [Entry(session_id, seq, at + seq, event) for seq, event in enumerate(events, after + 1)]


def session(
    session_id: str, turns: int, *, said: str = "Well.", at: float = 1e9, archived: bool = False
) -> list[Entry]:
    opened = SessionOpened(workspace="/w", cwd="/w", title=f"Title {session_id}", model="here/m", slot=1)
    events = [opened, *(event for number in range(turns) for event in turn(number, said))]
    return log(session_id, [*events, *([SessionArchived(archived=True)] if archived else [])], at=at)


def streaming(session_id: str, after: int, texts: list[str]) -> list[Entry]:
    """A turn that a crash cut off in the middle of an answer."""
    events: list[SessionEvent] = [
        PromptSubmitted(prompt_id="prompt_z", turn_id="turn_z", text="Go on"),
        StepStarted(step_id="step_z", turn_id="turn_z", model="here/m"),
        PartStarted(part_id="part_z", step_id="step_z", kind="text"),
        *(PartDelta(part_id="part_z", text=text) for text in texts),
    ]
    return log(session_id, events, after=after)


async def grown(path: Path, *sessions: list[Entry]) -> None:
    """A store at ``path`` with these sessions, or with a dozen of them."""
    store = await Store.open(path)
    chance = random.Random(5)
    usual = [
        session(f"s{number:02}", 6, said=chance.randbytes(60).hex(), at=1e9 + number * 1e4) for number in range(12)
    ]
    usual += [streaming("s03", 61, [f"token{number} " for number in range(40)])]
    usual += [log("s04", list(turn(77, "long", chance.randbytes(60_000).hex())), after=61)]
    for entries in sessions or usual:
        for entry in entries:
            store.add(entry)
    store.save_ui("/w", "draft", "what was typed")
    await store.close()


def rows(path: Path, table: str = "entries") -> list[tuple[Any, ...]]:
    """All of a table, in the order of its keys, whoever has the file open."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
    finally:
        connection.close()


_DEADLY = ("COMMIT", *(("INSERT", "PRAGMA", "DELETE") if LONG else ()))


def dies(work: Callable[[], object], number: int) -> bool:
    """Do ``work`` in a child that kills itself with SIGKILL at the NUMBER-th call that could change what is on the
    disk; whether it did, and was not done before."""
    child = os.fork()
    if child == 0:
        try:
            _deadly(number)
            work()
        finally:
            os._exit(0)  # whatever happened: the tests go on in the parent alone
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _deadly(number: int) -> None:
    left = iter(range(number - 1, -1, -1))

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if next(left, None) == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **named)

        return call

    for name in ("rename", "replace", "link", "unlink", "fsync", "open"):
        setattr(os, name, dying(getattr(os, name)))
    real = sqlite3.connect

    def connect(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection = real(*arguments, **named)

        def traced(statement: str) -> None:
            if statement.startswith(_DEADLY) and next(left, None) == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        connection.set_trace_callback(traced)
        return connection

    sqlite3.connect = connect  # type: ignore[assignment]
