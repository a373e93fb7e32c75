"""Rules and grants to look at, and the one that "always" would write, before it is written."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.app.footer import key_line
from tui.app.words import home_path
from tui.engine.policy.rules import MODES, Rule, Rules
from tui.events import GrantAdded, Mode
from widgets.clean import clean
from widgets.overlay import Overlay
from widgets.picker import Item, Picker

ABOUT_MODES: dict[Mode, str] = {
    "read-only": "reads only: nothing is changed, run or fetched",
    "ask": "asks to change, run or fetch, unless a rule allows it",
    "accept-edits": "edits in the folder run unasked; the rest asks",
    "autonomous": "edits in the folder and commands in the sandbox run unasked",
}


class ConfirmRule(Overlay[bool]):
    """Dismissed with True when the rule is to be written. Enter alone does not write it."""

    BINDINGS: ClassVar = [
        Binding("y", "answer(True)", show=False, id="confirm.yes"),
        Binding("n,escape,enter,q", "answer(False)", show=False, id="confirm.no"),
    ]
    DEFAULT_CSS: ClassVar[str] = """
    ConfirmRule {
        align: center middle; background: $background 60%;
        & > Vertical { width: 90; max-width: 100%; height: auto; max-height: 90%; background: $panel; padding: 1 2; }
        & Static { height: auto; margin: 0 0 1 0; }
        & .title { text-style: bold; }
        & .rule { background: $background; padding: 0 1; color: $text-accent; }
        & .keys { background: $panel; padding: 0; }
    }
    """

    def __init__(self, rule: Rule, matches: int) -> None:
        super().__init__()
        self._rule = rule
        self._matches = matches

    def compose(self) -> ComposeResult:
        counted = {0: "None of the past calls", 1: "One past call"}.get(self._matches, f"{self._matches:,} past calls")
        with Vertical():
            yield Static(Content("Always allow?"), classes="title")
            yield Static(Content("This rule would be added to your config.toml:"))
            yield Static(Content(clean(self._rule.text)), classes="rule")
            yield Static(Content(f"{counted} would have run unasked by it. /rules takes it back."))
            yield key_line(("y", "writes it and runs the call"), ("n", "or enter: back to the question"))

    def action_answer(self, write: bool) -> None:
        self.dismiss(write)


def modes_list(current: Mode, ceiling: Mode) -> Picker[str]:
    """Dismissed with a mode's name. Those that the project forbids are not offered."""
    allowed = MODES[: MODES.index(ceiling) + 1]
    return Picker(
        "Mode of this session",
        [Item(str(mode), mode, f"{'now · ' if mode == current else ''}{ABOUT_MODES[mode]}") for mode in allowed],
    )


def rules_list(rules: Rules, grants: Iterable[GrantAdded]) -> Picker[str]:
    """All that holds now; dismissed with ``grant ID`` or ``rule N`` to take back, or "" for one that cannot be."""
    items = [
        Item(f"grant {grant.grant_id}", f"allow {grant.tool} {clean(home_path(grant.pattern))}", "enter revokes it",
             "Allowed in this session")
        for grant in grants
    ]  # fmt: skip
    for number, rule in enumerate(rules.rules):
        own = rule.source == "user"
        group = "Your rules" if own else "The project's rules"
        detail = "enter removes it" if own else "in .penstock.toml"
        items.append(Item(f"rule {number}" if own else "", clean(rule.text), detail, group))
    items += [Item("", clean(note), "", "Ignored") for note in rules.notes]
    if rules.problem:
        items.insert(0, Item("", clean(rules.problem), "everything is asked until this is mended", "Broken"))
    if not items:
        items = [Item("", "There are no rules and no grants yet.", "always and session, in a question, make them")]
    return Picker(f"Rules and grants · mode {rules.mode}", items)


def removal_list(what: str) -> Picker[str]:
    """Dismissed with ``remove`` when it is to go."""
    return Picker(f"Take back: {what}", [Item("keep", "Keep it"), Item("remove", "Remove it", "such calls ask again")])
