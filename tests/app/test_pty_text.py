"""What is on the terminal, byte for byte: sizes, pastes, wide and hostile text, and silence when nothing happens."""

import json
import re
from pathlib import Path

import psutil

from tests.app.person import (
    DEAF,
    EMPTY,
    chat,
    folder_of,
    hangs_after,
    leave,
    on_disk,
    rows,
    says,
    send,
    serving,
    start,
)
from tests.faults import Answer
from tests.terminal import Terminal

WIDE = "日本語 👩‍👩‍👧 🇩🇪 👍🏽 שלום"


# --- sizes


def test_the_reader_stays_on_the_same_line_through_every_size(home: Path) -> None:
    lines = [f"Line {n:03} has so many words that a narrow pane must wrap it more than once.\n\n" for n in range(120)]
    with serving(home, hangs_after(*lines)), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for("Line 119")
        terminal.press("tab", "pageup", "pageup", "pageup")
        terminal.wait_until_gone("Line 119")
        terminal.silence(0.3)
        there = first_line(terminal)
        for columns, height in ((40, 10), (20, 5), (1, 1), (64, 20), (100, 30)):
            before = len(terminal.raw)
            terminal.resize(columns, height)
            terminal.wait_for(lambda before=before: len(terminal.raw) > before)
            if columns >= 40:
                terminal.wait_for(lambda: first_line(terminal) == there)
        assert leave(terminal) == 0


def first_line(terminal: Terminal) -> str:
    """The first numbered line whose beginning is in sight."""
    found = re.search(r"Line (\d\d\d)", terminal.text)
    return found[1] if found else ""


def test_sizes_change_while_it_streams_and_while_it_asks_and_40_by_10_is_enough(home: Path) -> None:
    written = home / "garden" / "new.txt"
    words = [f"word{n} " for n in range(400)]
    body = chat(*words, calls=(("write", {"path": "new.txt", "content": "pipe\n"}),))
    stream = Answer(body=body, chunk=600, gap=0.02)
    with serving(home, stream, says("All done.")), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        for columns, height in ((60, 15), (20, 5), (1, 1), (40, 10)):  # on a slow machine the question may come first
            terminal.wait_for(lambda: re.search(r"word|\? Change", terminal.text) or terminal.columns < 40)
            terminal.resize(columns, height)
            terminal.silence(0.02)
        terminal.wait_for("? Change files")
        for columns, height in ((1, 1), (20, 5), (40, 10)):
            terminal.resize(columns, height)
            terminal.silence(0.02)
        terminal.wait_for("? Change files")
        terminal.silence(DEAF)
        terminal.press("y")
        terminal.wait_for("All done.")
        assert written.read_text() == "pipe\n"
        terminal.type("a small prompt")
        terminal.wait_for("a small prompt")
        assert all(len(line) <= 40 for line in terminal.lines)
        terminal.press("ctrl+c")
        terminal.wait_for(EMPTY)
        assert leave(terminal) == 0


# --- pastes


def test_a_paste_of_a_megabyte_freezes_nothing_sends_nothing_and_arrives_whole(home: Path) -> None:
    pasted = "".join(f"row {n} of the pasted table\n" for n in range(40_000))
    assert len(pasted) > 1_000_000
    with serving(home, says("Read.")) as server, start(folder_of(home)) as terminal:
        terminal.type("See: ")
        terminal.paste(pasted)
        terminal.type("and answer")
        terminal.wait_for("and answer", within=10)
        assert rows("SELECT 1 FROM prompts") == [] and not server.asked
        terminal.press("enter")
        terminal.wait_for("Read.")
        told = json.loads(server.asked[0].body)["messages"][-1]["content"]
        assert told == f"See: {pasted}and answer"
        assert leave(terminal) == 0


def test_a_paste_with_lines_and_a_last_newline_waits_for_enter(home: Path) -> None:
    with serving(home, says("Read.")) as server, start(folder_of(home)) as terminal:
        terminal.paste("first line\r\nsecond line\n")
        terminal.wait_for("second line")
        terminal.type("third")
        terminal.wait_for("third")
        assert not server.asked and rows("SELECT 1 FROM prompts") == []
        terminal.press("enter")
        terminal.wait_for("Read.")
        assert json.loads(server.asked[0].body)["messages"][-1]["content"] == "first line\nsecond line\nthird"
        assert leave(terminal) == 0


# --- wide text


