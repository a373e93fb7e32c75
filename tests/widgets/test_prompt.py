"""The prompt: pastes never send, nothing typed is lost, and the application's keys reach it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.pilot import Pilot
from textual.widgets import Static

from tests.scripts import eventually
from widgets.completion import Completion, CompletionList, word_before
from widgets.prompt import FOLD_BYTES, Pasted, Prompt

APP_KEYS = [
    "f6",
    "f7",
    "ctrl+c",
    "ctrl+g",
    "ctrl+n",
    "ctrl+o",
    "ctrl+p",
    "ctrl+q",
    "ctrl+s",
    "ctrl+f",
    "ctrl+backslash",
    "ctrl+underscore",
    "ctrl+right_square_bracket",
    "f1",
    "f8",
    "f9",
    "f10",
]


class Host(App[None]):
    ENABLE_COMMAND_PALETTE = False
    CSS = "Static { height: 1fr; }"
    BINDINGS = [Binding(key, f"note('{key}')", priority=False) for key in APP_KEYS]

    def __init__(self) -> None:
        super().__init__()
        self.said: list[object] = []
        self.edits = 0

    def compose(self) -> ComposeResult:
        yield Static("above")
        yield Prompt()

    @property
    def prompt(self) -> Prompt:
        return self.query_one(Prompt)

    def action_note(self, key: str) -> None:
        self.said.append(key)

    async def action_quit(self) -> None:
        self.said.append("ctrl+q")

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        assert event.control is self.prompt
        self.said.append(("submitted", event.text))

    def on_prompt_escaped(self) -> None:
        self.said.append("escaped")

    def on_prompt_leave_wanted(self, event: Prompt.LeaveWanted) -> None:
        self.said.append(("leave", event.step))

    def on_prompt_completion_wanted(self, event: Prompt.CompletionWanted) -> None:
        self.said.append((event.kind, event.query))

    def on_prompt_changed(self) -> None:
        self.edits += 1


async def typed(pilot: Pilot[None], text: str) -> None:
    for character in text:
        await pilot.press({" ": "space", "/": "slash", "@": "at", ".": "full_stop"}.get(character, character))


async def paste(pilot: Pilot[None], text: str) -> None:
    prompt = pilot.app.query_one(Prompt)
    prompt.focus()
    await pilot.pause()
    prompt.post_message(events.Paste(text))
    await eventually(lambda: bool(prompt.text))


async def test_enter_sends_and_leaves_the_text_until_it_is_accepted() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        await typed(pilot, "hi there")
        await pilot.press("enter")
        await eventually(lambda: ("submitted", "hi there") in app.said)
        assert app.prompt.value == "hi there"
        app.prompt.accept()
        assert app.prompt.value == ""
        await pilot.press("space", "enter")
        assert len(app.said) == 1, "blank text is not sent"


@pytest.mark.parametrize("key", ["ctrl+j", "shift+enter"])
async def test_a_new_line_grows_the_prompt_up_to_ten_lines(key: str) -> None:
    app = Host()
    async with app.run_test(size=(80, 30)) as pilot:
        app.prompt.focus()
        assert app.prompt.size.height == 1
        await pilot.press("a", key, "b")
        await eventually(lambda: app.prompt.size.height == 2)
        assert app.prompt.value == "a\nb" and app.said == []
        await pilot.press(*[key] * 14)
        await eventually(lambda: app.prompt.size.height == 10)


async def test_typing_within_a_line_lays_nothing_out() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        await typed(pilot, "ab")
        before = app.prompt._layout_updates
        await typed(pilot, "cdefgh")
        assert app.prompt._layout_updates == before


@pytest.mark.parametrize("text", ["one\ntwo\n", "one\r\ntwo\r\n", "one\rtwo\r"])
async def test_a_paste_never_sends(text: str) -> None:
    app = Host()
    async with app.run_test() as pilot:
        await paste(pilot, text)
        assert app.prompt.value == "one\ntwo\n" and app.said == []


async def test_control_characters_of_a_paste_are_dropped() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await paste(pilot, "a\x1b[2Jb\x1b]52;c;eA==\x07c\u202ed")
        assert app.prompt.value == "abcd"


async def test_a_megabyte_is_one_edit_of_a_short_token_which_value_expands() -> None:
    app = Host()
    async with app.run_test() as pilot:
        big = "line of some length\n" * (1024 * 1024 // 20)
        app.prompt.focus()
        await typed(pilot, "see ")
        await pilot.pause()
        edits = app.edits
        app.prompt.post_message(events.Paste(big))
        await eventually(lambda: "#1" in app.prompt.text and app.edits > edits)
        assert app.edits == edits + 1
        assert app.prompt.text == "see [pasted 1,024 KB #1]"
        assert app.prompt.document.line_count == 1
        assert app.prompt.value == "see " + big
        await pilot.press("enter")
        await eventually(lambda: ("submitted", "see " + big) in app.said)


async def test_a_token_is_deleted_as_a_whole_and_undo_brings_it_back() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await paste(pilot, "x" * (FOLD_BYTES + 1))
        assert app.prompt.text.startswith("[pasted")
        await pilot.press("backspace")
        assert app.prompt.text == ""
        await pilot.press("ctrl+z")
        assert app.prompt.value == "x" * (FOLD_BYTES + 1)


@given(st.text(alphabet="ab\n#[]0123456789 pasted KB", max_size=400), st.text(max_size=20))
def test_folding_and_expanding_is_the_identity(text: str, around: str) -> None:
    pasted = Pasted()
    big = text * 40
    assert pasted.expand(pasted.fold(big)) == big
    if "[pasted" not in around:
        assert pasted.expand(around + pasted.fold(big) + around) == around + big + around


def test_two_hundred_lines_fold_too() -> None:
    assert Pasted().fold("a\n" * 300) == "[pasted 301 lines #1]"


async def test_history_keeps_the_draft_and_what_was_changed_on_the_way() -> None:
    app = Host()
    async with app.run_test() as pilot:
        prompt = app.prompt
        prompt.focus()
        prompt.set_history(["first", "second\nof two lines"])
        await typed(pilot, "draft")
        await pilot.press("up")
        assert prompt.value == "second\nof two lines" and prompt.draft == "draft"
        await pilot.press("up", "up")
        assert prompt.value == "first"
        await pilot.press("up")
        assert prompt.value == "first", "there is nothing before it"
        await pilot.press("x", "down")
        assert prompt.value == "second\nof two lines"
        await pilot.press("up", "up")
        assert prompt.value == "xfirst" and prompt.draft == "xfirst"
        await pilot.press("down", "down")
        assert prompt.value == "draft"


async def test_up_inside_the_text_moves_the_cursor_only() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        app.prompt.set_history(["earlier"])
        await pilot.press("a", "ctrl+j", "b", "up")
        assert app.prompt.value == "a\nb"
        await pilot.press("up")
        assert app.prompt.value == "earlier"


async def test_what_is_accepted_joins_the_history_once() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        for _ in range(2):
            app.prompt.value = "same"
            app.prompt.accept()
        await pilot.press("up", "up")
        assert app.prompt.value == "same"
        await pilot.press("down")
        assert app.prompt.value == ""


async def test_a_draft_comes_back_as_it_was() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.draft = "two\nlines " + "y" * FOLD_BYTES
        assert app.prompt.draft == "two\nlines " + "y" * FOLD_BYTES
        await pilot.pause()
        assert app.said == []


async def test_a_slash_at_the_start_offers_commands_and_tab_takes_one() -> None:
    app = Host()
    async with app.run_test() as pilot:
        prompt = app.prompt
        prompt.set_commands([("close", "close the pane"), ("model", "choose"), ("new", "open one")])
        prompt.focus()
        await typed(pilot, "/")
        await eventually(lambda: bool(app.screen.query(CompletionList)))
        offered = app.screen.query_one(CompletionList)
        assert [item.value for item in offered.items] == ["close", "model", "new"]
        await eventually(lambda: offered.region.bottom == prompt.region.y and offered.region.height == 3)
        await pilot.press("down", "tab")
        assert prompt.value == "/model " and not offered.is_open and app.said == []


async def test_enter_on_a_command_typed_in_full_sends_it() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.set_commands([("news", "read"), ("new", "open one")])
        app.prompt.focus()
        await typed(pilot, "/new")
        await pilot.press("enter")
        await eventually(lambda: ("submitted", "/new") in app.said)


async def test_an_at_sign_asks_for_files_and_shows_what_it_is_told() -> None:
    app = Host()
    async with app.run_test() as pilot:
        prompt = app.prompt
        prompt.focus()
        await typed(pilot, "read @s")
        await eventually(lambda: ("file", "s") in app.said)
        prompt.show_completions(["stale"], query="other")
        assert not app.screen.query(CompletionList)
        prompt.show_completions(["src/", Completion("setup.py", "build")], query="s")
        await eventually(lambda: bool(app.screen.query(CompletionList)))
        await pilot.press("down", "enter")
        assert prompt.value == "read @setup.py " and ("submitted", "read @s") not in app.said


async def test_an_address_asks_for_nothing() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        await typed(pilot, "me@home")
        assert app.said == []


async def test_escape_closes_the_list_and_only_then_is_told() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.set_commands([("new", "")])
        app.prompt.focus()
        await typed(pilot, "/n")
        await pilot.press("escape")
        assert app.said == []
        await typed(pilot, "e")
        await pilot.press("escape")
        await eventually(lambda: app.said == ["escaped"])
        assert app.prompt.value == "/ne"


async def test_tab_and_arrows_with_alt_want_to_leave() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        await pilot.press("tab", "shift+tab", "alt+up", "alt+down")
        await eventually(lambda: app.said == [("leave", 0), ("leave", 0), ("leave", -1), ("leave", 1)])
        assert app.prompt.has_focus


async def test_the_list_shows_text_from_outside_as_it_is() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        await typed(pilot, "@")
        await eventually(lambda: ("file", "") in app.said)
        app.prompt.show_completions(["[red]x[/red]\x1b.py"])
        await eventually(lambda: app.screen.query_one(CompletionList).size.width > 20)
        assert "@[red]x[/red] .py" in app.screen.query_one(CompletionList).render_line(0).text


async def test_keys_of_the_application_are_left_to_it() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        await typed(pilot, "text")
        await pilot.press(*APP_KEYS)
        await eventually(lambda: app.said == APP_KEYS)
        assert app.prompt.value == "text" and app.prompt.selection.is_empty


async def test_no_timer_runs_for_a_prompt() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.prompt.focus()
        await typed(pilot, "x")
        await eventually(lambda: all(timer._task is None for timer in app.prompt._timers))


@given(st.text(alphabet="/@a \t.", max_size=12), st.integers(0, 12))
def test_the_word_before_the_cursor_ends_at_the_cursor(line: str, column: int) -> None:
    column = min(column, len(line))
    word = word_before(line, 0, column)
    if word is not None:
        sign = {"command": "/", "file": "@"}[word.kind]
        assert line[word.column : column] == sign + word.query
        assert word.column == 0 or (word.kind == "file" and line[word.column - 1].isspace())
