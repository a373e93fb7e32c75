"""A day with many sessions, by keyboard alone in a real terminal of 80x24: nothing is lost, not even by a kill."""

from pathlib import Path

from tests.app.person import DEAF, EMPTY, folder_of, hangs_after, leave, rows, says, send, serving, start
from tests.faults import refusal
from tests.terminal import Terminal, penstock

COLOUR = ("ask_user", {"question": "Which colour shall it be?", "options": ["red", "green"]})


def queued() -> int:
    """How much waits in outboxes."""
    return len(rows("SELECT 1 FROM prompts WHERE state='queued'"))


def queue_is_edited_moved_and_withdrawn(terminal: Terminal) -> None:
    send(terminal, "The valves")
    terminal.wait_for("Thinking about valves")
    for count, text in enumerate(("then the pumps", "and the gates"), 1):
        send(terminal, text)
        terminal.wait_for(lambda count=count: queued() == count)
    terminal.press("alt+q")
    terminal.wait_for("▸ 1 then the pumps")
    terminal.press("J")
    terminal.wait_for("▸ 2 then the pumps")
    terminal.press("x")
    terminal.wait_for(lambda: queued() == 1)
    terminal.wait_for("▌then the pumps")
    terminal.press("ctrl+c")
    terminal.wait_for(EMPTY)


def question_is_answered_from_the_inbox(terminal: Terminal) -> None:
    terminal.press("ctrl+n")
    terminal.wait_for("2 ○ New session")
    send(terminal, "Paint it")
    terminal.wait_for("Which colour")
    terminal.press("f7")
    terminal.wait_for("1 waits (f3)")
    terminal.press("f3")
    terminal.wait_for("Inbox · 1 waits for you")
    terminal.silence(DEAF)
    terminal.press("1")
    terminal.wait_for("Nothing waits for you.")
    terminal.press("escape")
    terminal.wait_for("Thinking about valves")


def two_models_are_compared(terminal: Terminal) -> None:
    send(terminal, "/broadcast How does it open?")
    terminal.wait_for("1 chosen")
    terminal.press("a")
    terminal.wait_for("Type to filter")
    terminal.type("/n")
    terminal.wait_for("here/n")
    terminal.press("enter")
    terminal.wait_for("2 chosen")
    terminal.wait_for("here/n")
    terminal.press("enter")
    terminal.wait_for(lambda: "The gate opens." in terminal.text and "The gate stays shut." in terminal.text)
    terminal.press("alt+c")
    terminal.wait_for("Compared: How does it open?")
    terminal.press("space", "j", "space", "d")
    terminal.wait_for("Answers: ")
    terminal.press("escape")
    terminal.wait_for("Compared: How does it open?")
    terminal.press("p")
    terminal.wait_for("Nothing is deleted.")
    terminal.press("y")
    terminal.wait_for(lambda: rows("SELECT 1 FROM sessions WHERE archived") == [(1,)])
    terminal.wait_for(EMPTY)


def fork_and_rewind(terminal: Terminal) -> None:
    send(terminal, "/fork")
    terminal.wait_for("forked from")
    send(terminal, "Say more")
    terminal.wait_for("From the fork.")
    send(terminal, "/rewind")
    terminal.wait_for("Go on from before which prompt?")
    terminal.press("enter")
    terminal.wait_for("▌Say more")
    terminal.press("ctrl+c")
    terminal.wait_for(EMPTY)


def layout_is_kept_and_brought_back(terminal: Terminal) -> None:
    terminal.press("ctrl+backslash")
    terminal.wait_for("│")
    send(terminal, "/keep-layout two")
    terminal.wait_for("Kept.")
    send(terminal, "/move own")
    terminal.wait_until_gone("│")
    send(terminal, "/layout two")
    terminal.wait_for("│")


def test_many_sessions_by_keyboard_alone_and_all_of_it_is_found_again_after_a_kill(home: Path) -> None:
    folder = folder_of(home)
    answers = (
        hangs_after("Thinking about valves"),
        says("One thing.", calls=(COLOUR,)),
        says("Painted."),
        refusal(404, "There is no list of models here."),
        says("The gate opens."),
        says("The gate stays shut."),
        says("From the fork."),
        hangs_after("Half of it"),
    )
    with serving(home, *answers):
        config = home / "penstock" / "config.toml"
        config.write_text(config.read_text().replace('["m"]', '["m", "n"]'))
        with start(folder, columns=80, rows=24) as terminal:
            terminal.type("/the")
            terminal.wait_for("Themes")  # what is typed in the first moment is offered as later
            terminal.press("ctrl+c")
            terminal.wait_for(EMPTY)
            queue_is_edited_moved_and_withdrawn(terminal)
            question_is_answered_from_the_inbox(terminal)
            two_models_are_compared(terminal)
            fork_and_rewind(terminal)
            layout_is_kept_and_brought_back(terminal)
            send(terminal, "Last of all")
            terminal.wait_for("Half of it")
            terminal.type("a thought")
            terminal.wait_for("a thought")
            terminal.wait_for(lambda: rows("SELECT 1 FROM ui WHERE value LIKE '%a thought%'"))
            terminal.kill()
        with Terminal(penstock(), cwd=folder, columns=80, rows=24) as again:
            again.wait_for("Half of it")
            assert "a thought" in again.text and "│" in again.text
            again.press("ctrl+c", "ctrl+s")
            again.wait_for("Type to filter")
            again.wait_for(lambda: all(title in again.text for title in ("The valves", "Paint it", "Last of all")))
            again.wait_for(lambda: sum(" n: How does it open?" in line for line in again.lines) >= 3)  # and two forks
            again.type("1")
            again.wait_for("Thinking about valves")
            again.wait_for("and the gates")
            assert "held" in again.text and queued() == 1
            assert leave(again) == 0
