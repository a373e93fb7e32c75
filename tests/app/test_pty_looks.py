"""Light and dark, the mouse and no colour at all, as a real terminal sees them."""

import re
from pathlib import Path

import pytest

from tests.app.person import configure, folder_of, leave, start
from tests.terminal import Terminal
from tui.app.themes.ground import ASK

COLOUR = re.compile(rb"\x1b\[(?:[0-9:]*;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:][0-9;:]*)?m")
DARK_GROUND, LIGHT_GROUND = b"48;2;20;24;29", b"48;2;251;251;249"
MOUSE = {1000, 1003, 1006}


@pytest.fixture
def folder(home: Path) -> Path:
    configure(home, "http://127.0.0.1:9")
    return folder_of(home)


def config(home: Path, text: str) -> None:
    path = home / "penstock" / "config.toml"
    path.write_text(path.read_text() + text if text.startswith("[") else text + path.read_text())


def asked(terminal: Terminal) -> bool:
    return ASK.encode() in terminal.raw


def test_the_terminal_is_asked_once_it_has_a_picture_and_its_answer_is_worn_and_not_typed(
    home: Path, folder: Path
) -> None:
    with start(folder) as terminal:
        terminal.wait_for(lambda: asked(terminal))
        assert terminal.raw.index(ASK.encode()) > terminal.raw.index(DARK_GROUND)
        assert 2031 in terminal.modes()
        terminal.type("before ")
        terminal.write(b"\x1b]11;rgb:fbfb/fbfb/f9f9\x1b\\")
        terminal.type("after")
        terminal.wait_for(lambda: LIGHT_GROUND in terminal.raw)
        terminal.wait_for("before after")
        terminal.write(b"\x1b[?997;1n")
        terminal.type(".")
        terminal.wait_for("before after.")
        at = len(terminal.raw)
        terminal.write(b"\x1b[?997;2n")
        terminal.wait_for(lambda: LIGHT_GROUND in terminal.raw[at:])
        assert leave(terminal) == 0


def test_f12_leaves_the_mouse_to_the_terminal_and_takes_it_back(folder: Path) -> None:
    with start(folder, columns=120) as terminal:
        terminal.wait_for(lambda: terminal.modes() >= MOUSE)
        terminal.write(b"\x1b[24~")
        terminal.wait_for("the terminal has the mouse; f12 takes it back")
        terminal.wait_for(lambda: not terminal.modes() & MOUSE)
        terminal.write(b"\x1b[24~")
        terminal.wait_until_gone("the terminal has the mouse")
        terminal.wait_for(lambda: terminal.modes() >= MOUSE)
        leave(terminal)


def test_a_theme_that_was_named_asks_nothing_and_the_mouse_may_be_the_terminals_from_the_start(
    home: Path, folder: Path
) -> None:
    config(home, 'theme = "moss-light"\n')
    config(home, "[screen]\nmouse = false\n")
    with start(folder, columns=120) as terminal:
        terminal.wait_for("the terminal has the mouse")
        terminal.wait_for(lambda: not terminal.modes() & MOUSE)
        assert not asked(terminal) and 2031 not in terminal.modes()
        leave(terminal)


def test_the_file_of_the_settings_is_edited_in_the_persons_editor_and_holds_at_once(home: Path, folder: Path) -> None:
    editor = home / "editor"
    editor.write_text('#!/bin/sh\necho "[screen]" >> "$1"\necho "theme_dark = \'moss-dark\'" >> "$1"\nsleep 0.6\n')
    editor.chmod(0o700)
    with start(folder, EDITOR=str(editor), VISUAL="") as terminal:
        terminal.type("/settings theme_dark")
        terminal.press("enter")
        terminal.wait_for("penstock-dark")
        terminal.type("o")
        terminal.wait_for("moss-dark")
        terminal.wait_for("Read again.")
        assert terminal.full_screen and 2031 in terminal.modes()
        terminal.press("escape")
        terminal.press("escape")
        assert leave(terminal) == 0


def test_sixteen_colours_are_taken_as_they_are(folder: Path) -> None:
    with start(folder, TERM="xterm-16color", COLORTERM="") as terminal:
        assert b"38;2;" not in terminal.raw and b"38;5;" not in terminal.raw
        assert b"\x1b[97;40m" in terminal.raw
        leave(terminal)


def test_with_no_color_no_colour_is_sent_and_the_cursor_shows_all_the_same(folder: Path) -> None:
    with start(folder, NO_COLOR="1") as terminal:
        terminal.press("f2")
        terminal.wait_for("Commands")
        terminal.type("theme")
        terminal.wait_for("/theme")
        assert COLOUR.findall(bytes(terminal.raw)) == []
        assert b"\x1b[7m" in terminal.raw or b";7m" in terminal.raw
        assert not asked(terminal)
        terminal.press("enter")
        terminal.wait_for("NO_COLOR is set")
        leave(terminal)


@pytest.mark.parametrize("found", [b"\x1b[31m", b"\x1b[1;38;5;3m", b"\x1b[1;48;2;0;0;0m", b"\x1b[1;7;44m"])
def test_a_colour_is_told_from_other_attributes(found: bytes) -> None:
    assert COLOUR.fullmatch(found)


@pytest.mark.parametrize("found", [b"\x1b[1;7m", b"\x1b[4m", b"\x1b[0m", b"\x1b[39m", b"\x1b[30;1H"])
def test_other_attributes_are_no_colours(found: bytes) -> None:
    assert not COLOUR.search(found)
