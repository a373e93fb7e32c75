"""The short lists to choose from: commands, models, and whether to leave while sessions run."""

from collections.abc import Callable, Iterable

from tui.app.keys import ACTIONS, Action
from tui.providers.models import Offer
from widgets.picker import Item, Picker


def command_list(keys_of: Callable[[Action], str]) -> Picker[str]:
    """Every action of the palette; dismissed with its id."""
    items = [
        Item(action.id, action.title, f"/{action.command}" if action.command else "", action.group, keys_of(action))
        for action in ACTIONS
        if action.palette
    ]
    return Picker("Commands", items)


def model_list(current: str) -> Picker[str]:
    """The model in use, until ``offer_models`` brings the others; dismissed with a reference."""
    return Picker("Models", [Item(current, current, "in use")])


def offer_models(picker: Picker[str], offers: Iterable[Offer], current: str) -> None:
    """Put what there is to choose from into a ``model_list``."""
    picker.refresh_items(
        [
            Item(o.reference, o.reference, "in use" if o.reference == current else o.detail, o.provider)
            for o in offers
        ]
    )  # fmt: skip


def leave_list(running: int) -> Picker[str]:
    """Dismissed with ``quit`` when the person wants to leave although sessions run."""
    items = [
        Item("stay", "Stay", "go on working"),
        Item("quit", "Quit", f"interrupts {running} running session(s); nothing that came is lost"),
    ]
    return Picker("Sessions are running", items)
