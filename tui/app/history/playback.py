"""A session's entries with a head that can stand behind any of them: the state there is the fold of what came before.

Stepping back costs the same however long a session is: copies of the state are kept on the way, a few dozen of any
session, and the fold goes on from the nearest. A copy shares all that is over, which no entry changes any more.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from copy import copy

from tui.events import Entry, PartDelta, PartEnded, PartStarted, PromptSubmitted, StepStarted
from tui.state import SessionState, StepState, fold

GAP = 2.0
"""Seconds that a pause lasts at the most: nobody watches a session wait over lunch."""
COPIES = 32
CLOSEST = 500
"""Entries between two copies at the least."""
Told = Sequence[tuple[float, int, str]]
"""What was recorded of a step: seconds, the number of the part, the text that came then."""


class Playback:
    """``at`` entries are behind the head; ``state`` is their fold. ``times`` are the seconds of each entry."""

    def __init__(self, session_id: str, entries: Iterable[Entry]) -> None:
        self.session_id = session_id
        self.entries = list(entries)
        self.times = _times(self.entries)
        self.state = SessionState(session_id)
        self.at = 0
        self._copies: dict[int, SessionState] = {}

    def __len__(self) -> int:
        return len(self.entries)

    def seek(self, at: int) -> bool:
        """Put the head behind ``at`` entries. Whether it went forward, on the same state."""
        at = max(0, min(at, len(self.entries)))
        forward = at >= self.at
        if not forward:
            kept = max((place for place in self._copies if place <= at), default=0)
            self.state = copied(self._copies[kept]) if kept else SessionState(self.session_id)
            self.at = kept
        every = max(CLOSEST, len(self.entries) // COPIES)
        while self.at < at:
            stop = min(at, (self.at // every + 1) * every)
            fold(self.session_id, self.entries[self.at : stop], refused=[], onto=self.state)
            self.at = stop
            if stop % every == 0 and stop not in self._copies:
                self._copies[stop] = copied(self.state)
        return forward

    def extend(self, entries: Sequence[Entry]) -> None:
        """What has happened since."""
        self.entries += entries
        self.times = _times(self.entries)

    @property
    def last_seq(self) -> int:
        """The number of the newest entry."""
        return self.entries[-1].seq if self.entries else 0

    @property
    def time(self) -> float:
        """Seconds played."""
        return self.times[self.at - 1] if self.at else 0.0

    @property
    def length(self) -> float:
        """Seconds that all of it takes."""
        return self.times[-1] if self.times else 0.0

    def index_at(self, seconds: float) -> int:
        """How many entries have happened by then."""
        return bisect_right(self.times, seconds + 1e-9)

    def index_after(self, seq: int) -> int:
        """How many entries there are up to the one of that number."""
        return next((i for i in range(len(self.entries) - 1, -1, -1) if self.entries[i].seq <= seq), -1) + 1

    def turn_after(self) -> int:
        """Behind the next prompt that begins a turn; the end where there is none."""
        later = range(self.at, len(self.entries))
        return next((i + 1 for i in later if isinstance(self.entries[i].event, PromptSubmitted)), len(self.entries))

    def turn_before(self) -> int:
        """Behind the prompt before the head; the beginning where there is none."""
        earlier = range(self.at - 2, -1, -1)
        return next((i + 1 for i in earlier if isinstance(self.entries[i].event, PromptSubmitted)), 0)

    def weave(self, told: Mapping[str, Told]) -> int:
        """Put what was recorded of steps in, piece by piece; the head stays where it is. How many pieces."""
        before = len(self.entries)
        here = self.entries[self.at - 1] if self.at else None
        self.entries = woven(self.entries, told)
        self.times = _times(self.entries)
        self._copies.clear()
        self.state, self.at = SessionState(self.session_id), 0
        if here is not None:
            self.seek(next(i for i, entry in enumerate(self.entries) if entry is here) + 1)
        return len(self.entries) - before


def _times(entries: Sequence[Entry]) -> list[float]:
    """Seconds from the first entry, with long pauses made short; never running back, whatever the clock did."""
    times: list[float] = []
    now = 0.0
    for number, entry in enumerate(entries):
        now += min(GAP, max(0.0, entry.at - entries[number - 1].at)) if number else 0.0
        times.append(now)
    return times


def copied(state: SessionState) -> SessionState:
    """A state that goes on by itself. What is over is shared: turns and steps that ended, parts and calls that did."""
    new = copy(state)
    for name in ("put_away", "turns", "steps", "parts", "calls", "grants", "questions", "jobs", "ended_jobs"):
        setattr(new, name, copy(getattr(state, name)))
    new.open_calls = {}
    for call_id, call in state.open_calls.items():
        mine = new.calls[call_id] = new.open_calls[call_id] = copy(call)
        mine.output = list(call.output)
    new.outbox = [copy(prompt) for prompt in state.outbox]
    new.files = {turn: {path: copy(file) for path, file in files.items()} for turn, files in state.files.items()}
    new.shared = {path: set(others) for path, others in state.shared.items()}
    for number, turn in enumerate(state.turns):
        if turn.outcome is None:
            mine = new.turns[number] = copy(turn)
            mine.items = [_own_step(new, item) if isinstance(item, StepState) else item for item in turn.items]
    return new


def _own_step(state: SessionState, step: StepState) -> StepState:
    if step.ended is not None:
        return step
    mine = state.steps[step.step_id] = copy(step)
    mine.retries, mine.parts = list(step.retries), []
    for part in step.parts:
        own = part
        if part.part is None:
            own = state.parts[part.part_id] = copy(part)
            own.chunks = list(part.chunks)
        mine.parts.append(own)
    return mine


def woven(entries: Sequence[Entry], told: Mapping[str, Told]) -> list[Entry]:
    """Entries with the pieces of text between the beginning and the end of each part, as they were recorded.

    A piece has the number of the entry before it. Of a step whose record does not fit its parts nothing is taken.
    """
    starts: dict[str, list[Entry]] = defaultdict(list)
    ends: dict[str, Entry] = {}
    streamed: set[str] = set()
    for entry in entries:
        match entry.event:
            case PartStarted(step_id=step_id):
                starts[step_id].append(entry)
            case PartEnded(part_id=part_id):
                ends[part_id] = entry
            case PartDelta(part_id=part_id):
                streamed.add(part_id)
            case _:
                pass
    pieces: dict[int, list[Entry]] = {}
    for step_id, record in told.items():
        pieces |= _pieces(starts.get(step_id, []), ends, streamed, record)
    out: list[Entry] = []
    for entry in entries:
        if isinstance(entry.event, PartEnded):
            out += pieces.get(entry.seq, ())
        out.append(entry)
    return out


def _pieces(starts: list[Entry], ends: Mapping[str, Entry], streamed: set[str], record: Told) -> dict[int, list[Entry]]:
    """By the number of a part's end: what came of it, each at its time between the two."""
    found: dict[int, list[Entry]] = {}
    if not record or not starts:
        return found
    offset = starts[0].at - record[0][0]
    for ordinal, start in enumerate(starts):
        assert isinstance(start.event, PartStarted)
        part_id = start.event.part_id
        end = ends.get(part_id)
        if end is None or part_id in streamed:
            continue
        found[end.seq] = [
            Entry(
                start.session_id,
                start.seq,
                min(max(start.at, at + offset), end.at),
                PartDelta(part_id=part_id, text=text),
            )
            for at, which, text in record
            if which == ordinal and text
        ]
    return found


def window(entries: Sequence[Entry], at: int, least: int = 300, most: int = 2_000) -> int:
    """Where to begin so that the last before ``at`` is seen: at a turn's beginning, in a very long one at a step's."""
    first = at - least
    while first > 0:
        event = entries[first].event
        if isinstance(event, PromptSubmitted) or (at - first > most and isinstance(event, StepStarted)):
            return first
        first -= 1
    return 0
