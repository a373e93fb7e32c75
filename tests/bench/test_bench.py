"""The benchmarks give the figures that they promise, in one shape. Nothing here measures time."""

import json
from pathlib import Path
from random import Random

import pytest

from bench import __main__ as bench
from bench.app import grid
from bench.figures import AIMS, Aim, Figure, figure, table
from bench.history import Scribe, Unsaved, write_sessions
from bench.tokens import token
from tui.engine.log import Log
from tui.state import SessionState, fold
from tui.store.store import Store

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "latest.json"
NAMES = [name for job in bench.JOBS.values() for name in job.names]


def test_every_figure_comes_from_one_job_and_every_aim_is_of_a_figure() -> None:
    assert len(NAMES) == len({*NAMES})
    assert AIMS.keys() <= {*NAMES}


def test_a_figure_is_the_median_of_its_runs_beside_its_yardstick() -> None:
    assert figure([3.0, 1.0, 2.0], "ms", [4.0]) == Figure(value=2.0, unit="ms", yardstick=4.0, ratio=0.5, n=3)
    assert figure([0.0123456], "s") == Figure(value=0.0123, unit="s", yardstick=None, ratio=None, n=1)
    assert figure([1.0], "s", [0.0])["ratio"] is None


def test_an_aim_is_met_by_the_number_that_it_is_about() -> None:
    slow = figure([30.0], "ms", [10.0])
    assert Aim(30).met(slow) and not Aim(29).met(slow)
    assert Aim(3, "ratio").met(slow) and not Aim(4, "ratio", least=True).met(slow)
    assert not Aim(1, "ratio").met(figure([1.0], "ms"))


def test_the_table_marks_an_aim_that_is_missed() -> None:
    rows = table({"idle_cpu": figure([3.0], "% of a core"), "panes8_fps": figure([60.0], "frames/s", [60.0])})
    idle, frames = rows.split("\n")[1:]
    assert idle.endswith("≤ 1  MISSED") and "MISSED" not in frames


def test_jobs_are_named_by_themselves_or_by_their_figures() -> None:
    assert bench.wanted([], full=True) == list(bench.JOBS)
    assert bench.wanted([]) == [name for name in bench.JOBS if name not in ("hour", "peer", "search")]
    assert bench.wanted(["hour_growth"]) == ["hour"]
    assert bench.wanted(["append"]) == ["append"]
    assert bench.wanted(["interrupt_p99", "tick", "interrupt"]) == ["interrupt", "tick"]
    assert bench.wanted(["memory_"]) == ["start"]
    with pytest.raises(ValueError, match="Nothing is called speed"):
        bench.wanted(["speed"])


def test_a_part_of_the_jobs_leaves_the_other_figures_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "results" / "latest.json")
    bench.keep({"tick_flatness": figure([1.0], "times"), "append": figure([1.0], "events/s")})
    bench.keep({"append": figure([2.0], "events/s")})
    assert list(bench.kept()) == ["append", "tick_flatness"]
    assert bench.kept()["append"]["value"] == 2.0


def test_the_results_that_are_kept_have_the_right_shape() -> None:
    if not RESULTS.exists():
        pytest.skip("nothing was measured yet: make bench")
    results = json.loads(RESULTS.read_text())
    assert {*results} <= {*NAMES} and {*AIMS} <= {*results}
    for name, found in results.items():
        assert found.keys() == Figure.__annotations__.keys(), name
        assert isinstance(found["value"], int | float) and isinstance(found["unit"], str) and found["n"] >= 1, name
        assert (found["yardstick"] is None) == (found["ratio"] is None) or found["yardstick"] == 0, name


@pytest.mark.parametrize("count", [1, 2, 8, 16])
def test_a_grid_has_a_place_for_every_pane(count: int) -> None:
    panes = [f"pane-{number}" for number in range(count)]
    assert [word for word in json.dumps(grid(panes)).split('"') if word.startswith("pane-")] == panes


def test_every_fence_of_the_streamed_answer_is_closed() -> None:
    answer = "".join(token(number) for number in range(60 * 10))
    assert answer.count("```python\n") == 2 and answer.count("```") == 4


def test_a_written_turn_folds_like_any_other() -> None:
    journal = Unsaved()
    log = Log(SessionState("s"), journal)
    scribe = Scribe(log, Random(1))
    scribe.open(workspace="/w", title="t", model="m/m", slot=1)
    scribe.turn()
    assert fold("s", journal.entries) == log.state
    assert log.state.status == "idle" and len(log.state.calls) == 2 and not log.state.open_calls


async def test_stored_sessions_are_whole_when_they_are_read_again(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "penstock.db")
    (one, _) = await write_sessions(store, "/w", 2, "m/m", turns=3)
    state = fold(one, await store.load(one))
    assert [turn.outcome for turn in state.turns] == ["done"] * 3
    await store.close()
