"""A recording from end to end: made by a flag, replayed on the screen, served again by the name of a model."""

from pathlib import Path

from tests.app.person import folder_of, leave, says, send, serving, start
from tests.program import here, penstock


def test_a_run_is_recorded_and_two_replays_of_it_print_the_same_bytes(home: Path) -> None:
    folder = folder_of(home)
    with serving(home, says("Looking.", calls=(("list", {}),)), says("One file ", "lies here.")):
        first = here("run", "--record", "bug.jsonl", "What is here?", cwd=folder)
        assert (first.code, first.out) == (0, "Looking.\nOne file lies here.\n")
    assert (folder / "bug.jsonl").stat().st_mode & 0o777 == 0o600
    (folder / "bug.jsonl").rename(home / "bug.jsonl")  # so that the folder is as it was
    reference = f"replay:{home / 'bug.jsonl'}?speed=max"
    one, two = (run("run", "--json", "--model", reference, "What is here?", cwd=folder) for run in (here, penstock))
    assert one.code == two.code == 0 and one.out == two.out
    assert '"One file lies here."' in one.out and '"ToolEnded"' in one.out and '"outcome":"done"' in one.out


def test_a_session_made_with_a_recording_replays_token_by_token(home: Path) -> None:
    folder = folder_of(home)
    with serving(home, says("The valve ", "opens ", "slowly.")), start(folder, "--record") as terminal:
        send(terminal, "What does it do?")
        terminal.wait_for("The valve opens slowly.")
        send(terminal, "/replay")
        terminal.wait_for("token by token")
        assert "The valve" not in terminal.text
        terminal.press("$")
        terminal.wait_for("The valve opens slowly.")
        terminal.press("escape")
        terminal.wait_for("sessions")
        assert leave(terminal) == 0
    assert list(home.rglob("recordings/*.jsonl"))
