"""The title and the notifications as a terminal gets them: which bytes, with the focus and without it, to the end."""

import re
from pathlib import Path

from tests.app.person import folder_of, hangs_after, leave, outcomes, says, send, serving, start
from tests.terminal import Terminal
from tui.app.driver import NO_TITLE, POP_TITLE, PUSH_TITLE

WRITE = ("write", {"path": "note.md", "content": "Water at six.\n"})
LOOKS_AWAY, LOOKS_BACK = b"\x1b[O", b"\x1b[I"
_TITLE = re.compile(rb"\x1b\]0;([^\x07]*)\x07")
_CLOSED = re.compile(rb"\x1b\][^\x07\x1b]*\x07")  # a sequence that a bell ends: it rings none
_TOLD = re.compile(rb"\x1b\]777;notify;([^;\x07]*);([^;\x07]*)\x07")


def titles(terminal: Terminal) -> list[str]:
    return [found.decode() for found in _TITLE.findall(bytes(terminal.raw))]


def told(terminal: Terminal) -> list[str]:
    return [text.decode() for _, text in _TOLD.findall(bytes(terminal.raw))]


def settings(home: Path, text: str) -> None:
    path = home / "penstock" / "config.toml"
    path.write_text(path.read_text() + text)


def test_who_looks_away_is_told_that_a_session_asks_and_who_looks_is_not(home: Path) -> None:
    answers = says("I write it down.", calls=(WRITE,)), says("Done."), says("Again.", calls=(WRITE,))
    with serving(home, *answers), start(folder_of(home), TERM_PROGRAM="WezTerm") as terminal:
        terminal.wait_for(lambda: "penstock: garden" in titles(terminal))
        send(terminal, "Note it")
        terminal.write(LOOKS_AWAY)  # a key says that somebody is there
        terminal.wait_for("Change files: write")
        terminal.wait_for(lambda: told(terminal) == ["1 Note it: asks"])
        assert titles(terminal)[-1] == "? 1 asks · penstock: garden"
        terminal.write(LOOKS_BACK)
        terminal.press("ctrl+c")
        terminal.wait_for("Interrupted.")
        send(terminal, "Once more")
        terminal.wait_for(lambda: titles(terminal)[-1] == "penstock: garden")
        assert len(told(terminal)) == 1
        before = len(terminal.raw)
        assert leave(terminal) == 0
    ending = bytes(terminal.raw[before:])
    assert (NO_TITLE + POP_TITLE).encode() in ending
    assert terminal.raw.count(PUSH_TITLE.encode()) == terminal.raw.count(POP_TITLE.encode()) == 1


def test_the_title_is_written_when_its_facts_change_and_never_inside_a_frame(home: Path) -> None:
    with serving(home, hangs_after("Half", " a", " sentence.")), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for("Half a sentence.")
        terminal.wait_for(lambda: titles(terminal)[-1].startswith("▶ 1 runs"))
        terminal.press("ctrl+c")
        terminal.wait_for(lambda: titles(terminal)[-1] == "penstock: garden")
        assert leave(terminal) == 0
    assert titles(terminal) == ["penstock: garden", "▶ 1 runs · penstock: garden", "penstock: garden", ""]
    frames = re.findall(rb"\x1b\[\?2026h(.*?)\x1b\[\?2026l", bytes(terminal.raw), re.DOTALL)
    assert frames and not any(b"\x1b]0;" in frame for frame in frames)


def test_a_failure_rings_the_bell_where_nothing_better_is_known_and_off_rings_none(home: Path) -> None:
    for how, rings in (("auto", True), ("off", False)):
        with serving(home, says("Half.", cut_after=40)):
            settings(home, f'[notify]\nhow = "{how}"\n')
            with start(folder_of(home), TERM_PROGRAM="") as terminal:
                send(terminal, "Go")
                terminal.write(LOOKS_AWAY)
                terminal.wait_for(lambda: "✗ 1 failed · penstock: garden" in titles(terminal))
                terminal.silence(0.3)
                assert (b"\x07" in _CLOSED.sub(b"", bytes(terminal.raw))) is rings
                assert leave(terminal) == 0


def test_in_tmux_it_is_handed_through_to_the_terminal_around_it(home: Path) -> None:
    with serving(home, says("I write it down.", calls=(WRITE,))):
        settings(home, '[notify]\nhow = "osc9"\nwhen = "always"\n')
        with start(folder_of(home), TMUX="/tmp/tmux,1,0") as terminal:
            send(terminal, "Note it")
            passed = b"\x1bPtmux;\x1b\x1b]9;Penstock \xc2\xb7 garden: 1 Note it: asks\x07\x1b\\"
            terminal.wait_for(lambda: passed in terminal.raw)
            assert leave(terminal) == 0


def test_a_title_cannot_carry_a_sequence_out(home: Path) -> None:
    answer = says("I write it down.", calls=(WRITE,))
    with serving(home, answer), start(folder_of(home), TERM_PROGRAM="WezTerm") as terminal:
        terminal.paste("Note; it\x07 \x1b]52;c;aGk=\x07 now")
        terminal.press("enter")
        terminal.write(LOOKS_AWAY)
        terminal.wait_for(lambda: told(terminal))
        assert "52 c" in told(terminal)[0] and b"\x1b]52" not in terminal.raw
        assert leave(terminal) == 0


def test_the_inbox_answers_by_keyboard_what_another_session_asks(home: Path) -> None:
    folder = folder_of(home)
    with serving(home, says("I write it down.", calls=(WRITE,)), says("Written.")), start(folder) as terminal:
        send(terminal, "Note it")
        terminal.wait_for("Change files: write")
        terminal.press("escape", "ctrl+n")
        terminal.wait_for("1 waits (f3)")
        terminal.press("f1")
        terminal.wait_for("Type to filter; up and down scroll")
        terminal.press("f3")
        terminal.wait_for("Inbox · 1 waits for you")
        terminal.wait_for("Water at six.")
        terminal.silence(0.7)
        terminal.press("y")
        terminal.wait_for("Nothing waits for you.")
        terminal.wait_for(lambda: (folder / "note.md").exists())
        terminal.wait_for(lambda: outcomes() == ["done"])
        terminal.press("escape")
        terminal.wait_for("Type to filter; up and down scroll")
        terminal.press("escape")
        terminal.wait_for("ctrl+n new")
        assert "(f3)" not in terminal.text
        assert leave(terminal) == 0
