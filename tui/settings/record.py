"""``[record]`` of config.toml: whether all that providers say is kept, with its timings, for replays and reports.

[record]
folder = "recordings"     # a file for each client goes there; empty, as it is built in: nothing is recorded
"""

from tui.settings.toml_table import Table
from tui.value import value


@value
class RecordConfig:
    """``folder`` is absolute, "" where nothing is recorded."""

    folder: str = ""


def read_record(table: Table) -> RecordConfig:
    """Raises ConfigError for what makes no sense."""
    found = RecordConfig(folder=table.place("folder"))
    table.end()
    return found
