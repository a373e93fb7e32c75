"""``[log]`` of config.toml: whether each session is also kept as JSON lines in a file of its own. Not, as it comes.

[log]
sessions = true
folder = "session-log"   # empty, as it is built in: a folder among Penstock's data
compress = 16            # MB from which a file is compressed, and a new one begun; 0 for never
"""

from tui.settings.toml_table import Table
from tui.value import value

MOST_MB = 1_000_000


@value
class LogConfig:
    """``folder`` is absolute, "" for the usual one. ``compress``: in megabytes."""

    sessions: bool = False
    folder: str = ""
    compress: int = 16


def read_log(table: Table) -> LogConfig:
    """Raises ConfigError for what makes no sense."""
    found = LogConfig(
        sessions=table.flag("sessions", False),
        folder=table.place("folder"),
        compress=int(table.number("compress", 16, most=MOST_MB, whole=True, unit="megabytes")),
    )
    table.end()
    return found
