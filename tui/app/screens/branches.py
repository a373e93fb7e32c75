"""What is asked when a session goes on from an earlier prompt: which one, and whether files go back too."""

from collections.abc import Sequence
from time import time

from tui.app.words import duration, one_line, relative
from tui.engine.changes.restoring import Plan
from tui.engine.forks import SentPrompt
from widgets.clean import clean
from widgets.picker import Item, Picker

NAMED = 3
"""Files that the question names."""


def prompt_list(title: str, prompts: Sequence[SentPrompt], *, forked_at: int | None = None) -> Picker[int]:
    """Dismissed with the seq of a prompt; the last one stands first. ``forked_at``: an entry that is offered too."""
    now = time()
    items = [
        Item(sent.seq, one_line(clean(sent.text), 200), f"{duration(max(0.0, now - sent.turn.started_at))} ago")
        for sent in prompts
    ]
    if forked_at is not None:
        items.append(Item(forked_at + 1, "Where this session was forked", "with what the other one changed since"))
    return Picker(title, sorted(items, key=lambda item: item.value, reverse=True), empty="No prompt matches.")


def files_question(plan: Plan, cwd: str) -> Picker[str]:
    """Dismissed with ``look`` when the person wants to put files back too; the default is no."""
    count = len(plan.files)
    names = [clean(relative(file.path, cwd)) for file in plan.files[:NAMED]]
    more = f" and {count - NAMED} more" if count > NAMED else ""
    items = [
        Item("leave", "Leave files as they are", "/restore can put them back later"),
        Item("look", "See what would go back", one_line(", ".join(names) + more, 100)),
    ]
    changed = f"{count} file{'s' * (count != 1)}"
    return Picker(f"{changed} changed after this prompt. Put back too?", items)
