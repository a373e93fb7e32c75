"""Keys and what they do: bindings made of the table, keys as people write them, and what a keymap gets wrong."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS, KEY_TO_UNICODE_NAME, Keys

from tui.app.action import BESIDE, WORKSPACE, Place
from tui.app.keys import ACTIONS, BY_ID, Action

NOT_PRIORITY = frozenset({"app.suspend", "app.help_too", "transcript.find_too"})
"""Bound behind the widgets: the prompt's own undo, its question mark and its slash come first."""
ALWAYS = frozenset({"app.quit", "turn.interrupt", "inbox.open", "search.open", "app.help"})
"""Actions that also work while another screen stands over the workspace."""
BY_NUMBER = "session.slot"
"""Its key says which one: the digit at its end."""
NUMBERED = frozenset({BY_NUMBER, "inspector.tab", "ask.option"})
SAID_BY_PEOPLE = "ctrl+n, f4, alt+shift+left, pagedown, space, escape, ?, or a letter (G is shift+g)"
UNBOUND = "unbound"
"""The name of no key: what an action is bound to that has lost its own."""

_SHOWN = {
    "backslash": "\\",
    "underscore": "_",
    "question_mark": "?",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "slash": "/",
    "comma": ",",
    "plus": "+",
    "minus": "-",
    "escape": "esc",
}
_MEANT = {shown: name for name, shown in _SHOWN.items()} | {"pgdown": "pagedown", "return": "enter", "del": "delete"}
_MODIFIERS = frozenset({"ctrl", "alt", "shift", "super", "hyper", "meta"})
_NAMES = frozenset(key.value for key in Keys) | {*KEY_TO_UNICODE_NAME, *KEY_NAME_REPLACEMENTS.values(), "space"}
_RARE = ("ctrl+tab", "ctrl+shift+tab", "shift+enter", "ctrl+enter", "ctrl+comma")
"""Keys that ordinary terminals and tmux do not send; ``alt`` with a digit is another."""


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


def screen_bindings(verbs: Mapping[str, str], *, first: Iterable[str] = ()) -> list[Binding]:
    """Bindings of a screen: from action ids of the table to what the screen calls them. ``first``: with priority."""
    early = frozenset(first)
    return [
        Binding(BY_ID[name].keys, verb, BY_ID[name].title, show=False, id=name, priority=name in early)
        for name, verb in verbs.items()
    ]


def key_label(key: str) -> str:
    """A Textual key name as people write it: ``ctrl+backslash`` is ``ctrl+\\``."""
    *modifiers, last = key.split("+") if key != "+" else ["+"]
    return "+".join([*modifiers, _SHOWN.get(last, last if len(last) == 1 else last.lower())])


def keys_label(action: Action, keymap: Mapping[str, str] | None = None, *, first: bool = False) -> str:
    """An action's keys as people write them, after rebinding. ``first``: only the one to show where room is short."""
    labels = [key_label(key) for key in keys_of(action, keymap or {})]
    return (labels[0] if labels else "") if first else ", ".join(labels)


def way_to(name: str, keymap: Mapping[str, str]) -> str:
    """What a sentence names for an action: its key as it is now, or the command that does the same, or its title."""
    action = BY_ID[name]
    return keys_label(action, keymap, first=True) or (f"/{action.command}" if action.command else f"“{action.title}”")


def takes_back(keymap: Mapping[str, str]) -> str:
    """What a sentence names for how an archived session comes back."""
    pick, every, back = (way_to(name, keymap) for name in ("session.pick", "sessions.all", "sessions.archive"))
    return f"{back} in the list of sessions ({pick}, then {every})"


def keys_of(action: Action, keymap: Mapping[str, str]) -> list[str]:
    """The Textual names of the keys that an action has after rebinding."""
    if action.id not in keymap or why_fixed(action.id):
        return _split(action.keys)
    return [key for written in _split(keymap[action.id]) if (key := key_named(written))]


def is_rare(key: str) -> bool:
    """Whether ordinary terminals, and tmux, do not send a key as itself."""
    return key in _RARE or (key.startswith("alt+") and key[4:].isdigit())


