"""``[context]`` of config.toml: when a session's context is compacted, and what its models are told beside it.

[context]
compact_at = 0.85        # of the model's window, where that is known; 0 for never
instructions = true      # AGENTS.md files are read and told
system = "Answer in verse."      # instead of the usual system prompt, in new sessions
"""

from tui.engine.window.compaction import ContextRules
from tui.settings.toml_table import Table

LEAST, MOST = 0.01, 0.98


def read_context(table: Table) -> ContextRules:
    """Raises ConfigError for what makes no sense."""
    usual = ContextRules()
    found = table.take("compact_at")
    at = usual.compact_at if found is None else found
    if isinstance(at, bool) or not isinstance(at, (int, float)) or not (at == 0 or LEAST <= at <= MOST):
        raise table.wrong("compact_at", f"a part of the window, from {LEAST:g} to {MOST:g}, or 0 for never")
    rules = ContextRules(
        compact_at=float(at),
        instructions=table.flag("instructions", usual.instructions),
        system=table.text("system"),
    )
    table.end()
    return rules
