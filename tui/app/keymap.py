"""Keys and what they do: bindings made of the table, keys as people write them, and what a keymap gets wrong."""

from collections.abc import Iterable, Mapping

from textual.binding import Binding

from tui.app.keys import ACTIONS, BY_ID, Action

NOT_PRIORITY = frozenset({"app.suspend", "app.help"})
"""Bound behind the widgets: the prompt's own undo, and its question mark, come first."""

BY_NUMBER = "session.slot"
"""Its key says which one: the digit at its end."""

_SHOWN = {
    "backslash": "\\",
    "underscore": "_",
    "question_mark": "?",
    "right_square_bracket": "]",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "slash": "/",
    "comma": ",",
    "escape": "esc",
}


def bindings() -> list[Binding]:
    """Textual bindings of all actions of the program itself. Each has its action's id, for rebinding."""
    made = []
    for action in ACTIONS:
        if action.place == "app" and action.keys:
            for key in action.keys.split(","):
                priority = action.id not in NOT_PRIORITY
                verb = f"do('{action.id}', '{key[-1]}')" if action.id == BY_NUMBER else f"do('{action.id}')"
                made.append(Binding(key, verb, action.title, show=False, priority=priority, id=action.id))
    return made


def key_label(key: str) -> str:
    """A Textual key name as people write it: ``ctrl+backslash`` is ``ctrl+\\``."""
    *modifiers, last = key.split("+") if key != "+" else ["+"]
    return "+".join([*modifiers, _SHOWN.get(last, last if len(last) == 1 else last.lower())])


def keys_label(action: Action, keymap: Mapping[str, str] | None = None, *, first: bool = False) -> str:
    """An action's keys as people write them, after rebinding. ``first``: only the one to show where room is short."""
    keys = (keymap or {}).get(action.id, action.keys)
    labels = [key_label(key.strip()) for key in keys.split(",") if key.strip()]
    return (labels[0] if labels else "") if first else ", ".join(labels)


def check_keymap(keymap: Mapping[str, str]) -> list[str]:
    """Sentences about what is wrong with a keymap: unknown actions, fixed keys, keys taken twice."""
    wrong = [f"[keys] names no action {name!r}." for name in keymap if name not in BY_ID]
    wrong += [f"[keys] cannot change {name}: its keys are fixed." for name in keymap if _is_fixed(name)]
    owners: dict[tuple[str, str], str] = {}
    for action in ACTIONS:
        place = action.place
        for key in _split(keymap.get(action.id, action.keys)):
            other = owners.setdefault((place, key), action.id)
            if other != action.id:
                wrong.append(f"[keys] gives {key_label(key)} to both {other} and {action.id}.")
    return wrong


def _is_fixed(name: str) -> bool:
    """What is typed into the prompt and what answers a question is decided by those widgets alone."""
    return name in BY_ID and BY_ID[name].place in ("prompt", "ask")


def _split(keys: str) -> Iterable[str]:
    return [key.strip() for key in keys.split(",") if key.strip()]
