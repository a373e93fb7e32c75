"""``[models]`` and ``[budget]``: how new sessions reason, whom to ask when a model fails, and what they may cost.

[models]
effort = "high"                           # or "low", "medium", "xhigh", "max"; /effort changes a session's
fallback = ["openai/gpt-6-luna"]          # asked in this order when a model has failed for good
[budget]
session = 5.0                             # USD, its sub-agents included; /budget changes a session's
day = 20.0                                # USD, all sessions together, from midnight to midnight
warn = 0.8                                # the part of either from which on the inbox says so; 0 for never
"""

from tui.engine.choice import ModelPlan
from tui.messages import EFFORT_NAMED, EFFORTS
from tui.settings.toml_table import Table

MOST_USD = 1_000_000.0
LEAST_WARN = 0.01


def read_plan(models: Table, budget: Table) -> ModelPlan:
    """Both tables. Raises ConfigError for what they cannot say."""
    fallback = models.texts("fallback")
    for name in fallback:
        if not all(name.partition("/")):
            raise models.wrong("fallback", 'a list of PROVIDER/MODEL, such as ["openai/gpt-6-luna"]')
    effort = EFFORT_NAMED.get(models.choice("effort", EFFORTS), "")
    models.end()
    limit = budget.number("session", 0.0, most=MOST_USD, unit="USD")
    day = budget.number("day", 0.0, most=MOST_USD, unit="USD")
    found = budget.take("warn")
    warn = ModelPlan().warn if found is None else found
    if isinstance(warn, bool) or not isinstance(warn, (int, float)) or not (warn == 0 or LEAST_WARN <= warn <= 1):
        raise budget.wrong("warn", f"a part of the budget, from {LEAST_WARN:g} to 1, or 0 for never")
    budget.end()
    return ModelPlan(
        effort=effort,
        fallback=tuple(dict.fromkeys(fallback)),
        budget=limit or None,
        day_budget=day or None,
        warn=float(warn),
    )
