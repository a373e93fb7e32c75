"""The person's rules as a workspace uses them: read, written, explained. What blocks is done in threads.

A rule is written down before the decision that it comes with counts, so that no "always" is forgotten.
"""

from collections.abc import Mapping
from os.path import expanduser, normpath
from pathlib import Path
from typing import Any, Protocol

from tui.engine.policy.facts import Question
from tui.engine.policy.rules import Rule, RuleBook, Rules
from tui.engine.policy.surroundings import home_folder
from tui.engine.policy.verdict import would_match
from tui.events import Mode
from tui.tools.base import Bridge, Toolbox, ToolSpec

PAST = 2000
"""Calls of a tool that are looked at, the last ones, to say how many a rule would have matched."""


PastCall = tuple[Mapping[str, Any], str, str]
"""Its arguments as values, and the workspace folder and the working folder of its session."""


class CallHistory(Protocol):
    """What is asked of the store. See ``tui.store.store.Store.past_calls``."""

    async def past_calls(self, tool: str, most: int) -> list[PastCall]: ...


class Rulings:
    """The rules of one workspace folder."""

    def __init__(
        self, book: RuleBook, bridge: Bridge, history: CallHistory, toolbox: Toolbox, *, root: Path, mode: Mode
    ) -> None:
        self.book = book
        self.mode: Mode = mode
        """That of sessions which have none of their own."""
        self._bridge = bridge
        self._history = history
        self._toolbox = toolbox
        self._root = root

    async def rules(self) -> Rules:
        """All that holds now, with what was ignored and why."""
        return await self._bridge.run(self.book.read, self._root)

    async def add(self, rule: Rule) -> None:
        """Write a rule down. Raises ConfigError where that fails."""
        await self._bridge.run(self.book.add, rule)

    async def remove(self, rule: Rule) -> bool:
        """Take one of the person's rules out again; whether it was there. Raises ConfigError."""
        return await self._bridge.run(self.book.remove, rule)

    async def past_matches(self, rule: Rule) -> int:
        """How many of the last calls an allow rule would have let run.

        Raises:
            StoreError: the history cannot be read.
        """
        spec = self._toolbox.spec(rule.tool)
        if spec is None:
            return 0
        calls = await self._history.past_calls(rule.tool, PAST)
        return await self._bridge.run(_count, rule, spec, calls)


def _count(rule: Rule, spec: ToolSpec, calls: list[PastCall]) -> int:
    return would_match(rule, (_question(spec, *call) for call in calls))


def _question(spec: ToolSpec, arguments: Mapping[str, Any], workspace: str, cwd: str) -> Question:
    """The question as it may have been: paths as they were written, for the disk has moved on."""
    named = [str(arguments.get(field) or ".") for field in spec.path_fields]
    return Question(
        spec=spec,
        arguments=arguments,
        root=Path(workspace),
        cwd=Path(cwd),
        home=home_folder(),
        paths=tuple(_tidy(cwd, text) for text in named),
    )


def _tidy(cwd: str, text: str) -> Path:
    return Path(normpath(Path(cwd, expanduser(text))))
