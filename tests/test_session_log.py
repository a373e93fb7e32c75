"""config.toml turns the session log on, for whichever way the program is used, and it is whole however that ends."""

import json
import signal
import stat
from pathlib import Path

from tests.app.person import folder_of, hangs_after, says, serving
from tests.program import Running, here, penstock, settings

ON = "\n[log]\nsessions = true\n"


def logged(folder: Path) -> list[dict[str, object]]:
    (file,) = folder.glob("*.jsonl")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text("utf-8")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def turn_on(home: Path, text: str = ON) -> None:
    """In the settings that are there."""
    config = home / "penstock" / "config.toml"
    settings(home, (config.read_text("utf-8") if config.exists() else "") + text)


def test_it_is_kept_beside_the_store_and_only_where_it_is_wanted(home: Path) -> None:
    with serving(home, says("Fine."), says("Fine.")):
        assert here("run", "Go", cwd=folder_of(home)).code == 0
        assert not (home / "penstock" / "sessions").exists()
        turn_on(home)
        assert here("run", "Go", cwd=folder_of(home)).code == 0
    lines = logged(home / "penstock" / "sessions")
    assert [line["seq"] for line in lines] == sorted({int(str(line["seq"])) for line in lines})
    assert lines[0]["kind"] == "SessionOpened" and lines[-1]["kind"] in ("TurnEnded", "SessionClosed")


def test_an_interrupted_run_leaves_its_end_in_the_log(home: Path) -> None:
    with serving(home, hangs_after("Streamed.")):
        turn_on(home, ON + 'folder = "elsewhere"\n')
        with Running("run", "Go", cwd=folder_of(home)) as child:
            child.prints("Streamed.")
            child.send(signal.SIGINT)
            assert child.ended().code == 130
    (ended,) = [line["event"] for line in logged(home / "penstock" / "elsewhere") if line["kind"] == "TurnEnded"]
    assert isinstance(ended, dict) and ended["outcome"] == "interrupted"


def test_a_folder_that_cannot_be_written_costs_a_run_nothing(home: Path) -> None:
    (home / "penstock").mkdir(exist_ok=True)
    (home / "penstock" / "sessions").write_text("in its place")
    with serving(home, says("Fine.")):
        turn_on(home)
        done = penstock("run", "Go", cwd=folder_of(home))
    assert (done.code, done.out.strip()) == (0, "Fine.")
    assert done.err.count("The session log in ") == 1
