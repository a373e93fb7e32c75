"""A session again, as it went: step or play it from any entry, with what the screen said of it at that moment.

It draws with the same transcript and by the same way as a live one. Nothing of the session is changed, and it goes on
meanwhile; what happens then is added at the end. A timer runs only while it plays.
"""

import re
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.timer import Timer

from tui.app.history.past import LONG
from tui.app.history.playback import Playback, window
from tui.app.history.present import Draft, Presenter
from tui.app.screens.sheet import Sheet, sheet_bindings
from tui.app.services import Program
from tui.app.status import check_items, pane_status, pane_title
from tui.app.words import one_line, relative
from tui.errors import PenstockError
from tui.events import Entry, SessionEvent
from widgets.blocks import Block
from widgets.checklist import Checklist
from widgets.clean import clean
from widgets.scrub_bar import ScrubBar
from widgets.status_line import Segment, StatusLine
from widgets.transcript import Transcript

SPEEDS = (1, 2, 5, 10, 20, 50, 100)
TICK = 0.05
NAMED = 3
"""Files that are named."""
EARLIER = "replay-earlier"
Inspect = Callable[[str, str], Awaitable[tuple[str, str] | None]]


class ReplayScreen(Sheet[int | None]):
    """Dismissed with the entry to fork after, or None."""

    PLACE = "replay"
    BINDINGS: ClassVar = sheet_bindings("replay", first=("replay.play",))
    DEFAULT_CSS: ClassVar[str] = """
    ReplayScreen > Transcript { height: 1fr; }
    ReplayScreen > .status { background: $surface; }
    """

    def __init__(
        self, program: Program, session_id: str, since: Callable[[int], list[Entry]], point: int, inspect: Inspect
    ) -> None:
        """``since``: the session's entries after a number; ``point``: the entry to begin behind, 0 for the first."""
        super().__init__(program.keymap)
        self._program = program
        self._since = since
        self._inspect = inspect
        self.playback = Playback(session_id, since(0))
        self._begin = self.playback.index_after(point) if point else self.playback.turn_after()
        self._presenter = Presenter(self.playback.state)
        self._timer: Timer | None = None
        self._clock = self._ticked = 0.0
        self._speed = 0
        self._pieces = 0

    def parts(self) -> ComposeResult:
        yield Transcript()
        yield Checklist()
        yield StatusLine(classes="where")
        yield ScrubBar()
        yield StatusLine(classes="status")

    def on_mount(self) -> None:
        self.transcript.focus()
        self.draw_foot()
        self.seek(self._begin)
        self._weave()

    @property
    def transcript(self) -> Transcript:
        return self.query_one(Transcript)

    @property
    def playing(self) -> bool:
        return self._timer is not None

    @work(exclusive=True, group="weave")
    async def _weave(self) -> None:
        """Recordings are looked for once; without one an answer comes part by part."""
        told = await self._program.recorded([*self._steps()])
        if told and self.is_mounted:
            self._pieces = self.playback.weave(told)
            self._rebuild()
            self._draw()

    def _steps(self) -> dict[str, None]:
        return dict.fromkeys(step for entry in self.playback.entries if (step := getattr(entry.event, "step_id", "")))

    # --- where it stands

    def seek(self, at: int) -> None:
        """Show the session as it was behind ``at`` entries."""
        playback = self.playback
        before = playback.at
        if playback.seek(at) and playback.at - before <= LONG and before:
            self._presenter.show(playback.entries[before : playback.at], self.transcript)
        else:
            self._rebuild()
        self._clock = playback.time
        self._draw()

    def _rebuild(self) -> None:
        """Present what is behind the head anew: of a long session its last part, which is what is seen."""
        playback, transcript = self.playback, self.transcript
        opened, anchor = transcript.opened, transcript.anchor
        self._presenter = Presenter(playback.state)
        first, sink = window(playback.entries, playback.at), Draft()
        self._presenter.show(playback.entries[first : playback.at], sink)
        blocks = sink.blocks()
        if first:
            text = f"{first:,} earlier entries. [ goes back turn by turn, 0 to the beginning."
            blocks.insert(0, Block(id=EARLIER, kind="notice", source=text, status="waiting"))
        transcript.clear()
        transcript.put_all(blocks)
        transcript.open_blocks(opened)
        transcript.anchor = anchor

    def _catch_up(self) -> None:
        """What the session did meanwhile."""
        if entries := self._since(self.playback.last_seq):
            self.playback.extend(entries)

    # --- drawing

    def _draw(self) -> None:
        playback, state = self.playback, self.playback.state
        now = playback.entries[playback.at - 1].at if playback.at else 0.0
        left, right = pane_title(state, now)
        self.draw_head([Segment("Replay", "", 9), *left], right)
        self.query_one(Checklist).show(check_items(state))
        self.line("status").show(
            *pane_status(state, self._program.window(state.model), now, mode=state.mode or "ask", below=False)
        )
        played = f"{_time(playback.time)} {'playing' if self.playing else 'paused'} {SPEEDS[self._speed]}x"
        self.query_one(ScrubBar).show(
            playback.time / playback.length if playback.length else 1.0, played, _time(playback.length)
        )
        self.line("where").show(*self._where())

    def _where(self) -> tuple[list[Segment], list[Segment]]:
        playback, state = self.playback, self.playback.state
        event = playback.entries[playback.at - 1].event if playback.at else None
        files = list(dict.fromkeys(path for turn in state.files.values() for path in turn))
        named = ", ".join(clean(relative(path, state.cwd)) for path in files[-NAMED:])
        more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        pace = "token by token" if self._pieces else "part by part: no recording"
        return (
            [
                Segment(f"{playback.at:,} of {len(playback):,}", "accent", 9),
                Segment(_words(event) if event is not None else "before the first entry", "", 8),
                Segment(one_line(f"files: {named}{more}", 80) if files else "no files changed", "dim", 4, least=12),
            ],
            [Segment(pace, "dim", 3)],
        )

    # --- playing

    def action_play(self) -> None:
        if self.playing:
            self._pause()
        else:
            self._catch_up()
            if self.playback.at == len(self.playback):
                self.seek(0)
            self._clock, self._ticked = self.playback.time, monotonic()
            self._timer = self.set_interval(TICK, self._tick)
        self._draw()

    def _pause(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _tick(self) -> None:
        now = monotonic()
        self._clock += (now - self._ticked) * SPEEDS[self._speed]
        self._ticked = now
        clock, at = self._clock, self.playback.index_at(self._clock)
        if at > self.playback.at:
            self.seek(at)
            self._clock = clock
        if self.playback.at == len(self.playback):
            self._pause()
            self._draw()

    # --- its keys

    def _step(self, at: int) -> None:
        self._pause()
        self._catch_up()
        self.seek(at)

    def action_forward(self) -> None:
        self._step(self.playback.at + 1)

    def action_back(self) -> None:
        self._step(self.playback.at - 1)

    def action_next_turn(self) -> None:
        self._step(self.playback.turn_after())

    def action_previous_turn(self) -> None:
        self._step(self.playback.turn_before())

    def action_begin(self) -> None:
        self._step(0)

    def action_finish(self) -> None:
        self._catch_up()
        self._step(len(self.playback))

    def action_faster(self) -> None:
        self._speed = min(self._speed + 1, len(SPEEDS) - 1)
        self._draw()

    def action_slower(self) -> None:
        self._speed = max(self._speed - 1, 0)
        self._draw()

    def action_fork(self) -> None:
        pointed = self.transcript.cursor
        point = self._presenter.point_of(pointed) if pointed else None
        self.dismiss(point or self.playback.state.seq)

    @on(ScrubBar.Moved)
    def _scrubbed(self, event: ScrubBar.Moved) -> None:
        event.stop()
        playing = self.playing
        self._step(self.playback.index_at(event.fraction * self.playback.length))
        if playing:
            self.action_play()

    @on(Transcript.Branch)
    def _branch(self, event: Transcript.Branch) -> None:
        event.stop()
        if not event.back:
            self.action_fork()

    @on(Transcript.ReplayWanted)
    def _from_block(self, event: Transcript.ReplayWanted) -> None:
        """Within a replay: back to the block that is pointed at."""
        event.stop()
        pointed = self.transcript.cursor
        point = self._presenter.point_of(pointed) if pointed else None
        if point is not None:
            self._step(self.playback.index_after(point))

    @on(Transcript.CopyRequested)
    def _copy(self, event: Transcript.CopyRequested) -> None:
        event.stop()
        self._program.copy(event.text)

    @on(Transcript.LinkClicked)
    def _follow(self, event: Transcript.LinkClicked) -> None:
        event.stop()
        self._program.follow(event.href)

    @on(Transcript.Inspect)
    @work
    async def _look(self, event: Transcript.Inspect) -> None:
        """The call as it is now: its log is whole there."""
        event.stop()
        call = self._presenter.call_of(event.block_id)
        if call is not None:
            self._pause()
            try:
                await self._inspect(self.playback.session_id, call.call_id)
            except PenstockError as error:
                self.notify(error.sentence(), severity="warning", markup=False)


def _time(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _words(event: SessionEvent) -> str:
    """What an event is called, as words: ``TurnEnded`` is "turn ended"."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(event).__name__).lower()