def key_named(written: str) -> str:
    """Textual's name of a key as people write it (``ctrl+\\``, ``esc``, ``?``); "" for what is none."""
    before, _, last = written[:-1].rpartition("+")
    modifiers, last = [each.lower() for each in before.split("+") if each], last + written[-1:]
    if len(last) == 1 and last.isalpha() and {"ctrl", "alt"} & set(modifiers):
        last = last.lower()
    if len(last) == 1 and not last.isalnum():
        last = unicodedata.name(last, "").lower().replace(" ", "_").replace("-", "_")
        last = KEY_NAME_REPLACEMENTS.get(last, last)
    last = last if len(last) == 1 else _MEANT.get(last.lower(), last.lower())
    if not _is_key(last) or not set(modifiers) <= _MODIFIERS:
        return ""
    if modifiers == ["shift"] and len(last) == 1 and last.isalpha():
        return last.upper()  # as terminals send it
    return "+".join([*sorted(modifiers), last])


def textual_keymap(keymap: Mapping[str, str]) -> dict[str, str]:
    """What Textual is to be told: what may not or cannot be bound is left as it is, and "" takes a key away."""
    told = {}
    for name, written in keymap.items():
        if name in BY_ID and not why_fixed(name):
            keys = [key for each in _split(written) if (key := key_named(each))]
            if keys or not _split(written):
                told[name] = ",".join(keys) or UNBOUND
    return told


def check_keymap(keymap: Mapping[str, str]) -> list[str]:
    """Sentences about what is wrong with a keymap: unknown actions and keys, fixed ones, keys taken twice."""
    wrong = [f"[keys] names no action {name!r}. F1 lists them all." for name in keymap if name not in BY_ID]
    wrong += [f"[keys] cannot change {name}: {why}." for name in keymap if (why := why_fixed(name))]
    for name, written in keymap.items():
        unknown = [each for each in _split(written) if not key_named(each)] if not why_fixed(name) else []
        wrong += [f"[keys] {name}: {each!r} is no key. Keys are written as {SAID_BY_PEOPLE}." for each in unknown]
    return [*wrong, *_taken_twice(keymap)]


def why_fixed(name: str) -> str:
    """Why an action's keys cannot be changed; "" where they can be."""
    if name in NUMBERED:
        return "its keys are fixed, the digit says which one"
    place = BY_ID[name].place if name in BY_ID else ""
    if place in ("ask", "confirm") or name in ("compare.yes", "compare.no"):
        return "its keys are fixed, each stands beside its answer"
    if place == "edit":
        return "its keys are fixed, the box names them"
    if place == "prompt":
        return "its keys are fixed, they are part of typing"
    return ""


def _taken_twice(keymap: Mapping[str, str]) -> Iterator[str]:
    owners: dict[tuple[Place, str], str] = {}
    for action in ACTIONS:
        for key in keys_of(action, keymap):
            other = owners.setdefault((action.place, key), action.id)
            if other != action.id:
                yield f"[keys] gives {key_label(key)} to both {other} and {action.id}."
    for (place, key), owner in owners.items():
        if place != "app":
            for other in _beside(place, key, owners):
                if keymap.keys() & {owner, other}:  # what the table itself lays over something is meant so
                    yield f"[keys] gives {key_label(key)} to both {other} and {owner}."


def _beside(place: Place, key: str, owners: Mapping[tuple[Place, str], str]) -> Iterator[str]:
    """Actions of other places that the same key does at the same time, or before it comes to this one."""
    program = owners.get(("app", key))
    if program is not None and program not in NOT_PRIORITY and (place in WORKSPACE or program in ALWAYS):
        yield program
    yield from (owners[other, key] for other in BESIDE.get(place, ()) if (other, key) in owners)


def _is_key(name: str) -> bool:
    if len(name) == 1 or name in _NAMES:
        return bool(name.strip())
    try:
        unicodedata.lookup(name.replace("_", " ").upper())
    except KeyError:
        return False
    return True


def _split(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",") if key.strip()]
