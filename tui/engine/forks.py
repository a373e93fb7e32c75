"""A fork: a session that goes on from another one at some entry. Nothing is copied, rewound or deleted.

The fork's log is the other's up to there and then its own. What the other had open at that entry (a turn, a step,
calls, a question) goes on there and is closed here, at once, so that a fork rests from its first moment. It takes over
the settings that the other has now: a mode that was narrowed since must not be widened by going back.
"""

import re
from collections.abc import Iterable

from tui.engine.log import Log
from tui.engine.turn import Told, close_turn
from tui.errors import UsageError
from tui.events import EffortChanged, Entry, ModeChanged, SessionForked, SessionOpened
from tui.state import SessionState
from tui.turns import Prompt, TurnState
from tui.value import value

DIED = Told()
FORKED = Told(
    ran="This conversation was forked while this call ran: how it ended is told in the session it was forked from.",
    never="This conversation was forked before this call ran. It was not run here.",
    price=0.0,
)
"""An open step is paid for where it goes on."""
NUMBERED = re.compile(r"(.*) \(fork(?: (\d+))?\)", re.DOTALL)
"""A fork's title: that of its parent, and which fork of it this is."""


@value
class SentPrompt:
    """A prompt that a turn has: one can go on from before it."""

    prompt: Prompt
    turn: TurnState

    @property
    def seq(self) -> int:
        """The entry by which it was sent."""
        return self.prompt.seq

    @property
    def text(self) -> str:
        return self.prompt.text


def entries_up_to(entries: Iterable[Entry], through_seq: int | None) -> list[Entry]:
    """What a fork at that entry inherits; None is all.

    Raises:
        UsageError: nothing has happened up to there.
    """
    inherited = [entry for entry in entries if through_seq is None or entry.seq <= through_seq]
    if not inherited:
        raise UsageError("There is nothing yet to go on from.")
    return inherited


def begin_fork(log: Log, parent: SessionState, slot: int) -> None:
    """Make the log, which holds what is inherited and nothing else, a session of its own, and close what is open."""
    through = log.state.seq
    log.emit(
        SessionOpened(
            workspace=parent.workspace,
            cwd=parent.cwd,
            title=fork_title(parent.title),
            model=parent.model,
            slot=slot,
            system=parent.system,
        )
    )
    log.emit(SessionForked(parent=parent.session_id, through_seq=through, slot=parent.slot, title=parent.title))
    if parent.worktree is not None and parent.worktree_ended is None:
        log.emit(parent.worktree)  # it goes on in the same folder
    if parent.mode is not None and parent.mode != log.state.mode:
        log.emit(ModeChanged(mode=parent.mode))
    if parent.effort != log.state.effort:
        log.emit(EffortChanged(effort=parent.effort))
    close_turn(log, "interrupted", told=FORKED)


def told_of_closing(state: SessionState) -> Told:
    """What is to be said of a turn without an end: that its process died, unless it is one that a fork inherited."""
    turn, fork = state.turn, state.forked_from
    return FORKED if turn is not None and fork is not None and turn.seq <= fork[1] else DIED


def fork_title(title: str) -> str:
    """``Valves (fork)``, and of that ``Valves (fork 2)``."""
    numbered = NUMBERED.fullmatch(title)
    if numbered is None:
        return f"{title} (fork)"
    return f"{numbered[1]} (fork {int(numbered[2] or 1) + 1})"


def sent_prompts(state: SessionState) -> list[SentPrompt]:
    """The prompts of all turns, oldest first."""
    return [
        SentPrompt(prompt=item, turn=turn) for turn in state.turns for item in turn.items if isinstance(item, Prompt)
    ]
