"""One stream consumer over a log in memory: a test sees what was written and at which instant."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.scripts import REFERENCE, ScriptedModels, prompt
from tui.engine.log import Log
from tui.engine.stream import Limits, Pace, Step, StepResult, StreamConsumer
from tui.events import Entry, PartDelta, PartEnded, PromptSubmitted, SessionOpened, StepRetried, StepStarted
from tui.messages import Part
from tui.providers.base import Request, StreamEvent
from tui.providers.scripted import ScriptedProvider
from tui.state import SessionState

PACE = Pace()
REQUEST = Request(model="script", messages=(prompt(),))


@dataclass
class Journal:
    """A store in memory. ``blocked``: the disk takes no more until it is set; ``drain_seconds``: it takes its time."""

    entries: list[tuple[float, Entry]] = field(default_factory=list)
    blocked: asyncio.Event | None = None
    drain_seconds: float = 0.0

    def add(self, entry: Entry) -> None:
        self.entries.append((asyncio.get_running_loop().time(), entry))

    async def drain(self) -> None:
        if self.blocked is not None:
            await self.blocked.wait()
        if self.drain_seconds:
            await asyncio.sleep(self.drain_seconds)

    async def settle(self) -> None:
        pass

    def of(self, kind: type) -> list[Any]:
        return [entry.event for _, entry in self.entries if isinstance(entry.event, kind)]

    @property
    def deltas(self) -> list[tuple[float, str]]:
        return [(at, entry.event.text) for at, entry in self.entries if isinstance(entry.event, PartDelta)]

    @property
    def written(self) -> dict[str, str]:
        """Part -> all text that was written of it."""
        texts: dict[str, str] = {}
        for event in self.of(PartDelta):
            texts[event.part_id] = texts.get(event.part_id, "") + event.text
        return texts

    @property
    def parts(self) -> list[Part]:
        return [event.part for event in self.of(PartEnded)]

    @property
    def retries(self) -> list[StepRetried]:
        return self.of(StepRetried)


class Rig:
    """A log in the middle of a turn, and a provider that plays ``script``. ``limits`` as for Limits."""

    def __init__(self, *script: Sequence[Any], local: bool = False, **limits: Any) -> None:
        self.journal = Journal()
        self.log = Log(SessionState("s1"), self.journal)
        self.log.emit(SessionOpened(workspace="/w", cwd="/w", title="t", model=REFERENCE, slot=1))
        self.log.emit(PromptSubmitted(prompt_id="p", turn_id="t", text="Go"))
        self.provider = ScriptedProvider(script, local=local)
        self.step = Step(self.log, ScriptedModels({}, price=0.5), limits=Limits(**limits), pace=PACE)

    async def run(self) -> StepResult:
        return await self.step.run(self.provider, REQUEST, turn_id="t", reference=REFERENCE)

    @asynccontextmanager
    async def feeding(self) -> AsyncGenerator[tuple[StreamConsumer, asyncio.Queue[StreamEvent]], None]:
        """A consumer that reads what the test puts in the queue."""
        self.log.emit(StepStarted(step_id="step", turn_id="t", model=REFERENCE))
        consumer, queue = StreamConsumer(self.log, "step", PACE), asyncio.Queue[StreamEvent]()

        async def stream() -> AsyncGenerator[StreamEvent, None]:
            while True:
                yield await queue.get()

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(consumer.read(stream())), group.create_task(consumer.flush())]
            yield consumer, queue
            for task in tasks:
                task.cancel()
