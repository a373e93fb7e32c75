"""A fork in a real terminal, key by key: made while the other one streams, killed with the program, and there again."""

import json
from pathlib import Path

from tests.app.person import folder_of, hangs_after, leave, outcomes, rows, says, send, serving, start


def test_a_prompt_is_said_another_way_while_the_first_answer_streams_and_a_kill_loses_neither(home: Path) -> None:
    answers = says("Answer one."), hangs_after("Half of two"), says("Answer to other words.")
    with serving(home, *answers) as server:
        with start(folder_of(home)) as terminal:
            send(terminal, "Question one")
            terminal.wait_for("Answer one.")
            send(terminal, "Question two")
            terminal.wait_for("Half of two")
            terminal.press("tab")
            terminal.wait_for("j next")
            terminal.press("k")
            terminal.press("k")
            terminal.press("b")
            terminal.wait_for("forked from 1: Question one")
            terminal.wait_for(lambda: "Half of two" not in terminal.text and "Question two" in terminal.text)
            terminal.type(", in other words")
            terminal.press("enter")
            terminal.wait_for("Answer to other words.")
            terminal.press("f7")
            terminal.wait_for("Half of two")
            terminal.wait_for(lambda: len(outcomes()) == 3 and outcomes().count("done") == 2)
            terminal.wait_for(lambda: '"front":0' in rows("SELECT value FROM ui WHERE key = 'layout'")[0][0])
            terminal.child.kill()
            terminal.ended()
        told = json.loads(server.asked[2].body)["messages"]
        words = [message["content"] for message in told if message["role"] in ("user", "assistant")]
        assert words == ["Question one", "Answer one.", "Question two, in other words"]
        with start(folder_of(home)) as terminal:
            terminal.wait_for("Half of two")
            terminal.wait_for("Interrupted.")
            terminal.press("f8")
            terminal.wait_for("Answer to other words.")
            assert "Answer one." in terminal.text and "forked from 1" in terminal.text
            assert leave(terminal) == 0
    forks = rows("SELECT slot, title FROM sessions WHERE forked_from IS NOT NULL")
    assert forks == [(2, "Question one (fork)")]
