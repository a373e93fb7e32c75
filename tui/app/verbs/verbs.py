"""All verbs of one workspace screen, by their groups."""

from collections.abc import Mapping
from keyword import iskeyword

from tui.app.attention.watch import Attention
from tui.app.decisions import Decisions
from tui.app.keys import BY_ID
from tui.app.screens.workspace import WorkspaceScreen
from tui.app.services import Program
from tui.app.verbs.base import Group
from tui.app.verbs.branch import BranchVerbs
from tui.app.verbs.calls import CallVerbs
from tui.app.verbs.compare import CompareVerbs
from tui.app.verbs.context import ContextVerbs
from tui.app.verbs.draft import DraftVerbs
from tui.app.verbs.exchange import ExchangeVerbs
from tui.app.verbs.inbox import InboxVerbs
from tui.app.verbs.ledger import LedgerVerbs
from tui.app.verbs.model import ModelVerbs
from tui.app.verbs.outbox import OutboxVerbs
from tui.app.verbs.panes import LayoutVerbs, PaneVerbs
from tui.app.verbs.query import QueryVerbs
from tui.app.verbs.replay import ReplayVerbs
from tui.app.verbs.search import SearchVerbs
from tui.app.verbs.sessions import SessionVerbs
from tui.app.verbs.transcript import TranscriptVerbs
from tui.app.verbs.turns import TurnVerbs
from tui.app.verbs.whole import ProgramVerbs
from tui.app.verbs.worktree import WorktreeVerbs
from tui.errors import PenstockError

AT_ONCE = ("app.", "turn.")
"""Verbs that do not wait for the first sessions: leaving, help, and what ctrl+c does."""
GROUPS: Mapping[str, type[Group]] = {
    "session": SessionVerbs,
    "branch": BranchVerbs,
    "pane": PaneVerbs,
    "layout": LayoutVerbs,
    "turn": TurnVerbs,
    "outbox": OutboxVerbs,
    "draft": DraftVerbs,
    "transcript": TranscriptVerbs,
    "calls": CallVerbs,
    "compare": CompareVerbs,
    "context": ContextVerbs,
    "exchange": ExchangeVerbs,
    "inbox": InboxVerbs,
    "ledger": LedgerVerbs,
    "model": ModelVerbs,
    "query": QueryVerbs,
    "search": SearchVerbs,
    "replay": ReplayVerbs,
    "worktree": WorktreeVerbs,
    "app": ProgramVerbs,
}


class Verbs:
    """The verbs of one workspace screen."""

    def __init__(self, screen: WorkspaceScreen, program: Program, attention: Attention) -> None:
        self._screen = screen
        self.decisions = Decisions(screen, program)
        self.calls = CallVerbs(screen, program)
        self.draft = DraftVerbs(screen, program, self.calls)
        self.turns = TurnVerbs(screen, program, lambda: self.run("app.quit"))
        self._groups: Mapping[str, Group] = {
            "session": SessionVerbs(screen, program, self.decisions),
            "branch": BranchVerbs(screen, program),
            "pane": PaneVerbs(screen, program),
            "layout": LayoutVerbs(screen, program),
            "turn": self.turns,
            "outbox": OutboxVerbs(screen, program),
            "draft": self.draft,
            "transcript": TranscriptVerbs(screen, program, self.calls),
            "calls": self.calls,
            "compare": CompareVerbs(screen, program),
            "context": ContextVerbs(screen, program),
            "exchange": ExchangeVerbs(screen, program),
            "inbox": InboxVerbs(screen, program, attention, self.calls),
            "ledger": LedgerVerbs(screen, program, attention),
            "model": ModelVerbs(screen, program),
            "query": QueryVerbs(screen, program),
            "search": SearchVerbs(screen, program, self.calls),
            "replay": ReplayVerbs(screen, program, self.calls),
            "worktree": WorktreeVerbs(screen, program),
            "app": ProgramVerbs(screen, program, self.run),
        }

    async def run(self, action_id: str, rest: str = "") -> None:
        """Run an action. What it cannot do it says on screen."""
        if not action_id.startswith(AT_ONCE):
            await self._screen.ready.wait()  # the sessions that were on screen are still coming from the disk
        group = self._groups[action_id.partition(".")[0]]
        try:
            await getattr(group, _method(action_id))(rest)
        except PenstockError as error:
            self._screen.notify(error.sentence(), severity="warning", markup=False)


def missing() -> list[str]:
    """Actions of the program without a verb: must be none."""
    named = [action.id for action in BY_ID.values() if action.place == "app"]
    return [name for name in named if not hasattr(GROUPS.get(name.partition(".")[0]), _method(name))]


def _method(action_id: str) -> str:
    """``turn.continue`` is the method ``continue_``: Python keeps the word for itself."""
    name = action_id.partition(".")[2]
    return f"{name}_" if iskeyword(name) else name
