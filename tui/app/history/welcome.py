"""What stands in a session in which nothing has happened yet: where it works, who answers, and the first keys."""

from collections.abc import Callable

from tui.app.keys import BY_ID, Action
from tui.app.words import OFFLINE, home_path
from tui.state import SessionState

_FIRST = (
    ("session.new", "another session in a tab of its own; all run at once"),
    ("pane.right", "split the pane: see two at a time"),
    ("session.needy", "the next session that waits for you"),
    ("app.palette", "everything there is to do, by name"),
    ("app.help", "all keys"),
)


def welcome_text(state: SessionState, keys_of: Callable[[Action], str]) -> str:
    """A few lines of Markdown. ``keys_of`` gives an action's keys after rebinding."""
    model = state.model
    if model.startswith(OFFLINE):
        who = f"`{model}` answers: a script and **no model**. It takes any prompt, uses real tools and shows you around"
        who += "; `/model` chooses a model."
    else:
        who = f"`{model}` answers; `/model` chooses another."
    keys = "\n".join(f"- `{keys_of(BY_ID[name]).partition(', ')[0]}` {about}" for name, about in _FIRST)
    place = home_path(state.cwd).replace("`", "'")
    return (
        f"### Session {state.slot}\n\nIt works in `{place}`. Reading there, and commands that only look, run "
        f"unasked; the rest asks you first.\n\n{who}\n\nType below; `@` names a file, `/` a command.\n\n{keys}\n"
    )
