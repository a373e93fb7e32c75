"""``[prune]`` of config.toml: which archived sessions ``penstock prune`` moves out of the store. Nothing, as it comes.

[prune]
days = 180               # archived sessions in which nothing has happened for so many days
size = 2000              # and the oldest archived ones until all texts take at most so many MB
"""

from tui.settings.toml_table import Table
from tui.value import value

MOST_DAYS, MOST_MB = 36_500, 1_000_000


@value
class PruneConfig:
    """0: not by this. Nothing is ever pruned by itself: the command is given by a person."""

    days: int = 0
    size: int = 0


def read_prune(table: Table) -> PruneConfig:
    """Raises ConfigError for what makes no sense."""
    found = PruneConfig(
        days=int(table.number("days", 0, most=MOST_DAYS, whole=True, unit="days")),
        size=int(table.number("size", 0, most=MOST_MB, whole=True, unit="megabytes")),
    )
    table.end()
    return found
