"""The keys table holds together: every action can be reached, and nothing promises twice."""

from pathlib import Path

from textual.binding import Binding

from tui.app.keymap import bindings, check_keymap, key_label, keys_label
from tui.app.keys import ACTIONS, BY_ID, COMMANDS, FOOTER
from tui.app.verbs.verbs import missing
from widgets.transcript import Transcript

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


def test_a_keymap_that_names_no_action_is_named() -> None:
    assert check_keymap({"session.fly": "f12"}) == ["[keys] names no action 'session.fly'."]


def test_a_keymap_cannot_change_how_a_question_is_answered() -> None:
    assert check_keymap({"ask.once": "enter"}) == ["[keys] cannot change ask.once: its keys are fixed."]


def test_the_transcripts_own_bindings_are_those_of_the_table() -> None:
    bound = {binding.id: binding.key for binding in Transcript.BINDINGS if isinstance(binding, Binding)}
    assert bound == {action.id: action.keys for action in ACTIONS if action.place == "transcript"}


def test_keys_are_written_as_people_write_them() -> None:
    assert key_label("ctrl+backslash") == "ctrl+\\"
    assert keys_label(BY_ID["session.next"]) == "f8, ctrl+pgdn, ctrl+tab"
    assert keys_label(BY_ID["session.next"], {"session.next": "ctrl+t"}) == "ctrl+t"
    assert keys_label(BY_ID["session.rename"], first=True) == ""


def test_every_binding_carries_its_actions_id() -> None:
    assert {binding.id for binding in bindings()} == {a.id for a in ACTIONS if a.place == "app" and a.keys}


def test_the_footer_names_actions_that_have_words_for_it() -> None:
    assert [name for name in FOOTER if not BY_ID[name].hint] == []


def test_the_readme_names_the_keys_that_the_table_has() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for action in ACTIONS:
        if action.hint and action.place == "app":
            assert f"`{keys_label(action, first=True)}`" in readme, action.id
