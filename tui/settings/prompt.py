"""``[prompt]``: what enter does with a message while a turn runs.

[prompt]
enter = "steer"                           # into the turn at its next step; "queue": after it. ctrl+] is the other
"""

from typing import Literal, get_args

from tui.settings.toml_table import Table
from tui.value import value

Enter = Literal["queue", "steer"]


@value
class PromptConfig:
    """``enter``: what that key does while a turn runs; the other key (turn.steer) does the other."""

    enter: Enter = "queue"


def read_prompt(table: Table) -> PromptConfig:
    """Raises ConfigError."""
    found = PromptConfig(enter=table.choice("enter", get_args(Enter)) or "queue")  # type: ignore[arg-type]
    table.end()
    return found
