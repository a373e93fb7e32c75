"""The keys table holds together: every action can be reached, and nothing promises twice."""

from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from tui.app.action import Place
from tui.app.app import PenstockApp
from tui.app.keymap import bindings, check_keymap, key_label, key_named, keys_label, keys_of, textual_keymap
from tui.app.keys import ACTIONS, BY_ID, COMMANDS
from tui.app.screens.broadcast import BroadcastScreen
from tui.app.screens.calls import CallsScreen
from tui.app.screens.changes import ChangesScreen
from tui.app.screens.compare import CompareScreen
from tui.app.screens.context import ContextScreen
from tui.app.screens.difference import DifferenceScreen
from tui.app.screens.edit_call import EditCall
from tui.app.screens.help import HelpScreen
from tui.app.screens.inbox import InboxScreen
from tui.app.screens.inspector.screen import CallScreen
from tui.app.screens.restore import RestoreScreen
from tui.app.screens.rules import ConfirmRule
from tui.app.screens.sessions import SessionsScreen
from tui.app.screens.settings import SettingsScreen
from tui.app.screens.worktree_diff import WorktreeDiff
from tui.app.screens.worktrees import WorktreesScreen
from tui.app.verbs.verbs import missing
from widgets.diff_view import DiffView
from widgets.fact_tree import FactTree
from widgets.line_view import LineView
from widgets.output_view import OutputView
from widgets.picker import Picker
from widgets.queue_list import QueueList
from widgets.transcript import Transcript
from widgets.virtual_table import VirtualTable

# Keys that an ordinary terminal or tmux delivers as themselves: each action of the program needs one, or the palette.
_NEVER_ARRIVE = ("ctrl+tab", "ctrl+shift+tab", "shift+enter", "ctrl+enter", "ctrl+comma")


def test_every_action_of_the_program_has_a_verb() -> None:
    assert missing() == []


def test_ids_and_commands_are_used_once() -> None:
    assert len(BY_ID) == len(ACTIONS)
    assert len(COMMANDS) == sum(bool(action.command) for action in ACTIONS)


def test_every_action_is_reached_in_a_plain_terminal() -> None:
    for action in ACTIONS:
        keys = [key for key in action.keys.split(",") if key and key not in _NEVER_ARRIVE]
        assert keys or action.palette or action.command, action.id


def test_no_key_is_given_twice_by_default() -> None:
    assert check_keymap({}) == []


def test_a_keymap_that_takes_a_key_twice_is_named() -> None:
    assert check_keymap({"session.new": "ctrl+s"}) == ["[keys] gives ctrl+s to both session.new and session.pick."]


@pytest.mark.parametrize(
    ("keymap", "said"),
    [
        ({"transcript.copy": "ctrl+n"}, "ctrl+n to both session.new and transcript.copy"),
        ({"session.new": "c"}, "c to both session.new and transcript.copy"),
        ({"calls.sort": "j"}, "j to both table.down and calls.sort"),
        ({"inspector.rerun": "g"}, "g to both view.home and inspector.rerun"),
        ({"changes.undo": "s"}, "s to both files.side and changes.undo"),
        ({"worktrees.merge": "ctrl+q"}, "ctrl+q to both app.quit and worktrees.merge"),
        ({"sessions.archive": "ctrl+n"}, "ctrl+n to both picker.down and sessions.archive"),
    ],
)
def test_a_key_that_two_places_take_at_the_same_time_is_named(keymap: dict[str, str], said: str) -> None:
    assert f"[keys] gives {said}." in check_keymap(keymap)


def test_a_key_may_mean_something_else_on_a_screen_over_the_workspace() -> None:
    assert check_keymap({"worktrees.merge": "ctrl+n", "calls.sort": "f9"}) == []


def test_a_keymap_that_names_no_action_is_named() -> None:
    assert check_keymap({"session.fly": "f12"}) == ["[keys] names no action 'session.fly'. F1 lists them all."]


