"""One prompt to several sessions: who is to answer it, fresh ones on chosen models or open ones, and what it may cost.

Nothing is sent before enter in the list or ctrl+s; closing keeps the prompt and the choice. An estimate that cannot
be made is "unknown", and never nothing.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult

from tui.app.footer import Told
from tui.app.keymap import way_to
from tui.app.keys import BY_ID
from tui.app.screens.sheet import Sheet, own_actions, sheet_bindings
from tui.app.services import Program
from tui.app.words import money
from tui.engine.groups import MOST, Fresh
from tui.messages import EFFORTS, Effort
from tui.value import value
from widgets.clean import clean
from widgets.prompt import Prompt
from widgets.status_line import Segment, StatusLine, Style
from widgets.virtual_table import Cell, Column, TableRow, VirtualTable

CHOICE_KEY = "broadcast"
"""Under which the models that were chosen last are kept."""
_MARKS = {True: "[x]", False: "[ ]"}


@value
class Target:
    """Somebody whom the prompt may go to: an open session, or (``session_id`` "") a fresh one."""

    model: str
    effort: Effort = ""
    worktree: bool = False
    marked: bool = True
    session_id: str = ""
    slot: int = 0
    title: str = ""
    state: str = ""

    @property
    def busy(self) -> bool:
        return self.state in ("running", "asking", "queued")


Cost = tuple[float, float]
Estimate = Callable[[Target, str], Cost | None]
"""USD at the least and at the most that a target's turn with this prompt may cost, None where it is unknown."""


class BroadcastScreen(Sheet[bool]):
    """Dismissed with whether to send. ``text`` and ``targets`` are what was chosen, also when it was closed.

    ``apart``: a fresh session can have a worktree of its own here.
    """

    PLACE = "broadcast"
    BINDINGS: ClassVar = sheet_bindings("broadcast")
    DEFAULT_CSS: ClassVar[str] = """
    BroadcastScreen > Prompt { max-height: 8; margin: 1 0; }
    """

    def __init__(
        self, program: Program, text: str, targets: Sequence[Target], estimate: Estimate, *, apart: bool = False
    ) -> None:
        super().__init__(program.keymap)
        self.text = text
        self.targets = list(targets)
        self._program = program
        self._estimate = estimate
        self._apart = apart

    def parts(self) -> ComposeResult:
        yield Prompt()
        yield VirtualTable()
        yield StatusLine(classes="said")

    def on_mount(self) -> None:
        prompt = self.query_one(Prompt)
        prompt.value = self.text
        (self._table if self.text.strip() else prompt).focus()
        self._show()

    @property
    def _table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    @property
    def chosen(self) -> list[Target]:
        return [target for target in self.targets if target.marked]

    def on_resize(self) -> None:
        if self.is_mounted:
            self._show()

    # --- drawing

    def _show(self) -> None:
        costs = [self._estimate(target, self.text) for target in self.targets]
        rows = [self._row(target, cost) for target, cost in zip(self.targets, costs, strict=True)]
        self._table.set_columns(_columns(apart=self._apart))
        self._table.show(len(rows), 0, rows, empty=f"Nobody yet: {self._key('add')} adds a fresh session on a model.")
        marked = [cost for target, cost in zip(self.targets, costs, strict=True) if target.marked]
        count = len(marked)
        known = [cost for cost in marked if cost is not None]
        about = f"may cost {_range((sum(low for low, _ in known), sum(high for _, high in known)))}"
        if len(known) < count:
            about = f"{about}, and {count - len(known)} unknown" if known else "cost unknown"
        self.draw_head(
            [Segment("One prompt to several sessions", "", 9, least=16)],
            [Segment(f"{count} chosen", "bad" if count > MOST else "", 8), Segment(about if count else "", "dim", 7)],
        )
        self._show_said()
        self.draw_foot()

    def keys(self) -> Iterable[Told]:
        """What the keys do where the focus is."""
        if isinstance(self.focused, Prompt):
            return [("enter", "to the list"), *(BY_ID[name] for name in _WHILE_WRITING)]
        own = (one for one in own_actions("broadcast") if self._apart or one.id != _WORKTREE)
        return [("table.open", "sends"), *(one for one in own if one.id not in _WHILE_WRITING[:1])]

    def _key(self, word: str) -> str:
        return way_to(f"broadcast.{word}", self._keymap)

    def _show_said(self, sentence: str = "", style: Style = "warn") -> None:
        self.line("said").show([Segment(sentence or self._warning(), style, 9, least=20)])

    def _warning(self) -> str:
        """What the choice brings with it."""
        shared = [target for target in self.chosen if not target.session_id and not target.worktree]
        if len(self.chosen) > MOST:
            return f"{MOST} is the most: take some away."
        if len(shared) > 1:
            rest = f" {self._key('worktree')}: a worktree each." if self._apart else ""
            return f"{len(shared)} fresh sessions write into one folder.{rest}"
        busy = [str(target.slot) for target in self.chosen if target.busy]
        if busy:
            return f"Session {', '.join(busy)} is busy: the prompt waits there until its turn has ended."
        if any(target.worktree for target in self.chosen):
            return "A worktree begins as this folder is, with a copy of what is not committed."
        return ""

    def _row(self, target: Target, cost: Cost | None) -> TableRow:
        name, who = clean(target.model), "new"
        if target.session_id:
            name, who = f"{clean(target.title)} · {clean(target.model.rpartition('/')[2])}".replace("\n", " "), "open"
        style: Style = "" if target.marked else "dim"
        busy = target.state and target.busy
        return {
            "mark": Cell(_MARKS[target.marked], "accent" if target.marked else "dim"),
            "who": Cell(f"{target.slot or who}", "dim"),
            "name": Cell(name, style),
            "effort": Cell(target.effort or "usual", "dim"),
            "place": Cell("" if target.session_id else "own tree" if target.worktree else "this folder", "dim"),
            "state": Cell(f"{target.state}{': waits' if busy else ''}", "warn" if busy else "dim"),
            "cost": Cell("unknown" if cost is None else _range(cost), style),
        }

    # --- the prompt

    @on(Prompt.Changed)
    def _typed(self, event: Prompt.Changed) -> None:
        event.stop()
        self.text = self.query_one(Prompt).value
        self._show()

    @on(Prompt.Submitted)
    @on(Prompt.LeaveWanted)
    def _to_list(self, event: Prompt.Submitted | Prompt.LeaveWanted) -> None:
        event.stop()
        self._table.focus()

    @on(Prompt.Escaped)
    def _escaped(self, event: Prompt.Escaped) -> None:
        event.stop()
        self.action_close()

    @on(Prompt.CompletionWanted)
    def _no_completion(self, event: Prompt.CompletionWanted) -> None:
        event.stop()

    def on_descendant_focus(self) -> None:
        if self.is_mounted:
            self.draw_foot()

    # --- the list

    @property
    def _at(self) -> int | None:
        at = self._table.cursor
        return at if 0 <= at < len(self.targets) else None

    def _change(self, **changes: object) -> None:
        at = self._at
        if at is not None:
            self.targets[at] = replace(self.targets[at], **changes)  # type: ignore[arg-type]
            self._show()

    def action_mark(self) -> None:
        if self._at is not None:
            self._change(marked=not self.targets[self._at].marked)

    def action_effort(self) -> None:
        if self._at is None or self.targets[self._at].session_id:
            self._show_said("An open session keeps its own effort.", "dim")
            return
        words = ("", *EFFORTS)
        now = self.targets[self._at].effort
        self._change(effort=words[(words.index(now) + 1) % len(words) if now in words else 0])

    def action_worktree(self) -> None:
        if not self._apart:
            self._show_said("There is no worktree to be had here: this folder is in no git repository.", "dim")
        elif self._at is not None and not self.targets[self._at].session_id:
            self._change(worktree=not self.targets[self._at].worktree)

    def action_remove(self) -> None:
        if self._at is not None and not self.targets[self._at].session_id:
            del self.targets[self._at]
            self._show()

    @work
    async def action_add(self) -> None:
        fresh = [target for target in self.targets if not target.session_id]
        model = await self._program.pick_model(fresh[-1].model if fresh else self._program.default_model())
        if model:
            worktree = bool(fresh) and all(target.worktree for target in fresh)
            self.targets.insert(len(fresh), Target(model=model, worktree=worktree))
            self._show()
            self._table.move_to(len(fresh))

    def action_swap(self) -> None:
        (self._table if isinstance(self.focused, Prompt) else self.query_one(Prompt)).focus()

    @on(VirtualTable.Chosen)
    def _entered(self, event: VirtualTable.Chosen) -> None:
        event.stop()
        self.action_send()

    def action_send(self) -> None:
        count = len(self.chosen)
        if not self.text.strip():
            self._show_said("There is no prompt yet.")
            self.query_one(Prompt).focus()
        elif not count:
            self._show_said(f"Nobody is chosen: {self._key('mark')} marks, {self._key('add')} adds a model.")
        elif count > MOST:
            self._show_said(f"{MOST} is the most: take some away.")
        else:
            self.dismiss(True)

    def closed_something(self) -> bool:
        self.dismiss(False)
        return True