def test_wide_text_keeps_the_columns_and_survives(home: Path) -> None:
    folder = folder_of(home, f"庭 {WIDE}")
    with serving(home, says(f"It says {WIDE} and more. " * 5)) as server, start(folder, columns=90) as terminal:
        send(terminal, f"/rename {WIDE}")
        terminal.press("ctrl+backslash")
        terminal.wait_for(lambda: "│" in terminal.lines[5])
        send(terminal, f"Ask {WIDE}")
        terminal.wait_for("and more.")
        terminal.type(f"draft {WIDE}")
        terminal.wait_for("draft")
        terminal.silence(0.3)
        divider = {column for row in terminal.cells()[1:-1] for column in [44, 45] if row[column] == "│"}
        assert len(divider) == 1
        [at] = divider
        assert [row[at] for row in terminal.cells()[1:-1]] == ["│"] * (terminal.rows - 2), terminal.text
        assert "👩‍👩‍👧" in terminal.text and "庭" in terminal.text
        terminal.press("ctrl+c")
        assert leave(terminal) == 0
    assert json.loads(server.asked[0].body)["messages"][-1]["content"] == f"Ask {WIDE}"
    assert on_disk(f"It says {WIDE}")


# --- hostile text

HOSTILE = {
    "clipboard": "\x1b]52;c;c3RvbGVu\x07",
    "title": "\x1b]0;STOLEN\x07",
    "clear": "\x1b[3J\x1b[2J",
    "device": "\x1bP+q544e\x1b\\",
    "c1": "\x9b2J\x9d52;c;c3RvbGVu\x9c\x90q\x9c",
    "bidi": "\u202egnp.exe\u2066",
    "reset": "\x1bc",
    "bell": "\x07\x08",
}


OWN_SEQUENCES = re.compile(
    "\x1b\\]22;[a-z-]*\x07|\x1b\\]11;\\?\x1b\\\\|\x1b\\]0;(?:[▶?✗✓] [0-9]+ [a-z]+ · )*penstock: garden\x07"
)
"""What the program itself says: the pointer's shape (Textual's), whether the terminal is dark, and the title with its
counts. A bell only ends them: nobody looks away here, so none rings."""


def test_hostile_bytes_of_models_files_names_and_shells_never_reach_the_terminal(home: Path) -> None:
    folder = folder_of(home)
    evil = "".join(f"{name}{text}{name}\n" for name, text in HOSTILE.items())
    (folder / "evil.txt").write_text(evil)
    (folder / "name\x1b]52;c;c3RvbGVu\x07\u202e.txt").write_text("valves\n")
    looks = (
        ("read", {"path": "evil.txt"}),
        ("grep", {"pattern": "clipboard|valves"}),
        ("list", {}),
        ("glob", {"pattern": f"*{HOSTILE['bidi']}*"}),
        ("shell", {"command": f"cat evil.txt # {HOSTILE['clear']}"}),
    )
    with serving(home, says(f"I say {evil}", calls=looks), says("The end of it.")), start(folder) as terminal:
        send(terminal, "Look")
        terminal.wait_for("? Run a command")
        terminal.silence(DEAF)
        terminal.press("y")
        terminal.wait_for("The end of it.")
        terminal.press("ctrl+o", "f5")
        terminal.wait_for("shell")
        terminal.press("escape", "ctrl+s")
        terminal.press("escape")
        terminal.silence(0.3)
        for name, text in HOSTILE.items():
            assert text.encode() not in terminal.raw, name
        sent = OWN_SEQUENCES.sub("", terminal.raw.decode())
        assert "clipboard" in sent and "I say" in sent
        assert not re.search("[\x07\x08\x80-\x9f\u202a-\u202e\u2066-\u2069]", sent)
        assert not re.search("\x1b[\\]PX^_c]", sent)
        assert leave(terminal) == 0
    assert on_disk("STOLEN")  # kept as it came, for an export


# --- rest


def test_a_program_at_rest_writes_nothing_and_does_nothing(home: Path) -> None:
    with serving(home, says("Done.")), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for("Done.")
        terminal.silence(1.5)
        process = psutil.Process(terminal.child.pid)
        before, spent = len(terminal.raw), process.cpu_times()
        assert terminal.silence(2.0) == b"" and len(terminal.raw) == before
        after = process.cpu_times()
        assert after.user + after.system - spent.user - spent.system <= 0.05
        assert leave(terminal) == 0


def test_a_frame_is_one_synchronized_update(home: Path) -> None:
    lines = [f"Line {n} of a long answer.\n\n" for n in range(60)]
    with serving(home, says(*lines)), start(folder_of(home)) as terminal:
        send(terminal, "Go")
        terminal.wait_for("Line 59")
        terminal.press("ctrl+n")
        terminal.wait_for(EMPTY)
        terminal.wait_for(lambda: 0 < terminal.raw.count(b"\x1b[?2026h") == terminal.raw.count(b"\x1b[?2026l"))
        outside = re.sub(rb"\x1b\[\?2026h.*?\x1b\[\?2026l", b"", bytes(terminal.raw), flags=re.DOTALL)
        assert b"Line" not in outside
        assert leave(terminal) == 0