def test_what_is_no_key_is_named_with_how_keys_are_written() -> None:
    (said,) = check_keymap({"session.new": "ctrl+nn, f4x"})[:1]
    assert said.startswith("[keys] session.new: 'ctrl+nn' is no key. Keys are written as ctrl+n, f4,")
    assert textual_keymap({"session.new": "ctrl+nn"}) == {}, "it keeps the key that it has"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ask.once", "each stands beside its answer"),
        ("confirm.yes", "each stands beside its answer"),
        ("prompt.send", "they are part of typing"),
        ("session.slot", "the digit says which one"),
        ("edit.keep", "the box names them"),
    ],
)
def test_a_fixed_key_says_why_and_stays(name: str, why: str) -> None:
    assert check_keymap({name: "f4"}) == [f"[keys] cannot change {name}: its keys are fixed, {why}."]
    assert textual_keymap({name: "f4"}) == {}
    assert keys_label(BY_ID[name], {name: "f4"}) == keys_label(BY_ID[name])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ctrl+\\", "ctrl+backslash"), ("esc", "escape"), ("?", "question_mark"),
        ("ctrl+]", "ctrl+right_square_bracket"),
        ("shift+g", "G"), ("Ctrl+N", "ctrl+n"), ("pgdn", "pagedown"), ("+", "plus"), ("shift+alt+Up", "alt+shift+up"),
        ("F5", "f5"), ("f99", ""), ("ctrl+", ""), ("hyper+foo", ""),
    ],
)  # fmt: skip
def test_keys_may_be_written_as_they_are_shown(written: str, meant: str) -> None:
    assert key_named(written) == meant


def test_every_key_of_the_table_is_one_and_is_shown_as_it_may_be_written() -> None:
    for action in ACTIONS:
        if action.place != "prompt":
            assert [key_named(key_label(key)) for key in keys_of(action, {})] == keys_of(action, {}), action.id


# What binds the keys of each place. The inspector's digits stand for a tab each; what a broadcast's or
# a comparison's boxes ask are widgets' own affairs.
_BOUND: dict[Place, list[type[DOMNode]]] = {
    "app": [PenstockApp], "transcript": [Transcript], "queue": [QueueList], "table": [VirtualTable],
    "view": [LineView, OutputView, DiffView], "tree": [FactTree], "picker": [Picker], "sessions": [SessionsScreen],
    "calls": [CallsScreen], "inspector": [CallScreen], "inbox": [InboxScreen], "broadcast": [BroadcastScreen],
    "compare": [CompareScreen], "context": [ContextScreen], "worktrees": [WorktreesScreen],
    "settings": [SettingsScreen], "files": [WorktreeDiff], "changes": [ChangesScreen], "restore": [RestoreScreen],
    "difference": [DifferenceScreen], "edit": [EditCall], "confirm": [ConfirmRule], "help": [HelpScreen],
}  # fmt: skip


@pytest.mark.parametrize("place", _BOUND)
def test_what_a_place_binds_is_what_the_table_says(place: Place) -> None:
    beside = {other.place for other in ACTIONS} - {place}
    bound: dict[str, set[str]] = {}
    for widget in _BOUND[place]:
        for binding in Binding.make_bindings(widget.__dict__["BINDINGS"]):
            if binding.id is not None and BY_ID[binding.id].place not in beside:
                bound.setdefault(binding.id, set()).add(binding.key)
    table = {action.id: set(keys_of(action, {})) for action in ACTIONS if action.place == place and action.keys}
    table.pop("inspector.tab", None)
    assert bound == table


@pytest.mark.parametrize("place", _BOUND)
def test_a_screen_binds_no_letter_that_the_table_does_not_have(place: Place) -> None:
    for widget in _BOUND[place]:
        for binding in Binding.make_bindings(widget.__dict__["BINDINGS"]):
            assert binding.id in BY_ID or binding.action.startswith(("tab(", "app.focus_")), (widget, binding.key)


def test_keys_are_written_as_people_write_them() -> None:
    assert key_label("ctrl+backslash") == "ctrl+\\"
    assert keys_label(BY_ID["session.next"]) == "f8, ctrl+pgdn, ctrl+tab"
    assert keys_label(BY_ID["session.next"], {"session.next": "ctrl+t"}) == "ctrl+t"
    assert keys_label(BY_ID["session.rename"], first=True) == ""


def test_every_binding_carries_its_actions_id() -> None:
    assert {binding.id for binding in bindings()} == {a.id for a in ACTIONS if a.place == "app" and a.keys}


def test_the_readme_names_the_keys_that_the_table_has() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for action in ACTIONS:
        if action.hint and action.place == "app":
            assert f"`{keys_label(action, first=True)}`" in readme, action.id