_WHILE_WRITING = ("broadcast.send", "broadcast.swap", "broadcast.close")
_WORKTREE = "broadcast.worktree"


def _columns(*, apart: bool) -> list[Column]:
    place = [Column("place", "where", 11, 5)] if apart else []
    return [
        Column("mark", "", 3, 9),
        Column("who", "to", 4, 8),
        Column("name", "model, or session and model", 22, flex=True),
        Column("effort", "effort", 7, 4),
        *place,
        Column("state", "state", 14, 3),
        Column("cost", "may cost", 14, 7, right=True),
    ]


def _range(cost: Cost) -> str:
    """``$0.02–0.31``."""
    low, high = (money(usd, 0) for usd in cost)
    return low if low == high else f"{low}–{high.removeprefix('$')}"


# --- the choice, as it is kept


def choice_text(targets: Sequence[Target]) -> str:
    """The fresh ones, for the next time."""
    fresh = [target for target in targets if not target.session_id]
    return json.dumps([[t.model, t.effort, t.worktree, t.marked] for t in fresh], separators=(",", ":"))


def choice_value(text: str) -> list[Target]:
    """What ``choice_text`` wrote, as far as it can be read."""
    try:
        found = [
            Target(model=str(model), effort=_effort(effort), worktree=bool(worktree), marked=bool(marked))
            for model, effort, worktree, marked in json.loads(text or "[]")
        ]
    except (ValueError, TypeError):
        return []
    return [target for target in found if target.model][:MOST]


def _effort(word: object) -> Effort:
    found: Effort = ""
    for effort in EFFORTS:
        if effort == word:
            found = effort
    return found


def fresh_of(targets: Sequence[Target]) -> list[Fresh]:
    """The fresh sessions that were chosen."""
    chosen = [target for target in targets if target.marked and not target.session_id]
    return [Fresh(model=target.model, effort=target.effort, worktree=target.worktree) for target in chosen]
