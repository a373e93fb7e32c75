"""Sessions of ordinary length, written to a store as the engine would write them.

Twenty turns: a prompt, two calls with their results, and an answer of 300 to 1,500 characters of Markdown.
"""

import json
from itertools import cycle
from random import Random

from tui.engine.log import Log
from tui.events import (
    Entry,
    PartDelta,
    PartEnded,
    PartStarted,
    PromptQueued,
    PromptSubmitted,
    SessionOpened,
    StepEnded,
    StepStarted,
    ToolEnded,
    ToolOutcome,
    ToolStarted,
    TurnEnded,
)
from tui.ids import new_id, new_session_id
from tui.messages import StopReason, TextPart, ToolCallPart, Usage
from tui.state import SessionState
from tui.store.store import Store

TURNS = 20
_SENTENCES = (
    "The **valve** opens a little, and water `flows` along the pipe towards the turbine.",
    "See `flow(litres)` in *src/valve.py*, which returns before the gate has closed.",
    "Nobody hears it from the road, and that is how it should be.",
    "- the gate is checked first\n- then the pressure\n- then the log",
    "```python\ndef flow(litres: float) -> float:\n    return litres * RATE  # measured in spring\n```",
)


class Scribe:
    """Writes turns to one session's log."""

    def __init__(self, log: Log, random: Random) -> None:
        self._log = log
        self._random = random
        self._sentences = cycle(_SENTENCES)

    def open(self, *, workspace: str, title: str, model: str, slot: int) -> None:
        self._log.emit(SessionOpened(workspace=workspace, cwd=workspace, title=title, model=model, slot=slot))

    def turn(self) -> int:
        """One whole turn. Returns how many events it was."""
        before, turn_id, prompt_id = self._log.state.seq, new_id("turn"), new_id("prompt")
        asked = " ".join(self._random.sample(_SENTENCES[:3], 2))
        self._log.emit(PromptQueued(prompt_id=prompt_id, text=asked))
        self._log.emit(PromptSubmitted(prompt_id=prompt_id, turn_id=turn_id, text=asked))
        step_id = self._step(turn_id)
        for path in ("src/valve.py", "README.md"):
            self._call(turn_id, step_id, path)
        self._end_step(step_id, StopReason.TOOL_USE)
        step_id = self._step(turn_id)
        self._text(step_id, self._answer(self._random.randint(300, 1_500)))
        self._end_step(step_id, StopReason.END)
        self._log.emit(TurnEnded(turn_id=turn_id, outcome="done"))
        return self._log.state.seq - before

    def _answer(self, length: int) -> str:
        parts: list[str] = []
        while sum(map(len, parts)) < length:
            parts.append(next(self._sentences))
        return "\n\n".join(parts)

    def _step(self, turn_id: str) -> str:
        step_id = new_id("step")
        self._log.emit(StepStarted(step_id=step_id, turn_id=turn_id, model=self._log.state.model))
        return step_id

    def _end_step(self, step_id: str, stop: StopReason) -> None:
        usage = Usage(input_tokens=4_000, output_tokens=300)
        self._log.emit(StepEnded(step_id=step_id, stop=stop, usage=usage, first_token=0.4, duration=3.1))

    def _text(self, step_id: str, text: str) -> None:
        part_id = new_id("part")
        self._log.emit(PartStarted(part_id=part_id, step_id=step_id, kind="text"))
        for at in range(0, len(text), 60):
            self._log.emit(PartDelta(part_id=part_id, text=text[at : at + 60]))
        self._log.emit(PartEnded(part_id=part_id, part=TextPart(text=text)))

    def _call(self, turn_id: str, step_id: str, path: str) -> None:
        part_id, call_id, arguments = new_id("part"), new_id("call"), json.dumps({"path": path})
        part = ToolCallPart(call_id=call_id, name="read", arguments=arguments)
        self._log.emit(PartStarted(part_id=part_id, step_id=step_id, kind="tool_call", name="read"))
        self._log.emit(PartEnded(part_id=part_id, part=part))
        self._log.emit(ToolStarted(call_id=call_id, turn_id=turn_id, tool="read", arguments=arguments))
        text = "".join(f"{number:>5}  {sentence}\n" for number, sentence in enumerate(_SENTENCES[:3] * 4, 1))
        ended = ToolEnded(call_id=call_id, outcome=ToolOutcome.OK, text=text, duration=0.1, output_bytes=len(text))
        self._log.emit(ended)


class Unsaved:
    """A journal that only keeps what it is given."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        self.entries.append(entry)

    async def drain(self) -> None:
        pass

    async def settle(self) -> None:
        pass


async def write_sessions(
    store: Store, workspace: str, count: int, model: str, *, turns: int = TURNS, title: str = "Session"
) -> list[str]:
    """``count`` sessions in ``store``, on disk when this returns. Their ids."""
    ids: list[str] = []
    for number in range(count):
        ids.append(new_session_id())
        scribe = Scribe(Log(SessionState(ids[-1]), store), Random(number))
        slot = await store.next_slot(workspace)
        scribe.open(workspace=workspace, title=f"{title} {number + 1}", model=model, slot=slot)
        for turn in range(turns):
            scribe.turn()
            if turn % 100 == 99:
                await store.settle()
    await store.settle()
    return ids
