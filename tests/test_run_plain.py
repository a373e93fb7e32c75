"""``penstock run --plain``: what happens in sentences, in order, for somebody who hears it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.app.person import chat, folder_of, says, serving
from tests.program import penstock
from tests.terminal import Terminal
from tests.terminal import penstock as argv
from tui.commands.run import Spoken
from tui.events import Entry, PartDelta, PartEnded, PartStarted, SessionEvent
from tui.messages import TextPart
from tui.state import SessionState


def entry(event: SessionEvent) -> Entry:
    return Entry(session_id="s", seq=1, at=0.0, event=event)


def test_plain_tells_every_event_in_a_sentence_and_the_answer_by_whole_sentences(home: Path) -> None:
    looks = says("I look. I", " will see", calls=(("list", {}), ("write", {"path": "new.txt", "content": "x\ny"})))
    with serving(home, looks, says("One file ", "lies here.")):
        done = penstock("run", "--plain", "What is here?", cwd=folder_of(home))
    assert (done.code, done.out) == (0, "I look. I will see\nOne file lies here.\n")
    told = [re.sub(r"\d+ s", "0 s", line) for line in done.err.splitlines()]
    assert (told[:2], told[-2:]) == (["You: What is here?", "Agent:"], ["Agent:", "Done: 2 calls, cost unknown."])
    assert sorted(told[2:-2]) == [
        "Answered: no. Nobody can be asked: this runs without a screen. --allow write would allow it.",
        "Asked: may tool write run? path new.txt, content x y. It changes files.",
        "Tool list ended: ok, 0 s.",
        "Tool list started: no arguments.",
        "Tool write ended: denied, 0 s.",
    ]


def test_plain_says_a_cut_a_failure_and_an_unfinished_sentence(home: Path) -> None:
    with serving(
        home, replace(says("It begins. And then", " it"), cut_after=len(chat("It begins. And then", " it")) - 20)
    ):
        done = penstock("run", "--plain", "Go", cwd=folder_of(home))
    assert (done.code, done.out) == (1, "It begins. And then it\n")
    assert "The answer ends here, unfinished." in done.err and "Failed: " in done.err
    assert "\x1b" not in done.err + done.out and "\r" not in done.err + done.out


@pytest.mark.parametrize(("term", "flag"), [("dumb", ()), ("xterm", ("--plain",)), ("xterm", ())])
def test_a_dumb_terminal_is_told_in_sentences_by_itself(home: Path, term: str, flag: tuple[str, ...]) -> None:
    run = argv("run", *flag, "Go")
    with (
        serving(home, says("One. ", "Two.")),
        Terminal(run, cwd=folder_of(home), env={"TERM": term}) as terminal,
    ):
        assert terminal.ended() == 0
        printed = terminal.printed
        assert "One. Two." in printed
        assert ("Agent: " in printed) == (term == "dumb" or bool(flag))
        if "Agent: " in printed:
            assert printed.index("You: Go") < printed.index("One.") < printed.index("Done:")
            assert b"\x1b" not in terminal.raw


def test_plain_gives_out_whole_sentences_alone(capsys: pytest.CaptureFixture[str]) -> None:
    spoken, heard = Spoken(SessionState(session_id="s")), []
    pieces = ["One", " thing. And", " a 1.", "5 l bottle", "!\nLast", " one"]
    spoken.say(entry(PartStarted(part_id="p", step_id="s", kind="text")))
    for piece in pieces:
        spoken.say(entry(PartDelta(part_id="p", text=piece)))
        heard.append(capsys.readouterr().out)
    spoken.say(entry(PartEnded(part_id="p", part=TextPart(text="".join(pieces)))))
    assert heard == ["", "One thing. ", "", "", "And a 1.5 l bottle!\n", ""]
    assert capsys.readouterr().out == "Last one\n"
