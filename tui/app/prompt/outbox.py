"""What the lines around the prompt say: the queue's rows, and what the text in the prompt will do. Pure functions."""

from collections.abc import Mapping, Sequence

from tui.app.footer import key_row
from tui.app.keymap import keys_label
from tui.app.keys import BY_ID
from tui.app.status import Segments
from tui.app.words import one_line, size
from tui.engine.window.pictures import Named
from tui.state import SessionState
from widgets.clean import clean
from widgets.queue_list import QueueItem
from widgets.status_line import Segment


def queue_items(state: SessionState, editing: str, *, held: bool) -> list[QueueItem]:
    """The prompts that wait, the first one first. ``held``: nothing will send them by itself."""
    usual = "held" if held else "queued"
    return [
        QueueItem(
            waiting.prompt_id,
            one_line(clean(waiting.text), 300),
            "steers" if waiting.steer and not held else usual,
            waiting.prompt_id == editing,
        )
        for waiting in state.outbox
    ]


def queue_hint(keymap: Mapping[str, str], held: bool) -> str:
    """What to press to get at the queue."""
    key = keys_label(BY_ID["outbox.focus"], keymap, first=True)
    return f"{key}, then enter, sends them" if held else f"{key} to edit, move, steer or take back"


def queue_keys(keymap: Mapping[str, str]) -> str:
    """The keys of the list that has the focus, as they are after rebinding."""

    def key(*names: str) -> str:
        labels = (keys_label(BY_ID[f"queue.{name}"], keymap, first=True) for name in names)
        return " ".join(labels).replace("{", "{{").replace("}", "}}")

    deeds = (("later", "sooner"), "move"), (("edit",), "edit"), (("steer",), "steer"), (("withdraw",), "take back")
    told = [key("down", "up"), *(f"{key(*names)} {what}" for names, what in deeds)]
    return " · ".join([*told, key("enter") + " {enter}", key("leave")])


def note_line(
    keymap: Mapping[str, str], *, editing: bool, command: str, shell: str, images: Sequence[Named], unseen: bool
) -> Segments:
    """The line above the prompt: nothing, mostly."""
    left: list[Segment] = []
    right: list[Segment] = []
    if editing:
        left.append(Segment("editing a queued prompt", "good", 9))
        right.extend(key_row([("prompt.send", "saves"), ("escape", "leaves it as it was")], keymap))
    elif command:
        left.append(Segment(f"the project's /{command} says this", "warn", 9))
        right.extend(key_row([("prompt.send", "sends it"), ("turn.interrupt", "clears it")], keymap))
    elif shell:
        what = "its output goes into your draft" if shell.startswith("!!") else "the model is not told"
        left.append(Segment("shell", "warn", 9))
        left.append(Segment(f"runs as you, unasked and unconfined · {what}", "dim", 5, least=20))
        if not shell.startswith("!!"):
            right.append(Segment("!! attaches", "dim", 1))
    for number, image in enumerate(images, 1):
        name = one_line(clean(image.name.rpartition("/")[2]), 40)
        if image.problem:
            left.append(Segment(f"image {number}: {name} cannot go along", "bad", 8, least=12))
        else:
            left.append(Segment(f"image {number}: {name} {size(image.size)}", "accent", 7, least=12))
    if unseen:
        right.append(Segment("this model sees no images", "warn", 8))
    return left, right
