"""The short lists to choose from: commands, models, and whether to leave while sessions run."""

from collections.abc import Callable, Iterable

from tui.app.keys import ACTIONS, COMMANDS, Action
from tui.messages import EFFORTS, Effort
from tui.providers.models import Offer
from tui.settings.own_commands import OwnCommand
from widgets.clean import clean
from widgets.picker import Item, Picker
from widgets.tab_strip import Tab

OWN = "/"
"""Before the name of a command of the person's or the project's own, as the palette gives it back."""


def command_list(keys_of: Callable[[Action], str], own: Iterable[OwnCommand] = ()) -> Picker[str]:
    """Every action of the palette and every own command; dismissed with the action's id, or OWN and the name."""
    items = [
        Item(
            action.id,
            action.title,
            f"/{action.command} {action.takes}".rstrip() if action.command else "",
            action.group,
            keys_of(action),
        )
        for action in ACTIONS
        if action.palette
    ]
    theirs = [
        Item(f"{OWN}{each.name}", clean(each.description or each.name), f"/{each.name}", each.whose)
        for each in own
        if each.name not in COMMANDS
    ]
    return Picker("Commands", [*items, *theirs])


def model_list(current: str) -> Picker[str]:
    """The model in use, until ``offer_models`` brings the others; dismissed with a reference."""
    asking = "The others are still being asked for."
    return Picker("Models", [Item(current, current, f"in use. {asking}")], empty=asking)


def offer_models(picker: Picker[str], offers: Iterable[Offer], current: str) -> None:
    """Put what there is to choose from into a ``model_list``."""
    picker.refresh_items(
        [
            Item(o.reference, o.reference, "in use" if o.reference == current else o.detail, o.provider)
            for o in offers
        ],
        empty="No model here matches.",
    )  # fmt: skip


EFFORT_DETAILS = {
    "": "as much as the model does by itself",
    "low": "quick and cheap",
    "medium": "between the two",
    "high": "for what is hard: slower, and dearer",
    "xhigh": "not every model takes it",
    "max": "as much as there is: not every model takes it",
}


def effort_list(current: Effort) -> Picker[str]:
    """How much a model may reason; dismissed with the word for it."""
    items = []
    for effort in ("", *EFFORTS):
        details = ("in use" if effort == current else "", EFFORT_DETAILS.get(effort, ""))
        items.append(Item(effort or "auto", effort or "auto", " · ".join(filter(None, details))))
    return Picker("Effort", items, highlighted=current or "auto")


def session_list(title: str, tabs: Iterable[Tab], *, own: bool = False) -> Picker[str]:
    """Open sessions by their numbers, and with ``own`` a tab of its own (""); dismissed with an id."""
    items = [Item("", "A tab of its own", "", "Tabs")] if own else []
    items += [Item(tab.id, f"{tab.glyph} {tab.clean_title}", tab.state, "Open", str(tab.slot)) for tab in tabs]
    return Picker(title, items, digit_selects=True, empty="No session matches.")


def layout_list(names: Iterable[str]) -> Picker[str]:
    """Kept layouts; dismissed with a name."""
    return Picker("Layouts", [Item(name, name) for name in names], empty="No layout matches.")


def leave_list(running: int) -> Picker[str]:
    """Dismissed with ``quit`` when the person wants to leave although sessions run."""
    items = [
        Item("stay", "Stay", "go on working"),
        Item("quit", "Quit", f"interrupts {running} running session{'s' * (running != 1)}; nothing that came is lost"),
    ]
    return Picker("Sessions are running", items)
